/* What looks at a process add up to: whether it ever watched a connection. */
#include "scene.h"

#include "probe/survey.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

static void a_connection_ends_the_blank_looks(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN};
	socklen_t length = sizeof(at);
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, (int)getpid(), 1);
	int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int epoll = epoll_create1(0);
	struct survey s = {0};

	(void)state;
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &length), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&at, length), 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event), 0);
	for (int looks = 1; looks <= 2; looks++) {
		assert_int_equal(survey_close(&s, m), 0);
		assert_int_equal(m->processes[process].blank_looks, looks);
		assert_int_equal(m->processes[process].watched_listeners, 1);
	}
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event), 0);
	assert_int_equal(survey_close(&s, m), 0);
	assert_int_equal(m->processes[process].blank_looks, 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_DEL, client, NULL), 0);
	assert_int_equal(survey_close(&s, m), 0);
	assert_int_equal(m->processes[process].blank_looks, 0);
	survey_free(&s);
	close(epoll);
	close(client);
	close(listening);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_ends_the_blank_looks),
	};

	return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
