/*
 * Chains of calls at every single instruction, against a shadow stack kept while single-stepping.
 */
#include "unwind_specimen.h"

/* What a processor would keep of calls, beside the stack. */
struct shadow {
	struct unwind_frame frames[FRAMES_MAX]; /* outermost first */
	size_t count;
};

static uint64_t word_at(const struct stopped *s, uint64_t address)
{
	uint64_t word, at = address - s->input.registers.sp;

	assert_true(at + sizeof(word) <= s->input.stack_bytes);
	memcpy(&word, s->stack + at, sizeof(word));
	return word;
}

/* One instruction on; calls and returns are told by what they do to the stack. False: the program
 * has sent itself the second signal. */
static bool step(struct stopped *s, struct shadow *shadow)
{
	struct wire_registers before = s->input.registers;
	uint64_t top = word_at(s, before.sp), pushed;
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, s->tid, NULL, 0), 0);
	assert_int_equal(waitpid(s->tid, &status, __WALL), s->tid);
	assert_true(WIFSTOPPED(status));
	registers_read(s);
	if (s->input.registers.sp == before.sp + 8 && s->input.registers.ip == top)
		shadow->count--;
	if (s->input.registers.sp != before.sp - 8)
		return WSTOPSIG(status) != SIGUSR1;
	pushed = word_at(s, s->input.registers.sp);
	if (pushed > before.ip && pushed <= before.ip + 7 && s->input.registers.ip != pushed)
		shadow->frames[shadow->count++] = frame_at(s, pushed - 1);
	return true;
}

static bool chain_is(const struct shadow *shadow, const struct unwind_frame *frames, size_t count)
{
	if (count != shadow->count + 1)
		return false;
	for (size_t i = 1; i < count; i++)
		if (frames[i].module != shadow->frames[shadow->count - i].module ||
			frames[i].address != shadow->frames[shadow->count - i].address)
			return false;
	return true;
}

static void steps_check(size_t build)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct shadow shadow = {0};
	size_t count, steps = 0;
	struct stopped *s;
	bool truncated;

	print_message("%s %s\n", builds[build].compiler, builds[build].flags);
	s = specimen_start(build, "steps");
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_false(truncated);
	for (size_t i = count - 1; i > 0; i--)
		shadow.frames[shadow.count++] = frames[i];
	for (; step(s, &shadow); steps++) {
		count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
		if (truncated || !chain_is(&shadow, frames, count))
			chain_print(frames, count);
		assert_true(!truncated && chain_is(&shadow, frames, count));
	}
	assert_true(steps > 1000);
	specimen_end(NULL);
}

/* At every single instruction: prologues and epilogues, linkage stubs, the dynamic linker, [vdso].
 */
static void test_steps(void **state)
{
	(void)state;
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++)
		if (!builds[b].frame_pointers_only && specimen_build(b))
			steps_check(b);
}

/* From the first instruction on: the code at which the kernel begins has no frame information. */
static void test_start(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct shadow shadow = {0};
	struct stopped *s;
	bool truncated;
	size_t count;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_execute(0, "plain");
	state_read(s);
	for (int n = 0; n < 2000; n++) {
		count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
		assert_true(!truncated && chain_is(&shadow, frames, count));
		step(s, &shadow);
	}
	assert_true(shadow.count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_steps, specimen_end),
		cmocka_unit_test_teardown(test_start, specimen_end),
	};

	return cmocka_run_group_tests_name("unwind_step", tests, folder_make, folder_remove);
}
