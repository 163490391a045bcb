/*
 * options: what the command line asks for.
 */
#ifndef CONCADVISE_OPTIONS_H
#define CONCADVISE_OPTIONS_H

#include "advice.h"
#include "gate.h"
#include "terminal.h"

#include "analyzer/profile.h"
#include "probe/backend.h"

#include <stdbool.h>
#include <stddef.h>

struct format;

enum task {
	TASK_LAUNCH,
	TASK_ATTACH,
	TASK_REPORT,
	TASK_RULES,
	TASK_SCHEMA,
	TASK_DIFF,
	TASK_TOP,
	TASK_COUNT,
};

/* Strings and arrays are the command line's own, except typed and pids. */
struct options {
	enum task task;
	char **typed;   /* all words of the command line, as they were */
	char **command; /* of a launch, NULL-terminated */
	int *pids;      /* to attach to */
	size_t pids_count;
	const char *recording; /* to report from; or a report in JSON */
	char **rules_words;    /* of `rules`: what follows that word, NULL-terminated */
	char *const *compared; /* of `diff`: BASE and NEW */
	int runs;              /* of the command */
	double duration_s;     /* 0: no limit; of `top` the time between two looks, 0: a second */
	bool once;             /* of `top`: one table */
	const struct format *format;
	const char *output;    /* NULL: as the contract says for the task */
	const char *record;    /* keep the measurement here; NULL: do not */
	const char *rules_dir; /* NULL: the built-in rules alone */
	const char *user;      /* NULL: as who runs the tool; "": who called sudo */
	const char *policy;    /* NULL: none */
	struct gate gate;      /* but for its policy */
	void (*sigpipe)(int);  /* the disposition that we were given, for the command */
	bool follow;
	bool callsites;
	int frequency_hz;
	enum backend_choice backend;
	enum colour colour;
	struct premise premise; /* what to predict for */
	struct style style;     /* verbosity and explain alone */
};

/*
 * Returns 0 if there is something to do; 1 if the answer was printed already (--help, --version);
 * -EINVAL after it said on standard error what is wrong.
 */
int options_parse(int argc, char **argv, struct options *ret);

void options_free(struct options *o);

/* Says on standard error what is wrong with the command line. Returns -EINVAL. */
int options_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
