/*
 * global_lock: several threads that want the CPU, never two of them on it at once though CPUs are
 * to be had, and all that waiting on few futex words: whatever the language, that is a global lock.
 */
#include "global_lock.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>

/* A lock with its condition variables (40 and 48 bytes each in glibc) is one structure: CPython's
 * and PyPy's take under 200 bytes. 256 is the next power of two. */
#define CLUSTER_BYTES 256
/* Threads that did not know of each other would overlap for this share of the computing time at
 * least, or nothing can be told; and they overlapped for less than a tenth of that. */
#define OVERLAP_TELLING 0.05
#define OVERLAP_LEFT 0.1

struct word {
	size_t wait; /* index */
	uint64_t address;
};

struct suspect {
	size_t process;
	double one_s, several_s; /* with one, with several of its threads on a CPU */
	double expected_s;       /* several, had they been independent */
	double run_queue_s;
	struct word *words; /* its futex waits, by address */
	size_t words_count;
};

static int word_compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The time in which two threads that start and stop at random are on a CPU together. */
static double overlap_expected_s(const struct meaning *x, size_t process, double *ret_run_queue_s)
{
	const struct measurement *m = x->m;
	double wall_s = (double)m->wall_ns / 1e9, sum = 0, squares = 0;

	*ret_run_queue_s = 0;
	for (size_t i = 0; i < m->threads_count; i++) {
		double cpu_s = (double)m->threads[i].cpu_ns / 1e9;

		if (m->threads[i].process != process)
			continue;
		sum += cpu_s;
		squares += cpu_s * cpu_s;
		*ret_run_queue_s += (double)m->threads[i].run_queue_ns / 1e9;
	}
	return wall_s > 0 ? (sum * sum - squares) / 2 / wall_s : 0;
}

static bool suspect_never_overlaps(const struct suspect *s)
{
	return s->expected_s > OVERLAP_TELLING * s->one_s &&
	       s->several_s < OVERLAP_LEFT * s->expected_s;
}

static double wait_s(const struct meaning *x, size_t wait)
{
	return (double)x->m->waits[wait].total_ns / 1e9;
}

static bool words_of_several(
	const struct meaning *x, const struct word *from, const struct word *to)
{
	for (const struct word *w = from + 1; w < to; w++)
		if (x->m->waits[w->wait].thread != x->m->waits[from->wait].thread)
			return true;
	return false;
}

/* The CLUSTER_BYTES on which most is waited, by more than one thread. Returns the seconds. */
static double cluster_find(
	const struct meaning *x, const struct suspect *s, size_t *ret_from, size_t *ret_to)
{
	double in_window = 0, most = 0;
	size_t from = 0;

	for (size_t to = 0; to < s->words_count; to++) {
		in_window += wait_s(x, s->words[to].wait);
		while (s->words[to].address - s->words[from].address >= CLUSTER_BYTES)
			in_window -= wait_s(x, s->words[from++].wait);
		if (in_window > most && words_of_several(x, s->words + from, s->words + to + 1)) {
			most = in_window;
			*ret_from = from;
			*ret_to = to + 1;
		}
	}
	return most;
}

static void interpreter_waits_name(
	struct meaning *x, const struct suspect *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		x->states[s->words[i].wait] = STATE_INTERPRETER_LOCK;
}

/*
 * Ruby's threads wait for its lock each on a condition variable of its own. It is the one on which
 * a thread that computes waits longest: words are sorted by address, so its waits are side by side.
 */
static double own_words_find(struct meaning *x, const struct suspect *s, bool name)
{
	double all = 0;

	for (size_t from = 0, to; from < s->words_count; from = to) {
		const struct measured_wait *first = &x->m->waits[s->words[from].wait];
		double together = 0;

		for (to = from;
			to < s->words_count && s->words[to].address >> CONDVAR_SHIFT ==
						       s->words[from].address >> CONDVAR_SHIFT;
			to++)
			together += wait_s(x, s->words[to].wait);
		/* As long as its thread waits, others compute: so not longer than they do. */
		if (x->m->threads[first->thread].cpu_ns / 1e9 < OVERLAP_TELLING * together ||
			together > s->one_s)
			continue;
		all += together;
		if (name)
			interpreter_waits_name(x, s, from, to);
	}
	return all;
}

/* Somebody waits for the lock for at least half of the time that it is held. */
static bool suspect_judge(struct meaning *x, const struct suspect *s)
{
	const struct measured_runtime *runtime = meaning_interpreter(x, s->process);
	size_t from = 0, to = 0;

	if (s->run_queue_s > s->one_s)
		return false; /* no CPU was to be had: that alone keeps threads apart */
	if (cluster_find(x, s, &from, &to) >= s->one_s / 2) {
		if (runtime)
			interpreter_waits_name(x, s, from, to);
		return true;
	}
	if (!runtime || own_words_find(x, s, false) < s->one_s / 2)
		return false;
	own_words_find(x, s, true);
	return true;
}

static int words_gather(struct suspect *s, const struct meaning *x)
{
	const struct measurement *m = x->m;

	s->words = calloc(m->waits_count + 1, sizeof(*s->words));
	if (!s->words)
		return -ENOMEM;
	for (size_t i = 0; i < m->waits_count; i++)
		if (m->waits[i].futex_address &&
			m->threads[m->waits[i].thread].process == s->process)
			s->words[s->words_count++] = (struct word){i, m->waits[i].futex_address};
	qsort(s->words, s->words_count, sizeof(*s->words), word_compare);
	return 0;
}

static int process_judge(struct meaning *x, size_t process)
{
	const struct measured_process *p = &x->m->processes[process];
	const struct measured_runtime *runtime = meaning_interpreter(x, process);
	struct suspect s = {.process = process};

	if (x->cpus < 2 || x->family.threads[process] < 2 || p->running_count < 2 ||
		(runtime && runtime->lock_start < runtime->lock_end))
		return 0;
	s.one_s = (double)p->running_ns[1] / 1e9;
	for (size_t n = 2; n < p->running_count; n++)
		s.several_s += (double)p->running_ns[n] / 1e9;
	s.expected_s = overlap_expected_s(x, process, &s.run_queue_s);
	if (!suspect_never_overlaps(&s))
		return 0;
	if (words_gather(&s, x))
		return -ENOMEM;
	x->global_locks[process] = suspect_judge(x, &s);
	free(s.words);
	return 0;
}

int global_lock_find(struct meaning *x)
{
	int error = 0;

	for (size_t i = 0; i < x->m->processes_count && !error; i++)
		error = process_judge(x, i);
	return error;
}
