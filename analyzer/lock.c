/*
 * lock: sums the waits in the states lock and interpreter_lock by what they are for.
 */
#include "lock.h"

#include "holder.h"
#include "meaning.h"
#include "object.h"
#include "overlap.h"
#include "profile.h"
#include "site.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_LOCK SIZE_MAX

enum kind {
	KIND_INTERPRETER,
	KIND_MUTEX,
	KIND_RWLOCK,
	KIND_MONITORS,
	KIND_FUTEX,
	KIND_FILE,
	KIND_ADDRESS_SPACE
};

static const char *const kinds[] = {
	[KIND_INTERPRETER] = "interpreter",
	[KIND_MUTEX] = "mutex",
	[KIND_RWLOCK] = "rwlock",
	[KIND_MONITORS] = "monitors",
	[KIND_FUTEX] = "futex",
	[KIND_FILE] = "file",
	[KIND_ADDRESS_SPACE] = "address-space",
};

struct entry {
	size_t wait; /* index */
	enum kind kind;
	size_t process; /* MEASURED_NONE: several may share it */
	size_t file;    /* MEASURED_NONE: none */
	uint64_t address;
};

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

/* By the values that state.c takes for a lock; of Python's (python_lock.h) it is 0. */
static enum kind futex_kind(const struct measured_wait *w)
{
	switch (w->futex_op & 0x7f) {
	case 6:  /* FUTEX_LOCK_PI */
	case 13: /* FUTEX_LOCK_PI2 */
		return KIND_MUTEX;
	default:
		break;
	}
	if (w->futex_value == 0 || w->futex_value == 2 || (w->futex_value & 0x80000000))
		return KIND_MUTEX;
	return w->futex_value == 3 || (w->futex_value & 0x40000000) ? KIND_RWLOCK : KIND_FUTEX;
}

/* Where a thread waited on too many words, some have no address. */
static bool wait_is_futex(const struct measured_wait *w)
{
	return state_call_is_futex(w->syscall);
}

/* Each thread of a JVM, or of Ruby, waits on a word of its own, whichever lock it wants (caller.h):
 * all of a process's are told together. */
static bool wait_is_monitors(const struct meaning *x, const struct measured_wait *w)
{
	return wait_is_futex(w) && w->futex_value == 0 &&
	       !meaning_runs(x, x->m->threads[w->thread].process, "cpython");
}

static struct entry entry_make(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];
	struct entry e = {.wait = wait, .process = x->m->threads[w->thread].process};

	e.file = MEASURED_NONE;
	if (x->states[wait] == STATE_INTERPRETER_LOCK) {
		e.kind = KIND_INTERPRETER;
	} else if (wait_is_monitors(x, w)) {
		e.kind = KIND_MONITORS;
	} else if (w->futex_address || wait_is_futex(w)) {
		e.kind = futex_kind(w);
		e.address = w->futex_address;
	} else if (w->syscall &&
		   (strcmp(w->syscall, "flock") == 0 || strcmp(w->syscall, "fcntl") == 0)) {
		e.kind = KIND_FILE;
		e.file = w->file;
		e.process = MEASURED_NONE;
	} else {
		e.kind = KIND_ADDRESS_SPACE;
	}
	return e;
}

static size_t entries_gather(struct entry *entries, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->states[i] == STATE_LOCK || x->states[i] == STATE_INTERPRETER_LOCK)
			entries[count++] = entry_make(x, i);
	qsort(entries, count, sizeof(*entries), entry_compare);
	return count;
}

static void lock_count(struct profile_lock *l, const struct measured_wait *w)
{
	double max_s = (double)w->max_ns / 1e9;

	if (!l->name)
		l->name = w->futex_symbol;
	l->waits += w->count;
	l->total_wait_s += (double)w->total_ns / 1e9;
	if (max_s > l->max_wait_s) {
		l->max_wait_s = max_s;
		l->owner_tid = w->owner_tid;
	}
}

static int lock_make(struct profile_lock *l, const struct meaning *x, const struct entry *e)
{
	l->kind = kinds[e->kind];
	l->address = e->address;
	if (e->process != MEASURED_NONE)
		l->pid = x->m->processes[e->process].pid;
	if (e->kind == KIND_INTERPRETER)
		l->address = meaning_interpreter(x, e->process)->lock_start;
	l->inferred = e->kind == KIND_INTERPRETER && x->global_locks[e->process];
	if (e->file != MEASURED_NONE)
		return object_name(&x->m->files[e->file], x->endpoints[e->file], &l->object);
	return 0;
}

static int locks_make(struct profile *p, const struct meaning *x, const struct entry *entries,
	size_t count, size_t *lock_of_wait)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		if (i == 0 || entry_compare(&entries[i - 1], &entries[i]) != 0)
			error = lock_make(&p->locks[p->locks_count++], x, &entries[i]);
		lock_count(&p->locks[p->locks_count - 1], &x->m->waits[entries[i].wait]);
		lock_of_wait[entries[i].wait] = p->locks_count - 1;
	}
	return error;
}

static int locks_overlap(struct profile *p, const struct meaning *x, const size_t *lock_of_wait)
{
	struct overlap *overlaps = calloc(p->locks_count + 1, sizeof(*overlaps));
	int error = overlaps ? overlap_fill(x, lock_of_wait, p->locks_count, overlaps) : -ENOMEM;

	for (size_t i = 0; i < p->locks_count && !error; i++) {
		p->locks[i].waiters = overlaps[i].threads;
		p->locks[i].held_s = overlaps[i].any_s;
	}
	free(overlaps);
	return error;
}

static int locks_place(struct profile *p, const struct meaning *x, const size_t *lock_of_wait)
{
	struct profile_sites *sites = calloc(p->locks_count + 1, sizeof(*sites));
	int error = sites ? sites_of_waits(p, x, lock_of_wait, p->locks_count, sites) : -ENOMEM;

	for (size_t i = 0; i < p->locks_count && !error; i++)
		p->locks[i].waiting = sites[i];
	for (size_t i = 0; i < p->locks_count && !error; i++)
		error = holder_fill(&p->locks[i], p, x);
	free(sites);
	return error;
}

static int lock_compare(const void *a, const void *b)
{
	const struct profile_lock *x = a, *y = b;

	return (x->total_wait_s < y->total_wait_s) - (x->total_wait_s > y->total_wait_s);
}

/* In native code with one lock around everything, that is the one most waited for. */
static void locks_infer(struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->processes_count; i++) {
		if (!x->global_locks[i] || meaning_interpreter(x, i))
			continue;
		for (size_t j = 0; j < p->locks_count; j++)
			if (p->locks[j].address && p->locks[j].pid == x->m->processes[i].pid) {
				p->locks[j].inferred = true;
				break;
			}
	}
}

int lock_fill(struct profile *p, const struct meaning *x)
{
	size_t waits = x->m->waits_count, count = 0;
	struct entry *entries = calloc(waits + 1, sizeof(*entries));
	size_t *lock_of_wait = calloc(waits + 1, sizeof(*lock_of_wait));
	int error = entries && lock_of_wait ? 0 : -ENOMEM;

	if (!error) {
		for (size_t i = 0; i < waits; i++)
			lock_of_wait[i] = NO_LOCK;
		count = entries_gather(entries, x);
		p->locks = calloc(count + 1, sizeof(*p->locks));
		error = p->locks ? locks_make(p, x, entries, count, lock_of_wait) : -ENOMEM;
	}
	if (!error)
		error = locks_overlap(p, x, lock_of_wait);
	if (!error)
		error = locks_place(p, x, lock_of_wait);
	if (!error) {
		qsort(p->locks, p->locks_count, sizeof(*p->locks), lock_compare);
		locks_infer(p, x);
	}
	free(entries);
	free(lock_of_wait);
	return error;
}
