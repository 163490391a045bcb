/*
 * label: tables from a name to its words.
 */
#include "label.h"

#include "analyzer/state.h"

#include <stddef.h>
#include <string.h>

struct label {
	const char *name, *words;
};

static const struct label models[] = {
	{"event-loop", "event loop"},
	{NULL, NULL},
};

static const struct label runtimes[] = {
	{"cpython", "CPython"},
	{"pypy", "PyPy"},
	{"ruby", "Ruby"},
	{"node", "Node.js"},
	{"jvm", "JVM"},
	{"go", "Go"},
	{"dotnet", ".NET"},
	{"beam", "Erlang/OTP"},
	{"php", "PHP"},
	{"perl", "Perl"},
	{"r", "R"},
	{"native", "native code"},
	{NULL, NULL},
};

static const struct label runtime_locks[] = {
	{"cpython", "GIL"},
	{"pypy", "GIL"},
	{"ruby", "GVL"},
	{NULL, NULL},
};

static const struct label limits[] = {
	{"cores", "CPUs"},
	{"cpu-quota", "CPU quota"},
	{"lock", "a lock"},
	{"longest-wait", "longest wait"},
	{"serial-part", "serial part"},
	{NULL, NULL},
};

static const char *words_of(const struct label *labels, const char *name, const char *otherwise)
{
	for (; labels->name; labels++)
		if (strcmp(labels->name, name) == 0)
			return labels->words;
	return otherwise;
}

const char *label_state(const char *state)
{
	for (enum state s = 0; s < STATE_COUNT; s++)
		if (strcmp(state_name(s), state) == 0)
			return state_label(s);
	return state;
}

const char *label_model(const char *model)
{
	return words_of(models, model, model);
}

const char *label_runtime(const char *runtime)
{
	return words_of(runtimes, runtime, runtime);
}

const char *label_runtime_lock(const char *runtime)
{
	return words_of(runtime_locks, runtime, "global lock");
}

const char *label_limit(const char *limit, const char *runtime)
{
	if (strcmp(limit, "interpreter-lock") == 0)
		return label_runtime_lock(runtime);
	return words_of(limits, limit, limit);
}

const char *label_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] != '\0' ? slash + 1 : path;
}
