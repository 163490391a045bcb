/*
 * recording_number: numbers, flags and indexes of a recording, each checked for its range when
 * read. 64-bit integers are exact in both directions.
 */
#include "recording_codec.h"

#include "measurement.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <math.h>

/* A json_object of NULL is null, so a constructor's NULL has to be told from it. */
int json_made(struct json_object *made, struct json_object **ret)
{
	*ret = made;
	return made ? 0 : -ENOMEM;
}

static int json_null(struct json_object **ret)
{
	*ret = NULL;
	return 0;
}

int json_uint_read(const struct place *at, struct json_object *value, uint64_t max, uint64_t *ret)
{
	if (!json_object_is_type(value, json_type_int))
		return place_refuse(at, "not an integer");
	/* json-c clamps to the type that is asked for (and numbers beyond 64 bits when parsing),
	 * so a sign is to be asked for first. */
	if (json_object_get_int64(value) < 0)
		return place_refuse(at, "negative");
	if (json_object_get_uint64(value) > max)
		return place_refuse(at, "out of range");
	*ret = json_object_get_uint64(value);
	return 0;
}

static int number_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_uint64(*MEMBER_OF(base, f->offset, uint64_t)), ret);
}

static int number_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return json_uint_read(at, value, UINT64_MAX, MEMBER_TO(base, f->offset, uint64_t));
}

static int time_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return json_uint_read(at, value, TIME_MAX_NS, MEMBER_TO(base, f->offset, uint64_t));
}

static int known_write(const struct field *f, const void *base, struct json_object **ret)
{
	return *MEMBER_OF(base, f->offset, uint64_t) ? number_write(f, base, ret) : json_null(ret);
}

static int known_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	*MEMBER_TO(base, f->offset, uint64_t) = 0;
	return value ? number_read(at, f, value, base) : 0;
}

static int number32_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_uint64(*MEMBER_OF(base, f->offset, uint32_t)), ret);
}

static int number32_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	uint64_t number = 0;
	int r = json_uint_read(at, value, UINT32_MAX, &number);

	if (r < 0)
		return r;
	*MEMBER_TO(base, f->offset, uint32_t) = (uint32_t)number;
	return 0;
}

static int instant_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_int64(*MEMBER_OF(base, f->offset, int64_t)), ret);
}

static int instant_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	uint64_t number = 0;
	int r = json_uint_read(at, value, TIME_MAX_NS, &number);

	if (r < 0)
		return r;
	*MEMBER_TO(base, f->offset, int64_t) = (int64_t)number;
	return 0;
}

static int end_write(const struct field *f, const void *base, struct json_object **ret)
{
	bool alive = *MEMBER_OF(base, f->offset, int64_t) == MEASURED_ALIVE;

	return alive ? json_null(ret) : instant_write(f, base, ret);
}

static int end_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	*MEMBER_TO(base, f->offset, int64_t) = MEASURED_ALIVE;
	return value ? instant_read(at, f, value, base) : 0;
}

static int int_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_int64(*MEMBER_OF(base, f->offset, int)), ret);
}

static int int_read_max(const struct place *at, struct json_object *value, int max, int *ret)
{
	uint64_t number = 0;
	int r = json_uint_read(at, value, (uint64_t)max, &number);

	if (r < 0)
		return r;
	*ret = (int)number;
	return 0;
}

static int int_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return int_read_max(at, value, INT_MAX, MEMBER_TO(base, f->offset, int));
}

static int status_write(const struct field *f, const void *base, struct json_object **ret)
{
	return *MEMBER_OF(base, f->beside, bool) ? int_write(f, base, ret) : json_null(ret);
}

static int status_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	*MEMBER_TO(base, f->beside, bool) = value != NULL;
	return value ? int_read_max(at, value, UCHAR_MAX, MEMBER_TO(base, f->offset, int)) : 0;
}

static int bool_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_boolean(*MEMBER_OF(base, f->offset, bool)), ret);
}

static int bool_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	if (!json_object_is_type(value, json_type_boolean))
		return place_refuse(at, "neither true nor false");
	*MEMBER_TO(base, f->offset, bool) = json_object_get_boolean(value);
	return 0;
}

static int tristate_write(const struct field *f, const void *base, struct json_object **ret)
{
	int state = *MEMBER_OF(base, f->offset, int);

	return state < 0 ? json_null(ret) : json_made(json_object_new_boolean(state), ret);
}

static int tristate_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	if (value && !json_object_is_type(value, json_type_boolean))
		return place_refuse(at, "neither true, false nor null");
	*MEMBER_TO(base, f->offset, int) = value ? json_object_get_boolean(value) : -1;
	return 0;
}

static int real_write(const struct field *f, const void *base, struct json_object **ret)
{
	double real = *MEMBER_OF(base, f->offset, double);

	return isfinite(real) ? json_made(json_object_new_double(real), ret) : json_null(ret);
}

static int real_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	double real = json_object_get_double(value);

	if (!json_object_is_type(value, json_type_double) &&
		!json_object_is_type(value, json_type_int))
		return place_refuse(at, "not a number");
	if (!isfinite(real))
		return place_refuse(at, "not finite");
	if (real < 0)
		return place_refuse(at, "negative");
	*MEMBER_TO(base, f->offset, double) = real;
	return 0;
}

static int real_known_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	*MEMBER_TO(base, f->offset, double) = NAN;
	return value ? real_read(at, f, value, base) : 0;
}

static int index_write(const struct field *f, const void *base, struct json_object **ret)
{
	return json_made(json_object_new_uint64(*MEMBER_OF(base, f->offset, size_t)), ret);
}

static int index_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	size_t count = *MEMBER_OF(at->reader->m, f->beside, size_t);
	uint64_t number = 0;
	int r = json_uint_read(at, value, UINT64_MAX, &number);

	if (r < 0)
		return r;
	if (number >= count)
		return place_refuse(at, "points at nothing");
	*MEMBER_TO(base, f->offset, size_t) = number;
	return 0;
}

static int index_known_write(const struct field *f, const void *base, struct json_object **ret)
{
	bool none = *MEMBER_OF(base, f->offset, size_t) == MEASURED_NONE;

	return none ? json_null(ret) : index_write(f, base, ret);
}

static void index_lack(const struct field *f, void *base)
{
	*MEMBER_TO(base, f->offset, size_t) = MEASURED_NONE;
}

static int index_known_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	index_lack(f, base);
	return value ? index_read(at, f, value, base) : 0;
}

static int row_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	uint64_t row = 0;
	int r;

	index_lack(f, base);
	r = value ? json_uint_read(at, value, MEASURED_NONE - 1, &row) : 0;
	if (value && r == 0)
		*MEMBER_TO(base, f->offset, size_t) = row;
	return r;
}

const struct codec codec_time = {.write = number_write, .read = time_read};
const struct codec codec_instant = {.write = instant_write, .read = instant_read};
const struct codec codec_end = {.write = end_write, .read = end_read};
const struct codec codec_number = {.write = number_write, .read = number_read};
const struct codec codec_known = {.write = known_write, .read = known_read};
const struct codec codec_number32 = {.write = number32_write, .read = number32_read};
const struct codec codec_int = {.write = int_write, .read = int_read};
const struct codec codec_status = {.write = status_write, .read = status_read};
const struct codec codec_bool = {.write = bool_write, .read = bool_read};
const struct codec codec_tristate = {.write = tristate_write, .read = tristate_read};
const struct codec codec_real = {.write = real_write, .read = real_read};
const struct codec codec_real_known = {.write = real_write, .read = real_known_read};
const struct codec codec_index = {.write = index_write, .read = index_read};
const struct codec codec_index_known = {
	.write = index_known_write, .read = index_known_read, .lack = index_lack};
const struct codec codec_row = {.write = index_known_write, .read = row_read, .lack = index_lack};
