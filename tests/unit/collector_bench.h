/*
 * collector_bench: events as the kernel side would send them, for the tests of what a collector
 * makes of them.
 */
#ifndef CONCADVISE_TEST_COLLECTOR_BENCH_H
#define CONCADVISE_TEST_COLLECTOR_BENCH_H

#include "probe/collector.h"
#include "probe/measurement.h"
#include "probe/module.h"
#include "probe/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPENED 1000000000ULL
#define SECOND 1000000000ULL
#define SYS_READ 0
#define SYS_FUTEX 202
#define SYS_EPOLL_WAIT 232
#define MS 1000000ULL

struct bench {
	struct modules *modules;
	struct stacks *stacks;
	struct collector *c;
	struct measurement *m;
};

static inline int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->m = measurement_new();
	b->m->segment_floor_ns = WIRE_SEGMENT_NS;
	b->modules = modules_new();
	b->stacks = stacks_new(b->modules);
	b->c = collector_new(b->m, b->stacks);
	*state = b;
	return 0;
}

static inline int bench_close(void **state)
{
	struct bench *b = *state;

	collector_free(b->c);
	stacks_free(b->stacks);
	modules_free(b->modules);
	measurement_free(b->m);
	free(b);
	return 0;
}

#define HEAD(kind, serial, at)                                    \
	{                                                         \
		.type = (kind), .thread = (serial), .at_ns = (at) \
	}
#define TAKE(b, event) collector_take((b)->c, &(event), sizeof(event))

static inline void start(struct bench *b, unsigned int serial, int tgid, int tid, int ppid)
{
	struct wire_thread_start s = {.h = HEAD(WIRE_THREAD_START, serial, OPENED),
		.tid = tid,
		.tgid = tgid,
		.ppid = ppid,
		.found = 1,
		.comm = "worker"};

	TAKE(b, s);
}

static inline void waits(struct bench *b, unsigned int serial, struct wire_wait_key key,
	unsigned long count, unsigned long total_ns)
{
	struct wire_wait w = {.h = HEAD(WIRE_WAIT, serial, OPENED),
		.key = key,
		.sums = {.count = count, .total_ns = total_ns, .max_ns = total_ns / count}};

	TAKE(b, w);
}

static inline void segment(
	struct bench *b, unsigned int serial, unsigned long at_ns, unsigned long wait_ns)
{
	struct wire_segment s = {.h = HEAD(WIRE_SEGMENT, serial, at_ns),
		.wait_ns = wait_ns,
		.key = {.syscall = SYS_READ, .run_state = 1}};

	TAKE(b, s);
}

/* The stack of a thread that is at some place in its program, which its number stands for. */
static inline void stack(struct bench *b, unsigned int serial, unsigned int number, uint64_t place)
{
	struct {
		struct wire_stack s;
		struct wire_python_frame frame;
	} e = {.s = {.h = HEAD(WIRE_STACK, serial, OPENED), .stack = number, .frames_count = 1},
		.frame = {.code = place, .outermost = 1}};

	TAKE(b, e);
}

static inline void site(struct bench *b, unsigned int serial, unsigned int number,
	struct wire_wait_key key, uint64_t at_ns, uint64_t wait_ns, unsigned int weight)
{
	struct wire_site e = {.h = HEAD(WIRE_SITE, serial, at_ns),
		.key = key,
		.wait_ns = wait_ns,
		.stack = number,
		.weight = weight,
		.lock_held = -1};

	TAKE(b, e);
}

static inline void sample(struct bench *b, unsigned int serial, unsigned int number, uint64_t at_ns,
	unsigned int weight, int syscall)
{
	struct wire_sample e = {.h = HEAD(WIRE_SAMPLE, serial, at_ns),
		.syscall = syscall,
		.lock_held = -1,
		.stack = number,
		.weight = weight};

	TAKE(b, e);
}

static const struct wire_wait_key reading = {.syscall = SYS_READ, .run_state = 1};
static const struct wire_wait_key polling = {.syscall = SYS_EPOLL_WAIT, .run_state = 1, .loops = 1};

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

#endif
