/*
 * word_line: the first line of each list that metrics tell the first share of.
 */
#include "word_line.h"

#include "analyzer/callsite.h"
#include "analyzer/top.h"

#include <stdlib.h>
#include <string.h>

static char *first_line(const struct profile *p, const struct profile_sites *sites)
{
	return sites->count > 0 ? callsite_site_text(p, &sites->sites[0]) : NULL;
}

char *cpu_line_text(const struct profile *p)
{
	return first_line(p, &p->cpu_sites);
}

char *gil_line_text(const struct profile *p)
{
	return lock_global_top(p) ? first_line(p, &lock_global_top(p)->holding) : NULL;
}

char *lock_holder_line_text(const struct profile *p)
{
	return lock_top(p) ? first_line(p, &lock_top(p)->holding) : NULL;
}

char *lock_line_text(const struct profile *p)
{
	return lock_top(p) ? first_line(p, &lock_top(p)->waiting) : NULL;
}

char *lock_name_text(const struct profile *p)
{
	return lock_top(p) && lock_top(p)->name ? strdup(lock_top(p)->name) : NULL;
}

char *loop_blocking_line_text(const struct profile *p)
{
	return blocking_top(p) ? first_line(p, &blocking_top(p)->sites) : NULL;
}

char *loop_compute_line_text(const struct profile *p)
{
	const struct profile_stall *stall = stall_top(p, STALL_COMPUTING);

	return stall ? callsite_text(p, stall->stack) : NULL;
}

char *wait_line_text(const struct profile *p)
{
	return wait_top(p) ? first_line(p, &wait_top(p)->sites) : NULL;
}
