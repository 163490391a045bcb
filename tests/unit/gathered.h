/*
 * gathered: a scene's run as its work, for the tests of what is gathered.
 */
#ifndef CONCADVISE_TEST_GATHERED_H
#define CONCADVISE_TEST_GATHERED_H

#include "analyzer/gather.h"
#include "analyzer/meaning.h"
#include "analyzer/workload.h"

#include "scene_thread.h"

#define EXACT 1e-9

struct gathered {
	struct measurement *m;
	struct profile *p;
	struct workload work;
	struct step sum;
};

/* Of each process's computing, locked_share needs its interpreter's lock. */
static inline void gather(struct gathered *ret, struct measurement *m, double locked_share)
{
	struct meaning *x = meaning_new(m);
	double locked[64];

	assert_non_null(x);
	assert_true(m->processes_count <= 64);
	for (size_t i = 0; i < 64; i++)
		locked[i] = locked_share;
	ret->m = m;
	ret->p = scene_profile(m);
	assert_int_equal(gather_workload(&ret->work, ret->p, x, locked), 0);
	ret->sum = workload_sum(&ret->work);
	meaning_free(x);
}

static inline double gathered_cpu_s(const struct gathered *g)
{
	return g->sum.locked_s + g->sum.free_s;
}

static inline void gathered_clear(struct gathered *g)
{
	workload_clear(&g->work);
	scene_end(g->m, g->p);
}

#endif
