/*
 * report_json_timeline: the threads and what they did when, in the JSON report.
 */
#ifndef CONCADVISE_REPORT_JSON_TIMELINE_H
#define CONCADVISE_REPORT_JSON_TIMELINE_H

struct advice;
struct json_object;

/* The key "timeline". */
struct json_object *timeline_json(const struct advice *a);

#endif
