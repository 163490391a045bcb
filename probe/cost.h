/*
 * cost: what a thread, a process, a wake-up and passing data cost on this machine, now.
 */
#ifndef CONCADVISE_COST_H
#define CONCADVISE_COST_H

struct measured_host;

/*
 * Fills in arithmetic_ns, thread_start_ns, process_start_ns, process_child_ns, fork_ns_per_mib,
 * copy_ns_per_mib, pass_ns_per_mib and touch_ns_per_mib, the CPU time of all who take part, and,
 * by the clock, what waking.h tells. What cannot be timed, or drowns in what else the machine does,
 * stays 0. Takes some 12 ms (several times that where a page fault takes tens of microseconds), and
 * a CPU for most of it, so nothing is to be measured meanwhile. Its threads and children are gone
 * when it returns, its children without a SIGCHLD.
 */
void cost_measure(struct measured_host *ret);

#endif
