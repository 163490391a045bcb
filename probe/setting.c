/* setting: the target's own words, copied; the host as its first process sees it. */
#include "setting.h"

#include "bpf/wire.h"
#include "host.h"
#include "measurement.h"
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* NULL for NULL, and when out of memory. */
static char **command_copy(char *const *command)
{
	size_t count = 0;
	char **copy;

	while (command && command[count])
		count++;
	copy = command ? calloc(count + 1, sizeof(*copy)) : NULL;
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = strdup(command[i]);
	return copy;
}

int setting_note(struct measurement *m, const struct target *t, const char *backend)
{
	struct measured_target *to = &m->target;
	size_t count;
	const int *pids = target_pids(t, &count);

	to->mode = target_is_launched(t) ? MEASURED_LAUNCH : MEASURED_ATTACH;
	to->pids = calloc(count, sizeof(*to->pids));
	m->backend = strdup(backend);
	if (!to->pids || !m->backend)
		return -ENOMEM;
	memcpy(to->pids, pids, count * sizeof(*pids));
	to->pids_count = count;
	to->command = command_copy(target_command(t));
	m->segment_floor_ns = WIRE_SEGMENT_NS;
	return host_read(pids[0], &m->host);
}

void setting_allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
