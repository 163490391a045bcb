/*
 * collector: turns the kernel side's events into a measurement.
 */
#ifndef CONCADVISE_COLLECTOR_H
#define CONCADVISE_COLLECTOR_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collector;
struct measurement;
struct runtime_found;
struct stacks;

/* m: where to; stacks: what chains of calls are kept in, NULL: without call sites. Both are
 * borrowed. NULL when out of memory. */
struct collector *collector_new(struct measurement *m, struct stacks *stacks);
void collector_free(struct collector *c);

/* One event of the ring. Events that make no sense are counted as losses. */
void collector_take(struct collector *c, const void *event, size_t size);

/* The row of the process that had this pid last, in the measurement; MEASURED_NONE: there is none.
 */
size_t collector_process(const struct collector *c, int pid);

/* Did a measured process have this pid (in our PID namespace) at that instant, as far as is known?
 */
bool collector_knows(const struct collector *c, int pid, uint64_t at_ns);

/* Whether one of its threads, by the process's row, was met working though it had not been seen to
 * look for the events of several files for long: one that had done so before, or its first. */
bool collector_is_restless(const struct collector *c, size_t process);

/* Whom to tell of a process that has ended, by its pid, when it is known no more: another one has
 * its row. */
void collector_on_forget(
	struct collector *c, void (*forget)(void *context, int pid), void *context);

/* A process has mapped this file: some of them tell what it has ready for threads, processes and
 * loops. */
void collector_note_module(struct collector *c, int pid, const char *path);

/* A runtime was found in a file that a process has mapped. */
void collector_add_runtime(
	struct collector *c, int pid, const struct runtime_found *found, const char *file);

/* When the last thread ended, if none is left of a launched command; else when measuring stopped.
 * The tool learns of an end only when it has done what it is at. */
uint64_t collector_end_ns(const struct collector *c, uint64_t stopped_ns);

/* Turns instants into offsets from the window's start, and completes what is known only at the end.
 */
int collector_finish(struct collector *c, uint64_t window_start_ns, uint64_t window_end_ns);

#endif
