/*
 * perf_map: reads the map of a process once, from its end back as far as is bounded, and keeps of
 * it the names of the addresses that were wanted.
 */
#include "perf_map.h"

#include "generated_name.h"
#include "measurement.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Half a second of reading. Of a longer map the older lines are left out: a name is missing then,
 * never a wrong one, since later lines count more. */
#define MAP_BYTES_MOST (256L << 20)
#define CHUNK_BYTES (256 << 10)
#define NAME_BYTES_MOST 4096 /* of a longer name, the beginning */

/* A map of before the process began is a dead one's, whose pid it was. Clocks are compared whose
 * steps are up to 10 ms; a file's time may be cut to its second. */
#define OLDER_SECONDS 1

struct wanted {
	uint64_t address;
	char *name; /* NULL: not in the map */
};

struct perf_map {
	int pid;
	int inner_pid; /* in its own PID namespace; 0: never seen alive */
	uid_t uid;
	double began; /* wall clock */
	int folder;   /* its /tmp, where that is not ours; -1: it is */
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
	if (m->folder >= 0)
		close(m->folder);
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

/* From /proc/PID/status: effective uid, and the pid in the innermost namespace. */
static void identity_read(struct perf_map *m)
{
	char path[64], line[256], *last;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", m->pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		sscanf(line, "Uid: %*u %u", &m->uid);
		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		last = strrchr(line, '\t');
		m->inner_pid = last ? atoi(last) : 0;
	}
	if (status)
		fclose(status);
}

/* Field 22 of /proc/PID/stat, ticks from boot to the start of the process, as wall clock. */
static double start_read(int pid)
{
	char path[64], text[1024], *after_name;
	struct timespec now, up;
	unsigned long long ticks = 0;
	FILE *stat;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, stat);
	fclose(stat);
	text[length] = '\0';
	after_name = strrchr(text, ')'); /* the name may contain anything */
	if (!after_name ||
		sscanf(after_name + 1,
			"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			"%*s %llu",
			&ticks) != 1)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (now.tv_sec - up.tv_sec) + (now.tv_nsec - up.tv_nsec) / 1e9 +
	       (double)ticks / sysconf(_SC_CLK_TCK);
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Below a directory, out of which no link leads. Not via glibc 2.36, which does not know it. */
static int open_below(int folder, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

/* Held open only where it differs: the mounts of a container that ends meanwhile go away, but for
 * what is open. */
static int folder_open(int pid)
{
	char root[64], mounts[64];
	int fd, folder;

	snprintf(root, sizeof(root), "/proc/%d/root", pid);
	snprintf(mounts, sizeof(mounts), "/proc/%d/ns/mnt", pid);
	if (same_file(root, "/") && same_file(mounts, "/proc/self/ns/mnt"))
		return -1;
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	folder = open_below(fd, "tmp", O_PATH | O_DIRECTORY);
	close(fd);
	return folder;
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
	m->pid = pid;
	m->folder = folder_open(pid);
	m->began = start_read(pid);
	identity_read(m);
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

/* Anybody may write to /tmp: a file that is neither the process's own nor root's is not believed,
 * nor one that a dead process left under this pid. */
static bool file_is_its_own(const struct perf_map *m, int fd, off_t *ret_size)
{
	struct stat s;

	if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode) || (s.st_uid != m->uid && s.st_uid != 0) ||
		s.st_mtim.tv_sec + OLDER_SECONDS < m->began)
		return false;
	*ret_size = s.st_size;
	return true;
}

static bool map_read_in(struct perf_map *m, int folder, int pid)
{
	bool its_own = false;
	char name[64], *buffer;
	off_t size;
	int fd;

	snprintf(name, sizeof(name), "perf-%d.map", pid);
	fd = open_below(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	buffer = malloc(CHUNK_BYTES);
	its_own = buffer && file_is_its_own(m, fd, &size);
	if (its_own)
		map_scan(m, fd, buffer, size);
	free(buffer);
	close(fd);
	return its_own;
}

/* In its own /tmp by its own pid; else in ours, where people put the maps of containers. */
static void map_read(struct perf_map *m)
{
	int ours;

	m->read = true;
	if (!m->ordered)
		wanted_order(m);
	if (!m->inner_pid)
		return;
	if (m->folder >= 0 && map_read_in(m, m->folder, m->inner_pid)) {
		m->exists = true;
		return;
	}
	ours = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	m->exists = map_read_in(m, ours, m->pid);
	close(ours);
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
