/*
 * metric_quality: the measurement itself.
 */
#include "metric_group.h"

#include "probe/measurement.h"

#include <string.h>

static double check_passed(const struct profile *p, const char *id)
{
	for (size_t i = 0; i < p->checks_count; i++)
		if (strcmp(p->checks[i].id, id) == 0)
			return p->checks[i].passed;
	return NAN;
}

SUM(polling_busy_share, p->polling_share)
SUM(quality_cost_share,
	ratio(p->measurement->cost.probe_cpu_s + p->measurement->cost.tool_cpu_s, cpu_s(p)))
SUM(quality_every_switch, p->measurement->look_ns == 0)
SUM(quality_grade, p->grade)
SUM(quality_loaded, check_passed(p, "load"))
SUM(quality_long_enough, check_passed(p, "duration"))
SUM(quality_lost, (double)p->lost)
SUM(quality_undisturbed, check_passed(p, "cpu-pressure"))

static double quality_failed(const struct profile *p)
{
	size_t failed = 0;

	for (size_t i = 0; i < p->checks_count; i++)
		failed += !p->checks[i].passed;
	return (double)failed;
}

static const struct metric polling_rows[] = {
	{"polling.busy_share", "share",
		"of on-CPU time, asking again and again whether something is ready",
		polling_busy_share},
};

const struct metric_group metric_polling = METRIC_GROUP(polling_rows);

static const struct metric quality_rows[] = {
	{"quality.cost_share", "share", "CPU taken by the measuring, of the target's own",
		quality_cost_share},
	{"quality.every_switch", "bool",
		"every wait and what ended it was seen, not what looks now and then met",
		quality_every_switch},
	{"quality.failed", "count", "checks of the measurement that failed", quality_failed},
	{"quality.grade", "grade", "0 good, 1 fair, 2 poor", quality_grade},
	{"quality.loaded", "bool", "the target did something while it was measured",
		quality_loaded},
	{"quality.long_enough", "bool", "long enough, or enough operations, to judge",
		quality_long_enough},
	{"quality.lost", "count", "records, probes and samples that were lost", quality_lost},
	{"quality.undisturbed", "bool", "other programs did not take the CPUs away",
		quality_undisturbed},
};

const struct metric_group metric_quality = METRIC_GROUP(quality_rows);
