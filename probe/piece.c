/* piece: on the stack, which is there already. */
#include "piece.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES (2730 * sizeof(Elf64_Sym)) /* nearly 64 KiB */
#define READ_MOST (1ULL << 30)

void pieces_read(int fd, uint64_t offset, uint64_t size, size_t overlap, piece_fn fn, void *context)
{
	_Alignas(Elf64_Sym) char bytes[PIECE_BYTES];
	uint64_t end = size < READ_MOST ? size : READ_MOST, at = 0;
	size_t kept = 0; /* of the piece before */

	while (at < end) {
		size_t room = sizeof(bytes) - kept - overlap, left = end - at;
		ssize_t got = pread(fd, bytes + kept, left < room ? left : room, offset + at);
		bool last = got <= 0 || (size_t)got == left;
		size_t filled = kept + (got > 0 ? got : 0);

		if (last)
			memset(bytes + filled, 0, overlap);
		if (fn(context, bytes, filled + (last ? overlap : 0), at - kept) || last)
			return;
		at += got;
		kept = overlap < filled ? overlap : filled;
		memmove(bytes, bytes + filled - kept, kept);
	}
}
