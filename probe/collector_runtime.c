/* collector_runtime: which runtimes each process has, as it maps, executes and forks. */
#include "collector_state.h"

#include "measurement.h"
#include "runtime.h"

#include <stdlib.h>
#include <string.h>

void collector_drop_runtimes(struct collector *c, size_t process)
{
	struct measurement *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->runtimes_count; i++) {
		if (m->runtimes[i].process != process) {
			m->runtimes[kept++] = m->runtimes[i];
			continue;
		}
		free(m->runtimes[i].name);
		free(m->runtimes[i].version);
		free(m->runtimes[i].file);
	}
	m->runtimes_count = kept;
}

static struct measured_runtime *runtime_of(struct measurement *m, size_t process, const char *name)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].process == process && strcmp(m->runtimes[i].name, name) == 0)
			return &m->runtimes[i];
	return NULL;
}

static void runtime_add(struct measurement *m, size_t process, const struct measured_runtime *like)
{
	struct measured_runtime *r = measurement_add_runtime(m);

	if (!r)
		return;
	*r = *like;
	r->process = process;
	r->name = strdup(like->name);
	r->version = like->version ? strdup(like->version) : NULL;
	r->file = like->file ? strdup(like->file) : NULL;
}

void collector_add_runtime(
	struct collector *c, int pid, const struct runtime_found *found, const char *file)
{
	size_t process = collector_process(c, pid);
	const struct measured_runtime like = {
		.name = (char *)found->name,
		.version = (char *)found->version,
		.global_lock = found->global_lock,
		.lock_start = found->lock_start,
		.lock_end = found->lock_end,
		.file = (char *)file,
	};

	if (process != MEASURED_NONE && !runtime_of(c->m, process, found->name))
		runtime_add(c->m, process, &like);
}

static const struct module {
	const char *name; /* what the file name begins with */
	size_t offset;    /* of the flag in measured_process */
} modules[] = {
	{"_queue.", offsetof(struct measured_process, has_queue)},
	{"_multiprocessing.", offsetof(struct measured_process, has_multiprocessing)},
	{"_asyncio.", offsetof(struct measured_process, has_asyncio)},
};

void collector_note_module(struct collector *c, int pid, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		size_t process;

		if (strncmp(name, modules[i].name, strlen(modules[i].name)) != 0)
			continue;
		process = collector_process(c, pid);
		if (process != MEASURED_NONE)
			*((bool *)((char *)&c->m->processes[process] + modules[i].offset)) = true;
	}
}

static void modules_inherit(struct measured_process *to, const struct measured_process *from)
{
	to->has_queue |= from->has_queue;
	to->has_multiprocessing |= from->has_multiprocessing;
	to->has_asyncio |= from->has_asyncio;
}

void collector_inherit_runtimes(struct collector *c)
{
	for (size_t i = 0; i < c->m->processes_count; i++) {
		size_t parent = c->m->processes[i].parent, had = c->m->runtimes_count;

		if (parent == MEASURED_NONE)
			parent = collector_process(c, c->m->processes[i].ppid);
		if (c->process_extras[i].executed || parent == MEASURED_NONE || parent == i)
			continue;
		modules_inherit(&c->m->processes[i], &c->m->processes[parent]);
		for (size_t r = 0; r < had; r++)
			if (c->m->runtimes[r].process == parent &&
				!runtime_of(c->m, i, c->m->runtimes[r].name)) {
				const struct measured_runtime like = c->m->runtimes[r];

				runtime_add(c->m, i, &like);
			}
	}
}
