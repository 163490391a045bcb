/*
 * symbol_specimen: specimen/symbol.* built in many ways, in a folder of temporary files, for the
 * tests of names.
 */
#ifndef CONCADVISE_TEST_SYMBOL_SPECIMEN_H
#define CONCADVISE_TEST_SYMBOL_SPECIMEN_H

#include "probe/image.h"
#include "probe/symbol.h"
#include "probe/symbol_file.h"

#include "folder.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is to be found in the program. */
enum content {
	LINES,    /* all of it */
	NAMES,    /* the functions that exist as code, and variables */
	EXPORTED, /* of those, what other files may use */
	NOTHING,
};

struct build {
	const char *language;
	const char *make; /* a shell's, of the program that says where it is */
	const char *then; /* makes ./program of ./full; NULL: it is the same */
	enum content content;
};

#define C "/symbol.c -o full"
#define SEPARATE "objcopy --only-keep-debug full program.debug && strip -o program full && "

/* A shell in the folder of temporary files, with $S for that of the specimens. */
static inline bool shell(const char *command)
{
	char *text;
	int status;

	assert_true(asprintf(&text, "cd %s && S=%s/tests/unit/specimen && { %s; } >out 2>&1",
			    folder, getenv("CONCADVISE_SOURCE"), command) > 0);
	status = system(text);
	free(text);
	return status == 0;
}

static inline bool tool_exists(const char *command)
{
	char text[128];

	snprintf(text, sizeof(text), "command -v %.*s", (int)strcspn(command, " "), command);
	return shell(text);
}

/* A compiler that is not here is no failure; whatever else goes wrong is. */
static inline bool build_make(const struct build *b)
{
	assert_true(shell("rm -rf full program* symbols mini* .debug"));
	if (!tool_exists(b->make) || (strstr(b->make, "lld") && !tool_exists("ld.lld"))) {
		print_message("    not here: %s\n", b->make);
		return false;
	}
	if (!shell(b->make) || !shell(b->then ? b->then : "cp full program"))
		fail_msg("cannot build: %s", b->make);
	return true;
}

static inline struct symbol_file *program_open(const char *name, int pid, struct image **ret)
{
	struct symbol_file *f;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	*ret = image_open(path);
	assert_non_null(*ret);
	f = symbol_file_open(*ret, path, pid, true);
	assert_non_null(f);
	return f;
}

static inline void program_close(struct symbol_file *f, struct image *i)
{
	symbol_file_free(f);
	image_free(i);
}

static inline bool name_is(const struct symbol_frame *f, const char *pattern)
{
	return f->function && fnmatch(pattern, f->function, 0) == 0;
}

static inline void frames_print(const struct symbol_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_message("    %s %s:%d\n", frames[i].function, frames[i].file, frames[i].line);
}

/* Start and size of the symbol in ./full that a pattern of grep picks. */
static inline void symbol_place(const char *pattern, uint64_t *ret_start, uint64_t *ret_size)
{
	char *command, text[64];
	FILE *found;

	assert_true(asprintf(&command, "nm -S full | grep -m1 '%s'", pattern) > 0);
	assert_true(shell(command));
	free(command);
	snprintf(text, sizeof(text), "%s/out", folder);
	found = fopen(text, "r");
	assert_int_equal(fscanf(found, "%lx %lx", ret_start, ret_size), 2);
	fclose(found);
}

#endif
