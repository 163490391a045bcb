/*
 * Modules: what lies where in a process, against the dynamic linker's own word for it; code of no
 * file; processes that fork, execute and end; and the kernel's records of what they map.
 */
#include "probe/image.h"

#include "module_bench.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static int variable_of_test = 5;

static void test_own_addresses(void **state)
{
	struct modules *m = modules_of_self();
	struct image_symbol symbol;
	struct module *module;
	struct link_map *map;
	uint64_t linked;
	Dl_info info;

	(void)state;
	/* A function of the C library. */
	assert_true(dladdr1((void *)strtod, &info, (void **)&map, RTLD_DL_LINKMAP));
	module = modules_find(m, getpid(), (uintptr_t)strtod + 1, &linked);
	assert_non_null(module);
	assert_int_equal(linked, (uintptr_t)strtod + 1 - map->l_addr);
	assert_non_null(strstr(module_path(module), "libc"));
	assert_true(module_fd(module) >= 0);
	/* A variable of this program. */
	module = modules_find_data(m, getpid(), (uintptr_t)&variable_of_test, &linked);
	assert_non_null(module);
	assert_true(image_find_symbol(module_image(module), "variable_of_test", &symbol));
	assert_int_equal(linked, symbol.value);
	/* No file. */
	assert_null(modules_find(m, getpid(), (uintptr_t)&linked, &linked));
	assert_null(modules_find_data(m, getpid(), (uintptr_t)&linked, &linked));
	assert_null(modules_find(m, 1, (uintptr_t)strtod, &linked));
	modules_free(m);
}

static void test_vdso(void **state)
{
	struct modules *m = modules_of_self();
	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	void *function = vdso ? dlsym(vdso, "__vdso_clock_gettime") : NULL;
	struct image_symbol symbol;
	struct module *module;
	uint64_t linked;

	(void)state;
	if (!function)
		skip();
	module = modules_find(m, getpid(), (uintptr_t)function, &linked);
	assert_non_null(module);
	assert_string_equal(module_path(module), "[vdso]");
	assert_true(image_find_symbol(module_image(module), "__vdso_clock_gettime", &symbol));
	assert_int_equal(linked, symbol.value);
	assert_non_null(module_cfi(module));
	dlclose(vdso);
	modules_free(m);
}

/* lld puts two segments into one page of the file, which is then mapped for both of them. */
static void test_shared_page(void **state)
{
	char *command, *path;
	struct image_symbol f;
	struct module *module;
	struct modules *m;
	uint64_t linked;
	void *library;

	(void)state;
	assert_true(asprintf(&path, "%s/shared.so", folder) > 0);
	assert_true(asprintf(&command,
			    "echo 'int f(void){return 1;}' | cc -x c -shared -fPIC -fuse-ld=lld "
			    "-o %s - 2>/dev/null",
			    path) > 0);
	if (system(command) != 0)
		skip();
	library = dlopen(path, RTLD_NOW);
	assert_non_null(library);
	m = modules_of_self();
	module = modules_find(m, getpid(), (uintptr_t)dlsym(library, "f"), &linked);
	assert_true(module && image_find_symbol(module_image(module), "f", &f));
	assert_int_equal(linked, f.value);
	modules_free(m);
	dlclose(library);
	free(command);
	free(path);
}

static void test_generated_code(void **state)
{
	char *path = file_copy("/etc/passwd", "text");
	struct mapping mapping = mapping_of(path, NOBODY, PLACE, 1);
	struct modules *m = modules_new();
	struct module *module;
	uint64_t linked;

	(void)state;
	modules_note(m, &mapping); /* no ELF file */
	mapping.start += 16 * PAGE;
	mapping.inode = 0;
	mapping.path = "//anon";
	modules_note(m, &mapping);
	for (uint64_t at = PLACE; at <= mapping.start; at += 16 * PAGE) {
		assert_null(module_noted(m, NOBODY, at + 7));
		assert_true(modules_locate(m, NOBODY, at + 7, &module, &linked));
		assert_true(!module && linked == at + 7);
	}
	assert_false(modules_locate(m, NOBODY, PLACE - 1, &module, &linked));
	modules_free(m);
	unlink(path);
	free(path);
}

static void test_processes(void **state)
{
	char *path = file_copy("/bin/true", "processes"),
	     *other = file_copy("/bin/false", "others");
	struct mapping one = mapping_of(path, NOBODY, PLACE, 10),
		       two = mapping_of(other, NOBODY + 1, PLACE, 20), execution;
	struct modules *m = modules_new();
	struct module *first;

	(void)state;
	modules_note(m, &one);
	first = module_noted(m, NOBODY, PLACE);
	modules_fork(m, NOBODY, NOBODY + 1);
	assert_ptr_equal(module_noted(m, NOBODY + 1, PLACE), first);
	/* The child maps another file over it: its parent does not. */
	modules_note(m, &two);
	assert_ptr_not_equal(module_noted(m, NOBODY + 1, PLACE), first);
	assert_ptr_equal(module_noted(m, NOBODY, PLACE), first);
	/* It executes: what comes late of the time before is not its own any more. */
	execution = (struct mapping){.pid = NOBODY + 1, .at_ns = 30, .executes = true, .path = ""};
	modules_note(m, &execution);
	modules_note(m, &two);
	assert_null(module_noted(m, NOBODY + 1, PLACE));
	two.at_ns = 31;
	modules_note(m, &two);
	assert_non_null(module_noted(m, NOBODY + 1, PLACE));
	/* What was mapped since stays, though it is told first. */
	modules_exec(m, NOBODY + 1, 31);
	assert_non_null(module_noted(m, NOBODY + 1, PLACE));
	modules_exit(m, NOBODY);
	assert_null(module_noted(m, NOBODY, PLACE));
	assert_string_equal(module_path(first), path); /* somebody holds it */
	modules_free(m);
	unlink(path);
	unlink(other);
	free(other);
	free(path);
}

struct records {
	struct modules *modules;
	int pid;
	uint64_t executes_ns, mapped_first_ns, seen_ns;
	size_t mapped, late;
};

static void record_note(void *context, const struct mapping *m)
{
	struct records *r = context;

	if (m->pid != r->pid)
		return;
	r->late += m->at_ns > r->seen_ns;
	modules_note(r->modules, m);
	if (m->executes)
		r->executes_ns = m->at_ns;
	else if (r->mapped++ == 0)
		r->mapped_first_ns = m->at_ns;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The kernel's records: of a process that has ended, its exec before what it has mapped then. */
static void test_records(void **state)
{
	struct records r = {.modules = modules_new()};
	struct mapping_watch *w;
	uint64_t before;
	int status;

	(void)state;
	if (mapping_watch_open(&w) < 0) {
		modules_free(r.modules);
		skip();
	}
	before = clock_ns();
	r.pid = fork();
	if (r.pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	waitpid(r.pid, &status, 0);
	r.seen_ns = before;
	assert_int_equal(mapping_watch_read_until(w, before, record_note, &r), 0);
	assert_int_equal(r.mapped, 0);
	r.seen_ns = UINT64_MAX;
	assert_int_equal(mapping_watch_read(w, record_note, &r), 0);
	assert_true(r.executes_ns > before);
	assert_true(r.mapped >= 4); /* the program, the dynamic linker, [vdso], the C library */
	assert_true(r.mapped_first_ns >= r.executes_ns);
	mapping_watch_free(w);
	modules_free(r.modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_addresses),
		cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_shared_page),
		cmocka_unit_test(test_generated_code),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests_name("module", tests, folder_make, folder_remove);
}
