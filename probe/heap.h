/*
 * heap: the tool's own memory, in pages of 2 MiB where the kernel has them.
 *
 * Whatever reads an ELF file takes memory for a megabyte, and another one for the next. In pages of
 * 4 KiB, where page tables are a hypervisor's, each 4 MiB took 14 ms to fill and not 0.6; and not
 * the tool alone waits then: a program that it measures and that takes memory itself was as much
 * slower.
 */
#ifndef CONCADVISE_HEAP_H
#define CONCADVISE_HEAP_H

/* For what is allocated from now on. After a fork: a page that a child shares is copied in small
 * ones. */
void heap_prepare(void);

/* Gives back to the kernel what was freed: lists that grow leave where they were, and what reading
 * a file took is not needed before the next. A tenth of a millisecond. */
void heap_trim(void);

#endif
