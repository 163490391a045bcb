/* Stands for: a simulation that plans the staff of a call centre.
 * An operation is one staffing: weeks of calls against a number of agents, event by event, with
 * callers who hang up. There are few of them, and the large ones take much longer than others. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCENARIOS = 11, AGENTS_MAX = 64 };

struct scenario {
	int agents;
	int calls;
	double calls_per_minute;
	double talk_minutes;
	double patience_minutes;
};

struct outcome {
	long answered;
	long lost;
	double waited_minutes;
	double longest_minutes;
};

struct plan {
	struct scenario scenarios[SCENARIOS];
	struct outcome outcomes[SCENARIOS];
	int next;
	pthread_mutex_t lock;
};

static double uniform(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 11) / 9007199254740992.0;
}

/* Von Neumann's way, which needs no logarithm: a descending run of even length is accepted. */
static double exponential(uint64_t *state, double mean)
{
	for (int whole = 0;; whole++) {
		double first = uniform(state);
		double last = first, next;
		int length = 2;

		while ((next = uniform(state)) < last) {
			last = next;
			length++;
		}
		if (length % 2 == 0)
			return mean * (whole + first);
	}
}

/* The agent who is free first. */
static int agent_next(const double *free_at, int agents)
{
	int first = 0;

	for (int i = 1; i < agents; i++)
		if (free_at[i] < free_at[first])
			first = i;
	return first;
}

static struct outcome simulate(const struct scenario *scenario, uint64_t seed)
{
	double free_at[AGENTS_MAX] = {0};
	struct outcome outcome = {0};
	double now = 0;

	for (int call = 0; call < scenario->calls; call++) {
		now += exponential(&seed, 1 / scenario->calls_per_minute);
		int agent = agent_next(free_at, scenario->agents);
		double wait = free_at[agent] > now ? free_at[agent] - now : 0;
		if (wait > exponential(&seed, scenario->patience_minutes)) {
			outcome.lost++;
			continue;
		}
		free_at[agent] = now + wait + exponential(&seed, scenario->talk_minutes);
		outcome.answered++;
		outcome.waited_minutes += wait;
		if (wait > outcome.longest_minutes)
			outcome.longest_minutes = wait;
	}
	return outcome;
}

static void plan_fill(struct plan *plan)
{
	for (int i = 0; i < SCENARIOS; i++)
		plan->scenarios[i] = (struct scenario){
			.agents = 6 + 5 * i,
			.calls = 380000 + 170000 * (i % 4),
			.calls_per_minute = 1.4 + 1.6 * i,
			.talk_minutes = 3.5,
			.patience_minutes = 2 + i % 3,
		};
}

static void plan_simulate(struct plan *plan, int number)
{
	plan->outcomes[number] = simulate(&plan->scenarios[number], 88172645463325252u + number);
}

static void *worker(void *argument)
{
	struct plan *plan = argument;

	for (;;) {
		pthread_mutex_lock(&plan->lock);
		int number = plan->next++;
		pthread_mutex_unlock(&plan->lock);
		if (number >= SCENARIOS)
			return NULL;
		plan_simulate(plan, number);
	}
}

static void run_sequential(struct plan *plan, int workers)
{
	(void)workers;
	for (int number = 0; number < SCENARIOS; number++)
		plan_simulate(plan, number);
}

static void run_threads(struct plan *plan, int workers)
{
	pthread_t threads[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, worker, plan))
			exit(EXIT_FAILURE);
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
}

struct message {
	int number;
	struct outcome outcome;
};

/* Each process takes every n-th scenario; outcomes come back through one pipe. */
static void run_processes(struct plan *plan, int workers)
{
	struct message message;
	int ends[2];

	if (pipe(ends))
		exit(EXIT_FAILURE);
	for (int i = 0; i < workers; i++) {
		pid_t child = fork();
		if (child < 0)
			exit(EXIT_FAILURE);
		if (child)
			continue;
		for (int number = i; number < SCENARIOS; number += workers) {
			plan_simulate(plan, number);
			message = (struct message){number, plan->outcomes[number]};
			if (write(ends[1], &message, sizeof(message)) != sizeof(message))
				_exit(EXIT_FAILURE);
		}
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	while (read(ends[0], &message, sizeof(message)) == sizeof(message))
		plan->outcomes[message.number] = message.outcome;
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(struct plan *plan, int workers);
} models[] = {
	{"sequential", run_sequential},
	{"threads", run_threads},
	{"processes", run_processes},
};

int main(int argc, char **argv)
{
	static struct plan plan = {.lock = PTHREAD_MUTEX_INITIALIZER};
	double waited = 0;
	long lost = 0;

	if (argc == 2 && !strcmp(argv[1], "--models"))
		return puts("sequential threads processes") < 0;
	if (argc != 3)
		return 2;
	plan_fill(&plan);
	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
		if (!strcmp(argv[1], models[i].name))
			models[i].run(&plan, atoi(argv[2]));
	for (int i = 0; i < SCENARIOS; i++) {
		waited += plan.outcomes[i].waited_minutes / plan.outcomes[i].answered;
		lost += plan.outcomes[i].lost * (i + 1);
	}
	printf("%d scenarios, %ld lost, %.6f\n", SCENARIOS, lost, waited);
	return 0;
}
