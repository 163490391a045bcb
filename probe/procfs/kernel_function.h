/*
 * kernel_function: what a thread waits for, by the name of the kernel's function in which it does
 * (/proc/TID/wchan). What is left where its system call may not be read.
 */
#ifndef CONCADVISE_KERNEL_FUNCTION_H
#define CONCADVISE_KERNEL_FUNCTION_H

#include <stdbool.h>

/* The system call in which a thread waits there, and what is known of its file. */
struct kernel_function {
	const char *begins; /* how the function's name begins */
	const char *call;
	unsigned int mode; /* the type bits of the file's inode; 0: no file, or not known which */
	unsigned short family; /* of a socket */
};

/* NULL: not known. */
const struct kernel_function *kernel_function_find(const char *name);

/* Whether it waits for a block device. */
bool kernel_function_is_io(const char *name);

#endif
