/*
 * A service of so many threads that take turns at one epoll: the leader waits for an event on
 * behalf of all, makes another one leader, and answers. To each line it says "ok", after it has
 * blocked for as many milliseconds.
 *
 * Usage: followers THREADS PORT BLOCKED_MS
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t vacant = PTHREAD_COND_INITIALIZER;
static bool is_led;
static int events, listener, blocked_ms;

static void watch(int operation, int descriptor)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = descriptor};

	epoll_ctl(events, operation, descriptor, &e);
}

static int event_await(void)
{
	struct epoll_event e;
	int count;

	pthread_mutex_lock(&mutex);
	while (is_led)
		pthread_cond_wait(&vacant, &mutex);
	is_led = true;
	pthread_mutex_unlock(&mutex);
	count = epoll_wait(events, &e, 1, -1);
	pthread_mutex_lock(&mutex);
	is_led = false;
	pthread_cond_signal(&vacant);
	pthread_mutex_unlock(&mutex);
	return count == 1 ? e.data.fd : -1;
}

static void answer(int connection)
{
	struct timespec t = {.tv_nsec = blocked_ms * 1000000L};
	char line[256];

	if (recv(connection, line, sizeof(line), MSG_DONTWAIT) <= 0) {
		close(connection);
		return;
	}
	if (blocked_ms)
		nanosleep(&t, NULL);
	send(connection, "ok\n", 3, MSG_NOSIGNAL);
	watch(EPOLL_CTL_MOD, connection);
}

static void *follow(void *unused)
{
	for (;;) {
		int descriptor = event_await();

		if (descriptor == listener) {
			watch(EPOLL_CTL_ADD, accept(listener, NULL, NULL));
			watch(EPOLL_CTL_MOD, listener);
		} else if (descriptor >= 0) {
			answer(descriptor);
		}
	}
	return unused;
}

int main(int count, char **arguments)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	pthread_t thread;
	int yes = 1;

	if (count != 4)
		return 2;
	at.sin_port = htons((unsigned short)atoi(arguments[2]));
	blocked_ms = atoi(arguments[3]);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 64) < 0)
		return 1;
	events = epoll_create1(0);
	watch(EPOLL_CTL_ADD, listener);
	for (int i = 1; i < atoi(arguments[1]); i++)
		pthread_create(&thread, NULL, follow, NULL);
	follow(NULL);
}
