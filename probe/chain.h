/*
 * chain: where the frames of Python code belong among the native ones of the same thread.
 *
 * The interpreter runs Python code in one C function, which is entered once for several Python
 * frames: each of its frames in the native chain is replaced by the Python frames that it ran. What
 * is known of either side may end early; then what is left of the other one follows.
 */
#ifndef CONCADVISE_CHAIN_H
#define CONCADVISE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chain_role {
	CHAIN_NATIVE,
	CHAIN_RUNTIME, /* in the interpreter's own file */
	CHAIN_EVAL     /* the function that runs Python code */
};

/* Both innermost first. */
struct chain_input {
	const enum chain_role *natives;
	size_t natives_count;
	bool natives_cut;      /* further out there are more */
	const bool *outermost; /* of each Python frame: the C function was entered with it */
	size_t pythons_count;
	bool pythons_cut;
};

struct chain_frame {
	bool python;
	size_t index; /* in that list */
};

/* Merges both into ret, which has room for natives_count + pythons_count. Returns how many. */
size_t chain_merge(const struct chain_input *in, struct chain_frame *ret);

/* A chain of calls, innermost first: numbers of frames. */
struct chain {
	uint32_t number; /* its own */
	uint32_t count;
	const uint32_t *frames;
};

/*
 * Which chain stands for most of these: from the outermost frame inwards as long as more than half
 * of all go the same way, for the innermost frames of samples hardly ever agree. Moves those that
 * share that way to the front, and returns how many they are: 0 if there are none at all.
 */
size_t chain_heaviest(struct chain *chains, size_t count);

#endif
