/* How much of what is computed only asks whether something is ready. */
#include "scene.h"

static void who_asks_and_never_sleeps_polls(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t spins = scene_thread(m, process, 7, 9), reads = scene_thread(m, process, 8, 9);
	size_t sleeps = scene_thread(m, process, 9, 5);
	struct profile *p;

	(void)state;
	scene_sample(m, spins, "poll", true, -1, 600);
	scene_sample(m, spins, NULL, false, -1, 400);
	scene_sample(m, reads, "read", true, -1, 500);
	scene_sample(m, sleeps, "recvfrom", true, -1, 500);
	m->threads[sleeps].switches_voluntary = 100000; /* it waits properly, often */
	p = scene_profile(m);
	assert_near(p->polling_share, 0.3, 1e-9);
	scene_end(m, p);
}

static void sample_in(
	struct measurement *m, const char *function, const char *syscall, uint64_t count)
{
	size_t frame = scene_frame(m, "c", function, "serve.c", 7, "/usr/bin/serve");

	scene_sample(m, 0, syscall, syscall != NULL, -1, count);
	m->samples[m->samples_count - 1].stack = scene_stack(m, &frame, 1);
}

/* One thread, met 400 times in the call, so often in the function around it, else elsewhere. */
static double share_with(const char *around, uint64_t between)
{
	struct measurement *m = scene_new(10);
	struct profile *p;
	double share;

	scene_thread(m, scene_process(m, 7, 1), 7, 9);
	sample_in(m, around, "recvfrom", 400);
	sample_in(m, around, NULL, between);
	sample_in(m, "handle", NULL, 600 - between);
	p = scene_profile(m);
	share = p->polling_share;
	scene_end(m, p);
	return share;
}

static void what_lies_between_two_calls_is_polling(void **state)
{
	(void)state;
	assert_near(share_with("look", 0), 0.4, 1e-9);
	assert_near(share_with("look", 300), 0.7, 1e-9);
}

static void it_takes_no_longer_than_they(void **state)
{
	(void)state;
	assert_near(share_with("look", 500), 0.8, 1e-9);
}

/* Any may be another. */
static void functions_without_a_name_are_none(void **state)
{
	(void)state;
	assert_near(share_with(NULL, 300), 0.4, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_and_never_sleeps_polls),
		cmocka_unit_test(what_lies_between_two_calls_is_polling),
		cmocka_unit_test(it_takes_no_longer_than_they),
		cmocka_unit_test(functions_without_a_name_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
