/* target_account: the user as whom a launched command shall run (--user), as `sudo -u` would do it.
 */
#ifndef CONCADVISE_TARGET_ACCOUNT_H
#define CONCADVISE_TARGET_ACCOUNT_H

struct account;

/* name: a user's; "" means the one who called sudo. Negative errno and a reason if there is none.
 */
int account_find(const char *name, struct account **ret, char **ret_reason);

/* In the child: takes the user's groups, ids and HOME, USER, LOGNAME, SHELL. Negative errno. */
int account_become(const struct account *a);

void account_free(struct account *a);

#endif
