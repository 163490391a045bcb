/* descriptor: the link's text says what has no inode of its own; the inode's mode says the rest. */
#include "descriptor.h"

#include "socket_table.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define KERNEL_MINOR_BITS 20 /* linux/kdev_t.h: dev_t inside the kernel */
#define LINK_MAX_BYTES 4096
#define DESCRIBED_MOST 65536 /* then they are forgotten, and described again */

struct descriptors {
	struct table described;
	struct socket_tables *sockets;
};

struct descriptors *descriptors_new(void)
{
	struct descriptors *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->sockets = socket_tables_new();
	if (!d->sockets) {
		descriptors_free(d);
		return NULL;
	}
	return d;
}

void descriptors_free(struct descriptors *d)
{
	if (!d)
		return;
	socket_tables_free(d->sockets);
	table_free(&d->described);
	free(d);
}

static void name_copy(struct wire_file *file, const char *name)
{
	size_t length = strnlen(name, sizeof(file->name) - 1);

	memcpy(file->name, name, length);
	file->name[length] = '\0';
}

void descriptor_describe(const char *link, __u64 fs_magic, struct wire_file *file)
{
	static const char anonymous[] = "anon_inode:";
	const char *slash = strrchr(link, '/');

	file->fs_magic = fs_magic;
	if (strncmp(link, anonymous, sizeof(anonymous) - 1) == 0) {
		file->fs_magic = ANON_INODE_FS_MAGIC;
		name_copy(file, link + sizeof(anonymous) - 1);
	} else if (link[0] == '/' && slash) {
		name_copy(file, slash + 1);
	}
}

static void socket_describe(struct descriptors *d, int pid, struct wire_file *file)
{
	const struct socket_row *row = socket_tables_find(d->sockets, pid, file->inode);

	if (!row)
		return;
	file->family = row->family;
	file->sock_type = row->type;
	file->protocol = row->protocol;
	file->sock_state = row->state;
	file->local_port = row->local_port;
	file->peer_port = row->peer_port;
	memcpy(file->local_addr, row->local, sizeof(file->local_addr));
	memcpy(file->peer_addr, row->peer, sizeof(file->peer_addr));
	memcpy(file->name, row->name, sizeof(file->name));
}

/* Anonymous files share one inode: their link says which they are. */
static __u64 identity(const struct statx *st, const char *link)
{
	uint64_t device = ((uint64_t)st->stx_dev_major << 32) | st->stx_dev_minor;
	uint64_t h = table_mix(table_mix(0, device), st->stx_ino);

	for (; (st->stx_mode & S_IFMT) == 0 && *link; link++)
		h = table_mix(h, (unsigned char)*link);
	return h | 1;
}

/* A message queue is a file "/NAME" of a file system without a device. Others are not asked: a
 * server that hangs would hold us. */
static __u64 magic_of(const char *path, const char *link, const struct statx *st)
{
	struct statfs fs;

	if (!S_ISREG(st->stx_mode) || st->stx_dev_major != 0 || strrchr(link, '/') != link)
		return 0;
	return statfs(path, &fs) == 0 ? (__u64)fs.f_type : 0;
}

static bool described_note(struct descriptors *d, __u64 id)
{
	size_t nothing;

	if (table_get(&d->described, id, &nothing))
		return false;
	if (d->described.count >= DESCRIBED_MOST)
		table_free(&d->described);
	table_set(&d->described, id, 0);
	return true;
}

__u64 descriptor_read(struct descriptors *d, int pid, int fd, bool *ret_new, struct wire_file *ret)
{
	char path[64], link[LINK_MAX_BYTES];
	struct statx st;
	ssize_t length;
	__u64 id;

	*ret_new = false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0 || statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) < 0)
		return 0;
	link[length] = '\0';
	id = identity(&st, link);
	if (!described_note(d, id))
		return id;
	*ret_new = true;
	*ret = (struct wire_file){
		.id = id,
		.inode = st.stx_ino,
		.mode = st.stx_mode,
		.rdev = st.stx_rdev_major << KERNEL_MINOR_BITS | st.stx_rdev_minor,
		.fd = fd,
	};
	descriptor_describe(link, magic_of(path, link, &st), ret);
	if (S_ISSOCK(st.stx_mode))
		socket_describe(d, pid, ret);
	return id;
}
