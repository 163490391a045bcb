/*
 * code_line: functions that do nothing, each in a line of the caches of its own: calling them takes
 * as long as fetching them does.
 */
#ifndef CONCADVISE_CODE_LINE_H
#define CONCADVISE_CODE_LINE_H

#define CODE_LINES 4096 /* 256 KiB */

extern void (*const code_lines[CODE_LINES])(void);

#endif
