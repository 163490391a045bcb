/*
 * perf_map: reads the map of a process once, from its end back as far as is bounded, and keeps of
 * it the names of the addresses that were wanted.
 */
#include "perf_map.h"

#include "generated_name.h"
#include "measurement.h"
#include "perf_map_owner.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Half a second of reading. Of a longer map the older lines are left out: a name is missing then,
 * never a wrong one, since later lines count more. */
#define MAP_BYTES_MOST (256L << 20)
#define CHUNK_BYTES (256 << 10)
#define NAME_BYTES_MOST 4096 /* of a longer name, the beginning */

struct wanted {
	uint64_t address;
	char *name; /* NULL: not in the map */
};

struct perf_map {
	struct perf_map_owner owner;
	bool ordered, read, exists;
	struct wanted *wanted;
	size_t wanted_count;
};

struct perf_maps {
	struct table known; /* pid -> index */
	struct perf_map *list;
	size_t count;
	char *lent; /* the last answer */
};

struct perf_maps *perf_maps_new(void)
{
	return calloc(1, sizeof(struct perf_maps));
}

static void map_free(struct perf_map *m)
{
	for (size_t i = 0; i < m->wanted_count; i++)
		free(m->wanted[i].name);
	free(m->wanted);
	perf_map_owner_free(&m->owner);
}

void perf_maps_free(struct perf_maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < maps->count; i++)
		map_free(&maps->list[i]);
	free(maps->list);
	free(maps->lent);
	table_free(&maps->known);
	free(maps);
}

static struct perf_map *map_of(struct perf_maps *maps, int pid)
{
	struct perf_map *m;
	size_t index;

	if (table_get(&maps->known, pid, &index))
		return &maps->list[index];
	index = maps->count;
	m = measured_append(&maps->list, &maps->count, sizeof(*m));
	if (!m)
		return NULL;
	perf_map_owner_note(&m->owner, pid);
	/* Without memory for this it is looked up anew. */
	(void)table_set(&maps->known, pid, index);
	return m;
}

void perf_map_note(struct perf_maps *maps, int pid)
{
	(void)map_of(maps, pid);
}

int perf_map_want(struct perf_maps *maps, int pid, uint64_t address)
{
	struct perf_map *m = map_of(maps, pid);
	struct wanted *w;

	if (!m)
		return -ENOMEM;
	w = measured_append(&m->wanted, &m->wanted_count, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->address = address;
	m->ordered = m->read = false;
	return 0;
}

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* In order, each once. */
static void wanted_order(struct perf_map *m)
{
	size_t kept = 0;

	if (m->wanted_count)
		qsort(m->wanted, m->wanted_count, sizeof(*m->wanted), wanted_compare);
	for (size_t i = 0; i < m->wanted_count; i++) {
		if (kept && m->wanted[kept - 1].address == m->wanted[i].address)
			free(m->wanted[i].name);
		else
			m->wanted[kept++] = m->wanted[i];
	}
	m->wanted_count = kept;
	m->ordered = true;
}

/* Index of the first wanted address that is not below. */
static size_t wanted_from(const struct perf_map *m, uint64_t address)
{
	size_t low = 0, high = m->wanted_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->wanted[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool hex_read(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at, *digits;
	uint64_t value = 0;

	if (end - p > 2 && p[0] == '0' && p[1] == 'x')
		p += 2;
	for (digits = p; p < end && *p != ' '; p++) {
		int digit = *p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10;

		if (digit < 0 || digit > 15 || (*p > '9' && digit < 10))
			return false;
		value = value << 4 | (unsigned)digit;
	}
	if (p == digits || p == end)
		return false;
	*at = p + 1;
	*ret = value;
	return true;
}

static void line_take(struct perf_map *m, const char *line, const char *end)
{
	uint64_t start, size;

	if (!hex_read(&line, end, &start) || !hex_read(&line, end, &size) || line == end)
		return;
	for (size_t i = wanted_from(m, start);
		i < m->wanted_count && m->wanted[i].address - start < size; i++) {
		size_t length = end - line;

		free(m->wanted[i].name);
		m->wanted[i].name =
			strndup(line, length < NAME_BYTES_MOST ? length : NAME_BYTES_MOST);
	}
}

/* The map may grow meanwhile: a line without an end is not whole yet. */
static void map_scan(struct perf_map *m, int fd, char *buffer, off_t size)
{
	bool whole_line = size <= MAP_BYTES_MOST;
	size_t held = 0;
	long left = MAP_BYTES_MOST;

	if (!whole_line)
		lseek(fd, size - MAP_BYTES_MOST, SEEK_SET);
	while (left > 0) {
		ssize_t got = read(fd, buffer + held, CHUNK_BYTES - held);
		char *line = buffer, *end;

		if (got <= 0)
			break;
		left -= got;
		held += got;
		while ((end = memchr(line, '\n', buffer + held - line))) {
			if (whole_line)
				line_take(m, line, end);
			whole_line = true;
			line = end + 1;
		}
		held -= line - buffer;
		memmove(buffer, line, held);
		if (held == CHUNK_BYTES) { /* a line as long as that is none */
			whole_line = false;
			held = 0;
		}
	}
}

static void map_read(struct perf_map *m)
{
	off_t size;
	int fd = perf_map_owner_open(&m->owner, &size);
	char *buffer;

	m->read = true;
	m->exists = fd >= 0;
	if (!m->ordered)
		wanted_order(m);
	if (fd < 0)
		return;
	buffer = malloc(CHUNK_BYTES);
	if (buffer)
		map_scan(m, fd, buffer, size);
	free(buffer);
	close(fd);
}

bool perf_map_exists(struct perf_maps *maps, int pid)
{
	struct perf_map *m = map_of(maps, pid);

	if (!m)
		return false;
	if (!m->read)
		map_read(m);
	return m->exists;
}

bool perf_map_find(struct perf_maps *maps, int pid, uint64_t address, struct symbol_frame *ret)
{
	struct perf_map *m;
	size_t index;

	if (!perf_map_exists(maps, pid))
		return false;
	m = map_of(maps, pid);
	index = wanted_from(m, address);
	if (index == m->wanted_count || m->wanted[index].address != address ||
		!m->wanted[index].name)
		return false;
	free(maps->lent);
	maps->lent = strdup(m->wanted[index].name);
	if (!maps->lent)
		return false;
	generated_name_split(maps->lent, ret);
	return true;
}
