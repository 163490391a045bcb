/*
 * delivery: what a task has to tell, brought to where the options say.
 */
#ifndef CONCADVISE_DELIVERY_H
#define CONCADVISE_DELIVERY_H

#include <stdio.h>

struct options;
struct style;

/* Writes `what` in a style to a stream. 0 or a negative errno. */
typedef int (*telling)(const void *what, const struct options *o, const struct style *s, FILE *to);

/*
 * Writes it to the file of -o, else to standard error if a command was run, which has standard
 * output to itself, else to standard output: all of it, or as much as its reader wants. Returns 0;
 * STATUS_OURS after it said why not.
 */
int delivery_write(const struct options *o, telling tell, const void *what);

#endif
