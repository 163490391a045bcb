/* address_space: a sorted array, made anew when it changes, found in by halves. */
#include "address_space.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own default (vm.max_map_count) is 65530: more is a fault, or an attack. */
#define RANGES_MAX 65536

struct address_space *address_space_new(uint64_t since_ns)
{
	struct address_space *s = calloc(1, sizeof(*s));

	if (s)
		*s = (struct address_space){.references = 1, .since_ns = since_ns};
	return s;
}

struct address_space *address_space_copy(const struct address_space *s)
{
	struct address_space *copy = address_space_new(s->since_ns);

	if (!copy || s->count == 0)
		return copy;
	copy->ranges = reallocarray(NULL, s->count, sizeof(*s->ranges));
	if (!copy->ranges) {
		free(copy);
		return NULL;
	}
	memcpy(copy->ranges, s->ranges, s->count * sizeof(*s->ranges));
	copy->count = s->count;
	return copy;
}

void address_space_release(struct address_space *s)
{
	if (!s || --s->references > 0)
		return;
	free(s->ranges);
	free(s);
}

/* The first range that ends after an address. */
static size_t place_find(const struct address_space *s, uint64_t address)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct address_range *address_space_find(const struct address_space *s, uint64_t address)
{
	size_t at = place_find(s, address);

	return at < s->count && s->ranges[at].start <= address ? &s->ranges[at] : NULL;
}

struct pieces {
	struct address_range *ranges;
	size_t count;
};

/* Part of a range. Generated code grows piece by piece: neighbours become one. */
static void piece_add(
	struct pieces *to, const struct address_range *r, uint64_t start, uint64_t end)
{
	struct address_range *last = to->count ? &to->ranges[to->count - 1] : NULL;

	if (start >= end)
		return;
	if (last && !last->module && !r->module && last->end == start) {
		last->end = end;
		if (last->at_ns < r->at_ns)
			last->at_ns = r->at_ns;
		return;
	}
	to->ranges[to->count] = *r;
	to->ranges[to->count].start = start;
	to->ranges[to->count++].end = end;
}

/* Lays r over, or where they are later under, the ranges with which it overlaps. */
static void pieces_lay(struct pieces *to, const struct address_range *old, size_t count,
	const struct address_range *r)
{
	uint64_t done = r->start; /* r is laid up to here */

	for (size_t i = 0; i < count; i++) {
		const struct address_range *e = &old[i];

		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where none is, count is 0 */
		if (e->at_ns > r->at_ns) {
			piece_add(to, r, done, e->start);
			piece_add(to, e, e->start, e->end);
			done = e->end;
			continue;
		}
		piece_add(to, e, e->start, e->end < r->start ? e->end : r->start);
		if (e->end > r->end) {
			piece_add(to, r, done, r->end);
			piece_add(to, e, r->end, e->end);
			done = r->end;
		}
	}
	piece_add(to, r, done, r->end);
}

static bool already_there(struct address_space *s, size_t at, const struct address_range *r)
{
	struct address_range *e = at < s->count ? &s->ranges[at] : NULL;

	if (!e || e->start != r->start || e->end != r->end || e->module != r->module ||
		e->bias != r->bias)
		return false;
	if (e->at_ns < r->at_ns)
		e->at_ns = r->at_ns;
	return true;
}

int address_space_put(struct address_space *s, const struct address_range *r)
{
	size_t from = place_find(s, r->start), to = from;
	struct pieces pieces = {0};

	if (r->start >= r->end || already_there(s, from, r))
		return 0;
	/* Neighbours are taken in, to be grown together with. */
	while (to < s->count && s->ranges[to].start <= r->end)
		to++;
	if (from > 0 && s->ranges[from - 1].end == r->start)
		from--;
	/* Each old one gives at most one piece more, and r itself one. */
	pieces.ranges = reallocarray(NULL, s->count + (to - from) + 1, sizeof(*pieces.ranges));
	if (!pieces.ranges)
		return -ENOMEM;
	for (size_t i = 0; i < from; i++)
		pieces.ranges[pieces.count++] = s->ranges[i];
	pieces_lay(&pieces, to > from ? s->ranges + from : NULL, to - from, r);
	if (pieces.count + (s->count - to) > RANGES_MAX) {
		free(pieces.ranges);
		return -ENOMEM;
	}
	for (size_t i = to; i < s->count; i++)
		pieces.ranges[pieces.count++] = s->ranges[i];
	free(s->ranges);
	s->ranges = pieces.ranges;
	s->count = pieces.count;
	return 0;
}
