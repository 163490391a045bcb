/*
 * descent: of which child of the program each process is part.
 *
 * What a child starts in turn is part of it: a compiler's driver, with the compiler proper. A
 * script that only starts the program which starts the children is no part of it.
 */
#ifndef CONCADVISE_DESCENT_H
#define CONCADVISE_DESCENT_H

#include <stddef.h>

struct meaning;

/* Of each process. */
struct descent {
	size_t *line; /* the one of its line that the program started; MEASURED_NONE: it is the
			 program itself, or one of it that starts others (a pool's worker) */
	size_t *head; /* the program's child whom it descends from; MEASURED_NONE: it is that itself
		       */
};

/* busy_s: of each process. Returns 0 or -ENOMEM; then nothing is to be cleared. */
int descent_find(struct descent *ret, const struct meaning *x, const double *busy_s);
void descent_clear(struct descent *d);

/* Of each line, what all its processes did; of others nothing. each_s: what each process did. */
void descent_sum(const struct descent *d, size_t processes, double *each_s);

#endif
