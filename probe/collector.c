/*
 * collector: one function per kind of event, in a table.
 *
 * A thread has a row. From THREADS_OWN rows on, one that starts takes the row of an ended one of
 * its process: so there are no more than that many, and as many as there are threads at once.
 *
 * Until collector_finish() instants are those of the monotonic clock; then they are made relative.
 */
#include "collector_state.h"

#include "measurement.h"
#include "syscall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_OWN 4096

struct collector *collector_new(struct measurement *m, struct stacks *stacks)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->m = m;
	c->stacks = stacks;
	syscall_args_fill(c->args);
	files_init(&c->files);
	return c;
}

/* What was kept of rows beside them. */
static void rows_forget(struct collector *c)
{
	for (size_t i = 0; i < c->threads_count; i++)
		stall_watch_free(&c->thread_extras[i].stall);
	c->threads_count = 0;
	table_free(&c->threads);
	table_free(&c->processes);
	table_free(&c->waits);
	table_free(&c->samples);
	table_free(&c->sites);
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	rows_forget(c);
	files_free(&c->files);
	free(c->thread_extras);
	free(c->process_extras);
	free(c);
}

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

static size_t process_add(struct collector *c, int pid, int ppid, uint64_t at_ns, bool started)
{
	struct measured_process *p;

	if (extra_grow((void **)&c->process_extras, c->m->processes_count,
		    sizeof(*c->process_extras)) < 0)
		return MEASURED_NONE;
	p = measurement_add_process(c->m);
	if (!p || table_set(&c->processes, pid, c->m->processes_count - 1) < 0)
		return MEASURED_NONE;
	p->pid = pid;
	p->ppid = ppid;
	p->start_ns = at_ns;
	p->end_ns = MEASURED_ALIVE;
	p->started = started;
	c->process_extras[c->m->processes_count - 1] =
		(struct process_extra){.vacant = MEASURED_NONE};
	return c->m->processes_count - 1;
}

size_t collector_process(const struct collector *c, int pid)
{
	size_t index;

	return table_get(&c->processes, pid, &index) ? index : MEASURED_NONE;
}

static size_t thread_add(struct collector *c, uint32_t serial, size_t process, int tid)
{
	struct measured_thread *t;

	if (extra_grow((void **)&c->thread_extras, c->m->threads_count, sizeof(*c->thread_extras)) <
		0)
		return MEASURED_NONE;
	t = measurement_add_thread(c->m);
	if (!t || table_set(&c->threads, serial, c->m->threads_count - 1) < 0)
		return MEASURED_NONE;
	t->process = process;
	t->tid = tid;
	t->end_ns = MEASURED_ALIVE;
	c->thread_extras[c->m->threads_count - 1] =
		(struct thread_extra){.serial = serial, .next_vacant = MEASURED_NONE};
	c->threads_count = c->m->threads_count;
	return c->m->threads_count - 1;
}

/* What comes after its end is no more than a lookup that fails: nothing does. */
static void thread_vacate(struct collector *c, size_t row)
{
	struct measured_thread *t = &c->m->threads[row];
	struct process_extra *process = &c->process_extras[t->process];

	if (t->tid == c->m->processes[t->process].pid)
		return; /* a process has one main thread */
	c->thread_extras[row].next_vacant = process->vacant;
	process->vacant = row;
}

/* The row of the thread of a process that ended last, for one that starts now. MEASURED_NONE: there
 * are few rows yet, or none is vacant. */
static size_t thread_succeed(struct collector *c, const struct wire_thread_start *s, size_t process)
{
	size_t row = c->process_extras[process].vacant;
	struct thread_extra *extra;
	struct measured_thread *t;

	if (c->m->threads_count < THREADS_OWN || s->found || s->tid == s->tgid ||
		row == MEASURED_NONE || table_set(&c->threads, s->h.thread, row) < 0)
		return MEASURED_NONE;
	t = &c->m->threads[row];
	extra = &c->thread_extras[row];
	table_remove(&c->threads, extra->serial);
	c->process_extras[process].vacant = extra->next_vacant;
	*extra = (struct thread_extra){.serial = s->h.thread,
		.next_vacant = MEASURED_NONE,
		.futex_rows = extra->futex_rows};
	t->earlier++;
	t->vacant_ns += s->h.at_ns > (uint64_t)t->end_ns ? s->h.at_ns - (uint64_t)t->end_ns : 0;
	t->end_ns = MEASURED_ALIVE;
	t->tid = s->tid;
	free(t->name);
	t->name = text_copy(s->comm, sizeof(s->comm));
	return row;
}

size_t collector_thread(struct collector *c, const struct wire_header *h)
{
	size_t index;

	if (table_get(&c->threads, h->thread, &index))
		return index;
	c->orphaned += h->thread >= c->opened_serial; /* its start was lost */
	return MEASURED_NONE;
}

static void take_start(struct collector *c, const void *event)
{
	const struct wire_thread_start *s = event;
	size_t process = s->tid == s->tgid ? MEASURED_NONE : collector_process(c, s->tgid);
	struct measured_thread *t;
	size_t index;

	/* The iterator can meet a thread before its process's first one. */
	if (process == MEASURED_NONE && s->found)
		process = collector_process(c, s->tgid);
	if (process == MEASURED_NONE)
		process = process_add(c, s->tgid, s->ppid, s->h.at_ns, !s->found);
	if (process != MEASURED_NONE && thread_succeed(c, s, process) != MEASURED_NONE)
		return;
	index = process == MEASURED_NONE ? MEASURED_NONE
					 : thread_add(c, s->h.thread, process, s->tid);
	if (index == MEASURED_NONE) {
		c->out_of_memory++;
		return;
	}
	t = &c->m->threads[index];
	t->name = text_copy(s->comm, sizeof(s->comm));
	t->start_ns = s->h.at_ns;
	t->started = !s->found;
}

/* The launched command begins. Once more: what it was until now was a launcher. */
static void window_open(struct collector *c, const struct wire_thread_exec *e)
{
	struct measured_target *t = &c->m->target;
	size_t process;

	if (c->opened_ns) {
		t->launcher_ns += e->h.at_ns - c->opened_ns;
		t->launcher_processes += (int)c->m->processes_count;
		measurement_restart(c->m);
		rows_forget(c);
	}
	c->opened_ns = e->h.at_ns;
	c->opened_serial = e->h.thread;
	process = process_add(c, e->tgid, getpid(), e->h.at_ns, true);
	if (process != MEASURED_NONE)
		thread_add(c, e->h.thread, process, e->tid);
}

static void take_exec(struct collector *c, const void *event)
{
	const struct wire_thread_exec *e = event;
	struct measured_thread *t;
	struct measured_process *p;
	size_t index;

	if (e->opens_window)
		window_open(c, e);
	index = collector_thread(c, &e->h);
	if (index == MEASURED_NONE)
		return;
	t = &c->m->threads[index];
	if (e->opens_window) {
		t->start_ns = e->h.at_ns;
		t->started = true;
	}
	t->tid = e->tid; /* it takes the number of the process's first thread */
	free(t->name);
	t->name = text_copy(e->comm, sizeof(e->comm));
	p = &c->m->processes[t->process];
	free(p->executable);
	p->executable = text_copy(e->path, sizeof(e->path));
	c->process_extras[t->process].executed = true;
	collector_drop_runtimes(c, t->process);
}

static void take_end(struct collector *c, const void *event)
{
	const struct wire_thread_end *e = event;
	size_t index = collector_thread(c, &e->h);
	struct measured_thread *t;

	if (index == MEASURED_NONE)
		return;
	t = &c->m->threads[index];
	free(t->name);
	t->name = text_copy(e->comm, sizeof(e->comm)); /* threads name themselves as they go */
	if (t->earlier == 0)
		t->start_ns = e->start_ns;
	t->end_ns = e->alive ? MEASURED_ALIVE : (int64_t)e->h.at_ns;
	t->cpu_ns += e->cpu_ns;
	t->cpu_user_ticks_ns += e->user_ticks_ns;
	t->cpu_kernel_ticks_ns += e->kernel_ticks_ns;
	t->run_queue_ns += e->run_queue_ns;
	t->stolen_ns += e->stolen_ns;
	t->unaccounted_ns += e->unaccounted_ns;
	t->switches_voluntary += e->voluntary;
	t->switches_involuntary += e->involuntary;
	t->calls += e->calls;
	t->faults += e->faults;
	stall_watch_free(&c->thread_extras[index].stall);
	if (!e->alive)
		thread_vacate(c, index);
}

static void take_process_end(struct collector *c, const void *event)
{
	const struct wire_process_end *e = event;
	size_t index = collector_thread(c, &e->h), last = 0;
	struct measured_process *p;

	if (index == MEASURED_NONE)
		return;
	c->process_extras[c->m->threads[index].process].ended_ns = e->h.at_ns;
	p = &c->m->processes[c->m->threads[index].process];
	p->rss_peak_bytes = e->rss_peak_pages * sysconf(_SC_PAGESIZE);
	for (size_t n = 0; n < WIRE_RUNNING; n++)
		if (e->running_ns[n])
			last = n + 1;
	free(p->running_ns);
	p->running_ns = last ? calloc(last, sizeof(*p->running_ns)) : NULL;
	p->running_count = p->running_ns ? last : 0;
	for (size_t n = 0; n < p->running_count; n++)
		p->running_ns[n] = e->running_ns[n];
}

static void take_file(struct collector *c, const void *event)
{
	const struct wire_file *f = event;
	int pid = 0;
	size_t index;

	if (table_get(&c->threads, f->h.thread, &index))
		pid = c->m->processes[c->m->threads[index].process].pid;
	if (files_add(&c->files, c->m, f, pid) < 0)
		c->out_of_memory++;
}

static const struct {
	void (*take)(struct collector *c, const void *event);
	size_t size; /* at least */
	void (*take_sized)(struct collector *c, const void *event, size_t size);
} takers[WIRE_TYPES] = {
	[WIRE_THREAD_START] = {.take = take_start, .size = sizeof(struct wire_thread_start)},
	[WIRE_THREAD_EXEC] = {.take = take_exec, .size = sizeof(struct wire_thread_exec)},
	[WIRE_THREAD_END] = {.take = take_end, .size = sizeof(struct wire_thread_end)},
	[WIRE_PROCESS_END] = {.take = take_process_end, .size = sizeof(struct wire_process_end)},
	[WIRE_WAIT] = {.take = collector_take_wait, .size = sizeof(struct wire_wait)},
	[WIRE_SEGMENT] = {.take = collector_take_segment, .size = sizeof(struct wire_segment)},
	[WIRE_FILE] = {.take = take_file, .size = sizeof(struct wire_file)},
	[WIRE_SAMPLE] = {.take = collector_take_sample, .size = sizeof(struct wire_sample)},
	[WIRE_LOOP] = {.take = collector_take_loop, .size = sizeof(struct wire_loop)},
	[WIRE_STACK] = {.take_sized = collector_take_stack, .size = sizeof(struct wire_stack)},
	[WIRE_CODE] = {.take_sized = collector_take_code, .size = sizeof(struct wire_code)},
	[WIRE_SITE] = {.take = collector_take_site, .size = sizeof(struct wire_site)},
};

void collector_take(struct collector *c, const void *event, size_t size)
{
	const struct wire_header *h = event;

	if (size < sizeof(*h) || h->type >= WIRE_TYPES || takers[h->type].size == 0 ||
		size < takers[h->type].size) {
		c->malformed++;
		return;
	}
	if (takers[h->type].take)
		takers[h->type].take(c, event);
	else
		takers[h->type].take_sized(c, event, size);
}

bool collector_knows(const struct collector *c, int pid, uint64_t at_ns)
{
	size_t process = collector_process(c, pid);
	uint64_t ended_ns = process == MEASURED_NONE ? 0 : c->process_extras[process].ended_ns;

	return process != MEASURED_NONE && (ended_ns == 0 || at_ns <= ended_ns);
}
