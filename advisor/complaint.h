/*
 * complaint: what went wrong, said on standard error, and what to do next.
 */
#ifndef CONCADVISE_COMPLAINT_H
#define CONCADVISE_COMPLAINT_H

/* One line. Paths and reasons may quote a stranger's rule, or the target: nothing in them reaches
 * a terminal's controls. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says the reason that a stage gave, or that of a negative errno where it gave none (NULL), and
 * frees it. Returns STATUS_OURS. */
int complain_of(const char *what, char *reason, int error);

/* Says what to do next, if there is anything to say (not NULL), and frees it. */
void suggest(char *hint);

#endif
