/*
 * folder: a folder of temporary files for the tests of one program, made before them and removed
 * after them.
 */
#ifndef CONCADVISE_TEST_FOLDER_H
#define CONCADVISE_TEST_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

static char folder[] = "/tmp/concadvise-test-XXXXXX";

static inline int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	char *command;
	int status;

	(void)state;
	if (asprintf(&command, "rm -r %s", folder) < 0)
		return -1;
	status = system(command);
	free(command);
	return status;
}

#endif
