/*
 * piece: a file looked through a little at a time, in the same memory again and again.
 *
 * What is read whole takes memory that the kernel has to hand out page by page. Where page tables
 * are a hypervisor's, that takes twenty times as long as the reading: 47 MB 214 ms, not 10.
 */
#ifndef CONCADVISE_PIECE_H
#define CONCADVISE_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At so many bytes from where reading began. Returns true when it has seen enough. */
typedef bool (*piece_fn)(void *context, const char *bytes, size_t size, uint64_t at);

/*
 * Neighbouring pieces share so many bytes, and the last one is followed by as many zeros: what is
 * no longer than that, with what has to come after it, is whole in one of them. Without an overlap
 * a piece holds a whole number of symbols. Ends early where the file does, and at 1 GiB: there is
 * no section of that size, but there are files that claim one.
 */
void pieces_read(
	int fd, uint64_t offset, uint64_t size, size_t overlap, piece_fn fn, void *context);

#endif
