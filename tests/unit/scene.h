/*
 * scene: measurements made by hand, in seconds, for the tests of the analyzer.
 *
 * What is not said is as simple as can be: a launched command of one second or as told, four CPUs,
 * all threads there all the time.
 */
#ifndef CONCADVISE_TEST_SCENE_H
#define CONCADVISE_TEST_SCENE_H

#include "analyzer/profile.h"
#include "probe/measurement.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define SCENE_NS(seconds) ((uint64_t)llround((seconds)*1e9))

/* Near enough for sums of floating point. */
#define assert_near(value, expected, slack)                                                \
	do {                                                                               \
		double scene_value = (value), scene_expected = (expected);                 \
		if (!(fabs(scene_value - scene_expected) <= (slack)))                      \
			fail_msg("%s is %g, not %g", #value, scene_value, scene_expected); \
	} while (0)

#define assert_between(value, low, high)                                                        \
	do {                                                                                    \
		double scene_value = (value);                                                   \
		if (!(scene_value >= (low) && scene_value <= (high)))                           \
			fail_msg("%s is %g, not in %g..%g", #value, scene_value, (double)(low), \
				(double)(high));                                                \
	} while (0)

#define assert_nan(value)                                                       \
	do {                                                                    \
		double scene_value = (value);                                   \
		if (!isnan(scene_value))                                        \
			fail_msg("%s is %g, not unknown", #value, scene_value); \
	} while (0)

static inline struct measurement *scene_new(double wall_s)
{
	struct measurement *m = measurement_new();

	assert_non_null(m);
	m->wall_ns = SCENE_NS(wall_s);
	m->host.cpus_online = 4;
	m->host.cpus_allowed = 4;
	m->host.cpu_quota = NAN;
	m->target.mode = MEASURED_LAUNCH;
	m->sample_hz = 499;
	m->segment_floor_ns = 1000000;
	m->cost.probe_cpu_s = NAN;
	return m;
}

static inline size_t scene_process(struct measurement *m, int pid, int ppid)
{
	struct measured_process *p = measurement_add_process(m);

	assert_non_null(p);
	p->pid = pid;
	p->ppid = ppid;
	p->end_ns = MEASURED_ALIVE;
	p->rss_peak_bytes = 10 << 20;
	return m->processes_count - 1;
}

static inline size_t scene_thread(struct measurement *m, size_t process, int tid, double cpu_s)
{
	struct measured_thread *t = measurement_add_thread(m);

	assert_non_null(t);
	t->process = process;
	t->tid = tid;
	t->name = strdup("thread");
	t->end_ns = MEASURED_ALIVE;
	t->cpu_ns = SCENE_NS(cpu_s);
	return m->threads_count - 1;
}

static inline void scene_runtime(
	struct measurement *m, size_t process, const char *name, bool global_lock)
{
	struct measured_runtime *r = measurement_add_runtime(m);

	assert_non_null(r);
	r->process = process;
	r->name = strdup(name);
	r->global_lock = global_lock;
	if (strcmp(name, "cpython") == 0) {
		r->lock_start = 0x10000;
		r->lock_end = 0x20000;
	}
}

static inline size_t scene_file(struct measurement *m, enum measured_file_kind kind)
{
	struct measured_file *f = measurement_add_file(m);

	assert_non_null(f);
	f->kind = kind;
	f->inode = m->files_count;
	return m->files_count - 1;
}

/* Addresses may be NULL. */
static inline size_t scene_socket(struct measurement *m, const char *local, const char *peer)
{
	size_t file = scene_file(m, FILE_SOCKET);
	struct measured_file *f = &m->files[file];

	f->family = AF_INET;
	f->type = SOCK_STREAM;
	f->local = local ? strdup(local) : NULL;
	f->peer = peer ? strdup(peer) : NULL;
	return file;
}

/* count equal waits. */
static inline size_t scene_wait(
	struct measurement *m, size_t thread, const char *syscall, double total_s, uint64_t count)
{
	struct measured_wait *w = measurement_add_wait(m);

	assert_non_null(w);
	w->thread = thread;
	w->syscall = syscall ? strdup(syscall) : NULL;
	w->file = MEASURED_NONE;
	w->count = count;
	w->total_ns = SCENE_NS(total_s);
	w->max_ns = w->total_ns / count;
	durations_add(&w->durations, w->max_ns, (uint32_t)count);
	return m->waits_count - 1;
}

static inline size_t scene_file_wait(struct measurement *m, size_t thread, const char *syscall,
	size_t file, double total_s, uint64_t count)
{
	size_t wait = scene_wait(m, thread, syscall, total_s, count);

	m->waits[wait].file = file;
	return wait;
}

static inline size_t scene_futex(struct measurement *m, size_t thread, uint64_t address,
	uint32_t op, uint32_t value, double total_s, uint64_t count)
{
	size_t wait = scene_wait(m, thread, "futex", total_s, count);

	m->waits[wait].futex_address = address;
	m->waits[wait].futex_op = op;
	m->waits[wait].futex_value = value;
	return wait;
}

/* One of the waits of a row, by itself. */
static inline struct measured_segment *scene_segment(
	struct measurement *m, size_t wait, double start_s, double wait_s)
{
	struct measured_segment *s = measurement_add_segment(m);

	assert_non_null(s);
	s->wait = wait;
	s->start_ns = (int64_t)SCENE_NS(start_s);
	s->wait_ns = SCENE_NS(wait_s);
	return s;
}

static inline void scene_sample(struct measurement *m, size_t thread, const char *syscall,
	bool kernel, int lock_held, uint64_t count)
{
	struct measured_sample *s = measurement_add_sample(m);

	assert_non_null(s);
	s->thread = thread;
	s->syscall = syscall ? strdup(syscall) : NULL;
	s->kernel = kernel;
	s->lock_held = lock_held;
	s->stack = MEASURED_NONE;
	s->count = count;
}

/* File and module may be NULL; line 0: not known. */
static inline size_t scene_frame(struct measurement *m, const char *language, const char *function,
	const char *file, int line, const char *module)
{
	struct measured_frame *f = measurement_add_frame(m);

	assert_non_null(f);
	f->language = language ? strdup(language) : NULL;
	f->function = function ? strdup(function) : NULL;
	f->file = file ? strdup(file) : NULL;
	f->line = line;
	f->module = module ? strdup(module) : NULL;
	return m->frames_count - 1;
}

/* Innermost first. */
static inline size_t scene_stack(struct measurement *m, const size_t *frames, size_t count)
{
	struct measured_stack *s = measurement_add_stack(m);

	assert_non_null(s);
	s->frames = calloc(count + 1, sizeof(*s->frames));
	assert_non_null(s->frames);
	memcpy(s->frames, frames, count * sizeof(*frames));
	s->frames_count = count;
	return m->stacks_count - 1;
}

/* A stack of one line of Python: all that many a test needs. */
static inline size_t scene_line(
	struct measurement *m, const char *file, int line, const char *function)
{
	size_t frame = scene_frame(m, "python", function, file, line, NULL);

	return scene_stack(m, &frame, 1);
}

/* Places of `taken` waits of a row, each of which stands for as many as make up the count. */
static inline struct measured_site *scene_site(struct measurement *m, size_t wait, size_t stack,
	double total_s, uint64_t count, uint64_t taken)
{
	struct measured_site *s = measurement_add_site(m);

	assert_non_null(s);
	s->wait = wait;
	s->stack = stack;
	s->taken = taken;
	s->count = count;
	s->total_ns = SCENE_NS(total_s);
	s->max_ns = s->total_ns / count;
	s->lock_held = -1;
	return s;
}

/* How long 0, 1, 2 threads of a process were on a CPU at once. */
static inline void scene_running(
	struct measurement *m, size_t process, double none_s, double one_s, double two_s)
{
	struct measured_process *p = &m->processes[process];

	p->running_ns = calloc(3, sizeof(*p->running_ns));
	assert_non_null(p->running_ns);
	p->running_count = 3;
	p->running_ns[0] = SCENE_NS(none_s);
	p->running_ns[1] = SCENE_NS(one_s);
	p->running_ns[2] = SCENE_NS(two_s);
}

static inline struct profile *scene_profile(const struct measurement *m)
{
	struct profile *p = profile_new(m, NULL);

	assert_non_null(p);
	return p;
}

static inline void scene_end(struct measurement *m, struct profile *p)
{
	profile_free(p);
	measurement_free(m);
}

#endif
