/*
 * scene_thread: scenes of one process with one thread, more or less, and each of its waits.
 */
#ifndef CONCADVISE_TEST_SCENE_THREAD_H
#define CONCADVISE_TEST_SCENE_THREAD_H

#include "scene.h"

static inline size_t scene_alone(struct measurement *m, double cpu_s)
{
	return scene_thread(m, scene_process(m, 7, 1), 7, cpu_s);
}

/* A connection to a server, one of many. */
static inline size_t scene_connection(struct measurement *m, int port, const char *peer)
{
	char local[32];

	snprintf(local, sizeof(local), "127.0.0.1:%d", port);
	return scene_socket(m, local, peer);
}

/* One long wait more of a row, with computing before it. */
static inline struct measured_segment *scene_long(
	struct measurement *m, size_t wait, double cpu_s, double start_s, double wait_s)
{
	struct measured_wait *w = &m->waits[wait];
	struct measured_segment *s = scene_segment(m, wait, start_s, wait_s);

	w->count++;
	w->total_ns += s->wait_ns;
	w->max_ns = s->wait_ns > w->max_ns ? s->wait_ns : w->max_ns;
	s->cpu_before_ns = SCENE_NS(cpu_s);
	return s;
}

/* A row of which there is nothing yet. */
static inline size_t scene_row(
	struct measurement *m, size_t thread, const char *syscall, size_t file)
{
	size_t wait = scene_wait(m, thread, syscall, 0, 1);

	m->waits[wait].count = 0;
	m->waits[wait].file = file;
	return wait;
}

#endif
