/*
 * report_json_site: lines of the program in the JSON report: call sites, and lists of them.
 */
#ifndef CONCADVISE_REPORT_JSON_SITE_H
#define CONCADVISE_REPORT_JSON_SITE_H

#include <stddef.h>

struct json_object;
struct profile;
struct profile_loop;
struct profile_sites;

/* A chain of calls, innermost first; empty where nothing is known. */
struct json_object *callsite_json(const struct profile *p, size_t stack);

/* The same, but of a chain of more than `most` frames its middle is left out: so many frames. */
struct json_object *callsite_ends_json(
	const struct profile *p, size_t stack, size_t most, size_t *ret_omitted);

/* The chain of the first site. */
struct json_object *first_callsite_json(const struct profile *p, const struct profile_sites *sites);

/* Waits by site. */
struct json_object *wait_sites_json(const struct profile *p, const struct profile_sites *sites);

/* On-CPU time by site. */
struct json_object *compute_sites_json(const struct profile *p, const struct profile_sites *sites);

/* Who held a lock, by site. */
struct json_object *holders_json(const struct profile *p, const struct profile_sites *sites);

struct json_object *stalls_json(const struct profile *p, const struct profile_loop *loop);

#endif
