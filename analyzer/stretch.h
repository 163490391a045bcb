/*
 * stretch: the time on an event loop between two of its waits: the lag of all that it has to do.
 */
#ifndef CONCADVISE_STRETCH_H
#define CONCADVISE_STRETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meaning;
struct measurement;
struct profile;
struct profile_loop;

/*
 * Whether a stretch counts as one iteration, gap_ns being its longest part without a known look for
 * events: it does if it looked at its edges alone. A loop that has computed for long finds events
 * at once when it looks again, and goes to sleep a little later.
 */
bool stretch_is_one_round(uint64_t gap_ns, uint64_t stretch_ns);

/* Whether all looks for events that returned at once were seen, on a thread from when to when. */
bool stretch_is_watched(
	const struct measurement *m, size_t thread, int64_t start_ns, int64_t end_ns);

/* Fills the iterations, the lags and the longest computing of a loop, of which it is known whether
 * it is saturated; what is not known stays. */
void stretch_fill(
	struct profile_loop *loop, const struct profile *p, const struct meaning *x, size_t thread);

#endif
