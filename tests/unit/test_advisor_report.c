/*
 * Reports of hand-made measurements, in both formats: they keep to their width, hold what the
 * contract lists, are made of the JSON report alone, and carry no text of the target that could
 * steer a terminal.
 */
#include "advisor/advice.h"
#include "advisor/format.h"
#include "advisor/printable.h"
#include "advisor/report_object.h"
#include "advisor/rule.h"
#include "advisor/ruleset.h"
#include "scene.h"

#include <json-c/json.h>
#include <stdio.h>

#define HOSTILE "\033[2J\nfetch \xe2\x80\xae\xff"

static struct measurement *fetching(const char *name)
{
	struct measurement *m = scene_new(2.19);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.11);
	size_t file = scene_socket(m, "127.0.0.1:40000", "127.0.0.1:8080");
	size_t path = scene_file(m, FILE_REGULAR);

	m->backend = strdup("ebpf");
	m->host.cpus_online = m->host.cpus_allowed = 2;
	m->host.kernel = strdup("6.18");
	m->host.arch = strdup("x86_64");
	m->target.command = calloc(3, sizeof(char *));
	m->target.command[0] = strdup("python3");
	m->target.command[1] = strdup(name);
	m->target.pids = calloc(1, sizeof(int));
	m->target.pids[0] = 7;
	m->target.pids_count = 1;
	m->target.has_exit_status = true;
	m->target.exit_status = 4;
	free(m->threads[thread].name);
	m->threads[thread].name = strdup(name);
	scene_runtime(m, process, "cpython", true);
	m->runtimes[0].version = strdup("3.11.2");
	scene_file_wait(m, thread, "recvfrom", file, 2.06, 40);
	m->files[path].path = strdup(name);
	scene_file_wait(m, thread, "pread64", path, 0.02, 3);
	return m;
}

/* Nothing else is left of what it was made from. */
static struct json_object *report_of(struct measurement *m, bool explain)
{
	struct profile *p = scene_profile(m);
	struct ruleset *rules = NULL;
	struct json_object *object;
	struct advice *a;
	char *reason = NULL;

	assert_int_equal(ruleset_new(&rules, &reason), 0);
	a = advice_new(p, rules);
	assert_non_null(a);
	object = report_json(a, explain);
	advice_free(a);
	ruleset_free(rules);
	scene_end(m, p);
	return object;
}

static char *written(struct json_object *object, const char *format, struct style style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(format_find(format)->write(object, &style, to), 0);
	fclose(to);
	return text;
}

static char *report(struct measurement *m, const char *format, struct style style)
{
	struct json_object *object = report_of(m, style.explain);
	char *text = written(object, format, style);

	json_object_put(object);
	return text;
}

static void assert_fits(const char *text, int width)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		if (length > (size_t)width)
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		line += length + 1;
	}
}

static void assert_harmless(const char *text)
{
	while (*text) {
		unsigned int code = 0;
		size_t length = utf8_character(text, &code);

		if (length == 0 || (code != '\n' && utf8_is_hostile(code)))
			fail_msg("hostile: %.20s", text);
		text += length;
	}
}

static void text_keeps_to_80_columns(void **state)
{
	(void)state;
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		struct style style = {
			.width = 80, .verbosity = verbosity, .explain = verbosity > 0};
		char *text = report(fetching("fetch.py"), "text", style);

		assert_fits(text, 80);
		assert_harmless(text);
		free(text);
	}
}

static void text_says_the_verdict_first(void **state)
{
	char *text = report(fetching("fetch.py"), "text", (struct style){.width = 80});
	const char *verdict = strstr(text, "Use threads");
	const char *time = strstr(text, "Where the time went");
	const char *models = strstr(text, "The same work would take");
	const char *steps = strstr(text, "What to do");
	const char *quality = strstr(text, "How well it was measured");
	const char *platform = strstr(text, "Linux 6.18");

	(void)state;
	assert_int_equal(strncmp(text, "concadvise   python3 fetch.py", 29), 0);
	assert_true(verdict && time && models && steps && quality && platform);
	assert_true(verdict < time && time < models && models < steps && steps < quality &&
		    quality < platform);
	assert_null(strstr(text, "unknown"));
	assert_null(strstr(text, "\033"));
	free(text);
}

static void quiet_is_the_verdict_alone(void **state)
{
	char *text =
		report(fetching("fetch.py"), "text", (struct style){.width = 80, .verbosity = -1});

	(void)state;
	assert_non_null(strstr(text, "Use threads"));
	assert_null(strstr(text, "Where the time went"));
	free(text);
}

static void explain_shows_every_rule(void **state)
{
	char *text = report(
		     fetching("fetch.py"), "text", (struct style){.width = 80, .explain = true}),
	     *reason = NULL;
	struct ruleset *rules = NULL;

	(void)state;
	assert_int_equal(ruleset_new(&rules, &reason), 0);
	for (size_t i = 0; i < ruleset_count(rules); i++)
		assert_non_null(strstr(text, ruleset_at(rules, i)->id));
	assert_non_null(strstr(text, "gives the verdict"));
	ruleset_free(rules);
	free(text);
}

static void colour_is_only_added(void **state)
{
	struct style plain = {.width = 80}, coloured = {.width = 80, .colour = true};
	char *text = report(fetching("fetch.py"), "text", plain);
	char *painted = report(fetching("fetch.py"), "text", coloured), *to = painted;

	(void)state;
	assert_non_null(strstr(painted, "\033[1m"));
	for (const char *from = painted; *from;) {
		if (*from == '\033')
			from = strchr(from, 'm') + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(painted, text);
	free(painted);
	free(text);
}

static void hostile_names_are_harmless(void **state)
{
	static const char *const formats[] = {"text", "json"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = report(fetching(HOSTILE), formats[i],
			(struct style){.width = 80, .verbosity = 1, .explain = true});

		assert_harmless(text);
		free(text);
	}
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("there is no \"%s\"", key);
	return value;
}

static void json_has_every_key(void **state)
{
	static const char *const keys[] = {"schema", "tool", "target", "host", "window", "quality",
		"time", "concurrency", "threads", "waits", "cpu_sites", "locks", "event_loops",
		"interpreter_lock", "predictions", "diagnosis", "recommendation", "findings"};
	char *text = report(fetching("fetch.py"), "json", (struct style){.width = 80});
	struct json_object *o = json_tokener_parse(text), *share;
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		get(o, keys[i]);
	assert_string_equal(json_object_get_string(get(o, "schema")), "concadvise.report/1");
	assert_null(get(get(o, "host"), "cpu_quota"));
	assert_int_equal(json_object_get_int(get(get(o, "target"), "exit_status")), 4);
	assert_string_equal(
		json_object_get_string(get(get(o, "recommendation"), "model")), "threads");
	assert_int_equal(json_object_array_length(get(o, "predictions")), MODEL_COUNT);
	share = get(get(o, "time"), "share");
	assert_int_equal(json_object_object_length(share), STATE_COUNT);
	for (enum state s = 0; s < STATE_COUNT; s++)
		sum += json_object_get_double(get(share, state_name(s)));
	assert_near(sum, 1, 1e-6);
	json_object_put(o);
	free(text);
}

static void nothing_measured_is_still_a_report(void **state)
{
	struct style style = {.width = 80, .verbosity = 1, .explain = true};
	char *text = report(scene_new(0), "json", style);
	struct json_object *o = json_tokener_parse(text);

	(void)state;
	assert_string_equal(
		json_object_get_string(get(get(o, "recommendation"), "action")), "measure");
	assert_null(get(get(get(o, "time"), "share"), "disk"));
	json_object_put(o);
	free(text);
	text = report(scene_new(0), "text", style);
	assert_fits(text, 80);
	assert_non_null(strstr(text, "Not enough seen"));
	free(text);
}

static const struct style everything = {.width = 80, .verbosity = 1, .explain = true};

/* Replaces what is at a path ("waits.0.count") by other JSON. */
static void put(struct json_object *o, const char *path, const char *json)
{
	char copy[80], *rest = copy, *key;
	struct json_object *value = json_tokener_parse(json);

	strcpy(copy, path);
	while ((key = strsep(&rest, ".")) && rest)
		o = json_object_is_type(o, json_type_array)
			    ? json_object_array_get_idx(o, strtoul(key, NULL, 10))
			    : get(o, key);
	if (json_object_is_type(o, json_type_array))
		assert_int_equal(json_object_array_put_idx(o, strtoul(key, NULL, 10), value), 0);
	else
		assert_true(get(o, key) && json_object_object_add(o, key, value) == 0);
}

/* What a section says is what the JSON says, in every one of them. */
static void text_is_made_of_the_json(void **state)
{
	static const struct {
		const char *path, *json, *text;
	} rows[] = {
		{"target.command.1", "\"other.py\"", "python3 other.py   "},
		{"target.subject.runtime", "\"ruby\"", "   Ruby 3.11.2"},
		{"window.wall_s", "77.7", "   77.7 s\n"},
		{"window.threads_seen", "4321", "1 process, 4,321 threads"},
		{"recommendation.summary", "\"Rest.\"", "\n  Rest.\n"},
		{"recommendation.place", "\"f.c:7 f: here.\"", "\n  f.c:7 f: here.\n"},
		{"recommendation.confidence", "\"low\"", "confidence low\n"},
		{"diagnosis.class", "\"mixed\"", " mixed, confidence"},
		{"diagnosis.reasons.0", "\"Because.\"", "\n  Because.\n"},
		{"time.busy_total_s", "3.21", "3.21 s of work\n"},
		{"time.busy_s.terminal", "1.23", "\n  terminal "},
		{"predictions.0.wall_s", "33.3", "  sequential          33.3 s"},
		{"predictions.1.limited_by", "\"serial-part\"", "limit: serial part"},
		{"predictions.1.costs.once_s", "0.0456", "45.6 ms to begin"},
		{"concurrency.cpus_usable", "7", "7 CPUs usable\n"},
		{"recommendation.assumptions", "[\"All is well.\"]", "  Assumed: All is well.\n"},
		{"scaling.0.wall_s", "55.5", "        1       55.5 s"},
		{"waits.0.count", "98765", "  98,765 "},
		{"waits.0.object", "\"elsewhere\"", "\n  elsewhere "},
		{"locks", "[{\"kind\": \"mutex\", \"address\": \"0x77\", \"waits\": 3}]",
			"\n  mutex          0x77 "},
		{"event_loops", "[{\"tid\": 7, \"work_share\": 0.42}]",
			"thread 7        works 42 %"},
		{"event_loops", "[{\"tid\": 7, \"work_share\": 0.3, \"run_queue_share\": 0.2}]",
			"thread 7        works 30 %, waits for a CPU 20 %"},
		{"cpu_sites",
			"[{\"total_s\": 1, \"callsite\": [{\"function\": \"f\", \"line\": 9, "
			"\"short_file\": \"f.c\", \"stands_out\": true}]}]",
			"\n  f.c:9 f                         computing"},
		{"threads.0.role", "\"worker\"", " worker "},
		{"recommendation.steps.0", "\"Do it.\"", "\n  1. Do it.\n"},
		{"recommendation.alternatives.0.why_not", "\"it is not\"", ": it is not\n"},
		{"recommendation.rule", "\"another\"", "\nAlso seen\n"},
		{"quality.checks.0.message", "\"So it is.\"", " So it is.\n"},
		{"quality.grade", "\"poor\"", " poor\n"},
		{"considered.0.rule", "\"of-mine\"", "\n  of-mine "},
		{"considered.0.evidence.0.metric", "\"of.mine\"", "of.mine  "},
		{"host.cpus_online", "19", " of 19 CPUs"},
		{"host.kernel", "\"9.9\"", "\nLinux 9.9, "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *object = report_of(fetching("fetch.py"), true);
		char *before = written(object, "text", everything), *after;

		put(object, rows[i].path, rows[i].json);
		after = written(object, "text", everything);
		if (strstr(before, rows[i].text) || !strstr(after, rows[i].text))
			fail_msg("%s: \"%s\" in\n%s", rows[i].path, rows[i].text, after);
		free(before);
		free(after);
		json_object_put(object);
	}
}

/* Who reads the report elsewhere reads the same numbers. */
static void text_of_a_report_that_was_kept_is_the_same(void **state)
{
	struct json_object *object = report_of(fetching("fetch.py"), true), *again;
	char *json = written(object, "json", everything);
	char *here = written(object, "text", everything), *there;

	(void)state;
	again = json_tokener_parse(json);
	there = written(again, "text", everything);
	assert_string_equal(there, here);
	json_object_put(again);
	json_object_put(object);
	free(json);
	free(here);
	free(there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_keeps_to_80_columns),
		cmocka_unit_test(text_says_the_verdict_first),
		cmocka_unit_test(quiet_is_the_verdict_alone),
		cmocka_unit_test(explain_shows_every_rule),
		cmocka_unit_test(colour_is_only_added),
		cmocka_unit_test(hostile_names_are_harmless),
		cmocka_unit_test(json_has_every_key),
		cmocka_unit_test(nothing_measured_is_still_a_report),
		cmocka_unit_test(text_is_made_of_the_json),
		cmocka_unit_test(text_of_a_report_that_was_kept_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
