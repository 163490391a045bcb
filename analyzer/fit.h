/*
 * fit: a list that was made for the most that there could be gives back what it does not need.
 */
#ifndef CONCADVISE_FIT_H
#define CONCADVISE_FIT_H

#include <stdlib.h>

/* The list, of so many elements and none more, which may lie elsewhere now. */
static inline void *fit(void *list, size_t count, size_t element_size)
{
	void *fitting = reallocarray(list, count + 1, element_size);

	return fitting ? fitting : list;
}

#define FIT(list, count) ((list) = fit((list), (count), sizeof(*(list))))

#endif
