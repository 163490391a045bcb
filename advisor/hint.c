/*
 * hint: from what failed, and where, to the next command.
 */
#include "hint.h"

#include "options.h"

#include "analyzer/text_make.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BTF "/sys/kernel/btf/vmlinux"

static void text_free(char **text)
{
	free(*text);
}

/* As a shell takes it for one word. */
static void word_put(const char *word, FILE *to)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, to);
		return;
	}
	fputc('\'', to);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", to);
		else
			fputc(*word, to);
	fputc('\'', to);
}

/* sudo looks for programs in these, whatever PATH says (secure_path). */
static bool sudo_finds(const char *path)
{
	static const char *const folders[] = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
		"/usr/bin/", "/sbin/", "/bin/"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

static char *own_path(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return length > 0 ? strndup(path, (size_t)length) : NULL;
}

/* What was typed, as it can be typed again; with --user, so that a COMMAND is not run by root. */
static char *line_typed(const struct options *o, const char *program, bool as_user)
{
	char *line = NULL;
	size_t size;
	FILE *to = open_memstream(&line, &size);

	if (!to)
		return NULL;
	word_put(program, to);
	if (as_user && o->task == TASK_LAUNCH && !o->user)
		fputs(" --user", to);
	for (char **word = o->typed + 1; *word; word++) {
		fputc(' ', to);
		word_put(*word, to);
	}
	fclose(to);
	return line;
}

static char *sudo_line(const struct options *o, const char *path)
{
	bool is_found = strchr(o->typed[0], '/') || !path || sudo_finds(path);

	return line_typed(o, is_found ? o->typed[0] : path, true);
}

static char *hint_privileges(const struct options *o)
{
	__attribute__((cleanup(text_free))) char *path = own_path();
	__attribute__((cleanup(text_free))) char *line = sudo_line(o, path);

	if (geteuid() == 0)
		return strdup(
			"Root is not allowed to here: in a container, start that with\n"
			"  docker run --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE ...\n"
			"else see whether the kernel is locked down:\n"
			"  cat /sys/kernel/security/lockdown");
	return text_make("Next:\n  sudo %s\nor once, for everybody who may run it:\n"
			 "  sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep %s",
		line ? line : "concadvise ...", path ? path : "concadvise");
}

/* True, with its release, for a kernel that lacks what the probe is made of. */
static bool kernel_is_older(int major, int minor, char *ret_release, size_t size)
{
	struct utsname name;
	int has_major, has_minor;

	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &has_major, &has_minor) != 2)
		return false;
	snprintf(ret_release, size, "%s", name.release);
	return has_major < major || (has_major == major && has_minor < minor);
}

char *hint_measure(const struct options *o, int error)
{
	char release[65];

	if (error == -ENOSYS)
		return strdup("To build one that measures:\n"
			      "  cmake -S . -B build -DCONCADVISE_PROBE=ON && cmake --build build");
	if (error == -EPERM || error == -EACCES)
		return hint_privileges(o);
	if (kernel_is_older(5, 18, release, sizeof(release)))
		return text_make("Linux 5.18 or later is needed, and this is %s", release);
	if (access(BTF, R_OK) != 0)
		return strdup("The kernel's types are not there (" BTF "). In a container:\n"
			      "  mount -t sysfs sysfs /sys\n"
			      "else the kernel needs CONFIG_DEBUG_INFO_BTF=y, as those of Debian, "
			      "Ubuntu and Fedora have:\n"
			      "  grep CONFIG_DEBUG_INFO_BTF /boot/config-$(uname -r)");
	return NULL;
}

/* The process that a thread belongs to; 0: there is no such thread. */
static int process_of_thread(int tid)
{
	char path[64], line[128];
	int tgid = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	if (status)
		fclose(status);
	return tgid;
}

char *hint_attach(const struct options *o, int error)
{
	if (error != -ESRCH)
		return NULL;
	for (size_t i = 0; i < o->pids_count; i++) {
		int process = process_of_thread(o->pids[i]);

		if (process > 0 && process != o->pids[i])
			return text_make("%d is a thread of process %d:\n  concadvise -p %d",
				o->pids[i], process, process);
	}
	return strdup(
		"To see which there are:\n  ps -eo pid,user,args\nor by name:\n  pgrep -a NAME");
}

/* sudo gives its own PATH to what it runs: programs in a person's own folders are not in it. */
static char *hint_path(const struct options *o)
{
	__attribute__((cleanup(text_free))) char *line = line_typed(o, o->typed[0], true);

	return line ? text_make("sudo looks in a PATH of its own. With yours:\n"
				"  sudo env \"PATH=$PATH\" %s",
			      line)
		    : NULL;
}

char *hint_execute(const struct options *o, int error)
{
	const char *command = o->command[0];
	bool is_searched = !strchr(command, '/');

	if (error == -ENOENT && is_searched && access(command, X_OK) == 0)
		return text_make("It is in this folder:\n  concadvise -- ./%s", command);
	if (error == -ENOENT && is_searched && getenv("SUDO_USER"))
		return hint_path(o);
	if (error == -EACCES && access(command, R_OK) == 0)
		return text_make("It is not executable. Name what runs it:\n"
				 "  concadvise -- sh %s\nor make it so:\n  chmod +x %s",
			command, command);
	return NULL;
}

char *hint_recording(int error)
{
	if (error == -ENOMEM || error == -EACCES)
		return NULL;
	return strdup("A recording is made by\n  concadvise --record FILE -- COMMAND");
}

char *hint_output(const char *path, int error)
{
	const char *end = strrchr(path, '/');

	if (error != -ENOENT || !end)
		return NULL;
	return text_make("That folder does not exist:\n  mkdir -p %.*s", (int)(end - path), path);
}
