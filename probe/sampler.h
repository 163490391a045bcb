/*
 * sampler: what runs on the CPUs that the target uses, at a fixed rate, by perf's software clock.
 * The others are left alone: each sample interrupts whoever is there.
 */
#ifndef CONCADVISE_SAMPLER_H
#define CONCADVISE_SAMPLER_H

#include <sched.h>
#include <stddef.h>

struct bpf_program;
struct sampler;

/* Those that a measured thread has come to, by number, as the kernel side notes it. */
struct sampler_met {
	const unsigned char *cpus;
	size_t count;
};

/* How often a second where nobody says: as often as takes little of a CPU. To find out what an
 * interruption takes here takes 2 ms. */
int sampler_rate(void);

/* Runs the program on these CPUs; on all, where the set is empty. What `met` points to is to stay.
 * Negative errno. */
int sampler_open(struct bpf_program *program, int frequency_hz, const cpu_set_t *cpus,
	struct sampler_met met, struct sampler **ret);

/* On those that were met since, too. Negative errno, once for each CPU. */
int sampler_follow(struct sampler *s);

void sampler_free(struct sampler *s);

#endif
