/*
 * disk: waits for a block device: durable writes, reads past the page cache, and page faults of a
 * mapped file that is no longer in memory.
 *
 * Usage: disk write|read|fault DIRECTORY SECONDS
 */
#define _GNU_SOURCE
#include "truth.h"

#include <sys/mman.h>

enum { BLOCK = 4096, BLOCKS = 16384 };

static int fd;
static char *block;

static void file_make(const char *directory)
{
	char name[512];

	snprintf(name, sizeof name, "%s/concadvise-disk-XXXXXX", directory);
	fd = mkstemp(name);
	fail_if(fd < 0, name);
	unlink(name);
	fail_if(posix_memalign((void **)&block, BLOCK, BLOCK) != 0, "posix_memalign");
	memset(block, 'x', BLOCK);
	for (int i = 0; i < BLOCKS; i++)
		fail_if(pwrite(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK, "pwrite");
	fail_if(fsync(fd) != 0, "fsync");
}

/* Block numbers in an order that read-ahead does not guess. */
static off_t place_next(void)
{
	static unsigned int number;

	number = number * 1103515245 + 12345;
	return (off_t)(number >> 8) % BLOCKS * BLOCK;
}

static void write_durably(void)
{
	fail_if(pwrite(fd, block, BLOCK, place_next()) != BLOCK, "pwrite");
	fail_if(fsync(fd) != 0, "fsync");
}

static void read_directly(void)
{
	fail_if(pread(fd, block, BLOCK, place_next()) != BLOCK, "pread");
}

static void fault(void)
{
	static char *map;
	static volatile char sum;
	off_t place = place_next();

	if (!map) {
		map = mmap(NULL, (size_t)BLOCKS * BLOCK, PROT_READ, MAP_SHARED, fd, 0);
		fail_if(map == MAP_FAILED, "mmap");
		madvise(map, (size_t)BLOCKS * BLOCK, MADV_RANDOM);
	}
	madvise(map + place, BLOCK, MADV_DONTNEED);
	posix_fadvise(fd, place, BLOCK, POSIX_FADV_DONTNEED);
	sum += map[place];
}

int main(int argc, char **argv)
{
	void (*work)(void) = write_durably;
	struct truth start;
	double end;

	if (argc != 4)
		return 2;
	file_make(argv[2]);
	if (strcmp(argv[1], "read") == 0) {
		work = read_directly;
		fail_if(fcntl(fd, F_SETFL, O_DIRECT) != 0, "O_DIRECT");
	} else if (strcmp(argv[1], "fault") == 0) {
		work = fault;
	}
	start = truth_now();
	end = start.wall_s + atof(argv[3]);
	while (clock_s(CLOCK_MONOTONIC) < end)
		work();
	truth_print(argv[1], start);
	return 0;
}
