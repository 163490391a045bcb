/*
 * cache_ring: Sattolo's shuffle, and a walk.
 */
#include "cache_ring.h"

#include "code_line.h"
#include "own_cpu.h"

#include <stdlib.h>
#include <sys/mman.h>

#define BYTES ((size_t)CACHE_RING_LINES * sizeof(struct cache_line))

_Static_assert(CACHE_RING_LINES <= CODE_LINES, "each line has code of its own");

/* In small pages, as most programs have them: where those are is fetched anew, too. */
static struct cache_line *lines_new(void)
{
	void *memory =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, BYTES, MADV_NOHUGEPAGE);
	return memory;
}

struct cache_line *cache_ring_new(void)
{
	struct cache_line *lines = lines_new();
	unsigned short seed[3] = {0};

	for (size_t i = 0; lines && i < CACHE_RING_LINES; i++)
		lines[i] = (struct cache_line){.next = &lines[i], .code = code_lines[i]};
	for (size_t i = CACHE_RING_LINES - 1; lines && i > 0; i--) {
		size_t other = (size_t)nrand48(seed) % i;
		struct cache_line *next = lines[i].next;

		lines[i].next = lines[other].next;
		lines[other].next = next;
	}
	return lines;
}

void cache_ring_free(struct cache_line *ring)
{
	if (ring)
		munmap(ring, BYTES);
}

int64_t cache_ring_read_ns(const struct cache_line *ring)
{
	const struct cache_line *at = ring;
	int64_t begun = own_cpu_ns();

	do {
		at->code();
		at = at->next;
	} while (at != ring);
	return own_cpu_ns() - begun;
}
