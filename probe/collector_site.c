/*
 * collector_site: from where a thread's waits and on-CPU samples come.
 *
 * A stack arrives before what it belongs to: with a sample at once, with a wait when that has
 * ended. Until then its number is kept with the thread; of what was lost in between the oldest
 * makes room.
 */
#include "collector_state.h"

#include "measurement.h"
#include "syscall.h"

#include <stdlib.h>
#include <string.h>

/* Rows that differ in where they come from. Chains are bounded already, but not how many threads
 * and kinds of waits come from each. */
#define SITES_MAX 100000
#define SAMPLES_MAX 100000

/* In a free place, or in that of the oldest: numbers only grow. */
static void pending_add(struct thread_extra *t, uint32_t number, uint32_t chain)
{
	struct pending_stack *place = &t->pending[0];

	for (size_t i = 1; i < PENDING_STACKS; i++)
		if (t->pending[i].number < place->number)
			place = &t->pending[i];
	*place = (struct pending_stack){.number = number, .chain = chain};
}

static size_t pending_take(struct thread_extra *t, uint32_t number)
{
	for (size_t i = 0; number && i < PENDING_STACKS; i++) {
		uint32_t chain = t->pending[i].chain;

		if (t->pending[i].number != number)
			continue;
		t->pending[i].number = 0;
		return chain == STACK_NONE ? MEASURED_NONE : chain;
	}
	return MEASURED_NONE;
}

void collector_take_stack(struct collector *c, const void *event, size_t size)
{
	const struct wire_stack *e = event;
	size_t thread = collector_thread(c, &e->h);
	struct stack_process process;
	uint32_t chain;

	if (thread == MEASURED_NONE || !c->stacks)
		return;
	process.row = c->m->threads[thread].process;
	process.pid = c->m->processes[process.row].pid;
	if (stacks_take(c->stacks, &process, e, size, &chain))
		pending_add(&c->thread_extras[thread], e->stack, chain);
	else
		c->malformed++;
}

void collector_take_code(struct collector *c, const void *event, size_t size)
{
	const struct wire_code *e = event;
	size_t thread = collector_thread(c, &e->h);

	if (thread == MEASURED_NONE || !c->stacks)
		return;
	if (!stacks_take_code(
		    c->stacks, c->m->processes[c->m->threads[thread].process].pid, e, size))
		c->malformed++;
}

static uint64_t site_hash(const struct measured_site *s)
{
	uint64_t hash = table_mix(table_mix(0, s->wait), s->stack);

	hash = table_mix(hash, ((uint64_t)(s->lock_held + 2) << 1) | s->lock_wanted);
	return table_mix(hash, s->holds);
}

static struct measured_site *site_of(struct collector *c, const struct measured_site *like)
{
	uint64_t hash = site_hash(like);
	struct measured_site *s;
	size_t index;

	if (table_get(&c->sites, hash, &index))
		return &c->m->sites[index];
	if (c->m->sites_count == SITES_MAX) {
		c->sites_not_kept++;
		return NULL;
	}
	s = measurement_add_site(c->m);
	if (!s || table_set(&c->sites, hash, c->m->sites_count - 1) < 0) {
		c->out_of_memory++;
		return NULL;
	}
	*s = *like;
	return s;
}

void collector_take_site(struct collector *c, const void *event)
{
	const struct wire_site *e = event;
	size_t thread = collector_thread(c, &e->h);
	uint64_t weight = e->weight ? e->weight : 1;
	struct measured_site like = {
		.lock_held = e->lock_held, .lock_wanted = e->lock_wanted, .holds = e->holds};
	struct measured_site *s;

	if (thread == MEASURED_NONE)
		return;
	like.stack = pending_take(&c->thread_extras[thread], e->stack);
	if (like.stack == MEASURED_NONE)
		return;
	like.wait = collector_wait(c, thread, &e->key);
	s = like.wait == MEASURED_NONE ? NULL : site_of(c, &like);
	if (!s)
		return;
	s->taken++;
	s->count += weight;
	s->total_ns += weight * e->wait_ns;
	if (e->wait_ns > s->max_ns)
		s->max_ns = e->wait_ns;
	if (!e->key.loops)
		stall_watch_wait(&c->thread_extras[thread].stall, e->h.at_ns, e->wait_ns, like.wait,
			like.stack);
}

static uint64_t sample_hash(const struct measured_sample *s, int syscall)
{
	uint64_t hash = table_mix(0, s->thread);

	hash = table_mix(hash, ((uint64_t)(uint32_t)syscall << 8) | s->kernel);
	hash = table_mix(hash, ((uint64_t)(s->lock_held + 2) << 1) | s->lock_wanted);
	return table_mix(table_mix(hash, s->holds), s->stack);
}

static struct measured_sample *sample_of(
	struct collector *c, const struct measured_sample *like, int syscall)
{
	uint64_t hash = sample_hash(like, syscall);
	struct measured_sample *s;
	size_t index;

	if (table_get(&c->samples, hash, &index))
		return &c->m->samples[index];
	s = measurement_add_sample(c->m);
	if (!s || table_set(&c->samples, hash, c->m->samples_count - 1) < 0) {
		c->out_of_memory++;
		return NULL;
	}
	*s = *like;
	s->syscall = syscall_name(syscall) ? strdup(syscall_name(syscall)) : NULL;
	return s;
}

/* A sample whose stack was taken by chance stands for those since that agree in all else: their
 * counts go over to it, so that the sum stays that of the samples. */
static void sample_represent(
	struct collector *c, struct measured_sample like, int syscall, size_t row, uint64_t others)
{
	struct measured_sample *without, *with = &c->m->samples[row];
	size_t index;

	like.stack = MEASURED_NONE;
	if (!table_get(&c->samples, sample_hash(&like, syscall), &index))
		return;
	without = &c->m->samples[index];
	if (others > without->count)
		others = without->count;
	without->count -= others;
	with->count += others;
}

/* In a wait for several files, but on the CPU: it returns at once, or is about to sleep. */
static bool polls(struct collector *c, int syscall)
{
	if (syscall < 0 || syscall >= WIRE_SYSCALLS)
		return false;
	return c->args[syscall] == WIRE_ARGS_EPOLL || c->args[syscall] == WIRE_ARGS_URING;
}

void collector_take_sample(struct collector *c, const void *event)
{
	const struct wire_sample *e = event;
	size_t thread = collector_thread(c, &e->h);
	struct measured_sample like = {.thread = thread,
		.kernel = e->kernel,
		.lock_held = e->lock_held,
		.lock_wanted = e->lock_wanted,
		.holds = e->holds};
	struct measured_sample *s;

	if (thread == MEASURED_NONE)
		return;
	if (e->restless)
		c->process_extras[c->m->threads[thread].process].is_restless = true;
	like.stack = pending_take(&c->thread_extras[thread], e->stack);
	if (like.stack != MEASURED_NONE && c->m->samples_count >= SAMPLES_MAX) {
		like.stack = MEASURED_NONE;
		c->sites_not_kept++;
	}
	stall_watch_sample(&c->thread_extras[thread].stall, e, like.stack, polls(c, e->syscall));
	s = sample_of(c, &like, e->syscall);
	if (!s)
		return;
	s->count++;
	if (like.stack != MEASURED_NONE && e->weight > 1)
		sample_represent(c, like, e->syscall, (size_t)(s - c->m->samples), e->weight - 1);
}

bool collector_is_restless(const struct collector *c, size_t process)
{
	return c->process_extras[process].is_restless;
}

void collector_settle_samples(struct collector *c)
{
	struct measurement *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->samples_count; i++)
		if (m->samples[i].count > 0)
			m->samples[kept++] = m->samples[i];
		else
			free(m->samples[i].syscall);
	m->samples_count = kept;
}
