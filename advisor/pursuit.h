/*
 * pursuit: what a program does now, in a few words: "mostly network (80 %)".
 */
#ifndef CONCADVISE_PURSUIT_H
#define CONCADVISE_PURSUIT_H

#include <stddef.h>

struct profile;

/*
 * Of a profile as profile_glance() makes it: the two states in which the threads that had something
 * to do were longest, or that they wait for work. Cut to fit into `size` bytes.
 */
void pursuit_words(const struct profile *p, char *text, size_t size);

#endif
