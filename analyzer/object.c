/*
 * object: names for what is waited for.
 */
#include "object.h"

#include "probe/measurement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Of files without a path. */
static const char *const kinds[FILE_KIND_COUNT] = {
	[FILE_TTY] = "terminal",
	[FILE_PIPE] = "pipe",
	[FILE_SOCKET] = "socket",
	[FILE_EVENTFD] = "eventfd",
	[FILE_EPOLL] = "epoll",
	[FILE_TIMERFD] = "timerfd",
	[FILE_SIGNALFD] = "signalfd",
	[FILE_INOTIFY] = "inotify",
	[FILE_PIDFD] = "pidfd",
	[FILE_IO_URING] = "io_uring",
	[FILE_MQUEUE] = "message queue",
};

static int name_copy(const char *text, char **ret_name)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	*ret_name = copy;
	return 0;
}

static int name_of_port(const char *address, char **ret_name)
{
	unsigned int port = endpoint_port(address);
	char text[16];

	if (!port)
		return name_copy(address ? address : kinds[FILE_SOCKET], ret_name);
	snprintf(text, sizeof(text), ":%u", port);
	return name_copy(text, ret_name);
}

static int name_of_socket(const struct measured_file *f, enum endpoint e, char **ret_name)
{
	if (f->family == AF_UNIX)
		return name_copy(f->peer    ? f->peer
				 : f->local ? f->local
				 : f->path  ? f->path
					    : "UNIX socket",
			ret_name);
	if (e == ENDPOINT_LISTENING || e == ENDPOINT_ACCEPTED || !f->peer)
		return name_of_port(f->local, ret_name);
	return name_copy(f->peer, ret_name);
}

int object_name(const struct measured_file *f, enum endpoint e, char **ret_name)
{
	if (f->kind == FILE_SOCKET)
		return name_of_socket(f, e, ret_name);
	return name_copy(f->path ? f->path : kinds[f->kind], ret_name);
}
