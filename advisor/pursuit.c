/*
 * pursuit: what a program does now, in a few words.
 */
#include "pursuit.h"

#include "analyzer/profile.h"

#include <stdio.h>

/* With less of its threads' time in anything but waiting for work, a program is idle. */
#define BUSY_LEAST 0.01
/* What took less of the busy time is not worth a word. */
#define WORTH_TELLING 0.05

static double busy_in(const struct profile *p, enum state s)
{
	double busy_s = 0;

	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		busy_s += t->time.s[s] - t->idle.s[s] - t->coordinating.s[s];
		if (s == STATE_OTHER)
			busy_s -= t->unexplained_s;
	}
	return busy_s > 0 ? busy_s : 0;
}

/* Index of the largest; computing is summed at its first state. */
static enum state largest(const double *busy)
{
	enum state best = STATE_CPU_USER;

	for (enum state s = 0; s < STATE_COUNT; s++)
		if (busy[s] > busy[best])
			best = s;
	return best;
}

static const char *words_of(enum state s)
{
	return s == STATE_CPU_USER ? "computing" : state_label(s);
}

void pursuit_words(const struct profile *p, char *text, size_t size)
{
	double busy[STATE_COUNT], total = 0;
	enum state first, second;
	int used;

	for (enum state s = 0; s < STATE_COUNT; s++)
		total += busy[s] = busy_in(p, s);
	if (p->time.total_s <= 0 || total < BUSY_LEAST * p->time.total_s) {
		snprintf(text, size, "waiting for work");
		return;
	}
	busy[STATE_CPU_USER] += busy[STATE_CPU_KERNEL];
	busy[STATE_CPU_KERNEL] = 0;
	first = largest(busy);
	used = snprintf(
		text, size, "mostly %s (%.0f %%)", words_of(first), 100 * busy[first] / total);
	busy[first] = 0;
	second = largest(busy);
	if (busy[second] >= WORTH_TELLING * total && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", %s (%.0f %%)", words_of(second),
			100 * busy[second] / total);
}
