/*
 * exchange: what event loops waited for, request by request.
 *
 * While a loop waits, all that it has under way waits; where the probe saw on each socket when it
 * was asked and when it answered, it is known how much that is. That is taken for all of it where
 * some exchange was under way for nearly all the time that the loops waited: a timer, a child or
 * a file that they wait for as well is not seen. So it is not of a loop that hardly waited for
 * anything else than for its turn to compute, and asked for little; nor of connections that carry
 * several requests at once (HTTP/2): which of them an answer is for, only the program knows. Where
 * two to four are asked within a millisecond they look like one with a long answer.
 */
#ifndef CONCADVISE_EXCHANGE_H
#define CONCADVISE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile_work;

struct measured_exchange;

/* The next exchange of the same connection goes on with the one before. */
bool exchange_goes_on(const struct measured_exchange *before, const struct measured_exchange *next);

/* Exchanges on one connection that follow from each other: to connect and ask, more of the same
 * answer. */
struct chain {
	size_t first, count; /* in rows of struct exchanges */
	double start_s;
	double ready_s, end_s; /* the last of it came; and was received */
};

struct exchanges {
	size_t *rows; /* of the measurement: those of loops, by connection, in time */
	struct chain *chains;
	size_t chains_count;
	double wait_s;         /* of all, one after the other; */
	double mixed_s;        /* of it, on connections that may have had several under way */
	size_t most;           /* chains under way at once */
	double begin_s, end_s; /* of the first and of the last */
};

/* No chains where what loops waited for is not known by them. exchanges_clear() frees it, also
 * after an error. Returns 0 or -ENOMEM. */
int exchanges_find(struct exchanges *ret, const struct meaning *x);
void exchanges_clear(struct exchanges *e);

/* What a loop's exchanges waited. */
struct awaited {
	double all_s;  /* of all, one after the other; 0: none was seen, or not all were; */
	double some_s; /* in which there was any; likewise */
	/* Of those that were seen, the share of the waiting that was on connections which may have
	 * carried several at once; 0: none was seen. */
	double mixed_share;
};

/* Fills ret for each thread, from x->loops. Returns 0 or -ENOMEM. */
int exchanges_await(const struct meaning *x, struct awaited *ret);

/* Sets w->exchanges and its like. Returns 0 or -ENOMEM. */
int exchanges_fill(struct profile_work *w, const struct meaning *x);

/* Only of loops that run to an end they are the operations. From w->model, w->service. */
void exchanges_settle(struct profile_work *w);

#endif
