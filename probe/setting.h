/*
 * setting: what holds of a measurement from its start, whoever measures: target and host.
 */
#ifndef CONCADVISE_SETTING_H
#define CONCADVISE_SETTING_H

struct measurement;
struct target;

/* Fills in the backend's name, the target and the host. 0 or a negative errno. */
int setting_note(struct measurement *m, const struct target *t, const char *backend);

/* Raises the tool's own limit of descriptors as far as it may. A launched command was forked
 * before, and keeps the limit that it was given. */
void setting_allow_descriptors(void);

#endif
