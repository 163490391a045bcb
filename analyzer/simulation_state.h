/* simulation_state: what the files of the simulation share. Not for others. */
#ifndef CONCADVISE_SIMULATION_STATE_H
#define CONCADVISE_SIMULATION_STATE_H

#include "calendar.h"
#include "simulation.h"

#define NOBODY UINT32_MAX

/* What a phase says to its worker; or it returns -ENOMEM. */
#define GO_ON 1
#define STAY 0 /* until something ends; then the next phase */

struct worker {
	size_t step, end;    /* of the operation at hand */
	size_t phase;        /* that comes next */
	double left_s;       /* computing under the executor that is still to be done */
	double recorded_s;   /* of that, what was recorded: after a lull it takes longer */
	double pace;         /* of its step, see lull_pace(); 0: it has not computed in it yet */
	double lull_s;       /* that ended with computing which is no step's own */
	double computed;     /* when it has computed, by the CPUs' own time */
	uint32_t generation; /* of its appointments */
	uint32_t next;       /* in a gate's queue */
	bool begun;          /* it has done what is its own to begin with */
	bool first;          /* at the operation's first step */
	bool executes;       /* holds its executor */
	bool contended;      /* others wait for its executor in this step */
};

/* What one worker at a time passes through. */
struct gate {
	uint32_t holder, first, last;
	uint32_t generation; /* counts holders */
	uint32_t waiting;
	double quantum_s, handover_s;
};

/* A CPU's caches, with what those who compute there share. */
struct place {
	size_t computing; /* workers */
	double quiet_s;   /* when the last one had computed */
};

enum { GATE_EXCLUSIVE, GATE_DEVICE, GATE_PARENT, GATE_EXECUTORS };

struct simulation {
	const struct agenda *agenda;
	const struct machine *machine;
	struct worker *workers;
	struct gate *gates; /* the executors' are the last */
	struct place *places;
	size_t places_count;
	struct calendar times, computings;
	double now_s, ended_s;
	double cpu_time;  /* what one computing worker has got */
	size_t computing; /* workers */
	size_t taken;     /* operations */
	size_t active;    /* workers with something to do */
};

static inline const struct step *worker_step(const struct simulation *s, const struct worker *w)
{
	return &s->agenda->work->steps[w->step];
}

static inline uint32_t worker_number(const struct simulation *s, const struct worker *w)
{
	return (uint32_t)(w - s->workers);
}

/* Time comes for a worker in so many seconds. Returns 0 or -ENOMEM. */
int simulation_appoint(struct simulation *s, uint32_t who, double in_s);

/* What n computing workers get each, of one CPU. */
double cpu_rate(const struct machine *m, size_t n);

size_t places_count(const struct machine *m);

/* cpu_s from now on; recorded_s of it are the step's own, and take longer after a lull. */
int compute(struct simulation *s, struct worker *w, double cpu_s, double recorded_s);

/* The worker is done with that, or it is taken away from it. */
void computing_leave(struct simulation *s, struct worker *w);

/* quantum_s, handover_s: see struct machine. */
void gate_open(struct gate *g, double quantum_s, double handover_s);

/* The worker goes through, or queues and stays. */
int gate_enter(struct simulation *s, struct gate *g, const struct worker *w);

/* The first in the queue goes through. */
int gate_leave(struct simulation *s, struct gate *g);

/* The holder's quantum may be over (it is not if the appointment was made for another). Returns 0
 * or -ENOMEM. */
int gate_time(struct simulation *s, struct gate *g, uint32_t generation);

struct gate *worker_executor(const struct simulation *s, const struct worker *w);

/* From here on others wait for its executor in this step: returns how many times as long what is
 * left of its computing takes. */
double gate_contention(const struct simulation *s, struct worker *w, const struct gate *g);

/* The worker's next phase, if its step has one more: else returns false. Sets ret to what that
 * says. */
bool phase_next(struct simulation *s, struct worker *w, int *ret);

#endif
