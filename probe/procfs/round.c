/*
 * round: one look at every thread.
 *
 * A process whose clock has not moved has not run at all, and its threads are passed over: ten
 * thousand idle ones cost no more than one.
 */
#include "procfs_state.h"

#include "blocked.h"

#include "probe/measurement.h"
#include "probe/target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL

static uint64_t ticks_ns(uint64_t ticks)
{
	return ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct ledger_count count_of(const struct task_look *look)
{
	return (struct ledger_count){
		.at_ns = look->at_ns,
		.cpu_ns = look->sched.cpu_ns,
		.delay_ns = look->sched.delay_ns,
		.voluntary = look->status.voluntary,
		.involuntary = look->status.involuntary,
		.user_ticks_ns = ticks_ns(look->stat.user_ticks),
		.kernel_ticks_ns = ticks_ns(look->stat.kernel_ticks),
		.faults = look->stat.faults,
	};
}

static void household_note(
	struct household *h, const struct inhabitant *i, const struct task_look *look)
{
	if (look->status.rss_peak_bytes > h->rss_peak_bytes)
		h->rss_peak_bytes = look->status.rss_peak_bytes;
	if (i->task.tid != h->pid)
		return;
	h->children_ticks = look->stat.children_ticks;
}

static void denial_note(struct procfs *p, struct inhabitant *i, const struct task_look *look)
{
	p->denied += look->call_denied && !i->denied;
	i->denied |= look->call_denied;
}

bool sight_take(struct procfs *p, struct household *h, struct inhabitant *i, struct sight *ret)
{
	struct task_look look;

	*ret = (struct sight){0};
	if (!task_read(&i->task, i->ledger.blocked, i->arrivals, &look))
		return false;
	ret->look.count.at_ns = look.at_ns;
	ret->same = look.same;
	if (look.same)
		return true;
	ret->look = (struct ledger_look){.count = count_of(&look), .blocked = !look.call.running};
	household_note(h, i, &look);
	denial_note(p, i, &look);
	i->arrivals = look.sched.arrivals;
	memcpy(i->comm, look.stat.comm, sizeof(i->comm));
	if (!ret->look.blocked)
		return true;
	blocked_read(p->blocked, &i->task, &look, &i->key, h->compat, &ret->blocked);
	i->key = ret->look.key = ret->blocked.key;
	return true;
}

void sight_tell(struct procfs *p, const struct inhabitant *i, struct sight *s)
{
	struct wire_file *file = &s->blocked.file;

	if (!s->blocked.has_file)
		return;
	file->h = (struct wire_header){
		.type = WIRE_FILE, .thread = i->ledger.serial, .at_ns = s->look.count.at_ns};
	procfs_tell(p, file, sizeof(*file));
}

/* One look at one thread. Returns whether it runs, or is ready to. */
static bool inhabitant_look(struct procfs *p, struct household *h, struct inhabitant *i)
{
	struct sight s;

	if (!sight_take(p, h, i, &s)) {
		i->gone = true;
		return false;
	}
	if (s.same) {
		ledger_pass(&i->ledger, s.look.count.at_ns);
		return false;
	}
	sight_tell(p, i, &s);
	ledger_take(&i->ledger, &s.look, pace_apart_ns(&p->pace));
	if (p->follow)
		census_children(p, h, i);
	return !s.look.blocked;
}

/* Of a thread that is gone, the time from the last look to its end. It ended somewhere since then,
 * unless now_ns is exactly when: then cpu_ns is exact too, and may be more than went by, for what
 * was counted by ticks until then lags. */
static void inhabitant_settle(
	struct household *h, struct inhabitant *i, uint64_t cpu_ns, uint64_t now_ns, bool exact)
{
	struct ledger_count end = i->ledger.last;
	uint64_t slice_ns = now_ns > end.at_ns ? now_ns - end.at_ns : 0;

	if (!exact && cpu_ns > slice_ns)
		cpu_ns = slice_ns;
	end.at_ns = exact ? now_ns : end.at_ns + cpu_ns + (slice_ns - cpu_ns) / 2;
	end.cpu_ns += cpu_ns;
	ledger_close(&i->ledger, &end, false, i->comm, &h->brief);
}

/* What the process's clock has more than its threads was taken by those that ended since. */
static void gone_settle(struct household *h, uint64_t now_ns)
{
	uint64_t all_ns = h->clock_ns - h->clock_first_ns;
	uint64_t known_ns = household_living_ns(h) + h->dead_ns, missing_ns;
	size_t gone = 0;

	for (size_t n = 0; n < h->threads_count; n++) {
		gone += h->threads[n]->gone;
		known_ns += h->threads[n]->gone ? ledger_cpu_ns(&h->threads[n]->ledger) : 0;
	}
	if (gone == 0)
		return;
	household_learn(h);
	missing_ns = all_ns > known_ns ? all_ns - known_ns : 0;
	for (size_t n = 0; n < h->threads_count; n++) {
		struct inhabitant *i = h->threads[n];

		if (!i->gone)
			continue;
		inhabitant_settle(h, i, missing_ns / gone, now_ns, false);
		h->dead_ns += ledger_cpu_ns(&i->ledger);
	}
	household_sweep(h);
}

void round_tell_end(struct procfs *p, struct household *h, uint64_t at_ns)
{
	struct wire_process_end e = {
		.h = {.type = WIRE_PROCESS_END, .thread = h->serial, .at_ns = at_ns},
		.rss_peak_pages = h->rss_peak_bytes / (uint64_t)sysconf(_SC_PAGESIZE),
	};

	if (h->serial == 0) /* nobody was met in it */
		return;
	running_settle(&h->together, h->dead_ns + household_living_ns(h), at_ns - h->born_ns);
	memcpy(e.running_ns, h->together.ns, sizeof(e.running_ns));
	procfs_tell(p, &e, sizeof(e));
}

static uint64_t cpu_since_start_ns(const struct household *h)
{
	return h->clock_first_ns + h->dead_ns + household_living_ns(h);
}

void round_settle(struct procfs *p, struct household *h, uint64_t end_ns, uint64_t cpu_ns)
{
	uint64_t known_ns = cpu_since_start_ns(h);
	bool exact = cpu_ns > 0;

	household_learn(h);
	for (size_t n = 0; n < h->threads_count; n++) {
		struct inhabitant *i = h->threads[n];
		/* Of one that ran at the last look, it is most likely that it went on. */
		uint64_t more_ns = i->ledger.blocked ? 0 : (end_ns - i->ledger.last.at_ns) / 2;

		if (exact)
			more_ns = cpu_ns > known_ns ? (cpu_ns - known_ns) / h->threads_count : 0;
		inhabitant_settle(h, i, more_ns, end_ns, exact);
		h->dead_ns += ledger_cpu_ns(&i->ledger);
		i->gone = true;
	}
	household_sweep(h);
	round_tell_end(p, h, end_ns);
	p->gone_ns += cpu_since_start_ns(h);
}

/* A process that ran meanwhile, thread by thread. */
static void household_look(struct procfs *p, struct household *h, uint64_t now_ns)
{
	size_t running = 0;

	/* Threads that come meanwhile are looked at when they are taken in. */
	for (size_t n = 0; n < h->threads_count; n++)
		running += inhabitant_look(p, h, h->threads[n]);
	gone_settle(h, now_ns);
	census_threads(p, h);
	census_scan(p, h, now_ns);
	h->running = running;
}

static void household_pass(struct household *h)
{
	for (size_t n = 0; n < h->threads_count; n++)
		ledger_pass(&h->threads[n]->ledger, h->looked_ns);
}

/* Returns how many of its threads run. */
static size_t household_visit(struct procfs *p, struct household *h)
{
	uint64_t now_ns = procfs_clock_ns(), clock_ns;

	if (!household_clock(h->pid, &clock_ns) || household_count(h->pid) == 0) {
		h->running = 0;
		h->gone = true;
		return 0;
	}
	if (clock_ns != h->clock_ns || h->running > 0) {
		household_pass(h);
		h->clock_ns = clock_ns;
		household_look(p, h, now_ns);
	}
	running_count(&h->together, h->running, (size_t)p->measurement->host.cpus_allowed,
		now_ns - h->looked_ns);
	h->looked_ns = now_ns;
	return h->running;
}

/* The target's own child is settled at the end, when the kernel has told all that it took. */
static bool is_ours(const struct procfs *p, const struct household *h)
{
	size_t count;

	return target_is_launched(p->target) && h->pid == target_pids(p->target, &count)[0];
}

static void parent_credit(struct procfs *p, const struct household *h)
{
	for (size_t n = 0; n < p->households_count; n++)
		if (p->households[n]->pid == h->ppid)
			p->households[n]->children_ns += cpu_since_start_ns(h);
}

static void gone_sweep(struct procfs *p, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t n = 0; n < p->households_count; n++) {
		struct household *h = p->households[n];

		if (!h->gone || is_ours(p, h)) {
			p->households[kept++] = h;
			continue;
		}
		round_settle(p, h, now_ns, 0);
		parent_credit(p, h);
		household_free(h);
	}
	p->households_count = kept;
}

void round_look(struct procfs *p)
{
	uint64_t now_ns = procfs_clock_ns();
	size_t running = 0;

	for (size_t n = 0; n < p->households_count; n++)
		if (!p->households[n]->gone)
			running += household_visit(p, p->households[n]);
	gone_sweep(p, now_ns);
	running_count(&p->together, running, (size_t)p->measurement->host.cpus_allowed,
		now_ns - p->looked_ns);
	p->new_ns = p->looked_ns = now_ns;
	p->rounds++;
}
