/*
 * Modules: what lies where in a process, against the dynamic linker's own word for it; files that
 * are deleted, replaced or written anew; processes that fork, execute and end; and bounds.
 */
#include "probe/address_space.h"
#include "probe/image.h"
#include "probe/mapping.h"
#include "probe/module.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE 4096

static char folder[] = "/tmp/test-module-XXXXXX";

static void note(void *context, const struct mapping *m)
{
	modules_note(context, m);
}

static struct modules *modules_of_self(void)
{
	struct modules *m = modules_new();

	assert_non_null(m);
	assert_int_equal(mapping_scan(getpid(), note, m), 0);
	return m;
}

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

static char *file_copy(const char *from, const char *name)
{
	char *to, *command;

	assert_true(asprintf(&to, "%s/%s", folder, name) > 0);
	assert_true(asprintf(&command, "cp %s %s", from, to) > 0);
	assert_int_equal(system(command), 0);
	free(command);
	return to;
}

/* As if a process had mapped a file's code, which begins at its second page in all of Debian's. */
static struct mapping mapping_of(const char *path, int pid, uint64_t start, uint64_t at_ns)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (struct mapping){
		.pid = pid,
		.start = start,
		.length = 2 * PAGE,
		.major = major(st.st_dev),
		.minor = minor(st.st_dev),
		.inode = st.st_ino,
		.at_ns = at_ns,
		.path = path,
	};
}

/* A pid that no process has: more than any kernel gives. */
#define NOBODY (1 << 23)
#define PLACE 0x10000000

static struct module *module_noted(struct modules *m, int pid, uint64_t address)
{
	uint64_t linked;

	return modules_find(m, pid, address, &linked);
}

static void test_deleted(void **state)
{
	char *path = file_copy("/bin/true", "deleted");
	struct mapping mapping = mapping_of(path, NOBODY, PLACE, 1);
	struct modules *m = modules_new();
	struct image_symbol text;
	struct module *module;
	char byte;

	(void)state;
	modules_note(m, &mapping);
	unlink(path);
	module = module_noted(m, NOBODY, PLACE);
	assert_non_null(module);
	assert_string_equal(module_path(module), path);
	assert_int_equal(pread(module_fd(module), &byte, 1, 0), 1);
	assert_true(image_find_section(module_image(module), ".text", &text));
	assert_non_null(module_cfi(module));
	modules_free(m);
	free(path);
}

/* Mapped, then deleted, and only then noted: by the mapping itself. */
static void test_deleted_before(void **state)
{
	char *path = file_copy("/bin/true", "deleted-before");
	int fd = open(path, O_RDONLY);
	void *area = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct module *module;
	struct modules *m;

	(void)state;
	assert_true(area != MAP_FAILED);
	close(fd);
	unlink(path);
	m = modules_of_self();
	module = module_noted(m, getpid(), (uintptr_t)area);
	assert_non_null(module);
	assert_string_equal(module_path(module), path); /* without the kernel's mark */
	if (geteuid() == 0)
		assert_true(module_fd(module) >= 0);
	munmap(area, PAGE);
	modules_free(m);
	free(path);
}

/* Another file has taken its name: it is not taken for it. */
static void test_replaced(void **state)
{
	char *path = file_copy("/bin/true", "replaced"), *other = file_copy("/bin/false", "other");
	struct mapping mapping = mapping_of(path, NOBODY, PLACE, 1);
	struct modules *m = modules_new();
	struct module *module;
	uint64_t linked;

	(void)state;
	assert_int_equal(rename(other, path), 0);
	mapping.offset = 3 * PAGE;
	modules_note(m, &mapping);
	module = modules_find(m, NOBODY, PLACE + 5, &linked);
	assert_non_null(module);
	assert_int_equal(module_fd(module), -1);
	assert_null(module_image(module));
	assert_null(module_cfi(module));
	assert_int_equal(linked, 3 * PAGE + 5); /* the offset in the file */
	modules_free(m);
	free(path);
	free(other);
}

/* A path in another mount namespace may be a file with another inode here: told by its build id. */
static void test_build_id(void **state)
{
	char *own = realpath("/proc/self/exe", NULL), *path = file_copy(own, "same");
	struct modules *m = modules_new(), *self = modules_of_self();
	struct mapping mapping = {.pid = getpid(), .length = PAGE, .at_ns = 1, .inode = 1};
	struct image *i = image_open(path);
	struct image_symbol text;
	struct module *module;
	uint64_t linked;

	(void)state;
	assert_true(image_find_section(i, ".text", &text));
	module = modules_find_data(self, getpid(), (uintptr_t)&variable_of_test, &linked);
	assert_non_null(module);
	mapping.path = path;
	mapping.offset = text.value & ~(uint64_t)(PAGE - 1);
	mapping.start = (uintptr_t)&variable_of_test - linked + mapping.offset;
	modules_note(m, &mapping);
	assert_true(module_fd(module_noted(m, getpid(), mapping.start)) >= 0);
	/* The same path and inode, but it is not in our memory there. */
	mapping.start += 16 * PAGE;
	mapping.inode++;
	modules_note(m, &mapping);
	assert_int_equal(module_fd(module_noted(m, getpid(), mapping.start)), -1);
	image_free(i);
	modules_free(m);
	modules_free(self);
	unlink(path);
	free(path);
	free(own);
}

/* A file that is written anew in its place is another module from then on. */
static void test_rewritten(void **state)
{
	char *path = file_copy("/bin/true", "rewritten");
	struct mapping mapping = mapping_of(path, NOBODY, PLACE, 1);
	struct modules *m = modules_new();
	struct module *first, *second;

	(void)state;
	modules_note(m, &mapping);
	first = module_noted(m, NOBODY, PLACE);
	mapping.start += 16 * PAGE;
	modules_note(m, &mapping);
	assert_ptr_equal(module_noted(m, NOBODY, mapping.start), first);
	free(file_copy("/bin/ls", "rewritten"));
	mapping.start += 16 * PAGE;
	modules_note(m, &mapping);
	second = module_noted(m, NOBODY, mapping.start);
	assert_true(second && second != first);
	modules_free(m);
	unlink(path);
	free(path);
}

/* What could not be had of one process may be had of the next. */
static void test_had_later(void **state)
{
	char *path = file_copy("/bin/true", "later"), *hidden;
	struct mapping mapping = mapping_of(path, NOBODY, PLACE, 1);
	struct modules *m = modules_new();

	(void)state;
	assert_true(asprintf(&hidden, "%s.hidden", path) > 0);
	rename(path, hidden);
	modules_note(m, &mapping);
	assert_int_equal(module_fd(module_noted(m, NOBODY, PLACE)), -1);
	rename(hidden, path);
	mapping.pid++;
	modules_note(m, &mapping);
	assert_true(module_fd(module_noted(m, NOBODY + 1, PLACE)) >= 0);
	modules_free(m);
	unlink(path);
	free(hidden);
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

static size_t descriptors_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* The head of an ELF file is enough. */
static char *file_make(int number, const unsigned char *content, size_t size)
{
	char *path;
	int fd;

	assert_true(asprintf(&path, "%s/once-%d", folder, number) > 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, content, size), size);
	close(fd);
	return path;
}

/* Programs made to run once: their number is no measure of what is kept. */
static void test_bounded(void **state)
{
	size_t before = descriptors_open(), most = 0;
	unsigned char head[PAGE];
	struct modules *m = modules_new();
	struct module *held = NULL;
	uint64_t held_inode = 0;
	struct stat st;
	int fd = open("/bin/true", O_RDONLY);

	(void)state;
	assert_int_equal(read(fd, head, sizeof(head)), sizeof(head));
	close(fd);
	for (int n = 0; n < 1000; n++) {
		char *path = file_make(n, head, sizeof(head));
		struct mapping mapping = mapping_of(path, NOBODY + n, PLACE, n + 1);
		size_t now;

		modules_note(m, &mapping);
		if (n == 0) {
			held = module_noted(m, NOBODY, PLACE);
			held_inode = mapping.inode;
		}
		modules_exit(m, NOBODY + n);
		unlink(path);
		free(path);
		now = descriptors_open();
		most = now > most ? now : most;
	}
	assert_in_range(most - before, 100, 300);
	assert_non_null(held);
	/* But what somebody has found is his. */
	assert_int_equal(fstat(module_fd(held), &st), 0);
	assert_int_equal(st.st_ino, held_inode);
	modules_free(m);
	assert_int_equal(descriptors_open(), before);
}

/* Address spaces against the plainest model: for each page, the latest that was mapped there. */
#define PAGES 200

struct page {
	uint64_t at_ns, bias;
	struct module *module;
	bool mapped;
};

static void model_put(struct page *pages, const struct address_range *r)
{
	for (uint64_t p = r->start; p < r->end; p++)
		if (!pages[p].mapped || pages[p].at_ns <= r->at_ns)
			pages[p] = (struct page){r->at_ns, r->bias, r->module, true};
}

static void model_compare(const struct page *pages, const struct address_space *s)
{
	for (uint64_t p = 0; p < PAGES; p++) {
		const struct address_range *r = address_space_find(s, p);

		assert_int_equal(pages[p].mapped, r != NULL);
		if (r) {
			assert_ptr_equal(pages[p].module, r->module);
			assert_true(!r->module || pages[p].bias == r->bias);
		}
	}
	for (size_t i = 1; i < s->count; i++)
		assert_true(s->ranges[i - 1].end <= s->ranges[i].start);
}

static void test_address_space(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 300; round++) {
		struct address_space *s = address_space_new(0);
		struct page pages[PAGES] = {0};

		for (int n = 0; n < 60; n++) {
			uint64_t start = rand() % (PAGES - 1);
			struct address_range r = {
				.start = start,
				.end = start + rand() % (PAGES - start) / (1 + rand() % 8),
				.at_ns = 1 + n + (rand() % 4 ? 0 : rand() % 20),
				.bias = rand() % 3,
				/* Never looked into. Generated code is joined, and takes the later
				 * time for all of it: so it only comes in order here. */
				.module = (struct module *)(uintptr_t)(1 + rand() % 3),
			};

			if (rand() % 5 == 0) {
				r.module = NULL;
				r.at_ns = 1000 + n;
			}
			assert_int_equal(address_space_put(s, &r), 0);
			model_put(pages, &r);
			model_compare(pages, s);
		}
		address_space_release(s);
	}
}

/* Code that a runtime makes piece by piece takes up one range. */
static void test_generated_grows(void **state)
{
	struct address_space *s = address_space_new(0);

	(void)state;
	for (uint64_t n = 0; n < 10000; n++) {
		const struct address_range r = {.start = n, .end = n + 1, .at_ns = n};

		assert_int_equal(address_space_put(s, &r), 0);
	}
	assert_int_equal(s->count, 1);
	assert_non_null(address_space_find(s, 9999));
	assert_null(address_space_find(s, 10000));
	address_space_release(s);
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

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	char *command;
	int status;

	(void)state;
	if (asprintf(&command, "rm -r %s", folder) < 0)
		return -1;
	status = system(command);
	free(command);
	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_addresses),
		cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_shared_page),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_deleted_before),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_had_later),
		cmocka_unit_test(test_generated_code),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_address_space),
		cmocka_unit_test(test_generated_grows),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
