/*
 * peer: threads of a process that do the same work: what they compute is found in the same
 * functions. So the members of an OpenMP team are told, whose first thread does its share and then
 * waits for the others, and shares that were dealt out unevenly.
 */
#ifndef CONCADVISE_PEER_H
#define CONCADVISE_PEER_H

struct meaning;
struct profile;

/*
 * By on-CPU samples, of which a thread has to have ten with a chain of calls: sets each
 * thread's `peer_s`, for how long it computed where its peers did, too. Needs p->callsites. Returns
 * 0 or -ENOMEM.
 */
int peer_fill(struct profile *p, const struct meaning *x);

/*
 * Sets ret_s: by how much the busiest peer computed longer than if those of its process had shared
 * the same evenly, on so many CPUs; of all processes the most, 0: there are no peers. Returns 0 or
 * -ENOMEM.
 */
int peers_uneven(const struct profile *p, double cpus, double *ret_s);

#endif
