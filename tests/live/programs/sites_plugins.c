/*
 * sites_plugins: loads a library, sleeps in it, unloads it, and loads the next one where that was.
 *
 * Usage: sites_plugins LIBRARY...; each has a function run(); exits 3 when they lay apart
 */
#include "truth.h"

#include <dlfcn.h>

int main(int argc, char **argv)
{
	void *first = NULL;

	for (int i = 1; i < argc; i++) {
		void *library = dlopen(argv[i], RTLD_NOW);
		void (*run)(void) = library ? (void (*)(void))dlsym(library, "run") : NULL;

		fail_if(!run, dlerror());
		if (first && (void *)run != first)
			return 3;
		first = (void *)run;
		run();
		dlclose(library);
	}
	return 0;
}
