/*
 * census: how many system calls threads make, counted for moments at a time.
 *
 * An interpreter gives its lock up around a call that may wait. Whether threads would pass it on at
 * each of them, how long it is free tells but in part; how often, only their number does. To count
 * them all would cost every call of every process some 0.3 us (measured of a dd beside it: 0.2 to
 * 0.4): so they are counted in looks of a few milliseconds, one in each stretch of the window, at a
 * place in it that differs from one to the next, and each call stands for as many as the stretch is
 * longer than the look.
 */
#ifndef CONCADVISE_CENSUS_H
#define CONCADVISE_CENSUS_H

#include <stdint.h>

struct bpf_link;
struct bpf_program;

/* What the kernel side goes by: calls count from since to until, as `weight` each. */
struct census_count {
	unsigned long long *since_ns, *until_ns;
	unsigned int *weight;
};

struct census {
	struct census_count count;
	const struct bpf_program *program;
	struct bpf_link *link; /* NULL: it does not look now */
	long long begun_ns;    /* the first stretch; 0: it has not begun */
	long long stretch_ns, stretch_begins_ns;
	long long due_ns;      /* when to begin or to end a look */
	double place;          /* of the look in its stretch */
	uint64_t looks;
};

void census_open(
	struct census *c, const struct bpf_program *program, const struct census_count *count);

/* Begins and ends looks as they fall due. Returns when to be called next, CLOCK_MONOTONIC. */
long long census_turn(struct census *c, long long now_ns);

void census_close(struct census *c);

#endif
