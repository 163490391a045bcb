/*
 * overlap: how much of a set of waits was under way at the same time.
 */
#ifndef CONCADVISE_OVERLAP_H
#define CONCADVISE_OVERLAP_H

#include <stddef.h>

struct meaning;

struct overlap {
	double total_s;  /* of all waits, thread by thread */
	double shared_s; /* of it, while another thread's wait of the set was under way too */
	double any_s;    /* time with at least one of them under way */
	double peak;     /* most long waits at once; 0: no long ones */
	size_t threads;
};

/*
 * The measurement's waits are given in sets: set_of_wait[i] is the set of wait i, or >= sets for
 * none. Fills ret_sets[0..sets-1]. Returns 0 or -ENOMEM.
 *
 * Long waits are laid side by side as they were. Of short ones only each thread's sum is known;
 * they are taken as independent of what other threads do: a thread that spends the share f of its
 * life in such waits is met in one with probability f.
 */
int overlap_fill(
	const struct meaning *x, const size_t *set_of_wait, size_t sets, struct overlap *ret_sets);

#endif
