/* Stands for: sorting a file that is larger than the memory it may use, as a database's export.
 * An operation is one run: read a part of the file, sort it, write it to a file of its own and
 * sync that. In the end one thread merges the runs into the sorted file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 60, RECORDS = 90000, PATH_LEN = 512 };

struct record {
	char key[12];
	uint32_t row;
};

static const char *directory;
static atomic_int next_run;

static void die(const char *what)
{
	perror(what);
	_exit(EXIT_FAILURE);
}

static void path_make(char *path, const char *name, int number)
{
	snprintf(path, PATH_LEN, "%s/%s-%d", directory, name, number);
}

static FILE *file_open(const char *name, int number, const char *mode)
{
	char path[PATH_LEN];

	path_make(path, name, number);
	FILE *file = fopen(path, mode);
	if (!file)
		die(path);
	return file;
}

static void input_write(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	FILE *input = file_open("input", 0, "wb");
	uint64_t state = 0x9e3779b97f4a7c15u;

	for (uint32_t row = 0; row < RUNS * RECORDS; row++) {
		struct record record = {.row = row};
		state = state * 6364136223846793005u + 1442695040888963407u;
		for (int i = 0; i < 11; i++)
			record.key[i] = letters[state >> (5 * i + 4) & 31];
		if (fwrite(&record, sizeof(record), 1, input) != 1)
			die("input");
	}
	fclose(input);
}

static int record_compare(const void *left, const void *right)
{
	const struct record *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	return order ? order : (a->row > b->row) - (a->row < b->row);
}

static void run_sort(int number)
{
	struct record *records = malloc(RECORDS * sizeof(*records));
	FILE *input = file_open("input", 0, "rb");
	FILE *run = file_open("run", number, "wb");

	if (!records || fseek(input, (long)number * RECORDS * (long)sizeof(*records), SEEK_SET))
		die("run");
	if (fread(records, sizeof(*records), RECORDS, input) != RECORDS)
		die("input");
	qsort(records, RECORDS, sizeof(*records), record_compare);
	if (fwrite(records, sizeof(*records), RECORDS, run) != RECORDS || fflush(run))
		die("run");
	if (fdatasync(fileno(run)))
		die("fdatasync");
	fclose(run);
	fclose(input);
	free(records);
}

struct source {
	struct record record;
	FILE *file;
};

static int source_advance(struct source *source)
{
	return fread(&source->record, sizeof(source->record), 1, source->file) == 1;
}

static void heap_sift(struct source *heap, int count, int parent)
{
	for (int child; (child = 2 * parent + 1) < count; parent = child) {
		if (child + 1 < count &&
			record_compare(&heap[child + 1].record, &heap[child].record) < 0)
			child++;
		if (record_compare(&heap[parent].record, &heap[child].record) <= 0)
			return;
		struct source swapped = heap[parent];
		heap[parent] = heap[child];
		heap[child] = swapped;
	}
}

/* Merges all runs and returns a sum that depends on the order of the rows. */
static uint64_t runs_merge(void)
{
	struct source heap[RUNS];
	FILE *sorted = file_open("sorted", 0, "wb");
	uint64_t sum = 0;
	int count = RUNS;

	for (int i = 0; i < RUNS; i++) {
		heap[i].file = file_open("run", i, "rb");
		if (!source_advance(&heap[i]))
			die("run");
	}
	for (int i = RUNS / 2; i >= 0; i--)
		heap_sift(heap, count, i);
	while (count) {
		sum = sum * 1099511628211u + heap[0].record.row;
		if (fwrite(&heap[0].record, sizeof(heap[0].record), 1, sorted) != 1)
			die("sorted");
		if (!source_advance(&heap[0])) {
			fclose(heap[0].file);
			heap[0] = heap[--count];
		}
		heap_sift(heap, count, 0);
	}
	fclose(sorted);
	return sum;
}

static void *worker(void *argument)
{
	(void)argument;
	for (int number; (number = atomic_fetch_add(&next_run, 1)) < RUNS;)
		run_sort(number);
	return NULL;
}

static void model_sequential(int workers)
{
	(void)workers;
	for (int number = 0; number < RUNS; number++)
		run_sort(number);
}

static void model_threads(int workers)
{
	pthread_t threads[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, worker, NULL))
			die("pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
}

static void model_processes(int workers)
{
	int status;

	for (int i = 0; i < workers; i++) {
		pid_t child = fork();
		if (child < 0)
			die("fork");
		if (child)
			continue;
		for (int number = i; number < RUNS; number += workers)
			run_sort(number);
		_exit(EXIT_SUCCESS);
	}
	while (wait(&status) > 0)
		if (status)
			exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--models"))
		return puts("sequential threads processes") < 0;
	directory = getenv("CORPUS_DIR");
	if (argc != 3 || !directory)
		return 2;
	input_write();
	if (!strcmp(argv[1], "threads"))
		model_threads(atoi(argv[2]));
	else if (!strcmp(argv[1], "processes"))
		model_processes(atoi(argv[2]));
	else
		model_sequential(1);
	printf("%d runs, %016llx\n", RUNS, (unsigned long long)runs_merge());
	return 0;
}
