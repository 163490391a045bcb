/*
 * A report from a stranger, told in every format. What is told holds no control characters, and
 * JSON is JSON.
 */
#include "fuzz.h"

#include "advisor/document.h"
#include "advisor/terminal.h"

#include <json-c/json.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_json_mutate(data, size, max, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct style styles[] = {
		{.utf8 = true, .width = 80},
		{.width = 40, .verbosity = 1, .explain = true},
	};
	char *text = fuzz_text(data, size), *reason = NULL;
	struct json_object *report = NULL;

	FUZZ_ASSERT(text, "out of memory");
	if (document_parse("report.json", text, size, &report, &reason) < 0)
		FUZZ_ASSERT(!report && reason, "refused without a reason");
	for (size_t i = 0; report && i < sizeof(styles) / sizeof(*styles); i++)
		fuzz_report_tell(report, &styles[i]);
	json_object_put(report);
	free(reason);
	free(text);
	return 0;
}
