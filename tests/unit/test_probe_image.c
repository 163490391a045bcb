/*
 * A file is looked through in pieces: what lies across two of them is found like all else. Of a
 * program with symbols and constants of several pieces, made here.
 */
#include "probe/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SYMBOLS 6000 /* 140 KiB of them, and 180 KiB of names */
#define WORDS 16000  /* of nine bytes, which is no part of a piece */

static char path[] = "/tmp/concadvise-image-XXXXXX";

static void source_write(FILE *to)
{
	fputs("int main(void) { return 0; }\n__asm__(\".data\\n\"\n", to);
	for (int i = 0; i < SYMBOLS; i++)
		fprintf(to, "\"symbol_with_a_long_name_%05d: .byte 0\\n\"\n", i);
	fputs("\"eval: .byte 0\\neval.cold: .byte 0\\neval_not: .byte 0\\nre_eval: .byte 0\\n\"\n",
		to);
	fputs("\".section .words, \\\"a\\\"\\n\"\n", to);
	for (int i = 0; i < WORDS; i++)
		fprintf(to, "\".ascii \\\"w%05d,,,\\\"\\n\"\n", i);
	fputs("\".text\\n\");\n", to);
}

static int program_make(void **state)
{
	int fd = mkstemp(path);
	char command[128];
	FILE *cc;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(command, sizeof(command), "cc -x c -o %s -", path);
	cc = popen(command, "w");
	assert_non_null(cc);
	source_write(cc);
	assert_int_equal(pclose(cc), 0);
	return 0;
}

static int program_remove(void **state)
{
	(void)state;
	return unlink(path);
}

/* One after the other in memory: each is where it belongs. */
static void test_every_symbol(void **state)
{
	struct image *i = image_open(path);
	struct image_symbol first, place;

	(void)state;
	assert_true(image_find_symbol(i, "symbol_with_a_long_name_00000", &first));
	for (unsigned int n = 0; n < SYMBOLS; n++) {
		char name[64];

		snprintf(name, sizeof(name), "symbol_with_a_long_name_%05u", n);
		assert_true(image_find_symbol(i, name, &place));
		assert_int_equal(place.value - first.value, n);
	}
	assert_false(image_find_symbol(i, "symbol_with_a_long_name", &place));
	assert_false(image_find_symbol(i, "symbol_with_a_long_name_0000", &place));
	image_free(i);
}

static void test_parts(void **state)
{
	struct image *i = image_open(path);
	struct image_symbol whole, parts[4];

	(void)state;
	assert_true(image_find_symbol(i, "eval", &whole));
	assert_int_equal(image_find_parts(i, "eval", parts, 4), 2);
	assert_int_equal(parts[0].value, whole.value);
	assert_int_equal(parts[1].value, whole.value + 1);
	assert_int_equal(image_find_parts(i, "eval", parts, 1), 1);
	image_free(i);
}

/* What the file exports, or else what it has at all; of several, in the order asked. */
static void test_first(void **state)
{
	static const char *const names[] = {"not_there", NULL, "re_eval", "eval"};
	static const char *const imported[] = {"__libc_start_main", "main"};
	static const char *const none[] = {"not_there", "ymbol_with_a_long_name_00000"};
	struct image *i = image_open(path);

	(void)state;
	assert_int_equal(image_find_first(i, names, 4), 2);
	assert_int_equal(image_find_first(i, imported, 2), 1);
	assert_int_equal(image_find_first(i, none, 2), 2);
	image_free(i);
}

struct count {
	const char *word;
	unsigned int whole;
};

static bool words_look(void *context, const char *bytes, size_t size, uint64_t at)
{
	struct count *c = context;

	(void)at;
	c->whole += memmem(bytes, size, c->word, strlen(c->word)) != NULL;
	return false;
}

static void test_every_word(void **state)
{
	struct image *i = image_open(path);

	(void)state;
	for (unsigned int n = 0; n < WORDS; n++) {
		char word[16];
		struct count c = {.word = word};

		snprintf(word, sizeof(word), "w%05u,,,", n);
		image_section_look(i, ".words", strlen(word), words_look, &c);
		assert_in_range(c.whole, 1, 2); /* in both, where they overlap */
	}
	image_free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_symbol),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_every_word),
	};

	return cmocka_run_group_tests_name("image", tests, program_make, program_remove);
}
