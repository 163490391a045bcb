/*
 * thread_waits: the first thread blocks on another thread, a child, a lock, a queue or the clock.
 */
#define _GNU_SOURCE
#include "wait_kind.h"

#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t pi_mutex;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t meeting;
static sem_t semaphore;
static pid_t child;
static int queue;
static int fds[2]; /* one file, opened twice */
static char taken[16];

static void make_signals_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void make_pi_mutex(void)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&pi_mutex, &a);
}

static void make_semaphore(void)
{
	sem_init(&semaphore, 0, 0);
}

static void make_barrier(void)
{
	pthread_barrier_init(&meeting, NULL, 2);
}

static void make_child(void)
{
	child = fork();
	if (child == 0) {
		sleep_s(seconds);
		_exit(0);
	}
}

static void make_message_queue(void)
{
	queue = msgget(IPC_PRIVATE, 0600);
	fail_if(queue < 0, "msgget");
}

static void make_semaphore_set(void)
{
	queue = semget(IPC_PRIVATE, 1, 0600);
	fail_if(queue < 0, "semget");
}

static void make_posix_queue(void)
{
	struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = sizeof taken};
	char name[64];

	snprintf(name, sizeof name, "/concadvise-waits-%d", getpid());
	queue = mq_open(name, O_RDWR | O_CREAT, 0600, &a);
	mq_unlink(name);
	fail_if(queue < 0, "mq_open");
}

static void make_locked_file(void)
{
	char name[] = "/tmp/concadvise-waits-XXXXXX";

	fds[0] = mkstemp(name);
	fds[1] = open(name, O_RDWR);
	unlink(name);
	fail_if(fds[0] < 0 || fds[1] < 0 || flock(fds[1], LOCK_EX) != 0, "flock");
}

static void wait_nanosleep(void)
{
	sleep_s(seconds);
}

static void wait_poll_none(void)
{
	poll(NULL, 0, seconds * 1e3);
}

static void wait_select_none(void)
{
	struct timeval t = {(time_t)seconds, (seconds - (time_t)seconds) * 1e6};

	select(0, NULL, NULL, NULL, &t);
}

static void wait_mutex(void)
{
	pthread_mutex_lock(&mutex);
}

static void wait_mutex_timed(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 60;
	fail_if(pthread_mutex_timedlock(&mutex, &t) != 0, "pthread_mutex_timedlock");
}

static void wait_pi_mutex(void)
{
	pthread_mutex_lock(&pi_mutex);
}

static void wait_rdlock(void)
{
	pthread_rwlock_rdlock(&rwlock);
}

static void wait_wrlock(void)
{
	pthread_rwlock_wrlock(&rwlock);
}

static void wait_condition(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&condition, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void wait_semaphore(void)
{
	while (sem_wait(&semaphore) != 0)
		;
}

static void wait_barrier(void)
{
	pthread_barrier_wait(&meeting);
}

static void wait_join(void)
{
	pthread_join(helper_thread, NULL);
}

static void wait_child(void)
{
	fail_if(waitpid(child, NULL, 0) != child, "waitpid");
}

static void wait_vfork(void)
{
	child = vfork();
	if (child == 0) {
		sleep_s(seconds);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void wait_message(void)
{
	struct {
		long type;
		char text[1];
	} m;

	fail_if(msgrcv(queue, &m, sizeof m.text, 0, 0) < 0, "msgrcv");
	msgctl(queue, IPC_RMID, NULL);
}

static void wait_semaphore_set(void)
{
	struct sembuf down = {.sem_op = -1};

	fail_if(semop(queue, &down, 1) != 0, "semop");
	semctl(queue, 0, IPC_RMID);
}

static void wait_posix_queue(void)
{
	fail_if(mq_receive(queue, taken, sizeof taken, NULL) < 0, "mq_receive");
}

static void wait_flock(void)
{
	fail_if(flock(fds[0], LOCK_EX) != 0, "flock");
}

static void wait_signal(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigwait(&set, &signal);
}

static void wait_stopped(void)
{
	double start = clock_s(CLOCK_MONOTONIC);
	pid_t parent = getpid();

	child = fork();
	if (child == 0) {
		kill(parent, SIGSTOP);
		sleep_s(seconds);
		kill(parent, SIGCONT);
		_exit(0);
	}
	while (clock_s(CLOCK_MONOTONIC) - start < seconds)
		;
}

static void end_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

static void end_unlock_pi(void)
{
	pthread_mutex_unlock(&pi_mutex);
}

static void end_unlock_rwlock(void)
{
	pthread_rwlock_unlock(&rwlock);
}

static void end_signal_condition(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&mutex);
}

static void end_post(void)
{
	sem_post(&semaphore);
}

static void end_barrier(void)
{
	pthread_barrier_wait(&meeting);
}

static void end_message(void)
{
	struct {
		long type;
		char text[1];
	} m = {1, "x"};

	msgsnd(queue, &m, sizeof m.text, 0);
}

static void end_semaphore_set(void)
{
	struct sembuf up = {.sem_op = 1};

	semop(queue, &up, 1);
}

static void end_posix_queue(void)
{
	mq_send(queue, "x", 1, 0);
}

static void end_flock(void)
{
	flock(fds[1], LOCK_UN);
}

static void end_signal(void)
{
	pthread_kill(first_thread, SIGUSR1);
}

static void hold_mutex(void)
{
	pthread_mutex_lock(&mutex);
}

static void hold_pi_mutex(void)
{
	pthread_mutex_lock(&pi_mutex);
}

static void hold_rwlock(void)
{
	pthread_rwlock_wrlock(&rwlock);
}

static const struct kind kinds[] = {
	{"nanosleep", "sleep", NULL, wait_nanosleep, NULL, NULL},
	{"poll_none", "sleep", NULL, wait_poll_none, NULL, NULL},
	{"select_none", "sleep", NULL, wait_select_none, NULL, NULL},
	{"sysv_queue", "ipc", make_message_queue, wait_message, end_message, NULL},
	{"posix_queue", "ipc", make_posix_queue, wait_posix_queue, end_posix_queue, NULL},
	{"mutex", "lock", NULL, wait_mutex, end_unlock, hold_mutex},
	{"mutex_timed", "lock", NULL, wait_mutex_timed, end_unlock, hold_mutex},
	{"mutex_pi", "lock", make_pi_mutex, wait_pi_mutex, end_unlock_pi, hold_pi_mutex},
	{"rwlock_read", "lock", NULL, wait_rdlock, end_unlock_rwlock, hold_rwlock},
	{"rwlock_write", "lock", NULL, wait_wrlock, end_unlock_rwlock, hold_rwlock},
	{"flock", "lock", make_locked_file, wait_flock, end_flock, NULL},
	{"condition", "sync", NULL, wait_condition, end_signal_condition, NULL},
	{"semaphore", "sync", make_semaphore, wait_semaphore, end_post, NULL},
	{"barrier", "sync", make_barrier, wait_barrier, end_barrier, NULL},
	{"join", "sync", NULL, wait_join, end_none, NULL},
	{"sysv_semaphore", "sync", make_semaphore_set, wait_semaphore_set, end_semaphore_set, NULL},
	{"waitpid", "child", make_child, wait_child, NULL, NULL},
	{"vfork", "child", NULL, wait_vfork, NULL, NULL},
	{"stopped", "stopped", NULL, wait_stopped, NULL, NULL},
	{"sigwait", "other", make_signals_blocked, wait_signal, end_signal, NULL},
};

int main(int argc, char **argv)
{
	return kinds_main(kinds, sizeof kinds / sizeof *kinds, argc, argv);
}
