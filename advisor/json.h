/*
 * json: values of the report in JSON: what is not known is null, what is not UTF-8 is replaced, and
 * what could steer a terminal is escaped.
 */
#ifndef CONCADVISE_JSON_H
#define CONCADVISE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* NULL, which json-c writes as null: for NULL, and for NAN and the infinities. */
struct json_object *json_text(const char *text);
struct json_object *json_number(double value);
/* "0x1a2b": JSON has no hexadecimal numbers. */
struct json_object *json_hex(uint64_t value);
struct json_object *json_texts(char *const *texts, size_t count);

void json_add_text(struct json_object *o, const char *key, const char *text);
void json_add_number(struct json_object *o, const char *key, double value);
void json_add_count(struct json_object *o, const char *key, uint64_t value);
void json_add_boolean(struct json_object *o, const char *key, bool value);

/* Has an object (or array), to which nothing more is added, written on one line and kept in little
 * memory; returns it: for rows of which there are thousands. */
struct json_object *json_in_one_line(struct json_object *o);

/* On one line, as that is written; json-c's flags. Valid until the object is written again. */
const char *json_line_text(struct json_object *o, int flags);

/* Writes the value and a line break. -ENOMEM, or 0: the stream's errors are its owner's. */
int json_write(struct json_object *value, FILE *to);

/* The same in as few bytes as can be, so that it can stand inside an element of HTML. */
int json_write_in_markup(struct json_object *value, FILE *to);

#endif
