/*
 * module: the executable files that processes have mapped, and what lies where in each process.
 *
 * A file is opened as soon as a mapping of it is noted, and stays open: that it is deleted, or that
 * the process ends, is then no loss. It is one struct module whatever number of processes map it.
 * The kernel's [vdso] is one too.
 *
 * Mappings are put in order by their own time, not by that of their arrival: of two that overlap,
 * the later one holds. So that a chain of calls is looked up among what was mapped when it was
 * taken, read the mapping records up to an event's time before the event is taken
 * (mapping_watch_read_until).
 */
#ifndef CONCADVISE_MODULE_H
#define CONCADVISE_MODULE_H

#include <stdbool.h>
#include <stdint.h>

struct cfi;
struct image;
struct mapping;
struct module;
struct modules;

struct modules *modules_new(void);
void modules_free(struct modules *m);

/* A process has mapped something executable, or executes a file (mapping.executes). */
void modules_note(struct modules *m, const struct mapping *mapping);

/* What the process had mapped until then is gone. A record with mapping.executes says the same, and
 * better: an executed file is mapped before the kernel side tells of the exec. For where there are
 * no mapping records. */
void modules_exec(struct modules *m, int pid, uint64_t at_ns);

/* The child begins with what its parent has mapped. Nothing is copied until one of them differs. */
void modules_fork(struct modules *m, int parent, int child);

/* Forgets a process, once nothing of it is asked any more. Modules that were found stay. */
void modules_exit(struct modules *m, int pid);

/*
 * What lies at an address of a process, and the address as its file was linked. What was found is
 * valid until modules_free(). NULL: no file (generated code, or nothing executable).
 * Of a file that could not be had the address is the offset in the file.
 */
struct module *modules_find(struct modules *m, int pid, uint64_t address, uint64_t *ret_linked);

/* The same for data: variables lie near the code of their file. NULL: not in what it occupies. */
struct module *modules_find_data(
	struct modules *m, int pid, uint64_t address, uint64_t *ret_linked);

/* Tells generated code (true, *ret NULL, the address itself) from nothing executable (false). */
bool modules_locate(
	struct modules *m, int pid, uint64_t address, struct module **ret, uint64_t *ret_linked);

/* Its path as the process saw it, or "[vdso]". */
const char *module_path(const struct module *m);

/* The open file; -1: it could not be had. Borrowed. */
int module_fd(const struct module *m);

/* A process in whose root directory the path is to be read; 0: none. It may have ended. */
int module_pid(const struct module *m);

/* NULL: could not be had, or is no ELF file of this machine's kind. Borrowed. */
struct image *module_image(const struct module *m);

/* How to unwind through it; NULL: there is no image. Made by the first call. Borrowed. */
struct cfi *module_cfi(struct module *m);

#endif
