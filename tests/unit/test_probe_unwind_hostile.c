/*
 * Chains of calls from stacks made to mislead, and from bytes that are no stack at all.
 */
#include "unwind_specimen.h"

/* A frame whose caller is itself: code that finds its frame by %rbp, which points to where it was
 * saved. */
static void test_endless(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	uint64_t words[32] = {0};
	struct stopped *s;
	bool truncated;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "plain");
	unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_true(frame_is_in(&frames[2], "inner"));
	s->input.registers.ip = s->bias + frames[2].address + 1;
	s->input.registers.bp = s->input.registers.sp + 64;
	words[8] = s->input.registers.bp;
	words[9] = s->input.registers.ip;
	s->input.stack = words;
	s->input.stack_bytes = sizeof(words);
	assert_int_equal(unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated), 2);
	assert_true(truncated);
}

static size_t build_without_information(void)
{
	size_t build = 0;

	while (!builds[build].frame_pointers_only)
		build++;
	assert_true(specimen_build(build));
	return build;
}

/* A return address on top of the stack, but from another function: the frame pointer holds. */
static void test_no_leaf(void **state)
{
	struct stopped *s = specimen_start(build_without_information(), "plain");
	struct unwind_frame frames[FRAMES_MAX], caller;
	struct notes n = notes_read(s);
	uint64_t words[32] = {n.rows[1].address}; /* called busy() */
	bool truncated;
	size_t count;

	(void)state;
	assert_true(n.count >= 5);
	/* In inner(), which stop() was to return to, as called by middle(). */
	s->input.registers.ip = n.rows[n.count - 1].address;
	s->input.registers.bp = s->input.registers.sp + 64;
	words[9] = n.rows[n.count - 2].address;
	s->input.stack = words;
	s->input.stack_bytes = sizeof(words);
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	caller = frame_at(s, words[9] - 1);
	assert_true(count >= 2 && frame_is_in(&frames[0], "inner"));
	assert_ptr_equal(frames[1].module, caller.module);
	assert_int_equal(frames[1].address, caller.address);
}

/* Marsaglia's xorshift: the same numbers each time. */
static uint64_t chance(void)
{
	static uint64_t n = 88172645463325252ULL;

	n ^= n << 13;
	n ^= n >> 7;
	return n ^= n << 17;
}

struct places {
	struct modules *modules;
	struct mapping rows[64];
	size_t count;
};

static void place_note(void *context, const struct mapping *m)
{
	struct places *p = context;

	modules_note(p->modules, m);
	if (p->count < sizeof(p->rows) / sizeof(p->rows[0]))
		p->rows[p->count++] = *m;
}

/* What could pass for a return address, for a frame pointer, or for nothing. */
static uint64_t word_made(const struct places *p, uint64_t sp)
{
	const struct mapping *m = &p->rows[chance() % p->count];

	switch (chance() % 4) {
	case 0:
		return m->start + chance() % m->length;
	case 1:
		return sp + chance() % WIRE_STACK_BYTES;
	case 2:
		return chance() % 100 ? sp + chance() % 64 * 8 : UINT64_MAX - chance() % 64;
	}
	return chance() >> chance() % 64;
}

static void test_hostile_bytes(void **state)
{
	static uint64_t stack[WIRE_STACK_BYTES / 8];
	struct places p = {.modules = modules_new()};
	struct unwind_frame frames[FRAMES_MAX];
	size_t longest = 0;
	bool truncated;

	(void)state;
	assert_int_equal(mapping_scan(getpid(), place_note, &p), 0);
	for (size_t round = 0; round < 20000; round++) {
		uint64_t sp =
			chance() % 50 ? 0x7fff00000000 + chance() % 512 * 8 : word_made(&p, 0);
		struct unwind_input in = {.pid = getpid(), .stack = stack};
		uint64_t registers[sizeof(in.registers) / sizeof(uint64_t)];
		size_t count;

		in.stack_bytes = chance() % sizeof(stack);
		for (size_t i = 0; i < in.stack_bytes / 8; i++)
			stack[i] = word_made(&p, sp);
		for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
			registers[i] = word_made(&p, sp);
		memcpy(&in.registers, registers, sizeof(registers));
		in.registers.sp = in.stack_start = sp;
		count = unwind(p.modules, &in, frames, FRAMES_MAX, &truncated);
		assert_true(count <= FRAMES_MAX);
		longest = count > longest ? count : longest;
	}
	assert_true(longest > 3); /* else nothing was tried */
	modules_free(p.modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_endless, specimen_end),
		cmocka_unit_test_teardown(test_no_leaf, specimen_end),
		cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests_name("unwind_hostile", tests, folder_make, folder_remove);
}
