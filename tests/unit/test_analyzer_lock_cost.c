/* What is computed at locks, and what only looks so. */
#include "analyzer/lock_cost.h"

#include "scene.h"

/* Two threads compute; so many of a hundred samples each are in that function, which is compiled
 * into another one if outer is told, the others in work(). */
struct sampled {
	const char *inner, *outer;
	uint64_t count;
	bool alone;          /* one thread does all */
	const char *runtime; /* with a global lock */
};

static struct profile *profile_of(struct measurement **ret, struct sampled s)
{
	struct measurement *m = scene_new(2);
	size_t process = scene_process(m, 7, 1);
	size_t frames[] = {scene_frame(m, "c", s.inner, "a.c", 1, "libc.so.6"),
		scene_frame(m, "c", s.outer ? s.outer : "caller", "a.c", 2, "a")};
	size_t work = scene_frame(m, "c", "work", "a.c", 3, "a"), at, elsewhere;

	m->frames[frames[0]].inlined = s.outer != NULL;
	at = scene_stack(m, frames, 2);
	elsewhere = scene_stack(m, &work, 1);
	if (s.runtime)
		scene_runtime(m, process, s.runtime, true);
	for (int i = 0; i < (s.alone ? 1 : 2); i++) {
		size_t thread = scene_thread(m, process, 7 + i, 1.9);

		scene_sample(m, thread, NULL, false, -1, s.count);
		m->samples[m->samples_count - 1].stack = at;
		scene_sample(m, thread, NULL, false, -1, 100 - s.count);
		m->samples[m->samples_count - 1].stack = elsewhere;
	}
	*ret = m;
	return scene_profile(m);
}

static double share_of(struct sampled s)
{
	struct measurement *m;
	struct profile *p = profile_of(&m, s);
	double share = p->lock_cpu_share;

	scene_end(m, p);
	return share;
}

static void locks_are_told_by_their_functions(void **state)
{
	(void)state;
	assert_near(share_of((struct sampled){"pthread_spin_lock", .count = 90}), 0.9, 1e-9);
	assert_near(share_of((struct sampled){"___pthread_mutex_lock", .count = 30}), 0.3, 1e-9);
	assert_near(
		share_of((struct sampled){"__pthread_rwlock_rdunlock", .count = 30}), 0.3, 1e-9);
	assert_near(share_of((struct sampled){"futex_wake", .count = 30}), 0.3, 1e-9);
	assert_near(share_of((struct sampled){"locksmith", .count = 90}), 0, 0);
	assert_near(share_of((struct sampled){NULL, .count = 90}), 0, 0);
}

static void who_is_compiled_into_a_lock_is_of_it(void **state)
{
	(void)state;
	assert_near(
		share_of((struct sampled){"spin", "pthread_mutex_lock", .count = 40}), 0.4, 1e-9);
	assert_near(share_of((struct sampled){"lll_mutex_lock_optimized", "work", .count = 40}),
		0.4, 1e-9);
}

static void one_thread_fights_with_nobody(void **state)
{
	(void)state;
	assert_nan(share_of((struct sampled){"pthread_spin_lock", .count = 90, .alone = true}));
}

/* It has rules of its own. */
static void a_runtime_s_lock_is_another_matter(void **state)
{
	(void)state;
	assert_nan(share_of(
		(struct sampled){"pthread_mutex_lock", .count = 90, .runtime = "cpython"}));
}

static size_t rows_known(uint64_t count)
{
	struct measurement *m;
	struct profile *p = profile_of(&m, (struct sampled){"pthread_spin_lock", .count = count});
	size_t known = 0;

	for (size_t i = 0; i < p->predictions_count; i++)
		known += !isnan(p->predictions[i].wall_s);
	scene_end(m, p);
	return known;
}

static void what_models_without_the_lock_would_compute_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(rows_known(80), 1);
	assert_int_equal(rows_known(10), MODEL_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_are_told_by_their_functions),
		cmocka_unit_test(who_is_compiled_into_a_lock_is_of_it),
		cmocka_unit_test(one_thread_fights_with_nobody),
		cmocka_unit_test(a_runtime_s_lock_is_another_matter),
		cmocka_unit_test(what_models_without_the_lock_would_compute_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
