/*
 * module_file: the file behind a mapping, opened where it can be had, and only if it is the same.
 */
#ifndef CONCADVISE_MODULE_FILE_H
#define CONCADVISE_MODULE_FILE_H

struct image;
struct mapping;

/*
 * To be called soon after the mapping was made: its file may be deleted, its process may end.
 * 0; -ENOENT: it could not be had; -ENOEXEC: it is no ELF file, so what was mapped is generated
 * code; -ENOTSUP: an ELF file of another kind of machine.
 */
int module_file_open(const struct mapping *m, struct image **ret);

/* The kernel's [vdso], which is the same in every process. NULL: none. */
struct image *module_file_vdso(void);

#endif
