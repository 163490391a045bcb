/*
 * python_layout: where CPython keeps its GIL.
 *
 * From 3.13 on _PyRuntime starts with _Py_DebugOffsets, in which each build publishes where its
 * fields are: patch versions move them. That structure itself differs between minor versions, never
 * within one. What publishes nothing is known by its version alone.
 */
#include "python_layout.h"

#include <string.h>

#define DEBUG_COOKIE "xdebugpy"

/* The first words of _Py_DebugOffsets are the same in all versions. */
enum { COOKIE, VERSION, FREE_THREADED, RUNTIME_SIZE };

enum field {
	INTERPRETERS, /* runtime_state.interpreters_head */
	NEXT,         /* interpreter_state.next */
	GIL,          /* interpreter_state.ceval_gil */
	STATE,        /* interpreter_state.gil_runtime_state, and in it: */
	LOCKED,       /* interpreter_state.gil_runtime_state_locked */
	HOLDER,       /* interpreter_state.gil_runtime_state_holder */
	THREAD_ID,    /* thread_state.thread_id */
	FIELDS
};

/*
 * Which word of _Py_DebugOffsets is which field. From CPython's Include/internal: pycore_runtime.h
 * of 3.13, pycore_debug_offsets.h of later ones.
 */
static const struct published_layout {
	int minor;
	uint8_t words[FIELDS];
} published_layouts[] = {
	{13, {5, 8, 14, 15, 17, 18, 24}},
	{14, {5, 8, 15, 16, 18, 19, 27}},
	{15, {5, 8, 15, 16, 18, 19, 30}},
};

/*
 * The same for what publishes nothing, on 64 bits. Up to 3.11 the state lies in _PyRuntime itself,
 * near its start; 3.12 has it deep in the interpreter, behind parts that grew in patch versions,
 * but the pointer to it near the interpreter's start. From CPython's
 * Include/internal/pycore_{runtime,interp,gil}.h and pystate.h of each version; the tests compare
 * them with the debug information of real builds. The kernel side checks the state before it
 * believes it, so a build that differs shows "not known".
 */
static const struct layout {
	int minor;
	uint32_t thread_id;
	uint32_t state;
	uint32_t interpreters, next, gil;
} layouts[] = {
	{.minor = 7, .thread_id = 176, .state = 1264},
	{.minor = 8, .thread_id = 176, .state = 1152},
	{.minor = 9, .thread_id = 176, .state = 352},
	{.minor = 10, .thread_id = 176, .state = 352},
	{.minor = 11, .thread_id = 152, .state = 360},
	{.minor = 12, .thread_id = 136, .interpreters = 40, .next = 0, .gil = 384},
};

bool python_layout_published(const struct python_head *head, struct python_published *ret)
{
	if (memcmp(&head->words[COOKIE], DEBUG_COOKIE, sizeof(head->words[COOKIE])) != 0)
		return false;
	*ret = (struct python_published){
		.version = head->words[VERSION],
		.free_threaded = head->words[FREE_THREADED] != 0,
	};
	return true;
}

static bool published_find(const struct published_layout *l, const struct python_head *head,
	uint64_t runtime, struct wire_gil *ret)
{
	uint64_t offsets[FIELDS];

	for (size_t n = 0; n < FIELDS; n++) {
		offsets[n] = head->words[l->words[n]];
		/* The main interpreter and its first thread state are parts of _PyRuntime. */
		if (offsets[n] >= head->words[RUNTIME_SIZE] || offsets[n] > UINT32_MAX)
			return false;
	}
	/* As the kernel side reads it: no build with a GIL, so far, has it otherwise. */
	if (offsets[HOLDER] - offsets[STATE] != WIRE_GIL_HOLDER ||
		offsets[LOCKED] - offsets[STATE] != WIRE_GIL_LOCKED)
		return false;
	*ret = (struct wire_gil){
		.interpreters = runtime + offsets[INTERPRETERS],
		.next = offsets[NEXT],
		.gil = offsets[GIL],
		.thread_id = offsets[THREAD_ID],
	};
	return true;
}

static bool layout_find(int minor, uint64_t runtime, struct wire_gil *ret)
{
	for (size_t n = 0; n < sizeof(layouts) / sizeof(*layouts); n++) {
		const struct layout *l = &layouts[n];

		if (l->minor != minor)
			continue;
		*ret = (struct wire_gil){
			.state = l->state ? runtime + l->state : 0,
			.interpreters = l->interpreters ? runtime + l->interpreters : 0,
			.next = l->next,
			.gil = l->gil,
			.thread_id = l->thread_id,
		};
		return true;
	}
	return false;
}

bool python_layout_find(
	int minor, const struct python_head *head, uint64_t runtime, struct wire_gil *ret)
{
	struct python_published p;

	if (!python_layout_published(head, &p))
		return layout_find(minor, runtime, ret);
	for (size_t n = 0; n < sizeof(published_layouts) / sizeof(*published_layouts); n++)
		if (published_layouts[n].minor == minor && !p.free_threaded)
			return published_find(&published_layouts[n], head, runtime, ret);
	return false;
}
