/*
 * collector: one function per kind of event, in a table.
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

struct collector *collector_new(struct measurement *m, struct stacks *stacks)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c || measurement_reserve_segments(m) != 0) {
		free(c);
		return NULL;
	}
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
	c->living = c->living_processes = (struct row_count){0};
	table_free(&c->threads);
	table_free(&c->processes);
	table_free(&c->kinds);
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

size_t collector_process(const struct collector *c, int pid)
{
	size_t index;

	return table_get(&c->processes, pid, &index) ? index : MEASURED_NONE;
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
	c->out_of_memory += collector_start(c, event) == MEASURED_NONE;
}

/* The launched command begins. Once more: what it was until now was a launcher. */
static void window_open(struct collector *c, const struct wire_thread_exec *e)
{
	struct measured_target *t = &c->m->target;

	if (c->opened_ns) {
		t->launcher_ns += e->h.at_ns - c->opened_ns;
		t->launcher_processes += (int)measurement_processes(c->m);
		measurement_restart(c->m);
		rows_forget(c);
	}
	c->opened_ns = e->h.at_ns;
	c->opened_serial = e->h.thread;
	collector_launch(c, e);
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
	index = collector_execute(c, index, e);
	t = &c->m->threads[index];
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
	t->run_queue_own_ns += e->run_queue_own_ns;
	t->stolen_ns += e->stolen_ns;
	t->unaccounted_ns += e->unaccounted_ns;
	t->switches_voluntary += e->voluntary;
	t->switches_involuntary += e->involuntary;
	t->calls += e->calls;
	t->faults += e->faults;
	collector_release_stalls(c, index);
	stall_watch_free(&c->thread_extras[index].stall);
	if (!e->alive)
		collector_vacate(c, index, e->h.at_ns);
}

static size_t running_last(const struct wire_process_end *e)
{
	size_t last = WIRE_RUNNING;

	while (last > 0 && e->running_ns[last - 1] == 0)
		last--;
	return last;
}

/* Room for so many numbers of threads. */
static int running_grow(struct measured_process *p, size_t count)
{
	uint64_t *grown;

	if (count <= p->running_count)
		return 0;
	grown = reallocarray(p->running_ns, count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + p->running_count, 0, (count - p->running_count) * sizeof(*grown));
	p->running_ns = grown;
	p->running_count = count;
	return 0;
}

/* Of several that had the row: the largest, and how long in all. */
static void take_process_end(struct collector *c, const void *event)
{
	const struct wire_process_end *e = event;
	size_t index = collector_thread(c, &e->h);
	struct measured_process *p;

	if (index == MEASURED_NONE)
		return;
	c->process_extras[c->m->threads[index].process].ended_ns = e->h.at_ns;
	p = &c->m->processes[c->m->threads[index].process];
	if (e->rss_peak_pages * sysconf(_SC_PAGESIZE) > p->rss_peak_bytes)
		p->rss_peak_bytes = e->rss_peak_pages * sysconf(_SC_PAGESIZE);
	if (running_grow(p, running_last(e)) < 0) {
		c->out_of_memory++;
		return;
	}
	for (size_t n = 0; n < p->running_count && n < WIRE_RUNNING; n++)
		p->running_ns[n] += e->running_ns[n];
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
	[WIRE_ROUND] = {.take = collector_take_round, .size = sizeof(struct wire_round)},
	[WIRE_EXCHANGE] = {.take = collector_take_exchange, .size = sizeof(struct wire_exchange)},
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

void collector_on_forget(struct collector *c, void (*forget)(void *context, int pid), void *context)
{
	c->forget = forget;
	c->forget_context = context;
}

bool collector_knows(const struct collector *c, int pid, uint64_t at_ns)
{
	size_t process = collector_process(c, pid);
	uint64_t ended_ns = process == MEASURED_NONE ? 0 : c->process_extras[process].ended_ns;

	return process != MEASURED_NONE && (ended_ns == 0 || at_ns <= ended_ns);
}
