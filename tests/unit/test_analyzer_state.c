/* The state of a wait by the facts of its row: every row of the contract and of the futex table. */
#include "scene.h"

#include "analyzer/meaning.h"

#define ALIKE BLOCK_INTERRUPTIBLE
#define D BLOCK_UNINTERRUPTIBLE

struct row {
	const char *syscall;
	enum measured_block block;
	bool iowait;
	int file; /* kind; -1: none */
	uint32_t polled;
	enum state state;
};

static const struct row rows[] = {
	{"read", ALIKE, false, FILE_SOCKET, 0, STATE_NETWORK},
	{"recvfrom", ALIKE, false, FILE_SOCKET, 0, STATE_NETWORK},
	{"accept4", ALIKE, false, FILE_SOCKET, 0, STATE_NETWORK},
	{"connect", ALIKE, false, FILE_SOCKET, 0, STATE_NETWORK},
	{"poll", ALIKE, false, FILE_SOCKET, 1, STATE_NETWORK},
	{"read", ALIKE, false, FILE_PIPE, 0, STATE_IPC},
	{"write", ALIKE, false, FILE_PIPE, 0, STATE_IPC},
	{"read", ALIKE, false, FILE_EVENTFD, 0, STATE_IPC},
	{"openat", ALIKE, false, -1, 0, STATE_IPC},
	{"mq_timedreceive", ALIKE, false, -1, 0, STATE_IPC},
	{"msgrcv", ALIKE, false, -1, 0, STATE_IPC},
	{"read", ALIKE, false, FILE_TTY, 0, STATE_TERMINAL},
	{"select", ALIKE, false, FILE_TTY, 1, STATE_TERMINAL},
	{"read", D, true, FILE_REGULAR, 0, STATE_DISK},
	{"pread64", D, true, FILE_BLOCK, 0, STATE_DISK},
	{"getdents64", D, true, FILE_DIRECTORY, 0, STATE_DISK},
	{"fsync", D, true, FILE_REGULAR, 0, STATE_DISK},
	{"openat", D, true, -1, 0, STATE_DISK},
	{"unlink", D, false, -1, 0, STATE_DISK},
	{"sync", D, false, -1, 0, STATE_DISK},
	{"read", D, true, -1, 0, STATE_DISK},
	{"nanosleep", ALIKE, false, -1, 0, STATE_SLEEP},
	{"clock_nanosleep", ALIKE, false, -1, 0, STATE_SLEEP},
	{"read", ALIKE, false, FILE_TIMERFD, 0, STATE_SLEEP},
	{"poll", ALIKE, false, -1, 0, STATE_SLEEP},
	{"select", ALIKE, false, -1, 0, STATE_SLEEP},
	{"ppoll", ALIKE, false, -1, 2, STATE_POLL},
	{"pselect6", ALIKE, false, -1, 3, STATE_POLL},
	{"epoll_wait", ALIKE, false, FILE_EPOLL, 0, STATE_POLL},
	{"epoll_pwait2", ALIKE, false, FILE_EPOLL, 0, STATE_POLL},
	{"io_uring_enter", ALIKE, true, FILE_IO_URING, 0, STATE_POLL},
	{"wait4", ALIKE, false, -1, 0, STATE_CHILD},
	{"waitid", ALIKE, false, -1, 0, STATE_CHILD},
	{"vfork", D, false, -1, 0, STATE_CHILD},
	{"clone3", D, false, -1, 0, STATE_CHILD},
	{"clone", ALIKE, false, -1, 0, STATE_OTHER},
	{"poll", ALIKE, false, FILE_PIDFD, 1, STATE_CHILD},
	{NULL, D, true, -1, 0, STATE_PAGE_FAULT},
	{NULL, D, false, -1, 0, STATE_PAGE_FAULT},
	{"mmap", D, true, -1, 0, STATE_PAGE_FAULT},
	{"munmap", D, false, -1, 0, STATE_PAGE_FAULT}, /* alone in its process */
	{"flock", ALIKE, false, FILE_REGULAR, 0, STATE_LOCK},
	{"fcntl", ALIKE, false, FILE_REGULAR, 0, STATE_LOCK},
	{"semop", ALIKE, false, -1, 0, STATE_SYNC},
	{"read", ALIKE, false, FILE_INOTIFY, 0, STATE_OTHER},
	{"read", ALIKE, false, FILE_SIGNALFD, 0, STATE_OTHER},
	{"pause", ALIKE, false, -1, 0, STATE_OTHER}, /* no children */
	{"rt_sigtimedwait", ALIKE, false, -1, 0, STATE_OTHER},
	{"?999", ALIKE, false, -1, 0, STATE_OTHER},
	{" poll", ALIKE, false, -1, 0, STATE_OTHER}, /* not in the table, but in its text */
	{"", ALIKE, false, -1, 0, STATE_OTHER},
	{"read", BLOCK_STOPPED, false, FILE_SOCKET, 0, STATE_STOPPED},
	{"futex", BLOCK_TRACED, false, -1, 0, STATE_STOPPED},
	{"nanosleep", BLOCK_FROZEN, false, -1, 0, STATE_STOPPED},
};

static enum state state_of(struct measurement *m, size_t wait)
{
	struct meaning *x = meaning_new(m);
	enum state found;

	assert_non_null(x);
	found = x->states[wait];
	meaning_free(x);
	return found;
}

static void names_are_the_contracts(void **state)
{
	static const char *const names[] = {"cpu_user", "cpu_kernel", "run_queue", "disk",
		"network", "ipc", "terminal", "sleep", "poll", "lock", "interpreter_lock", "sync",
		"child", "page_fault", "stopped", "other"};

	(void)state;
	assert_int_equal(STATE_COUNT, 16);
	for (int s = 0; s < STATE_COUNT; s++)
		assert_string_equal(state_name(s), names[s]);
}

static void syscalls_and_files(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t wait = scene_wait(m, thread, rows[i].syscall, 0.1, 1);
		struct measured_wait *w = &m->waits[wait];

		w->block = rows[i].block;
		w->iowait = rows[i].iowait;
		w->files_polled = rows[i].polled;
		if (rows[i].file >= 0)
			w->file = scene_file(m, (enum measured_file_kind)rows[i].file);
		if (state_of(m, wait) != rows[i].state)
			fail_msg("row %zu (%s): %s, not %s", i,
				rows[i].syscall ? rows[i].syscall : "fault",
				state_name(state_of(m, wait)), state_name(rows[i].state));
	}
	measurement_free(m);
}

static void unix_sockets_are_ipc(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0);
	size_t file = scene_socket(m, NULL, "/run/db");

	(void)state;
	m->files[file].family = AF_UNIX;
	assert_int_equal(
		state_of(m, scene_file_wait(m, thread, "recvfrom", file, 1, 1)), STATE_IPC);
	measurement_free(m);
}

static void the_address_space_is_fought_for_among_threads(void **state)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);
	size_t wait = scene_wait(m, scene_thread(m, process, 7, 0), "mmap", 0.1, 1);

	(void)state;
	m->waits[wait].block = BLOCK_UNINTERRUPTIBLE;
	scene_thread(m, scene_process(m, 8, 1), 8, 0); /* another process's is none */
	assert_int_equal(state_of(m, wait), STATE_PAGE_FAULT);
	scene_thread(m, process, 9, 0);
	assert_int_equal(state_of(m, wait), STATE_LOCK);
	m->waits[wait].iowait = true;
	assert_int_equal(state_of(m, wait), STATE_PAGE_FAULT);
	measurement_free(m);
}

/* Ruby's first thread sleeps, or waits for others, on an eventfd. */
static void rubys_own_eventfd(void **state)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0);
	size_t wait = scene_file_wait(m, thread, "ppoll", scene_file(m, FILE_EVENTFD), 1, 1);

	(void)state;
	m->waits[wait].files_polled = 1;
	assert_int_equal(state_of(m, wait), STATE_IPC);
	scene_runtime(m, process, "ruby", true);
	assert_int_equal(state_of(m, wait), STATE_SLEEP);
	scene_thread(m, process, 8, 0);
	assert_int_equal(state_of(m, wait), STATE_SYNC);
	measurement_free(m);
}

static void a_signal_may_be_a_childs_end(void **state)
{
	struct measurement *m = scene_new(1);
	size_t wait =
		scene_wait(m, scene_thread(m, scene_process(m, 7, 1), 7, 0), "rt_sigsuspend", 1, 1);

	(void)state;
	assert_int_equal(state_of(m, wait), STATE_OTHER);
	scene_process(m, 8, 7);
	assert_int_equal(state_of(m, wait), STATE_CHILD);
	measurement_free(m);
}

/* What DESIGN's table was measured to be, and what other libraries wait like. */
static void futex_operations(void **state)
{
	static const struct {
		uint32_t op, value;
		enum state state;
	} waits[] = {
		{0x80, 2, STATE_LOCK},          /* glibc mutex; Go */
		{0x00, 2, STATE_LOCK},          /* shared between processes */
		{0x189, 2, STATE_LOCK},         /* pthread_mutex_timedlock */
		{0x86, 0, STATE_LOCK},          /* PI */
		{0x8d, 0, STATE_LOCK},          /* LOCK_PI2 */
		{0x189, 3, STATE_LOCK},         /* rwlock */
		{0x89, 2, STATE_LOCK},          /* Rust Mutex */
		{0x89, 0x7fffffff, STATE_LOCK}, /* Rust RwLock */
		{0x80, 0x80001234, STATE_LOCK}, /* robust, musl: holder and waiters */
		{0x189, 0, STATE_SYNC},         /* condition variable, semaphore */
		{0x80, 0, STATE_SYNC},          /* barrier; Go's note */
		{0x89, 17, STATE_SYNC},         /* Rust Condvar: a counter */
		{0x89, 3, STATE_SYNC}, {0x89, 0xffffffff, STATE_SYNC}, /* Rust park */
		{0x109, 4321, STATE_SYNC},                             /* pthread_join: the tid */
		{0x8b, 7, STATE_SYNC},                                 /* WAIT_REQUEUE_PI */
	};
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		size_t wait = scene_futex(m, thread, 0x5000, waits[i].op, waits[i].value, 0.1, 1);

		if (state_of(m, wait) != waits[i].state)
			fail_msg("op %#x value %#x: %s", waits[i].op, waits[i].value,
				state_name(state_of(m, wait)));
	}
	measurement_free(m);
}

static void the_gil_is_told_by_its_address(void **state)
{
	static const uint32_t ops[] = {0x89, 0x189, 0x80};
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1), other = scene_process(m, 8, 1);
	size_t thread = scene_thread(m, process, 7, 0), stranger = scene_thread(m, other, 8, 0);

	(void)state;
	scene_runtime(m, process, "cpython", true);
	for (size_t i = 0; i < 3; i++)
		for (uint32_t value = 0; value < 3; value++)
			assert_int_equal(
				state_of(m, scene_futex(m, thread, 0x10000, ops[i], value, 1, 1)),
				STATE_INTERPRETER_LOCK);
	assert_int_equal(state_of(m, scene_futex(m, thread, 0x20000, 0x189, 0, 1, 1)), STATE_SYNC);
	assert_int_equal(
		state_of(m, scene_futex(m, stranger, 0x10000, 0x189, 0, 1, 1)), STATE_SYNC);
	measurement_free(m);
}

static void a_runtime_without_a_known_lock_has_no_addresses(void **state)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0);

	(void)state;
	scene_runtime(m, process, "ruby", true);
	assert_int_equal(state_of(m, scene_futex(m, thread, 0, 0x189, 0, 1, 1)), STATE_SYNC);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_contracts),
		cmocka_unit_test(syscalls_and_files),
		cmocka_unit_test(unix_sockets_are_ipc),
		cmocka_unit_test(the_address_space_is_fought_for_among_threads),
		cmocka_unit_test(rubys_own_eventfd),
		cmocka_unit_test(a_signal_may_be_a_childs_end),
		cmocka_unit_test(futex_operations),
		cmocka_unit_test(the_gil_is_told_by_its_address),
		cmocka_unit_test(a_runtime_without_a_known_lock_has_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
