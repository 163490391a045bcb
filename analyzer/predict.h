/*
 * predict: how long the same work would take under each concurrency model.
 *
 * Two estimates bound each model. The fast one is the least time that its resources allow
 * (asymptotic bounds: Lazowska et al., Quantitative System Performance, 1984, ch. 5):
 *
 *   sequential   C + W + J
 *   threads      max(C_gil, C / P, (C + W) / k, H, L) + J
 *   processes    max(C / P, (C + W) / k, L) + J + start of k processes
 *   event loop   max(C + W_disk, L) + J
 *   hybrid       max(C / P, W_disk / k, L) + J + start of k processes
 *
 * The slow one lets operations queue for the interpreter's lock and for the CPUs as if computing
 * and waiting mixed at random (exact mean value analysis of a closed network, k operations under
 * way; several CPUs after Seidmann et al., 1987), and a disk serve one wait at a time. The
 * prediction is their mean, the two are its range. Independence of the operations is assumed.
 *
 * C, C_gil, W, W_disk, J, H, L, n: see struct profile_work. P: usable CPUs. k: workers, the fewest
 * that come within 5 % of the model's best. What the terms do not explain of the measured time
 * stays under every model.
 */
#ifndef CONCADVISE_PREDICT_H
#define CONCADVISE_PREDICT_H

struct profile;

/* Fills p->predictions and p->tuned, from p->work and p->concurrency. Returns 0 or -ENOMEM. */
int predict_fill(struct profile *p);

#endif
