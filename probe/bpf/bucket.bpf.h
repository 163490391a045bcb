/*
 * bucket: where a duration is counted, once for the verifier.
 */
#ifndef CONCADVISE_BUCKET_BPF_H
#define CONCADVISE_BUCKET_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "wire.h"

/* A function of its own to the verifier: its six branches are walked through once, not at every
 * call. */
__noinline __u32 bucket_index(__u64 ns)
{
	return bucket_of(ns);
}

#endif
