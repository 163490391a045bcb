/* task_text: by the formats of proc(5). */
#include "task_text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KB 1024

/* The name may hold anything, parentheses too: it ends at the last one. */
static bool comm_read(const char *text, struct task_stat *ret, const char **ret_rest)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	size_t length;

	if (!open || !close || close < open)
		return false;
	length = (size_t)(close - open - 1);
	if (length >= sizeof(ret->comm))
		length = sizeof(ret->comm) - 1;
	memcpy(ret->comm, open + 1, length);
	ret->comm[length] = '\0';
	*ret_rest = close + 1;
	return true;
}

bool task_text_stat(const char *text, struct task_stat *ret)
{
	struct task_stat s = {0};
	int64_t children_user, children_kernel;
	const char *rest;

	if (!comm_read(text, &s, &rest))
		return false;
	/* From field 3 on: state, ppid, five of no interest, minflt, three more, utime, stime,
	 * cutime, cstime, four more, starttime. */
	if (sscanf(rest,
		    " %c %d %*d %*d %*d %*d %*u %" SCNu64 " %*u %*u %*u %" SCNu64 " %" SCNu64
		    " %" SCNd64 " %" SCNd64 " %*d %*d %*d %*d %" SCNu64,
		    &s.state, &s.ppid, &s.faults, &s.user_ticks, &s.kernel_ticks, &children_user,
		    &children_kernel, &s.start_ticks) != 8)
		return false;
	if (children_user > 0)
		s.children_ticks += (uint64_t)children_user;
	if (children_kernel > 0)
		s.children_ticks += (uint64_t)children_kernel;
	*ret = s;
	return true;
}

bool task_text_sched(const char *text, struct task_sched *ret)
{
	struct task_sched s;

	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &s.cpu_ns, &s.delay_ns, &s.arrivals) !=
		3)
		return false;
	*ret = s;
	return true;
}

/* The number behind a key at the beginning of a line. The kernel escapes newlines in names. */
static bool line_number(const char *text, const char *key, uint64_t *ret)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0)
			return sscanf(line + length, "%" SCNu64, ret) == 1;
	}
	return false;
}

bool task_text_status(const char *text, struct task_status *ret)
{
	struct task_status s = {0};
	uint64_t kb;

	if (!line_number(text, "voluntary_ctxt_switches:", &s.voluntary) ||
		!line_number(text, "nonvoluntary_ctxt_switches:", &s.involuntary))
		return false;
	if (line_number(text, "VmHWM:", &kb) && kb <= UINT64_MAX / KB)
		s.rss_peak_bytes = kb * KB;
	*ret = s;
	return true;
}

bool task_text_call(const char *text, struct task_call *ret)
{
	struct task_call c = {0};
	char *at;
	long number;

	if (strncmp(text, "running", strlen("running")) == 0) {
		*ret = (struct task_call){.running = true, .number = WIRE_NO_SYSCALL};
		return true;
	}
	number = strtol(text, &at, 10);
	if (at == text || number < -1 || number > INT_MAX)
		return false;
	c.number = number < 0 ? WIRE_NO_SYSCALL : (int)number;
	for (int i = 0; i < TASK_ARGUMENTS && number >= 0; i++) {
		char *end;

		c.arguments[i] = strtoull(at, &end, 16);
		if (end == at)
			return false;
		at = end;
	}
	*ret = c;
	return true;
}
