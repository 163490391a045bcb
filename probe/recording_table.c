/*
 * recording_table: which members of a measurement a recording holds. A new member is one row here,
 * and one in docs/recording.md.
 */
#include "recording_codec.h"

#include "measurement.h"

/* OF is the struct whose members are named. */
#define FIELD(spelling, member, ...)                                                         \
	{                                                                                    \
		.name = #member, .codec = &codec_##spelling, .offset = offsetof(OF, member), \
		__VA_ARGS__                                                                  \
	}
/* Not in the first recordings: where it is missing it is not known, or an empty list. */
#define ADDED .added = true
#define BESIDE(spelling, member, other) FIELD(spelling, member, .beside = offsetof(OF, other))
#define INDEX(spelling, member, list, ...) \
	FIELD(spelling, member, .beside = offsetof(struct measurement, list##_count), __VA_ARGS__)
#define INDEXES(member, list)                                          \
	FIELD(indexes, member, .beside = offsetof(OF, member##_count), \
		.into = offsetof(struct measurement, list##_count))
#define WORD(member, words) FIELD(word, member, .word = (words))
#define OBJECT(member, of) FIELD(object, member, .table = &(of))
#define LIST(spelling, member, of, ...) \
	FIELD(spelling, member, .beside = offsetof(OF, member##_count), .table = &(of), __VA_ARGS__)
#define TABLE(rows, ...)                                                                      \
	{                                                                                     \
		.fields = (rows), .count = sizeof(rows) / sizeof *(rows), .size = sizeof(OF), \
		__VA_ARGS__                                                                   \
	}

static const char *mode_word(unsigned value)
{
	static const char *const words[] = {
		[MEASURED_LAUNCH] = "launch",
		[MEASURED_ATTACH] = "attach",
	};
	return value < sizeof words / sizeof *words ? words[value] : NULL;
}

static const char *file_kind_word(unsigned value)
{
	return value < FILE_KIND_COUNT ? measured_file_kind_name(value) : NULL;
}

static const char *block_word(unsigned value)
{
	return value < BLOCK_COUNT ? measured_block_name(value) : NULL;
}

#define OF struct measured_host
static const struct field host_fields[] = {
	FIELD(text_known, kernel),
	FIELD(text_known, arch),
	FIELD(int, cpus_online),
	FIELD(int, cpus_allowed),
	FIELD(real_known, cpu_quota),
	FIELD(time, throttled_ns),
	FIELD(known, memory_available_bytes),
	FIELD(known, thread_limit),
	FIELD(int, cores_allowed, ADDED),
	FIELD(known, thread_start_ns, ADDED),
	FIELD(known, process_start_ns, ADDED),
	FIELD(known, process_child_ns, ADDED),
	FIELD(known, fork_ns_per_mib, ADDED),
	FIELD(known, copy_ns_per_mib, ADDED),
	FIELD(known, wakeup_ns, ADDED),
	FIELD(known, waking_ns, ADDED),
	FIELD(known, pass_ns_per_mib, ADDED),
	FIELD(known, touch_ns_per_mib, ADDED),
	FIELD(known, arithmetic_ns, ADDED),
	FIELD(int, compute_together, ADDED),
	FIELD(int, memory_together, ADDED),
};

static const char *host_check(const void *row)
{
	const OF *r = row;

	return r->process_child_ns > r->process_start_ns
		       ? "process_child_ns is beyond process_start_ns"
		       : NULL;
}
static const struct table host_table = TABLE(host_fields, .check = host_check);
#undef OF

#define OF struct measured_lull
static const struct field lull_fields[] = {
	FIELD(time, idle_ns),
	FIELD(time, extra_ns),
};
static const struct table lull_table = TABLE(lull_fields);
#undef OF

#define OF struct measured_target
static const struct field target_fields[] = {
	WORD(mode, mode_word),
	FIELD(command, command),
	BESIDE(pids, pids, pids_count),
	BESIDE(status, exit_status, has_exit_status),
	FIELD(known, launcher_ns, ADDED),
	FIELD(int, launcher_processes, ADDED),
};
static const struct table target_table = TABLE(target_fields);
#undef OF

#define OF struct measured_process
static const struct field process_fields[] = {
	FIELD(int, pid),
	FIELD(int, ppid),
	FIELD(row, parent, ADDED),
	FIELD(instant, start_ns),
	FIELD(end, end_ns),
	FIELD(number, earlier, ADDED),
	FIELD(time, vacant_ns, ADDED),
	FIELD(bool, started),
	FIELD(text_known, executable),
	FIELD(known, rss_peak_bytes),
	FIELD(known, anonymous_early_bytes, ADDED),
	FIELD(known, anonymous_peak_bytes, ADDED),
	FIELD(int, watched_files),
	FIELD(bool, has_queue, ADDED),
	FIELD(bool, has_multiprocessing, ADDED),
	FIELD(bool, has_asyncio, ADDED),
	FIELD(int, looks, ADDED),
	FIELD(int, blank_looks, ADDED),
	FIELD(int, watched_listeners, ADDED),
	FIELD(int, watched_connections, ADDED),
	FIELD(instant, polls_start_ns, ADDED),
	FIELD(instant, polls_end_ns, ADDED),
	BESIDE(times, running_ns, running_count),
};

static const char *process_check(const void *row)
{
	const OF *p = row;

	if (p->earlier > UINT32_MAX)
		return "earlier is out of range";
	return p->start_ns > p->end_ns ? "start_ns is after end_ns" : NULL;
}
static const struct table process_table = TABLE(process_fields, .check = process_check);
#undef OF

#define OF struct measured_runtime
static const struct field runtime_fields[] = {
	INDEX(index, process, processes),
	FIELD(text, name),
	FIELD(text_known, version),
	FIELD(bool, global_lock),
	FIELD(number, lock_start),
	FIELD(number, lock_end),
	FIELD(text_known, file, ADDED),
};

static const char *runtime_check(const void *row)
{
	const OF *r = row;

	return r->lock_start > r->lock_end ? "lock_start is beyond lock_end" : NULL;
}
static const struct table runtime_table = TABLE(runtime_fields, .check = runtime_check);
#undef OF

#define OF struct measured_loop
static const struct field loop_fields[] = {
	FIELD(number, polls),
	FIELD(number, stretches),
	FIELD(time, stretch_ns),
	FIELD(time, stretch_max_ns),
	FIELD(number, at_once, ADDED),
	FIELD(time, at_once_max_ns, ADDED),
	FIELD(time, at_once_computed_max_ns, ADDED),
	FIELD(int, descriptor, ADDED),
	FIELD(durations, durations),
};
static const struct table loop_table = TABLE(loop_fields);
#undef OF

#define OF struct measured_thread
static const struct field thread_fields[] = {
	INDEX(index, process, processes),
	FIELD(int, tid),
	FIELD(text_known, name),
	FIELD(instant, start_ns),
	FIELD(end, end_ns),
	FIELD(number, earlier, ADDED),
	FIELD(time, vacant_ns, ADDED),
	FIELD(bool, started),
	FIELD(time, cpu_ns),
	FIELD(time, cpu_user_ticks_ns),
	FIELD(time, cpu_kernel_ticks_ns),
	FIELD(time, run_queue_ns),
	FIELD(time, run_queue_own_ns, ADDED),
	FIELD(time, stolen_ns),
	FIELD(time, unaccounted_ns),
	FIELD(number, switches_voluntary),
	FIELD(number, switches_involuntary),
	FIELD(number, calls, ADDED),
	FIELD(number, faults, ADDED),
	OBJECT(loop, loop_table),
};

static const char *thread_check(const void *row)
{
	const OF *t = row;

	if (t->earlier > UINT32_MAX)
		return "earlier is out of range";
	return t->start_ns > t->end_ns ? "start_ns is after end_ns" : NULL;
}
static const struct table thread_table = TABLE(thread_fields, .check = thread_check);
#undef OF

#define OF struct measured_file
static const struct field file_fields[] = {
	WORD(kind, file_kind_word),
	FIELD(number, inode),
	FIELD(text_known, path),
	FIELD(int, family),
	FIELD(int, type),
	FIELD(int, protocol),
	FIELD(bool, listening),
	FIELD(text_known, local),
	FIELD(text_known, peer),
};
static const struct table file_table = TABLE(file_fields);
#undef OF

#define OF struct measured_wait
static const struct field wait_fields[] = {
	INDEX(index, thread, threads),
	WORD(block, block_word),
	FIELD(bool, iowait),
	FIELD(text_known, syscall),
	INDEX(index_known, file, files),
	FIELD(number32, files_polled),
	FIELD(number, futex_address),
	FIELD(text_known, futex_symbol, ADDED),
	FIELD(number32, futex_op),
	FIELD(number32, futex_value),
	FIELD(int, owner_tid),
	FIELD(number, count),
	FIELD(number, open),
	FIELD(number, asked, ADDED),
	FIELD(number, continued, ADDED),
	FIELD(time, total_ns),
	FIELD(time, max_ns),
	FIELD(durations, durations),
};

static const char *wait_check(const void *row)
{
	const OF *w = row;

	if (w->asked > w->count || w->continued > w->count)
		return "asked or continued is more than count";
	if (w->open > w->count)
		return "open is more than count";
	return w->max_ns > w->total_ns ? "max_ns is more than total_ns" : NULL;
}
static const struct table wait_table = TABLE(wait_fields, .check = wait_check);
#undef OF

#define OF struct measured_segment
static const struct field segment_fields[] = {
	INDEX(index, wait, waits),
	FIELD(instant, start_ns),
	FIELD(time, wait_ns),
	FIELD(time, run_queue_ns),
	FIELD(time, cpu_before_ns),
	FIELD(time, run_queue_before_ns),
	FIELD(time, waits_before_ns),
	FIELD(number32, waits_before),
	FIELD(number32, begun_before, ADDED),
	FIELD(number32, faults_before, ADDED),
	FIELD(bool, continued, ADDED),
	FIELD(time, stretch_ns),
	FIELD(number32, stretch_samples),
	FIELD(number32, stretch_poll_samples),
	FIELD(time, stretch_gap_ns, ADDED),
	FIELD(time, stretch_away_ns, ADDED),
};
static const struct table segment_table = TABLE(segment_fields);
#undef OF

#define OF struct measured_exchange
static const struct field exchange_fields[] = {
	INDEX(index, thread, threads),
	FIELD(instant, start_ns),
	FIELD(time, wait_ns),
	FIELD(time, taken_ns),
	FIELD(number32, socket),
	FIELD(number32, asked_port, ADDED),
	FIELD(bool, connects),
	FIELD(bool, goes_on),
	FIELD(bool, mixed),
};

static const char *exchange_check(const void *row)
{
	const OF *e = row;

	return e->wait_ns > e->taken_ns ? "wait_ns is more than taken_ns" : NULL;
}
static const struct table exchange_table = TABLE(exchange_fields, .check = exchange_check);
#undef OF

#define OF struct measured_frame
static const struct field frame_fields[] = {
	FIELD(text_known, function),
	FIELD(text_known, file),
	FIELD(int, line),
	FIELD(text_known, language),
	FIELD(text_known, module),
	FIELD(number, offset),
	FIELD(bool, inlined),
};
static const struct table frame_table = TABLE(frame_fields);
#undef OF

#define OF struct measured_stack
static const struct field stack_fields[] = {
	INDEXES(frames, frames),
	FIELD(bool, truncated),
};

static const char *stack_check(const void *row)
{
	const OF *s = row;

	return s->frames_count > MEASURED_STACK_MAX ? "has too many frames" : NULL;
}
static const struct table stack_table = TABLE(stack_fields, .check = stack_check);
#undef OF

#define OF struct measured_site
static const struct field site_fields[] = {
	INDEX(index, wait, waits),
	INDEX(index, stack, stacks),
	FIELD(number, taken),
	FIELD(number, count),
	FIELD(time, total_ns),
	FIELD(time, max_ns),
	FIELD(tristate, lock_held),
	FIELD(bool, lock_wanted),
	FIELD(number, holds),
};

static const char *site_check(const void *row)
{
	const OF *s = row;

	if (s->taken > s->count)
		return "taken is more than count";
	return s->max_ns > s->total_ns ? "max_ns is more than total_ns" : NULL;
}
static const struct table site_table = TABLE(site_fields, .check = site_check);
#undef OF

#define OF struct measured_sample
static const struct field sample_fields[] = {
	INDEX(index, thread, threads),
	FIELD(bool, kernel),
	FIELD(text_known, syscall),
	FIELD(tristate, lock_held),
	FIELD(bool, lock_wanted, ADDED),
	FIELD(number, holds, ADDED),
	INDEX(index_known, stack, stacks, ADDED),
	FIELD(number, count),
};
static const struct table sample_table = TABLE(sample_fields);
#undef OF

#define OF struct measured_stall
static const struct field stall_fields[] = {
	INDEX(index, thread, threads),
	FIELD(instant, start_ns),
	FIELD(time, length_ns),
	FIELD(time, stretch_ns),
	FIELD(time, waits_ns),
	FIELD(time, run_queue_ns),
	INDEX(index_known, wait, waits),
	INDEX(index_known, wait_stack, stacks),
	FIELD(time, wait_ns),
	INDEX(index_known, stack, stacks),
	FIELD(number32, stack_samples),
	FIELD(number32, samples),
};

static const char *stall_check(const void *row)
{
	const OF *s = row;

	if (s->length_ns > s->stretch_ns)
		return "length_ns is more than stretch_ns";
	if (s->wait_ns > s->waits_ns)
		return "wait_ns is more than waits_ns";
	return s->stack_samples > s->samples ? "stack_samples is more than samples" : NULL;
}
static const struct table stall_table = TABLE(stall_fields, .check = stall_check);
#undef OF

#define OF struct measured_loss
static const struct field loss_fields[] = {
	FIELD(text, what),
	FIELD(number, count),
};
static const struct table loss_table = TABLE(loss_fields);
#undef OF

#define OF struct measured_cost
static const struct field cost_fields[] = {
	FIELD(real_known, probe_cpu_s),
	FIELD(real_known, tool_cpu_s),
};
static const struct table cost_table = TABLE(cost_fields);
#undef OF

#define OF struct measurement
static const struct field measurement_fields[] = {
	FIELD(text, backend),
	FIELD(text_known, instead, ADDED),
	FIELD(time, look_ns, ADDED),
	OBJECT(host, host_table),
	OBJECT(target, target_table),
	FIELD(time, wall_ns),
	FIELD(real, sample_hz),
	FIELD(number, calls_looks, ADDED),
	FIELD(instant, exchanges_end_ns, ADDED),
	FIELD(number, exchanges_missed, ADDED),
	FIELD(time, segment_floor_ns),
	BESIDE(times, running_ns, running_count),
	FIELD(known, threads_most, ADDED),
	FIELD(known, processes_most, ADDED),
	LIST(rows, processes, process_table),
	LIST(rows, runtimes, runtime_table),
	LIST(rows, lulls, lull_table, ADDED),
	LIST(rows, threads, thread_table),
	LIST(rows, files, file_table),
	LIST(rows, waits, wait_table),
	LIST(tuples, segments, segment_table),
	LIST(tuples, exchanges, exchange_table, ADDED),
	LIST(tuples, frames, frame_table, ADDED),
	LIST(tuples, stacks, stack_table, ADDED),
	LIST(tuples, sites, site_table, ADDED),
	LIST(rows, samples, sample_table),
	LIST(tuples, stalls, stall_table, ADDED),
	LIST(rows, losses, loss_table),
	OBJECT(cost, cost_table),
};

static const char *measurement_check(const void *row)
{
	const OF *m = row;

	for (size_t i = 0; i < m->processes_count; i++)
		if (m->processes[i].parent != MEASURED_NONE &&
			m->processes[i].parent >= m->processes_count)
			return "a process's parent is no row of processes";
	for (size_t i = 0; i < m->lulls_count; i++)
		if (m->lulls[i].idle_ns <= (i ? m->lulls[i - 1].idle_ns : 0))
			return "lulls are not in rising order";
	return NULL;
}
const struct table recording_table = TABLE(measurement_fields, .check = measurement_check);
#undef OF
