/*
 * metric_runtime: "runtime.*", what runs the target's code.
 */
#include "metric_group.h"
#include "model.h"

#include "probe/measurement.h"

#include <string.h>

static bool runtime_runs(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->measurement->runtimes_count; i++)
		if (strcmp(p->measurement->runtimes[i].name, name) == 0)
			return true;
	return false;
}

SUM(runtime_beam, runtime_runs(p, "beam"))
SUM(runtime_cpython, runtime_runs(p, "cpython"))
SUM(runtime_dotnet, runtime_runs(p, "dotnet"))
SUM(runtime_global_lock, p->interpreter.present)
SUM(runtime_go, runtime_runs(p, "go"))
SUM(runtime_jvm, runtime_runs(p, "jvm"))
SUM(runtime_native, p->measurement->runtimes_count == 0)
SUM(runtime_node, runtime_runs(p, "node"))
SUM(runtime_pypy, runtime_runs(p, "pypy"))
SUM(runtime_ruby, runtime_runs(p, "ruby"))
SUM(runtime_scheduler, runtime_runs(p, "go") || runtime_runs(p, "beam"))

static double runtime_threadless(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	bool all = m->runtimes_count > 0;

	for (size_t i = 0; i < m->runtimes_count; i++)
		all &= model_is_threadless(m->runtimes[i].name);
	return all;
}

static const struct metric runtime_rows[] = {
	{"runtime.beam", "bool", "Erlang/OTP runs in the target", runtime_beam},
	{"runtime.cpython", "bool", "CPython runs in the target", runtime_cpython},
	{"runtime.dotnet", "bool", ".NET runs in the target", runtime_dotnet},
	{"runtime.global_lock", "bool", "a runtime in which one thread at a time runs its code",
		runtime_global_lock},
	{"runtime.go", "bool", "Go runs in the target", runtime_go},
	{"runtime.jvm", "bool", "a JVM runs in the target", runtime_jvm},
	{"runtime.native", "bool", "no language runtime was recognised", runtime_native},
	{"runtime.node", "bool", "Node.js runs in the target", runtime_node},
	{"runtime.pypy", "bool", "PyPy runs in the target", runtime_pypy},
	{"runtime.ruby", "bool", "Ruby runs in the target", runtime_ruby},
	{"runtime.scheduler", "bool",
		"Go or Erlang runs in the target: its own scheduler divides tasks among threads",
		runtime_scheduler},
	{"runtime.threadless", "bool",
		"PHP, Perl or R runs in the target, and no other runtime: code of one thread",
		runtime_threadless},
};

const struct metric_group metric_runtime = METRIC_GROUP(runtime_rows);
