/*
 * output: writes beside, then renames.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void text_free(char **text)
{
	free(*text);
}

/*
 * A symbolic link stays one: what it leads to is replaced. The kernel follows it, not realpath():
 * it knows which links of others in /tmp are not to be followed (fs.protected_symlinks). NULL when
 * out of memory.
 */
static char *place_of(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	char link[64], *resolved = NULL;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		resolved = realpath(link, NULL);
		close(fd);
	}
	return resolved ? resolved : strdup(path);
}

static bool is_direct(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int output_check(const char *path)
{
	__attribute__((cleanup(text_free))) char *place = place_of(path);
	struct stat status;

	if (!place)
		return -ENOMEM;
	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(place, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return -EISDIR;
		if (access(place, W_OK) != 0)
			return -errno;
		if (!S_ISREG(status.st_mode))
			return 0;
	}
	return access(dirname(place), W_OK | X_OK) == 0 ? 0 : -errno;
}

static int direct_open(const char *path, struct output *ret)
{
	ret->to = fopen(path, "we");
	return ret->to ? 0 : -errno;
}

/* The new file gets the mode and owner of the one that it replaces, or those of any new file. */
static void take_mode(int fd, const char *place)
{
	struct stat status;
	mode_t mask;

	if (stat(place, &status) == 0) {
		/* Only root may give a file away; for others it is theirs already. */
		if (fchown(fd, status.st_uid, status.st_gid) == 0)
			(void)fchmod(fd, status.st_mode & 07777);
		return;
	}
	mask = umask(0);
	umask(mask);
	(void)fchmod(fd, 0666 & ~mask);
}

static int beside_open(const char *path, struct output *ret)
{
	int fd;

	ret->path = place_of(path);
	if (!ret->path || asprintf(&ret->temporary, "%s.XXXXXX", ret->path) < 0) {
		ret->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(ret->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(ret->temporary);
		ret->temporary = NULL;
		return -errno;
	}
	take_mode(fd, ret->path);
	ret->to = fdopen(fd, "w");
	if (!ret->to) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

int output_open(const char *path, FILE *otherwise, struct output *ret)
{
	int error;

	*ret = (struct output){0};
	if (!path || strcmp(path, "-") == 0) {
		ret->to = path ? stdout : otherwise;
		return 0;
	}
	error = is_direct(path) ? direct_open(path, ret) : beside_open(path, ret);
	if (error)
		output_discard(ret);
	return error;
}

static bool is_standard(const FILE *stream)
{
	return stream == stdout || stream == stderr;
}

static void output_free(struct output *o)
{
	if (o->to && !is_standard(o->to))
		fclose(o->to);
	free(o->path);
	free(o->temporary);
	*o = (struct output){0};
}

void output_discard(struct output *o)
{
	if (o->temporary)
		unlink(o->temporary);
	output_free(o);
}

/* A write that failed earlier, and went unseen, shows in the stream's error flag alone. */
static int stream_finish(FILE *to)
{
	bool failed = ferror(to);

	if (fflush(to) != 0)
		return -errno;
	return failed ? -EIO : 0;
}

int output_close(struct output *o)
{
	int error = stream_finish(o->to);

	if (!error && o->temporary && rename(o->temporary, o->path) != 0)
		error = -errno;
	if (error) {
		output_discard(o);
		return error;
	}
	output_free(o);
	return 0;
}
