/* What was seen on sockets: how it is kept and bounded, and when watching it is given up. That it
 * is right is shown by tests/live/exchanges.py. */
#include "collector_bench.h"

#include "probe/exchange_watch.h"

#define KEPT 50000

static void exchange(struct bench *b, unsigned int serial, uint64_t at_ns, uint32_t socket)
{
	struct wire_exchange e = {.h = HEAD(WIRE_EXCHANGE, serial, at_ns),
		.wait_ns = 5 * MS,
		.taken_ns = 7 * MS,
		.socket = socket,
		.asked_port = 8080,
		.goes_on = 1};

	TAKE(b, e);
}

static void what_was_seen_is_kept(void **state)
{
	struct bench *b = *state;
	const struct measured_exchange *e;

	start(b, 1, 100, 100, 1);
	exchange(b, 1, OPENED + 30 * MS, 9);
	exchange(b, 77, OPENED + 30 * MS, 9); /* of nobody */
	b->m->exchanges_end_ns = OPENED + SECOND;
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	assert_int_equal(b->m->exchanges_count, 1);
	e = &b->m->exchanges[0];
	assert_int_equal(e->thread, 0);
	assert_int_equal(e->start_ns, 30 * MS);
	assert_int_equal(e->wait_ns, 5 * MS);
	assert_int_equal(e->taken_ns, 7 * MS);
	assert_int_equal(e->socket, 9);
	assert_int_equal(e->asked_port, 8080);
	assert_true(e->goes_on);
	assert_false(e->connects);
	assert_int_equal(b->m->exchanges_end_ns, SECOND);
}

static void more_than_are_kept_are_counted(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 0; i < KEPT + 7; i++)
		exchange(b, 1, OPENED + i, i);
	assert_int_equal(b->m->exchanges_count, KEPT);
	assert_int_equal(b->m->exchanges_missed, 7);
	measurement_restart(b->m); /* as when a launcher becomes the program */
	assert_int_equal(b->m->exchanges_count, 0);
	assert_int_equal(b->m->exchanges_missed, 0);
}

/* 2 ms, and 0.2 % of the time so far. */
static void it_is_given_up_when_it_costs_too_much(void **state)
{
	struct exchange_watch w = {.start_ns = (int64_t)OPENED};

	(void)state;
	assert_false(exchange_watch_costs(&w, 2 * MS, OPENED));
	assert_true(exchange_watch_costs(&w, 2 * MS + 1, OPENED));
	assert_false(exchange_watch_costs(&w, 4 * MS - 1, OPENED + SECOND));
	assert_true(exchange_watch_costs(&w, 4 * MS + 1, OPENED + SECOND));
	assert_false(exchange_watch_costs(&w, 7200 * MS, OPENED + 3600 * SECOND));
}

static void what_was_never_watched_is_not_noted(void **state)
{
	struct bench *b = *state;
	struct exchange_watch w = {0};

	exchange_watch_turn(&w, OPENED);
	exchange_watch_close(&w, b->m, OPENED + SECOND);
	assert_int_equal(b->m->exchanges_end_ns, 0);
	w.start_ns = (int64_t)OPENED;
	exchange_watch_close(&w, NULL, OPENED + SECOND);
	assert_int_equal(b->m->exchanges_end_ns, 0);
	exchange_watch_close(&w, b->m, OPENED + 2 * SECOND); /* it had ended before */
	assert_int_equal(b->m->exchanges_end_ns, OPENED + SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_seen_is_kept),
		CASE(more_than_are_kept_are_counted),
		CASE(it_is_given_up_when_it_costs_too_much),
		CASE(what_was_never_watched_is_not_noted),
	};

	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
