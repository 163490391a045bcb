/*
 * repository: looked for once a report; files are looked up, never read.
 */
#include "repository.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void text_free(char **text)
{
	free(*text);
}

static char *folder_of_ci(void)
{
	static const char *const names[] = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *folder = getenv(names[i]);
		struct stat status;

		if (folder && stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
			return realpath(folder, NULL);
	}
	return NULL;
}

/* A file of that name marks a work tree, as a folder marks a clone. */
static bool has_git(const char *folder)
{
	__attribute__((cleanup(text_free))) char *path = NULL;

	if (asprintf(&path, "%s/.git", folder) < 0) {
		path = NULL;
		return false;
	}
	return access(path, F_OK) == 0;
}

char *repository_root(void)
{
	char *folder = folder_of_ci();

	if (folder)
		return folder;
	folder = realpath(".", NULL);
	while (folder && !has_git(folder)) {
		char *slash = strrchr(folder, '/');

		if (!slash || folder[1] == '\0') {
			free(folder);
			return NULL;
		}
		slash[slash == folder ? 1 : 0] = '\0';
	}
	return folder;
}

/* The file itself, wherever links lead. */
static char *file_find(const char *root, const char *file)
{
	__attribute__((cleanup(text_free))) char *below = NULL;
	char *found = realpath(file, NULL);

	if (found || *file == '/')
		return found;
	if (asprintf(&below, "%s/%s", root, file) < 0) {
		below = NULL;
		return NULL;
	}
	return realpath(below, NULL);
}

char *repository_path(const char *root, const char *file)
{
	__attribute__((cleanup(text_free))) char *found =
		root && file ? file_find(root, file) : NULL;
	size_t length = root ? strlen(root) : 0;

	/* The root may be "/" itself. */
	if (!found || strncmp(found, root, length) != 0)
		return NULL;
	if (length > 1 && found[length] != '/')
		return NULL;
	return strdup(found + length + (length > 1));
}
