/*
 * fork_storm: starts many short children; with a program name, each executes it.
 *
 * Usage: fork_storm CHILDREN COMPUTE_SECONDS [PROGRAM]
 */
#include "truth.h"

#include <sys/wait.h>

enum { AT_ONCE = 8 };

static void child_run(double compute, char *program)
{
	if (program) {
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	compute_s(compute);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct truth start = truth_now();
	int children = argc > 2 ? atoi(argv[1]) : 0;
	int running = 0;

	for (int i = 0; i < children; i++) {
		pid_t child = fork();

		fail_if(child < 0, "fork");
		if (child == 0)
			child_run(atof(argv[2]), argc > 3 ? argv[3] : NULL);
		if (++running == AT_ONCE) {
			wait(NULL);
			running--;
		}
	}
	while (wait(NULL) > 0)
		;
	truth_print("parent", start);
	rusage_print("process", RUSAGE_SELF);
	rusage_print("children", RUSAGE_CHILDREN);
	return children > 0 ? 0 : 2;
}
