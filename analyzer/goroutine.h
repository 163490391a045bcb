/*
 * goroutine: which goroutines compute. Go's scheduler has each run in whichever thread is free, and
 * collects garbage beside them: how many threads compute tells nothing of how many goroutines do,
 * but the outer end of a chain of calls tells whose it is.
 */
#ifndef CONCADVISE_GOROUTINE_H
#define CONCADVISE_GOROUTINE_H

#include <stdbool.h>

struct measurement;

/* Whether nearly all that goroutines were met computing is the one that runs main(). Samples in the
 * runtime itself do not count; fewer than ten others tell nothing. */
bool goroutine_main_alone(const struct measurement *m);

#endif
