/*
 * advice: the contract's names of what an advice says, and its memory.
 */
#include "advice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const actions[ACTION_COUNT] = {
	[ACTION_ADOPT] = "adopt",
	[ACTION_TUNE] = "tune",
	[ACTION_FIX] = "fix",
	[ACTION_KEEP] = "keep",
	[ACTION_MEASURE] = "measure",
};

static const char *const severities[SEVERITY_COUNT] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

static const char *const confidences[CONFIDENCE_COUNT] = {
	[CONFIDENCE_HIGH] = "high",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_LOW] = "low",
};

static const char *const diagnoses[] = {"cpu-bound", "io-bound", "mixed", "lock-bound", "gil-bound",
	"loop-blocked", "oversubscribed", "child-bound", "memory-bound", "idle",
	"insufficient-data"};

const char *action_name(enum action a)
{
	return actions[a];
}

const char *severity_name(enum severity s)
{
	return severities[s];
}

const char *confidence_name(enum confidence c)
{
	return confidences[c];
}

static int name_find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -EINVAL;
}

int action_parse(const char *name, enum action *ret)
{
	int found = name_find(actions, ACTION_COUNT, name);

	if (found < 0)
		return found;
	*ret = (enum action)found;
	return 0;
}

int severity_parse(const char *name, enum severity *ret)
{
	int found = name_find(severities, SEVERITY_COUNT, name);

	if (found < 0)
		return found;
	*ret = (enum severity)found;
	return 0;
}

const char *diagnosis_find(const char *name)
{
	int found = name_find(diagnoses, sizeof(diagnoses) / sizeof(diagnoses[0]), name);

	return found < 0 ? NULL : diagnoses[found];
}

static void texts_free(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

static void finding_free(struct finding *f)
{
	free(f->title);
	free(f->message);
	free(f->place);
	free(f->evidence);
	texts_free(f->actions, f->actions_count);
	texts_free(f->see, f->see_count);
}

void advice_free(struct advice *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->findings_count; i++)
		finding_free(&a->findings[i]);
	for (size_t i = 0; i < a->alternatives_count; i++)
		free(a->alternatives[i].why_not);
	for (size_t i = 0; i < a->considered_count; i++)
		free(a->considered[i].evidence);
	texts_free(a->reasons, a->reasons_count);
	texts_free(a->steps, a->steps_count);
	texts_free(a->assumptions, a->assumptions_count);
	free(a->summary);
	free(a->place);
	free(a->evidence);
	free(a->alternatives);
	free(a->findings);
	free(a->considered);
	free(a);
}
