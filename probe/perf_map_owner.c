/*
 * perf_map_owner: what is remembered of a process while it lives, and by which its map is known
 * afterwards.
 */
#include "perf_map_owner.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A map of before the process began is a dead one's, whose pid it was. Clocks are compared whose
 * steps are up to 10 ms; a file's time may be cut to its second. */
#define OLDER_SECONDS 1

/* From /proc/PID/status: effective uid, and the pid in the innermost namespace. */
static void identity_read(struct perf_map_owner *o)
{
	char path[64], line[256], *last;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", o->pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		sscanf(line, "Uid: %*u %u", &o->uid);
		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		last = strrchr(line, '\t');
		o->inner_pid = last ? atoi(last) : 0;
	}
	if (status)
		fclose(status);
}

/* Field 22 of /proc/PID/stat, ticks from boot to the start of the process, as wall clock. */
static double start_read(int pid)
{
	char path[64], text[1024], *after_name;
	struct timespec now, up;
	unsigned long long ticks = 0;
	FILE *stat;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, stat);
	fclose(stat);
	text[length] = '\0';
	after_name = strrchr(text, ')'); /* the name may contain anything */
	if (!after_name ||
		sscanf(after_name + 1,
			"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			"%*s %llu",
			&ticks) != 1)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (now.tv_sec - up.tv_sec) + (now.tv_nsec - up.tv_nsec) / 1e9 +
	       (double)ticks / sysconf(_SC_CLK_TCK);
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Below a directory, out of which no link leads. Not via glibc 2.36, which does not know it. */
static int open_below(int folder, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

/* Held open only where it differs: the mounts of a container that ends meanwhile go away, but for
 * what is open. */
static int folder_open(int pid)
{
	char root[64], mounts[64];
	int fd, folder;

	snprintf(root, sizeof(root), "/proc/%d/root", pid);
	snprintf(mounts, sizeof(mounts), "/proc/%d/ns/mnt", pid);
	if (same_file(root, "/") && same_file(mounts, "/proc/self/ns/mnt"))
		return -1;
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	folder = open_below(fd, "tmp", O_PATH | O_DIRECTORY);
	close(fd);
	return folder;
}

void perf_map_owner_note(struct perf_map_owner *o, int pid)
{
	*o = (struct perf_map_owner){.pid = pid};
	o->folder = folder_open(pid);
	o->began = start_read(pid);
	identity_read(o);
}

void perf_map_owner_free(struct perf_map_owner *o)
{
	if (o->folder >= 0)
		close(o->folder);
}

/* Anybody may write to /tmp: a file that is neither the process's own nor root's is not believed,
 * nor one that a dead process left under this pid, nor one that has another name too: a stranger
 * can link to a file that he cannot read. */
static bool file_is_its_own(const struct perf_map_owner *o, int fd, off_t *ret_size)
{
	struct stat s;

	if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode) || s.st_nlink != 1 ||
		(s.st_uid != o->uid && s.st_uid != 0) ||
		s.st_mtim.tv_sec + OLDER_SECONDS < o->began)
		return false;
	*ret_size = s.st_size;
	return true;
}

static int map_open(const struct perf_map_owner *o, int folder, int pid, off_t *ret_size)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "perf-%d.map", pid);
	fd = open_below(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || file_is_its_own(o, fd, ret_size))
		return fd;
	close(fd);
	return -1;
}

int perf_map_owner_open(const struct perf_map_owner *o, off_t *ret_size)
{
	int fd = -1, ours;

	if (!o->inner_pid)
		return -1;
	if (o->folder >= 0)
		fd = map_open(o, o->folder, o->inner_pid, ret_size);
	if (fd >= 0)
		return fd;
	ours = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ours < 0)
		return -1;
	fd = map_open(o, ours, o->pid, ret_size);
	close(ours);
	return fd;
}
