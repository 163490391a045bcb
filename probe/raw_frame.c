/* raw_frame: rows told apart by a hash of all that they are. */
#include "raw_frame.h"

#include "measurement.h"

#include <stdlib.h>
#include <string.h>

void raw_frames_free(struct raw_frames *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->rows[i].function);
		free(f->rows[i].file);
	}
	free(f->rows);
	table_free(&f->places);
	*f = (struct raw_frames){0};
}

static uint64_t text_mix(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = table_mix(hash, (unsigned char)*text);
	return table_mix(hash, text ? 1 : 0);
}

static uint64_t frame_hash(const struct raw_frame *f)
{
	uint64_t hash = table_mix(table_mix(0, f->kind), (uintptr_t)f->module);

	hash = table_mix(hash, f->process);
	hash = table_mix(hash, f->address);
	hash = text_mix(hash, f->function);
	hash = text_mix(hash, f->file);
	return table_mix(hash, (uint64_t)f->line);
}

uint32_t raw_frame_row(struct raw_frames *f, const struct raw_frame *like)
{
	uint64_t hash = frame_hash(like);
	struct raw_frame *row;
	size_t index;

	if (table_get(&f->places, hash, &index))
		return (uint32_t)index;
	if (f->count == RAW_FRAMES_MAX)
		return RAW_NONE;
	row = measured_append(&f->rows, &f->count, sizeof(*f->rows));
	if (!row)
		return RAW_NONE;
	*row = *like;
	row->function = like->function ? strdup(like->function) : NULL;
	row->file = like->file ? strdup(like->file) : NULL;
	if (table_set(&f->places, hash, f->count - 1) < 0)
		return RAW_NONE;
	return (uint32_t)(f->count - 1);
}
