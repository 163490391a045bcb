/*
 * pace: begins as fast as it may, and learns slowly what a round takes: an odd one, as when all
 * that is mapped is looked at, does not slow down those after it, but is paid for by and by.
 */
#include "pace.h"

#define ROUNDS 8 /* that the mean goes back */
#define THOUSAND 1000

static uint64_t within(uint64_t ns)
{
	if (ns < PACE_LEAST_NS)
		return PACE_LEAST_NS;
	return ns < PACE_MOST_NS ? ns : PACE_MOST_NS;
}

uint64_t pace_apart_ns(const struct pace *p)
{
	return within(p->usual_ns * THOUSAND / PACE_USUAL);
}

/* What is spent beyond the credit has to become its share of the time again. */
static uint64_t debt_ns(const struct pace *p)
{
	uint64_t owed = p->spent_ns > PACE_CREDIT_NS
				? (p->spent_ns - PACE_CREDIT_NS) * THOUSAND / PACE_ALL
				: 0;

	return owed > p->passed_ns ? owed - p->passed_ns : 0;
}

static void usual_learn(struct pace *p, uint64_t cost_ns)
{
	const uint64_t least_ns = PACE_LEAST_NS * PACE_USUAL / THOUSAND;

	if (p->usual_ns < least_ns)
		p->usual_ns = least_ns;
	if (cost_ns > 2 * p->usual_ns)
		cost_ns = 2 * p->usual_ns;
	p->usual_ns = (p->usual_ns * (ROUNDS - 1) + cost_ns) / ROUNDS;
}

uint64_t pace_next_ns(struct pace *p, uint64_t cost_ns, uint64_t apart_ns)
{
	uint64_t next_ns;

	usual_learn(p, cost_ns);
	p->spent_ns += cost_ns;
	p->passed_ns += apart_ns;
	next_ns = pace_apart_ns(p);
	if (debt_ns(p) > next_ns)
		next_ns = within(debt_ns(p));
	p->random = p->random * 1664525 + 1013904223; /* Numerical Recipes */
	return next_ns - next_ns / 4 + next_ns / 2 * (p->random >> 16) / 65536;
}
