/*
 * exchange_watch: attaches four raw tracepoints, and asks the kernel now and then what they took.
 */
#include "exchange_watch.h"

#include "measurement.h"
#include "run_time.h"

#include <bpf/libbpf.h>

/* As of the looks for events (poll_watch): 0.2 % of a CPU. */
#define COST_SHARE 0.002
/* Connections that are all opened at the start are no measure of what follows. */
#define COST_FIRST_NS 2000000.0

static void hooks_detach(struct exchange_watch *w)
{
	for (size_t i = 0; i < EXCHANGE_HOOKS; i++) {
		bpf_link__destroy(w->links[i]);
		w->links[i] = NULL;
	}
}

void exchange_watch_open(
	struct exchange_watch *w, const struct bpf_program *const *programs, int64_t now_ns)
{
	*w = (struct exchange_watch){0};
	for (size_t i = 0; i < EXCHANGE_HOOKS; i++) {
		w->programs[i] = programs[i];
		w->links[i] = bpf_program__attach(programs[i]);
		if (!w->links[i]) {
			hooks_detach(w);
			return;
		}
	}
	w->start_ns = now_ns;
}

static uint64_t run_ns(const struct exchange_watch *w)
{
	uint64_t sum = 0, ns;

	for (size_t i = 0; i < EXCHANGE_HOOKS; i++)
		if (run_time_ns(w->programs[i], &ns))
			sum += ns;
	return sum;
}

bool exchange_watch_costs(const struct exchange_watch *w, uint64_t run_ns, int64_t now_ns)
{
	return (double)run_ns > COST_FIRST_NS + COST_SHARE * (double)(now_ns - w->start_ns);
}

static bool is_going_on(const struct exchange_watch *w)
{
	return w->start_ns > 0 && w->end_ns == 0;
}

static void watch_end(struct exchange_watch *w, int64_t now_ns)
{
	w->end_ns = now_ns;
	hooks_detach(w);
}

void exchange_watch_turn(struct exchange_watch *w, int64_t now_ns)
{
	if (is_going_on(w) && exchange_watch_costs(w, run_ns(w), now_ns))
		watch_end(w, now_ns);
}

void exchange_watch_close(struct exchange_watch *w, struct measurement *m, int64_t now_ns)
{
	if (is_going_on(w))
		watch_end(w, now_ns);
	if (!m || w->start_ns == 0)
		return;
	m->exchanges_end_ns = w->end_ns;
}
