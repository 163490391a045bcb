/* durations: grows by whole octaves, at either end. */
#include "durations.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Buckets of one octave lie side by side from bucket 1 on; bucket 0 is with the first of them. */
static unsigned int octave_start(unsigned int bucket)
{
	return bucket == 0 ? 0 : bucket - (bucket - 1) % BUCKETS_PER_OCTAVE;
}

static unsigned int octave_end(unsigned int bucket)
{
	return octave_start(bucket) + (bucket == 0 ? 1 : BUCKETS_PER_OCTAVE);
}

static int room_make(struct durations *d, unsigned int bucket)
{
	unsigned int start = octave_start(bucket), end = octave_end(bucket);
	uint32_t *count;

	if (d->buckets > 0 && d->first < start)
		start = d->first;
	if (d->buckets > 0 && (unsigned int)d->first + d->buckets > end)
		end = (unsigned int)d->first + d->buckets;
	count = calloc(end - start, sizeof(*count));
	if (!count)
		return -ENOMEM;
	if (d->buckets > 0)
		memcpy(count + (d->first - start), d->count, d->buckets * sizeof(*count));
	free(d->count);
	*d = (struct durations){
		.count = count, .first = (uint8_t)start, .buckets = (uint8_t)(end - start)};
	return 0;
}

static bool is_held(const struct durations *d, unsigned int bucket)
{
	return bucket >= d->first && bucket < (unsigned int)d->first + d->buckets;
}

int durations_add_bucket(struct durations *d, unsigned int bucket, uint32_t times)
{
	uint32_t *count;

	if (times == 0)
		return 0;
	if (!is_held(d, bucket) && room_make(d, bucket) < 0)
		return -ENOMEM;
	count = &d->count[bucket - d->first];
	*count = histogram_count_sum(*count, times);
	return 0;
}

int durations_add(struct durations *d, uint64_t value_ns, uint32_t times)
{
	return durations_add_bucket(d, histogram_bucket(value_ns), times);
}

uint32_t durations_count(const struct durations *d, unsigned int bucket)
{
	return is_held(d, bucket) ? d->count[bucket - d->first] : 0;
}

void durations_merge(struct histogram *into, const struct durations *from)
{
	for (unsigned int i = 0; i < from->buckets; i++)
		histogram_add(into, from->first + i, from->count[i]);
}

void durations_clear(struct durations *d)
{
	free(d->count);
	*d = (struct durations){0};
}
