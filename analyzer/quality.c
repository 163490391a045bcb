/*
 * quality: checks of the measurement, one function each.
 *
 * A check that has nothing to look at (no sampling, no loop) passes. Too short or without load, a
 * measurement is poor whatever else holds: nothing can be concluded from it.
 */
#include "quality.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A second, or 30 operations: the mean of 30 is known to a fifth of their spread. */
#define DURATION_ENOUGH_S 1.0
#define OPERATIONS_ENOUGH 30
/* Less work than this in all is what starting a program takes, not what it does. */
#define WORK_ENOUGH_S 0.05
/* Of so much work a start is no more than that margin, however short the run was. */
#define WORK_AMPLE_S (WORK_ENOUGH_S / MARGIN)
#define LOST_SHARE 0.01
/* The standard error of a share from 30 samples is under 0.1. */
#define SAMPLES_ENOUGH 30
#define SAMPLED_FROM_S 0.25 /* of computing: below it too few samples change little */
/* A service that works less than this has shown how it waits, not how it works. */
#define LOAD_SHARE 0.01

static const char *const grades[] = {
	[GRADE_GOOD] = "good",
	[GRADE_FAIR] = "fair",
	[GRADE_POOR] = "poor",
};

const char *grade_name(enum grade g)
{
	return grades[g];
}

struct finding {
	bool passed;
	bool absent; /* there is nothing to say */
	char *message;
};

static struct finding found(bool passed, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static struct finding found(bool passed, const char *format, ...)
{
	struct finding f = {.passed = passed};
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&f.message, format, arguments) < 0)
		f.message = NULL;
	va_end(arguments);
	return f;
}

static double cpu_s(const struct profile *p)
{
	return p->time.s[STATE_CPU_USER] + p->time.s[STATE_CPU_KERNEL];
}

/* Waits that could run side by side; of a program that starts others, those. */
static uint64_t operations_seen(const struct profile *p, const struct meaning *x)
{
	uint64_t children = 0;

	for (size_t i = 0; i < x->m->processes_count; i++)
		if (x->family.parent[i] != MEASURED_NONE && x->m->processes[i].started)
			children += 1 + x->m->processes[i].earlier;
	return children > p->work.operations ? children : p->work.operations;
}

static struct finding check_duration(const struct profile *p, const struct meaning *x)
{
	uint64_t operations = operations_seen(p, x);
	/* Of a loop that had several requests under way, as if it had waited for one at a time. */
	double work_s = p->work.busy.total_s + p->work.exchanges_s;
	bool enough = p->wall_s >= DURATION_ENOUGH_S || work_s >= WORK_AMPLE_S ||
		      (operations >= OPERATIONS_ENOUGH && work_s >= WORK_ENOUGH_S);
	const char *words = enough ? "long enough" : "too short";

	if (operations == 0)
		return found(enough, "%s: %.2f s", words, p->wall_s);
	return found(enough, "%s: %.2f s, %llu operation%s", words, p->wall_s,
		(unsigned long long)operations, operations == 1 ? "" : "s");
}

static double unexplained_s(const struct profile *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		sum += p->threads[i].unexplained_s;
	return sum;
}

static double events(const struct measurement *m)
{
	double sum = 1;

	for (size_t i = 0; i < m->waits_count; i++)
		sum += (double)m->waits[i].count;
	for (size_t i = 0; i < m->samples_count; i++)
		sum += (double)m->samples[i].count;
	return sum;
}

static struct finding check_loss(const struct profile *p, const struct meaning *x)
{
	double missing_s = unexplained_s(p);
	bool passed = (double)p->lost <= LOST_SHARE * events(x->m) &&
		      missing_s <= LOST_SHARE * p->time.total_s;

	if (p->lost == 0)
		return found(true, "nothing lost");
	return found(passed, "%llu records lost, %.3f s of thread time not explained",
		(unsigned long long)p->lost, missing_s);
}

static struct finding check_cpu_pressure(const struct profile *p, const struct meaning *x)
{
	double wanted_s = cpu_s(p) + p->time.s[STATE_RUN_QUEUE];
	double share = wanted_s > 0 ? p->concurrency.pressure_s / wanted_s : 0;
	double own_s = fmax(0, p->time.s[STATE_RUN_QUEUE] - p->concurrency.pressure_s);

	(void)x;
	if (share > MARGIN)
		return found(false,
			"other programs took the CPUs: %.0f %% of the time that it wanted one",
			share * 100);
	return found(true,
		"CPUs were free: of the time that it wanted one it waited %.0f %% for other "
		"programs, %.0f %% for its own threads or to be woken",
		share * 100, wanted_s > 0 ? own_s / wanted_s * 100 : 0);
}

static struct finding check_samples(const struct profile *p, const struct meaning *x)
{
	uint64_t samples = 0;
	bool enough;

	for (size_t i = 0; i < x->m->samples_count; i++)
		samples += x->m->samples[i].count;
	if (x->m->sample_hz <= 0 && samples == 0)
		return found(true, "what it computed was not sampled");
	enough = samples >= SAMPLES_ENOUGH || cpu_s(p) < SAMPLED_FROM_S || x->m->sample_hz <= 0;
	return found(enough, "%llu sample%s of what it computed", (unsigned long long)samples,
		samples == 1 ? "" : "s");
}

static struct finding check_load(const struct profile *p, const struct meaning *x)
{
	double busy = p->wall_s > 0 ? p->work.busy.total_s / p->wall_s : 0;
	bool attached = x->m->target.mode == MEASURED_ATTACH;

	if (!attached && !p->work.service)
		return found(true, "the whole run was seen");
	if (busy < LOAD_SHARE)
		return found(false, "hardly any load: it worked %.1f %% of the time", busy * 100);
	if (busy >= 1)
		return found(true, "seen under load: %.1f threads at work on average", busy);
	return found(true, "seen under load: it worked %.1f %% of the time", busy * 100);
}

/*
 * What runs inside the target's own switches slows it, the tool beside it does not. Of the wall
 * time: a target that sleeps is not slowed by what happens meanwhile.
 */
static struct finding check_cost(const struct profile *p, const struct meaning *x)
{
	const struct measured_cost *cost = &x->m->cost;
	double probe_s = isnan(cost->probe_cpu_s) ? 0 : cost->probe_cpu_s;
	double all_s = probe_s + (isnan(cost->tool_cpu_s) ? 0 : cost->tool_cpu_s);

	if ((isnan(cost->probe_cpu_s) && isnan(cost->tool_cpu_s)) || !(p->wall_s > 0))
		return found(true, "what measuring cost is not known");
	return found(probe_s <= MARGIN * p->wall_s,
		"measuring itself cost %.1f ms of CPU (%.2f %% of one CPU), %.1f ms of it in the "
		"kernel's switches",
		all_s * 1e3, all_s / p->wall_s * 100, probe_s * 1e3);
}

static size_t frames_nameless(const struct profile *p)
{
	size_t nameless = 0;

	for (size_t i = 0; i < p->measurement->frames_count; i++)
		nameless += !p->measurement->frames[i].function || p->frames[i].generated;
	return nameless;
}

/* Runtimes that make code while they run, and how they are asked to write down where it lies. */
static const struct generator {
	const char *runtime, *language, *advice;
} generators[] = {
	{"node", "javascript",
		"for lines of JavaScript: node --perf-basic-prof --interpreted-frames-native-stack"},
	{"jvm", "java",
		"for Java methods: java -XX:+PreserveFramePointer, and jcmd PID Compiler.perfmap "
		"or -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit"},
};

static bool is_language_named(const struct measurement *m, const char *language)
{
	for (size_t i = 0; i < m->frames_count; i++)
		if (m->frames[i].language && strcmp(m->frames[i].language, language) == 0)
			return true;
	return false;
}

static bool is_runtime_there(const struct measurement *m, const char *name)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (strcmp(m->runtimes[i].name, name) == 0)
			return true;
	return false;
}

/* What to do for names that are missing; NULL: nothing. */
static const char *names_advice(const struct measurement *m)
{
	for (size_t i = 0; i < sizeof(generators) / sizeof(generators[0]); i++)
		if (is_runtime_there(m, generators[i].runtime) &&
			!is_language_named(m, generators[i].language))
			return generators[i].advice;
	return NULL;
}

static struct finding check_names(const struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	const char *advice = names_advice(m);
	size_t nameless = frames_nameless(p), cut = 0;

	for (size_t i = 0; i < m->stacks_count; i++)
		cut += m->stacks[i].truncated;
	if (m->stacks_count == 0)
		return found(true, "no call sites were taken");
	return found(2 * nameless <= m->frames_count && 2 * cut <= m->stacks_count,
		"call sites: %zu of %zu frames have a name, %zu of %zu chains are whole%s%s",
		m->frames_count - nameless, m->frames_count, m->stacks_count - cut, m->stacks_count,
		advice ? "; " : "", advice ? advice : "");
}

/* A backend that looks now and then knows less than one that sees every switch. */
static struct finding check_backend(const struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	uint64_t unseen_ns = 0;

	(void)p;
	if (m->look_ns == 0)
		return (struct finding){.absent = true};
	for (size_t i = 0; i < m->waits_count; i++)
		if (m->waits[i].syscall && strcmp(m->waits[i].syscall, MEASURED_UNSEEN) == 0)
			unseen_ns += m->waits[i].total_ns;
	return found(false,
		"looked at every %.1f ms by /%s, not by eBPF: shorter waits are estimates, %.3f s "
		"of them are of no known kind%s%s",
		(double)m->look_ns / 1e6, m->backend, (double)unseen_ns / 1e9,
		m->instead ? "; " : "", m->instead ? m->instead : "");
}

/* How much a check that fails weighs: two are poor. Names change no verdict. */
enum weight { WEIGHT_NONE, WEIGHT_ONE, WEIGHT_DECISIVE };

static const struct {
	const char *id;
	struct finding (*check)(const struct profile *p, const struct meaning *x);
	enum weight weight;
} checks[] = {
	{"duration", check_duration, WEIGHT_DECISIVE},
	{"loss", check_loss, WEIGHT_ONE},
	{"cpu-pressure", check_cpu_pressure, WEIGHT_ONE},
	{"samples", check_samples, WEIGHT_ONE},
	{"load", check_load, WEIGHT_ONE},
	{"cost", check_cost, WEIGHT_ONE},
	{"names", check_names, WEIGHT_NONE},
	{"backend", check_backend, WEIGHT_ONE},
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

int quality_fill(struct profile *p, const struct meaning *x)
{
	int failed = 0;

	p->checks = calloc(CHECKS, sizeof(*p->checks));
	if (!p->checks)
		return -ENOMEM;
	for (size_t i = 0; i < CHECKS; i++) {
		struct finding f = checks[i].check(p, x);

		if (f.absent)
			continue;
		if (!f.message)
			return -ENOMEM;
		p->checks[p->checks_count++] =
			(struct profile_check){checks[i].id, f.passed, f.message};
		failed += f.passed ? 0 : (int)checks[i].weight;
	}
	p->grade = failed == 0 ? GRADE_GOOD : failed == 1 ? GRADE_FAIR : GRADE_POOR;
	return 0;
}
