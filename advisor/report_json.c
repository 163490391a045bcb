/*
 * report_json: the report for programs, concadvise.report/1, as docs/report.schema.json says.
 *
 * One function a key of the report, in one table. A value that is not known is null.
 */
#include "format.h"

#include "advice.h"
#include "json.h"
#include "location.h"
#include "probe/measurement.h"
#include "report_json_site.h"
#include "report_json_stacks.h"
#include "report_json_timeline.h"
#include "report_object.h"
#include "repository.h"
#include "rule.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
	json_object_object_add(o, "runtimes", runtimes_json(m));
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
	json_add_count(o, "processes_seen", p->measurement->processes_count);
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

static struct json_object *states_json(const struct profile_time *time, double divisor)
{
	struct json_object *o = json_object_new_object();

	for (enum state s = 0; s < STATE_COUNT; s++)
		json_add_number(o, state_name(s), time->s[s] / divisor);
	return o;
}

static struct json_object *time_json(const struct advice *a)
{
	const struct profile_time *time = &a->profile->time;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "thread_s", states_json(time, 1));
	json_add_number(o, "total_s", time->total_s);
	/* Of no time at all, no share is known: 0 / 0 is null. */
	json_object_object_add(o, "share", states_json(time, time->total_s));
	json_object_object_add(o, "busy_s", states_json(&a->profile->work.busy, 1));
	json_add_number(o, "busy_total_s", a->profile->work.busy.total_s);
	return o;
}

static struct json_object *concurrency_json(const struct advice *a)
{
	const struct profile_concurrency *c = &a->profile->concurrency;
	struct json_object *o = json_object_new_object(), *running = json_object_new_array();

	for (size_t i = 0; i < c->running_count; i++)
		json_object_array_add(running, json_number(c->running_s[i]));
	json_add_count(o, "threads_peak", c->threads_peak);
	json_add_count(o, "processes_peak", c->processes_peak);
	json_add_number(o, "mean_running", c->mean_running);
	json_object_object_add(o, "running_s", running);
	json_add_number(o, "mean_waiting", c->mean_waiting);
	json_add_number(o, "cpu_utilization", c->cpu_utilization);
	json_add_number(o, "cpus_usable", c->cpus);
	return o;
}

static const struct measured_thread *measured(const struct profile *p, size_t thread)
{
	return &p->measurement->threads[p->threads[thread].measured];
}

static void add_thread_ids(struct json_object *o, const struct profile *p, size_t thread)
{
	const struct measured_thread *t = measured(p, thread);
	bool known = t->process < p->measurement->processes_count;

	json_object_object_add(o, "pid",
		known ? json_object_new_int(p->measurement->processes[t->process].pid) : NULL);
	json_object_object_add(o, "tid", json_object_new_int(t->tid));
}

static struct json_object *threads_json(const struct advice *a)
{
	const struct profile *p = a->profile;
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < p->threads_count; i++) {
		const struct measured_thread *t = measured(p, i);
		struct json_object *o = json_object_new_object();

		add_thread_ids(o, p, i);
		json_add_text(o, "name", t->name);
		json_add_text(o, "role", role_name(p->threads[i].role));
		if (t->earlier)
			json_add_count(o, "threads", 1 + t->earlier);
		json_add_number(o, "wall_s", p->threads[i].wall_s);
		json_object_object_add(
			o, "time", json_in_one_line(states_json(&p->threads[i].time, 1)));
		json_add_count(o, "switches_voluntary", t->switches_voluntary);
		json_add_count(o, "switches_involuntary", t->switches_involuntary);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *waits_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->waits_count; i++) {
		const struct profile_wait *w = &a->profile->waits[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", state_name(w->state));
		json_add_text(o, "syscall", w->syscall);
		json_add_text(o, "object", w->object);
		json_add_count(o, "count", w->count);
		json_add_number(o, "total_s", w->total_s);
		json_add_number(o, "mean_s", w->mean_s);
		json_add_number(o, "p50_s", w->p50_s);
		json_add_number(o, "p99_s", w->p99_s);
		json_add_number(o, "max_s", w->max_s);
		json_add_number(o, "overlapped", w->overlapped);
		json_add_count(o, "threads", w->threads);
		json_add_boolean(o, "idle", w->idle);
		json_object_object_add(o, "callsite", first_callsite_json(a->profile, &w->sites));
		json_object_object_add(o, "sites", wait_sites_json(a->profile, &w->sites));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *cpu_sites_json(const struct advice *a)
{
	return compute_sites_json(a->profile, &a->profile->cpu_sites);
}

static struct json_object *locks_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->locks_count; i++) {
		const struct profile_lock *l = &a->profile->locks[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "kind", l->kind);
		json_object_object_add(o, "address", l->address ? json_hex(l->address) : NULL);
		json_add_text(o, "object", l->object);
		json_object_object_add(o, "pid", l->pid ? json_object_new_int(l->pid) : NULL);
		json_add_count(o, "waits", l->waits);
		json_add_number(o, "total_wait_s", l->total_wait_s);
		json_add_number(o, "max_wait_s", l->max_wait_s);
		json_add_count(o, "waiters", l->waiters);
		json_object_object_add(
			o, "owner", l->owner_tid ? json_object_new_int(l->owner_tid) : NULL);
		json_add_boolean(o, "inferred", l->inferred);
		json_add_text(o, "name", l->name);
		json_object_object_add(o, "callsite", first_callsite_json(a->profile, &l->waiting));
		json_object_object_add(o, "sites", wait_sites_json(a->profile, &l->waiting));
		json_object_object_add(o, "holders", holders_json(a->profile, &l->holding));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *blocking_json(const struct profile *p, const struct profile_loop *loop)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < loop->blocking_count; i++) {
		const struct profile_blocking *b = &loop->blocking[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", state_name(b->state));
		json_add_text(o, "syscall", b->syscall);
		json_add_count(o, "count", b->count);
		json_add_number(o, "total_s", b->total_s);
		json_add_number(o, "max_s", b->max_s);
		json_object_object_add(o, "callsite", first_callsite_json(p, &b->sites));
		json_object_object_add(o, "sites", wait_sites_json(p, &b->sites));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *loops_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->loops_count; i++) {
		const struct profile_loop *l = &a->profile->loops[i];
		struct json_object *o = json_object_new_object();

		add_thread_ids(o, a->profile, l->thread);
		json_object_object_add(o, "iterations",
			l->iterations < 0 ? NULL : json_object_new_int64(l->iterations));
		json_add_number(o, "busy_share", l->busy_share);
		json_add_number(o, "lag_p50_s", l->lag_p50_s);
		json_add_number(o, "lag_p99_s", l->lag_p99_s);
		json_add_number(o, "lag_max_s", l->lag_max_s);
		json_add_number(o, "compute_max_s", l->compute_max_s);
		json_add_boolean(o, "saturated", l->saturated);
		json_add_number(o, "capacity", l->capacity);
		json_object_object_add(o, "blocking", blocking_json(a->profile, l));
		json_add_number(o, "stall_threshold_s", STALL_S);
		json_object_object_add(o, "stalls_seen",
			l->stalls_seen < 0 ? NULL : json_object_new_int64(l->stalls_seen));
		json_object_object_add(o, "stalls", stalls_json(a->profile, l));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *interpreter_json(const struct advice *a)
{
	const struct profile_interpreter *i = &a->profile->interpreter;
	struct json_object *o;

	if (!i->present)
		return NULL;
	o = json_object_new_object();
	json_add_number(o, "held_share", i->held_share);
	json_add_number(o, "wait_s", i->wait_s);
	json_add_number(o, "free_cpu_share", i->free_cpu_share);
	return o;
}

static struct json_object *costs_json(const struct prediction_costs *c)
{
	struct json_object *o = json_object_new_object();

	json_add_number(o, "once_s", c->once_s);
	json_add_number(o, "worker_s", c->each_s);
	json_add_number(o, "operation_s", c->operation_s);
	json_add_number(o, "result_s", c->passing_s);
	json_add_number(o, "wakeup_s", c->wakeup_s);
	json_add_number(o, "worker_bytes", c->worker_bytes);
	return o;
}

static struct json_object *predictions_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->predictions_count; i++) {
		const struct prediction *p = &a->profile->predictions[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(p->model));
		json_object_object_add(
			o, "workers", p->workers > 0 ? json_object_new_int(p->workers) : NULL);
		json_add_number(o, "wall_s", p->wall_s);
		json_add_number(o, "speedup", p->speedup);
		json_add_number(o, "speedup_low", p->speedup_low);
		json_add_number(o, "speedup_high", p->speedup_high);
		json_add_text(o, "limited_by", limit_name(p->limited_by));
		json_add_number(o, "memory_bytes", p->memory_bytes);
		json_add_number(o, "capacity", p->capacity);
		json_add_boolean(o, "current", p->current);
		json_object_object_add(o, "costs", costs_json(&p->costs));
		json_object_array_add(array, o);
	}
	return array;
}

/* What was supposed for the predictions; null: as measured. */
static struct json_object *premise_json(const struct advice *a)
{
	const struct premise *p = &a->profile->premise;
	struct json_object *o = json_object_new_object();

	json_add_number(o, "cpus", p->cpus);
	json_object_object_add(
		o, "workers", p->workers > 0 ? json_object_new_int(p->workers) : NULL);
	json_add_number(o, "operations", p->operations != 1 ? p->operations : NAN);
	return o;
}

static struct json_object *scaling_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->scaling_count; i++) {
		const struct scaling *at = &a->profile->scaling[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(at->model));
		json_object_object_add(o, "workers", json_object_new_int(at->workers));
		json_add_number(o, "wall_s", at->wall_s);
		json_add_number(o, "capacity", at->capacity);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *diagnosis_json(const struct advice *a)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "class", a->diagnosis);
	json_object_object_add(o, "reasons", json_texts(a->reasons, a->reasons_count));
	return o;
}

static struct json_object *alternatives_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->alternatives_count; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(a->alternatives[i].model));
		json_add_text(o, "why_not", a->alternatives[i].why_not);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *located_json(const struct advice *a, const struct rule *rule)
{
	char *root = repository_root();
	struct json_object *location = location_json(rule->place, a->profile, root);

	free(root);
	return location;
}

static struct json_object *recommendation_json(const struct advice *a)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "model", model_name(a->model));
	json_add_text(o, "action", action_name(a->action));
	json_object_object_add(
		o, "workers", a->workers > 0 ? json_object_new_int(a->workers) : NULL);
	json_add_number(o, "expected_speedup", a->expected_speedup);
	json_add_text(o, "confidence", confidence_name(a->confidence));
	json_add_text(o, "summary", a->summary);
	json_add_text(o, "place", a->place);
	json_object_object_add(o, "location", located_json(a, a->rule));
	json_object_object_add(o, "steps", json_texts(a->steps, a->steps_count));
	json_object_object_add(o, "assumptions", json_texts(a->assumptions, a->assumptions_count));
	json_object_object_add(o, "alternatives", alternatives_json(a));
	json_add_text(o, "rule", a->rule->id);
	return o;
}

static struct json_object *evidence_json(
	const struct evidence *evidence, size_t count, bool with_held)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "metric", evidence[i].metric);
		json_add_number(o, "value", evidence[i].value);
		json_add_text(o, "unit", evidence[i].unit);
		json_add_text(o, "op", evidence[i].op);
		json_add_number(o, "threshold", evidence[i].threshold);
		if (with_held) {
			json_add_boolean(o, "held", evidence[i].held);
			json_add_boolean(o, "unless", evidence[i].unless);
		}
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *findings_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->findings_count; i++) {
		const struct finding *f = &a->findings[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "rule", f->rule->id);
		json_add_text(o, "severity", severity_name(f->severity));
		json_add_text(o, "title", f->title);
		json_add_text(o, "message", f->message);
		json_add_text(o, "place", f->place);
		json_object_object_add(o, "location", located_json(a, f->rule));
		json_object_object_add(
			o, "evidence", evidence_json(f->evidence, f->evidence_count, false));
		json_object_object_add(o, "actions", json_texts(f->actions, f->actions_count));
		json_object_object_add(o, "see", json_texts(f->see, f->see_count));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *runs_json(const struct advice *a)
{
	return json_object_get(a->runs);
}

static struct json_object *considered_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->considered_count; i++) {
		const struct consideration *c = &a->considered[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "rule", c->rule->id);
		json_add_boolean(o, "fired", c->fired);
		json_add_text(o, "silenced_by", c->silenced_by ? c->silenced_by->id : NULL);
		json_object_object_add(
			o, "evidence", evidence_json(c->evidence, c->evidence_count, true));
		json_object_array_add(array, o);
	}
	return array;
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
