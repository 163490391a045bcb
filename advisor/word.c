/*
 * word: what a profile can say in text: the program, its runtime, what it waits for most.
 */
#include "word.h"

#include "advice.h"
#include "alternative.h"
#include "analyzer/top.h"
#include "label.h"
#include "probe/measurement.h"
#include "quantity.h"
#include "subject.h"
#include "word_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static char *runtime_text(const struct profile *p)
{
	const struct measured_runtime *runtime = subject_runtime(p);
	const char *title = label_runtime(subject_runtime_name(p));
	char *text;

	if (!runtime || !runtime->version)
		return strdup(title);
	return asprintf(&text, "%s %s", title, runtime->version) < 0 ? NULL : text;
}

static char *global_lock_text(const struct profile *p)
{
	return strdup(label_runtime_lock(subject_runtime_name(p)));
}

/* The command as a person would name it: no folders, and no more than two of its words. */
static char *program_text(const struct profile *p)
{
	const struct measured_target *t = &p->measurement->target;
	size_t process = subject_process(p);
	char *text;

	if (t->command && t->command[0]) {
		const char *first = label_base_name(t->command[0]);
		const char *second = t->command[1] ? t->command[1] : "";

		if (asprintf(&text, "%s%s%.60s", first, *second ? " " : "", second) < 0)
			return NULL;
		return text;
	}
	if (process == MEASURED_NONE || !p->measurement->processes[process].executable)
		return NULL;
	return strdup(label_base_name(p->measurement->processes[process].executable));
}

static const struct profile_wait *top_wait(const struct profile *p)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (!p->waits[i].idle)
			return &p->waits[i];
	return NULL;
}

static char *wait_object_text(const struct profile *p)
{
	const struct profile_wait *wait = top_wait(p);

	return copy(wait ? wait->object : NULL);
}

static char *wait_syscall_text(const struct profile *p)
{
	const struct profile_wait *wait = top_wait(p);

	return copy(wait ? wait->syscall : NULL);
}

static char *wait_state_text(const struct profile *p)
{
	const struct profile_wait *wait = top_wait(p);

	return copy(wait ? state_label(wait->state) : NULL);
}

static char *lock_kind_text(const struct profile *p)
{
	const struct profile_lock *lock = lock_top(p);

	/* "waits for one of the runtime's monitors": which one is not known. */
	if (lock && strcmp(lock->kind, "monitors") == 0)
		return strdup("of the runtime's monitors");
	return copy(lock ? lock->kind : NULL);
}

static char *lock_object_text(const struct profile *p)
{
	const struct profile_lock *lock = lock_top(p);
	char *text;

	if (!lock)
		return NULL;
	if (lock->object)
		return strdup(lock->object);
	if (lock->name)
		return strdup(lock->name);
	if (lock->address == 0)
		return NULL;
	return asprintf(&text, "0x%llx", (unsigned long long)lock->address) < 0 ? NULL : text;
}

static char *blocking_syscall_text(const struct profile *p)
{
	const struct profile_blocking *blocking = blocking_top(p);

	return copy(blocking ? blocking->syscall : NULL);
}

static char *blocking_state_text(const struct profile *p)
{
	const struct profile_blocking *blocking = blocking_top(p);

	return copy(blocking ? state_label(blocking->state) : NULL);
}

static char *model_text(const struct profile *p)
{
	return strdup(model_name(p->work.model));
}

/* "8.5x to 11x"; one number where the ends would read the same. */
static char *range_text(const struct profile *p, enum model m)
{
	const struct prediction *row = prediction_of(p, m);
	struct quantity low, high;
	char *text;

	if (!row || !isfinite(row->speedup_low) || !isfinite(row->speedup_high))
		return NULL;
	low = quantity_of(row->speedup_low, "x");
	high = quantity_of(row->speedup_high, "x");
	if (strcmp(low.text, high.text) == 0)
		return strdup(low.text);
	return asprintf(&text, "%s to %s", low.text, high.text) < 0 ? NULL : text;
}

static char *event_loop_range_text(const struct profile *p)
{
	return range_text(p, MODEL_EVENT_LOOP);
}

static char *hybrid_range_text(const struct profile *p)
{
	return range_text(p, MODEL_HYBRID);
}

static char *processes_range_text(const struct profile *p)
{
	return range_text(p, MODEL_PROCESSES);
}

static char *threads_range_text(const struct profile *p)
{
	return range_text(p, MODEL_THREADS);
}

static const struct word words[] = {
	{"blocking.state", "state of the waits that block an event loop most", blocking_state_text},
	{"blocking.syscall", "system call of the waits that block an event loop most",
		blocking_syscall_text},
	{"cpu.line", "the line that computes most", cpu_line_text},
	{"event-loop.range", "range of the speedup as an event loop", event_loop_range_text},
	{"gil.line", "the line that held the global lock longest while others wanted it",
		gil_line_text},
	{"global_lock", "what the runtime's users call its global lock", global_lock_text},
	{"hybrid.range", "range of the speedup as a hybrid", hybrid_range_text},
	{"lock.holder.line", "the line that held the worst lock longest while others wanted it",
		lock_holder_line_text},
	{"lock.kind", "kind of the worst lock", lock_kind_text},
	{"lock.line", "the line that waits longest for the worst lock", lock_line_text},
	{"lock.name", "the variable that the worst lock is", lock_name_text},
	{"lock.object", "name or address of the worst lock", lock_object_text},
	{"loop.blocking.line", "the line that blocks event loops longest in a wait",
		loop_blocking_line_text},
	{"loop.compute.line", "the line that stalls event loops longest by computing",
		loop_compute_line_text},
	{"model", "how the program is built now", model_text},
	{"processes.range", "range of the speedup as processes", processes_range_text},
	{"program", "the command, or the executable of a process attached to", program_text},
	{"runtime", "language runtime and version", runtime_text},
	{"threads.range", "range of the speedup as threads", threads_range_text},
	{"wait.line", "the line that waits longest in waits that are work (those of waits.top)",
		wait_line_text},
	{"wait.object", "what the longest kind of waiting waits for", wait_object_text},
	{"wait.state", "its state, in words", wait_state_text},
	{"wait.syscall", "its system call", wait_syscall_text},
};

#define WORDS (sizeof(words) / sizeof(words[0]))

const struct word *word_all(size_t *ret_count)
{
	*ret_count = WORDS;
	return words;
}

const struct word *word_find(const char *name)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

char *word_text(const struct word *word, const struct profile *p)
{
	return word ? word->text(p) : NULL;
}
