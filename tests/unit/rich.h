/*
 * rich: a measurement in which every member is set and every list has rows, for the tests of
 * recordings; and what writes, bends and reads it.
 */
#ifndef CONCADVISE_TEST_RICH_H
#define CONCADVISE_TEST_RICH_H

#include "probe/measurement.h"
#include "probe/recording.h"
#include "probe/recording_codec.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the above first. */
#include <cmocka.h>

#define BIG ((UINT64_C(1) << 60) - 12345) /* no double holds it */

static inline uint64_t *times(uint64_t a, uint64_t b)
{
	uint64_t *list = calloc(2, sizeof *list);

	list[0] = a;
	list[1] = b;
	return list;
}

static inline void set_target(struct measured_target *t)
{
	t->mode = MEASURED_LAUNCH;
	t->command = calloc(4, sizeof *t->command);
	t->command[0] = strdup("python3");
	t->command[1] = strdup("");
	t->command[2] = strdup("a \"quoted\"\n\x01 / \xc3\xa9 \xf0\x9f\x98\x80");
	t->pids = calloc(1, sizeof *t->pids);
	t->pids[0] = 4711;
	t->pids_count = 1;
	t->has_exit_status = true;
	t->exit_status = 0;
	t->launcher_ns = 250000000;
	t->launcher_processes = 3;
}

static inline void add_processes(struct measurement *m)
{
	*measurement_add_process(m) = (struct measured_process){.pid = 4711,
		.ppid = 12,
		.parent = MEASURED_NONE,
		.end_ns = MEASURED_ALIVE,
		.executable = strdup("/usr/bin/python3.11"),
		.rss_peak_bytes = 123 << 20,
		.anonymous_early_bytes = 9 << 20,
		.anonymous_peak_bytes = 10 << 20,
		.watched_files = 3,
		.has_multiprocessing = true,
		.looks = 4,
		.blank_looks = 5,
		.watched_listeners = 3,
		.watched_connections = 2,
		.polls_start_ns = 3,
		.polls_end_ns = 9,
		.running_ns = times(5, BIG),
		.running_count = 2};
	*measurement_add_process(m) = (struct measured_process){.pid = 4712,
		.start_ns = 5,
		.end_ns = 6,
		.earlier = 8,
		.vacant_ns = 1,
		.started = true};
	*measurement_add_runtime(m) = (struct measured_runtime){.process = 0,
		.name = strdup("cpython"),
		.version = strdup("3.11.2"),
		.global_lock = true,
		.lock_start = 0x7fffdeadbeef0001,
		.lock_end = UINT64_MAX,
		.file = strdup("/usr/bin/python3.11")};
	*measurement_add_runtime(m) =
		(struct measured_runtime){.process = 1, .name = strdup("node")};
	*measurement_add_lull(m) = (struct measured_lull){1000001, 71};
	*measurement_add_lull(m) = (struct measured_lull){3000002, 0};
}

static inline void add_threads(struct measurement *m)
{
	struct measured_thread *t = measurement_add_thread(m);

	*t = (struct measured_thread){.process = 1,
		.tid = 4713,
		.name = strdup("worker"),
		.start_ns = 7,
		.end_ns = 8,
		.earlier = 5,
		.vacant_ns = 2,
		.started = true,
		.cpu_ns = 9,
		.cpu_user_ticks_ns = 10,
		.cpu_kernel_ticks_ns = 11,
		.run_queue_ns = 12,
		.run_queue_own_ns = 6,
		.stolen_ns = 14,
		.unaccounted_ns = 13,
		.switches_voluntary = UINT64_MAX,
		.switches_involuntary = 15,
		.calls = 1234567,
		.faults = 7654,
		.loop = {.polls = 16,
			.stretches = 17,
			.stretch_ns = 18,
			.stretch_max_ns = 19,
			.at_once = 23,
			.at_once_max_ns = 22,
			.at_once_computed_max_ns = 21,
			.descriptor = 20}};
	durations_add(&t->loop.durations, 1, 3);
	durations_add(&t->loop.durations, UINT64_MAX, UINT32_MAX);
	*measurement_add_thread(m) =
		(struct measured_thread){.tid = 4711, .end_ns = MEASURED_ALIVE};
}

static inline void add_waits(struct measurement *m)
{
	*measurement_add_file(m) = (struct measured_file){.kind = FILE_SOCKET,
		.inode = UINT64_MAX - 1,
		.family = 2,
		.type = 1,
		.protocol = 6,
		.listening = true,
		.local = strdup("127.0.0.1:80"),
		.peer = strdup("[::1]:81")};
	*measurement_add_file(m) =
		(struct measured_file){.kind = FILE_ANONYMOUS, .path = strdup("/tmp/x y")};

	struct measured_wait *w = measurement_add_wait(m);

	*w = (struct measured_wait){.thread = 1,
		.block = BLOCK_FROZEN,
		.iowait = true,
		.syscall = strdup("futex"),
		.file = 1,
		.files_polled = UINT32_MAX,
		.futex_address = 0xfedcba9876543210,
		.futex_symbol = strdup("jobs_lock"),
		.futex_op = 0x80,
		.futex_value = 2,
		.owner_tid = 99,
		.count = 20,
		.open = 2,
		.asked = 2,
		.continued = 1,
		.total_ns = 22,
		.max_ns = 21};
	durations_add(&w->durations, 5000, 20);
	measurement_add_wait(m)->thread = 0; /* a page fault: no syscall, no file */
	*measurement_add_segment(m) = (struct measured_segment){.wait = 1,
		.start_ns = 1,
		.wait_ns = 2,
		.run_queue_ns = 3,
		.cpu_before_ns = 4,
		.run_queue_before_ns = 5,
		.waits_before_ns = 6,
		.waits_before = 7,
		.begun_before = 3,
		.faults_before = 11,
		.continued = true,
		.stretch_ns = 8,
		.stretch_samples = 9,
		.stretch_poll_samples = 10,
		.stretch_gap_ns = 5,
		.stretch_away_ns = 4};
	*measurement_add_segment(m) = (struct measured_segment){.wait_ns = BIG};
	*measurement_add_exchange(m) = (struct measured_exchange){.thread = 1,
		.start_ns = 5,
		.wait_ns = 6,
		.taken_ns = 7,
		.socket = UINT32_MAX,
		.asked_port = 65535,
		.connects = true};
	*measurement_add_exchange(m) =
		(struct measured_exchange){.taken_ns = BIG, .socket = 3, .goes_on = true, .mixed = true};
	assert_int_equal(measurement_add_loss(m, "records dropped", 3), 0);
	assert_int_equal(measurement_add_loss(m, "records dropped", 4), 0);
	assert_int_equal(measurement_add_loss(m, "table full", 0), 0);
	assert_int_equal(m->losses_count, 1);
	assert_int_equal(m->losses[0].count, 7);
}

static inline void add_stack(struct measurement *m, size_t inner, size_t outer, bool truncated)
{
	struct measured_stack *s = measurement_add_stack(m);

	*s = (struct measured_stack){
		.frames = calloc(2, sizeof *s->frames), .frames_count = 2, .truncated = truncated};
	s->frames[0] = inner;
	s->frames[1] = outer;
}

static inline void add_callsites(struct measurement *m)
{
	*measurement_add_frame(m) = (struct measured_frame){.function = strdup("fetch"),
		.file = strdup("app.py"),
		.line = 14,
		.language = strdup("python")};
	*measurement_add_frame(m) = (struct measured_frame){
		.module = strdup("/usr/lib/libc.so.6"), .offset = UINT64_MAX, .inlined = true};
	add_stack(m, 1, 0, true);
	add_stack(m, 0, 0, false);
	measurement_add_stack(m);
	*measurement_add_site(m) = (struct measured_site){.wait = 1,
		.stack = 2,
		.taken = 3,
		.count = 12,
		.total_ns = 50,
		.max_ns = 6,
		.lock_held = -1,
		.lock_wanted = true,
		.holds = UINT64_MAX};
	*measurement_add_site(m) = (struct measured_site){.lock_held = 1};
	for (int held = -1; held <= 1; held++)
		*measurement_add_sample(m) = (struct measured_sample){.thread = 1,
			.kernel = held == 0,
			.syscall = held ? strdup("read") : NULL,
			.lock_held = held,
			.lock_wanted = held == 1,
			.holds = 40,
			.stack = held ? 1 : MEASURED_NONE,
			.count = 30};
	*measurement_add_stall(m) = (struct measured_stall){.thread = 1,
		.start_ns = 1,
		.length_ns = BIG - 1,
		.stretch_ns = BIG,
		.waits_ns = 9,
		.run_queue_ns = 3,
		.wait = 1,
		.wait_stack = 2,
		.wait_ns = 8,
		.stack = 1,
		.stack_samples = 5,
		.samples = 7};
	measurement_add_stall(m)->thread = 1; /* no wait in it, no sample */
}

static inline struct measurement *rich(void)
{
	struct measurement *m = measurement_new();

	assert_non_null(m);
	m->backend = strdup("ebpf");
	m->instead = strdup("no privileges");
	m->look_ns = 8;
	m->host = (struct measured_host){.kernel = strdup("6.1.0"),
		.arch = strdup("x86_64"),
		.cpus_online = 8,
		.cpus_allowed = 2,
		.cpu_quota = 0.5,
		.throttled_ns = 77,
		.memory_available_bytes = UINT64_C(1) << 40,
		.thread_limit = 31000,
		.cores_allowed = 3,
		.thread_start_ns = 4,
		.process_start_ns = 5,
		.process_child_ns = 2,
		.fork_ns_per_mib = 6,
		.copy_ns_per_mib = 10,
		.wakeup_ns = 7,
		.waking_ns = 3,
		.pass_ns_per_mib = 8,
		.touch_ns_per_mib = 12,
		.arithmetic_ns = 13,
		.compute_together = 970,
		.memory_together = 9};
	set_target(&m->target);
	m->wall_ns = BIG;
	m->sample_hz = 499;
	m->exchanges_end_ns = BIG;
	m->exchanges_missed = 4;
	m->segment_floor_ns = 1000;
	m->threads_most = 7;
	m->processes_most = 3;
	m->running_ns = times(BIG - 1, 3);
	m->running_count = 2;
	add_processes(m);
	add_threads(m);
	add_waits(m);
	add_callsites(m);
	m->cost = (struct measured_cost){.probe_cpu_s = NAN, .tool_cpu_s = 1.0 / 3};
	return m;
}

static inline char *written(const struct measurement *m, size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);

	assert_int_equal(recording_write(m, to), 0);
	fclose(to);
	return text;
}

static inline struct measurement *parsed(const char *text, size_t size)
{
	struct measurement *m = NULL;
	char *reason = NULL;
	int r = recording_parse(text, size, &m, &reason);

	if (r < 0)
		fail_msg("refused: %s", reason ? reason : "(no reason)");
	assert_null(reason);
	return m;
}

/* The recording with one piece of its text replaced by another. Not inlined: GCC 12 would warn of a
 * pointer that dangles, where none does. */
__attribute__((noinline)) static char *bent(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	size_t before = at ? (size_t)(at - text) : 0;
	char *made = NULL;

	if (!at)
		fail_msg("no %s in the recording", from);
	if (asprintf(&made, "%.*s%s%s", (int)before, text, to, text + before + strlen(from)) < 0)
		fail();
	return made;
}

#endif
