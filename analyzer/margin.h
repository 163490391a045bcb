/*
 * margin: what is less than a tenth changes no verdict.
 *
 * Models whose true times lie within a tenth of each other count as equally good, and runs of one
 * program differ by as much. So a part of the work that is smaller is left out of account.
 */
#ifndef CONCADVISE_MARGIN_H
#define CONCADVISE_MARGIN_H

#define MARGIN 0.1

/* Who does half of what a worker does is one of them: between one that only looks on and one that
 * does as much as they, the middle. */
#define PEER 0.5

#endif
