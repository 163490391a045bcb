/*
 * hint: what to do next when something did not work, as a command that can be typed.
 */
#ifndef CONCADVISE_HINT_H
#define CONCADVISE_HINT_H

struct options;

/* Each returns malloc'ed lines, the last one without a line break; NULL: there is nothing better to
 * say than what went wrong. error: the negative errno of what failed. */

/* The processes of -p could not be found. */
char *hint_attach(const struct options *o, int error);

/* The probe could not be loaded or armed. */
char *hint_measure(const struct options *o, int error);

/* The command could not be executed. */
char *hint_execute(const struct options *o, int error);

/* The recording could not be read. */
char *hint_recording(int error);

/* A file could not be written. */
char *hint_output(const char *path, int error);

#endif
