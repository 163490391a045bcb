/*
 * Chains of calls against those that a program has noted itself, in builds of many kinds; and of
 * stacks of which a part was not copied.
 */
#include "unwind_specimen.h"

static const char *const scenes[] = {
	"plain", "callback", "alloca", "aligned", "signal", "restorer", "thread", "generated"};

static bool note_matches(
	struct stopped *s, const struct notes *n, size_t row, const struct unwind_frame *f)
{
	struct unwind_frame noted = frame_at(s, n->rows[row].address - !n->rows[row].exact);

	return f->module == noted.module && f->address == noted.address;
}

/* Every note is in the chain, in its order. */
static void notes_follow(struct stopped *s, const struct unwind_frame *frames, size_t count)
{
	struct notes n = notes_read(s);
	size_t left = n.count;

	for (size_t at = 0; at < count && left > 0; at++)
		left -= note_matches(s, &n, left - 1, &frames[at]);
	if (left > 0)
		chain_print(frames, count);
	assert_int_equal(left, 0);
}

static void scene_check(size_t build, const char *scene)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct stopped *s;
	bool truncated;
	size_t count;

	print_message("%s %s: %s\n", builds[build].compiler, builds[build].flags, scene);
	s = specimen_start(build, scene);
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	notes_follow(s, frames, count);
	if (truncated)
		chain_print(frames, count);
	assert_false(truncated);
	if (strcmp(scene, "thread") != 0)
		assert_true(frame_is_in(&frames[count - 1], "_start"));
	specimen_end(NULL);
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++) {
		if (!specimen_build(b))
			continue;
		for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
			scene_check(b, scenes[i]);
	}
}

/* A handler on a stack of its own: what lies below it was not copied, and it is said so. */
static void test_other_stack(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct stopped *s;
	bool truncated;
	size_t count;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "altstack");
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_true(truncated);
	assert_true(count >= 6 && frame_is_in(&frames[count - 1], "spin"));
	specimen_end(NULL);
}

/* As much of the stack as was copied is unwound, and it is said that it was cut. */
static void test_cut_stack(void **state)
{
	struct unwind_frame whole[FRAMES_MAX], cut[FRAMES_MAX];
	size_t count, whole_count, bytes;
	struct stopped *s;
	bool truncated;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "plain");
	whole_count = unwind(s->modules, &s->input, whole, FRAMES_MAX, &truncated);
	bytes = s->input.stack_bytes;
	truncated = true;
	for (s->input.stack_bytes = 0; s->input.stack_bytes < bytes && truncated;
		s->input.stack_bytes++) {
		count = unwind(s->modules, &s->input, cut, FRAMES_MAX, &truncated);
		assert_in_range(count, 1, whole_count);
		assert_memory_equal(cut, whole, count * sizeof(cut[0]));
		assert_int_equal(truncated, count < whole_count);
	}
	assert_false(truncated);
	count = unwind(s->modules, &s->input, cut, 2, &truncated);
	assert_true(count == 2 && truncated);
	specimen_end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_scenes, specimen_end),
		cmocka_unit_test_teardown(test_other_stack, specimen_end),
		cmocka_unit_test_teardown(test_cut_stack, specimen_end),
	};

	return cmocka_run_group_tests_name("unwind", tests, folder_make, folder_remove);
}
