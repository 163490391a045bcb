/*
 * recording: a rich measurement there and back, every member compared; and files that are cut,
 * bent or hostile, each of which must be refused with its place and reason.
 */
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

static uint64_t *times(uint64_t a, uint64_t b)
{
	uint64_t *list = calloc(2, sizeof *list);

	list[0] = a;
	list[1] = b;
	return list;
}

static void set_target(struct measured_target *t)
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
}

static void add_processes(struct measurement *m)
{
	*measurement_add_process(m) = (struct measured_process){.pid = 4711,
		.ppid = 12,
		.end_ns = MEASURED_ALIVE,
		.executable = strdup("/usr/bin/python3.11"),
		.rss_peak_bytes = 123 << 20,
		.anonymous_early_bytes = 9 << 20,
		.anonymous_peak_bytes = 10 << 20,
		.watched_files = 3,
		.has_multiprocessing = true,
		.looks = 4,
		.watched_connections = 2,
		.running_ns = times(5, BIG),
		.running_count = 2};
	*measurement_add_process(m) =
		(struct measured_process){.pid = 4712, .start_ns = 5, .end_ns = 6, .started = true};
	*measurement_add_runtime(m) = (struct measured_runtime){.process = 0,
		.name = strdup("cpython"),
		.version = strdup("3.11.2"),
		.global_lock = true,
		.lock_start = 0x7fffdeadbeef0001,
		.lock_end = UINT64_MAX,
		.file = strdup("/usr/bin/python3.11")};
	*measurement_add_runtime(m) =
		(struct measured_runtime){.process = 1, .name = strdup("node")};
}

static void add_threads(struct measurement *m)
{
	struct measured_thread *t = measurement_add_thread(m);

	*t = (struct measured_thread){.process = 1,
		.tid = 4713,
		.name = strdup("worker"),
		.start_ns = 7,
		.end_ns = 8,
		.started = true,
		.cpu_ns = 9,
		.cpu_user_ticks_ns = 10,
		.cpu_kernel_ticks_ns = 11,
		.run_queue_ns = 12,
		.stolen_ns = 14,
		.unaccounted_ns = 13,
		.switches_voluntary = UINT64_MAX,
		.switches_involuntary = 15,
		.loop = {.polls = 16, .stretches = 17, .stretch_ns = 18, .stretch_max_ns = 19}};
	histogram_add(&t->loop.durations, 1, 3);
	histogram_add(&t->loop.durations, UINT64_MAX, UINT32_MAX);
	*measurement_add_thread(m) =
		(struct measured_thread){.tid = 4711, .end_ns = MEASURED_ALIVE};
}

static void add_waits(struct measurement *m)
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
	histogram_add(&w->durations, 5000, 20);
	measurement_add_wait(m)->thread = 0; /* a page fault: no syscall, no file */
	*measurement_add_segment(m) = (struct measured_segment){.wait = 1,
		.start_ns = 1,
		.wait_ns = 2,
		.run_queue_ns = 3,
		.cpu_before_ns = 4,
		.run_queue_before_ns = 5,
		.waits_before_ns = 6,
		.waits_before = 7,
		.continued = true,
		.stretch_ns = 8,
		.stretch_samples = 9,
		.stretch_poll_samples = 10};
	*measurement_add_segment(m) = (struct measured_segment){.wait_ns = BIG};
	assert_int_equal(measurement_add_loss(m, "records dropped", 3), 0);
	assert_int_equal(measurement_add_loss(m, "records dropped", 4), 0);
	assert_int_equal(measurement_add_loss(m, "table full", 0), 0);
	assert_int_equal(m->losses_count, 1);
	assert_int_equal(m->losses[0].count, 7);
}

static void add_stack(struct measurement *m, size_t inner, size_t outer, bool truncated)
{
	struct measured_stack *s = measurement_add_stack(m);

	*s = (struct measured_stack){
		.frames = calloc(2, sizeof *s->frames), .frames_count = 2, .truncated = truncated};
	s->frames[0] = inner;
	s->frames[1] = outer;
}

static void add_callsites(struct measurement *m)
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
		.length_ns = BIG,
		.waits_ns = 9,
		.run_queue_ns = 3,
		.wait = 1,
		.wait_stack = 2,
		.wait_ns = 8,
		.stack = 1,
		.stack_samples = 5,
		.samples = 7,
		.poll_samples = 6};
	measurement_add_stall(m)->thread = 1; /* no wait in it, no sample */
}

static struct measurement *rich(void)
{
	struct measurement *m = measurement_new();

	assert_non_null(m);
	m->backend = strdup("ebpf");
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
		.fork_ns_per_mib = 6,
		.wakeup_ns = 7,
		.pass_ns_per_mib = 8,
		.compute_together = 970,
		.memory_together = 9};
	set_target(&m->target);
	m->wall_ns = BIG;
	m->sample_hz = 499;
	m->segment_floor_ns = 1000;
	m->running_ns = times(BIG - 1, 3);
	m->running_count = 2;
	add_processes(m);
	add_threads(m);
	add_waits(m);
	add_callsites(m);
	m->cost = (struct measured_cost){.probe_cpu_s = NAN, .tool_cpu_s = 1.0 / 3};
	return m;
}

static char *written(const struct measurement *m, size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);

	assert_int_equal(recording_write(m, to), 0);
	fclose(to);
	return text;
}

static struct measurement *parsed(const char *text, size_t size)
{
	struct measurement *m = NULL;
	char *reason = NULL;
	int r = recording_parse(text, size, &m, &reason);

	if (r < 0)
		fail_msg("refused: %s", reason ? reason : "(no reason)");
	assert_null(reason);
	return m;
}

/* NAN equals NAN, NULL equals NULL. */
#define SAME(a, b) assert_true((a) == (b))
#define SAME_TEXT(a, b) assert_true((a) == (b) || ((a) && (b) && strcmp((a), (b)) == 0))
#define SAME_REAL(a, b) assert_true((a) == (b) || (isnan(a) && isnan(b)))
#define SAME_LIST(a, b, list)                                        \
	do {                                                         \
		SAME((a)->list##_count, (b)->list##_count);          \
		assert_memory_equal((a)->list##_ns, (b)->list##_ns,  \
			(a)->list##_count * sizeof *(a)->list##_ns); \
	} while (0)

static void same_head(const struct measurement *a, const struct measurement *b)
{
	SAME_TEXT(a->backend, b->backend);
	SAME_TEXT(a->host.kernel, b->host.kernel);
	SAME_TEXT(a->host.arch, b->host.arch);
	SAME(a->host.cpus_online, b->host.cpus_online);
	SAME(a->host.cpus_allowed, b->host.cpus_allowed);
	SAME_REAL(a->host.cpu_quota, b->host.cpu_quota);
	SAME(a->host.throttled_ns, b->host.throttled_ns);
	SAME(a->host.memory_available_bytes, b->host.memory_available_bytes);
	SAME(a->host.thread_limit, b->host.thread_limit);
	SAME(a->host.cores_allowed, b->host.cores_allowed);
	SAME(a->host.thread_start_ns, b->host.thread_start_ns);
	SAME(a->host.process_start_ns, b->host.process_start_ns);
	SAME(a->host.fork_ns_per_mib, b->host.fork_ns_per_mib);
	SAME(a->host.wakeup_ns, b->host.wakeup_ns);
	SAME(a->host.pass_ns_per_mib, b->host.pass_ns_per_mib);
	SAME(a->host.compute_together, b->host.compute_together);
	SAME(a->host.memory_together, b->host.memory_together);
	SAME(a->target.mode, b->target.mode);
	SAME(a->target.pids_count, b->target.pids_count);
	for (size_t i = 0; i < a->target.pids_count; i++)
		SAME(a->target.pids[i], b->target.pids[i]);
	SAME(a->target.has_exit_status, b->target.has_exit_status);
	SAME(a->target.exit_status, b->target.exit_status);
	SAME(!a->target.command, !b->target.command);
	for (size_t i = 0; a->target.command && (i == 0 || a->target.command[i - 1]); i++)
		SAME_TEXT(a->target.command[i], b->target.command[i]);
	SAME(a->wall_ns, b->wall_ns);
	SAME_REAL(a->sample_hz, b->sample_hz);
	SAME(a->segment_floor_ns, b->segment_floor_ns);
	SAME_LIST(a, b, running);
	SAME_REAL(a->cost.probe_cpu_s, b->cost.probe_cpu_s);
	SAME_REAL(a->cost.tool_cpu_s, b->cost.tool_cpu_s);
}

static void same_process(const struct measured_process *a, const struct measured_process *b)
{
	SAME(a->pid, b->pid);
	SAME(a->ppid, b->ppid);
	SAME(a->start_ns, b->start_ns);
	SAME(a->end_ns, b->end_ns);
	SAME(a->started, b->started);
	SAME_TEXT(a->executable, b->executable);
	SAME(a->rss_peak_bytes, b->rss_peak_bytes);
	SAME(a->anonymous_early_bytes, b->anonymous_early_bytes);
	SAME(a->anonymous_peak_bytes, b->anonymous_peak_bytes);
	SAME(a->watched_files, b->watched_files);
	SAME(a->has_queue, b->has_queue);
	SAME(a->has_multiprocessing, b->has_multiprocessing);
	SAME(a->has_asyncio, b->has_asyncio);
	SAME(a->looks, b->looks);
	SAME(a->watched_connections, b->watched_connections);
	SAME(a->running_count, b->running_count);
	for (size_t i = 0; i < a->running_count; i++)
		SAME(a->running_ns[i], b->running_ns[i]);
}

static void same_runtime(const struct measured_runtime *a, const struct measured_runtime *b)
{
	SAME(a->process, b->process);
	SAME_TEXT(a->name, b->name);
	SAME_TEXT(a->version, b->version);
	SAME(a->global_lock, b->global_lock);
	SAME(a->lock_start, b->lock_start);
	SAME(a->lock_end, b->lock_end);
	SAME_TEXT(a->file, b->file);
}

static void same_thread(const struct measured_thread *a, const struct measured_thread *b)
{
	SAME(a->process, b->process);
	SAME(a->tid, b->tid);
	SAME_TEXT(a->name, b->name);
	SAME(a->start_ns, b->start_ns);
	SAME(a->end_ns, b->end_ns);
	SAME(a->started, b->started);
	SAME(a->cpu_ns, b->cpu_ns);
	SAME(a->cpu_user_ticks_ns, b->cpu_user_ticks_ns);
	SAME(a->cpu_kernel_ticks_ns, b->cpu_kernel_ticks_ns);
	SAME(a->run_queue_ns, b->run_queue_ns);
	SAME(a->stolen_ns, b->stolen_ns);
	SAME(a->unaccounted_ns, b->unaccounted_ns);
	SAME(a->switches_voluntary, b->switches_voluntary);
	SAME(a->switches_involuntary, b->switches_involuntary);
	SAME(a->loop.polls, b->loop.polls);
	SAME(a->loop.stretches, b->loop.stretches);
	SAME(a->loop.stretch_ns, b->loop.stretch_ns);
	SAME(a->loop.stretch_max_ns, b->loop.stretch_max_ns);
	assert_memory_equal(&a->loop.durations, &b->loop.durations, sizeof a->loop.durations);
}

static void same_file(const struct measured_file *a, const struct measured_file *b)
{
	SAME(a->kind, b->kind);
	SAME(a->inode, b->inode);
	SAME_TEXT(a->path, b->path);
	SAME(a->family, b->family);
	SAME(a->type, b->type);
	SAME(a->protocol, b->protocol);
	SAME(a->listening, b->listening);
	SAME_TEXT(a->local, b->local);
	SAME_TEXT(a->peer, b->peer);
}

static void same_wait(const struct measured_wait *a, const struct measured_wait *b)
{
	SAME(a->thread, b->thread);
	SAME(a->block, b->block);
	SAME(a->iowait, b->iowait);
	SAME_TEXT(a->syscall, b->syscall);
	SAME(a->file, b->file);
	SAME(a->files_polled, b->files_polled);
	SAME(a->futex_address, b->futex_address);
	SAME_TEXT(a->futex_symbol, b->futex_symbol);
	SAME(a->futex_op, b->futex_op);
	SAME(a->futex_value, b->futex_value);
	SAME(a->owner_tid, b->owner_tid);
	SAME(a->count, b->count);
	SAME(a->open, b->open);
	SAME(a->asked, b->asked);
	SAME(a->continued, b->continued);
	SAME(a->total_ns, b->total_ns);
	SAME(a->max_ns, b->max_ns);
	assert_memory_equal(&a->durations, &b->durations, sizeof a->durations);
}

static void same_segment(const struct measured_segment *a, const struct measured_segment *b)
{
	SAME(a->wait, b->wait);
	SAME(a->start_ns, b->start_ns);
	SAME(a->wait_ns, b->wait_ns);
	SAME(a->run_queue_ns, b->run_queue_ns);
	SAME(a->cpu_before_ns, b->cpu_before_ns);
	SAME(a->run_queue_before_ns, b->run_queue_before_ns);
	SAME(a->waits_before_ns, b->waits_before_ns);
	SAME(a->waits_before, b->waits_before);
	SAME(a->continued, b->continued);
	SAME(a->stretch_ns, b->stretch_ns);
	SAME(a->stretch_samples, b->stretch_samples);
	SAME(a->stretch_poll_samples, b->stretch_poll_samples);
}

static void same_frame(const struct measured_frame *a, const struct measured_frame *b)
{
	SAME_TEXT(a->function, b->function);
	SAME_TEXT(a->file, b->file);
	SAME(a->line, b->line);
	SAME_TEXT(a->language, b->language);
	SAME_TEXT(a->module, b->module);
	SAME(a->offset, b->offset);
	SAME(a->inlined, b->inlined);
}

static void same_stack(const struct measured_stack *a, const struct measured_stack *b)
{
	SAME(a->frames_count, b->frames_count);
	for (size_t i = 0; i < a->frames_count; i++)
		SAME(a->frames[i], b->frames[i]);
	SAME(a->truncated, b->truncated);
}

static void same_site(const struct measured_site *a, const struct measured_site *b)
{
	SAME(a->wait, b->wait);
	SAME(a->stack, b->stack);
	SAME(a->taken, b->taken);
	SAME(a->count, b->count);
	SAME(a->total_ns, b->total_ns);
	SAME(a->max_ns, b->max_ns);
	SAME(a->lock_held, b->lock_held);
	SAME(a->lock_wanted, b->lock_wanted);
	SAME(a->holds, b->holds);
}

static void same_stall(const struct measured_stall *a, const struct measured_stall *b)
{
	SAME(a->thread, b->thread);
	SAME(a->start_ns, b->start_ns);
	SAME(a->length_ns, b->length_ns);
	SAME(a->waits_ns, b->waits_ns);
	SAME(a->run_queue_ns, b->run_queue_ns);
	SAME(a->wait, b->wait);
	SAME(a->wait_stack, b->wait_stack);
	SAME(a->wait_ns, b->wait_ns);
	SAME(a->stack, b->stack);
	SAME(a->stack_samples, b->stack_samples);
	SAME(a->samples, b->samples);
	SAME(a->poll_samples, b->poll_samples);
}

static void same_sample(const struct measured_sample *a, const struct measured_sample *b)
{
	SAME(a->thread, b->thread);
	SAME(a->kernel, b->kernel);
	SAME_TEXT(a->syscall, b->syscall);
	SAME(a->lock_held, b->lock_held);
	SAME(a->lock_wanted, b->lock_wanted);
	SAME(a->holds, b->holds);
	SAME(a->stack, b->stack);
	SAME(a->count, b->count);
}

static void same_loss(const struct measured_loss *a, const struct measured_loss *b)
{
	SAME_TEXT(a->what, b->what);
	SAME(a->count, b->count);
}

#define SAME_ROWS(list, same)                                \
	do {                                                 \
		SAME(a->list##_count, b->list##_count);      \
		for (size_t i = 0; i < a->list##_count; i++) \
			same(&a->list[i], &b->list[i]);      \
	} while (0)

static void same_measurement(const struct measurement *a, const struct measurement *b)
{
	same_head(a, b);
	SAME_ROWS(processes, same_process);
	SAME_ROWS(runtimes, same_runtime);
	SAME_ROWS(threads, same_thread);
	SAME_ROWS(files, same_file);
	SAME_ROWS(waits, same_wait);
	SAME_ROWS(segments, same_segment);
	SAME_ROWS(frames, same_frame);
	SAME_ROWS(stacks, same_stack);
	SAME_ROWS(sites, same_site);
	SAME_ROWS(samples, same_sample);
	SAME_ROWS(stalls, same_stall);
	SAME_ROWS(losses, same_loss);
}

static void test_round_trip(void **state)
{
	struct measurement *m = rich(), *again;
	size_t size, size_again;
	char *text = written(m, &size), *text_again;

	(void)state;
	again = parsed(text, size);
	same_measurement(m, again);
	text_again = written(again, &size_again);
	assert_string_equal(text, text_again);
	/* What was read can be added to. */
	for (int i = 0; i < 5; i++)
		assert_non_null(measurement_add_process(again));
	free(text);
	free(text_again);
	measurement_free(m);
	measurement_free(again);
}

static void test_what_is_not_known_stays_so(void **state)
{
	struct measurement *m = measurement_new(), *again;
	size_t size;
	char *text;

	(void)state;
	m->backend = strdup("ebpf");
	m->target.mode = MEASURED_ATTACH;
	text = written(m, &size);
	again = parsed(text, size);
	same_measurement(m, again);
	assert_true(isnan(again->host.cpu_quota));
	assert_null(again->target.command);
	assert_false(again->target.has_exit_status);
	assert_non_null(strstr(text, "\"exit_status\":null"));
	assert_non_null(strstr(text, "\"memory_available_bytes\":null"));
	free(text);
	measurement_free(m);
	measurement_free(again);
}

static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	assert_non_null(at);
	assert_true(strlen(to) <= strlen(from));
	memset(at, ' ', strlen(from));
	memcpy(at, to, strlen(to));
}

/* Recordings made before a member existed are still read; what they lack is not known. */
static void test_members_added_later_may_be_missing(void **state)
{
	struct measurement *m = rich(), *again;
	size_t size;
	char *text = written(m, &size);

	(void)state;
	replace(text, "\"wakeup_ns\":7,", "");
	replace(text, "\"waits_before\",\"continued\"", "\"waits_before\",\"not_known\"");
	replace(text, ",\"stack\":1", "");
	replace(text, ",\"file\":\"/usr/bin/python3.11\"", "");
	again = parsed(text, size);
	assert_int_equal(again->host.wakeup_ns, 0);
	assert_int_equal(again->host.pass_ns_per_mib, 8);
	assert_int_equal(again->segments[0].waits_before, 7);
	assert_false(again->segments[0].continued);
	assert_int_equal(again->segments[0].stretch_ns, 8);
	assert_true(again->samples[0].stack == MEASURED_NONE);
	assert_null(again->runtimes[0].file);
	free(text);
	measurement_free(m);
	measurement_free(again);
}

/* Leaves a list out. */
static void blank(char *text, const char *list)
{
	char key[64], *begin, *end;

	snprintf(key, sizeof key, ",\n\"%s\":[", list);
	begin = strstr(text, key);
	assert_non_null(begin);
	end = strstr(begin, "\n]");
	assert_non_null(end);
	memset(begin, ' ', (size_t)(end + 2 - begin));
}

/* A recording of before call sites: none of their lists, nor of the samples' members. */
static void test_recordings_without_call_sites_are_read(void **state)
{
	struct measurement *m = rich(), *again;
	size_t size;
	char *text = written(m, &size);

	(void)state;
	blank(text, "frames");
	blank(text, "stacks");
	blank(text, "sites");
	blank(text, "stalls");
	replace(text, "\"lock_wanted\":false,\"holds\":40,\"stack\":1,", "");
	replace(text, "\"lock_wanted\":false,\"holds\":40,\"stack\":null,", "");
	replace(text, "\"lock_wanted\":true,\"holds\":40,\"stack\":1,", "");
	again = parsed(text, size);
	assert_int_equal(again->frames_count, 0);
	assert_int_equal(again->sites_count, 0);
	assert_int_equal(again->stalls_count, 0);
	assert_int_equal(again->samples_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(again->samples[i].stack == MEASURED_NONE);
	free(text);
	measurement_free(m);
	measurement_free(again);
}

static void test_bytes_that_are_not_utf8_are_replaced(void **state)
{
	static const struct {
		const char *name, *read;
	} cases[] = {
		{"a\377b", "a\357\277\275b"},
		{"\xc3", "\xef\xbf\xbd"},
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82\xac\xf4\x8f\xbf\xbf", "\xe2\x82\xac\xf4\x8f\xbf\xbf"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct measurement *m = rich(), *again;
		size_t size;
		char *text;

		free(m->threads[0].name);
		m->threads[0].name = strdup(cases[i].name);
		text = written(m, &size);
		again = parsed(text, size);
		assert_string_equal(again->threads[0].name, cases[i].read);
		free(text);
		measurement_free(m);
		measurement_free(again);
	}
}

static void test_every_truncation_is_refused(void **state)
{
	struct measurement *m = rich();
	size_t size;
	char *text = written(m, &size);

	(void)state;
	/* Up to the last brace; the line's end after it may be missing. */
	for (size_t cut = 0; cut < size - 1; cut++) {
		/* Of its own, for the address sanitizer to watch its end. */
		char *part = malloc(cut ? cut : 1);
		struct measurement *again = NULL;
		char *reason = NULL;

		memcpy(part, text, cut);
		assert_true(recording_parse(part, cut, &again, &reason) < 0);
		assert_null(again);
		assert_non_null(reason);
		free(reason);
		free(part);
	}
	measurement_free(parsed(text, size - 1));
	free(text);
	measurement_free(m);
}

/* No single changed byte may crash it; what is still accepted must be a sound measurement. */
static void test_every_bent_byte_is_survived(void **state)
{
	static const char bytes[] = {'9', '-', '"', '[', '}', '\0', '\xff', 'e'};
	struct measurement *m = rich();
	size_t size;
	char *text = written(m, &size);

	(void)state;
	for (size_t i = 0; i < size; i++)
		for (size_t k = 0; k < sizeof bytes; k++) {
			struct measurement *again = NULL;
			char *reason = NULL, kept = text[i];

			text[i] = bytes[k];
			if (recording_parse(text, size, &again, &reason) < 0)
				assert_non_null(reason);
			text[i] = kept;
			free(reason);
			measurement_free(again);
		}
	free(text);
	measurement_free(m);
}

/* The recording with one piece of its text replaced by another. */
static char *bent(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *made;

	if (!at)
		fail_msg("no %s in the recording", from);
	if (asprintf(&made, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0)
		fail();
	return made;
}

static void assert_refused(const char *text, size_t size, const char *words)
{
	struct measurement *m = NULL;
	char *reason = NULL;
	int r = recording_parse(text, size, &m, &reason);

	if (r >= 0)
		fail_msg("accepted, but should be refused: %s", words);
	assert_null(m);
	assert_non_null(reason);
	if (!strstr(reason, words))
		fail_msg("refused with \"%s\", not with \"%s\"", reason, words);
	free(reason);
}

static void test_hostile_values_are_refused(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} cases[] = {
		{"\"cpu_ns\":9", "\"cpu_nz\":9", "threads[0].cpu_ns: missing"},
		{"\"cpu_ns\":9", "\"cpu_ns\":-9", "threads[0].cpu_ns: negative"},
		{"\"cpu_ns\":9", "\"cpu_ns\":9.5", "threads[0].cpu_ns: not an integer"},
		{"\"cpu_ns\":9", "\"cpu_ns\":null", "threads[0].cpu_ns: not an integer"},
		{"\"cpu_ns\":9", "\"cpu_ns\":\"9\"", "threads[0].cpu_ns: not an integer"},
		{"\"cpu_ns\":9", "\"cpu_ns\":18446744073709551615", "threads[0].cpu_ns: out of"},
		{"\"cpu_ns\":9", "\"cpu_ns\":18446744073709551616", "threads[0].cpu_ns: out of"},
		{"\"tid\":4713", "\"tid\":2147483648", "threads[0].tid: out of range"},
		{"\"process\":1,\"tid\"", "\"process\":2,\"tid\"", "threads[0].process: points at"},
		{"\"thread\":1", "\"thread\":2", "waits[0].thread: points at nothing"},
		{"\"file\":1", "\"file\":18446744073709551615", "waits[0].file: points at nothing"},
		{"\"futex_op\":128", "\"futex_op\":4294967296", "waits[0].futex_op: out of range"},
		{"\"frozen\"", "\"cold\"", "waits[0].block: not one of the words"},
		{"\"socket\"", "7", "files[0].kind: not a string"},
		{"\"127.0.0.1:80\"", "\"a\\u0000b\"", "files[0].local: a string with a NUL"},
		{"\"127.0.0.1:80\"", "[]", "files[0].local: not a string"},
		{"\"listening\":true", "\"listening\":1", "files[0].listening: neither"},
		{"\"cpu_quota\":0.5", "\"cpu_quota\":NaN", "host.cpu_quota: not finite"},
		{"\"cpu_quota\":0.5", "\"cpu_quota\":1e999", "host.cpu_quota: not finite"},
		{"\"cpu_quota\":0.5", "\"cpu_quota\":-0.1", "host.cpu_quota: negative"},
		{"\"cpu_quota\":0.5", "\"cpu_quota\":\"\"", "host.cpu_quota: not a number"},
		{"\"sample_hz\":499.0", "\"sample_hz\":null", "sample_hz: not a number"},
		{"\"exit_status\":0", "\"exit_status\":256", "target.exit_status: out of range"},
		{"\"pids\":[4711]", "\"pids\":[4711,-1]", "target.pids[1]: negative"},
		{"\"pids\":[4711]", "\"pids\":4711", "target.pids: not an array"},
		{"\"command\":[\"python3\"", "\"command\":[3", "target.command[0]: not a string"},
		{"[[0,3],", "[[161,3],", "threads[0].loop.durations[0]: out of range"},
		{"[[0,3],", "[[0,3],[0,1],", "threads[0].loop.durations[1]: a bucket that"},
		{"[[0,3],", "[[0,3,1],", "threads[0].loop.durations[0]: not a pair"},
		{"[[0,3],", "[[0,4294967296],", "threads[0].loop.durations[0]: out of range"},
		{"\"start_ns\":7,\"end_ns\":8", "\"start_ns\":9,\"end_ns\":8",
			"threads[0]: start_ns is after end_ns"},
		{"\"open\":2", "\"open\":21", "waits[0]: open is more than count"},
		{"\"max_ns\":21", "\"max_ns\":23", "waits[0]: max_ns is more than total_ns"},
		{"[\"wait\",", "[\"weight\",", "segments[0].wait: missing"},
		{"[1,1,2,3,4,", "[2,1,2,3,4,", "segments[1].wait: points at nothing"},
		{"[1,1,2,3,4,5,6,7,true,8,9,10]", "[1,1,2,3]",
			"segments[1].cpu_before_ns: missing"},
		{"[1,1,2,3,4,5,6,7,true,8,9,10]", "{}", "segments[1]: not an array"},
		{"[[1,0],true]", "[[1,2],true]", "stacks[1].frames[1]: points at nothing"},
		{"[[1,0],true]", "[[1,-1],true]", "stacks[1].frames[1]: negative"},
		{"[[1,0],true]", "[7,true]", "stacks[1].frames: not an array"},
		{"[1,2,3,12,50,6,null,true", "[1,3,3,12,50,6,null,true",
			"sites[1].stack: points at nothing"},
		{"[1,2,3,12,50,6,null,true", "[2,2,3,12,50,6,null,true",
			"sites[1].wait: points at nothing"},
		{"[1,2,3,12,50,6,null,true", "[1,2,13,12,50,6,null,true",
			"sites[1]: taken is more than count"},
		{"[1,2,3,12,50,6,null,true", "[1,2,3,12,50,51,null,true",
			"sites[1]: max_ns is more than total_ns"},
		{"\"stack\":1", "\"stack\":3", "samples[0].stack: points at nothing"},
		{",9,3,1,2,8,1,5,7,6]", ",9,3,1,3,8,1,5,7,6]",
			"stalls[1].wait_stack: points at nothing"},
		{",9,3,1,2,8,1,5,7,6]", ",9,3,1,2,8,1,5,4,6]", "stalls[1]: stack_samples or"},
		{",9,3,1,2,8,1,5,7,6]", ",7,3,1,2,8,1,5,7,6]", "stalls[1]: wait_ns is more"},
		{"\"threads\":[", "\"threads\":[null,", "threads[0]: not an object"},
		{"\"host\":{", "\"host\":[],\"x\":{", "host: not an object"},
		{"measurement/1", "measurement/2", "made by a newer concadvise"},
		{"measurement/1", "measurement/0", "no recording of concadvise"},
		{"measurement/1", "report/1", "no recording of concadvise"},
		{"\n}\n", "\n}\n{}", "more follows the recording"},
		{"\n}\n", "\n},", "more follows the recording"},
		{"\"worker\"", "\"\xff\"", "not JSON"},
	};
	struct measurement *m = rich();
	size_t size;
	char *text = written(m, &size);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *made = bent(text, cases[i].from, cases[i].to);

		assert_refused(made, strlen(made), cases[i].reason);
		free(made);
	}
	free(text);
	measurement_free(m);
}

static void test_chains_of_calls_are_bounded(void **state)
{
	struct measurement *m = rich();
	struct measured_stack *s = &m->stacks[1];
	size_t size;
	char *text;

	(void)state;
	s->frames = reallocarray(s->frames, MEASURED_STACK_MAX + 1, sizeof *s->frames);
	s->frames_count = MEASURED_STACK_MAX;
	memset(s->frames, 0, (MEASURED_STACK_MAX + 1) * sizeof *s->frames);
	text = written(m, &size);
	measurement_free(parsed(text, size));
	free(text);
	s->frames_count++;
	text = written(m, &size);
	assert_refused(text, size, "stacks[2]: has too many frames");
	free(text);
	measurement_free(m);
}

static void test_other_files_are_refused(void **state)
{
	static const char *const texts[] = {"", " ", "null", "[]", "{}", "3", "\"schema\"",
		"{\"schema\":1}", "{\"schema\":\"concadvise.measurement/\"}",
		"{\"schema\":\"concadvise.measurement/1x\"}", "\177ELF", "PK\x03\x04"};
	char deep[1000];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_refused(texts[i], strlen(texts[i]), "");
	memset(deep, '[', sizeof deep);
	assert_refused(deep, sizeof deep, "not JSON");
	assert_refused("{}\0{}", 5, "more follows");
	assert_refused("", ((size_t)256 << 20) + 1, "larger than 256 MiB");
}

static void test_unknown_keys_and_columns_are_passed_over(void **state)
{
	struct measurement *m = rich(), *again;
	size_t size;
	char *text = written(m, &size);
	char *one = bent(text, "\"cpu_ns\":9", "\"new\":[{\"deep\":[[1]]}],\"cpu_ns\":9");
	char *two = bent(one, "[\"wait\",", "[\"colour\",\"wait\",");
	char *three = bent(two, "[1,1,2,3,4,", "[\"red\",1,1,2,3,4,");
	char *four = bent(three, "\n[0,0,", "\n[null,0,0,");

	(void)state;
	again = parsed(four, strlen(four));
	same_measurement(m, again);
	free(text);
	free(one);
	free(two);
	free(three);
	free(four);
	measurement_free(m);
	measurement_free(again);
}

static void test_files(void **state)
{
	char path[] = "/tmp/concadvise-recording-XXXXXX";
	struct measurement *m = rich(), *again = NULL;
	char *reason = NULL;
	FILE *to = fdopen(mkstemp(path), "w");

	(void)state;
	assert_int_equal(recording_write(m, to), 0);
	fclose(to);
	assert_int_equal(recording_read(path, &again, &reason), 0);
	same_measurement(m, again);
	remove(path);
	measurement_free(again);

	again = NULL;
	assert_int_equal(recording_read(path, &again, &reason), -ENOENT);
	assert_non_null(reason);
	free(reason);
	assert_int_equal(recording_read("/tmp", &again, &reason), -EISDIR);
	free(reason);
	/* A file without an end is given up at the limit. */
	assert_int_equal(recording_read("/dev/zero", &again, &reason), -EFBIG);
	free(reason);
	assert_null(again);

	to = fopen("/dev/full", "w");
	assert_int_equal(recording_write(m, to), -ENOSPC);
	fclose(to);
	measurement_free(m);
}

/*
 * A member that is added to a struct has to get its row in recording_table.c, its line in the
 * comparison above and in docs/recording.md; then the size here may be mended.
 */
static void test_no_member_is_forgotten(void **state)
{
	(void)state;
#if UINTPTR_MAX == UINT64_MAX
	assert_int_equal(sizeof(struct measured_host), 112);
	assert_int_equal(sizeof(struct measured_target), 40);
	assert_int_equal(sizeof(struct measured_process), 96);
	assert_int_equal(sizeof(struct measured_runtime), 56);
	assert_int_equal(sizeof(struct measured_loop), 32 + sizeof(struct histogram) + 4);
	assert_int_equal(sizeof(struct measured_thread), 112 + sizeof(struct measured_loop));
	assert_int_equal(sizeof(struct measured_file), 56);
	assert_int_equal(sizeof(struct measured_wait), 120 + sizeof(struct histogram) + 4);
	assert_int_equal(sizeof(struct measured_segment), 80);
	assert_int_equal(sizeof(struct measured_frame), 56);
	assert_int_equal(sizeof(struct measured_stack), 24);
	assert_int_equal(sizeof(struct measured_site), 64);
	assert_int_equal(sizeof(struct measured_sample), 56);
	assert_int_equal(sizeof(struct measured_stall), 88);
	assert_int_equal(sizeof(struct measured_loss), 16);
	assert_int_equal(sizeof(struct measured_cost), 16);
#endif
}

static void assert_documented(const struct table *t, const char *page)
{
	for (size_t i = 0; i < t->count; i++) {
		const char *at = page;
		size_t length = strlen(t->fields[i].name);

		/* As `name` or `loop.name`. */
		while ((at = strstr(at, t->fields[i].name)) &&
			!(strchr("`.", at[-1]) && at[length] == '`'))
			at += length;
		if (!at)
			fail_msg("%s is not in docs/recording.md", t->fields[i].name);
		if (t->fields[i].table)
			assert_documented(t->fields[i].table, page);
	}
}

static void test_every_member_is_documented(void **state)
{
	const char *source = getenv("CONCADVISE_SOURCE");
	char *path, *page = NULL;
	size_t room = 0;
	FILE *from;

	(void)state;
	if (!source)
		skip();
	if (asprintf(&path, "%s/docs/recording.md", source) < 0)
		fail();
	from = fopen(path, "r");
	assert_non_null(from);
	assert_true(getdelim(&page, &room, '\0', from) > 0);
	fclose(from);
	assert_documented(&recording_table, page);
	free(page);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_what_is_not_known_stays_so),
		cmocka_unit_test(test_members_added_later_may_be_missing),
		cmocka_unit_test(test_recordings_without_call_sites_are_read),
		cmocka_unit_test(test_bytes_that_are_not_utf8_are_replaced),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_bent_byte_is_survived),
		cmocka_unit_test(test_hostile_values_are_refused),
		cmocka_unit_test(test_chains_of_calls_are_bounded),
		cmocka_unit_test(test_other_files_are_refused),
		cmocka_unit_test(test_unknown_keys_and_columns_are_passed_over),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_member_is_forgotten),
		cmocka_unit_test(test_every_member_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
