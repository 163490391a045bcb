/* file: kinds are told by the inode's mode, its file system, and the names of anonymous inodes. */
#include "file.h"

#include "measurement.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MQUEUE_MAGIC 0x19800202 /* ipc/mqueue.c */
#define PIDFS_MAGIC 0x50494446  /* linux/magic.h from 6.9 on */
#define KERNEL_MINOR_BITS 20    /* linux/kdev_t.h: dev_t inside the kernel */
#define SHARES 8                /* rows that share a folder's files, or a kind's */

static const struct {
	const char *name;
	enum measured_file_kind kind;
} anonymous_kinds[] = {
	{"[eventfd]", FILE_EVENTFD},
	{"[eventpoll]", FILE_EPOLL},
	{"[timerfd]", FILE_TIMERFD},
	{"[signalfd]", FILE_SIGNALFD},
	{"[pidfd]", FILE_PIDFD},
	{"[io_uring]", FILE_IO_URING},
	{"inotify", FILE_INOTIFY},
};

/* Documentation/admin-guide/devices.txt: vt, tty and console, UNIX98 ptys, USB and ARM serial,
 * hypervisor. */
static const int tty_majors[] = {4, 5, 136, 137, 138, 139, 140, 141, 142, 143, 188, 204, 229};

void files_init(struct files *f)
{
	FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	*f = (struct files){.port_low = 32768, .port_high = 60999}; /* the kernel's default */
	if (range) {
		if (fscanf(range, "%d %d", &f->port_low, &f->port_high) != 2)
			f->port_low = 32768, f->port_high = 60999;
		fclose(range);
	}
}

void files_free(struct files *f)
{
	table_free(&f->by_id);
	table_free(&f->recent);
	table_free(&f->older);
	table_free(&f->by_content);
	table_free(&f->shares);
}

static enum measured_file_kind kind_of_anonymous(const char *name)
{
	for (size_t i = 0; i < sizeof(anonymous_kinds) / sizeof(*anonymous_kinds); i++)
		if (strcmp(name, anonymous_kinds[i].name) == 0)
			return anonymous_kinds[i].kind;
	return FILE_ANONYMOUS;
}

static enum measured_file_kind kind_of_character(unsigned int device)
{
	int major = device >> KERNEL_MINOR_BITS;

	for (size_t i = 0; i < sizeof(tty_majors) / sizeof(*tty_majors); i++)
		if (major == tty_majors[i])
			return FILE_TTY;
	return FILE_CHARACTER;
}

static enum measured_file_kind kind_of(const struct wire_file *w)
{
	if (w->fs_magic == ANON_INODE_FS_MAGIC)
		return kind_of_anonymous(w->name);
	if (w->fs_magic == PIDFS_MAGIC)
		return FILE_PIDFD;
	if (w->fs_magic == MQUEUE_MAGIC)
		return FILE_MQUEUE;
	switch (w->mode & S_IFMT) {
	case S_IFSOCK:
		return FILE_SOCKET;
	case S_IFIFO:
		return FILE_PIPE;
	case S_IFDIR:
		return FILE_DIRECTORY;
	case S_IFBLK:
		return FILE_BLOCK;
	case S_IFCHR:
		return kind_of_character(w->rdev);
	case S_IFREG:
		return FILE_REGULAR;
	default:
		return kind_of_anonymous(w->name);
	}
}

static bool address_is_zero(const __u8 address[16])
{
	static const __u8 zero[16];

	return memcmp(address, zero, sizeof(zero)) == 0;
}

/* "127.0.0.1:80", "[::1]:80"; NULL for no address at all. An IPv4 address inside IPv6 is shown as
 * IPv4. */
static char *address_text(int family, const __u8 address[16], int port)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = family == AF_INET || memcmp(address, mapped, sizeof(mapped)) == 0;
	char digits[INET6_ADDRSTRLEN];
	char *text;

	if (port == 0 && address_is_zero(address))
		return NULL;
	inet_ntop(v4 ? AF_INET : AF_INET6, v4 && family != AF_INET ? address + 12 : address, digits,
		sizeof(digits));
	if (asprintf(&text, v4 ? "%s:%d" : "[%s]:%d", digits, port) < 0)
		return NULL;
	return text;
}

static bool port_is_ephemeral(const struct files *f, int port)
{
	return port >= f->port_low && port <= f->port_high;
}

/* Does a process listen on this port? As far as was seen: by its waits, or by a look at it. */
static bool port_is_listened_on(const struct measurement *m, int port)
{
	char end[8];
	size_t length = snprintf(end, sizeof(end), ":%d", port);

	for (size_t i = 0; i < m->files_count; i++) {
		const struct measured_file *f = &m->files[i];
		const char *address = f->listening ? f->local : NULL;
		size_t size = address ? strlen(address) : 0;

		if (address && size > length && strcmp(address + size - length, end) == 0)
			return true;
	}
	return false;
}

static void socket_read(const struct files *f, const struct measurement *m,
	const struct wire_file *w, struct measured_file *row)
{
	bool internet = w->family == AF_INET || w->family == AF_INET6;
	bool own_end = port_is_ephemeral(f, w->local_port);
	bool peer_end = port_is_ephemeral(f, w->peer_port);

	row->family = w->family;
	row->type = w->sock_type;
	row->protocol = w->protocol;
	row->listening = w->sock_state == TCP_LISTEN;
	if (w->family == AF_UNIX && w->name[0])
		row->peer = strdup(w->name);
	if (!internet)
		return;
	if (own_end && !row->listening && port_is_listened_on(m, w->local_port)) {
		own_end = false;
		peer_end = true;
	}
	/* The end that the kernel picked says nothing: a client's own port, or a client's of ours.
	 */
	if (!own_end || !w->peer_port)
		row->local = address_text(w->family, w->local_addr, w->local_port);
	if (!peer_end || own_end)
		row->peer = address_text(w->family, w->peer_addr, w->peer_port);
}

/* The full path as /proc has it, if the descriptor still stands for that file; else its last
 * component. */
static char *path_of(const struct wire_file *w, int pid)
{
	size_t name = strnlen(w->name, sizeof(w->name));
	char entry[64], target[4096], *last;
	ssize_t length;

	snprintf(entry, sizeof(entry), "/proc/%d/fd/%d", pid, w->fd);
	length = readlink(entry, target, sizeof(target) - 1);
	if (length > 0 && target[0] == '/') {
		target[length] = '\0';
		last = strrchr(target, '/') + 1;
		if (name > 0 && strncmp(last, w->name, name) == 0) {
			if (name < sizeof(w->name) - 1)
				last[name] = '\0'; /* not the " (deleted)" that can follow */
			return strdup(target);
		}
	}
	return name > 0 ? strndup(w->name, name) : NULL;
}

static bool kind_has_path(enum measured_file_kind kind)
{
	return kind == FILE_REGULAR || kind == FILE_DIRECTORY || kind == FILE_BLOCK ||
	       kind == FILE_CHARACTER || kind == FILE_TTY || kind == FILE_PIPE;
}

static uint64_t text_mix(uint64_t h, const char *text)
{
	for (; text && *text; text++)
		h = table_mix(h, (unsigned char)*text);
	return table_mix(h, text ? 1 : 2);
}

static uint64_t content_of(const struct measured_file *row)
{
	uint64_t h = table_mix(row->kind + 1, ((uint64_t)row->family << 32) | row->type);

	h = table_mix(h, ((uint64_t)row->protocol << 1) | row->listening);
	h = text_mix(h, row->path);
	h = text_mix(h, row->local);
	return text_mix(h, row->peer);
}

static void row_clear(struct measured_file *row)
{
	free(row->path);
	free(row->local);
	free(row->peer);
	*row = (struct measured_file){.kind = row->kind, .family = row->family, .type = row->type};
}

/* An empty one of that content is made where there is none; takes over what the row has. */
static int row_place(struct files *f, struct measurement *m, struct measured_file *row,
	uint64_t content, size_t *ret)
{
	struct measured_file *added;

	if (table_get(&f->by_content, content, ret)) {
		row_clear(row);
		m->files[*ret].inode = 0; /* it stands for several now */
		return 0;
	}
	added = measurement_add_file(m);
	if (!added) {
		row_clear(row);
		return -ENOMEM;
	}
	*added = *row;
	*ret = m->files_count - 1;
	return table_set(&f->by_content, content, *ret);
}

static uint64_t share_of(const struct measured_file *row, uint64_t number)
{
	return table_mix(content_of(row), 1 + number % SHARES);
}

static int row_store(struct files *f, struct measurement *m, struct measured_file *row, size_t *ret)
{
	uint64_t content = content_of(row), inode = row->inode;

	if (m->files_count >= FILES_MAX && !table_get(&f->by_content, content, ret)) {
		f->nameless += row->path || row->local || row->peer;
		row_clear(row);
		content = share_of(row, inode);
	}
	return row_place(f, m, row, content, ret);
}

/* "/a/b" to "/a/ *", without the space; NULL: no folder is known. */
static char *folder_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *folder;

	if (!slash || asprintf(&folder, "%.*s/*", (int)(slash - path), path) < 0)
		return NULL;
	return folder;
}

/* Of this machine the address, any port: "127.0.0.1:*"; of another one the port: "*:443". */
static char *peers_of(const char *peer)
{
	const char *colon = peer ? strrchr(peer, ':') : NULL;
	bool here = peer && (strncmp(peer, "127.", 4) == 0 || strncmp(peer, "[::1]", 5) == 0);
	char *peers;

	if (!colon)
		return NULL;
	if (here ? asprintf(&peers, "%.*s:*", (int)(colon - peer), peer) < 0
		 : asprintf(&peers, "*%s", colon) < 0)
		return NULL;
	return peers;
}

static struct measured_file shared_by(const struct measured_file *from, bool named)
{
	struct measured_file like = {.kind = from->kind,
		.family = from->family,
		.type = from->type,
		.protocol = from->protocol,
		.listening = from->listening};

	if (!named)
		return like;
	like.path = folder_of(from->path);
	like.local = from->local ? strdup("*") : NULL;
	like.peer = peers_of(from->peer);
	return like;
}

size_t files_share(struct files *f, struct measurement *m, size_t row)
{
	const struct measured_file *from = &m->files[row];
	bool can = kind_has_path(from->kind) || from->family == AF_INET || from->family == AF_INET6;
	struct measured_file like;
	size_t share;

	if (!can)
		return row;
	if (table_get(&f->shares, row + 1, &share))
		return share;
	like = shared_by(from, m->files_count < 2UL * FILES_MAX);
	if (row_place(f, m, &like, share_of(&like, row), &share) < 0 ||
		table_set(&f->shares, row + 1, share) < 0)
		return row;
	return share;
}

static int identity_renew(struct files *f, __u64 id, size_t row)
{
	if (f->recent.count >= IDENTITIES_RECENT) {
		table_free(&f->older);
		f->older = f->recent;
		f->recent = (struct table){0};
	}
	return table_set(&f->recent, id, row);
}

static int identity_add(struct files *f, __u64 id, size_t row)
{
	size_t known;

	if (table_get(&f->by_id, id, &known))
		return table_set(&f->by_id, id, row);
	if (row >= FILES_MAX || f->identities[row] >= IDENTITIES_OWN)
		return identity_renew(f, id, row);
	f->identities[row]++;
	return table_set(&f->by_id, id, row);
}

int files_add(struct files *f, struct measurement *m, const struct wire_file *w, int pid)
{
	struct measured_file row = {.kind = kind_of(w), .inode = w->inode};
	size_t index;
	int error;

	if (row.kind == FILE_SOCKET)
		socket_read(f, m, w, &row);
	else if (kind_has_path(row.kind))
		row.path = path_of(w, pid);
	error = row_store(f, m, &row, &index);
	return error < 0 ? error : identity_add(f, w->id, index);
}

size_t files_find(struct files *f, __u64 id)
{
	size_t index;

	if (!id)
		return MEASURED_NONE;
	if (table_get(&f->by_id, id, &index) || table_get(&f->recent, id, &index))
		return index;
	if (!table_get(&f->older, id, &index)) {
		f->forgotten += f->older.room > 0; /* else it was never told: events are lost */
		return MEASURED_NONE;
	}
	identity_renew(f, id, index); /* out of memory, it is the older one for a while */
	return index;
}
