/* stall_watch: samples and the longest wait of a thread, until the stretch that they are in
 * ends. */
#include "stall_watch.h"

#include "chain.h"
#include "measurement.h"
#include "stack.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_FIRST 16
#define SAMPLES_MAX 1024 /* two seconds on a CPU at the usual rate */

void stall_watch_free(struct stall_watch *w)
{
	free(w->samples);
	free(w->held);
	*w = (struct stall_watch){0};
}

/* That it looked is kept, if not to the instant. */
static void samples_thin(struct stall_watch *w)
{
	for (size_t i = 0; 2 * i < w->count; i++) {
		bool polls = 2 * i + 1 < w->count && w->samples[2 * i + 1].polls;

		w->samples[i] = w->samples[2 * i];
		w->samples[i].polls |= polls;
	}
	w->count = (w->count + 1) / 2;
	w->stride *= 2;
	w->passed = 0;
}

static bool samples_grow(struct stall_watch *w)
{
	size_t room = w->room ? 2 * w->room : SAMPLES_FIRST;
	struct stall_sample *grown = reallocarray(w->samples, room, sizeof(*grown));

	if (!grown)
		return false;
	w->samples = grown;
	w->room = room;
	return true;
}

void stall_watch_sample(
	struct stall_watch *w, const struct wire_sample *e, size_t stack, bool polls)
{
	if (w->count == 0)
		w->stride = 1;
	if (++w->passed < w->stride) {
		if (polls && w->count > 0)
			w->samples[w->count - 1].polls = true;
		return;
	}
	w->passed = 0;
	if (w->count == SAMPLES_MAX)
		samples_thin(w);
	else if (w->count == w->room && !samples_grow(w))
		return;
	w->samples[w->count++] =
		(struct stall_sample){.at_ns = e->h.at_ns, .stack = stack, .polls = polls};
}

bool stall_watch_hold(
	struct stall_watch *w, const struct measured_stall *stall, struct measured_stall *ret)
{
	bool full = w->held_count == STALLS_HELD;
	struct stall_held held = {
		.stall = *stall, /* ret may be the same */
		.longest = {.ns = stall->wait_ns, .wait = stall->wait, .stack = stall->wait_stack},
	};

	if (!w->held)
		w->held = calloc(STALLS_HELD, sizeof(*w->held));
	if (!w->held) {
		*ret = held.stall;
		return true;
	}
	if (full)
		stall_watch_release(w, ret);
	w->held[w->held_count++] = held;
	return full;
}

bool stall_watch_release(struct stall_watch *w, struct measured_stall *ret)
{
	if (w->held_count == 0)
		return false;
	*ret = w->held[0].stall;
	memmove(&w->held[0], &w->held[1], --w->held_count * sizeof(*w->held));
	return true;
}

static struct stall_held *held_find(struct stall_watch *w, uint64_t at_ns)
{
	for (size_t i = 0; i < w->held_count; i++) {
		uint64_t start_ns = (uint64_t)w->held[i].stall.start_ns;

		if (at_ns >= start_ns && at_ns < start_ns + w->held[i].stall.length_ns)
			return &w->held[i];
	}
	return NULL;
}

/* A wait is told of twice, if it was taken with its place. */
static void longest_take(struct stall_wait *longest, const struct stall_wait *w)
{
	if (longest->at_ns == w->at_ns && w->stack != MEASURED_NONE)
		longest->stack = w->stack;
	if (longest->at_ns != w->at_ns && w->ns > longest->ns)
		*longest = *w;
}

static void longest_put(const struct stall_wait *longest, struct measured_stall *ret)
{
	if (longest->ns == 0)
		return;
	ret->wait = longest->wait;
	ret->wait_stack = longest->stack;
	ret->wait_ns = longest->ns < ret->waits_ns ? longest->ns : ret->waits_ns;
}

void stall_watch_wait(
	struct stall_watch *w, uint64_t at_ns, uint64_t wait_ns, size_t wait, size_t stack)
{
	const struct stall_wait told = {at_ns, wait_ns, wait, stack};
	struct stall_held *held = held_find(w, at_ns);

	longest_take(held ? &held->longest : &w->longest, &told);
	if (held)
		longest_put(&held->longest, &held->stall);
}

/* The chain that most samples agree on. */
static void stack_choose(const struct stall_watch *w, size_t first, size_t end,
	const struct stacks *stacks, struct measured_stall *ret)
{
	struct chain *chains = calloc(end - first + 1, sizeof(*chains));
	size_t count = 0, sharing;

	for (size_t i = first; chains && stacks && i < end; i++)
		if (w->samples[i].stack != MEASURED_NONE)
			chains[count++] = stacks_chain(stacks, (uint32_t)w->samples[i].stack);
	sharing = count ? chain_heaviest(chains, count) : 0;
	if (sharing > 0) {
		ret->stack = chains[0].number;
		ret->stack_samples = (uint32_t)sharing;
	}
	free(chains);
}

struct stall_gap stall_watch_gap(
	const struct stall_watch *w, uint64_t at_ns, const struct wire_stretch *stretch)
{
	uint64_t looked_ns = at_ns - stretch->ns;
	struct stall_gap longest = {looked_ns, looked_ns, 0, 0};
	uint32_t samples = 0, polls = 0;

	for (size_t i = 0; i <= w->count; i++) {
		uint64_t next_ns = i < w->count ? w->samples[i].at_ns : at_ns;
		bool looked = i == w->count || w->samples[i].polls;

		if (next_ns < looked_ns || next_ns > at_ns)
			continue;
		samples += i < w->count ? w->stride : 0;
		if (!looked)
			continue;
		polls += i < w->count;
		if (next_ns - looked_ns > longest.end_ns - longest.start_ns)
			longest = (struct stall_gap){looked_ns, next_ns, 0, 0};
		looked_ns = next_ns;
	}
	longest.samples = samples;
	longest.polls = polls;
	return longest;
}

static void samples_sum(const struct stall_watch *w, const struct stacks *stacks,
	struct stall_gap gap, struct measured_stall *ret)
{
	size_t first = 0, end;

	while (first < w->count &&
		(w->samples[first].at_ns < gap.start_ns || w->samples[first].polls))
		first++;
	for (end = first; end < w->count && w->samples[end].at_ns <= gap.end_ns; end++)
		if (w->samples[end].polls)
			break;
	ret->samples = (uint32_t)(end - first);
	stack_choose(w, first, end, stacks, ret);
}

static void wait_sum(const struct stall_watch *w, struct stall_gap gap, struct measured_stall *ret)
{
	if (w->longest.at_ns >= gap.start_ns && w->longest.at_ns <= gap.end_ns)
		longest_put(&w->longest, ret);
}

/* Of so much in a stretch, what must have been in a part of it. */
static uint64_t part_least(uint64_t ns, uint64_t outside_ns)
{
	return ns > outside_ns ? ns - outside_ns : 0;
}

/* What was until then is settled. */
static void watch_restart(struct stall_watch *w, uint64_t at_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++)
		if (w->samples[i].at_ns > at_ns)
			w->samples[kept++] = w->samples[i];
	w->count = kept;
	w->passed = 0;
	w->longest = (struct stall_wait){0};
}

bool stall_watch_close(struct stall_watch *w, const struct stacks *stacks, uint64_t at_ns,
	const struct wire_stretch *stretch, struct measured_stall *ret)
{
	struct stall_gap gap = stall_watch_gap(w, at_ns, stretch);
	uint64_t length_ns = gap.end_ns - gap.start_ns, outside_ns = stretch->ns - length_ns;
	bool stalled = length_ns >= STALL_NS;

	if (stalled) {
		*ret = (struct measured_stall){.start_ns = (int64_t)gap.start_ns,
			.length_ns = length_ns,
			.stretch_ns = stretch->ns,
			.waits_ns = part_least(stretch->waits_ns, outside_ns),
			.run_queue_ns = part_least(stretch->run_queue_ns, outside_ns),
			.wait = MEASURED_NONE,
			.wait_stack = MEASURED_NONE,
			.stack = MEASURED_NONE};
		samples_sum(w, stacks, gap, ret);
		wait_sum(w, gap, ret);
	}
	watch_restart(w, at_ns);
	return stalled;
}
