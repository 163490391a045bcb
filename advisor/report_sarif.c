/*
 * report_sarif: findings in SARIF 2.1.0, for code scanning:
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 *
 * Consumers refuse a whole log for one result without a physical location, so a finding whose line
 * is not known is at the program itself.
 */
#include "format.h"

#include "json.h"
#include "mark.h"
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_URI \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static const char *level_of(struct json_object *finding)
{
	const char *severity = value_words(finding, "severity");

	if (strcmp(severity, "critical") == 0)
		return "error";
	return strcmp(severity, "warning") == 0 ? "warning" : "note";
}

static struct json_object *message(const char *text)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "text", text);
	return o;
}

/* A URI reference (RFC 3986): relative, or of a file. malloc'ed. */
static char *uri_of(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fputs(*path == '/' ? "file://" : "", to);
	for (; *path; path++) {
		if (isalnum((unsigned char)*path) || strchr("-._~/", *path))
			fputc(*path, to);
		else
			fprintf(to, "%%%02X", (unsigned char)*path);
	}
	fclose(to);
	return text;
}

static struct json_object *physical_location(const struct mark *mark)
{
	struct json_object *o = json_object_new_object(), *artifact = json_object_new_object();
	char *uri = uri_of(mark->file);

	json_add_text(artifact, "uri", uri);
	free(uri);
	if (mark->path)
		json_add_text(artifact, "uriBaseId", "%SRCROOT%");
	json_object_object_add(o, "artifactLocation", artifact);
	if (mark->line > 0) {
		struct json_object *region = json_object_new_object();

		json_add_count(region, "startLine", (unsigned int)mark->line);
		json_object_object_add(o, "region", region);
	}
	return o;
}

static struct json_object *location_of(const struct mark *mark)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "physicalLocation", physical_location(mark));
	if (mark->function) {
		struct json_object *function = json_object_new_object();
		struct json_object *functions = json_object_new_array();

		json_add_text(function, "name", mark->function);
		json_add_text(function, "kind", "function");
		json_object_array_add(functions, function);
		json_object_object_add(o, "logicalLocations", functions);
	}
	return o;
}

static struct json_object *result_of(
	struct json_object *report, struct json_object *finding, size_t index)
{
	struct json_object *o = json_object_new_object(), *locations = json_object_new_array();
	struct json_object *prints = json_object_new_object();
	struct mark mark = mark_of(report, finding);
	char *text = mark_text(finding);

	json_add_text(o, "ruleId", value_words(finding, "rule"));
	json_add_count(o, "ruleIndex", index);
	json_add_text(o, "level", level_of(finding));
	json_object_object_add(o, "message", message(text));
	free(text);
	json_object_array_add(locations, location_of(&mark));
	json_object_object_add(o, "locations", locations);
	json_add_text(prints, "concadvise/v1", mark_fingerprint(report, finding).text);
	json_object_object_add(o, "partialFingerprints", prints);
	return o;
}

/* What to do, and what to read. */
static char *help_of(struct json_object *finding)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (size_t i = 0; i < value_count(finding, "actions"); i++)
		fprintf(to, "%zu. %s\n", i + 1, value_line(finding, "actions", i));
	for (size_t i = 0; i < value_count(finding, "see"); i++)
		fprintf(to, "See %s\n", value_line(finding, "see", i));
	fprintf(to, "Its conditions and sources: concadvise rules explain %s",
		value_words(finding, "rule"));
	fclose(to);
	return text;
}

static void add_help_uri(struct json_object *rule, struct json_object *finding)
{
	for (size_t i = 0; i < value_count(finding, "see"); i++) {
		const char *see = value_line(finding, "see", i);

		if (strncmp(see, "https://", 8) != 0 || strpbrk(see, " \"<>\\^`{|}"))
			continue;
		json_add_text(rule, "helpUri", see);
		return;
	}
}

static struct json_object *rule_of(struct json_object *finding)
{
	struct json_object *o = json_object_new_object(), *defaults = json_object_new_object();
	char *help = help_of(finding);

	json_add_text(o, "id", value_words(finding, "rule"));
	json_object_object_add(o, "shortDescription", message(value_words(finding, "title")));
	json_object_object_add(o, "fullDescription", message(value_words(finding, "message")));
	json_object_object_add(o, "help", message(help));
	free(help);
	add_help_uri(o, finding);
	json_add_text(defaults, "level", level_of(finding));
	json_object_object_add(o, "defaultConfiguration", defaults);
	return o;
}

static struct json_object *tool_of(struct json_object *report)
{
	struct json_object *o = json_object_new_object(), *driver = json_object_new_object();
	struct json_object *rules = json_object_new_array();

	for (size_t i = 0; i < value_count(report, "findings"); i++)
		json_object_array_add(rules, rule_of(value_element(report, "findings", i)));
	json_add_text(driver, "name", "concadvise");
	json_add_text(driver, "semanticVersion", value_words(report, "tool.version"));
	json_object_object_add(driver, "rules", rules);
	json_object_object_add(o, "driver", driver);
	return o;
}

/* The verdict is no defect of a line: it is kept beside the results. */
static struct json_object *properties_of(struct json_object *report)
{
	static const char *const keys[] = {
		"recommendation", "diagnosis", "predictions", "quality", "host"};
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_object_add(o, keys[i], json_object_get(value_at(report, keys[i])));
	return o;
}

static struct json_object *run_of(struct json_object *report)
{
	struct json_object *o = json_object_new_object(), *results = json_object_new_array();

	json_object_object_add(o, "tool", tool_of(report));
	json_add_text(o, "columnKind", "utf16CodeUnits");
	for (size_t i = 0; i < value_count(report, "findings"); i++)
		json_object_array_add(
			results, result_of(report, value_element(report, "findings", i), i));
	json_object_object_add(o, "results", results);
	json_object_object_add(o, "properties", properties_of(report));
	return o;
}

int report_sarif_write(struct json_object *report, const struct style *style, FILE *to)
{
	struct json_object *log = json_object_new_object(), *runs = json_object_new_array();
	int error;

	(void)style;
	if (!log || !runs)
		return -ENOMEM;
	json_add_text(log, "$schema", SCHEMA_URI);
	json_add_text(log, "version", "2.1.0");
	json_object_array_add(runs, run_of(report));
	json_object_object_add(log, "runs", runs);
	error = json_write(log, to);
	json_object_put(log);
	return error;
}
