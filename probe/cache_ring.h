/*
 * cache_ring: memory that is read a line here and a line there, each only when the one before is
 * known, and code that is called in such an order: how long that takes tells which caches hold it.
 */
#ifndef CONCADVISE_CACHE_RING_H
#define CONCADVISE_CACHE_RING_H

#include <stdint.h>

#define CACHE_LINE_BYTES 64
/* 256 KiB of data and as much code: programs go through some hundreds of KiB of either between two
 * waits, which the second-level caches of today's server cores hold with room to spare. What of
 * 2 MiB is left in caches after a lull says little of that (docs/lulls.md). */
#define CACHE_RING_LINES 4096

struct cache_line {
	struct cache_line *next;
	void (*code)(void);
	char rest[CACHE_LINE_BYTES - sizeof(struct cache_line *) - sizeof(void (*)(void))];
};

/* One ring through all lines, in an order that no hardware foresees (Sattolo, 1986). The caller
 * frees it with cache_ring_free(). NULL: no memory. */
struct cache_line *cache_ring_new(void);
void cache_ring_free(struct cache_line *ring); /* or NULL */

/* CPU time in nanoseconds of going round once. */
int64_t cache_ring_read_ns(const struct cache_line *ring);

#endif
