/*
 * fuzz: what the fuzzers share. Each is a file here with an LLVMFuzzerTestOneInput, which libFuzzer
 * calls with bytes that nobody meant well; see docs/fuzzing.md.
 */
#ifndef CONCADVISE_FUZZ_H
#define CONCADVISE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct json_object;
struct style;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input: told with its reason, and a crash to libFuzzer. */
#define FUZZ_ASSERT(holds, what)                       \
	do {                                           \
		if (!(holds)) {                        \
			fprintf(stderr, "%s\n", what); \
			abort();                       \
		}                                      \
	} while (0)

/* The rest of an input, of which fixed parts are taken from the front. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* Takes `size` bytes; those that the input lacks are zeros. */
void fuzz_take(struct fuzz_input *in, void *to, size_t size);

/* The input as a file, unnamed, at its beginning. -1: there can be none. */
int fuzz_file(const uint8_t *data, size_t size);

/* A copy that a NUL follows, to be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/* As LLVMFuzzerMutate(), with a mind for JSON: numbers become others that matter, values take the
 * places of others. */
size_t fuzz_json_mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Tells a report in every format, and looks at each. */
void fuzz_report_tell(struct json_object *report, const struct style *style);

#endif
