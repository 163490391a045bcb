/*
 * python_state: the PyThreadState of a thread, in the lists of all interpreters of its process.
 *
 * It is the one that has the thread's pthread_t. Once found it is looked at first; those passed by
 * on the way are noted for their threads.
 */
#ifndef CONCADVISE_PYTHON_STATE_BPF_H
#define CONCADVISE_PYTHON_STATE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "room.bpf.h"
#include "thread.bpf.h"
#include "user.bpf.h"
#include "wire.h"

/* Threads and interpreters looked through for a thread's state: a bound of 1 ms, which is met once
 * in a process of so many threads, as all that are passed by are noted. */
#define PYTHON_STATES_MAX 4096
#define PYTHON_STATES_NEAR 16 /* not worth noting */
/* A search in vain is not made again for 20 us a step, 400 times what a step takes. */
#define PYTHON_QUIET_NS 20000

enum { PYTHON_NONE, PYTHON_FOUND, PYTHON_LOST }; /* of wire_stack */

struct state_key {
	__u64 pthread;
	__u64 process;
};

/* Where a thread's state was when another one was looked for. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2 * PYTHON_STATES_MAX);
	__type(key, struct state_key);
	__type(value, __u64);
} states SEC(".maps");

static __always_inline bool state_is_indirect(const struct wire_python *l)
{
	return l->minor == 11 || l->minor == 12;
}

static __always_inline __u64 state_frame(struct python_walk *w, __u64 state, enum reach reach)
{
	const struct wire_python *l = &w->room->python;
	__u64 frame = user_word(state + l->thread_frame, w->task, reach);

	if (frame && state_is_indirect(l))
		frame = user_word(frame + l->cframe_frame, w->task, reach);
	return frame;
}

/*
 * Up to 3.12 a state goes by the thread that made it, also while another one runs an interpreter
 * with it. But what tells its current frame lies on the stack of the thread that runs it.
 */
static __always_inline bool state_is_on_stack(struct python_walk *w, enum reach reach)
{
	const struct stack_room *r = w->room;

	return r->several && state_is_indirect(&r->python) &&
	       user_word(r->state + r->python.thread_frame, w->task, reach) - r->sp < r->height;
}

static __always_inline void state_note(struct stack_room *r, __u64 pthread)
{
	struct state_key key = {pthread, r->python.process};

	bpf_map_update_elem(&states, &key, &r->state, BPF_ANY);
}

/* Looks at one state, or goes on to the next interpreter's. 1: found, or at the end. */
static __always_inline long state_step(struct python_walk *w, enum reach reach)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u64 frame, pthread;
	bool on_stack;

	r->steps++;
	if (!r->state) {
		if (!r->interpreter)
			return 1;
		r->state = user_word(r->interpreter + l->interpreter_threads, w->task, reach);
		r->interpreter = user_word(r->interpreter + l->interpreter_next, w->task, reach);
		return 0;
	}
	pthread = user_word(r->state + l->thread_id, w->task, reach);
	on_stack = state_is_on_stack(w, reach);
	if (on_stack || pthread == r->pthread) {
		frame = state_frame(w, r->state, reach);
		/* A thread that uses several interpreters has a state in each: the newest one that
		 * it is in. */
		if (on_stack || !r->met_frame) {
			r->met = r->state;
			r->met_frame = frame;
		}
		if (frame && (on_stack || !r->several || !state_is_indirect(l)))
			return 1;
	} else if (r->steps > PYTHON_STATES_NEAR) {
		state_note(r, pthread);
	}
	r->state = user_word(r->state + l->thread_next, w->task, reach);
	return 0;
}

static long state_step_current(__u32 i, struct python_walk *w)
{
	return state_step(w, REACH_CURRENT);
}

static long state_step_other(__u32 i, struct python_walk *w)
{
	return state_step(w, REACH_OTHERS);
}

/* Whether the state is the thread's still; then its frame is, too. */
static __always_inline bool state_is_own(struct python_walk *w, __u64 state, enum reach reach)
{
	struct stack_room *r = w->room;

	if (!state || user_word(state + r->python.thread_id, w->task, reach) != r->pthread)
		return false;
	r->frame = state_frame(w, state, reach);
	return r->frame != 0;
}

static __always_inline bool state_is_known(
	struct thread *t, struct python_walk *w, enum reach reach)
{
	struct state_key key = {w->room->pthread, w->room->python.process};
	__u64 *noted;

	if (w->room->several)
		return false;
	if (state_is_own(w, t->python_state, reach))
		return true;
	noted = bpf_map_lookup_elem(&states, &key);
	if (!noted || *noted == t->python_state)
		return false;
	t->python_state = *noted;
	return state_is_own(w, t->python_state, reach);
}

/* Finds the thread's innermost frame. */
static __always_inline int state_find(
	struct thread *t, struct python_walk *w, __u64 now, enum reach reach)
{
	struct stack_room *r = w->room;

	r->state = r->frame = r->steps = r->met = r->met_frame = 0;
	r->interpreter = user_word(r->python.interpreters, w->task, reach);
	if (!r->interpreter || !r->pthread)
		return PYTHON_NONE; /* it has not begun yet */
	r->several = user_word(r->interpreter + r->python.interpreter_next, w->task, reach) != 0;
	if (state_is_known(t, w, reach))
		return PYTHON_FOUND;
	if (now < t->python_quiet_ns)
		return PYTHON_NONE;
	bpf_loop(PYTHON_STATES_MAX,
		reach == REACH_CURRENT ? (void *)state_step_current : (void *)state_step_other, w,
		0);
	/* Of a thread that begins there is no frame yet: next time it is looked for here first. */
	if (r->met)
		t->python_state = r->met;
	r->frame = r->met_frame;
	if (r->frame)
		return PYTHON_FOUND;
	if (!r->met || !r->several)
		t->python_quiet_ns = now + r->steps * PYTHON_QUIET_NS;
	return r->steps >= PYTHON_STATES_MAX ? PYTHON_LOST : PYTHON_NONE;
}

#endif
