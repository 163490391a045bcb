/*
 * rights: what the tool's user may look at, apart from what its file was given (setcap).
 */
#ifndef CONCADVISE_RIGHTS_H
#define CONCADVISE_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

/* The effective capabilities, a bit each; 0 also if they cannot be read. */
uint64_t rights_effective(void);

/* Those that the user has without the tool: none of its file's. */
uint64_t rights_of_user(void);

/* Only what the user could trace with ptrace may be measured: true, unless there is cap_sys_ptrace.
 */
bool rights_are_bounded(void);

/* May the user trace that process? By its pidfd, which no other process can take the place of.
 * 0, or a negative errno (-EPERM, -ESRCH). */
int rights_check(int pidfd);

/* Gives up, for good, what the tool's file was given. */
void rights_give_up(void);

#endif
