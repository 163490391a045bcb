/*
 * probe_beside: loads the lighter programs in a thread of their own. Not for others than the probe.
 */
#ifndef CONCADVISE_PROBE_BESIDE_H
#define CONCADVISE_PROBE_BESIDE_H

#include <stdbool.h>

struct beside;
struct bpf_object;
struct bpf_program;
struct probe;
struct probe_options;

/* How an object is made ready before it is loaded; both are made so. */
struct probe_loading {
	const char *types_path; /* BTF for the relocations */
	int types_fd;
	const struct probe *p;
	const struct probe_options *options;
	/* What is needed of it, and where that belongs to. Negative errno. */
	int (*prepare)(struct bpf_object *object, const struct probe_loading *how);
};

/* Leaves the skeleton, opened and prepared, but one program, and begins with the others, and with
 * the kernel's accounting of their run time (p->stats_fd). `how` must last. Negative errno. */
int beside_begin(struct probe *p, const struct probe_loading *how, struct beside **ret);

/* Whether the program is the one that is left. */
bool beside_is_heaviest(const struct bpf_program *program);

/* The skeleton's maps are there: it loads its program now. Once. */
void beside_go_on(struct beside *b);

/* Waits until the others are loaded, and frees b. The skeleton's programs are these then; what they
 * belong to is for the caller to close, after the skeleton. Negative errno. */
int beside_end(struct beside *b, bool maps_were_ready, struct bpf_object **ret);

#endif
