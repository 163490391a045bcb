/* Chains of calls: Python's frames among native ones, the way that most samples share, and what is
 * kept of stacks as they come from the kernel side. */
#include "probe/chain.h"
#include "probe/mapping.h"
#include "probe/measurement.h"
#include "probe/module.h"
#include "probe/raw_frame.h"
#include "probe/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES_MAX 16

/*
 * natives: n native, r the interpreter's own, E its function that runs Python code.
 * pythons: P with this frame that function was entered, p not.
 * merged: natives as letters by their index, Python frames as digits.
 */
static const struct merging {
	const char *what, *natives, *pythons, *merged;
	bool natives_cut, pythons_cut;
} mergings[] = {
	{"no Python", "nnn", "", "abc", false, false},
	{"one entry", "nrEr", "P", "ab0d", false, false},
	{"several frames of one entry", "nrErr", "pppP", "ab0123de", false, false},
	{"two entries", "nErEr", "pPP", "a01c2e", false, false},
	{"a C extension calls back", "nEnrEr", "PP", "a0cd1f", false, false},
	{"computing in Python itself", "ErE", "pPP", "01b2", false, false},
	{"cut between two entries", "nEr", "PpP", "a0c12", true, false},
	{"cut before the interpreter", "nn", "pP", "ab01", true, false},
	{"cut inside of it", "nr", "PP", "ab01", true, false},
	{"stripped, entries not told", "nrrrn", "pPP", "a012bcde", false, false},
	{"stripped, an extension's own calls", "nnrrn", "P", "ab0cde", false, false},
	{"entered, but no frame yet", "EErE", "PP", "a0c1", false, false},
	{"further Python frames not known", "nErEr", "pP", "a01cde", false, true},
	{"a part of it not told as such", "nErrr", "PP", "a01cde", false, false},
	{"of both only the inner ends", "nErE", "PpP", "a0c12", true, true},
	{"Python frames alone", "", "pPP", "012", true, false},
	{"the interpreter without Python code", "nrEn", "", "abcd", false, false},
};

static void merge(const struct merging *m, char *ret)
{
	enum chain_role roles[FRAMES_MAX];
	bool outermost[FRAMES_MAX];
	struct chain_frame merged[2 * FRAMES_MAX];
	struct chain_input in = {.natives = roles,
		.natives_count = strlen(m->natives),
		.natives_cut = m->natives_cut,
		.outermost = outermost,
		.pythons_count = strlen(m->pythons),
		.pythons_cut = m->pythons_cut};
	size_t count;

	for (size_t i = 0; i < in.natives_count; i++)
		roles[i] = m->natives[i] == 'E'   ? CHAIN_EVAL
			   : m->natives[i] == 'r' ? CHAIN_RUNTIME
						  : CHAIN_NATIVE;
	for (size_t i = 0; i < in.pythons_count; i++)
		outermost[i] = m->pythons[i] == 'P';
	count = chain_merge(&in, merged);
	for (size_t i = 0; i < count; i++)
		ret[i] = (char)((merged[i].python ? '0' : 'a') + (int)merged[i].index);
	ret[count] = '\0';
}

static void test_python_frames_are_put_in_their_place(void **state)
{
	char merged[2 * FRAMES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof mergings / sizeof *mergings; i++) {
		merge(&mergings[i], merged);
		if (strcmp(merged, mergings[i].merged) != 0)
			fail_msg("%s: %s instead of %s", mergings[i].what, merged,
				mergings[i].merged);
	}
}

/* Chains as words, innermost first: a letter is a frame. Returns what most share, as the word of
 * the one chosen, and how many share it. */
static const char *heaviest(const char *const *words, size_t count, size_t *ret_sharing)
{
	struct chain chains[FRAMES_MAX];
	uint32_t frames[FRAMES_MAX][FRAMES_MAX];

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);

		for (size_t n = 0; n < length; n++)
			frames[i][n] = (uint32_t)words[i][n];
		chains[i] = (struct chain){
			.number = (uint32_t)i, .count = (uint32_t)length, .frames = frames[i]};
	}
	*ret_sharing = chain_heaviest(chains, count);
	return *ret_sharing ? words[chains[0].number] : NULL;
}

static void test_the_way_that_most_samples_share_is_found(void **state)
{
	/* m calls w; w calls a, b and c in turn; and now and then m calls x. */
	static const char *const inner_ends_differ[] = {"awm", "xm", "bwm", "cwm", "awm"};
	static const char *const same[] = {"bm", "bm", "bm"};
	static const char *const nothing_shared[] = {"ab", "cd", "ef"};
	static const char *const half[] = {"am", "bm", "am", "bm"};
	static const char *const ends_there[] = {"m", "m", "am"};
	size_t sharing;

	(void)state;
	assert_non_null(strstr(heaviest(inner_ends_differ, 5, &sharing), "wm"));
	assert_int_equal(sharing, 4);
	assert_string_equal(heaviest(same, 3, &sharing), "bm");
	assert_int_equal(sharing, 3);
	/* None stands for most of them: any will do, for what they share is nothing. */
	assert_non_null(heaviest(nothing_shared, 3, &sharing));
	assert_int_equal(sharing, 3);
	assert_non_null(heaviest(half, 4, &sharing));
	assert_int_equal(sharing, 4);
	assert_string_equal(heaviest(ends_there, 3, &sharing), "m");
	assert_int_equal(sharing, 3);
	assert_null(heaviest(same, 0, &sharing));
}

struct bench {
	struct modules *modules;
	struct stacks *stacks;
	struct measurement *m;
};

static void note(void *context, const struct mapping *m)
{
	modules_note(context, m);
}

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	b->modules = modules_new();
	b->stacks = stacks_new(b->modules);
	b->m = measurement_new();
	mapping_scan(getpid(), note, b->modules);
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	stacks_free(b->stacks);
	modules_free(b->modules);
	measurement_free(b->m);
	free(b);
	return 0;
}

struct event {
	struct wire_stack s;
	struct wire_python_frame frames[WIRE_PYTHON_FRAMES + 1]; /* one more than there may be */
};

static uint32_t take(struct bench *b, const struct event *e)
{
	const struct stack_process self = {.pid = getpid()};
	uint32_t number = 12345;
	size_t size = sizeof e->s + e->s.frames_count * sizeof e->frames[0];

	assert_true(stacks_take(b->stacks, &self, &e->s, size, &number));
	return number;
}

/* One Python frame that nothing is known of but where its code object is. */
static uint32_t take_python(struct bench *b, uint64_t code)
{
	struct event e = {.s.frames_count = 1};

	e.frames[0] = (struct wire_python_frame){.code = code, .outermost = 1};
	return take(b, &e);
}

static void test_the_same_place_is_kept_once(void **state)
{
	struct bench *b = *state;
	uint32_t first = take_python(b, 0x1000), second = take_python(b, 0x2000);

	assert_int_not_equal(first, second);
	assert_int_equal(take_python(b, 0x1000), first);
	assert_int_equal(stacks_finish(b->stacks, b->m), 0);
	assert_int_equal(b->m->stacks_count, 2);
	assert_int_equal(b->m->losses_count, 0);
}

static void test_code_that_could_not_be_read_stays_a_place(void **state)
{
	struct bench *b = *state;
	uint32_t number = take_python(b, 0x1000);
	const struct measured_frame *f;

	assert_int_equal(stacks_finish(b->stacks, b->m), 0);
	/* Innermost is what the registers say: nothing is at address 0. */
	f = &b->m->frames[b->m->stacks[number].frames[b->m->stacks[number].frames_count - 1]];
	assert_null(f->function);
	assert_null(f->module);
	assert_string_equal(f->language, "python");
	assert_int_equal(f->offset, 0x1000);
}

__attribute__((noinline)) static void called_here(void)
{
	__asm__ volatile("");
}

static void test_native_frames_get_their_names(void **state)
{
	struct bench *b = *state;
	struct event e = {.s.registers.ip = (uintptr_t)called_here};
	const struct measured_frame *f;
	uint32_t number = take(b, &e);

	assert_int_equal(stacks_finish(b->stacks, b->m), 0);
	assert_true(b->m->stacks[number].truncated);
	f = &b->m->frames[b->m->stacks[number].frames[0]];
	assert_string_equal(f->function, "called_here");
	assert_non_null(strstr(f->module, "probe_stack"));
}

static void test_what_is_kept_is_bounded(void **state)
{
	struct bench *b = *state;

	for (uint64_t code = 1; code <= RAW_FRAMES_MAX + 100; code++)
		take_python(b, 16 * code);
	assert_int_equal(take_python(b, 16 * (RAW_FRAMES_MAX + 50)), STACK_NONE);
	assert_int_not_equal(take_python(b, 16), STACK_NONE);
	assert_int_equal(stacks_finish(b->stacks, b->m), 0);
	assert_true(b->m->stacks_count <= STACKS_MAX);
	assert_true(b->m->frames_count <= RAW_FRAMES_MAX);
	assert_int_equal(b->m->losses_count, 1);
	assert_true(b->m->losses[0].count >= 101);
}

static void test_events_that_contradict_themselves_are_refused(void **state)
{
	struct bench *b = *state;
	const struct stack_process self = {.pid = getpid()};
	struct event e = {.s.frames_count = WIRE_PYTHON_FRAMES + 1};
	size_t fitting = sizeof e - sizeof e.frames[0];
	uint32_t number;

	assert_false(stacks_take(b->stacks, &self, &e.s, sizeof e, &number));
	e.s.frames_count = WIRE_PYTHON_FRAMES;
	assert_true(stacks_take(b->stacks, &self, &e.s, fitting, &number));
	assert_false(stacks_take(b->stacks, &self, &e.s, fitting - 1, &number));
	e.s.stack_bytes = 1;
	assert_false(stacks_take(b->stacks, &self, &e.s, fitting, &number));
	e.s.stack_bytes = UINT32_MAX;
	assert_false(stacks_take(b->stacks, &self, &e.s, sizeof e, &number));
	assert_false(stacks_take(b->stacks, &self, &e.s, sizeof e.s - 1, &number));
}

static int a_variable[64] = {1};

static void test_variables_are_named(void **state)
{
	struct bench *b = *state;
	char *at_start = stacks_variable(b->stacks, getpid(), (uintptr_t)a_variable);
	char *inside = stacks_variable(b->stacks, getpid(), (uintptr_t)&a_variable[4]);

	assert_string_equal(at_start, "a_variable");
	assert_string_equal(inside, "a_variable+0x10");
	assert_null(stacks_variable(b->stacks, getpid(), (uintptr_t)b));
	free(at_start);
	free(inside);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_python_frames_are_put_in_their_place),
		cmocka_unit_test(test_the_way_that_most_samples_share_is_found),
		CASE(test_the_same_place_is_kept_once),
		CASE(test_code_that_could_not_be_read_stays_a_place),
		CASE(test_native_frames_get_their_names),
		CASE(test_what_is_kept_is_bounded),
		CASE(test_events_that_contradict_themselves_are_refused),
		CASE(test_variables_are_named),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
