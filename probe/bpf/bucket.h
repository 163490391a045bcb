/* bucket: the scale on which both the kernel side and the analyzer count durations. See
 * histogram.h. */
#ifndef CONCADVISE_BUCKET_H
#define CONCADVISE_BUCKET_H

#define BUCKETS_PER_OCTAVE 4
#define BUCKET_FLOOR_SHIFT 10 /* bucket 0 takes everything below 1024 ns */

/* The bucket of a duration: 0 below 1.024 us, then four per octave. No upper bound is applied here.
 */
static inline unsigned int bucket_of(unsigned long long ns)
{
	unsigned long long rest = ns >> BUCKET_FLOOR_SHIFT;
	unsigned int octave = 0;

	if (rest == 0)
		return 0;
	/* A binary search for the highest bit: the BPF target of clang 14 has no
	 * count-leading-zeros. */
	if (rest >> 32) {
		octave += 32;
		rest >>= 32;
	}
	if (rest >> 16) {
		octave += 16;
		rest >>= 16;
	}
	if (rest >> 8) {
		octave += 8;
		rest >>= 8;
	}
	if (rest >> 4) {
		octave += 4;
		rest >>= 4;
	}
	if (rest >> 2) {
		octave += 2;
		rest >>= 2;
	}
	if (rest >> 1) {
		octave += 1;
	}
	/* The two bits below the highest one choose the quarter of the octave. */
	return 1 + octave * BUCKETS_PER_OCTAVE + ((ns >> (octave + BUCKET_FLOOR_SHIFT - 2)) & 3);
}

#endif
