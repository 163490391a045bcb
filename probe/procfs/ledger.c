/*
 * ledger: the time between two looks is divided in one place, interval_divide().
 */
#include "ledger.h"

#include <string.h>

/* A wait is short if it is no longer than so many times the time between two looks: such a one can
 * have passed between them unseen. */
#define SHORT_APARTS 4

/* What lies between two looks. */
struct interval {
	bool ends;       /* the wait of the look before ended */
	bool begins;     /* a new one began that the look met */
	uint64_t unseen; /* waits that began and ended */
	uint64_t cpu_ns, delay_ns;
	uint64_t tail_ns, head_ns, unseen_ns; /* blocked: in the one that ended, in the one that
						 began, in the others */
};

static void event_tell(
	const struct ledger *l, struct wire_header *h, uint32_t type, uint64_t at_ns, size_t size)
{
	*h = (struct wire_header){.type = type, .thread = l->serial, .at_ns = at_ns};
	l->tell(l->context, h, size);
}

static void sums_tell(
	const struct ledger *l, const struct wire_wait_key *key, const struct wire_sums *sums)
{
	struct wire_wait w = {.key = *key, .sums = *sums};

	event_tell(l, &w.h, WIRE_WAIT, l->last.at_ns, sizeof(w));
}

/* What was done since the previous wait for several files. 0: there was none. */
static uint64_t stretch_close(struct ledger *l)
{
	struct wire_loop *loop = &l->loop;
	uint64_t stretch;
	unsigned int bucket;

	loop->polls++;
	if (!l->polled_ns || l->wait_start_ns < l->polled_ns)
		return 0;
	stretch = l->wait_start_ns - l->polled_ns;
	bucket = bucket_of(stretch);
	loop->stretches++;
	loop->stretch_ns += stretch;
	if (stretch > loop->stretch_max_ns)
		loop->stretch_max_ns = stretch;
	if (bucket < WIRE_SHORT_BUCKETS)
		loop->short_count[bucket]++;
	return stretch;
}

static void segment_tell(struct ledger *l, uint64_t delay_ns, uint64_t stretch_ns)
{
	struct wire_segment s = {
		.key = l->pending,
		.wait_ns = l->wait_ns,
		.run_queue_ns = delay_ns,
		.cpu_before_ns = l->cpu_before_ns,
		.run_queue_before_ns = l->run_queue_before_ns,
		.waits_before_ns = l->waits_before_ns,
		.waits_before = l->waits_before,
		.stretch = {stretch_ns, l->stretch_waits_ns, l->stretch_run_queue_ns},
		.faults_before = (uint32_t)(l->last.faults - l->faults_sent),
	};

	event_tell(l, &s.h, WIRE_SEGMENT, l->wait_start_ns, sizeof(s));
	l->cpu_before_ns = l->run_queue_before_ns = l->waits_before_ns = 0;
	l->waits_before = 0;
	l->faults_sent = l->last.faults;
}

/* Waits that no look met, as of this kind. Of a loop, each came round once. */
static void unseen_tell(
	struct ledger *l, const struct wire_wait_key *key, const struct ledger_unseen *u)
{
	struct wire_sums sums = {.count = u->count, .total_ns = u->wait_ns};

	if (u->count == 0)
		return;
	sums_tell(l, key, &sums);
	l->waits_before += (uint32_t)u->count;
	l->waits_before_ns += u->wait_ns;
	if (!key->loops) {
		l->stretch_waits_ns += u->wait_ns;
		return;
	}
	l->loop.polls += u->count;
	l->loop.stretches += u->count;
	l->loop.stretch_ns += u->run_ns;
	if (l->polled_ns)
		l->polled_ns += u->wait_ns + u->run_ns;
}

/* Until a short wait is met, nobody knows what they were. */
static void unseen_take(struct ledger *l, const struct ledger_unseen *u)
{
	if (l->brief.met) {
		unseen_tell(l, &l->brief.key, u);
		return;
	}
	l->unknown.count += u->count;
	l->unknown.wait_ns += u->wait_ns;
	l->unknown.run_ns += u->run_ns;
	l->waits_before += (uint32_t)u->count;
	l->waits_before_ns += u->wait_ns;
	l->stretch_waits_ns += u->wait_ns;
}

/* A short wait was met: it stands for those like it. */
static void brief_note(struct ledger *l)
{
	struct ledger_short *b = &l->brief;

	if (l->wait_ns > SHORT_APARTS * l->apart_ns)
		return;
	b->met = true;
	b->key = l->pending;
	b->looks_ns += l->looks_ns;
	b->count++;
}

/* The pending wait is over, and then the thread waited delay_ns for a CPU. */
static void wait_close(struct ledger *l, uint64_t delay_ns, bool open)
{
	struct wire_sums sums = {.count = 1,
		.open = open || l->open,
		.total_ns = l->wait_ns,
		.max_ns = l->wait_ns,
		.owner_of_max = l->pending.owner};
	unsigned int bucket = bucket_of(l->wait_ns);
	uint64_t stretch_ns;

	if (!sums.open)
		brief_note(l);
	stretch_ns = l->pending.loops ? stretch_close(l) : 0;
	if (bucket < WIRE_SHORT_BUCKETS)
		sums.short_count[bucket] = 1;
	sums_tell(l, &l->pending, &sums);
	if (l->wait_ns >= WIRE_SEGMENT_NS || stretch_ns >= WIRE_SEGMENT_NS) {
		segment_tell(l, delay_ns, stretch_ns);
	} else {
		l->waits_before++;
		l->waits_before_ns += l->wait_ns;
		l->run_queue_before_ns += delay_ns;
	}
	if (l->pending.loops) {
		l->polled_ns = l->wait_start_ns + l->wait_ns;
		l->stretch_waits_ns = l->stretch_run_queue_ns = 0;
	} else {
		l->stretch_waits_ns += l->wait_ns;
	}
	l->stretch_run_queue_ns += delay_ns;
	l->open = false;
	l->blocked = false;
}

/* How much of the blocked time unseen waits took: as much as so many short ones usually do. */
static uint64_t unseen_share_ns(struct ledger *l, const struct interval *i, uint64_t blocked_ns)
{
	uint64_t usual_ns;

	l->brief.count += i->unseen;
	if (i->unseen == 0 || !(i->ends || i->begins))
		return i->unseen ? blocked_ns : 0;
	usual_ns = l->brief.looks_ns / l->brief.count * i->unseen;
	return usual_ns < blocked_ns ? usual_ns : blocked_ns;
}

/* The rest is that of the waits that looks met, half each if there are two. */
static void blocked_divide(struct ledger *l, struct interval *i, uint64_t blocked_ns)
{
	uint64_t met_ns;

	i->unseen_ns = unseen_share_ns(l, i, blocked_ns);
	met_ns = blocked_ns - i->unseen_ns;
	i->tail_ns = !i->ends ? 0 : i->begins ? met_ns / 2 : met_ns;
	i->head_ns = met_ns - i->tail_ns;
}

/* What the kernel counts as waiting for a CPU when it is over may have begun before the account. */
static void delay_fit(const struct ledger *l, struct interval *i, uint64_t elapsed_ns)
{
	uint64_t most_ns = elapsed_ns + (l->blocked ? l->wait_ns : 0) +
			   (l->carried_ns > 0 ? (uint64_t)l->carried_ns : 0);

	if (i->delay_ns > most_ns)
		i->delay_ns = most_ns;
}

/*
 * Divides the time of which the kernel says that the thread neither ran nor waited for a CPU.
 * Returns whether there was any wait at all that began or ended.
 */
static bool interval_divide(struct ledger *l, struct interval *i, uint64_t elapsed_ns)
{
	int64_t blocked_ns =
		(int64_t)elapsed_ns - (int64_t)i->cpu_ns - (int64_t)i->delay_ns + l->carried_ns;
	bool waited = i->ends || i->begins || i->unseen > 0;

	l->carried_ns = 0;
	/* The looks before cannot tell a thread that is ready again from one that is blocked. */
	if (blocked_ns < 0 && l->blocked) {
		uint64_t more =
			(uint64_t)-blocked_ns < l->wait_ns ? (uint64_t)-blocked_ns : l->wait_ns;

		l->wait_ns -= more;
		blocked_ns += (int64_t)more;
	}
	if (blocked_ns < 0 || !waited) {
		l->carried_ns = blocked_ns;
		return waited;
	}
	/* What it is behind by from before is no wait of now: of a thread that runs the kernel has
	 * yet to count it; of one that is blocked, a hypervisor took it. */
	if (blocked_ns > (int64_t)elapsed_ns) {
		if (i->begins)
			l->stolen_ns += (uint64_t)(blocked_ns - (int64_t)elapsed_ns);
		else
			l->carried_ns = blocked_ns - (int64_t)elapsed_ns;
		blocked_ns = (int64_t)elapsed_ns;
	}
	blocked_divide(l, i, (uint64_t)blocked_ns);
	return true;
}

static void interval_settle(struct ledger *l, struct interval *i)
{
	uint64_t ended = i->ends + i->unseen, each_ns = ended ? i->delay_ns / ended : 0;

	l->run_queue_ns += i->delay_ns;
	if (i->ends) {
		l->wait_ns += i->tail_ns;
		wait_close(l, each_ns, false);
		i->delay_ns -= each_ns;
	}
	l->cpu_before_ns += i->cpu_ns;
	l->run_queue_before_ns += i->delay_ns;
	l->stretch_run_queue_ns += i->delay_ns;
	if (i->unseen > 0) {
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): waits do not come to 2^64 */
		uint64_t cpu_ns = i->cpu_ns * i->unseen / (i->unseen + 1);

		unseen_take(l, &(struct ledger_unseen){i->unseen, i->unseen_ns, cpu_ns});
	}
}

static bool wait_is_same(const struct ledger *l, const struct ledger_look *look)
{
	return l->blocked && look->blocked && look->count.voluntary == l->last.voluntary &&
	       look->key.hash == l->pending.hash;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static struct interval interval_make(const struct ledger *l, const struct ledger_look *look)
{
	uint64_t began = grown(look->count.voluntary, l->last.voluntary);
	bool same = wait_is_same(l, look);
	struct interval i = {
		.ends = l->blocked && !same,
		.begins = look->blocked && !same,
		.cpu_ns = grown(look->count.cpu_ns, l->last.cpu_ns),
		.delay_ns = grown(look->count.delay_ns, l->last.delay_ns),
	};

	i.unseen = grown(began, i.begins);
	return i;
}

static void wait_begin(struct ledger *l, const struct ledger_look *look, uint64_t head_ns)
{
	l->blocked = true;
	l->pending = look->key;
	l->wait_start_ns = look->count.at_ns - head_ns;
	l->wait_ns = head_ns;
	l->looks_ns = l->apart_ns;
}

void ledger_open(struct ledger *l, uint32_t serial, const struct ledger_look *look,
	ledger_tell tell, void *context)
{
	*l = (struct ledger){
		.tell = tell,
		.context = context,
		.serial = serial,
		.start_ns = look->count.at_ns,
		.first = look->count,
		.last = look->count,
		.faults_sent = look->count.faults,
		.open = look->blocked,
	};
	if (look->blocked)
		wait_begin(l, look, 0);
}

void ledger_pass(struct ledger *l, uint64_t at_ns)
{
	if (at_ns <= l->last.at_ns || !l->blocked)
		return;
	l->wait_ns += at_ns - l->last.at_ns;
	l->looks_ns += at_ns - l->last.at_ns;
	l->last.at_ns = at_ns;
}

void ledger_take(struct ledger *l, const struct ledger_look *look, uint64_t apart_ns)
{
	uint64_t elapsed_ns = grown(look->count.at_ns, l->last.at_ns);
	struct interval i = interval_make(l, look);
	bool waited;

	l->apart_ns = apart_ns > elapsed_ns ? apart_ns : elapsed_ns;
	delay_fit(l, &i, elapsed_ns);
	waited = interval_divide(l, &i, elapsed_ns);
	interval_settle(l, &i);
	if (!waited && l->blocked) { /* still in the same wait */
		l->wait_ns += l->carried_ns > 0 ? (uint64_t)l->carried_ns : 0;
		l->carried_ns = 0;
	}
	if (i.begins)
		wait_begin(l, look, i.head_ns);
	l->last = look->count;
}

uint64_t ledger_cpu_ns(const struct ledger *l)
{
	return l->last.cpu_ns - l->first.cpu_ns;
}

static void end_tell(const struct ledger *l, bool alive, const char *comm)
{
	struct wire_thread_end e = {
		.start_ns = l->start_ns,
		.cpu_ns = ledger_cpu_ns(l),
		.run_queue_ns = l->run_queue_ns,
		.stolen_ns = l->stolen_ns,
		.user_ticks_ns = l->last.user_ticks_ns - l->first.user_ticks_ns,
		.kernel_ticks_ns = l->last.kernel_ticks_ns - l->first.kernel_ticks_ns,
		.voluntary = l->last.voluntary - l->first.voluntary,
		.involuntary = l->last.involuntary - l->first.involuntary,
		.faults = l->last.faults - l->first.faults,
		.alive = alive,
	};

	strncpy(e.comm, comm, sizeof(e.comm) - 1);
	event_tell(l, &e.h, WIRE_THREAD_END, l->last.at_ns, sizeof(e));
}

static void loop_tell(const struct ledger *l)
{
	struct wire_loop loop = l->loop;

	if (loop.polls > 0)
		event_tell(l, &loop.h, WIRE_LOOP, l->last.at_ns, sizeof(loop));
}

/* At the end: as of the kind that its process was met in; else as unknown. */
static void unknown_tell(const struct ledger *l, const struct ledger_short *family)
{
	static const struct wire_wait_key unseen = {
		.syscall = WIRE_UNSEEN_SYSCALL, .run_state = 1, .hash = 1};
	const struct wire_sums sums = {.count = l->unknown.count, .total_ns = l->unknown.wait_ns};

	if (l->unknown.count > 0)
		sums_tell(l, family->met ? &family->key : &unseen, &sums);
}

void ledger_close(struct ledger *l, const struct ledger_count *count, bool alive, const char *comm,
	const struct ledger_short *family)
{
	const struct ledger_look end = {
		.count = *count, .blocked = l->blocked && alive, .key = l->pending};

	ledger_take(l, &end, l->apart_ns);
	if (l->blocked)
		wait_close(l, 0, true);
	unknown_tell(l, family);
	if (l->carried_ns > 0)
		l->stolen_ns += (uint64_t)l->carried_ns;
	else
		l->run_queue_ns = grown(l->run_queue_ns, (uint64_t)-l->carried_ns);
	loop_tell(l);
	end_tell(l, alive, comm);
}
