/* chain: both lists are walked outwards; the interpreter's C function is where they meet. */
#include "chain.h"

struct merge {
	const struct chain_input *in;
	struct chain_frame *to;
	size_t count;
	size_t python; /* the next one to be placed */
};

static void native_place(struct merge *m, size_t index)
{
	m->to[m->count++] = (struct chain_frame){.index = index};
}

/* What one entry into the C function ran: up to the frame that it was entered with. */
static void entry_place(struct merge *m)
{
	bool last = false;

	while (!last && m->python < m->in->pythons_count) {
		last = m->in->outermost[m->python];
		m->to[m->count++] = (struct chain_frame){.python = true, .index = m->python++};
	}
}

static void pythons_place(struct merge *m)
{
	while (m->python < m->in->pythons_count)
		entry_place(m);
}

static size_t natives_with(const struct chain_input *in, enum chain_role role, size_t *ret_last)
{
	size_t count = 0;

	*ret_last = in->natives_count;
	for (size_t i = 0; i < in->natives_count; i++)
		if (in->natives[i] == role) {
			count++;
			*ret_last = i;
		}
	return count;
}

static size_t entries_count(const struct chain_input *in)
{
	size_t count = 0;

	for (size_t i = 0; i < in->pythons_count; i++)
		count += in->outermost[i];
	return count;
}

/*
 * A thread can be seen in the C function before it has its Python frame. Where both lists are whole
 * they end together, so that what there is too much of is innermost.
 */
static size_t entries_without_frame(const struct chain_input *in, size_t evals)
{
	size_t entries = entries_count(in);

	return !in->natives_cut && !in->pythons_cut && evals > entries ? evals - entries : 0;
}

/*
 * The C function is not there: the chain was cut before it came there, so that what Python code is
 * left is further out; or it cannot be told, then what Python code called into lies inside of the
 * interpreter's own frames, and the Python frames go between the two.
 */
static size_t merge_unmarked(struct merge *m)
{
	const struct chain_input *in = m->in;
	size_t i = 0;

	while (i < in->natives_count && (in->natives_cut || in->natives[i] != CHAIN_RUNTIME))
		native_place(m, i++);
	pythons_place(m);
	while (i < in->natives_count)
		native_place(m, i++);
	return m->count;
}

size_t chain_merge(const struct chain_input *in, struct chain_frame *ret)
{
	struct merge m = {.in = in, .to = ret};
	size_t last, evals = natives_with(in, CHAIN_EVAL, &last);
	size_t without = entries_without_frame(in, evals);

	if (evals == 0)
		return merge_unmarked(&m);
	for (size_t i = 0; i < in->natives_count; i++) {
		bool enters = in->natives[i] == CHAIN_EVAL;

		if (!enters || without > 0 || m.python == in->pythons_count)
			native_place(&m, i);
		else if (i == last && !in->natives_cut)
			pythons_place(&m); /* an entry was not told as one: none is further out */
		else
			entry_place(&m);
		without -= enters && without > 0;
	}
	pythons_place(&m);
	return m.count;
}

#define NO_FRAME UINT64_MAX

/* The frame so far from the outer end; NO_FRAME: the chain is not that long. */
static uint64_t frame_from_outside(const struct chain *c, size_t depth)
{
	return depth < c->count ? c->frames[c->count - 1 - depth] : NO_FRAME;
}

/* Boyer and Moore's vote: if more than half agree on a frame, it is this one. */
static uint64_t frame_elect(const struct chain *chains, size_t count, size_t depth)
{
	uint64_t elected = NO_FRAME;
	size_t votes = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t frame = frame_from_outside(&chains[i], depth);

		if (votes == 0)
			elected = frame;
		if (frame == elected)
			votes++;
		else
			votes--;
	}
	return elected;
}

static size_t frame_gather(struct chain *chains, size_t count, size_t depth, uint64_t frame)
{
	size_t front = 0;

	for (size_t i = 0; i < count; i++) {
		const struct chain c = chains[i];

		if (frame_from_outside(&c, depth) != frame)
			continue;
		chains[i] = chains[front];
		chains[front++] = c;
	}
	return front;
}

size_t chain_heaviest(struct chain *chains, size_t count)
{
	size_t sharing = count;

	for (size_t depth = 0; sharing > 0; depth++) {
		uint64_t frame = frame_elect(chains, sharing, depth);
		size_t gathered = frame_gather(chains, sharing, depth, frame);

		if (2 * gathered <= count || frame == NO_FRAME)
			break;
		sharing = gathered;
	}
	return sharing;
}
