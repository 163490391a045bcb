/*
 * survey: looks at what processes hold open while they run, less and less often.
 *
 * For facts that no wait shows: on what they listen, what they watch with epoll, on which CPUs they
 * may run, how large they are at first. A process is looked at when it is a tenth of a second old,
 * then at twice the age each time: a short one costs nothing, a long one little.
 */
#ifndef CONCADVISE_SURVEY_H
#define CONCADVISE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct measurement;

struct survey {
	struct surveyed {
		int pid;           /* of who has the row: not always the same, */
		uint64_t earlier;  /* so many had it before */
		bool gone;         /* he has ended, as far as is known */
		bool connected;    /* he was seen to watch a connection */
		uint64_t since_ns; /* CLOCK_MONOTONIC */
		uint64_t due_ns;
		unsigned int looks;
		uint64_t anonymous_early_bytes, anonymous_peak_bytes; /* his own */
	} * rows; /* one for each process of the measurement */
	size_t count;
	uint64_t
		launcher_ns; /* the measurement's, when they were taken: it begins anew after one */
};

/* Takes up processes that are new in the measurement and looks at those that are due. 0 or -ENOMEM.
 */
int survey_look(struct survey *s, struct measurement *m, uint64_t now_ns);

/* Looks at all that still run, whatever their age. */
int survey_close(struct survey *s, struct measurement *m);

void survey_free(struct survey *s);

#endif
