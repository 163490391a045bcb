/*
 * main_thread: a launcher is told by its wait for another thread's end, most of its life.
 */
#include "main_thread.h"

#include "meaning.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_first(const struct measurement *m, size_t thread)
{
	return m->threads[thread].tid == m->processes[m->threads[thread].process].pid;
}

/* MEASURED_NONE: it is not in the measurement. */
static size_t fellow_find(const struct measurement *m, size_t thread, int tid)
{
	for (size_t i = 0; i < m->threads_count; i++)
		if (m->threads[i].tid == tid && m->threads[i].process == m->threads[thread].process)
			return i;
	return MEASURED_NONE;
}

/* The thread for whose end this one waits most of its life; MEASURED_NONE: there is none. */
static size_t joined_find(const struct meaning *x, size_t thread)
{
	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		const struct measured_wait *w = &x->m->waits[x->waits[i]];

		if (w->futex_op == MEASURED_FUTEX_JOIN &&
			(double)w->total_ns / 1e9 >= meaning_thread_life_s(x, thread) / 2)
			return fellow_find(x->m, thread, (int)w->futex_value);
	}
	return MEASURED_NONE;
}

void main_thread_find(struct meaning *x)
{
	for (size_t i = 0; i < x->m->threads_count; i++) {
		size_t joined = MEASURED_NONE;

		if (!is_first(x->m, i))
			continue;
		if (meaning_runs(x, x->m->threads[i].process, "jvm"))
			joined = joined_find(x, i);
		x->mains[joined == MEASURED_NONE ? i : joined] = true;
	}
}
