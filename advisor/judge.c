/*
 * judge: a profile and the rules into one advice.
 *
 * Every rule is tested; those that fire may silence others; of those left that give a verdict, the
 * highest in rank gives it. What the verdict overrules is not reported beside it, so that a report
 * never says two things at once; --explain shows all of it.
 */
#include "advice.h"

#include "alternative.h"
#include "assumption.h"
#include "condition.h"
#include "place.h"
#include "prescription.h"
#include "quantity.h"
#include "rule.h"
#include "ruleset.h"
#include "template.h"

#include "analyzer/metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two predictions within a tenth of each other are not told apart: the bounds behind them are no
 * better than that (DESIGN, "The pick").
 */
#define GAIN_LEAST 1.1

static int rules_consider(struct advice *a, const struct ruleset *rules)
{
	struct metric_source source = metric_source_of(a->profile);

	a->considered = calloc(ruleset_count(rules) + 1, sizeof(*a->considered));
	if (!a->considered)
		return -ENOMEM;
	for (size_t i = 0; i < ruleset_count(rules); i++) {
		struct consideration *c = &a->considered[a->considered_count++];
		int fired;

		c->rule = ruleset_at(rules, i);
		fired = rule_test(c->rule, &source, &c->evidence, &c->evidence_count);
		if (fired < 0)
			return fired;
		c->fired = fired;
	}
	return 0;
}

static bool is_heard(const struct consideration *c)
{
	return c->fired && !c->silenced_by;
}

static bool names_rule(const struct rule_lines *ids, const struct rule *rule)
{
	for (size_t i = 0; i < ids->count; i++)
		if (strcmp(ids->line[i], rule->id) == 0)
			return true;
	return false;
}

/* In order of rank, so that of two rules that exclude each other the higher one is heard. */
static void rules_exclude(struct advice *a)
{
	for (size_t i = 0; i < a->considered_count; i++) {
		if (!is_heard(&a->considered[i]))
			continue;
		for (size_t j = 0; j < a->considered_count; j++) {
			struct consideration *other = &a->considered[j];

			if (is_heard(other) &&
				names_rule(&a->considered[i].rule->excludes, other->rule))
				other->silenced_by = a->considered[i].rule;
		}
	}
}

static const struct consideration *verdict_find(const struct advice *a)
{
	for (size_t i = 0; i < a->considered_count; i++)
		if (is_heard(&a->considered[i]) && a->considered[i].rule->has_verdict)
			return &a->considered[i];
	return NULL;
}

static bool is_contradiction(const struct rule *verdict, const struct rule *other)
{
	if (other == verdict)
		return false;
	if (names_rule(&verdict->contradicts, other) || names_rule(&other->contradicts, verdict))
		return true;
	return other->has_verdict && other->verdict.rank == verdict->verdict.rank &&
	       (other->verdict.action != verdict->verdict.action ||
		       other->verdict.model != verdict->verdict.model);
}

/* One reason a rule that does not fit together with the verdict's. */
static int contradictions_tell(struct advice *a, size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i < a->considered_count; i++) {
		const struct consideration *c = &a->considered[i];
		char *text;

		if (!is_heard(c) || !is_contradiction(a->rule, c->rule))
			continue;
		if (asprintf(&text, "The signals contradict each other: \"%s\" also applies.",
			    c->rule->title) < 0)
			return -ENOMEM;
		if (text_append(&a->reasons, &a->reasons_count, text))
			return -ENOMEM;
		(*ret_count)++;
	}
	return 0;
}

/*
 * A change of model advised by a rule of lower rank would contradict the verdict; so would anything
 * beside "not enough was seen". A misuse to be mended (fix, tune) stands beside any other verdict.
 */
static void rules_overrule(struct advice *a)
{
	for (size_t i = 0; i < a->considered_count; i++) {
		struct consideration *c = &a->considered[i];
		bool competes = c->rule->has_verdict && c->rule->verdict.action != ACTION_FIX &&
				c->rule->verdict.action != ACTION_TUNE;

		if (is_heard(c) && c->rule != a->rule && (competes || a->action == ACTION_MEASURE))
			c->silenced_by = a->rule;
	}
}

static char *evidence_text(const struct evidence *e)
{
	struct quantity value = quantity_of(e->value, e->unit);
	struct quantity threshold = quantity_of(e->threshold, e->unit);
	const struct metric *metric = metric_find(e->metric);
	char *text;

	if (asprintf(&text, "%s is %s (%s; asked: %s %s)", e->metric, value.text,
		    metric ? metric->meaning : "", e->op, threshold.text) < 0)
		return NULL;
	return text;
}

/* What spoke for the rule; that nothing of its "unless" held is no evidence. */
static int evidence_take(
	const struct consideration *c, struct evidence **ret_evidence, size_t *ret_count)
{
	struct evidence *evidence = calloc(c->evidence_count + 1, sizeof(*evidence));

	if (!evidence)
		return -ENOMEM;
	*ret_evidence = evidence;
	*ret_count = 0;
	for (size_t i = 0; i < c->evidence_count; i++)
		if (c->evidence[i].held)
			evidence[(*ret_count)++] = c->evidence[i];
	return 0;
}

/* What was seen, in the rule's words; what speaks against it; then number by number. */
static int reasons_tell(
	struct advice *a, const struct consideration *verdict, size_t *ret_contradictions)
{
	int error = text_append(
		&a->reasons, &a->reasons_count, template_fill(verdict->rule->message, a->profile));

	if (!error)
		error = contradictions_tell(a, ret_contradictions);
	if (!error)
		error = evidence_take(verdict, &a->evidence, &a->evidence_count);
	for (size_t i = 0; i < a->evidence_count && !error; i++)
		error = text_append(&a->reasons, &a->reasons_count, evidence_text(&a->evidence[i]));
	return error;
}

static double metric_or(const struct metric *metric, const struct profile *p, double otherwise)
{
	return metric ? metric->value(p) : otherwise;
}

static void numbers_take(struct advice *a)
{
	const struct prediction *prediction = prediction_of(a->profile, a->model);
	const struct rule_verdict *v = &a->rule->verdict;
	double workers = 0, speedup = NAN;

	if (a->action == ACTION_ADOPT && prediction) {
		workers = prediction->workers;
		speedup = prediction->speedup;
	} else if (a->action != ACTION_MEASURE) {
		workers = a->profile->work.workers;
	}
	if (a->action == ACTION_KEEP)
		speedup = 1;
	workers = metric_or(v->workers, a->profile, workers);
	a->workers = workers > 0 ? (int)lround(workers) : 0;
	a->expected_speedup = metric_or(v->speedup, a->profile, speedup);
}

/* A change whose gain may be none: the low end of its range is nothing to speak of. */
static bool is_gain_doubtful(const struct advice *a)
{
	const struct prediction *prediction = prediction_of(a->profile, a->model);

	if (a->action != ACTION_ADOPT)
		return false;
	if (prediction && isfinite(prediction->capacity))
		return false;
	return !prediction || !(prediction->speedup_low >= GAIN_LEAST);
}

/* Most answers came one after the other on one connection, where each may build on the last; or a
 * loop, or Go's scheduler, has one or two, which may as well carry several requests at once. */
static bool is_order_doubtful(const struct advice *a)
{
	const struct profile_work *w = &a->profile->work;

	bool is_loop = w->one_by_one || (w->goroutines && w->model == MODEL_SEQUENTIAL);

	return a->action == ACTION_ADOPT && (w->asked_s > w->wait_s / 2 || is_loop);
}

static enum confidence confidence_of(const struct advice *a, size_t contradictions)
{
	if (a->action == ACTION_MEASURE || a->profile->grade == GRADE_POOR || contradictions > 0)
		return CONFIDENCE_LOW;
	if (a->profile->grade == GRADE_FAIR || is_gain_doubtful(a) || is_order_doubtful(a))
		return CONFIDENCE_MEDIUM;
	return CONFIDENCE_HIGH;
}

static int verdict_give(struct advice *a, const struct consideration *verdict)
{
	const struct rule *rule = verdict->rule;
	const struct profile *p = a->profile;
	size_t contradictions = 0;
	int error;

	a->rule = rule;
	a->diagnosis = rule->verdict.class;
	a->action = rule->verdict.action;
	a->model = rule->verdict.current ? p->work.model : rule->verdict.model;
	a->summary = template_fill(rule->summary, p);
	a->place = place_text(rule->place, p);
	error = a->summary ? reasons_tell(a, verdict, &contradictions) : -ENOMEM;
	if (!error)
		error = actions_fill(rule, p, &a->steps, &a->steps_count);
	if (!error)
		error = lines_fill(&rule->assumptions, p, &a->assumptions, &a->assumptions_count);
	a->confidence = confidence_of(a, contradictions);
	return error;
}

static int finding_make(struct finding *f, const struct consideration *c, const struct profile *p)
{
	int error;

	f->rule = c->rule;
	f->severity = c->rule->severity;
	f->title = strdup(c->rule->title);
	f->message = template_fill(c->rule->message, p);
	f->place = place_text(c->rule->place, p);
	if (!f->title || !f->message || evidence_take(c, &f->evidence, &f->evidence_count))
		return -ENOMEM;
	error = actions_fill(c->rule, p, &f->actions, &f->actions_count);
	return error ? error : lines_fill(&c->rule->see, p, &f->see, &f->see_count);
}

/* Most severe first; within a severity they stay in order of rank. */
static int findings_make(struct advice *a)
{
	a->findings = calloc(a->considered_count + 1, sizeof(*a->findings));
	if (!a->findings)
		return -ENOMEM;
	for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--) {
		for (size_t i = 0; i < a->considered_count; i++) {
			const struct consideration *c = &a->considered[i];

			if (!is_heard(c) || !c->rule->has_severity ||
				c->rule->severity != (enum severity)severity)
				continue;
			if (finding_make(&a->findings[a->findings_count++], c, a->profile))
				return -ENOMEM;
		}
	}
	return 0;
}

static int advice_make(struct advice *a, const struct ruleset *rules)
{
	const struct consideration *verdict;
	int error = rules_consider(a, rules);

	if (error)
		return error;
	rules_exclude(a);
	verdict = verdict_find(a);
	if (!verdict)
		return -ENOENT;
	error = verdict_give(a, verdict);
	if (error)
		return error;
	numbers_take(a);
	error = assumptions_add(a);
	if (error)
		return error;
	rules_overrule(a);
	error = findings_make(a);
	return error ? error : alternatives_make(a);
}

struct advice *advice_new(const struct profile *p, const struct ruleset *rules)
{
	struct advice *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->profile = p;
	if (advice_make(a, rules)) {
		advice_free(a);
		return NULL;
	}
	return a;
}
