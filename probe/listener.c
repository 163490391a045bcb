/*
 * listener: joins the sockets that processes hold (/proc/PID/fd) with those in the state "listen"
 * of their network namespace (/proc/PID/net/tcp, tcp6 and unix).
 */
#include "listener.h"

#include "measurement.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS 0x10000 /* __SO_ACCEPTCON, in the flags of /proc/net/unix */

struct inodes {
	uint64_t *all;
	size_t count;
};

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static void file_close(FILE **f)
{
	if (*f)
		fclose(*f);
}

static int inodes_add(struct inodes *held, uint64_t inode)
{
	uint64_t *slot = measured_append(&held->all, &held->count, sizeof(*held->all));

	if (!slot)
		return -ENOMEM;
	*slot = inode;
	return 0;
}

static bool inodes_hold(const struct inodes *held, uint64_t inode)
{
	for (size_t i = 0; i < held->count; i++)
		if (held->all[i] == inode)
			return true;
	return false;
}

static int sockets_gather(struct inodes *held, int pid)
{
	__attribute__((cleanup(directory_close))) DIR *d = NULL;
	char path[64], link[64];
	struct dirent *entry;
	uint64_t inode;
	int error = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && error == 0 && (entry = readdir(d))) {
		ssize_t length = readlinkat(dirfd(d), entry->d_name, link, sizeof(link) - 1);

		if (length <= 0)
			continue;
		link[length] = '\0';
		if (sscanf(link, "socket:[%" SCNu64 "]", &inode) == 1)
			error = inodes_add(held, inode);
	}
	return error;
}

static bool listed(const struct measurement *m, int family, const char *local)
{
	for (size_t i = 0; i < m->files_count; i++) {
		const struct measured_file *f = &m->files[i];

		if (f->listening && f->family == family && f->local && strcmp(f->local, local) == 0)
			return true;
	}
	return false;
}

static int row_add(struct measurement *m, int family, uint64_t inode, const char *local)
{
	struct measured_file *f;

	if (listed(m, family, local))
		return 0;
	f = measurement_add_file(m);
	if (!f)
		return -ENOMEM;
	f->kind = FILE_SOCKET;
	f->family = family;
	f->type = SOCK_STREAM;
	f->inode = inode;
	f->listening = true;
	f->local = strdup(local);
	return f->local ? 0 : -ENOMEM;
}

/* "0100007F:1F90", the words of the address in the machine's order, becomes "127.0.0.1:8080". */
static bool address_read(const char *hex, int family, char *ret_text, size_t size)
{
	uint32_t words[4] = {0};
	char digits[INET6_ADDRSTRLEN];
	size_t count = family == AF_INET ? 1 : 4;
	unsigned int port;

	for (size_t i = 0; i < count; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	if (sscanf(hex + 8 * count, ":%x", &port) != 1 ||
		!inet_ntop(family, words, digits, sizeof(digits)))
		return false;
	snprintf(ret_text, size, family == AF_INET ? "%s:%u" : "[%s]:%u", digits, port);
	return true;
}

/* The kernel lists those that listen before all others: nothing after the first of them is read. A
 * busy host has many thousands, of 4 us each. */
static int inet_read(struct measurement *m, const struct inodes *held, FILE *table, int family)
{
	char line[512], local[64], text[80];
	unsigned int state;
	uint64_t inode;
	int error = 0;

	while (error == 0 && fgets(line, sizeof(line), table)) {
		if (sscanf(line, " %*d: %63s %*s %x %*s %*s %*s %*s %*s %" SCNu64, local, &state,
			    &inode) != 3)
			continue; /* the heading */
		if (state != TCP_LISTEN)
			break;
		if (inodes_hold(held, inode) && address_read(local, family, text, sizeof(text)))
			error = row_add(m, family, inode, text);
	}
	return error;
}

static int unix_read(struct measurement *m, const struct inodes *held, FILE *table)
{
	char line[512], path[128];
	unsigned int flags;
	uint64_t inode;
	int error = 0;

	while (error == 0 && fgets(line, sizeof(line), table))
		if (sscanf(line, "%*s %*x %*x %x %*x %*x %" SCNu64 " %127s", &flags, &inode,
			    path) == 3 &&
			(flags & ACCEPTS) && inodes_hold(held, inode))
			error = row_add(m, AF_UNIX, inode, path);
	return error;
}

static int table_read(struct measurement *m, const struct inodes *held, int pid, const char *name)
{
	__attribute__((cleanup(file_close))) FILE *table = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, name);
	table = fopen(path, "re");
	if (!table)
		return 0;
	if (strcmp(name, "unix") == 0)
		return unix_read(m, held, table);
	return inet_read(m, held, table, strcmp(name, "tcp") == 0 ? AF_INET : AF_INET6);
}

bool listener_is_noted(const struct measurement *m, uint64_t inode)
{
	for (size_t i = 0; i < m->files_count; i++)
		if (m->files[i].listening && m->files[i].inode == inode)
			return true;
	return false;
}

int listener_note(struct measurement *m, int pid)
{
	static const char *const names[] = {"tcp", "tcp6", "unix"};
	struct inodes held = {0};
	int error = sockets_gather(&held, pid);

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]) && error == 0 && held.count > 0;
		n++)
		error = table_read(m, &held, pid, names[n]);
	free(held.all);
	return error;
}
