/*
 * margin: what is less than a tenth changes no verdict.
 *
 * Models whose true times lie within a tenth of each other count as equally good, and runs of one
 * program differ by as much. So a part of the work that is smaller is left out of account.
 */
#ifndef CONCADVISE_MARGIN_H
#define CONCADVISE_MARGIN_H

#define MARGIN 0.1

#endif
