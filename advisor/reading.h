/*
 * reading: a JSON object read by a table of its keys, with the place of whatever is wrong.
 *
 * One table row a key: its name, type, whether it must be there, and where it goes. A key that no
 * row names is refused: a misspelt condition must not silently be none.
 */
#ifndef CONCADVISE_READING_H
#define CONCADVISE_READING_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct reading {
	const char *origin; /* the file, for messages */
	char place[160];    /* "when[2].metric" */
	char *reason;       /* set by what failed; malloc'ed, the caller frees it */
};

enum field_type { FIELD_STRING, FIELD_NUMBER, FIELD_BOOLEAN, FIELD_ARRAY, FIELD_OBJECT, FIELD_ANY };

struct field {
	const char *key;
	enum field_type type;
	bool required;
	int (*read)(struct reading *r, struct json_object *value, void *into);
	size_t offset; /* of `into`, from the start of the struct that is read */
};

/* Sets "ORIGIN: PLACE: reason" and returns -EINVAL (-ENOMEM when there is no memory for it). */
int reading_refuse(struct reading *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Goes into ".key" or "[index]"; the result is for reading_leave(). */
size_t reading_enter(struct reading *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reading_leave(struct reading *r, size_t place);

/* Refuses a value that is not of that type. */
int reading_expect(struct reading *r, struct json_object *value, enum field_type type);

/* Reads an object's keys by the table, which a row without a key ends. */
int reading_fields(
	struct reading *r, struct json_object *object, const struct field *fields, void *into);

/*
 * Allocates a zeroed array of as many elements as the JSON array has, and reads each one. The
 * pointer and the count are set before any element is read, so that a destructor frees what a
 * failure left half done.
 */
int reading_array(struct reading *r, struct json_object *array, enum field_type type,
	int (*read)(struct reading *r, struct json_object *value, void *into), size_t size,
	void **ret_elements, size_t *ret_count);

/* For tables: `into` is a char * that gets a copy. A string with a NUL in it is refused. */
int reading_text(struct reading *r, struct json_object *value, void *into);
/*
 * A string, or an array of strings that are put together with the separator between them, or with
 * nothing behind one that ends with a blank: JSON has no other way to break a long text into lines.
 * The caller frees it.
 */
int reading_joined(
	struct reading *r, struct json_object *value, const char *separator, char **ret_text);
/* `into` is a bool. */
int reading_boolean(struct reading *r, struct json_object *value, void *into);
/* `into` is a double. */
int reading_number(struct reading *r, struct json_object *value, void *into);
/* `into` is an int. */
int reading_integer(struct reading *r, struct json_object *value, void *into);

#endif
