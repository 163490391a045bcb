/*
 * recording_list: arrays, structs and lists of structs in a recording.
 */
#include "recording_codec.h"

#include "measurement.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 32 /* fields of a table that is spelt as tuples */
#define COLUMN_MISSING SIZE_MAX

int json_array_append(struct json_object *array, struct json_object *item)
{
	if (json_object_array_add(array, item) == 0)
		return 0;
	json_object_put(item);
	return -ENOMEM;
}

int json_array_finish(struct json_object *array, int r, struct json_object **ret)
{
	if (r < 0)
		json_object_put(array);
	else
		*ret = array;
	return r;
}

static int array_append_uint(struct json_object *array, uint64_t value)
{
	struct json_object *item = json_object_new_uint64(value);

	return item ? json_array_append(array, item) : -ENOMEM;
}

static struct place element_place(const struct place *above, size_t index)
{
	return (struct place){.reader = above->reader, .above = above, .index = index};
}

static struct place key_place(const struct place *above, const char *key)
{
	return (struct place){.reader = above->reader, .above = above, .key = key};
}

static int uints_json(const uint64_t *values, size_t count, struct json_object **ret)
{
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = array_append_uint(array, values[i]);
	return json_array_finish(array, r, ret);
}

static int times_write(const struct field *f, const void *base, struct json_object **ret)
{
	return uints_json(
		*MEMBER_OF(base, f->offset, uint64_t *), *MEMBER_OF(base, f->beside, size_t), ret);
}

/* Room for the elements of a JSON array; none, and no memory, for an empty one. */
static int array_room(
	const struct place *at, struct json_object *value, size_t element_size, void **ret)
{
	if (!json_object_is_type(value, json_type_array))
		return place_refuse(at, "not an array");

	size_t count = json_object_array_length(value);

	*ret = count ? calloc(count, element_size) : NULL;
	return count && !*ret ? -ENOMEM : 0;
}

static int times_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	void *room = NULL;
	int r = array_room(at, value, sizeof(uint64_t), &room);

	if (r < 0 || !room)
		return r;

	uint64_t *times = room;
	size_t count = json_object_array_length(value);

	*MEMBER_TO(base, f->offset, uint64_t *) = times;
	*MEMBER_TO(base, f->beside, size_t) = count;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct place element = element_place(at, i);

		r = json_uint_read(
			&element, json_object_array_get_idx(value, i), TIME_MAX_NS, &times[i]);
	}
	return r;
}

static int pids_write(const struct field *f, const void *base, struct json_object **ret)
{
	const int *pids = *MEMBER_OF(base, f->offset, int *);
	size_t count = *MEMBER_OF(base, f->beside, size_t);
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = array_append_uint(array, (uint64_t)pids[i]);
	return json_array_finish(array, r, ret);
}

static int pids_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	void *room = NULL;
	int r = array_room(at, value, sizeof(int), &room);

	if (r < 0 || !room)
		return r;

	int *pids = room;
	size_t count = json_object_array_length(value);

	*MEMBER_TO(base, f->offset, int *) = pids;
	*MEMBER_TO(base, f->beside, size_t) = count;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct place element = element_place(at, i);
		uint64_t pid = 0;

		r = json_uint_read(&element, json_object_array_get_idx(value, i), INT_MAX, &pid);
		pids[i] = (int)pid;
	}
	return r;
}

static int indexes_write(const struct field *f, const void *base, struct json_object **ret)
{
	const size_t *indexes = *MEMBER_OF(base, f->offset, size_t *);
	size_t count = *MEMBER_OF(base, f->beside, size_t);
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = array_append_uint(array, indexes[i]);
	return json_array_finish(array, r, ret);
}

static int indexes_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	size_t rows = *MEMBER_OF(at->reader->m, f->into, size_t);
	void *room = NULL;
	int r = array_room(at, value, sizeof(size_t), &room);

	if (r < 0 || !room)
		return r;

	size_t *indexes = room;
	size_t count = json_object_array_length(value);

	*MEMBER_TO(base, f->offset, size_t *) = indexes;
	*MEMBER_TO(base, f->beside, size_t) = count;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct place element = element_place(at, i);
		uint64_t index = 0;

		r = json_uint_read(
			&element, json_object_array_get_idx(value, i), UINT64_MAX, &index);
		if (r == 0 && index >= rows)
			r = place_refuse(&element, "points at nothing");
		indexes[i] = index;
	}
	return r;
}

static int durations_write(const struct field *f, const void *base, struct json_object **ret)
{
	const struct durations *d = MEMBER_OF(base, f->offset, struct durations);
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < HISTOGRAM_BUCKETS; i++) {
		uint64_t pair[] = {i, durations_count(d, (unsigned int)i)};
		struct json_object *item;

		if (pair[1] == 0)
			continue;
		r = uints_json(pair, 2, &item);
		if (r == 0)
			r = json_array_append(array, item);
	}
	return json_array_finish(array, r, ret);
}

static int bucket_read(const struct place *at, struct json_object *pair, struct durations *d)
{
	uint64_t bucket, count;
	int r;

	if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2)
		return place_refuse(at, "not a pair of bucket and count");
	r = json_uint_read(at, json_object_array_get_idx(pair, 0), HISTOGRAM_BUCKETS - 1, &bucket);
	if (r < 0)
		return r;
	r = json_uint_read(at, json_object_array_get_idx(pair, 1), UINT32_MAX, &count);
	if (r < 0)
		return r;
	if (durations_count(d, (unsigned int)bucket))
		return place_refuse(at, "a bucket that was given before");
	return durations_add_bucket(d, (unsigned int)bucket, (uint32_t)count);
}

static int durations_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	int r = 0;

	if (!json_object_is_type(value, json_type_array))
		return place_refuse(at, "not an array");
	for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
		struct place element = element_place(at, i);

		r = bucket_read(&element, json_object_array_get_idx(value, i),
			MEMBER_TO(base, f->offset, struct durations));
	}
	return r;
}

int table_write(const struct table *t, const void *base, struct json_object **ret)
{
	struct json_object *object = json_object_new_object();
	int r = object ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < t->count; i++) {
		const struct field *f = &t->fields[i];
		struct json_object *value;

		r = f->codec->write(f, base, &value);
		if (r == 0 && json_object_object_add_ex(
				      object, f->name, value, JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0) {
			json_object_put(value);
			r = -ENOMEM;
		}
	}
	return json_array_finish(object, r, ret);
}

/* An older recording does not have this member. */
static int field_lack(const struct place *at, const struct field *f, void *base)
{
	if (!f->added)
		return place_refuse(at, "missing");
	if (f->codec->lack)
		f->codec->lack(f, base);
	return 0;
}

static int table_check(const struct place *at, const struct table *t, const void *base)
{
	const char *wrong = t->check ? t->check(base) : NULL;

	return wrong ? place_refuse(at, wrong) : 0;
}

int table_read(const struct place *at, const struct table *t, struct json_object *value, void *base)
{
	if (!json_object_is_type(value, json_type_object))
		return place_refuse(at, "not an object");
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		struct place key = key_place(at, f->name);
		struct json_object *member;
		int r = json_object_object_get_ex(value, f->name, &member)
				? f->codec->read(&key, f, member, base)
				: field_lack(&key, f, base);

		if (r < 0)
			return r;
	}
	return table_check(at, t, base);
}

static int object_write(const struct field *f, const void *base, struct json_object **ret)
{
	return table_write(f->table, MEMBER_OF(base, f->offset, char), ret);
}

static int object_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return table_read(at, f->table, value, MEMBER_TO(base, f->offset, char));
}

static void *row_append(const struct field *f, void *base)
{
	return measured_append(MEMBER_TO(base, f->offset, void), MEMBER_TO(base, f->beside, size_t),
		f->table->size);
}

static int row_write(const struct field *f, const void *row, struct json_object **ret)
{
	return table_write(f->table, row, ret);
}

static int rows_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	if (!json_object_is_type(value, json_type_array))
		return place_refuse(at, "not an array");
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct place element = element_place(at, i);
		void *row = row_append(f, base);

		if (!row)
			return -ENOMEM;

		int r = table_read(&element, f->table, json_object_array_get_idx(value, i), row);

		if (r < 0)
			return r;
	}
	return 0;
}

static int tuple_header_write(const struct field *f, struct json_object **ret)
{
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < f->table->count; i++) {
		struct json_object *name = json_object_new_string(f->table->fields[i].name);

		r = name ? json_array_append(array, name) : -ENOMEM;
	}
	return json_array_finish(array, r, ret);
}

static int tuple_write(const struct field *f, const void *row, struct json_object **ret)
{
	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < f->table->count; i++) {
		const struct field *member = &f->table->fields[i];
		struct json_object *value;

		r = member->codec->write(member, row, &value);
		if (r == 0)
			r = json_array_append(array, value);
	}
	return json_array_finish(array, r, ret);
}

/* Which column of the header each field of the table stands in. */
static int tuple_header_read(const struct place *at, const struct table *t,
	struct json_object *header, size_t *ret_columns)
{
	if (!json_object_is_type(header, json_type_array))
		return place_refuse(at, "not an array of column names");
	for (size_t i = 0; i < t->count; i++) {
		struct place key = key_place(at, t->fields[i].name);
		size_t column = 0, count = json_object_array_length(header);

		for (; column < count; column++) {
			struct json_object *name = json_object_array_get_idx(header, column);

			if (json_object_is_type(name, json_type_string) &&
				strcmp(json_object_get_string(name), key.key) == 0)
				break;
		}
		if (column == count && !t->fields[i].added)
			return place_refuse(&key, "missing");
		ret_columns[i] = column < count ? column : COLUMN_MISSING;
	}
	return 0;
}

static int tuple_read(const struct place *at, const struct table *t, const size_t *columns,
	struct json_object *tuple, void *row)
{
	if (!json_object_is_type(tuple, json_type_array))
		return place_refuse(at, "not an array");
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		struct place key = key_place(at, f->name);
		int r;

		if (columns[i] == COLUMN_MISSING)
			r = field_lack(&key, f, row);
		else if (columns[i] >= json_object_array_length(tuple))
			r = place_refuse(&key, "missing");
		else
			r = f->codec->read(
				&key, f, json_object_array_get_idx(tuple, columns[i]), row);
		if (r < 0)
			return r;
	}
	return table_check(at, t, row);
}

static int tuples_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	size_t columns[COLUMNS_MAX] = {0};
	struct place element = element_place(at, 0);

	if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) == 0)
		return place_refuse(at, "not an array that begins with column names");
	if (f->table->count > COLUMNS_MAX)
		return -E2BIG;

	int r = tuple_header_read(&element, f->table, json_object_array_get_idx(value, 0), columns);

	for (size_t i = 1; r == 0 && i < json_object_array_length(value); i++) {
		void *row = row_append(f, base);

		element.index = i;
		r = row ? tuple_read(&element, f->table, columns,
				  json_object_array_get_idx(value, i), row)
			: -ENOMEM;
	}
	return r;
}

const struct codec codec_times = {.write = times_write, .read = times_read};
const struct codec codec_pids = {.write = pids_write, .read = pids_read};
const struct codec codec_indexes = {.write = indexes_write, .read = indexes_read};
const struct codec codec_durations = {.write = durations_write, .read = durations_read};
const struct codec codec_object = {.write = object_write, .read = object_read};
const struct codec codec_rows = {.read = rows_read, .write_row = row_write};
const struct codec codec_tuples = {
	.read = tuples_read, .write_header = tuple_header_write, .write_row = tuple_write};
