/*
 * predict: how long the same work would take under each concurrency model.
 *
 * The measured operations are replayed (simulation.h) under each model, at more and more workers,
 * until the model's best; the row names the fewest workers that come within 5 % of it. The range
 * comes from drawing the operations anew (bootstrap: Efron, 1979) and from taking what could not be
 * seen hopefully and carefully (forecast.c). What the replay does not explain of the measured time
 * stays under every model. What limits a row is what, taken away, would shorten it most.
 * Independence of the operations is assumed.
 *
 * A service's requests of the window are replayed as if they all stood in a queue: how much sooner
 * it is worked off than they came is the capacity.
 */
#ifndef CONCADVISE_PREDICT_H
#define CONCADVISE_PREDICT_H

struct profile;
struct workload;

/* Fills p->predictions, p->scaling and p->tuned. Returns 0 or -ENOMEM. */
int predict_fill(struct profile *p, const struct workload *w);

#endif
