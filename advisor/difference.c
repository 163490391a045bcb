/*
 * difference: what must be the same, what is compared, and what comes of it.
 */
#include "difference.h"

#include "figure.h"
#include "json.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void text_free(char **text)
{
	free(*text);
}

static char *json_of(struct json_object *report, const char *path)
{
	return strdup(json_object_to_json_string_ext(
		value_at(report, path), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* "6.18" of "6.18.44-fc-v445": the same machine with its kernel patched is the same still. */
static char *kernel_of(struct json_object *report, const char *path)
{
	const char *kernel = value_words(report, path);
	size_t length = strspn(kernel, "0123456789");

	if (kernel[length] == '.')
		length += 1 + strspn(kernel + length + 1, "0123456789");
	return strndup(kernel, length);
}

/* An attached process has no command: what runs it, and the name of its first thread. */
static char *program_of(struct json_object *report, const char *path)
{
	struct json_object *thread = value_element(report, "threads", 0);
	struct json_object *runtime = value_element(report, path, 0);
	char *text;

	if (strcmp(value_words(report, "target.mode"), "attach") != 0)
		return strdup("");
	if (asprintf(&text, "%s %s", value_words(runtime, "name"), value_words(thread, "name")) < 0)
		return NULL;
	return text;
}

static const struct {
	const char *path, *what;
	char *(*of)(struct json_object *report, const char *path);
} sames[] = {
	{"target.mode", "one was launched, one attached to", json_of},
	{"target.command", "the commands differ", json_of},
	{"target.runtimes", "the programs differ", program_of},
	{"target.exit_status", "the command ended otherwise", json_of},
	{"tool.backend", "they were measured in different ways", json_of},
	{"host.arch", "the machines differ", json_of},
	{"host.kernel", "the kernels differ", kernel_of},
	{"host.cpus_online", "the machines have different CPUs", json_of},
	{"host.cpus_allowed", "they could use different CPUs", json_of},
	{"host.cpu_quota", "their CPU quotas differ", json_of},
	{"premise", "they predict for different machines or sizes", json_of},
};

static char *little_told(struct json_object *report, const char *name)
{
	bool little = strcmp(value_words(report, "diagnosis.class"), "insufficient-data") == 0;
	char *text;

	if (!little && strcmp(value_words(report, "quality.grade"), "poor") != 0)
		return NULL;
	if (asprintf(&text, "%s %s", name,
		    little ? "saw too little of the program; measure longer, or more of it"
			   : "was measured poorly; its report says why") < 0)
		return NULL;
	return text;
}

char *difference_refusal(struct json_object *base, struct json_object *new)
{
	for (size_t i = 0; i < sizeof(sames) / sizeof(sames[0]); i++) {
		__attribute__((cleanup(text_free))) char *a = sames[i].of(base, sames[i].path);
		__attribute__((cleanup(text_free))) char *b = sames[i].of(new, sames[i].path);
		char *text;

		if (a && b && strcmp(a, b) == 0)
			continue;
		if (asprintf(&text, "%s: %s and %s", sames[i].what, a ? a : "?", b ? b : "?") < 0)
			return NULL;
		return text;
	}
	return little_told(base, "BASE") ?: little_told(new, "NEW");
}

/* What the runs of a side showed of a figure; of one run, that three times. */
struct range {
	double min, median, max;
	size_t runs;
};

static struct range range_of(struct json_object *report, const struct figure *f)
{
	struct json_object *range = value_at(value_at(report, "runs"), f->key);
	double one = f->of(report);

	if (!range)
		return (struct range){one, one, one, 1};
	return (struct range){value_number(range, "min"), value_number(range, "median"),
		value_number(range, "max"), value_count(report, "runs.rows")};
}

static bool is_noise_measured(const struct range *base, const struct range *new)
{
	return base->runs >= DIFFERENCE_RUNS_LEAST && new->runs >= DIFFERENCE_RUNS_LEAST;
}

/* 1: more, -1: less, 0: no more than noise, or not known. */
static int change_of(const struct figure *f, const struct range *base, const struct range *new)
{
	double change_s = new->median - base->median;
	bool measured = is_noise_measured(base, new);
	double least = (measured ? f->least_share : f->single_share) * base->median;

	if (!(fabs(change_s) >= f->floor_s && fabs(change_s) > least))
		return 0;
	if (measured && new->min <= base->max && base->min <= new->max)
		return 0;
	return change_s > 0 ? 1 : -1;
}

static struct json_object *range_json(const struct range *r)
{
	struct json_object *o = json_object_new_object();

	json_add_number(o, "min", r->min);
	json_add_number(o, "median", r->median);
	json_add_number(o, "max", r->max);
	return o;
}

static bool is_judged(const struct figure *f, struct json_object *report)
{
	return strcmp(value_words(report, "target.mode"), "launch") == 0 ? f->judged_launch
									 : f->judged_attach;
}

static struct json_object *figure_json(
	const struct figure *f, struct json_object *base, struct json_object *new)
{
	static const char *const outcomes[] = {"less", "same", "more"};
	struct range a = range_of(base, f), b = range_of(new, f);
	struct json_object *o = json_object_new_object();

	json_add_text(o, "figure", f->key);
	json_add_text(o, "title", f->title);
	json_object_object_add(o, "base", range_json(&a));
	json_object_object_add(o, "new", range_json(&b));
	json_add_number(o, "change", b.median / a.median - 1);
	json_add_number(o, "least", is_noise_measured(&a, &b) ? f->least_share : f->single_share);
	json_add_text(o, "outcome", outcomes[change_of(f, &a, &b) + 1]);
	json_add_boolean(o, "judged", is_judged(f, new));
	return o;
}

static struct json_object *side_json(struct json_object *report)
{
	struct json_object *o = json_object_new_object();
	size_t runs = value_count(report, "runs.rows");

	json_add_count(o, "runs", runs > 0 ? runs : 1);
	json_add_text(o, "action", value_text(report, "recommendation.action"));
	json_add_text(o, "model", value_text(report, "recommendation.model"));
	json_add_text(o, "summary", value_text(report, "recommendation.summary"));
	return o;
}

static bool has_finding(struct json_object *report, const char *rule)
{
	for (size_t i = 0; i < value_count(report, "findings"); i++)
		if (strcmp(value_words(value_element(report, "findings", i), "rule"), rule) == 0)
			return true;
	return false;
}

/* Rules of findings that only the one report has. */
static struct json_object *only_json(struct json_object *report, struct json_object *other)
{
	struct json_object *rules = json_object_new_array();

	for (size_t i = 0; i < value_count(report, "findings"); i++) {
		const char *rule = value_words(value_element(report, "findings", i), "rule");

		if (!has_finding(other, rule))
			json_object_array_add(rules, json_text(rule));
	}
	return rules;
}

struct json_object *difference_json(struct json_object *base, struct json_object *new)
{
	struct json_object *o = json_object_new_object(), *rows = json_object_new_array();
	size_t count, base_runs = value_count(base, "runs.rows"),
		      new_runs = value_count(new, "runs.rows");
	const struct figure *figures = figure_all(&count);
	bool measured = base_runs >= DIFFERENCE_RUNS_LEAST && new_runs >= DIFFERENCE_RUNS_LEAST;

	for (size_t i = 0; i < count; i++)
		json_object_array_add(rows, figure_json(&figures[i], base, new));
	json_add_text(o, "schema", "concadvise.diff/1");
	json_object_object_add(o, "base", side_json(base));
	json_object_object_add(o, "new", side_json(new));
	json_add_text(o, "noise", measured ? "measured" : "assumed");
	json_object_object_add(o, "figures", rows);
	json_object_object_add(o, "findings_new", only_json(new, base));
	json_object_object_add(o, "findings_gone", only_json(base, new));
	json_add_boolean(o, "worse", false);
	json_add_boolean(o, "worse", difference_is_worse(o));
	return o;
}

bool difference_is_worse(struct json_object *difference)
{
	for (size_t i = 0; i < value_count(difference, "figures"); i++) {
		struct json_object *row = value_element(difference, "figures", i);

		if (value_is_true(row, "judged") &&
			strcmp(value_words(row, "outcome"), "more") == 0)
			return true;
	}
	return false;
}
