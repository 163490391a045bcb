/*
 * A recording from a stranger: read, understood, judged, and told in every format. What is told
 * holds no control characters; JSON is JSON; and what was read is written and read again alike.
 */
#include "fuzz.h"

#include "advisor/advice.h"
#include "advisor/report_object.h"
#include "advisor/ruleset.h"
#include "advisor/terminal.h"
#include "probe/measurement.h"
#include "probe/recording.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

static struct ruleset *rules;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_json_mutate(data, size, max, seed);
}

static void advise(const struct measurement *m, const struct premise *premise)
{
	static const struct style styles[] = {
		{.utf8 = true, .width = 80},
		{.width = 40, .verbosity = 1, .explain = true},
	};
	struct profile *p = profile_new(m, premise);
	struct advice *a = p ? advice_new(p, rules) : NULL;

	FUZZ_ASSERT(a, "no advice");
	for (size_t k = 0; k < sizeof(styles) / sizeof(*styles); k++) {
		struct json_object *report = report_json(a, styles[k].explain);

		FUZZ_ASSERT(report, "out of memory");
		fuzz_report_tell(report, &styles[k]);
		json_object_put(report);
	}
	advice_free(a);
	profile_free(p);
}

static char *written(const struct measurement *m, size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);

	FUZZ_ASSERT(to && recording_write(m, to) == 0 && fclose(to) == 0, "not to be written");
	return text;
}

static void write_again(const struct measurement *m)
{
	struct measurement *again = NULL;
	char *reason = NULL, *first, *second;
	size_t size, size_again;

	first = written(m, &size);
	FUZZ_ASSERT(recording_parse(first, size, &again, &reason) == 0, reason);
	second = written(again, &size_again);
	FUZZ_ASSERT(size == size_again && memcmp(first, second, size) == 0, "written otherwise");
	measurement_free(again);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Fewer than the options allow, for more inputs in a minute. */
	static const struct premise otherwise = {.cpus = 6.5, .workers = 50, .operations = 1};
	struct measurement *m = NULL;
	char *reason = NULL;

	if (!rules)
		FUZZ_ASSERT(ruleset_new(&rules, &reason) == 0, "no rules");
	if (recording_parse((const char *)data, size, &m, &reason) < 0) {
		FUZZ_ASSERT(!m && reason, "refused without a reason");
		free(reason);
		return 0;
	}
	advise(m, NULL);
	advise(m, &otherwise);
	write_again(m);
	measurement_free(m);
	return 0;
}
