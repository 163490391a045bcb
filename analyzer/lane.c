/*
 * lane: merges a thread's long waits with the sums of its short ones.
 */
#include "lane.h"

#include "concurrency.h"
#include "margin.h"
#include "meaning.h"
#include "pressure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What a wait does in a lane. */
enum part {
	PART_WORK,       /* it is one of its waits */
	PART_HANDED,     /* it takes no time, and ends an operation: the next one is handed over */
	PART_CONTENTION, /* it would not be there without the others */
};

static enum part wait_part(const struct meaning *x, size_t wait)
{
	if (x->purposes[wait] != PURPOSE_WORK)
		return PART_HANDED;
	if (x->states[wait] == STATE_POLL)
		return x->one_by_one[x->m->threads[x->m->waits[wait].thread].process] ? PART_WORK
										      : PART_HANDED;
	return concurrency_overlaps(x->states[wait]) ? PART_WORK : PART_CONTENTION;
}

struct remainder *lane_remainders(const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct remainder *all = calloc(m->waits_count + 1, sizeof(*all));

	for (size_t i = 0; all && i < m->waits_count; i++)
		all[i] = (struct remainder){
			.count = (double)m->waits[i].count,
			.continued = (double)m->waits[i].continued,
			.total_s = (double)m->waits[i].total_ns / 1e9,
		};
	for (size_t i = 0; all && i < m->segments_count; i++) {
		const struct measured_segment *s = &m->segments[i];
		struct remainder *r = &all[s->wait];

		r->count = fmax(0, r->count - 1);
		r->continued = fmax(0, r->continued - s->continued);
		r->total_s = fmax(0, r->total_s - (double)s->wait_ns / 1e9);
	}
	return all;
}

/* A thread's short waits, all kinds together. */
struct bag {
	double all;           /* how many, with those that are no items of their own */
	double count;         /* how many that are items */
	double work_s;        /* the time of those that are work */
	double cpu_s;         /* the computing between them */
	bool incidental;      /* those that are work are no items: they lengthen the long ones */
	double placed;        /* of all, how many are known to lie before some long wait; */
	double unexplained_s; /* and the time in which the others were */
};

/* Which of the short waits in a gap are for a new answer. */
struct beginnings {
	bool known; /* of this thread */
	double each, passed, put;
};

struct filling {
	struct lane *lane;
	const struct meaning *x;
	const struct remainder *remainders;
	size_t thread;
	double pressure; /* see pressure_alone() */
	struct bag bag;
	double bundle; /* short waits that one item stands for */
	double each_s; /* computing for each short wait where nothing else is in the gap */
	/* Where the bag's items come from next. */
	size_t row;
	double row_taken, taken;
	struct beginnings beginnings;
};

static bool row_is_item(const struct filling *f, size_t wait)
{
	enum part part = wait_part(f->x, wait);

	return part == PART_HANDED || (part == PART_WORK && !f->bag.incidental);
}

static void bag_sum(struct filling *f)
{
	const struct meaning *x = f->x;
	size_t first = x->first_wait[f->thread], end = x->first_wait[f->thread + 1];
	double long_s = 0;

	for (size_t i = first; i < end; i++) {
		const struct remainder *r = &f->remainders[x->waits[i]];

		if (wait_part(x, x->waits[i]) != PART_WORK)
			continue;
		f->bag.work_s += r->total_s;
		long_s += (double)x->m->waits[x->waits[i]].total_ns / 1e9 - r->total_s;
	}
	f->bag.incidental = f->bag.work_s < MARGIN * long_s;
	for (size_t i = first; i < end; i++) {
		double count = f->remainders[x->waits[i]].count;

		f->bag.all += count;
		f->bag.count += row_is_item(f, x->waits[i]) ? count : 0;
	}
}

/* Of the computing in a gap with so many short waits, what belongs to them rather than to the long
 * wait that ends it. */
static double gap_share(const struct bag *b, double waits)
{
	double mine = b->all > 0 ? waits * b->count / b->all : 0;

	return mine / (mine + 1);
}

/* What a gap between two long waits computes for the bag's waits in it, at most so much for each.
 */
static double gap_bag_s(const struct bag *b, double cpu_s, double waits, double most_each_s)
{
	if (waits <= 0)
		return 0;
	return fmin(cpu_s * gap_share(b, waits), most_each_s * waits);
}

/* Computing for each of the bag's waits, in the gaps between the first long wait and the last one:
 * before and after them a program also begins and ends. INFINITY: there are no such gaps. */
static double inner_each_s(const struct filling *f)
{
	const struct meaning *x = f->x;
	double cpu_s = 0, waits = 0;

	for (size_t i = x->first_segment[f->thread] + 1; i < x->first_segment[f->thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		cpu_s += (double)s->cpu_before_ns / 1e9 * gap_share(&f->bag, s->waits_before);
		waits += s->waits_before;
	}
	return waits > 0 ? cpu_s / waits : INFINITY;
}

static void bag_compute(struct filling *f)
{
	const struct meaning *x = f->x;
	double cpu_s = (double)x->m->threads[f->thread].cpu_ns / 1e9, waits = f->bag.all;
	size_t first = x->first_segment[f->thread], end = x->first_segment[f->thread + 1];

	f->each_s = inner_each_s(f);
	for (size_t i = first; i < end; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		double gap_s = (double)s->cpu_before_ns / 1e9;

		f->bag.cpu_s += gap_bag_s(
			&f->bag, gap_s, s->waits_before, i == first ? f->each_s : INFINITY);
		cpu_s -= gap_s;
		waits -= s->waits_before;
	}
	f->bag.cpu_s += gap_bag_s(&f->bag, fmax(0, cpu_s), fmax(0, waits), f->each_s);
}

/*
 * Where in a thread's time its short waits lie: so many before a long wait as were recorded with
 * it, and the others (behind the last one, or beside long waits that were not kept) in the time
 * that nothing recorded explains.
 */
struct place {
	int64_t at_ns;
	double placed, unexplained_s;
};

static void place_advance(struct place *p, const struct measured_segment *s)
{
	int64_t explained_ns =
		(int64_t)(s->cpu_before_ns + s->run_queue_before_ns + s->waits_before_ns);

	p->placed += s->waits_before;
	p->unexplained_s += fmax(0, (double)(s->start_ns - p->at_ns - explained_ns) / 1e9);
	p->at_ns = s->start_ns + (int64_t)(s->wait_ns + s->run_queue_ns);
}

static struct place place_first(const struct filling *f)
{
	return (struct place){.at_ns = f->x->m->threads[f->thread].start_ns};
}

static void bag_place(struct filling *f)
{
	const struct meaning *x = f->x;
	const struct measured_thread *t = &x->m->threads[f->thread];
	int64_t end_ns = t->end_ns == MEASURED_ALIVE ? (int64_t)x->m->wall_ns : t->end_ns;
	size_t first = x->first_segment[f->thread], end = x->first_segment[f->thread + 1];
	int64_t computed_ns = (int64_t)t->cpu_ns;
	struct place p = place_first(f);

	for (size_t i = first; i < end; i++) {
		place_advance(&p, &x->m->segments[x->segments[i]]);
		computed_ns -= (int64_t)x->m->segments[x->segments[i]].cpu_before_ns;
	}
	f->bag.placed = fmin(p.placed, f->bag.all);
	f->bag.unexplained_s =
		p.unexplained_s + fmax(0, (double)(end_ns - p.at_ns - computed_ns) / 1e9);
}

/* How many of the bag's items come before there. */
static double bag_due(const struct bag *b, const struct place *p)
{
	double elsewhere = b->all - b->placed, waits = fmin(p->placed, b->placed);

	if (b->unexplained_s > 0)
		waits += elsewhere * p->unexplained_s / b->unexplained_s;
	return b->all > 0 ? floor(b->count * waits / b->all) : 0;
}

static bool beginnings_are_known(const struct meaning *x, size_t thread)
{
	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++)
		if (x->m->segments[x->segments[i]].begun_before > 0)
			return true;
	return false;
}

/* So many of the bag's waits are put before that long one. */
static void gap_enter(struct filling *f, const struct measured_segment *s, double count)
{
	f->beginnings.each = count > 0.5 ? fmin(1, s->begun_before / count) : 0;
	f->beginnings.passed = f->beginnings.put = 0;
}

/* The next so many of a row's. Where it is not known which begin, the first ones do. */
static bool row_continues(struct filling *f, const struct remainder *r, double count)
{
	struct beginnings *b = &f->beginnings;
	bool begins = b->each > 0 && floor(b->passed * b->each) >= b->put;

	if (!b->known || r->continued <= 0)
		return f->row_taken >= r->count - r->continued;
	b->passed += count;
	b->put += begins;
	return !begins;
}

/* Something new was asked for in the gap, and none of its waits was put that would show it. */
static bool gap_hides_beginning(const struct filling *f, const struct measured_segment *s)
{
	return s->begun_before > 0 && f->beginnings.put < 1;
}

static void lane_put(struct lane *l, struct item i)
{
	l->items[l->count++] = i;
}

/* The next so many of the bag's waits, one row after the other. */
static void bag_put(struct filling *f, double count)
{
	const struct meaning *x = f->x;

	while (count > 0.5 && f->row < x->first_wait[f->thread + 1]) {
		size_t wait = x->waits[f->row];
		const struct remainder *r = &f->remainders[wait];
		double here = fmin(fmin(count, f->bundle), r->count - f->row_taken);
		enum part part = wait_part(x, wait);

		if (!row_is_item(f, wait) || here < 0.5) {
			f->row++;
			f->row_taken = 0;
			continue;
		}
		lane_put(f->lane,
			(struct item){
				.cpu_s = f->bag.cpu_s / f->bag.count * here,
				.wait_s = part == PART_WORK ? r->total_s / r->count * here : 0,
				.wait = wait,
				.continued = row_continues(f, r, here),
				.handed = part == PART_HANDED,
			});
		f->row_taken += here;
		f->taken += here;
		count -= here;
	}
}

/* Waiting for a CPU that goes with a wait: see pressure_alone(). */
static double queued_s(const struct filling *f, const struct measured_segment *s)
{
	double pressed_ns = (double)s->cpu_before_ns * f->pressure;

	return isnan(f->pressure) ? 0
				  : (fmax(0, (double)s->run_queue_before_ns - pressed_ns) +
					    (double)s->run_queue_ns) /
					    1e9;
}

static struct item segment_item(
	const struct filling *f, const struct measured_segment *s, double most_each_s)
{
	enum part part = wait_part(f->x, s->wait);
	double cpu_s = (double)s->cpu_before_ns / 1e9;

	return (struct item){
		.cpu_s = cpu_s - gap_bag_s(&f->bag, cpu_s, s->waits_before, most_each_s),
		.wait_s = part == PART_WORK ? (double)s->wait_ns / 1e9 + queued_s(f, s) : 0,
		.wait = s->wait,
		.faults = s->faults_before,
		.recorded = true,
		.continued = s->continued,
		.handed = part == PART_HANDED,
		.start_s = (double)s->start_ns / 1e9,
		.end_s = (double)(s->start_ns + (int64_t)(s->wait_ns + s->run_queue_ns)) / 1e9,
	};
}

/* What the thread computed besides. */
static void end_put(struct filling *f)
{
	const struct measured_thread *t = &f->x->m->threads[f->thread];
	double cpu_s = (double)t->cpu_ns / 1e9;
	uint64_t faults = 0;

	for (size_t i = 0; i < f->lane->count; i++) {
		cpu_s -= f->lane->items[i].cpu_s;
		faults += f->lane->items[i].faults;
	}
	lane_put(f->lane, (struct item){
				  .cpu_s = fmax(0, cpu_s),
				  .faults = t->faults > faults ? t->faults - faults : 0,
				  .wait = MEASURED_NONE,
			  });
}

static void items_put(struct filling *f)
{
	const struct meaning *x = f->x;
	size_t first = x->first_segment[f->thread], end = x->first_segment[f->thread + 1];
	struct place place = place_first(f);
	double carried_s = 0;

	for (size_t i = first; i < end; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		struct item item = segment_item(f, s, i == first ? f->each_s : INFINITY);
		double count;

		place_advance(&place, s);
		count = bag_due(&f->bag, &place) - f->taken;
		gap_enter(f, s, count);
		bag_put(f, count);
		item.continued &= !gap_hides_beginning(f, s);
		item.cpu_s += carried_s;
		carried_s = 0;
		if (wait_part(x, s->wait) == PART_CONTENTION)
			carried_s = item.cpu_s; /* as if it had gone on computing */
		else
			lane_put(f->lane, item);
	}
	bag_put(f, f->bag.count - f->taken);
	end_put(f);
}

/* Short waits that are few lengthen the long ones. */
static void incidental_spread(struct filling *f)
{
	double long_s = 0;

	for (size_t i = 0; i < f->lane->count; i++)
		long_s += f->lane->items[i].wait_s;
	for (size_t i = 0; i < f->lane->count && long_s > 0; i++)
		f->lane->items[i].wait_s *= 1 + f->bag.work_s / long_s;
}

int lane_fill(struct lane *ret, const struct meaning *x, const struct remainder *remainders,
	size_t thread, size_t most)
{
	struct filling f = {
		.lane = ret,
		.x = x,
		.remainders = remainders,
		.thread = thread,
		.pressure = pressure_alone(x),
		.row = x->first_wait[thread],
		.beginnings.known = beginnings_are_known(x, thread),
	};
	size_t rows = x->first_wait[thread + 1] - x->first_wait[thread];
	size_t segments = x->first_segment[thread + 1] - x->first_segment[thread];

	bag_sum(&f);
	bag_compute(&f);
	bag_place(&f);
	f.bundle = most > 0 ? fmax(1, ceil(f.bag.count / (double)most)) : 1;
	/* Rows and gaps each cut one bundle short at most. */
	*ret = (struct lane){
		.items = calloc((size_t)(f.bag.count / f.bundle) + rows + 2 * segments + 2,
			sizeof(*ret->items)),
	};
	if (!ret->items)
		return -ENOMEM;
	items_put(&f);
	if (f.bag.incidental)
		incidental_spread(&f);
	return 0;
}

void lane_clear(struct lane *l)
{
	free(l->items);
	*l = (struct lane){0};
}
