#include "target_account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct account {
	uid_t uid;
	gid_t gid;
	char *name, *home, *shell;
};

static int account_missing(char **ret_reason, const char *name)
{
	int printed =
		*name ? asprintf(ret_reason, "--user: there is no user %s", name)
		      : asprintf(ret_reason,
				"--user: not started by sudo (SUDO_USER is not set); name the "
				"user: --user=NAME");

	if (printed < 0)
		*ret_reason = NULL;
	return -ENOENT;
}

int account_find(const char *name, struct account **ret, char **ret_reason)
{
	const char *wanted = *name ? name : getenv("SUDO_USER");
	const struct passwd *entry = wanted ? getpwnam(wanted) : NULL;
	struct account *a;

	if (!entry)
		return account_missing(ret_reason, name);
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->uid = entry->pw_uid;
	a->gid = entry->pw_gid;
	a->name = strdup(entry->pw_name);
	a->home = strdup(entry->pw_dir);
	a->shell = strdup(entry->pw_shell);
	if (!a->name || !a->home || !a->shell) {
		account_free(a);
		return -ENOMEM;
	}
	*ret = a;
	return 0;
}

int account_become(const struct account *a)
{
	/* The order matters: after setuid() the groups could not be changed any more. */
	if (initgroups(a->name, a->gid) < 0 || setgid(a->gid) < 0 || setuid(a->uid) < 0)
		return -errno;
	if (setenv("HOME", a->home, 1) < 0 || setenv("USER", a->name, 1) < 0 ||
		setenv("LOGNAME", a->name, 1) < 0 || setenv("SHELL", a->shell, 1) < 0)
		return -errno;
	return 0;
}

void account_free(struct account *a)
{
	if (!a)
		return;
	free(a->name);
	free(a->home);
	free(a->shell);
	free(a);
}
