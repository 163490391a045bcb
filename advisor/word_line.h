/*
 * word_line: lines of the program as words for rules' messages: "app.py:14 fetch_data".
 */
#ifndef CONCADVISE_WORD_LINE_H
#define CONCADVISE_WORD_LINE_H

struct profile;

/* All malloc'ed; NULL: not known. */
char *cpu_line_text(const struct profile *p);
char *gil_line_text(const struct profile *p);
char *lock_holder_line_text(const struct profile *p);
char *lock_line_text(const struct profile *p);
char *lock_name_text(const struct profile *p);
char *loop_blocking_line_text(const struct profile *p);
char *loop_compute_line_text(const struct profile *p);
char *wait_line_text(const struct profile *p);

#endif
