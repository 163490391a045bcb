/*
 * durations: a histogram of which nothing is kept but the octaves from the shortest to the longest
 * duration met. Nearly all of some ten thousand waits last about as long as each other: a whole
 * struct histogram of each would be most of the tool's memory.
 */
#ifndef CONCADVISE_DURATIONS_H
#define CONCADVISE_DURATIONS_H

#include "histogram.h"

#include <stdint.h>

/* All zero: nothing was met. */
struct durations {
	uint32_t *count; /* owned; of the buckets from `first` on */
	uint8_t first, buckets;
};

/* Both return 0, or -ENOMEM and nothing is added. */
int durations_add(struct durations *d, uint64_t value_ns, uint32_t times);
int durations_add_bucket(struct durations *d, unsigned int bucket, uint32_t times);

uint32_t durations_count(const struct durations *d, unsigned int bucket);

/* Adds all of them to a histogram. */
void durations_merge(struct histogram *into, const struct durations *from);

void durations_clear(struct durations *d);

#endif
