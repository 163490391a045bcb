/* What /proc says, made up: names that try to deceive, text that is cut, fields that are missing.
 */
#include "probe/procfs/kernel_function.h"
#include "probe/procfs/socket_table.h"
#include "probe/procfs/task_text.h"

#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define NUMBERS "1 1 0 -1 4194304 129 0 7 0 321 54 30 12 20 0 4 0 987654 2523136 229"

static void stat_is_read(void **state)
{
	struct task_stat s;

	(void)state;
	assert_true(task_text_stat("42 (worker) S 7 " NUMBERS "\n", &s));
	assert_string_equal(s.comm, "worker");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.ppid, 7);
	assert_int_equal(s.faults, 129);
	assert_int_equal(s.user_ticks, 321);
	assert_int_equal(s.kernel_ticks, 54);
	assert_int_equal(s.children_ticks, 42);
	assert_int_equal(s.start_ticks, 987654);
}

/* A name that looks like the rest of the line ends where the kernel's last parenthesis is. */
static void a_name_deceives_nobody(void **state)
{
	struct task_stat s;

	(void)state;
	assert_true(task_text_stat("42 (a) R 99 (b\n) c) D 7 " NUMBERS "\n", &s));
	assert_int_equal(s.state, 'D');
	assert_int_equal(s.ppid, 7);
	assert_string_equal(s.comm, "a) R 99 (b\n) c");
	assert_true(task_text_stat("42 () S 7 " NUMBERS "\n", &s));
	assert_string_equal(s.comm, "");
	assert_true(task_text_stat("42 (longer than the kernel allows) S 7 " NUMBERS "\n", &s));
	assert_int_equal(strlen(s.comm), sizeof(s.comm) - 1);
}

static void a_cut_stat_is_refused(void **state)
{
	static const char *const texts[] = {"", "42", "42 (worker", "42 (worker) ", "42 (worker) S",
		"42 (worker) S 7 1 1 0 -1 4194304 129", "42 )worker( S 7 " NUMBERS,
		"42 (worker) S seven " NUMBERS};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct task_stat s = {.ppid = 5};

		if (task_text_stat(texts[i], &s))
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(s.ppid, 5);
	}
}

static void schedstat_is_read(void **state)
{
	struct task_sched s;

	(void)state;
	assert_true(task_text_sched("11477014 12966804 6\n", &s));
	assert_int_equal(s.cpu_ns, 11477014);
	assert_int_equal(s.delay_ns, 12966804);
	assert_int_equal(s.arrivals, 6);
	assert_false(task_text_sched("11477014 12966804", &s));
	assert_false(task_text_sched("", &s));
}

static void status_is_read(void **state)
{
	struct task_status s;

	(void)state;
	assert_true(task_text_status("Name:\tx\nVmHWM:\t    2048 kB\n"
				     "voluntary_ctxt_switches:\t12\n"
				     "nonvoluntary_ctxt_switches:\t3\n",
		&s));
	assert_int_equal(s.voluntary, 12);
	assert_int_equal(s.involuntary, 3);
	assert_int_equal(s.rss_peak_bytes, 2048 * 1024);
}

/* A kernel thread has no memory; a name within a line is not a key. */
static void a_status_without_memory(void **state)
{
	struct task_status s;

	(void)state;
	assert_true(task_text_status("Name:\tVmHWM: 7 kB\nvoluntary_ctxt_switches:\t1\n"
				     "nonvoluntary_ctxt_switches:\t2\n",
		&s));
	assert_int_equal(s.rss_peak_bytes, 0);
	assert_false(task_text_status("nonvoluntary_ctxt_switches:\t2\n", &s));
	assert_false(task_text_status("voluntary_ctxt_switches:\tmany\n"
				      "nonvoluntary_ctxt_switches:\t2\n",
		&s));
}

static void a_call_is_read(void **state)
{
	struct task_call c;

	(void)state;
	assert_true(task_text_call("202 0x7f12 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe 0x7f33\n", &c));
	assert_false(c.running);
	assert_int_equal(c.number, 202);
	assert_int_equal(c.arguments[0], 0x7f12);
	assert_int_equal(c.arguments[1], 0x189);
	assert_int_equal(c.arguments[5], 0xffffffff);
	assert_true(task_text_call("running\n", &c));
	assert_true(c.running);
	assert_true(task_text_call("-1 0x7ffe 0x7f33\n", &c));
	assert_false(c.running);
	assert_int_equal(c.number, WIRE_NO_SYSCALL);
}

static void a_call_without_arguments_is_refused(void **state)
{
	struct task_call c;

	(void)state;
	assert_false(task_text_call("", &c));
	assert_false(task_text_call("202 0x7f12 0x189\n", &c));
	assert_false(task_text_call("-38 0x0\n", &c));
	assert_false(task_text_call("99999999999 0x0 0x0 0x0 0x0 0x0 0x0\n", &c));
}

static void a_connection_is_read(void **state)
{
	static const char line[] =
		"   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000 "
		"       0 34567 1 0000000000000000 20 4 30 10 -1";
	static const uint8_t local[4] = {127, 0, 0, 1}, peer[4] = {127, 0, 0, 2};
	struct socket_row row;

	(void)state;
	assert_true(socket_line_inet(line, AF_INET, SOCK_STREAM, 6, &row));
	assert_int_equal(row.inode, 34567);
	assert_int_equal(row.local_port, 8080);
	assert_int_equal(row.peer_port, 50000);
	assert_memory_equal(row.local, local, 4);
	assert_memory_equal(row.peer, peer, 4);
	assert_int_equal(row.state, TCP_ESTABLISHED);
	assert_false(socket_line_inet("  sl  local_address rem_address   st", AF_INET, 1, 6, &row));
	assert_false(
		socket_line_inet("   1: 0100007F:1F90 02:C3 01 0 0 0 0 0 1", AF_INET, 1, 6, &row));
	assert_false(socket_line_inet(line, AF_INET6, SOCK_STREAM, 6, &row));
}

static void a_unix_socket_is_read(void **state)
{
	struct socket_row row;

	(void)state;
	assert_true(socket_line_unix(
		"0000000000000000: 00000002 00000000 00010000 0001 01 19283 /run/db.sock", &row));
	assert_int_equal(row.inode, 19283);
	assert_int_equal(row.state, TCP_LISTEN);
	assert_int_equal(row.type, SOCK_STREAM);
	assert_string_equal(row.name, "/run/db.sock");
	assert_true(socket_line_unix("0000000000000000: 00000003 0 00000000 0001 03 7", &row));
	assert_string_equal(row.name, "");
	assert_false(
		socket_line_unix("Num       RefCount Protocol Flags    Type St Inode Path", &row));
}

static void functions_are_known_by_how_they_begin(void **state)
{
	(void)state;
	assert_string_equal(kernel_function_find("futex_wait_queue_me")->call, "futex");
	assert_string_equal(kernel_function_find("do_wait.part.0")->call, "wait4");
	assert_int_equal(kernel_function_find("unix_stream_read_generic")->family, AF_UNIX);
	assert_null(kernel_function_find("0"));
	assert_null(kernel_function_find(""));
	assert_true(kernel_function_is_io("folio_wait_bit_common"));
	assert_false(kernel_function_is_io("futex_wait_queue"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_read),
		cmocka_unit_test(a_name_deceives_nobody),
		cmocka_unit_test(a_cut_stat_is_refused),
		cmocka_unit_test(schedstat_is_read),
		cmocka_unit_test(status_is_read),
		cmocka_unit_test(a_status_without_memory),
		cmocka_unit_test(a_call_is_read),
		cmocka_unit_test(a_call_without_arguments_is_refused),
		cmocka_unit_test(a_connection_is_read),
		cmocka_unit_test(a_unix_socket_is_read),
		cmocka_unit_test(functions_are_known_by_how_they_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
