/*
 * lock_cost: locks by the names of functions, of libc and of the common languages.
 */
#include "lock_cost.h"

#include "meaning.h"
#include "profile.h"

#include "probe/measurement.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The standard error of a share from so many is under 0.1. */
#define SAMPLES_LEAST 30

/* Parts of names. What somebody computes while he holds a lock is in none of them. */
static const char *const lock_words[] = {
	"pthread_mutex_", "pthread_rwlock_", "pthread_spin_", /* POSIX */
	"lll_lock_", "lll_mutex_", "futex_",                  /* inside of glibc */
	"spin_lock", "SpinLock::", "spin_mutex", "SpinMutex", /* by hand, TBB */
	"mutex::futex::", "parking_lot::raw_",                /* Rust */
	"sync.(*Mutex)", "sync.(*RWMutex)", "runtime.lock2",  /* Go */
	"ObjectMonitor::", "ObjectSynchronizer::",            /* JVM */
};

static bool is_lock(const struct measured_frame *f)
{
	bool found = false;

	for (size_t i = 0; f->function && i < sizeof(lock_words) / sizeof(lock_words[0]); i++)
		found |= strstr(f->function, lock_words[i]) != NULL;
	return found;
}

/* The innermost function as it was written, or as it was compiled. */
static bool stack_ends_at_lock(const struct measurement *m, const struct measured_stack *s)
{
	size_t compiled = 0;

	while (compiled + 1 < s->frames_count && m->frames[s->frames[compiled]].inlined)
		compiled++;
	return is_lock(&m->frames[s->frames[0]]) || is_lock(&m->frames[s->frames[compiled]]);
}

int lock_cost_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	double all = 0, locks = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		size_t process = m->threads[s->thread].process;

		if (s->stack >= m->stacks_count || m->stacks[s->stack].frames_count == 0 ||
			x->family.threads[process] < 2 || meaning_interpreter(x, process))
			continue;
		all += (double)s->count;
		locks += stack_ends_at_lock(m, &m->stacks[s->stack]) ? (double)s->count : 0;
	}
	p->lock_cpu_share = all >= SAMPLES_LEAST ? locks / all : NAN;
	return 0;
}
