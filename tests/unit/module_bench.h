/*
 * module_bench: what processes have mapped, this one and such as were never there, and a folder
 * for the files, for the tests of modules.
 */
#ifndef CONCADVISE_TEST_MODULE_BENCH_H
#define CONCADVISE_TEST_MODULE_BENCH_H

#include "probe/mapping.h"
#include "probe/module.h"

#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE 4096

static inline void note(void *context, const struct mapping *m)
{
	modules_note(context, m);
}

static inline struct modules *modules_of_self(void)
{
	struct modules *m = modules_new();

	assert_non_null(m);
	assert_int_equal(mapping_scan(getpid(), note, m), 0);
	return m;
}

static inline char *file_copy(const char *from, const char *name)
{
	char *to, *command;

	assert_true(asprintf(&to, "%s/%s", folder, name) > 0);
	assert_true(asprintf(&command, "cp %s %s", from, to) > 0);
	assert_int_equal(system(command), 0);
	free(command);
	return to;
}

/* As if a process had mapped a file's code, which begins at its second page in all of Debian's. */
static inline struct mapping mapping_of(const char *path, int pid, uint64_t start, uint64_t at_ns)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (struct mapping){
		.pid = pid,
		.start = start,
		.length = 2 * PAGE,
		.major = major(st.st_dev),
		.minor = minor(st.st_dev),
		.inode = st.st_ino,
		.at_ns = at_ns,
		.path = path,
	};
}

/* A pid that no process has: more than any kernel gives. */
#define NOBODY (1 << 23)
#define PLACE 0x10000000

static inline struct module *module_noted(struct modules *m, int pid, uint64_t address)
{
	uint64_t linked;

	return modules_find(m, pid, address, &linked);
}

#endif
