/* Cores of a made-up machine, and of this one. */
#include "probe/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CPUS 8

static char folder[] = "/tmp/concadvise-core-XXXXXX";

static void cpu_write(int cpu, const char *siblings)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cpu%d", folder, cpu);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/cpu%d/topology", folder, cpu);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/cpu%d/topology/core_cpus_list", folder, cpu);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", siblings);
	fclose(file);
}

/* Two ways in which firmware numbers the CPUs of a core, and a core with but one. */
static int machine_make(void **state)
{
	static const char *const siblings[CPUS] = {
		"0,4", "1,5", "2-3", "2-3", "0,4", "1,5", "6", "7-8192"};

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (int cpu = 0; cpu < CPUS; cpu++)
		cpu_write(cpu, siblings[cpu]);
	return 0;
}

static int machine_remove(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int cores_of(const char *where, unsigned int cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < 32; cpu++)
		if (cpus & 1u << cpu)
			CPU_SET(cpu, &set);
	return cores_count(where, &set, sizeof(set));
}

static void test_each_core_counts_once(void **state)
{
	(void)state;
	assert_int_equal(cores_of(folder, 0xff), 5);
	assert_int_equal(cores_of(folder, 0x11), 1);
	assert_int_equal(cores_of(folder, 0x0c), 1);
	assert_int_equal(cores_of(folder, 0x06), 2);
	assert_int_equal(cores_of(folder, 0x80), 1);
}

static void test_a_core_counts_by_any_of_its_cpus(void **state)
{
	(void)state;
	assert_int_equal(cores_of(folder, 0x38), 3);
	assert_int_equal(cores_of(folder, 0x40), 1);
}

static void test_what_cannot_be_read_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(cores_of(folder, 0x1ff), 0);
	assert_int_equal(cores_of("/nowhere", 0x1), 0);
}

static void test_this_machine_has_a_core(void **state)
{
	cpu_set_t set;

	(void)state;
	if (access(CORE_FOLDER "/cpu0/topology/core_cpus_list", R_OK) < 0)
		skip();
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	assert_in_range(cores_count(CORE_FOLDER, &set, sizeof(set)), 1, CPU_COUNT(&set));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_core_counts_once),
		cmocka_unit_test(test_a_core_counts_by_any_of_its_cpus),
		cmocka_unit_test(test_what_cannot_be_read_is_not_known),
		cmocka_unit_test(test_this_machine_has_a_core),
	};

	return cmocka_run_group_tests_name("core", tests, machine_make, machine_remove);
}
