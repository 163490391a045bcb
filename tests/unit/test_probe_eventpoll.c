/* What this process watches with epoll: sockets, and of them those on which it listens. */
#include "scene.h"

#include "probe/eventpoll.h"
#include "probe/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	assert_true(fd >= 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
}

static struct eventpoll watched(const struct measurement *m)
{
	struct eventpoll e;

	assert_int_equal(eventpoll_read(m, getpid(), &e), 0);
	return e;
}

static void watched_are(const struct measurement *m, int files, int sockets, int listeners)
{
	struct eventpoll e = watched(m);

	assert_int_equal(e.files, files);
	assert_int_equal(e.sockets, sockets);
	assert_int_equal(e.listeners, listeners);
}

/* Listens, is connected to and accepts: on all three ends. */
struct ends {
	int listening, client, accepted;
};

static struct ends ends_open(int family, const struct sockaddr *at, socklen_t size)
{
	struct ends e = {.listening = socket(family, SOCK_STREAM, 0),
		.client = socket(family, SOCK_STREAM, 0)};
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);

	assert_int_equal(bind(e.listening, at, size), 0);
	assert_int_equal(listen(e.listening, 1), 0);
	assert_int_equal(getsockname(e.listening, (struct sockaddr *)&bound, &length), 0);
	assert_int_equal(connect(e.client, (struct sockaddr *)&bound, length), 0);
	e.accepted = accept(e.listening, NULL, NULL);
	assert_true(e.accepted >= 0);
	return e;
}

static void ends_close(struct ends e)
{
	close(e.listening);
	close(e.client);
	close(e.accepted);
}

static void a_listener_is_told_once_it_is_noted(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct ends e = ends_open(AF_INET, (struct sockaddr *)&at, sizeof(at));
	struct measurement *m = scene_new(1);
	int epoll = epoll_create1(0);

	(void)state;
	watched_are(m, 0, 0, 0);
	watch(epoll, e.listening);
	watched_are(m, 1, 1, 0);
	assert_int_equal(listener_note(m, getpid()), 0);
	watched_are(m, 1, 1, 1);
	watch(epoll, e.accepted);
	watched_are(m, 2, 2, 1);
	watch(epoll, e.client);
	watched_are(m, 3, 3, 1);
	close(epoll);
	ends_close(e);
	measurement_free(m);
}

/* Nor is a pair by which a loop wakes itself. */
static void a_unix_connection_is_told_by_its_name(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct measurement *m = scene_new(1);
	int epoll = epoll_create1(0), pair[2];
	struct ends e;

	(void)state;
	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/eventpoll-%d", (int)getpid());
	unlink(at.sun_path);
	e = ends_open(AF_UNIX, (struct sockaddr *)&at, sizeof(at));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	watch(epoll, pair[0]);
	watch(epoll, e.listening);
	watched_are(m, 2, 1, 0);
	watch(epoll, e.accepted);
	watched_are(m, 3, 2, 0);
	unlink(at.sun_path);
	close(epoll);
	close(pair[0]);
	close(pair[1]);
	ends_close(e);
	measurement_free(m);
}

static void a_process_that_is_gone_is_an_error(void **state)
{
	struct measurement *m = scene_new(1);
	struct eventpoll e;

	(void)state;
	assert_true(eventpoll_read(m, 0x7fffffff, &e) < 0);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_is_told_once_it_is_noted),
		cmocka_unit_test(a_unix_connection_is_told_by_its_name),
		cmocka_unit_test(a_process_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests_name("eventpoll", tests, NULL, NULL);
}
