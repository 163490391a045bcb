/*
 * recording_codec: how the members of a measurement are spelt in a recording.
 *
 * A codec is one spelling, its writer and its reader side by side. A field is one member: its
 * name, where it lies, and its codec. A table is the fields of one struct. Writing and reading run
 * from the same rows (recording_table.c), so they cannot disagree.
 *
 * Writers return 0 with a json_object that the caller owns (NULL is JSON's null), or -ENOMEM.
 * Readers return 0 or, by place_refuse(), a negative errno with the reason that a person gets.
 */
#ifndef CONCADVISE_RECORDING_CODEC_H
#define CONCADVISE_RECORDING_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct measurement;
struct field;

/* No window lasts 36 years, and two such times still add up in 64 bits with a sign. */
#define TIME_MAX_NS (UINT64_C(1) << 60)

/* The member that lies at an offset of a struct: to be set, and to be read. */
#define MEMBER_TO(base, offset, type) ((type *)((char *)(base) + (offset)))
#define MEMBER_OF(base, offset, type) ((type const *)((const char *)(base) + (offset)))

struct reader {
	struct measurement *m;
	char **ret_reason;
};

/* Where in a recording reading is: a chain up to the top, by key or, without one, by index. */
struct place {
	struct reader *reader;
	const struct place *above;
	const char *key;
	size_t index;
};

/* Sets the reason "threads[3].cpu_ns: what"; returns -EINVAL. */
int place_refuse(const struct place *at, const char *what);

struct codec {
	int (*write)(const struct field *f, const void *base, struct json_object **ret);
	int (*read)(const struct place *at, const struct field *f, struct json_object *value,
		void *base);
	/* Lists are written row by row instead, after a header if the spelling has one. */
	int (*write_header)(const struct field *f, struct json_object **ret);
	int (*write_row)(const struct field *f, const void *row, struct json_object **ret);
	/* What a member that an older recording lacks is set to; NULL: it stays zero. */
	void (*lack)(const struct field *f, void *base);
};

struct table {
	const struct field *fields;
	size_t count;
	size_t size;                        /* of the struct */
	const char *(*check)(const void *); /* what is wrong between members; NULL: nothing */
};

struct field {
	const char *name; /* of the member, and in JSON */
	const struct codec *codec;
	bool added; /* older recordings do not have it: where it is missing it is not known */
	size_t offset;
	size_t beside; /* of the member that belongs with it: a count, a flag, a list in the
			  measurement */
	size_t into;   /* of a list of indexes: the count, in the measurement, of what they point at
			*/
	const struct table *table;           /* of a struct or list */
	const char *(*word)(unsigned value); /* of an enum's values; NULL beyond the last one */
};

/* recording_number.c */
extern const struct codec codec_time;       /* uint64_t, ns */
extern const struct codec codec_instant;    /* int64_t, ns from the start of the window */
extern const struct codec codec_end;        /* the same; null: MEASURED_ALIVE */
extern const struct codec codec_number;     /* uint64_t */
extern const struct codec codec_known;      /* uint64_t; null: 0, which means not known */
extern const struct codec codec_number32;   /* uint32_t */
extern const struct codec codec_int;        /* int, not negative */
extern const struct codec codec_status;     /* int, 0..255; null: the bool beside it is false */
extern const struct codec codec_bool;       /* bool */
extern const struct codec codec_tristate;   /* int: 1 true, 0 false, -1 null */
extern const struct codec codec_real;       /* double, finite, not negative */
extern const struct codec codec_real_known; /* the same; null: NAN */
extern const struct codec codec_index; /* size_t: a row of the list whose count is beside it in the
					  measurement */
extern const struct codec codec_index_known; /* the same; null: MEASURED_NONE */
extern const struct codec codec_row; /* likewise, of the list that it is in: it may be one that is
					yet to come, so that is checked in the end */

/* recording_text.c */
extern const struct codec codec_text;       /* char * */
extern const struct codec codec_text_known; /* char *; null: NULL */
extern const struct codec codec_word;       /* an enum, by `word` */
extern const struct codec codec_command;    /* char **, ended by NULL; null: NULL */

/* recording_list.c */
extern const struct codec codec_times;     /* uint64_t *, count beside: an array of ns */
extern const struct codec codec_pids;      /* int *, count beside: an array */
extern const struct codec codec_indexes;   /* size_t *, count beside: an array of indexes */
extern const struct codec codec_durations; /* struct durations: [[bucket, count], ...], sparse */
extern const struct codec codec_object;    /* a struct inside this one */
extern const struct codec codec_rows;      /* structs, count beside: an array of objects */
extern const struct codec codec_tuples; /* the same: an array of arrays, the first names columns */

int table_write(const struct table *t, const void *base, struct json_object **ret);
int table_read(
	const struct place *at, const struct table *t, struct json_object *value, void *base);

/* The one of struct measurement. Lists come before those that hold indexes into them. */
extern const struct table recording_table;

/* What codecs share: a json_object_new_* that may have failed, and checked integers. */
int json_made(struct json_object *made, struct json_object **ret);
int json_uint_read(const struct place *at, struct json_object *value, uint64_t max, uint64_t *ret);

/* Takes the item, also on failure; and the finished array, or nothing when r says it failed. */
int json_array_append(struct json_object *array, struct json_object *item);
int json_array_finish(struct json_object *array, int r, struct json_object **ret);

#endif
