/* socket_table: all tables are read at once, and kept sorted by inode. */
#include "socket_table.h"

#include "probe/measurement.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define ACCEPTS 0x10000 /* __SO_ACCEPTCON, in the flags of /proc/net/unix */
#define ROWS_MOST 200000
/* Reading takes at most one part in so many of the time. */
#define READ_SHARE 200
#define NS_PER_S 1000000000ULL

struct socket_tables {
	uint64_t namespace; /* whose sockets these are */
	struct socket_row *rows;
	size_t count;
	uint64_t read_ns, took_ns;
};

static const struct {
	const char *name;
	int family, type, protocol;
} inet_tables[] = {
	{"tcp", AF_INET, SOCK_STREAM, IPPROTO_TCP},
	{"tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP},
	{"udp", AF_INET, SOCK_DGRAM, IPPROTO_UDP},
	{"udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* "0100007F:1F90": the words of the address in the machine's order, then the port. */
static bool address_read(const char *hex, int family, uint8_t ret_address[16], uint16_t *ret_port)
{
	size_t count = family == AF_INET ? 1 : 4;
	uint32_t words[4] = {0};
	unsigned int port;

	for (size_t i = 0; i < count; i++)
		if (strlen(hex) < 8 * (i + 1) || sscanf(hex + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	if (sscanf(hex + 8 * count, ":%x", &port) != 1 || port > UINT16_MAX)
		return false;
	memcpy(ret_address, words, sizeof(words));
	*ret_port = (uint16_t)port;
	return true;
}

bool socket_line_inet(const char *line, int family, int type, int protocol, struct socket_row *ret)
{
	struct socket_row row = {
		.family = (uint16_t)family, .type = (uint16_t)type, .protocol = (uint16_t)protocol};
	char local[64], peer[64];
	unsigned int state;

	if (sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %*s %*s %" SCNu64, local, peer, &state,
		    &row.inode) != 4 ||
		!address_read(local, family, row.local, &row.local_port) ||
		!address_read(peer, family, row.peer, &row.peer_port))
		return false;
	row.state = (uint8_t)state;
	*ret = row;
	return true;
}

bool socket_line_unix(const char *line, struct socket_row *ret)
{
	struct socket_row row = {.family = AF_UNIX};
	unsigned int flags, type;
	char name[WIRE_NAME] = "";

	_Static_assert(WIRE_NAME == 64, "the width in the format below");
	if (sscanf(line, "%*s %*x %*x %x %x %*x %" SCNu64 " %63s", &flags, &type, &row.inode,
		    name) < 3)
		return false;
	row.type = (uint16_t)type;
	row.state = flags & ACCEPTS ? TCP_LISTEN : TCP_ESTABLISHED;
	memcpy(row.name, name, sizeof(row.name));
	*ret = row;
	return true;
}

struct socket_tables *socket_tables_new(void)
{
	return calloc(1, sizeof(struct socket_tables));
}

void socket_tables_free(struct socket_tables *t)
{
	if (!t)
		return;
	free(t->rows);
	free(t);
}

static void row_keep(struct socket_tables *t, const struct socket_row *row)
{
	struct socket_row *slot;

	/* Those that are closing belong to nobody any more. */
	if (row->inode == 0 || t->count >= ROWS_MOST)
		return;
	slot = measured_append(&t->rows, &t->count, sizeof(*t->rows));
	if (slot)
		*slot = *row;
}

static FILE *table_open(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, name);
	return fopen(path, "re");
}

static void inet_read(struct socket_tables *t, int pid)
{
	for (size_t i = 0; i < sizeof(inet_tables) / sizeof(*inet_tables); i++) {
		FILE *table = table_open(pid, inet_tables[i].name);
		struct socket_row row;
		char line[512];

		while (table && fgets(line, sizeof(line), table))
			if (socket_line_inet(line, inet_tables[i].family, inet_tables[i].type,
				    inet_tables[i].protocol, &row))
				row_keep(t, &row);
		if (table)
			fclose(table);
	}
}

static void unix_read(struct socket_tables *t, int pid)
{
	FILE *table = table_open(pid, "unix");
	struct socket_row row;
	char line[512];

	while (table && fgets(line, sizeof(line), table))
		if (socket_line_unix(line, &row))
			row_keep(t, &row);
	if (table)
		fclose(table);
}

static int row_compare(const void *a, const void *b)
{
	const struct socket_row *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static void tables_read(struct socket_tables *t, int pid, uint64_t namespace)
{
	uint64_t now = clock_ns();

	free(t->rows);
	t->rows = NULL;
	t->count = 0;
	t->namespace = namespace;
	inet_read(t, pid);
	unix_read(t, pid);
	if (t->count > 0)
		qsort(t->rows, t->count, sizeof(*t->rows), row_compare);
	t->read_ns = clock_ns();
	t->took_ns = t->read_ns - now;
}

static uint64_t namespace_of(int pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static const struct socket_row *row_find(const struct socket_tables *t, uint64_t inode)
{
	struct socket_row like = {.inode = inode};

	return t->count ? bsearch(&like, t->rows, t->count, sizeof(*t->rows), row_compare) : NULL;
}

const struct socket_row *socket_tables_find(struct socket_tables *t, int pid, uint64_t inode)
{
	uint64_t namespace = namespace_of(pid);
	const struct socket_row *found = namespace == t->namespace ? row_find(t, inode) : NULL;

	if (found ||
		(namespace == t->namespace && clock_ns() - t->read_ns < READ_SHARE * t->took_ns))
		return found;
	tables_read(t, pid, namespace);
	return row_find(t, inode);
}
