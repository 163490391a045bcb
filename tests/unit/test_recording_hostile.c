/*
 * recording: files that are cut, bent or hostile, each of which must be refused with its place and
 * reason, and none of which may crash.
 */
#include "rich.h"

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
		{"\"process_child_ns\":2", "\"process_child_ns\":6",
			"host: process_child_ns is beyond"},
		{"\"parent\":0", "\"parent\":2", "a process's parent is no row of processes"},
		{"\"idle_ns\":3000002", "\"idle_ns\":1000001", "lulls are not in rising order"},
		{"\"earlier\":8", "\"earlier\":4294967296",
			"processes[1]: earlier is out of range"},
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
		{"[1,1,2,3,4,5,6,7,3,11,true,8,9,10,5,4]", "[1,1,2,3]",
			"segments[1].cpu_before_ns: missing"},
		{"[1,1,2,3,4,5,6,7,3,11,true,8,9,10,5,4]", "{}", "segments[1]: not an array"},
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
		{",9,3,1,2,8,1,5,7]", ",9,3,1,3,8,1,5,7]",
			"stalls[1].wait_stack: points at nothing"},
		{",9,3,1,2,8,1,5,7]", ",9,3,1,2,8,1,5,4]", "stalls[1]: stack_samples is"},
		{",9,3,1,2,8,1,5,7]", ",7,3,1,2,8,1,5,7]", "stalls[1]: wait_ns is more"},
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

/* Some MB of brackets, each of which would take hundreds of bytes to be read. */
static void test_small_files_take_no_great_memory(void **state)
{
	static const char head[] = "{\"schema\":\"concadvise.measurement/1\",\"x\":[";
	const size_t count = 3 << 20, start = sizeof head - 1;
	char *text = malloc(start + 3 * count + 3);

	(void)state;
	memcpy(text, head, start);
	for (size_t i = 0; i < count; i++)
		memcpy(text + start + 3 * i, "{},", 3);
	memcpy(text + start + 3 * count, "0]}", 3);
	assert_refused(text, start + 3 * count + 3, "more values than a recording has");
	/* The same in a string costs nothing; then keys are missing. */
	text[start - 1] = text[start + 3 * count + 1] = '"';
	assert_refused(text, start + 3 * count + 3, "backend: missing");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_bent_byte_is_survived),
		cmocka_unit_test(test_hostile_values_are_refused),
		cmocka_unit_test(test_small_files_take_no_great_memory),
		cmocka_unit_test(test_chains_of_calls_are_bounded),
		cmocka_unit_test(test_other_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
