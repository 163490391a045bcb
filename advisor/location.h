/*
 * location: the file, line and function that a rule's place is, for those who mark lines of source.
 */
#ifndef CONCADVISE_LOCATION_H
#define CONCADVISE_LOCATION_H

#include "place.h"

struct json_object;
struct profile;

/*
 * {"file", "line", "function", "path"} of the line that stands out there; path is the file relative
 * to the repository at root (NULL: there is none). NULL: no file and no function is known. The
 * caller owns it.
 */
struct json_object *location_json(enum place place, const struct profile *p, const char *root);

#endif
