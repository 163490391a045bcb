/* eventpoll: the lines "tfd:" of /proc/PID/fdinfo/N, for each descriptor N that is an epoll. */
#include "eventpoll.h"

#include "listener.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sockets of more processes than this one are in the list; a longer one is not read to its end. */
#define UNIX_SOCKETS_MOST 4096
/* As many are counted. */
#define CONNECTIONS_MOST 8

/* The UNIX sockets of a network namespace that have no name, read once, when first asked for. */
struct unix_sockets {
	const struct measurement *m;
	int pid;
	bool read;
	size_t count;
	unsigned long inodes[UNIX_SOCKETS_MOST]; /* sorted */
};

static int inode_compare(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Whether a line is of such a one. They end in the inode and, if it has one, the name. */
static bool unix_line_read(const char *line, unsigned long *ret_inode)
{
	char name[2];

	return sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %1s", ret_inode, name) == 1;
}

static void unix_sockets_read(struct unix_sockets *u)
{
	char path[64], line[512];
	FILE *list;

	u->read = true;
	snprintf(path, sizeof(path), "/proc/%d/net/unix", u->pid);
	list = fopen(path, "re");
	while (list && u->count < UNIX_SOCKETS_MOST && fgets(line, sizeof(line), list))
		u->count += unix_line_read(line, &u->inodes[u->count]);
	if (list)
		fclose(list);
	qsort(u->inodes, u->count, sizeof(u->inodes[0]), inode_compare);
}

static bool unix_sockets_contain(struct unix_sockets *u, unsigned long inode)
{
	if (!u->read)
		unix_sockets_read(u);
	return bsearch(&inode, u->inodes, u->count, sizeof(u->inodes[0]), inode_compare);
}

/* Returns false for what is not counted. */
static bool descriptor_is_socket(struct unix_sockets *u, int descriptor, bool *ret_listens)
{
	char path[64], link[64];
	unsigned long inode;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", u->pid, descriptor);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	if (sscanf(link, "socket:[%lu]", &inode) != 1 || unix_sockets_contain(u, inode))
		return false;
	*ret_listens = listener_is_noted(u->m, inode);
	return true;
}

static void registered_count(struct unix_sockets *u, const char *epoll, struct eventpoll *ret)
{
	char path[320], line[256];
	int descriptor;
	bool listens;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", u->pid, epoll);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info)) {
		if (sscanf(line, "tfd: %d", &descriptor) != 1)
			continue;
		ret->files++;
		/* Where there are many, that there are is all that matters. */
		if (ret->sockets - ret->listeners >= CONNECTIONS_MOST ||
			!descriptor_is_socket(u, descriptor, &listens))
			continue;
		ret->sockets++;
		ret->listeners += listens;
	}
	if (info)
		fclose(info);
}

int eventpoll_read(const struct measurement *m, int pid, struct eventpoll *ret)
{
	static const char epoll[] = "anon_inode:[eventpoll]";
	struct unix_sockets sockets;
	char path[64], link[64];
	struct dirent *entry;
	DIR *d;

	*ret = (struct eventpoll){0};
	sockets.m = m;
	sockets.pid = pid; /* not all of it: it is seldom read */
	sockets.read = false;
	sockets.count = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		ssize_t length = readlinkat(dirfd(d), entry->d_name, link, sizeof(link) - 1);

		if (length == sizeof(epoll) - 1 && memcmp(link, epoll, length) == 0)
			registered_count(&sockets, entry->d_name, ret);
	}
	closedir(d);
	return 0;
}
