/* The sockets on which a measured process listens: this one's own. */
#include "scene.h"

#include "probe/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_inet(char *ret_text, size_t size)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	snprintf(ret_text, size, "127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

static size_t listening(const struct measurement *m, const char *local)
{
	size_t count = 0;

	for (size_t i = 0; i < m->files_count; i++)
		count += m->files[i].kind == FILE_SOCKET && m->files[i].listening &&
			 strcmp(m->files[i].local, local) == 0;
	return count;
}

static void finds_what_this_process_listens_on(void **state)
{
	struct sockaddr_un named = {.sun_family = AF_UNIX};
	struct measurement *m = scene_new(1);
	char text[64];
	int inet = listen_inet(text, sizeof(text)), local = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(named.sun_path, sizeof(named.sun_path), "/tmp/listener-%d", (int)getpid());
	assert_int_equal(bind(local, (struct sockaddr *)&named, sizeof(named)), 0);
	assert_int_equal(listen(local, 1), 0);
	scene_process(m, (int)getpid(), 1);
	assert_int_equal(listener_note(m, getpid()), 0);
	assert_int_equal(listener_note(m, getpid()), 0); /* a second look adds nothing */
	assert_int_equal(listening(m, text), 1);
	assert_int_equal(listening(m, named.sun_path), 1);
	unlink(named.sun_path);
	close(inet);
	close(local);
	measurement_free(m);
}

static void a_socket_of_others_is_none(void **state)
{
	struct measurement *m = scene_new(1);
	char text[64];
	int fd = listen_inet(text, sizeof(text));

	(void)state;
	scene_process(m, (int)getppid(), 1);
	assert_int_equal(listener_note(m, getppid()), 0);
	assert_int_equal(listening(m, text), 0);
	close(fd);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_this_process_listens_on),
		cmocka_unit_test(a_socket_of_others_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
