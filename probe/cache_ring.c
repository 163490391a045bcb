/*
 * cache_ring: Sattolo's shuffle, and a walk.
 */
#include "cache_ring.h"

#include "own_cpu.h"

#include <stdlib.h>

struct cache_line *cache_ring_new(void)
{
	struct cache_line *lines = aligned_alloc(CACHE_LINE_BYTES, CACHE_RING_BYTES);
	unsigned short seed[3] = {0};

	for (size_t i = 0; lines && i < CACHE_RING_LINES; i++)
		lines[i].next = &lines[i];
	for (size_t i = CACHE_RING_LINES - 1; lines && i > 0; i--) {
		size_t other = (size_t)nrand48(seed) % i;
		struct cache_line *next = lines[i].next;

		lines[i].next = lines[other].next;
		lines[other].next = next;
	}
	return lines;
}

int64_t cache_ring_read_ns(const struct cache_line *ring)
{
	const struct cache_line *volatile sink;
	const struct cache_line *at = ring;
	int64_t begun = own_cpu_ns();

	do
		at = at->next;
	while (at != ring);
	sink = at;
	(void)sink;
	return own_cpu_ns() - begun;
}
