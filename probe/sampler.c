#include "sampler.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sampler {
	struct bpf_link **links;
	long count;
};

static int cpu_open(struct bpf_program *program, int frequency_hz, int cpu, struct bpf_link **ret)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = frequency_hz,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret = bpf_program__attach_perf_event(program, fd);
	if (*ret)
		return 0; /* the link owns the descriptor */
	close(fd);
	return -errno;
}

int sampler_open(struct bpf_program *program, int frequency_hz, struct sampler **ret)
{
	struct sampler *s = calloc(1, sizeof(*s));
	int error = -ENOMEM;

	if (!s)
		return -ENOMEM;
	s->count = sysconf(_SC_NPROCESSORS_CONF);
	s->links = calloc(s->count, sizeof(*s->links));
	for (long cpu = 0; s->links && cpu < s->count; cpu++) {
		error = cpu_open(program, frequency_hz, cpu, &s->links[cpu]);
		if (error == -ENODEV || error == -ENXIO) /* that CPU is offline */
			error = 0;
		if (error < 0)
			break;
	}
	if (error < 0) {
		sampler_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	for (long cpu = 0; s->links && cpu < s->count; cpu++)
		bpf_link__destroy(s->links[cpu]);
	free(s->links);
	free(s);
}
