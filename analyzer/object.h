/*
 * object: what a wait was for, in words that a person knows: "10.0.0.7:5432", ":8080", "pipe".
 */
#ifndef CONCADVISE_OBJECT_H
#define CONCADVISE_OBJECT_H

#include "endpoint.h"

#include <stdbool.h>

struct measured_file;

/*
 * Sets *ret_name to a malloc'ed name, or to NULL for a file of which nothing is to be said.
 * Connections to one peer share its name; accepted ones are named by the port that they came to.
 * Returns 0 or -ENOMEM.
 */
int object_name(const struct measured_file *f, enum endpoint e, char **ret_name);

#endif
