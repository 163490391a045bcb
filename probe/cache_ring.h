/*
 * cache_ring: memory that is read a line here and a line there, each only when the one before is
 * known: how long that takes tells which caches hold it.
 */
#ifndef CONCADVISE_CACHE_RING_H
#define CONCADVISE_CACHE_RING_H

#include <stdint.h>

/* As much as the second-level cache of today's server cores holds. A quarter of that tells less:
 * whether so little is still there after a lull is chance (docs/lulls.md). */
#define CACHE_RING_BYTES (2 << 20)
#define CACHE_LINE_BYTES 64
#define CACHE_RING_LINES (CACHE_RING_BYTES / CACHE_LINE_BYTES)

struct cache_line {
	struct cache_line *next;
	char rest[CACHE_LINE_BYTES - sizeof(struct cache_line *)];
};

/* One ring through all lines, in an order that no hardware foresees (Sattolo, 1986). The caller
 * frees it with free(). NULL: no memory. */
struct cache_line *cache_ring_new(void);

/* CPU time in nanoseconds of going round once. */
int64_t cache_ring_read_ns(const struct cache_line *ring);

#endif
