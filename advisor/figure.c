/*
 * figure: the table of compared numbers.
 */
#include "figure.h"

#include "value.h"

#include <json-c/json.h>
#include <math.h>

static double wall_s(struct json_object *report)
{
	return value_number(report, "window.wall_s");
}

static double cpu_s(struct json_object *report)
{
	return value_number(report, "time.thread_s.cpu_user") +
	       value_number(report, "time.thread_s.cpu_kernel");
}

static double lock_s(struct json_object *report)
{
	return value_number(report, "time.thread_s.lock") +
	       value_number(report, "time.thread_s.interpreter_lock");
}

static double run_queue_s(struct json_object *report)
{
	return value_number(report, "time.thread_s.run_queue");
}

/* Of the loop that is worst off. */
static double loop_lag_s(struct json_object *report)
{
	double worst = NAN;

	for (size_t i = 0; i < value_count(report, "event_loops"); i++)
		worst = fmax(
			worst, value_number(value_element(report, "event_loops", i), "lag_p99_s"));
	return worst;
}

/*
 * How long a service computes and waits for locks depends on the load that it had, which nobody
 * holds still; how long one turn of its loop takes does so least. How long one waits for a CPU
 * depends on what else ran on the machine.
 */
static const struct figure figures[] = {
	{"wall_s", "wall time", 0.01, 0.15, 0.3, true, false, wall_s},
	{"cpu_s", "computing", 0.01, 0.4, 0.6, true, false, cpu_s},
	{"lock_s", "waiting for locks", 0.01, 0.5, 1, true, false, lock_s},
	{"loop_lag_s", "turn of the loop, p99", 0.001, 1, 4, true, true, loop_lag_s},
	{"run_queue_s", "waiting for a CPU", 0.01, 0.5, 1, false, false, run_queue_s},
};

const struct figure *figure_all(size_t *ret_count)
{
	*ret_count = sizeof(figures) / sizeof(figures[0]);
	return figures;
}
