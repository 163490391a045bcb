/* What the kernel side says of a file, and the row that it becomes. */
#include "probe/file.h"
#include "probe/measurement.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

struct bench {
	struct files files;
	struct measurement *m;
};

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	files_init(&b->files);
	b->files.port_low = 32768;
	b->files.port_high = 60999;
	b->m = measurement_new();
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	files_free(&b->files);
	measurement_free(b->m);
	free(b);
	return 0;
}

static const struct measured_file *add(struct bench *b, struct wire_file w)
{
	static __u64 id = 1;

	w.id = ++id;
	assert_int_equal(files_add(&b->files, b->m, &w, 0), 0);
	assert_true(files_find(&b->files, w.id) < b->m->files_count);
	return &b->m->files[files_find(&b->files, w.id)];
}

static struct wire_file tcp(const char *local, int local_port, const char *peer, int peer_port)
{
	struct wire_file w = {
		.mode = S_IFSOCK,
		.family = AF_INET,
		.sock_type = SOCK_STREAM,
		.protocol = IPPROTO_TCP,
		.sock_state = TCP_ESTABLISHED,
		.local_port = local_port,
		.peer_port = peer_port,
	};

	inet_pton(AF_INET, local, w.local_addr);
	inet_pton(AF_INET, peer, w.peer_addr);
	return w;
}

static void test_kinds(void **state)
{
	static const struct {
		unsigned int mode, rdev;
		unsigned long magic;
		const char *name;
		enum measured_file_kind kind;
	} rows[] = {
		{S_IFREG, 0, 0xef53, "a", FILE_REGULAR},
		{S_IFDIR, 0, 0xef53, "a", FILE_DIRECTORY},
		{S_IFIFO, 0, 0, "", FILE_PIPE},
		{S_IFBLK, 8 << 20, 0, "sda", FILE_BLOCK},
		{S_IFCHR, 136 << 20, 0, "0", FILE_TTY},
		{S_IFCHR, (1 << 20) | 8, 0, "random", FILE_CHARACTER},
		/* Anonymous inodes had no type before Linux 6.16, and are regular files since. */
		{0600, 0, 0x09041934, "[eventfd]", FILE_EVENTFD},
		{S_IFREG, 0, 0x09041934, "[eventpoll]", FILE_EPOLL},
		{0600, 0, 0x09041934, "[timerfd]", FILE_TIMERFD},
		{0600, 0, 0x09041934, "inotify", FILE_INOTIFY},
		{0600, 0, 0x09041934, "[perf_event]", FILE_ANONYMOUS},
		{S_IFREG, 0, 0x19800202, "queue", FILE_MQUEUE},
		{S_IFREG, 0, 0x50494446, "", FILE_PIDFD},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct wire_file w = {
			.mode = rows[i].mode, .rdev = rows[i].rdev, .fs_magic = rows[i].magic};

		snprintf(w.name, sizeof(w.name), "%s", rows[i].name);
		assert_int_equal(add(*state, w)->kind, rows[i].kind);
	}
}

static void test_connections_to_one_server_are_one_row(void **state)
{
	struct bench *b = *state;
	const struct measured_file *first = add(b, tcp("10.0.0.1", 40000, "10.0.0.2", 80));

	assert_string_equal(first->peer, "10.0.0.2:80");
	assert_null(first->local);
	assert_ptr_equal(first, add(b, tcp("10.0.0.1", 40001, "10.0.0.2", 80)));
	assert_int_equal(b->m->files_count, 1);
	add(b, tcp("10.0.0.1", 40002, "10.0.0.2", 81));
	assert_int_equal(b->m->files_count, 2);
}

static void test_clients_of_one_port_are_one_row(void **state)
{
	struct bench *b = *state;
	const struct measured_file *first = add(b, tcp("10.0.0.1", 8080, "10.0.0.7", 50000));

	assert_string_equal(first->local, "10.0.0.1:8080");
	assert_null(first->peer);
	assert_ptr_equal(first, add(b, tcp("10.0.0.1", 8080, "10.0.0.8", 50001)));
}

static void test_listening(void **state)
{
	struct wire_file w = tcp("0.0.0.0", 8080, "0.0.0.0", 0);
	const struct measured_file *f;

	w.sock_state = TCP_LISTEN;
	f = add(*state, w);
	assert_true(f->listening);
	assert_string_equal(f->local, "0.0.0.0:8080");
	assert_null(f->peer);
	/* A test's server listens on whatever port the kernel gave it. */
	w.local_port = 40000;
	assert_string_equal(add(*state, w)->local, "0.0.0.0:40000");
}

static void test_a_server_on_a_port_that_the_kernel_gave(void **state)
{
	struct bench *b = *state;
	struct wire_file listening = tcp("0.0.0.0", 40000, "0.0.0.0", 0);
	const struct measured_file *f;

	f = add(b, tcp("127.0.0.1", 40000, "127.0.0.1", 50000));
	assert_string_equal(f->peer, "127.0.0.1:50000");
	listening.sock_state = TCP_LISTEN;
	add(b, listening);
	f = add(b, tcp("127.0.0.1", 40000, "127.0.0.1", 50001));
	assert_string_equal(f->local, "127.0.0.1:40000");
	assert_null(f->peer);
}

static void test_ipv6(void **state)
{
	struct wire_file w = tcp("0.0.0.0", 40000, "0.0.0.0", 443);

	w.family = AF_INET6;
	inet_pton(AF_INET6, "2001:db8::1", w.peer_addr);
	assert_string_equal(add(*state, w)->peer, "[2001:db8::1]:443");
	inet_pton(AF_INET6, "::ffff:192.0.2.1", w.peer_addr);
	assert_string_equal(add(*state, w)->peer, "192.0.2.1:443");
}

static void test_rows_are_bounded(void **state)
{
	struct bench *b = *state;

	for (int port = 1; port < 20000; port++)
		add(b, tcp("10.0.0.1", 40000, "10.0.0.2", port));
	assert_true(b->m->files_count <= 4096 + 1);
	assert_null(add(b, tcp("10.0.0.1", 40000, "10.0.0.3", 20001))->peer);
}

static size_t room(const struct files *f)
{
	return f->by_id.room + f->recent.room + f->older.room;
}

/* A client's own port says nothing: all of these are one row. */
static void test_identities_of_files_that_are_gone_are_forgotten(void **state)
{
	struct bench *b = *state;
	const __u64 first = 1ULL << 40, count = 200000;
	struct wire_file w = tcp("10.0.0.1", 80, "10.0.0.2", 40000);
	struct wire_file other = tcp("10.0.0.1", 40000, "10.0.0.2", 5432);
	size_t row;

	for (__u64 i = 0; i < count; i++) {
		w.id = first + i;
		assert_int_equal(files_add(&b->files, b->m, &w, 0), 0);
		if (i != count / 2)
			continue;
		other.id = first + count;
		assert_int_equal(files_add(&b->files, b->m, &other, 0), 0);
	}
	assert_int_equal(b->m->files_count, 2);
	row = files_find(&b->files, first + count - 1);
	assert_string_equal(b->m->files[row].local, "10.0.0.1:80");
	assert_int_equal(files_find(&b->files, first), row);             /* one of the first, */
	assert_int_not_equal(files_find(&b->files, first + count), row); /* of few, */
	assert_int_not_equal(files_find(&b->files, first + count), MEASURED_NONE);
	assert_int_equal(files_find(&b->files, first + count - 8000), row); /* lately */
	assert_int_equal(files_find(&b->files, first + 100), MEASURED_NONE);
	assert_true(room(&b->files) <= 3UL * 4 * IDENTITIES_RECENT);
}

/* However often it is met: what is asked about stays. */
static void test_an_identity_that_is_asked_for_stays(void **state)
{
	struct bench *b = *state;
	struct wire_file w = tcp("10.0.0.1", 80, "10.0.0.2", 40000);

	for (w.id = 1; w.id < 10 * IDENTITIES_RECENT; w.id++) {
		assert_int_equal(files_add(&b->files, b->m, &w, 0), 0);
		if (w.id >= 100)
			assert_int_equal(files_find(&b->files, 100), 0);
	}
}

static const struct measured_file *share(struct bench *b, const struct measured_file *of)
{
	size_t row = files_share(&b->files, b->m, (size_t)(of - b->m->files));

	return &b->m->files[row];
}

static void test_files_share_a_row_by_folder_and_sockets_by_port(void **state)
{
	struct bench *b = *state;
	struct wire_file listening = tcp("127.0.0.1", 45000, "0.0.0.0", 0);
	struct wire_file gone = {.mode = S_IFREG, .name = "gone"}, none = {.mode = S_IFIFO};
	const struct measured_file *f;

	listening.sock_state = TCP_LISTEN;
	f = share(b, add(b, listening));
	assert_string_equal(f->local, "*");
	assert_true(f->listening);
	assert_int_equal(f->inode, 0);
	assert_string_equal(
		share(b, add(b, tcp("0.0.0.0", 0, "127.0.0.1", 80)))->peer, "127.0.0.1:*");
	assert_string_equal(share(b, add(b, tcp("0.0.0.0", 0, "10.0.0.2", 443)))->peer, "*:443");
	assert_null(share(b, add(b, gone))->path);
	assert_int_equal(share(b, add(b, gone))->kind, FILE_REGULAR);
	assert_int_equal(share(b, add(b, none))->kind, FILE_PIPE);
}

static void test_those_that_share_are_few_rows_and_neighbours_have_others(void **state)
{
	struct bench *b = *state;
	size_t last = MEASURED_NONE, before;

	for (int i = 0; i < 1000; i++) {
		struct wire_file w = {.mode = S_IFREG};
		size_t row, shared;

		snprintf(w.name, sizeof(w.name), "/folder/%d", i);
		row = (size_t)(add(b, w) - b->m->files);
		before = b->m->files_count;
		shared = files_share(&b->files, b->m, row);
		assert_int_equal(files_share(&b->files, b->m, row), shared);
		assert_string_equal(b->m->files[shared].path, "/folder/*");
		assert_int_not_equal(shared, last);
		last = shared;
	}
	assert_int_equal(b->m->files_count, before);
	assert_int_equal(b->m->files_count, 1000 + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			test_connections_to_one_server_are_one_row, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			test_clients_of_one_port_are_one_row, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(test_listening, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			test_a_server_on_a_port_that_the_kernel_gave, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(test_ipv6, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(test_rows_are_bounded, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			test_identities_of_files_that_are_gone_are_forgotten, bench_open,
			bench_close),
		cmocka_unit_test_setup_teardown(
			test_an_identity_that_is_asked_for_stays, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			test_files_share_a_row_by_folder_and_sockets_by_port, bench_open,
			bench_close),
		cmocka_unit_test_setup_teardown(
			test_those_that_share_are_few_rows_and_neighbours_have_others, bench_open,
			bench_close),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
