/* A mail server's delivery: every message is written to its mailbox and made durable at once.
 * Operations: 240 mailboxes, a file each, with 30 messages of 2 KB and an fsync after each.
 * Models: a loop, pthreads and forked processes that deliver to every Nth mailbox. */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAILBOXES = 240, MESSAGES = 30, MESSAGE = 2048 };

struct share {
	int first;
	int step;
};

static void mailbox_path(int mailbox, char ret_path[256])
{
	snprintf(ret_path, 256, "%s/mailbox-%02d", getenv("CORPUS_DIR"), mailbox);
}

static void message_make(int mailbox, int message, char ret_text[MESSAGE])
{
	int used = snprintf(ret_text, MESSAGE, "From: %d\nTo: %d\n\n", message, mailbox);

	for (int i = used; i < MESSAGE; i++)
		ret_text[i] = 'a' + (i * (mailbox + 3) + message) % 26;
	ret_text[MESSAGE - 1] = '\n';
}

static void mailbox_fill(int mailbox)
{
	char path[256], text[MESSAGE];
	int fd;

	mailbox_path(mailbox, path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	for (int message = 0; message < MESSAGES; message++) {
		message_make(mailbox, message, text);
		if (write(fd, text, MESSAGE) != MESSAGE || fsync(fd))
			err(1, "%s", path);
	}
	close(fd);
}

static void *share_fill(void *work)
{
	const struct share *share = work;

	for (int mailbox = share->first; mailbox < MAILBOXES; mailbox += share->step)
		mailbox_fill(mailbox);
	return NULL;
}

static void sequential(int workers)
{
	(void)workers;
	share_fill(&(struct share){0, 1});
}

static void threads(int workers)
{
	pthread_t running[workers];
	struct share shares[workers];

	for (int i = 0; i < workers; i++) {
		shares[i] = (struct share){i, workers};
		if (pthread_create(&running[i], NULL, share_fill, &shares[i]))
			errx(1, "pthread_create");
	}
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

static void processes(int workers)
{
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			share_fill(&(struct share){i, workers});
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

/* What the mailboxes hold, read back from the files. */
static int mailboxes_print(void)
{
	uint64_t sum = 0;

	for (int mailbox = 0; mailbox < MAILBOXES; mailbox++) {
		char path[256], text[MESSAGE];
		FILE *file;

		mailbox_path(mailbox, path);
		file = fopen(path, "re");
		if (!file)
			err(1, "%s", path);
		while (fread(text, MESSAGE, 1, file) == 1)
			for (int i = 0; i < MESSAGE; i++)
				sum = sum * 31 + (unsigned char)text[i];
		fclose(file);
	}
	return printf("%016llx\n", (unsigned long long)sum) < 0;
}

static const struct {
	const char *name;
	void (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
};

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0) {
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		} else if (argc == 3 && strcmp(argv[1], models[i].name) == 0) {
			models[i].run(atoi(argv[2]));
			return mailboxes_print();
		}
	}
	return argc != 2;
}
