/* mapping: one ring of mmap2 and exec records per CPU, on an event that counts nothing. */
#include "mapping.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RING_PAGES 32    /* a record is about 120 bytes: a thousand between two reads */
#define RECORD_MAX 65536 /* its size is 16 bits wide */

struct ring {
	struct perf_event_mmap_page *head;
	size_t size;
};

struct mapping_watch {
	int *fds;
	struct ring *rings;
	size_t count;
	char record[RECORD_MAX];
};

/* The part of PERF_RECORD_MMAP2 before the file's name; see perf_event_open(2). */
struct mmap2_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t address, length, offset;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t protection, flags;
	char path[];
};

struct comm_record {
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct lost_record {
	struct perf_event_header header;
	uint64_t id, lost;
};

static size_t ring_bytes(void)
{
	return RING_PAGES * (size_t)sysconf(_SC_PAGESIZE);
}

static int ring_open(int cpu, int *ret_fd, struct ring *ret)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1, /* an exec is told by the new name that it gives */
		.comm_exec = 1,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1, /* every record ends in its time */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark =
			ring_bytes() / 2, /* the records are of all processes: let them gather */
	};
	size_t bytes = ring_bytes() + sysconf(_SC_PAGESIZE);
	void *area;

	*ret_fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (*ret_fd < 0)
		return -errno;
	area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *ret_fd, 0);
	if (area == MAP_FAILED)
		return -errno;
	*ret = (struct ring){.head = area, .size = bytes};
	return 0;
}

int mapping_watch_open(struct mapping_watch **ret)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct mapping_watch *w = calloc(1, sizeof(*w));
	int error = 0;

	if (!w)
		return -ENOMEM;
	w->fds = calloc(cpus, sizeof(*w->fds));
	w->rings = calloc(cpus, sizeof(*w->rings));
	for (long cpu = 0; w->fds && w->rings && cpu < cpus; cpu++) {
		error = ring_open(cpu, &w->fds[w->count], &w->rings[w->count]);
		if (error == -ENODEV || error == -ENXIO) { /* that CPU is offline */
			error = 0;
			continue;
		}
		if (error < 0 && w->fds[w->count] >= 0)
			close(w->fds[w->count]);
		if (error < 0)
			break;
		w->count++;
	}
	/* One CPU missed is not all watched: better to say so. */
	if (error < 0 || w->count == 0) {
		mapping_watch_free(w);
		return error < 0 ? error : -ENOMEM;
	}
	*ret = w;
	return 0;
}

void mapping_watch_free(struct mapping_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++) {
		munmap(w->rings[i].head, w->rings[i].size);
		close(w->fds[i]);
	}
	free(w->fds);
	free(w->rings);
	free(w);
}

const int *mapping_watch_fds(const struct mapping_watch *w, size_t *ret_count)
{
	*ret_count = w->count;
	return w->fds;
}

/* Copies out, since a record can wrap round the ring's end. */
static void ring_copy(const struct ring *r, uint64_t at, void *to, size_t size)
{
	const char *data = (const char *)r->head + sysconf(_SC_PAGESIZE);
	size_t ring = ring_bytes(), from = at % ring;
	size_t first = size < ring - from ? size : ring - from;

	memcpy(to, data + from, first);
	memcpy((char *)to + first, data, size - first);
}

/* Every record ends in its time: sample_id_all. */
static uint64_t record_time(const struct perf_event_header *header)
{
	uint64_t at_ns;

	memcpy(&at_ns, (const char *)header + header->size - sizeof(at_ns), sizeof(at_ns));
	return at_ns;
}

static void mmap_report(const struct mmap2_record *r, mapping_fn fn, void *context)
{
	const struct mapping m = {
		.pid = r->pid,
		.start = r->address,
		.length = r->length,
		.offset = r->offset,
		.major = r->major,
		.minor = r->minor,
		.inode = r->inode,
		.at_ns = record_time(&r->header),
		.path = r->path,
	};

	fn(context, &m);
}

static void comm_report(const struct comm_record *r, mapping_fn fn, void *context)
{
	const struct mapping m = {
		.pid = r->pid,
		.at_ns = record_time(&r->header),
		.executes = true,
		.path = "",
	};

	if (r->header.misc & PERF_RECORD_MISC_COMM_EXEC)
		fn(context, &m);
}

static uint64_t record_report(const struct perf_event_header *header, mapping_fn fn, void *context)
{
	if (header->type == PERF_RECORD_LOST)
		return ((const struct lost_record *)header)->lost;
	if (header->type == PERF_RECORD_MMAP2)
		mmap_report((const void *)header, fn, context);
	else if (header->type == PERF_RECORD_COMM)
		comm_report((const void *)header, fn, context);
	return 0;
}

static uint64_t ring_read(
	struct mapping_watch *w, struct ring *r, uint64_t until_ns, mapping_fn fn, void *context)
{
	uint64_t head = __atomic_load_n(&r->head->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = r->head->data_tail, lost = 0;

	while (tail < head) {
		struct perf_event_header *header = (void *)w->record;

		ring_copy(r, tail, header, sizeof(*header));
		if (header->size < sizeof(*header) + sizeof(uint64_t))
			break;
		ring_copy(r, tail, w->record, header->size);
		w->record[header->size] = '\0';
		if (record_time(header) > until_ns)
			break;
		lost += record_report(header, fn, context);
		tail += header->size;
	}
	__atomic_store_n(&r->head->data_tail, tail, __ATOMIC_RELEASE);
	return lost;
}

uint64_t mapping_watch_read_until(
	struct mapping_watch *w, uint64_t until_ns, mapping_fn fn, void *context)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < w->count; i++)
		lost += ring_read(w, &w->rings[i], until_ns, fn, context);
	return lost;
}

uint64_t mapping_watch_read(struct mapping_watch *w, mapping_fn fn, void *context)
{
	return mapping_watch_read_until(w, UINT64_MAX, fn, context);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void line_report(int pid, const char *line, mapping_fn fn, void *context)
{
	struct mapping m = {.pid = pid, .at_ns = clock_ns()};
	uint64_t end;
	char protection[5];
	int path = 0;

	if (sscanf(line,
		    "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64
		    " %n",
		    &m.start, &end, protection, &m.offset, &m.major, &m.minor, &m.inode, &path) < 7)
		return;
	m.length = end - m.start;
	m.path = line[path] ? line + path : "//anon"; /* as the records name it */
	if (protection[2] == 'x')
		fn(context, &m);
}

int mapping_scan(int pid, mapping_fn fn, void *context)
{
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return -errno;
	while (getline(&line, &room, maps) > 0) {
		line[strcspn(line, "\n")] = '\0';
		line_report(pid, line, fn, context);
	}
	free(line);
	fclose(maps);
	return 0;
}
