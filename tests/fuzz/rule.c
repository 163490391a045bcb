/*
 * A rule from a stranger: read, its examples run, beside the built-in ones judged on a measurement,
 * told with its reasons, and explained.
 */
#include "fuzz.h"

#include "advisor/advice.h"
#include "advisor/format.h"
#include "advisor/report_object.h"
#include "advisor/rule.h"
#include "advisor/rules_command.h"
#include "advisor/ruleset.h"
#include "probe/measurement.h"
#include "probe/recording.h"

#include <json-c/json.h>
#include <string.h>

#define ID "fuzzed"

static struct ruleset *rules;
static struct measurement *measured;
static struct profile *profile;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_json_mutate(data, size, max, seed);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *reason = NULL;

	(void)argc;
	(void)argv;
	FUZZ_ASSERT(ruleset_new(&rules, &reason) == 0, "no rules");
	FUZZ_ASSERT(recording_read(FUZZ_RECORDING, &measured, &reason) == 0, reason);
	profile = profile_new(measured, NULL);
	FUZZ_ASSERT(profile, "no profile");
	return 0;
}

static void advise(void)
{
	static const struct style style = {.width = 80, .verbosity = 1, .explain = true};
	struct advice *a = advice_new(profile, rules);
	size_t count, size = 0;
	const struct format *formats = format_all(&count);
	struct json_object *report = a ? report_json(a, style.explain) : NULL;
	char *text = NULL;

	FUZZ_ASSERT(report, "no advice");
	for (size_t i = 0; i < count; i++) {
		FILE *to = open_memstream(&text, &size);

		FUZZ_ASSERT(to && formats[i].write(report, &style, to) == 0, "out of memory");
		fclose(to);
		free(text);
	}
	json_object_put(report);
	advice_free(a);
}

static void explain(void)
{
	char explain_word[] = "explain", id[] = ID;
	char *words[] = {explain_word, id, NULL};
	FILE *kept = stdout, *nowhere = fopen("/dev/null", "w");

	FUZZ_ASSERT(nowhere, "no /dev/null");
	stdout = nowhere;
	FUZZ_ASSERT(rules_command(rules, words) == 0, "not to be explained");
	stdout = kept;
	fclose(nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *reason = NULL;
	struct rule *rule = NULL;

	FUZZ_ASSERT(text, "out of memory");
	if (rule_parse(text, size, ID, ID ".json", &rule, &reason) < 0) {
		FUZZ_ASSERT(reason, "refused without a reason");
	} else {
		(void)rule_check_examples(rule, &reason);
		free(reason);
		reason = NULL;
		FUZZ_ASSERT(ruleset_add(rules, rule) == 0, "out of memory");
		(void)ruleset_check(rules, &reason);
		advise();
		explain();
	}
	free(reason);
	free(text);
	return 0;
}
