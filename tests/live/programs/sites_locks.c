/*
 * sites_locks: locks with and without a name, each held for long at one known line, where it is
 * computed or slept, and waited for at another. Tells of each as a line of JSON.
 *
 * Usage: sites_locks SECONDS
 */
#include "truth.h"

#include <stdatomic.h>

#define OUTLINED __attribute__((noinline))
#define HOLD_S 0.01
#define LOCKS 4

struct shard {
	long reads;
	pthread_mutex_t lock;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shard shards[4];
static const struct timespec hold_time = {0, HOLD_S * 1e9};
static volatile unsigned long total;
static double end_s;
static _Atomic int lines[LOCKS][2];

enum what { WAITED, HELD };

/* In a line of its own: the line that is told. */
#define AT(number, what, statement)             \
	do {                                    \
		lines[number][what] = __LINE__; \
		statement;                      \
	} while (0)

static OUTLINED double now_s(clockid_t clock)
{
	return clock_s(clock);
}

static int goes_on(void)
{
	return now_s(CLOCK_MONOTONIC) < end_s;
}

static OUTLINED void compute(double seconds)
{
	for (double end = now_s(CLOCK_THREAD_CPUTIME_ID) + seconds;
		now_s(CLOCK_THREAD_CPUTIME_ID) < end;)
		for (int i = 0; i < 100000; i++)
			total += i;
}

static OUTLINED void table_change(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	AT(0, HELD, compute(HOLD_S));
	pthread_mutex_unlock(lock);
}

static OUTLINED void table_read(pthread_mutex_t *lock)
{
	AT(0, WAITED, pthread_mutex_lock(lock));
	pthread_mutex_unlock(lock);
}

static OUTLINED void log_write(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	AT(1, HELD, nanosleep(&hold_time, NULL));
	pthread_mutex_unlock(lock);
}

static OUTLINED void log_read(pthread_mutex_t *lock)
{
	AT(1, WAITED, pthread_mutex_lock(lock));
	pthread_mutex_unlock(lock);
}

static OUTLINED void shard_write(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	AT(2, HELD, nanosleep(&hold_time, NULL));
	pthread_mutex_unlock(lock);
}

static OUTLINED void shard_read(pthread_mutex_t *lock)
{
	AT(2, WAITED, pthread_mutex_lock(lock));
	pthread_mutex_unlock(lock);
}

static OUTLINED void heap_write(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	AT(3, HELD, nanosleep(&hold_time, NULL));
	pthread_mutex_unlock(lock);
}

static OUTLINED void heap_read(pthread_mutex_t *lock)
{
	AT(3, WAITED, pthread_mutex_lock(lock));
	pthread_mutex_unlock(lock);
}

static struct subject {
	const char *name; /* NULL: it has none */
	const char *reader, *writer;
	pthread_mutex_t *lock;
	void (*read)(pthread_mutex_t *lock), (*write)(pthread_mutex_t *lock);
} subjects[LOCKS] = {
	{"table_lock", "table_read", "table_change", &table_lock, table_read, table_change},
	{"log_lock", "log_read", "log_write", &log_lock, log_read, log_write},
	{"shards", "shard_read", "shard_write", &shards[2].lock, shard_read, shard_write},
	{NULL, "heap_read", "heap_write", NULL, heap_read, heap_write},
};

static void *reads(void *argument)
{
	struct subject *s = argument;

	while (goes_on()) {
		s->read(s->lock);
		usleep(500);
	}
	return NULL;
}

static void *writes(void *argument)
{
	struct subject *s = argument;

	while (goes_on()) {
		s->write(s->lock);
		usleep(1000);
	}
	return NULL;
}

static void subject_print(const struct subject *s, const int _Atomic *at)
{
	printf("{\"name\": %s%s%s, \"reader\": \"%s\", \"waited_at\": %d, \"writer\": \"%s\","
	       " \"held_at\": %d}\n",
		s->name ? "\"" : "", s->name ? s->name : "null", s->name ? "\"" : "", s->reader,
		at[WAITED], s->writer, at[HELD]);
}

int main(int argc, char **argv)
{
	pthread_t threads[3 * LOCKS];

	end_s = clock_s(CLOCK_MONOTONIC) + (argc == 2 ? atof(argv[1]) : 1);
	pthread_mutex_init(&shards[2].lock, NULL);
	subjects[3].lock = calloc(1, sizeof(pthread_mutex_t));
	pthread_mutex_init(subjects[3].lock, NULL);
	for (int i = 0; i < LOCKS; i++) {
		threads[3 * i] = thread_start(writes, &subjects[i]);
		threads[3 * i + 1] = thread_start(reads, &subjects[i]);
		threads[3 * i + 2] = thread_start(reads, &subjects[i]);
	}
	for (int i = 0; i < 3 * LOCKS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < LOCKS; i++)
		subject_print(&subjects[i], lines[i]);
	return 0;
}
