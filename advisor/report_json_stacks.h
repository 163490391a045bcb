/*
 * report_json_stacks: chains of calls and how much was waited or computed in them, in the JSON
 * report.
 */
#ifndef CONCADVISE_REPORT_JSON_STACKS_H
#define CONCADVISE_REPORT_JSON_STACKS_H

struct advice;
struct json_object;

/* The key "stacks". */
struct json_object *stacks_json(const struct advice *a);

#endif
