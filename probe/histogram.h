/*
 * histogram: durations in buckets of equal relative width.
 *
 * Four buckets per octave, from 1 us up: a value read back from a bucket's middle is at most 1/9
 * off (bucket edges are 1, 1.25, 1.5 and 1.75 times a power of two). Exact sums and maxima are kept
 * beside a histogram, never taken from it. The kernel side fills the first buckets by the same
 * bucket_of().
 */
#ifndef CONCADVISE_HISTOGRAM_H
#define CONCADVISE_HISTOGRAM_H

#include "bpf/bucket.h"

#include <stdint.h>

/* 40 octaves above 1 us reach 12 days; longer values share the last bucket. */
#define HISTOGRAM_BUCKETS (1 + 40 * BUCKETS_PER_OCTAVE)

struct histogram {
	uint32_t count[HISTOGRAM_BUCKETS];
};

/* The bucket of a duration, of those that there are. */
unsigned int histogram_bucket(uint64_t value_ns);

/* Saturates. */
uint32_t histogram_count_sum(uint32_t a, uint32_t b);

void histogram_add(struct histogram *h, unsigned int bucket, uint32_t times);
uint64_t histogram_total(const struct histogram *h);

/* Nearest-rank quantile (0 < q <= 1), in ns; the middle of the bucket that holds it. NAN when
 * empty. */
double histogram_quantile_ns(const struct histogram *h, double q);

/* Lower edge of a bucket in ns; the upper edge is the next bucket's lower one. */
uint64_t histogram_edge_ns(unsigned int bucket);

#endif
