/*
 * serial: what a program computes before its first operation and after its last one.
 */
#ifndef CONCADVISE_SERIAL_H
#define CONCADVISE_SERIAL_H

struct meaning;
struct profile_work;

/*
 * Adds to serial_s, for each process, what it computed then, if the program mostly waits, one
 * operation after the other; and sets w->cpu_serial_s to the sum. Else nothing is known to be
 * serial.
 */
void serial_find(struct profile_work *w, const struct meaning *x, double *serial_s);

#endif
