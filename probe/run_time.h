/*
 * run_time: how long a BPF program ran, by the kernel's account (BPF_ENABLE_STATS).
 */
#ifndef CONCADVISE_RUN_TIME_H
#define CONCADVISE_RUN_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_program;

/* Nanoseconds, on all CPUs, since it was loaded; 0 while there is no account. False: the kernel
 * does not tell. */
bool run_time_ns(const struct bpf_program *program, uint64_t *ret);

#endif
