/*
 * helper: told by the names that runtimes give their threads, or by the function in which one
 * lives.
 */
#include "helper.h"

#include "meaning.h"

#include <stdbool.h>
#include <string.h>

/* How their names begin; the kernel cuts them after 15 bytes. */
struct named {
	const char *runtime;
	const char *names[32];
};

static const struct named named[] = {
	/* OpenJDK, src/hotspot/share: gc, compiler, runtime; java.base for the last three. */
	{"jvm", {"GC Thread#", "G1 Main Marker", "G1 Conc#", "G1 Refine#", "G1 Service", "ZWorker",
			"ZDriver", "ZDirector", "ZStat", "ZUncommitter", "ZUnmapper", "XWorker",
			"XDriver", "Shenandoah", "VM Thread", "VM Periodic Tas", "C1 CompilerThre",
			"C2 CompilerThre", "JVMCI", "Sweeper thread", "Signal Dispatch",
			"Service Thread", "Monitor Deflati", "Notification Th", "Attach Listener",
			"Reference Handl", "Finalizer", "Common-Cleaner"}},
	/* dotnet/runtime, src/coreclr: gc, vm. */
	{"dotnet", {".NET Server GC", ".NET BGC", ".NET Tiered", ".NET Finalizer", ".NET EventPipe",
			   ".NET SynchManag", ".NET SigHandler", ".NET TP Gate"}},
};

/* Or where they live, as they have the name of the program: node/src/node_platform.cc. */
static const struct living {
	const char *runtime, *function;
} living[] = {
	{"node", "node::(anonymous namespace)::PlatformWorkerThread"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool name_is_helpers(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strncmp(name, *names, strlen(*names)) == 0)
			return true;
	return false;
}

static bool is_named(const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	bool found = false;

	for (size_t i = 0; t->name && i < COUNT_OF(named); i++)
		found |= meaning_runs(x, t->process, named[i].runtime) &&
			 name_is_helpers(t->name, named[i].names);
	return found;
}

static bool stack_is_helpers(const struct meaning *x, size_t thread, size_t stack)
{
	const struct measurement *m = x->m;
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	size_t process = m->threads[thread].process;

	/* It is where the thread begins: at the outer end. */
	for (size_t i = s ? s->frames_count : 0; i-- > 0;) {
		const char *function = m->frames[s->frames[i]].function;

		for (size_t k = 0; function && k < COUNT_OF(living); k++)
			if (strcmp(function, living[k].function) == 0)
				return meaning_runs(x, process, living[k].runtime);
	}
	return false;
}

void helper_find(struct meaning *x)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->threads_count; i++)
		x->helpers[i] = is_named(x, i);
	for (size_t i = 0; i < m->samples_count; i++) {
		size_t thread = m->samples[i].thread;

		x->helpers[thread] |= stack_is_helpers(x, thread, m->samples[i].stack);
	}
	for (size_t i = 0; i < m->sites_count; i++) {
		size_t thread = m->waits[m->sites[i].wait].thread;

		x->helpers[thread] |= stack_is_helpers(x, thread, m->sites[i].stack);
	}
}
