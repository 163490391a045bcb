#include "sampler.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct cpu {
	struct bpf_link *link; /* NULL: it is not sampled */
	bool fails;
};

struct sampler {
	struct bpf_program *program;
	int frequency_hz;
	struct sampler_met met;
	struct cpu *cpus;
	size_t count;
};

static int link_make(const struct sampler *s, int cpu, struct bpf_link **ret)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = s->frequency_hz,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret = bpf_program__attach_perf_event(s->program, fd);
	if (*ret)
		return 0; /* the link owns the descriptor */
	close(fd);
	return -errno;
}

static int cpu_open(struct sampler *s, size_t cpu)
{
	int error = link_make(s, (int)cpu, &s->cpus[cpu].link);

	if (error == -ENODEV || error == -ENXIO) /* it is offline; it is met if it comes back */
		return 0;
	s->cpus[cpu].fails = error < 0;
	return error;
}

static bool is_in(const cpu_set_t *cpus, size_t cpu)
{
	return CPU_COUNT(cpus) == 0 || cpu >= CPU_SETSIZE || CPU_ISSET(cpu, cpus);
}

int sampler_open(struct bpf_program *program, int frequency_hz, const cpu_set_t *cpus,
	struct sampler_met met, struct sampler **ret)
{
	struct sampler *s = calloc(1, sizeof(*s));
	int error = 0;

	if (!s)
		return -ENOMEM;
	s->program = program;
	s->frequency_hz = frequency_hz;
	s->met = met;
	s->count = sysconf(_SC_NPROCESSORS_CONF);
	s->cpus = calloc(s->count, sizeof(*s->cpus));
	if (!s->cpus)
		error = -ENOMEM;
	for (size_t cpu = 0; error == 0 && cpu < s->count; cpu++)
		if (is_in(cpus, cpu))
			error = cpu_open(s, cpu);
	if (error < 0) {
		sampler_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

int sampler_follow(struct sampler *s)
{
	size_t count = s->count < s->met.count ? s->count : s->met.count;
	int error = 0;

	for (size_t cpu = 0; error == 0 && cpu < count; cpu++)
		if (s->met.cpus[cpu] && !s->cpus[cpu].link && !s->cpus[cpu].fails)
			error = cpu_open(s, cpu);
	return error;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	for (size_t cpu = 0; s->cpus && cpu < s->count; cpu++)
		bpf_link__destroy(s->cpus[cpu].link);
	free(s->cpus);
	free(s);
}
