/* host: the machine as the target may use it: CPUs by affinity, cgroup quota, memory, thread
 * limits. */
#ifndef CONCADVISE_HOST_H
#define CONCADVISE_HOST_H

#include <stdint.h>

struct measured_host;
struct quota;

/* Fills in what holds for a process now. Unknown values stay as the header of measurement says. */
int host_read(int pid, struct measured_host *ret);

/* Fills in on how many CPUs and cores a process may run by its affinity; nothing if that is not
 * known. */
void host_affinity_read(int pid, struct measured_host *ret);

/* The tightest CPU quota above a process; NULL: none. To be freed with free(). */
struct quota *quota_find(int pid);

double quota_cores(const struct quota *q);

/* How long it has held its cgroup back so far; 0 for NULL. */
uint64_t quota_throttled_ns(const struct quota *q);

#endif
