/* rights: by capget(), and by asking the kernel for what only a tracer gets. */
#include "rights.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t rights_effective(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/* The kernel's own word that executing the tool has given rights. */
static bool file_gives_rights(void)
{
	return getauxval(AT_SECURE) != 0;
}

uint64_t rights_of_user(void)
{
	return file_gives_rights() ? 0 : rights_effective();
}

bool rights_are_bounded(void)
{
	return !(rights_effective() & 1ULL << CAP_SYS_PTRACE);
}

int rights_check(int pidfd)
{
	int fd;

	if (!rights_are_bounded())
		return 0;
	/* A descriptor that nobody has: EBADF comes after the question of rights. */
	fd = syscall(SYS_pidfd_getfd, pidfd, INT_MAX, 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EBADF ? 0 : -errno;
}

void rights_give_up(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (file_gives_rights())
		syscall(SYS_capset, &head, none);
}
