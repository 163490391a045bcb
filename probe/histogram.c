/*
 * histogram: counts durations in buckets and reads quantiles back out of them.
 *
 * A bucket's number is its place on the scale of bucket.h: 0 is below 1024 ns, then four quarters
 * of each octave. Counts saturate instead of wrapping, so that a full bucket stays the largest one.
 */
#include "histogram.h"

#include <math.h>

uint32_t histogram_count_sum(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

unsigned int histogram_bucket(uint64_t value_ns)
{
	unsigned int bucket = bucket_of(value_ns);

	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

void histogram_add(struct histogram *h, unsigned int bucket, uint32_t times)
{
	h->count[bucket] = histogram_count_sum(h->count[bucket], times);
}

uint64_t histogram_total(const struct histogram *h)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += h->count[i];
	return total;
}

uint64_t histogram_edge_ns(unsigned int bucket)
{
	if (bucket == 0)
		return 0;

	unsigned int octave = (bucket - 1) / BUCKETS_PER_OCTAVE;
	uint64_t quarters = BUCKETS_PER_OCTAVE + (bucket - 1) % BUCKETS_PER_OCTAVE;

	/* quarters / 4 * 2^(octave + floor) */
	return quarters << (octave + BUCKET_FLOOR_SHIFT - 2);
}

static double bucket_middle_ns(unsigned int bucket)
{
	return ((double)histogram_edge_ns(bucket) + (double)histogram_edge_ns(bucket + 1)) / 2;
}

double histogram_quantile_ns(const struct histogram *h, double q)
{
	uint64_t total = histogram_total(h);
	uint64_t seen = 0;

	if (total == 0 || !(q > 0 && q <= 1))
		return NAN;

	double rank = ceil(q * (double)total);

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->count[i];
		if ((double)seen >= rank)
			return bucket_middle_ns(i);
	}
	return bucket_middle_ns(HISTOGRAM_BUCKETS - 1);
}
