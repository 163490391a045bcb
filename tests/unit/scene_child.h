/*
 * scene_child: processes that a scene's command starts.
 */
#ifndef CONCADVISE_TEST_SCENE_CHILD_H
#define CONCADVISE_TEST_SCENE_CHILD_H

#include "scene.h"

/* One of one thread, that computes as long as it is there. executable NULL: it executes nothing. */
static inline size_t scene_child(struct measurement *m, int pid, int ppid, const char *executable,
	double start_s, double cpu_s)
{
	size_t process = scene_process(m, pid, ppid), thread = scene_thread(m, process, pid, cpu_s);
	struct measured_process *p = &m->processes[process];

	p->executable = executable ? strdup(executable) : NULL;
	p->started = true;
	p->start_ns = m->threads[thread].start_ns = (int64_t)SCENE_NS(start_s);
	p->end_ns = m->threads[thread].end_ns = (int64_t)SCENE_NS(start_s + cpu_s);
	return process;
}

#endif
