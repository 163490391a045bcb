/* module_state: what the files of modules share. Not for others. */
#ifndef CONCADVISE_MODULE_STATE_H
#define CONCADVISE_MODULE_STATE_H

#include "module.h"

#include <sys/types.h>
#include <time.h>

struct module {
	uint64_t device, inode;
	char *path;
	int pid;
	struct image *image; /* NULL: could not be had */
	struct cfi *cfi;
	bool cfi_made; /* or tried to */
	bool found;    /* somebody may hold a pointer to it */
	bool mapped;   /* while sweeping */
	int error;     /* of opening it */
	off_t size;
	struct timespec modified;
};

/* Takes the image over (NULL: the file could not be had). NULL when out of memory. */
struct module *module_new(const char *path, struct image *image);
void module_free(struct module *m);

/* Or was the file written anew in its place since it was opened? */
bool module_is_current(const struct module *m);

#endif
