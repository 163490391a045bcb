/*
 * probe_state: what the files of the probe share. Not for others.
 */
#ifndef CONCADVISE_PROBE_STATE_H
#define CONCADVISE_PROBE_STATE_H

#include "bpf/wire.h"
#include "census.h"
#include "exchange_watch.h"
#include "poll_watch.h"
#include "probe.h"
#include "survey.h"

#include "probe.skel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe {
	struct target *target;
	struct probe_bpf *bpf;
	struct bpf_object *beside; /* what most of the programs belong to; NULL: the skeleton */
	struct ring_buffer *ring;
	struct sampler *sampler;
	struct mapping_watch *mappings;
	struct modules *modules; /* NULL: without call sites, */
	struct stacks *stacks;   /* and this too */
	struct runtime_cache *runtimes;
	struct collector *collector;
	struct survey survey;
	struct census census;
	struct poll_watch polls;
	struct exchange_watch exchanges;
	struct measurement *measurement;
	int *fds; /* what wakes probe_run(): the ring, then the mappings */
	size_t fds_count;
	int stats_fd;        /* holds the kernel's accounting of BPF run time on; -1: off */
	struct quota *quota; /* NULL: none */
	uint64_t throttled_before_ns;
	uint64_t mappings_lost;
	double cpu_before_s;
	const struct probe_watch *watch; /* NULL: nobody looks on, */
	struct glance *glance;           /* then this is NULL too */
	long long look_due_ns;
};

long long probe_clock_ns(void); /* CLOCK_MONOTONIC */
double probe_own_cpu_s(void);   /* of the tool itself, so far */

/* Opens and loads the kernel side, and turns on the accounting of its run time. Negative errno. */
int probe_load(struct probe *p, const struct probe_options *o);

/* Takes what the kernel side and the mapping records have brought. */
void probe_collect(struct probe *p);

/* Takes one event of the ring; for libbpf. */
int probe_take_event(void *context, void *event, size_t size);

/* Takes the mapping records up to a time. */
void probe_read_mappings(struct probe *p, uint64_t until_ns);

/* Looks at what a process has mapped now. */
void probe_scan_mappings(struct probe *p, int pid);

/* context: the probe. What is known by that pid goes. */
void probe_forget_process(void *context, int pid);

/* Runs an iterator over all tasks, collecting meanwhile. Negative errno. */
int probe_iterate(struct probe *p, const struct bpf_program *program);

/* Lets the one who looks on look, if it is time, and says whether to stop. */
bool probe_attend(struct probe *p);

/* Something that can be done without failed: the report shows it. */
void probe_note_loss(struct probe *p, const char *what, int error);

#endif
