/* eventpoll: the lines "tfd:" of /proc/PID/fdinfo/N, for each descriptor N that is an epoll. */
#include "eventpoll.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sockets of more processes than this one are in the list; a longer one is not read to its end. */
#define UNIX_LINES_MOST 4096
/* As many are counted: each takes a look at a list. */
#define CONNECTIONS_MOST 8

/* Whether a socket is in /proc/PID/net/unix, whose lines end in the inode and, if it has one, the
 * path. */
static bool socket_is_unix(int pid, unsigned long inode)
{
	char path[64], line[512];
	bool found = false;
	unsigned long other;
	FILE *list;

	snprintf(path, sizeof(path), "/proc/%d/net/unix", pid);
	list = fopen(path, "re");
	for (int i = 0; list && !found && i < UNIX_LINES_MOST && fgets(line, sizeof(line), list);
		i++)
		found = sscanf(line, "%*s %*s %*s %*s %*s %*s %lu", &other) == 1 && other == inode;
	if (list)
		fclose(list);
	return found;
}

static bool descriptor_is_connection(int pid, int descriptor)
{
	char path[64], link[64];
	unsigned long inode;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, descriptor);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	return sscanf(link, "socket:[%lu]", &inode) == 1 && !socket_is_unix(pid, inode);
}

static void registered_count(int pid, const char *epoll, struct eventpoll *ret)
{
	char path[320], line[256];
	int descriptor;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, epoll);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info)) {
		if (sscanf(line, "tfd: %d", &descriptor) != 1)
			continue;
		ret->files++;
		/* Where there are many, that there are is all that matters. */
		if (ret->connections < CONNECTIONS_MOST)
			ret->connections += descriptor_is_connection(pid, descriptor);
	}
	if (info)
		fclose(info);
}

int eventpoll_read(int pid, struct eventpoll *ret)
{
	static const char epoll[] = "anon_inode:[eventpoll]";
	char path[64], link[64];
	struct dirent *entry;
	DIR *d;

	*ret = (struct eventpoll){0};
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		ssize_t length = readlinkat(dirfd(d), entry->d_name, link, sizeof(link) - 1);

		if (length == sizeof(epoll) - 1 && memcmp(link, epoll, length) == 0)
			registered_count(pid, entry->d_name, ret);
	}
	closedir(d);
	return 0;
}
