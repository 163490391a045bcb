/*
 * Files of modules: those that are deleted, replaced, written anew or not to be had, each told from
 * others of its name; and how many of them are kept.
 */
#include "probe/image.h"

#include "module_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>

static int variable_of_test = 5;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_deleted_before),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_had_later),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("module_file", tests, folder_make, folder_remove);
}
