/*
 * The line of every instruction as the interpreter itself tells it (PyCode_Addr2Line): from
 * recorded tables of each version, and from every CPython found here for modules of its library.
 */
#include "probe/python_line.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Modules with long functions, wide gaps and every kind of statement. */
#define MODULES                                                                             \
	"argparse ast asyncio.base_events collections dataclasses decimal difflib inspect " \
	"pickle pydoc subprocess tarfile typing zipfile"

struct tally {
	size_t codes, instructions, wrong, guessed;
};

static char *source_path(const char *name)
{
	const char *root = getenv("CONCADVISE_SOURCE");
	char *path = NULL;

	assert_true(asprintf(&path, "%s/tests/unit/python/%s", root ? root : ".", name) > 0);
	return path;
}

static size_t hex_read(const char *text, uint8_t *ret, size_t room)
{
	size_t n = 0;
	unsigned byte;

	while (n < room && sscanf(text + 2 * n, "%2x", &byte) == 1)
		ret[n++] = byte;
	return n;
}

/* Compares, then cuts the table short: a line may then be unknown, never another one. */
static void code_check(struct python_lines *l, char *runs, struct tally *t)
{
	size_t whole = l->bytes;
	uint64_t at = 0;

	t->codes++;
	for (char *run = strtok(runs, " \n"); run; run = strtok(NULL, " \n")) {
		int count, line;

		assert_int_equal(sscanf(run, "%d*%d", &count, &line), 2);
		for (; count > 0; count--, at += 2) {
			int cut_line;

			t->instructions++;
			t->wrong += python_line(l, at) != line;
			l->bytes = whole / 2;
			l->cut = true;
			cut_line = python_line(l, at);
			t->guessed += cut_line != line && cut_line != 0;
			l->bytes = whole;
			l->cut = false;
		}
	}
}

/* One line of what lines.py writes. */
static void row_check(char *row, struct tally *t)
{
	static uint8_t table[1 << 20];
	struct python_lines l = {.table = table};
	char *hex, *runs;
	int begin = 0;

	assert_int_equal(sscanf(row, "%d %d %n", &l.minor, &l.first, &begin), 2);
	hex = row + begin;
	runs = strchr(hex, ' ');
	assert_non_null(runs);
	*runs++ = '\0';
	l.bytes = hex_read(hex, table, sizeof(table));
	code_check(&l, runs, t);
}

static void stream_check(FILE *from, const char *name, size_t least)
{
	struct tally t = {0};
	char *row = NULL;
	size_t room = 0;

	assert_non_null(from);
	while (getline(&row, &room, from) > 0)
		row_check(row, &t);
	free(row);
	print_message("%s: %zu instructions of %zu code objects\n", name, t.instructions, t.codes);
	assert_true(t.codes >= least);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(t.guessed, 0);
}

static void test_recorded(void **state)
{
	char *pattern = source_path("lines-3.*.txt");
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 9); /* 3.7 to 3.15 */
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");

		stream_check(file, found.gl_pathv[i], 20);
		fclose(file);
	}
	globfree(&found);
	free(pattern);
}

static void interpreter_check(const char *python, const char *modules)
{
	char *script = source_path("lines.py"), *command;
	FILE *out;

	assert_true(asprintf(&command, "'%s' -W ignore '%s' %s", python, script, modules) > 0);
	out = popen(command, "r");
	stream_check(out, python, 20);
	assert_int_equal(pclose(out), 0);
	free(command);
	free(script);
}

static void test_interpreters(void **state)
{
	glob_t found;

	(void)state;
	glob("~/.pyenv/versions/3.*/bin/python3", GLOB_TILDE, NULL, &found);
	glob("/usr/bin/python3", GLOB_APPEND, NULL, &found);
	if (found.gl_pathc == 0) {
		print_message("no CPython here\n");
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (strstr(found.gl_pathv[i], "/3.6."))
			continue;
		interpreter_check(found.gl_pathv[i], "");
		interpreter_check(found.gl_pathv[i], MODULES);
	}
	globfree(&found);
}

/* What is no table gives no line, and no fault. */
static void test_garbage(void **state)
{
	uint8_t table[64];

	(void)state;
	srand(1);
	for (int round = 0; round < 100000; round++) {
		struct python_lines l = {.minor = 7 + round % 9, .first = rand(), .table = table};

		l.bytes = rand() % (sizeof(table) + 1);
		for (size_t i = 0; i < l.bytes; i++)
			table[i] = rand();
		assert_true(python_line(&l, rand() % 300) >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_interpreters),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests_name("python_line", tests, NULL, NULL);
}
