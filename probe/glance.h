/*
 * glance: what the measured threads did since the last look, while measuring goes on.
 *
 * It is a measurement of that interval alone: threads, their times and their waits, so that whoever
 * understands a measurement understands it. It has no samples, segments or call sites, and what is
 * measured in the end does not depend on whether anybody looked.
 */
#ifndef CONCADVISE_GLANCE_H
#define CONCADVISE_GLANCE_H

#include "bpf/wire.h"

#include <stddef.h>
#include <stdint.h>

struct collector;
struct glance;
struct measurement;

/* c is borrowed. The first interval begins at since_ns. NULL when out of memory. */
struct glance *glance_new(struct collector *c, uint64_t since_ns);
void glance_free(struct glance *g);

/*
 * Takes what the kernel side tells of its threads at now_ns, when all earlier events are collected.
 * Returns the interval since the previous look, NULL when out of memory. It is valid until the
 * collector takes the next event.
 */
const struct measurement *glance_take(
	struct glance *g, const struct wire_glance *threads, size_t count, uint64_t now_ns);

#endif
