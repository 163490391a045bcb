/*
 * probe: loads the kernel side, arms it around a target, and collects until the window closes.
 */
#include "probe_state.h"

#include "affinity.h"
#include "collector.h"
#include "glance.h"
#include "heap.h"
#include "host.h"
#include "kernel.h"
#include "listener.h"
#include "mapping.h"
#include "measurement.h"
#include "module.h"
#include "rights.h"
#include "runtime.h"
#include "sampler.h"
#include "setting.h"
#include "stack.h"
#include "target.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
/* The ring of 8 MB then holds 160 MB of events a second. */
#define COLLECT_EVERY_NS (50 * 1000000LL)
/* At first more often, to know an interpreter's lock soon after the command has mapped it. */
#define COLLECT_FIRST_NS (5 * 1000000LL)
#define FIRST_NS (200 * 1000000LL)
/* A hundred-thousandth of the time; a short run ends before. */
#define TRIM_EVERY_NS (10 * NS_PER_S)

long long probe_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

double probe_own_cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int reason_set(char **ret_reason, int error, const char *what)
{
	int printed;

	if (error == -EPERM || error == -EACCES)
		printed = asprintf(ret_reason,
			"%s: %s. Measuring with eBPF needs root, or cap_bpf and cap_perfmon", what,
			strerror(-error));
	else
		printed = asprintf(ret_reason, "%s: %s", what, strerror(-error));
	if (printed < 0)
		*ret_reason = NULL;
	return error;
}

static void running_processes_scan(struct probe *p)
{
	for (size_t i = 0; i < p->measurement->processes_count; i++)
		probe_scan_mappings(p, p->measurement->processes[i].pid);
}

/*
 * The ring first: it says which processes there are, before their mappings are looked at. What is
 * mapped from now on waits for the events that come from now on.
 */
void probe_collect(struct probe *p)
{
	uint64_t lost = p->mappings_lost, now_ns = (uint64_t)probe_clock_ns();

	ring_buffer__consume(p->ring);
	probe_read_mappings(p, now_ns);
	if (p->mappings_lost != lost)
		running_processes_scan(p);
}

int probe_iterate(struct probe *p, const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int fd, error = 0;
	char nothing[64];
	ssize_t got;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0) {
		error = -errno;
		bpf_link__destroy(link);
		return error;
	}
	/* EAGAIN: the ring is half full; empty it, and the iterator goes on at the same thread. */
	do {
		got = read(fd, nothing, sizeof(nothing));
		error = got < 0 ? -errno : 0;
		probe_collect(p);
	} while (got > 0 || error == -EAGAIN || error == -EINTR);
	close(fd);
	bpf_link__destroy(link);
	return error;
}

static int ring_open(struct probe *p)
{
	p->ring = ring_buffer__new(bpf_map__fd(p->bpf->maps.events), probe_take_event, p, NULL);
	return p->ring ? 0 : -errno;
}

static void census_prepare(struct probe *p)
{
	struct census_count count = {&p->bpf->bss->calls_since_ns, &p->bpf->bss->calls_until_ns,
		&p->bpf->bss->calls_weight};

	census_open(&p->census, p->bpf->progs.on_call, &count);
}

/* Without the account of what that costs it is not done. */
static void exchanges_prepare(struct probe *p)
{
	const struct bpf_program *programs[EXCHANGE_HOOKS] = {p->bpf->progs.on_socket_send,
		p->bpf->progs.on_socket_ready, p->bpf->progs.on_socket_receive,
		p->bpf->progs.on_socket_state};

	if (p->stats_fd >= 0)
		exchange_watch_open(&p->exchanges, programs, probe_clock_ns());
}

static int rights_refuse(char **ret_reason, int error, int pid)
{
	if (asprintf(ret_reason,
		    "you may not look into process %d: %s. Measure your own processes (see "
		    "/proc/sys/kernel/yama/ptrace_scope if it is yours), or run this as root",
		    pid, strerror(-error)) < 0)
		*ret_reason = NULL;
	return -EACCES;
}

/* A held child is our own; what it executes is looked at when it does. */
static int targets_check(const struct probe *p, char **ret_reason)
{
	size_t count;
	const int *pids = target_pids(p->target, &count);
	const int *pidfds = target_pidfds(p->target);

	for (size_t i = 0; i < count && !target_is_launched(p->target); i++) {
		int error = rights_check(pidfds[i]);

		if (error < 0)
			return rights_refuse(ret_reason, error, pids[i]);
	}
	return 0;
}

static int targets_set(struct probe *p)
{
	size_t count;
	const int *pids = target_pids(p->target, &count);
	unsigned char yes = 1;

	for (size_t i = 0; i < count; i++)
		if (bpf_map_update_elem(
			    bpf_map__fd(p->bpf->maps.targets), &pids[i], &yes, BPF_ANY) < 0)
			return -errno;
	return 0;
}

static int wakers_gather(struct probe *p)
{
	size_t mapped = 0;
	const int *fds = p->mappings ? mapping_watch_fds(p->mappings, &mapped) : NULL;

	p->fds = calloc(2 + mapped, sizeof(*p->fds));
	if (!p->fds)
		return -ENOMEM;
	p->fds[0] = ring_buffer__epoll_fd(p->ring);
	for (size_t i = 0; i < mapped; i++)
		p->fds[1 + i] = fds[i];
	p->fds_count = 1 + mapped;
	if (p->watch && p->watch->fd >= 0)
		p->fds[p->fds_count++] = p->watch->fd;
	return 0;
}

void probe_note_loss(struct probe *p, const char *what, int error)
{
	char words[128];

	snprintf(words, sizeof(words), "%s (%s)", what, strerror(-error));
	measurement_add_loss(p->measurement, words, 1);
}

static int sampling_begin(struct probe *p, int hz)
{
	struct sampler_met met = {p->bpf->bss->cpus_met, WIRE_CPUS};
	cpu_set_t cpus;
	size_t count;
	const int *pids = target_pids(p->target, &count);

	affinity_of(pids, count, &cpus);
	return sampler_open(p->bpf->progs.on_sample, hz, &cpus, met, &p->sampler);
}

/* What the core can do without: a failure is a loss that the report shows, and no reason to stop.
 */
static void extras_arm(struct probe *p, const struct probe_options *o)
{
	int error = mapping_watch_open(&p->mappings), hz = o->frequency_hz;

	if (error < 0)
		probe_note_loss(p, "runtimes of new processes: no mmap records", error);
	if (hz == PROBE_FREQUENCY_FIT)
		hz = sampler_rate();
	if (hz > 0) {
		error = sampling_begin(p, hz);
		if (error < 0)
			probe_note_loss(p, "on-CPU samples: no perf event", error);
		else
			p->measurement->sample_hz = hz;
	}
}

static void sampling_follow(struct probe *p)
{
	int error = p->sampler ? sampler_follow(p->sampler) : 0;

	if (error < 0)
		probe_note_loss(p, "on-CPU samples of a CPU: no perf event", error);
}

/* Before anything else is known of them: on what they listen tells which connections are clients'.
 */
static void listeners_find(struct probe *p)
{
	size_t count;
	const int *pids = target_pids(p->target, &count);

	for (size_t i = 0; i < count; i++)
		listener_note(p->measurement, pids[i]);
}

static int threads_find(struct probe *p)
{
	int error = 0;

	if (!target_is_launched(p->target)) {
		p->bpf->bss->sites_since_ns = UINT64_MAX;
		listeners_find(p);
		p->bpf->bss->window_start_ns = probe_clock_ns();
		p->bpf->bss->running.state = wire_running_state(p->bpf->bss->window_start_ns, 0);
	}
	/* A second time for what was started by a parent that had not been visited yet. */
	for (int round = 0; round < 2 && error == 0; round++)
		error = probe_iterate(p, p->bpf->progs.find_threads);
	running_processes_scan(p);
	/* Where those wait that were found: now that it is known which of them run CPython. */
	p->bpf->bss->sites_since_ns = probe_clock_ns();
	if (error == 0 && bpf_program__autoload(p->bpf->progs.find_stacks))
		error = probe_iterate(p, p->bpf->progs.find_stacks);
	return error;
}

/* What the kernel lacks, if it is that; error and what failed, otherwise. */
static int lack_tell(unsigned int missing, int error, const char *what, char **ret_reason)
{
	*ret_reason = kernel_missing_words(missing);
	return *ret_reason ? error : reason_set(ret_reason, error, what);
}

static int arm(struct probe *p, const struct probe_options *o, char **ret_reason)
{
	unsigned int barred = kernel_barred();
	int error;

	if (barred)
		return lack_tell(barred, -EPERM, "cannot use eBPF", ret_reason);
	error = targets_check(p, ret_reason);
	if (error < 0)
		return error;
	error = probe_load(p, o);
	if (error == 0)
		error = ring_open(p);
	/* The verifier answers EACCES, too; that is no want of rights over a process. */
	if (error < 0)
		return lack_tell(kernel_missing(), error == -EACCES ? -EOPNOTSUPP : error,
			"cannot load the eBPF programs", ret_reason);
	error = targets_set(p);
	if (error == 0)
		error = probe_bpf__attach(p->bpf);
	if (error < 0)
		return reason_set(ret_reason, error, "cannot attach the eBPF programs");
	extras_arm(p, o);
	census_prepare(p);
	poll_watch_open(&p->polls, p->bpf->progs.on_poll, &p->bpf->bss->polls_seen);
	exchanges_prepare(p);
	error = wakers_gather(p);
	if (error == 0)
		error = threads_find(p);
	if (error < 0)
		return reason_set(ret_reason, error, "cannot find the target's threads");
	return 0;
}

static int target_facts(struct probe *p)
{
	size_t count;
	int error = setting_note(p->measurement, p->target, "ebpf");

	if (error < 0)
		return error;
	p->quota = quota_find(target_pids(p->target, &count)[0]);
	p->throttled_before_ns = quota_throttled_ns(p->quota);
	return 0;
}

static int stages_make(struct probe *p, const struct probe_options *o)
{
	p->measurement = measurement_new();
	p->runtimes = runtime_cache_new();
	if (!p->measurement || !p->runtimes)
		return -ENOMEM;
	if (o->callsites) {
		p->modules = modules_new();
		p->stacks = p->modules ? stacks_new(p->modules) : NULL;
		if (!p->stacks)
			return -ENOMEM;
	}
	p->collector = collector_new(p->measurement, p->stacks);
	if (!p->collector)
		return -ENOMEM;
	collector_on_forget(p->collector, probe_forget_process, p);
	return 0;
}

int probe_open(
	struct target *t, const struct probe_options *o, struct probe **ret, char **ret_reason)
{
	struct probe *p = calloc(1, sizeof(*p));
	int error;

	*ret_reason = NULL;
	if (!p)
		return -ENOMEM;
	setting_allow_descriptors(); /* on a large machine, two for each CPU are many */
	p->target = t;
	p->stats_fd = -1;
	p->watch = o->watch;
	error = stages_make(p, o);
	if (error == 0)
		error = target_facts(p);
	if (error == 0)
		error = arm(p, o, ret_reason);
	if (error < 0) {
		probe_free(p);
		return error;
	}
	p->cpu_before_s = probe_own_cpu_s(); /* loading is done before the target runs */
	*ret = p;
	return 0;
}

/* System calls are counted where an interpreter gives its lock up for them. */
static bool calls_matter(const struct measurement *m)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].global_lock)
			return true;
	return false;
}

/* When to look into the ring again, or to begin or end a look at system calls. */
static long long next_due_ns(struct probe *p, long long begun_ns, long long now)
{
	long long due = now + (now - begun_ns < FIRST_NS ? COLLECT_FIRST_NS : COLLECT_EVERY_NS);
	long long turn = calls_matter(p->measurement) ? census_turn(&p->census, now) : due;

	return turn < due ? turn : due;
}

int probe_run(struct probe *p, double duration_s)
{
	long long end_ns =
		duration_s > 0 ? probe_clock_ns() + (long long)(duration_s * NS_PER_S) : INT64_MAX;
	enum target_event event = TARGET_READABLE;
	long long begun_ns = probe_clock_ns(), trim_ns = begun_ns + TRIM_EVERY_NS;
	int error = 0;

	while (error == 0 && event != TARGET_GONE && event != TARGET_STOP_ASKED &&
		!probe_attend(p)) {
		long long now = probe_clock_ns();
		long long until = next_due_ns(p, begun_ns, now);

		if (now >= end_ns)
			break;
		error = target_poll(
			p->target, p->fds, p->fds_count, until < end_ns ? until : end_ns, &event);
		probe_collect(p);
		if (error == 0)
			error = survey_look(&p->survey, p->measurement, probe_clock_ns());
		sampling_follow(p);
		poll_watch_turn(&p->polls, p->collector, p->measurement, probe_clock_ns());
		exchange_watch_turn(&p->exchanges, probe_clock_ns());
		if (now >= trim_ns) {
			heap_trim();
			trim_ns = now + TRIM_EVERY_NS;
		}
	}
	census_close(&p->census);
	p->measurement->calls_looks = p->census.looks;
	return error;
}

void probe_free(struct probe *p)
{
	if (!p)
		return;
	census_close(&p->census);
	poll_watch_close(&p->polls, NULL, 0);
	exchange_watch_close(&p->exchanges, NULL, 0);
	sampler_free(p->sampler);
	mapping_watch_free(p->mappings);
	ring_buffer__free(p->ring);
	probe_bpf__destroy(p->bpf);
	bpf_object__close(p->beside);
	glance_free(p->glance);
	collector_free(p->collector);
	stacks_free(p->stacks);
	modules_free(p->modules);
	survey_free(&p->survey);
	runtime_cache_free(p->runtimes);
	measurement_free(p->measurement);
	if (p->stats_fd >= 0)
		close(p->stats_fd);
	free(p->quota);
	free(p->fds);
	free(p);
}
