/*
 * ruleset: collects rules from the program itself and from directories.
 */
#include "ruleset.h"

#include "embedded.h"
#include "rule.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".json"
/* More than a rule may have, so that rule_parse() sees that it is too long and says so. */
#define FILE_SIZE_MAX ((1 << 20) + 1)

struct ruleset {
	struct rule **rules;
	size_t count;
};

static void file_close(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void text_free(char **text)
{
	free(*text);
}

static int refuse(char **ret_reason, int error, const char *path, const char *what)
{
	if (asprintf(ret_reason, "%s: %s", path, what) < 0)
		*ret_reason = NULL;
	return error;
}

/* "dir/blocked-loop.json" to "blocked-loop"; NULL if that is no name of a rule file. */
static char *id_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name), suffix = strlen(SUFFIX);

	if (length <= suffix || strcmp(name + length - suffix, SUFFIX) != 0)
		return NULL;
	return strndup(name, length - suffix);
}

static int read_text(const char *path, char **ret_text, size_t *ret_size, char **ret_reason)
{
	__attribute__((cleanup(file_close))) FILE *file = fopen(path, "re");
	char *text;

	if (!file)
		return refuse(ret_reason, -errno, path, strerror(errno));
	text = malloc(FILE_SIZE_MAX + 1);
	if (!text)
		return -ENOMEM;
	*ret_size = fread(text, 1, FILE_SIZE_MAX, file);
	if (ferror(file)) {
		int error = errno;

		free(text);
		return refuse(ret_reason, -error, path, strerror(error));
	}
	text[*ret_size] = '\0';
	*ret_text = text;
	return 0;
}

int ruleset_read_file(const char *path, struct rule **ret, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *id = id_of(path);
	__attribute__((cleanup(text_free))) char *text = NULL;
	struct rule *rule;
	size_t size = 0;
	int error;

	if (!id)
		return refuse(ret_reason, -EINVAL, path, "a rule's file is named ID" SUFFIX);
	error = read_text(path, &text, &size, ret_reason);
	if (!error)
		error = rule_parse(text, size, id, path, &rule, ret_reason);
	if (error)
		return error;
	error = rule_check_examples(rule, ret_reason);
	if (error) {
		rule_free(rule);
		return error;
	}
	*ret = rule;
	return 0;
}

/* Rules without a verdict come last. */
static int rank_of(const struct rule *r)
{
	return r->has_verdict ? r->verdict.rank : INT_MIN;
}

static int rule_compare(const void *a, const void *b)
{
	const struct rule *first = *(struct rule *const *)a;
	const struct rule *second = *(struct rule *const *)b;
	int by_rank = (rank_of(second) > rank_of(first)) - (rank_of(second) < rank_of(first));

	return by_rank ? by_rank : strcmp(first->id, second->id);
}

static struct rule **rule_slot(struct ruleset *s, const char *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->rules[i]->id, id) == 0)
			return &s->rules[i];
	return NULL;
}

int ruleset_add(struct ruleset *s, struct rule *r)
{
	struct rule **slot = rule_slot(s, r->id), **rules;

	if (slot) {
		rule_free(*slot);
		*slot = r;
	} else {
		rules = reallocarray(s->rules, s->count + 1, sizeof(struct rule *));
		if (!rules) {
			rule_free(r);
			return -ENOMEM;
		}
		s->rules = rules;
		s->rules[s->count++] = r;
	}
	qsort(s->rules, s->count, sizeof(struct rule *), rule_compare);
	return 0;
}

static int add_embedded(struct ruleset *s, const struct embedded_file *file, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *id = id_of(file->name);
	__attribute__((cleanup(text_free))) char *origin = NULL;
	struct rule *rule;
	int error;

	if (!id || asprintf(&origin, "built-in %s", file->name) < 0) {
		origin = NULL;
		return -ENOMEM;
	}
	error = rule_parse(file->text, file->size, id, origin, &rule, ret_reason);
	return error ? error : ruleset_add(s, rule);
}

int ruleset_new(struct ruleset **ret, char **ret_reason)
{
	struct ruleset *s = calloc(1, sizeof(*s));
	int error = s ? 0 : -ENOMEM;

	for (size_t i = 0; i < embedded_rules_count && !error; i++)
		error = add_embedded(s, &embedded_rules[i], ret_reason);
	if (error) {
		ruleset_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

void ruleset_free(struct ruleset *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		rule_free(s->rules[i]);
	free(s->rules);
	free(s);
}

static int is_rule_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] != '.' && length > suffix &&
	       strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* A FIFO in a stranger's directory would hold us for ever. */
static bool is_regular(const char *path)
{
	struct stat status;

	return stat(path, &status) < 0 || S_ISREG(status.st_mode);
}

static int add_file(struct ruleset *s, const char *directory, const char *name, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *path = NULL;
	struct rule *rule;
	int error;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!is_regular(path))
		return refuse(ret_reason, -EINVAL, path, "not a regular file");
	error = ruleset_read_file(path, &rule, ret_reason);
	return error ? error : ruleset_add(s, rule);
}

int ruleset_add_directory(struct ruleset *s, const char *path, char **ret_reason)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_rule_file, alphasort), error = 0;

	if (count < 0)
		return refuse(ret_reason, -errno, path, strerror(errno));
	if (count == 0)
		error = refuse(ret_reason, -ENOENT, path, "no rule files (*" SUFFIX ") in it");
	for (int i = 0; i < count; i++) {
		if (!error)
			error = add_file(s, path, entries[i]->d_name, ret_reason);
		free(entries[i]);
	}
	free(entries);
	return error ? error : ruleset_check(s, ret_reason);
}

static int check_names(const struct ruleset *s, const struct rule *r, const char *key,
	const struct rule_lines *names, char **ret_reason)
{
	for (size_t i = 0; i < names->count; i++) {
		if (ruleset_find(s, names->line[i]))
			continue;
		if (asprintf(ret_reason, "%s: %s: %s[%zu]: there is no rule \"%s\"", r->origin,
			    r->id, key, i, names->line[i]) < 0)
			return -ENOMEM;
		return -EINVAL;
	}
	return 0;
}

int ruleset_check(const struct ruleset *s, char **ret_reason)
{
	int error = 0;

	for (size_t i = 0; i < s->count && !error; i++) {
		const struct rule *r = s->rules[i];

		error = check_names(s, r, "excludes", &r->excludes, ret_reason);
		if (!error)
			error = check_names(s, r, "contradicts", &r->contradicts, ret_reason);
	}
	return error;
}

const struct rule *ruleset_at(const struct ruleset *s, size_t i)
{
	return s->rules[i];
}

size_t ruleset_count(const struct ruleset *s)
{
	return s->count;
}

const struct rule *ruleset_find(const struct ruleset *s, const char *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->rules[i]->id, id) == 0)
			return s->rules[i];
	return NULL;
}
