/*
 * value: what a report says, read back from its JSON object. Nothing in one is trusted: what is not
 * there, or is of another type, is not known.
 *
 * A path names keys, with dots between: "recommendation.summary".
 */
#ifndef CONCADVISE_VALUE_H
#define CONCADVISE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* What is at the path; NULL: nothing, or null. Borrowed. */
struct json_object *value_at(struct json_object *o, const char *path);

/* A string; NULL: none is there. Borrowed. */
const char *value_text(struct json_object *o, const char *path);

/* The same; "" where there is none. */
const char *value_words(struct json_object *o, const char *path);

/* NAN: none is there. */
double value_number(struct json_object *o, const char *path);

/* A whole number; 0: none is there, or it is too large for an int. */
int value_whole(struct json_object *o, const char *path);

bool value_is_true(struct json_object *o, const char *path);

/* How many elements an array has; 0: none is there. */
size_t value_count(struct json_object *o, const char *path);

/* An element of it; NULL beyond its end. Borrowed. */
struct json_object *value_element(struct json_object *o, const char *path, size_t index);

/* An element that is a string; "" where it is none. Borrowed. */
const char *value_line(struct json_object *o, const char *path, size_t index);

#endif
