/*
 * pressure: how long the target waited for CPUs that other programs had.
 */
#ifndef CONCADVISE_PRESSURE_H
#define CONCADVISE_PRESSURE_H

struct meaning;
struct profile;

/*
 * Seconds in which a CPU was another guest's of the same machine, and seconds of run-queue time,
 * over all threads, that the target's own threads did not cause: they can only keep each other
 * waiting while they fill all CPUs; a quota is no other program; a wake-up takes its time.
 */
double pressure_s(const struct profile *p, const struct meaning *x);

/*
 * Seconds, over all threads, for which one was queued behind another of the target, or was being
 * woken, though the target did not fill its CPUs: threads that wake each other are often put on one
 * CPU. 0 also where that is not seen (run_queue_own_ns).
 */
double pressure_own_s(const struct profile *p, const struct meaning *x);

/*
 * Of a thread that is the only one: how long it waited for a CPU, for each second that it computed,
 * in the longest stretch of computing. It cannot keep itself waiting, and there it wakes nobody:
 * around its waits it is often put on the CPU of whom it has woken or was woken by, and waits for
 * him as before, if in another queue. NAN: there are several threads.
 */
double pressure_alone(const struct meaning *x);

#endif
