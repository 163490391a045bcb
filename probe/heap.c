/* heap: the C library's, grown in one go, so that the kernel can be told of it. */
#include "heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE (2UL << 20)
#define GROWN (24UL << 20) /* of addresses; memory is taken as it is needed */
/* What is larger has a mapping of its own: the C library's upper limit. */
#define MAPPED_FROM (32 << 20)

void heap_prepare(void)
{
	uintptr_t begin, end;
	void *grown;

	/* Large blocks come from the heap too, for all threads from the same one; what is freed is
	 * kept for the next. */
	mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	mallopt(M_TRIM_THRESHOLD, MAPPED_FROM);
	mallopt(M_ARENA_MAX, 1);
	grown = malloc(GROWN);
	if (!grown)
		return;
	begin = ((uintptr_t)grown + HUGE - 1) & ~(HUGE - 1);
	end = ((uintptr_t)grown + GROWN) & ~(HUGE - 1);
	/* Where there are none of that size it stays as it is. */
	madvise((void *)begin, end - begin, MADV_HUGEPAGE); // NOLINT(performance-no-int-to-ptr)
	free(grown);
}

void heap_trim(void)
{
	malloc_trim(0);
}
