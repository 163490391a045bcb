/*
 * report_json_key: the keys of the JSON report that have a file of their own. Each function makes
 * the value of one, NULL for null; the caller owns it.
 */
#ifndef CONCADVISE_REPORT_JSON_KEY_H
#define CONCADVISE_REPORT_JSON_KEY_H

#include <stddef.h>

struct advice;
struct json_object;
struct profile;

/* report_json_time.c */
struct json_object *time_json(const struct advice *a);
struct json_object *concurrency_json(const struct advice *a);
struct json_object *threads_json(const struct advice *a);

/* report_json_wait.c */
struct json_object *waits_json(const struct advice *a);
struct json_object *cpu_sites_json(const struct advice *a);
struct json_object *locks_json(const struct advice *a);
struct json_object *loops_json(const struct advice *a);
struct json_object *interpreter_json(const struct advice *a);

/* report_json_prediction.c */
struct json_object *premise_json(const struct advice *a);
struct json_object *predictions_json(const struct advice *a);
struct json_object *scaling_json(const struct advice *a);

/* report_json_stacks.c, report_json_timeline.c */
struct json_object *stacks_json(const struct advice *a);
struct json_object *timeline_json(const struct advice *a);

/* report_json_advice.c */
struct json_object *diagnosis_json(const struct advice *a);
struct json_object *recommendation_json(const struct advice *a);
struct json_object *findings_json(const struct advice *a);
struct json_object *considered_json(const struct advice *a);

/* Adds the "pid" and the "tid" of a thread, an index into the profile's. */
void thread_ids_add(struct json_object *o, const struct profile *p, size_t thread);

#endif
