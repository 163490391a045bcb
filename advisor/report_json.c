/*
 * report_json: the report for programs, concadvise.report/1, as docs/report.schema.json says.
 *
 * One function a key of the report, in one table. A value that is not known is null.
 */
#include "format.h"

#include "advice.h"
#include "json.h"
#include "probe/measurement.h"
#include "report_json_key.h"
#include "report_object.h"
#include "subject.h"

#include <json-c/json.h>

static struct json_object *tool_json(const struct advice *a)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "name", "concadvise");
	json_add_text(o, "version", CONCADVISE_VERSION);
	json_add_text(o, "backend", a->profile->measurement->backend);
	json_add_number(o, "kernel_side_cpu_s", a->profile->measurement->cost.probe_cpu_s);
	json_add_number(o, "cpu_s", a->profile->measurement->cost.tool_cpu_s);
	return o;
}

static struct json_object *command_json(char *const *command)
{
	struct json_object *array;

	if (!command)
		return NULL;
	array = json_object_new_array();
	for (; *command; command++)
		json_object_array_add(array, json_text(*command));
	return array;
}

static struct json_object *runtime_json(
	const struct measurement *m, const struct measured_runtime *r)
{
	struct json_object *o = json_object_new_object();
	bool known = r->process < m->processes_count;

	json_object_object_add(
		o, "pid", known ? json_object_new_int(m->processes[r->process].pid) : NULL);
	json_add_text(o, "name", r->name);
	json_add_text(o, "version", r->version);
	json_add_boolean(o, "global_lock", r->global_lock);
	return o;
}

static bool has_runtime(const struct measurement *m, size_t process)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].process == process)
			return true;
	return false;
}

/* A row for every process: what has no runtime of its own is native code. */
static struct json_object *runtimes_json(const struct measurement *m)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < m->runtimes_count; i++)
		json_object_array_add(array, runtime_json(m, &m->runtimes[i]));
	for (size_t i = 0; i < m->processes_count; i++) {
		struct measured_runtime native = {.process = i, .name = (char *)"native"};

		if (!has_runtime(m, i))
			json_object_array_add(array, runtime_json(m, &native));
	}
	return array;
}

static struct json_object *launcher_json(const struct measured_target *t)
{
	struct json_object *o = t->launcher_ns ? json_object_new_object() : NULL;

	if (!o)
		return NULL;
	json_add_number(o, "wall_s", (double)t->launcher_ns / 1e9);
	json_add_count(o, "processes", (uint64_t)t->launcher_processes);
	return o;
}

/* The process that the advice is about. */
static struct json_object *subject_json(const struct profile *p)
{
	const struct measured_runtime *runtime = subject_runtime(p);
	size_t process = subject_process(p);
	struct json_object *o;

	if (process == MEASURED_NONE)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(
		o, "pid", json_object_new_int(p->measurement->processes[process].pid));
	json_add_text(o, "executable", p->measurement->processes[process].executable);
	json_add_text(o, "runtime", subject_runtime_name(p));
	json_add_text(o, "version", runtime ? runtime->version : NULL);
	return o;
}

static struct json_object *target_json(const struct advice *a)
{
	const struct measurement *m = a->profile->measurement;
	const struct measured_target *t = &m->target;
	struct json_object *o = json_object_new_object(), *pids = json_object_new_array();

	for (size_t i = 0; i < t->pids_count; i++)
		json_object_array_add(pids, json_object_new_int(t->pids[i]));
	json_add_text(o, "mode", t->mode == MEASURED_LAUNCH ? "launch" : "attach");
	json_object_object_add(o, "command", command_json(t->command));
	json_object_object_add(o, "pids", pids);
	json_object_object_add(
		o, "exit_status", t->has_exit_status ? json_object_new_int(t->exit_status) : NULL);
	json_object_object_add(o, "launcher", launcher_json(t));
	json_object_object_add(o, "runtimes", runtimes_json(m));
	json_object_object_add(o, "subject", subject_json(a->profile));
	return o;
}

static struct json_object *host_json(const struct advice *a)
{
	const struct measured_host *h = &a->profile->measurement->host;
	struct json_object *o = json_object_new_object();

	json_add_text(o, "kernel", h->kernel);
	json_add_text(o, "arch", h->arch);
	json_add_count(o, "cpus_online", (uint64_t)h->cpus_online);
	json_add_count(o, "cpus_allowed", (uint64_t)h->cpus_allowed);
	json_add_number(o, "cpu_quota", h->cpu_quota);
	return o;
}

static struct json_object *window_json(const struct advice *a)
{
	const struct profile *p = a->profile;
	struct json_object *o = json_object_new_object();

	json_add_number(o, "wall_s", p->wall_s);
	json_add_count(o, "threads_seen", measurement_threads(p->measurement));
	json_add_count(o, "processes_seen", measurement_processes(p->measurement));
	json_add_count(o, "lost", p->lost);
	return o;
}

static struct json_object *quality_json(const struct advice *a)
{
	const struct profile *p = a->profile;
	struct json_object *o = json_object_new_object(), *checks = json_object_new_array();

	for (size_t i = 0; i < p->checks_count; i++) {
		struct json_object *check = json_object_new_object();

		json_add_text(check, "id", p->checks[i].id);
		json_add_boolean(check, "passed", p->checks[i].passed);
		json_add_text(check, "message", p->checks[i].message);
		json_object_array_add(checks, check);
	}
	json_add_text(o, "grade", grade_name(p->grade));
	json_object_object_add(o, "checks", checks);
	return o;
}

static struct json_object *runs_json(const struct advice *a)
{
	return json_object_get(a->runs);
}

static const struct {
	const char *key;
	struct json_object *(*make)(const struct advice *a);
} keys[] = {
	{"tool", tool_json},
	{"target", target_json},
	{"host", host_json},
	{"window", window_json},
	{"quality", quality_json},
	{"time", time_json},
	{"concurrency", concurrency_json},
	{"threads", threads_json},
	{"waits", waits_json},
	{"cpu_sites", cpu_sites_json},
	{"locks", locks_json},
	{"event_loops", loops_json},
	{"interpreter_lock", interpreter_json},
	{"premise", premise_json},
	{"predictions", predictions_json},
	{"scaling", scaling_json},
	{"stacks", stacks_json},
	{"timeline", timeline_json},
	{"diagnosis", diagnosis_json},
	{"recommendation", recommendation_json},
	{"findings", findings_json},
	{"runs", runs_json},
};

struct json_object *report_json(const struct advice *a, bool explain)
{
	struct json_object *report = json_object_new_object();

	if (!report)
		return NULL;
	json_add_text(report, "schema", "concadvise.report/1");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_object_add(report, keys[i].key, keys[i].make(a));
	json_object_object_add(report, "considered", explain ? considered_json(a) : NULL);
	return report;
}

int report_json_write(struct json_object *report, const struct style *style, FILE *to)
{
	(void)style;
	return json_write(report, to);
}
