/*
 * main_thread: the thread of each process that runs the program's main function.
 *
 * It is the first one; but the JVM's launcher starts another one for it, with a stack of the size
 * that was asked for, and only waits for its end (OpenJDK, java.base/unix/native/libjli/java_md.c).
 */
#ifndef CONCADVISE_MAIN_THREAD_H
#define CONCADVISE_MAIN_THREAD_H

struct meaning;

/* Fills x->mains, for each thread. Needs the rows by thread and by process. */
void main_thread_find(struct meaning *x);

#endif
