/*
 * collector_row: the rows of threads and processes, and who takes over whose.
 *
 * From THREADS_OWN rows on, a thread that starts takes the row of an ended one of its process.
 *
 * From PROCESSES_OWN on, a process that is forked takes that of an ended child of the same parent
 * that executed nothing either. Only when it executes something is it known what kind it is: then
 * it moves on to the row of an ended child that executed the same, and who is forked next has the
 * row that it left. So a parent has as many rows as it had children at once, of each program that
 * they executed; and from PROCESSES_MOST on any that has ended will do.
 *
 * A row that all who had it left so is blank: it goes in the end.
 */
#include "collector_state.h"

#include "measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_OWN 512
#define PROCESSES_OWN 512UL
#define PROCESSES_MOST (2 * PROCESSES_OWN)
/* How many rows are looked at, at most, for any that has ended. */
#define STEPS_MOST 64

static char *text_copy(const char *from, size_t size)
{
	return strndup(from, strnlen(from, size));
}

/* Arrays beside those of the measurement, with room for one row more. */
static int extra_grow(void **array, size_t count, size_t element)
{
	void *grown;

	if (count & (count - 1)) /* room grows at every power of two */
		return 0;
	grown = reallocarray(*array, count ? 2 * count : 1, element);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	memset((char *)grown + count * element, 0, (count ? count : 1) * element);
	return 0;
}

/* Who has a row now. */
struct tenant {
	uint32_t serial;
	int tid, pid, ppid;
	size_t parent;
	uint64_t since_ns;
	const char *comm;
};

/* From the end of the one to the start of the next. */
static uint64_t gap_ns(uint64_t end_ns, uint64_t start_ns)
{
	return start_ns > end_ns ? start_ns - end_ns : 0;
}

/* first: nobody else had it. */
static int thread_resume(struct collector *c, size_t row, const struct tenant *who, bool first)
{
	struct thread_extra *extra = &c->thread_extras[row];
	struct measured_thread *t = &c->m->threads[row];

	if (table_set(&c->threads, who->serial, row) < 0)
		return -ENOMEM;
	if (extra->serial)
		table_remove(&c->threads, extra->serial);
	*extra = (struct thread_extra){
		.serial = who->serial, .next_vacant = MEASURED_NONE, .rows = extra->rows};
	t->earlier += !first;
	t->vacant_ns = first ? 0 : t->vacant_ns + gap_ns(t->end_ns, who->since_ns);
	t->start_ns = first ? (int64_t)who->since_ns : t->start_ns;
	t->end_ns = MEASURED_ALIVE;
	t->tid = who->tid;
	free(t->name);
	t->name = text_copy(who->comm, WIRE_COMM);
	c->are_shared = true;
	return 0;
}

/* What comes after its end is no more than a lookup that fails: nothing does. */
static void thread_vacate(struct collector *c, size_t row)
{
	struct process_extra *process = &c->process_extras[c->m->threads[row].process];

	c->thread_extras[row].next_vacant = process->vacant;
	process->vacant = row;
}

/* The row of the thread of a process that ended last, for one that starts now. MEASURED_NONE: there
 * are few rows yet, or none is vacant. */
static size_t thread_succeed(struct collector *c, const struct tenant *who, size_t process)
{
	size_t row = c->process_extras[process].vacant, next;

	if (c->m->threads_count < THREADS_OWN || row == MEASURED_NONE)
		return MEASURED_NONE;
	next = c->thread_extras[row].next_vacant;
	if (thread_resume(c, row, who, false) < 0)
		return MEASURED_NONE;
	c->process_extras[process].vacant = next;
	return row;
}

/* What tells which processes may have a row one after the other. */
static uint64_t kind_hash(size_t parent, const char *executable)
{
	uint64_t hash = table_mix(table_mix(0, parent), executable != NULL);

	for (; executable && *executable; executable++)
		hash = table_mix(hash, (unsigned char)*executable);
	return hash;
}

static bool kind_is(const struct collector *c, size_t row, size_t parent, const char *executable)
{
	const struct measured_process *p = &c->m->processes[row];

	if (p->parent != parent || !p->executable != !executable)
		return false;
	return !executable || strcmp(p->executable, executable) == 0;
}

static uint64_t kind_of(const struct collector *c, size_t row)
{
	return kind_hash(c->m->processes[row].parent, c->m->processes[row].executable);
}

/* Among those of its kind that are vacant, as the first to be taken. */
static void vacancy_add(struct collector *c, size_t row)
{
	struct process_extra *extra = &c->process_extras[row];
	uint64_t kind = kind_of(c, row);
	size_t older = MEASURED_NONE;

	table_get(&c->kinds, kind, &older);
	if (table_set(&c->kinds, kind, row) < 0)
		return;
	extra->is_vacant = true;
	extra->older = older;
	extra->newer = MEASURED_NONE;
	if (older != MEASURED_NONE)
		c->process_extras[older].newer = row;
}

static void vacancy_remove(struct collector *c, size_t row)
{
	struct process_extra *extra = &c->process_extras[row];

	if (extra->newer != MEASURED_NONE)
		c->process_extras[extra->newer].older = extra->older;
	else if (extra->older != MEASURED_NONE)
		table_set(&c->kinds, kind_of(c, row), extra->older); /* it is in there */
	else
		table_remove(&c->kinds, kind_of(c, row));
	if (extra->older != MEASURED_NONE)
		c->process_extras[extra->older].newer = extra->newer;
	extra->is_vacant = false;
}

/* No process descends from itself, as far up as the analyzer follows. */
static bool is_ancestor(const struct collector *c, size_t row, size_t of)
{
	for (int n = 0; n < STEPS_MOST && of != MEASURED_NONE; n++) {
		if (of == row)
			return true;
		of = c->m->processes[of].parent;
	}
	return false;
}

/* Any that is vacant, by turns, for a child of that parent. */
static size_t vacancy_any(struct collector *c, size_t parent)
{
	for (int n = 0; n < STEPS_MOST; n++) {
		size_t row = c->turn++ % c->m->processes_count;

		if (c->process_extras[row].is_vacant && !is_ancestor(c, row, parent))
			return row;
	}
	return MEASURED_NONE;
}

/* A vacant row for a child of that parent that executed this; NULL: nothing yet. It is not vacant
 * any more. MEASURED_NONE: there are few rows yet, or there is none. */
static size_t vacancy_take(struct collector *c, size_t parent, const char *executable)
{
	struct measured_process *p;
	size_t row;

	if (c->m->processes_count < PROCESSES_OWN || parent == MEASURED_NONE)
		return MEASURED_NONE;
	if (table_get(&c->kinds, kind_hash(parent, executable), &row) &&
		kind_is(c, row, parent, executable)) {
		vacancy_remove(c, row);
		return row;
	}
	row = c->m->processes_count < PROCESSES_MOST ? MEASURED_NONE : vacancy_any(c, parent);
	if (row == MEASURED_NONE)
		return MEASURED_NONE;
	vacancy_remove(c, row);
	p = &c->m->processes[row];
	p->parent = parent;
	free(p->executable);
	p->executable = executable ? strdup(executable) : NULL;
	return row;
}

/* Nothing will be asked of it any more. */
static void process_forget(struct collector *c, size_t row, int pid)
{
	if (collector_process(c, pid) != row)
		return;
	table_remove(&c->processes, pid);
	if (c->forget)
		c->forget(c->forget_context, pid);
}

/* Returns the row of its first thread. MEASURED_NONE: there is no memory. */
static size_t process_resume(struct collector *c, size_t row, const struct tenant *who)
{
	struct process_extra *extra = &c->process_extras[row];
	struct measured_process *p = &c->m->processes[row];
	bool first = !extra->owned;

	if (p->pid != who->pid)
		process_forget(c, row, p->pid);
	if (table_set(&c->processes, who->pid, row) < 0 ||
		thread_resume(c, extra->main, who, first) < 0)
		return MEASURED_NONE;
	p->earlier += !first;
	p->vacant_ns = first ? 0 : p->vacant_ns + gap_ns(extra->gone_ns, who->since_ns);
	p->start_ns = first ? (int64_t)who->since_ns : p->start_ns;
	extra->pid_before = p->pid;
	p->pid = who->pid;
	p->ppid = who->ppid;
	extra->since_ns = who->since_ns;
	extra->ended_ns = extra->gone_ns = 0;
	extra->executed = false;
	extra->alive = extra->threads = 1;
	return extra->main;
}

static size_t process_new(struct collector *c, const struct tenant *who, bool started)
{
	struct measured_process *p;

	if (extra_grow((void **)&c->process_extras, c->m->processes_count,
		    sizeof(*c->process_extras)) < 0)
		return MEASURED_NONE;
	p = measurement_add_process(c->m);
	if (!p || table_set(&c->processes, who->pid, c->m->processes_count - 1) < 0)
		return MEASURED_NONE;
	p->pid = who->pid;
	p->ppid = who->ppid;
	p->parent = who->parent;
	p->start_ns = (int64_t)who->since_ns;
	p->end_ns = MEASURED_ALIVE;
	p->started = started;
	c->process_extras[c->m->processes_count - 1] = (struct process_extra){.main = MEASURED_NONE,
		.heir = MEASURED_NONE,
		.vacant = MEASURED_NONE,
		.since_ns = who->since_ns};
	return c->m->processes_count - 1;
}

static size_t thread_new(
	struct collector *c, const struct tenant *who, size_t process, bool started)
{
	struct measured_thread *t;

	if (extra_grow((void **)&c->thread_extras, c->m->threads_count, sizeof(*c->thread_extras)) <
		0)
		return MEASURED_NONE;
	t = measurement_add_thread(c->m);
	if (!t || table_set(&c->threads, who->serial, c->m->threads_count - 1) < 0)
		return MEASURED_NONE;
	t->process = process;
	t->tid = who->tid;
	t->name = text_copy(who->comm, WIRE_COMM);
	t->start_ns = (int64_t)who->since_ns;
	t->end_ns = MEASURED_ALIVE;
	t->started = started;
	c->thread_extras[c->m->threads_count - 1] =
		(struct thread_extra){.serial = who->serial, .next_vacant = MEASURED_NONE};
	c->threads_count = c->m->threads_count;
	return c->m->threads_count - 1;
}

static void count_grow(struct row_count *n)
{
	if (++n->now > n->most)
		n->most = n->now;
}

/* One more thread of a process that it is known of. */
static void thread_count(struct collector *c, size_t process)
{
	c->process_extras[process].alive++;
	c->process_extras[process].threads++;
	count_grow(&c->living);
}

static size_t process_start(struct collector *c, const struct tenant *who, bool started)
{
	size_t process = process_new(c, who, started);

	if (process != MEASURED_NONE)
		count_grow(&c->living_processes);
	return process;
}

static size_t thread_start(
	struct collector *c, const struct tenant *who, size_t process, bool started)
{
	size_t row =
		started && who->tid != who->pid ? thread_succeed(c, who, process) : MEASURED_NONE;

	if (row == MEASURED_NONE)
		row = thread_new(c, who, process, started);
	if (row == MEASURED_NONE)
		return row;
	if (who->tid == who->pid)
		c->process_extras[process].main = row;
	thread_count(c, process);
	return row;
}

/* A child of a process that is measured. */
static size_t child_start(struct collector *c, const struct tenant *who)
{
	size_t row = vacancy_take(c, who->parent, NULL);
	size_t process = row == MEASURED_NONE ? process_start(c, who, true) : MEASURED_NONE;

	if (process != MEASURED_NONE)
		return thread_start(c, who, process, true);
	row = row == MEASURED_NONE ? MEASURED_NONE : process_resume(c, row, who);
	if (row == MEASURED_NONE)
		return row;
	count_grow(&c->living);
	count_grow(&c->living_processes);
	return row;
}

size_t collector_start(struct collector *c, const struct wire_thread_start *s)
{
	bool forked = s->tid == s->tgid && !s->found;
	struct tenant who = {.serial = s->h.thread,
		.tid = s->tid,
		.pid = s->tgid,
		.ppid = s->ppid,
		.parent = forked ? collector_process(c, s->ppid) : MEASURED_NONE,
		.since_ns = s->h.at_ns,
		.comm = s->comm};
	size_t process;

	if (forked)
		return child_start(c, &who);
	/* The iterator can meet a thread before its process's first one. */
	process = collector_process(c, s->tgid);
	if (process == MEASURED_NONE)
		process = process_start(c, &who, !s->found);
	return process == MEASURED_NONE ? process : thread_start(c, &who, process, !s->found);
}

size_t collector_launch(struct collector *c, const struct wire_thread_exec *e)
{
	const struct tenant who = {.serial = e->h.thread,
		.tid = e->tid,
		.pid = e->tgid,
		.ppid = getpid(),
		.parent = MEASURED_NONE,
		.since_ns = e->h.at_ns,
		.comm = e->comm};
	size_t process = process_start(c, &who, true);

	return process == MEASURED_NONE ? process : thread_start(c, &who, process, true);
}

/* It is the row of a measured process's child, and as a whole that of its first thread. */
static bool process_may_move(const struct collector *c, size_t row)
{
	const struct process_extra *extra = &c->process_extras[row];

	return c->m->processes_count >= PROCESSES_OWN &&
	       c->m->processes[row].parent != MEASURED_NONE && extra->main != MEASURED_NONE &&
	       extra->alive == 1 && extra->threads == 1;
}

/* As it was before, but for the time that this took. */
static void process_leave(struct collector *c, size_t row, uint64_t at_ns)
{
	struct process_extra *extra = &c->process_extras[row];
	struct measured_process *p = &c->m->processes[row];
	struct measured_thread *t = &c->m->threads[extra->main];
	struct thread_extra *thread = &c->thread_extras[extra->main];

	collector_release_stalls(c, extra->main);
	stall_watch_free(&thread->stall);
	*thread = (struct thread_extra){.next_vacant = MEASURED_NONE, .rows = thread->rows};
	t->tid = p->pid = extra->pid_before;
	t->end_ns = (int64_t)at_ns;
	t->earlier -= extra->owned;
	t->vacant_ns += gap_ns(extra->since_ns, at_ns);
	p->earlier -= extra->owned;
	p->vacant_ns += gap_ns(extra->since_ns, at_ns);
	extra->gone_ns = at_ns;
	extra->alive = extra->threads = 0;
	vacancy_add(c, row);
}

/* To the row of one that executed the same; or to one of its own, for it must not be taken for what
 * those were that had this one before. Else it stays. Returns the row of its thread. */
static size_t process_move(struct collector *c, size_t from, const struct wire_thread_exec *e)
{
	const struct measured_process *p = &c->m->processes[from];
	const struct tenant who = {.serial = e->h.thread,
		.tid = e->tid,
		.pid = e->tgid,
		.ppid = p->ppid,
		.parent = p->parent,
		.since_ns = c->process_extras[from].since_ns,
		.comm = e->comm};
	size_t stay = c->process_extras[from].main, to, thread;

	if (kind_is(c, from, who.parent, e->path))
		return stay;
	to = vacancy_take(c, who.parent, e->path);
	if (to == MEASURED_NONE && !c->process_extras[from].owned)
		return stay;
	if (to != MEASURED_NONE) {
		thread = process_resume(c, to, &who);
	} else {
		to = process_new(c, &who, true);
		thread = to == MEASURED_NONE ? to : thread_new(c, &who, to, true);
	}
	if (thread == MEASURED_NONE)
		return stay;
	c->process_extras[to].main = thread;
	c->process_extras[to].alive = c->process_extras[to].threads = 1;
	c->process_extras[from].heir = to;
	process_leave(c, from, e->h.at_ns);
	return thread;
}

size_t collector_execute(struct collector *c, size_t thread, const struct wire_thread_exec *e)
{
	size_t process = c->m->threads[thread].process;
	size_t before = c->process_extras[process].main;

	/* It takes the number of the process's first thread, which is no more. */
	c->process_extras[process].main = thread;
	if (before != thread && before != MEASURED_NONE &&
		c->m->threads[before].end_ns != MEASURED_ALIVE)
		thread_vacate(c, before);
	return process_may_move(c, process) ? process_move(c, process, e) : thread;
}

void collector_vacate(struct collector *c, size_t thread, uint64_t at_ns)
{
	size_t process = c->m->threads[thread].process;
	struct process_extra *extra = &c->process_extras[process];

	if (thread != extra->main)
		thread_vacate(c, thread);
	if (at_ns > extra->gone_ns)
		extra->gone_ns = at_ns;
	c->living.now--;
	if (--extra->alive > 0)
		return;
	c->living_processes.now--;
	extra->owned = true;
	if (extra->main != MEASURED_NONE && c->m->processes[process].parent != MEASURED_NONE)
		vacancy_add(c, process);
}

bool collector_is_blank(const struct collector *c, size_t process)
{
	const struct process_extra *extra = &c->process_extras[process];

	return !extra->owned && extra->alive == 0 && extra->heir != MEASURED_NONE;
}
