/*
 * measurement: memory of what was measured: growing arrays, ownership, and the names of kinds.
 *
 * Every array grows through the one append below, which keeps its capacity implicit (the next
 * power of two), so that the struct holds nothing but facts.
 */
#include "measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const file_kind_names[FILE_KIND_COUNT] = {
	[FILE_UNKNOWN] = "unknown",
	[FILE_REGULAR] = "regular",
	[FILE_DIRECTORY] = "directory",
	[FILE_BLOCK] = "block",
	[FILE_CHARACTER] = "character",
	[FILE_TTY] = "tty",
	[FILE_PIPE] = "pipe",
	[FILE_SOCKET] = "socket",
	[FILE_EVENTFD] = "eventfd",
	[FILE_EPOLL] = "epoll",
	[FILE_TIMERFD] = "timerfd",
	[FILE_SIGNALFD] = "signalfd",
	[FILE_INOTIFY] = "inotify",
	[FILE_PIDFD] = "pidfd",
	[FILE_IO_URING] = "io_uring",
	[FILE_MQUEUE] = "mqueue",
	[FILE_ANONYMOUS] = "anonymous",
};

static const char *const block_names[BLOCK_COUNT] = {
	[BLOCK_INTERRUPTIBLE] = "interruptible",
	[BLOCK_UNINTERRUPTIBLE] = "uninterruptible",
	[BLOCK_STOPPED] = "stopped",
	[BLOCK_TRACED] = "traced",
	[BLOCK_FROZEN] = "frozen",
};

const char *measured_file_kind_name(enum measured_file_kind kind)
{
	return (unsigned int)kind < FILE_KIND_COUNT ? file_kind_names[kind] : "unknown";
}

const char *measured_block_name(enum measured_block block)
{
	return (unsigned int)block < BLOCK_COUNT ? block_names[block] : "unknown";
}

/*
 * A list has room for the smallest power of two that holds its elements, so a count that is one
 * means full. The pointer's own type differs from list to list, hence the copies.
 */
void *measured_append(void *array, size_t *count, size_t element_size)
{
	size_t n = *count;
	char *elements;

	memcpy(&elements, array, sizeof elements);
	if ((n & (n - 1)) == 0) {
		elements = reallocarray(elements, n ? 2 * n : 1, element_size);
		if (!elements)
			return NULL;
		memcpy(array, &elements, sizeof elements);
	}
	*count = n + 1;
	return memset(elements + n * element_size, 0, element_size);
}

/* Memory for so many elements, not only reserved but there. NULL: there is none. */
static char *log_room(void *array, size_t element_size, size_t most)
{
	char *elements;

	memcpy(&elements, array, sizeof elements);
	if (!elements) {
		elements = reallocarray(NULL, most, element_size);
		if (elements)
			memset(elements, 0, most * element_size);
		memcpy(array, &elements, sizeof elements);
	}
	return elements;
}

/* To a list of so many elements at most. */
static void *log_append(void *array, size_t *count, size_t element_size, size_t most)
{
	char *elements = log_room(array, element_size, most);

	if (!elements || *count == most)
		return NULL;
	return memset(elements + (*count)++ * element_size, 0, element_size);
}

#define LOG_APPEND(array, count, most) log_append(&(array), &(count), sizeof *(array), most)
#define APPEND(array, count) measured_append(&(array), &(count), sizeof *(array))

struct measured_process *measurement_add_process(struct measurement *m)
{
	struct measured_process *p = APPEND(m->processes, m->processes_count);

	if (p)
		p->parent = MEASURED_NONE;
	return p;
}

struct measured_runtime *measurement_add_runtime(struct measurement *m)
{
	return APPEND(m->runtimes, m->runtimes_count);
}

struct measured_lull *measurement_add_lull(struct measurement *m)
{
	return APPEND(m->lulls, m->lulls_count);
}

struct measured_thread *measurement_add_thread(struct measurement *m)
{
	return APPEND(m->threads, m->threads_count);
}

uint64_t measurement_threads(const struct measurement *m)
{
	uint64_t threads = m->threads_count;

	for (size_t i = 0; i < m->threads_count; i++)
		threads += m->threads[i].earlier;
	return threads;
}

uint64_t measurement_processes(const struct measurement *m)
{
	uint64_t processes = m->processes_count;

	for (size_t i = 0; i < m->processes_count; i++)
		processes += m->processes[i].earlier;
	return processes;
}

uint64_t measurement_rss_peak_bytes(const struct measurement *m)
{
	uint64_t most = 0;

	for (size_t i = 0; i < m->processes_count; i++)
		if (m->processes[i].rss_peak_bytes > most)
			most = m->processes[i].rss_peak_bytes;
	return most;
}

struct measured_file *measurement_add_file(struct measurement *m)
{
	return APPEND(m->files, m->files_count);
}

struct measured_wait *measurement_add_wait(struct measurement *m)
{
	struct measured_wait *w = APPEND(m->waits, m->waits_count);

	if (w)
		w->file = MEASURED_NONE;
	return w;
}

int measurement_reserve_segments(struct measurement *m)
{
	return log_room(&m->segments, sizeof *m->segments, MEASURED_SEGMENTS_MAX) ? 0 : -ENOMEM;
}

struct measured_segment *measurement_add_segment(struct measurement *m)
{
	return LOG_APPEND(m->segments, m->segments_count, MEASURED_SEGMENTS_MAX);
}

struct measured_exchange *measurement_add_exchange(struct measurement *m)
{
	return LOG_APPEND(m->exchanges, m->exchanges_count, MEASURED_EXCHANGES_MAX);
}

struct measured_frame *measurement_add_frame(struct measurement *m)
{
	return APPEND(m->frames, m->frames_count);
}

struct measured_stack *measurement_add_stack(struct measurement *m)
{
	return APPEND(m->stacks, m->stacks_count);
}

struct measured_site *measurement_add_site(struct measurement *m)
{
	struct measured_site *s = APPEND(m->sites, m->sites_count);

	if (s)
		s->stack = MEASURED_NONE;
	return s;
}

struct measured_sample *measurement_add_sample(struct measurement *m)
{
	struct measured_sample *s = APPEND(m->samples, m->samples_count);

	if (s)
		s->stack = MEASURED_NONE;
	return s;
}

struct measured_stall *measurement_add_stall(struct measurement *m)
{
	struct measured_stall *s = APPEND(m->stalls, m->stalls_count);

	if (s)
		s->wait = s->wait_stack = s->stack = MEASURED_NONE;
	return s;
}

int measurement_add_loss(struct measurement *m, const char *what, uint64_t count)
{
	if (count == 0)
		return 0;

	for (size_t i = 0; i < m->losses_count; i++)
		if (strcmp(m->losses[i].what, what) == 0) {
			m->losses[i].count += count;
			return 0;
		}

	char *words = strdup(what);

	if (!words)
		return -ENOMEM;

	struct measured_loss *loss = APPEND(m->losses, m->losses_count);

	if (!loss) {
		free(words);
		return -ENOMEM;
	}
	*loss = (struct measured_loss){.what = words, .count = count};
	return 0;
}

struct measurement *measurement_new(void)
{
	struct measurement *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->host.cpu_quota = NAN;
	m->cost.probe_cpu_s = NAN;
	m->cost.tool_cpu_s = NAN;
	return m;
}

static void target_release_memory(struct measured_target *t)
{
	for (char **word = t->command; word && *word; word++)
		free(*word);
	free(t->command);
	free(t->pids);
}

static void file_release_memory(struct measured_file *f)
{
	free(f->path);
	free(f->local);
	free(f->peer);
}

static void frame_release_memory(struct measured_frame *f)
{
	free(f->function);
	free(f->file);
	free(f->language);
	free(f->module);
}

/* Of what is told of threads and processes. */
static void deeds_release_memory(struct measurement *m)
{
	for (size_t i = 0; i < m->processes_count; i++) {
		free(m->processes[i].executable);
		free(m->processes[i].running_ns);
	}
	for (size_t i = 0; i < m->runtimes_count; i++) {
		free(m->runtimes[i].name);
		free(m->runtimes[i].version);
		free(m->runtimes[i].file);
	}
	for (size_t i = 0; i < m->threads_count; i++) {
		free(m->threads[i].name);
		durations_clear(&m->threads[i].loop.durations);
	}
	for (size_t i = 0; i < m->waits_count; i++) {
		free(m->waits[i].syscall);
		free(m->waits[i].futex_symbol);
		durations_clear(&m->waits[i].durations);
	}
	for (size_t i = 0; i < m->samples_count; i++)
		free(m->samples[i].syscall);
}

/* What is appended first gives a list the room of one again. */
void measurement_restart(struct measurement *m)
{
	deeds_release_memory(m);
	m->processes_count = m->runtimes_count = m->threads_count = 0;
	m->waits_count = m->segments_count = m->exchanges_count = m->sites_count = 0;
	m->samples_count = m->stalls_count = 0;
	m->exchanges_missed = 0;
}

static void elements_release_memory(struct measurement *m)
{
	deeds_release_memory(m);
	for (size_t i = 0; i < m->files_count; i++)
		file_release_memory(&m->files[i]);
	for (size_t i = 0; i < m->frames_count; i++)
		frame_release_memory(&m->frames[i]);
	for (size_t i = 0; i < m->stacks_count; i++)
		free(m->stacks[i].frames);
	for (size_t i = 0; i < m->losses_count; i++)
		free(m->losses[i].what);
}

void measurement_free(struct measurement *m)
{
	if (!m)
		return;
	free(m->backend);
	free(m->instead);
	free(m->host.kernel);
	free(m->host.arch);
	target_release_memory(&m->target);
	elements_release_memory(m);
	free(m->running_ns);
	free(m->processes);
	free(m->runtimes);
	free(m->lulls);
	free(m->threads);
	free(m->files);
	free(m->waits);
	free(m->segments);
	free(m->exchanges);
	free(m->frames);
	free(m->stacks);
	free(m->sites);
	free(m->samples);
	free(m->stalls);
	free(m->losses);
	free(m);
}
