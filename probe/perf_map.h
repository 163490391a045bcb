/*
 * perf_map: names for generated code, from the maps that runtimes write for perf.
 *
 * /tmp/perf-PID.map (Node: --perf-basic-prof; JVM 17: jcmd PID Compiler.perfmap; CPython 3.12:
 * -X perf), in the process's own /tmp and by the pid that it has there. Lines of `START SIZE NAME`,
 * hexadecimal; the last line about an address counts. Maps grow to hundreds of megabytes, so only
 * what was asked for is kept of them, in one pass.
 */
#ifndef CONCADVISE_PERF_MAP_H
#define CONCADVISE_PERF_MAP_H

#include "symbol.h"

#include <stdbool.h>
#include <stdint.h>

struct perf_maps;

struct perf_maps *perf_maps_new(void);
void perf_maps_free(struct perf_maps *maps);

/*
 * Remembers where the map of a process is to be looked for, so that it is found after its end too:
 * to be called while it lives, as soon as it is known to run generated code. Twice is fine.
 */
void perf_map_note(struct perf_maps *maps, int pid);

/* Wants the name of an address later on. The first perf_map_find for that process reads its map.
 * 0 or negative errno. */
int perf_map_want(struct perf_maps *maps, int pid, uint64_t address);

/*
 * The generated function at an address that was wanted. False: no map, or not in it. The line, if
 * there is one, is that on which the function begins: maps do not say which line of it runs.
 */
bool perf_map_find(struct perf_maps *maps, int pid, uint64_t address, struct symbol_frame *ret);

/* The process has written a map that may be used (if it was noted or wanted): no need to tell
 * people how to get one. */
bool perf_map_exists(struct perf_maps *maps, int pid);

#endif
