/* sampler: what runs on every CPU, at a fixed rate, by perf's software clock. */
#ifndef CONCADVISE_SAMPLER_H
#define CONCADVISE_SAMPLER_H

struct bpf_program;
struct sampler;

/* How often a second where nobody says: as often as takes little of a CPU. To find out what an
 * interruption takes here takes 2 ms. */
int sampler_rate(void);

/* Runs the program on every CPU. Negative errno. */
int sampler_open(struct bpf_program *program, int frequency_hz, struct sampler **ret);
void sampler_free(struct sampler *s);

#endif
