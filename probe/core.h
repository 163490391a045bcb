/* core: how many cores a set of CPUs is. CPUs that share a core (SMT) hardly compute faster
 * together.
 */
#ifndef CONCADVISE_CORE_H
#define CONCADVISE_CORE_H

#include <sched.h>
#include <stddef.h>

#define CORE_FOLDER "/sys/devices/system/cpu" /* where the kernel tells */

/* Of a set of `size` bytes, how many CPUs are left if each core counts once; 0: not known. */
int cores_count(const char *folder, const cpu_set_t *set, size_t size);

#endif
