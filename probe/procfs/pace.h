/*
 * pace: when to look next, so that looking costs no more than a bounded part of a CPU.
 */
#ifndef CONCADVISE_PACE_H
#define CONCADVISE_PACE_H

#include <stdint.h>

/* Of the time of one CPU, what usual rounds of looks may take, and what all that is done may; in
 * thousandths. */
#define PACE_USUAL 15
#define PACE_ALL 20
/* Beyond it: what the beginning takes, when all is new. What many new threads take at once is paid
 * for as far as PACE_MOST_NS lets. */
#define PACE_CREDIT_NS 20000000ULL

#define PACE_LEAST_NS 1000000ULL /* apart: a millisecond */
#define PACE_MOST_NS 500000000ULL

struct pace {
	uint64_t usual_ns;            /* CPU time of a usual round */
	uint64_t spent_ns, passed_ns; /* CPU time of all of them, and how long they have gone on */
	uint32_t random;
};

/*
 * A round took cost_ns of CPU time; the one before it began apart_ns ago. Returns how long to wait
 * until the next one: as long as the shares ask for, and by chance up to a quarter more or less, so
 * that nothing that the program does at fixed times is in step with it.
 */
uint64_t pace_next_ns(struct pace *p, uint64_t cost_ns, uint64_t apart_ns);

/* The same as the usual round asks for, on average. */
uint64_t pace_apart_ns(const struct pace *p);

#endif
