/*
 * recording: a rich measurement there and back, every member compared; older recordings, and newer
 * ones.
 */
#include "rich.h"

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
	SAME_TEXT(a->instead, b->instead);
	SAME(a->look_ns, b->look_ns);
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
	SAME(a->host.process_child_ns, b->host.process_child_ns);
	SAME(a->host.fork_ns_per_mib, b->host.fork_ns_per_mib);
	SAME(a->host.copy_ns_per_mib, b->host.copy_ns_per_mib);
	SAME(a->host.wakeup_ns, b->host.wakeup_ns);
	SAME(a->host.waking_ns, b->host.waking_ns);
	SAME(a->host.pass_ns_per_mib, b->host.pass_ns_per_mib);
	SAME(a->host.touch_ns_per_mib, b->host.touch_ns_per_mib);
	SAME(a->host.arithmetic_ns, b->host.arithmetic_ns);
	SAME(a->host.compute_together, b->host.compute_together);
	SAME(a->host.memory_together, b->host.memory_together);
	SAME(a->target.mode, b->target.mode);
	SAME(a->target.pids_count, b->target.pids_count);
	for (size_t i = 0; i < a->target.pids_count; i++)
		SAME(a->target.pids[i], b->target.pids[i]);
	SAME(a->target.has_exit_status, b->target.has_exit_status);
	SAME(a->target.exit_status, b->target.exit_status);
	SAME(a->target.launcher_ns, b->target.launcher_ns);
	SAME(a->target.launcher_processes, b->target.launcher_processes);
	SAME(!a->target.command, !b->target.command);
	for (size_t i = 0; a->target.command && (i == 0 || a->target.command[i - 1]); i++)
		SAME_TEXT(a->target.command[i], b->target.command[i]);
	SAME(a->wall_ns, b->wall_ns);
	SAME_REAL(a->sample_hz, b->sample_hz);
	SAME(a->exchanges_end_ns, b->exchanges_end_ns);
	SAME(a->exchanges_missed, b->exchanges_missed);
	SAME(a->segment_floor_ns, b->segment_floor_ns);
	SAME_LIST(a, b, running);
	SAME(a->threads_most, b->threads_most);
	SAME(a->processes_most, b->processes_most);
	SAME_REAL(a->cost.probe_cpu_s, b->cost.probe_cpu_s);
	SAME_REAL(a->cost.tool_cpu_s, b->cost.tool_cpu_s);
}

static void same_process(const struct measured_process *a, const struct measured_process *b)
{
	SAME(a->pid, b->pid);
	SAME(a->ppid, b->ppid);
	SAME(a->parent, b->parent);
	SAME(a->start_ns, b->start_ns);
	SAME(a->end_ns, b->end_ns);
	SAME(a->earlier, b->earlier);
	SAME(a->vacant_ns, b->vacant_ns);
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
	SAME(a->blank_looks, b->blank_looks);
	SAME(a->watched_listeners, b->watched_listeners);
	SAME(a->watched_connections, b->watched_connections);
	SAME(a->polls_start_ns, b->polls_start_ns);
	SAME(a->polls_end_ns, b->polls_end_ns);
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

static void same_lull(const struct measured_lull *a, const struct measured_lull *b)
{
	SAME(a->idle_ns, b->idle_ns);
	SAME(a->extra_ns, b->extra_ns);
}

static void same_durations(const struct durations *a, const struct durations *b)
{
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		assert_int_equal(durations_count(a, i), durations_count(b, i));
}

static void same_thread(const struct measured_thread *a, const struct measured_thread *b)
{
	SAME(a->process, b->process);
	SAME(a->tid, b->tid);
	SAME_TEXT(a->name, b->name);
	SAME(a->start_ns, b->start_ns);
	SAME(a->end_ns, b->end_ns);
	SAME(a->earlier, b->earlier);
	SAME(a->vacant_ns, b->vacant_ns);
	SAME(a->started, b->started);
	SAME(a->cpu_ns, b->cpu_ns);
	SAME(a->cpu_user_ticks_ns, b->cpu_user_ticks_ns);
	SAME(a->cpu_kernel_ticks_ns, b->cpu_kernel_ticks_ns);
	SAME(a->run_queue_ns, b->run_queue_ns);
	SAME(a->run_queue_own_ns, b->run_queue_own_ns);
	SAME(a->stolen_ns, b->stolen_ns);
	SAME(a->unaccounted_ns, b->unaccounted_ns);
	SAME(a->switches_voluntary, b->switches_voluntary);
	SAME(a->switches_involuntary, b->switches_involuntary);
	SAME(a->calls, b->calls);
	SAME(a->faults, b->faults);
	SAME(a->loop.polls, b->loop.polls);
	SAME(a->loop.stretches, b->loop.stretches);
	SAME(a->loop.stretch_ns, b->loop.stretch_ns);
	SAME(a->loop.stretch_max_ns, b->loop.stretch_max_ns);
	SAME(a->loop.at_once, b->loop.at_once);
	SAME(a->loop.at_once_max_ns, b->loop.at_once_max_ns);
	SAME(a->loop.at_once_computed_max_ns, b->loop.at_once_computed_max_ns);
	SAME(a->loop.descriptor, b->loop.descriptor);
	same_durations(&a->loop.durations, &b->loop.durations);
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
	same_durations(&a->durations, &b->durations);
}

static void same_segment(const struct measured_segment *a, const struct measured_segment *b)
{
	SAME(a->wait, b->wait);
	SAME(a->start_ns, b->start_ns);
	SAME(a->wait_ns, b->wait_ns);
	SAME(a->run_queue_ns, b->run_queue_ns);
	SAME(a->cpu_before_ns, b->cpu_before_ns);
	SAME(a->faults_before, b->faults_before);
	SAME(a->run_queue_before_ns, b->run_queue_before_ns);
	SAME(a->waits_before_ns, b->waits_before_ns);
	SAME(a->waits_before, b->waits_before);
	SAME(a->begun_before, b->begun_before);
	SAME(a->continued, b->continued);
	SAME(a->stretch_ns, b->stretch_ns);
	SAME(a->stretch_samples, b->stretch_samples);
	SAME(a->stretch_poll_samples, b->stretch_poll_samples);
	SAME(a->stretch_gap_ns, b->stretch_gap_ns);
	SAME(a->stretch_away_ns, b->stretch_away_ns);
}

static void same_exchange(const struct measured_exchange *a, const struct measured_exchange *b)
{
	SAME(a->thread, b->thread);
	SAME(a->start_ns, b->start_ns);
	SAME(a->wait_ns, b->wait_ns);
	SAME(a->taken_ns, b->taken_ns);
	SAME(a->socket, b->socket);
	SAME(a->asked_port, b->asked_port);
	SAME(a->connects, b->connects);
	SAME(a->goes_on, b->goes_on);
	SAME(a->mixed, b->mixed);
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
	SAME(a->stretch_ns, b->stretch_ns);
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
	SAME_ROWS(lulls, same_lull);
	SAME_ROWS(threads, same_thread);
	SAME_ROWS(files, same_file);
	SAME_ROWS(waits, same_wait);
	SAME_ROWS(segments, same_segment);
	SAME_ROWS(exchanges, same_exchange);
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
	replace(text, "\"faults_before\",\"continued\"", "\"faults_before\",\"not_known\"");
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
	assert_int_equal(sizeof(struct measured_host), 152);
	assert_int_equal(sizeof(struct measured_target), 56);
	assert_int_equal(sizeof(struct measured_process), 152);
	assert_int_equal(sizeof(struct measured_lull), 16);
	assert_int_equal(sizeof(struct measured_runtime), 56);
	assert_int_equal(sizeof(struct measured_loop), 64 + sizeof(struct durations));
	assert_int_equal(sizeof(struct measured_thread), 152 + sizeof(struct measured_loop));
	assert_int_equal(sizeof(struct measured_file), 56);
	assert_int_equal(sizeof(struct measured_wait), 120 + sizeof(struct durations));
	assert_int_equal(sizeof(struct measured_segment), 104);
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
		cmocka_unit_test(test_unknown_keys_and_columns_are_passed_over),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_member_is_forgotten),
		cmocka_unit_test(test_every_member_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
