/*
 * census: looks, by attaching the kernel side to all system calls and detaching it again.
 */
#include "census.h"

#include <bpf/libbpf.h>
#include <math.h>
#include <stddef.h>
#include <time.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL
#define LOOK_NS (8 * NS_PER_MS)
/*
 * What calls cost more in a look, they cost more 4 % of the time at first, and half a per cent
 * after ten seconds. To begin and to end one takes the tool 3 ms, and interrupts all other CPUs.
 */
#define STRETCH_FIRST_NS (200 * NS_PER_MS)
#define STRETCH_LAST_NS (1600 * NS_PER_MS)
/* The stretch is doubled whenever so many of them have gone. */
#define STRETCHES 8
/* The fractional parts of its multiples are as evenly spread as there is a number for (Knuth, The
 * Art of Computer Programming 3, 6.4). */
#define GOLDEN 0.6180339887498949

void census_open(
	struct census *c, const struct bpf_program *program, const struct census_count *count)
{
	*c = (struct census){.program = program, .count = *count};
}

static void look_end(struct census *c)
{
	bpf_link__destroy(c->link);
	c->link = NULL;
}

/* The next look is somewhere in the stretch that begins. */
static void stretch_begin(struct census *c, long long at_ns)
{
	c->stretch_begins_ns = at_ns;
	c->place = fmod(c->place + GOLDEN, 1);
	c->due_ns = at_ns + (long long)(c->place * (double)(c->stretch_ns - LOOK_NS));
}

/* What does not attach is not counted: then there are no looks. */
static void look_begin(struct census *c)
{
	struct timespec attached;

	c->link = bpf_program__attach(c->program);
	clock_gettime(CLOCK_MONOTONIC, &attached);
	c->due_ns = attached.tv_sec * NS_PER_S + attached.tv_nsec + LOOK_NS;
	*c->count.weight = (unsigned int)(c->stretch_ns / LOOK_NS);
	*c->count.since_ns = (unsigned long long)(c->due_ns - LOOK_NS);
	*c->count.until_ns = (unsigned long long)c->due_ns;
	c->looks += c->link != NULL;
}

long long census_turn(struct census *c, long long now_ns)
{
	if (c->begun_ns == 0) {
		c->begun_ns = now_ns;
		c->stretch_ns = STRETCH_FIRST_NS;
		stretch_begin(c, now_ns);
	}
	if (now_ns < c->due_ns)
		return c->due_ns;
	if (!c->link) {
		look_begin(c);
		return c->due_ns;
	}
	look_end(c);
	if (c->looks % STRETCHES == 0 && c->stretch_ns < STRETCH_LAST_NS)
		c->stretch_ns *= 2;
	stretch_begin(c, fmax(now_ns, c->stretch_begins_ns + c->stretch_ns));
	return c->due_ns;
}

void census_close(struct census *c)
{
	look_end(c);
}
