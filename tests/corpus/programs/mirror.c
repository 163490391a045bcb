/* Stands for: a mirror that downloads the files of a release and verifies each one's checksum.
 * An operation is one file: connect, GET, receive it as it comes, and compute its CRC on the way.
 * Some come at once after a pause, some trickle in; sizes go from a page to two megabytes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 38, HEADER_MAX = 2048 };

struct file {
	char target[64];
	size_t received;
	uint32_t crc;
};

/* Shared between processes, too: they write what they found straight into it. */
struct release {
	struct file files[FILES];
	struct sockaddr_in server;
	pthread_mutex_t lock;
	int next;
};

/* A file on its way. The header is kept until it is complete; what follows it is the content. */
struct transfer {
	struct file *file;
	int fd;
	size_t header_len;
	int in_body;
	char header[HEADER_MAX];
};

static uint32_t crc_table[256];

static void die(const char *what)
{
	perror(what);
	_exit(EXIT_FAILURE);
}

static void crc_prepare(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		crc_table[i] = c;
	}
}

static uint32_t crc_update(uint32_t crc, const unsigned char *bytes, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++)
		crc = crc_table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

static void release_fill(struct release *release)
{
	const char *address = getenv("CORPUS_HTTP");
	const char *colon = address ? strrchr(address, ':') : NULL;

	if (!colon)
		die("CORPUS_HTTP");
	release->server.sin_family = AF_INET;
	release->server.sin_port = htons((uint16_t)atoi(colon + 1));
	release->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < FILES; i++) {
		char *target = release->files[i].target;
		size_t size = sizeof(release->files[i].target);
		if (i % 4 == 1)
			snprintf(target, size, "/slow/%d/%d/%d?%d", 60 + i, 4 + i % 5,
				900000 + 30000 * i, i);
		else
			snprintf(target, size, "/wait/%d/%d?%d", 15 + i * 7 % 31,
				4000 + i * i * 350, i);
	}
}

static void transfer_begin(struct transfer *transfer, struct release *release, struct file *file)
{
	char request[256];
	int len = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n\r\n", file->target);

	transfer->file = file;
	transfer->header_len = 0;
	transfer->in_body = 0;
	transfer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (transfer->fd < 0 ||
		connect(transfer->fd, (struct sockaddr *)&release->server, sizeof(release->server)))
		die("connect");
	if (write(transfer->fd, request, (size_t)len) != len)
		die("write");
}

static void body_take(struct file *file, const char *bytes, size_t len)
{
	file->crc = crc_update(file->crc, (const unsigned char *)bytes, len);
	file->received += len;
}

static void header_take(struct transfer *transfer, const char *bytes, size_t len)
{
	size_t old = transfer->header_len;
	size_t room = HEADER_MAX - 1 - old;
	size_t taken = len < room ? len : room;

	memcpy(transfer->header + old, bytes, taken);
	transfer->header_len += taken;
	transfer->header[transfer->header_len] = '\0';
	const char *end = strstr(transfer->header, "\r\n\r\n");
	if (!end)
		return;
	transfer->in_body = 1;
	size_t used = (size_t)(end + 4 - transfer->header) - old;
	body_take(transfer->file, bytes + used, len - used);
}

/* Receives once; false at the end of the file. */
static int transfer_continue(struct transfer *transfer)
{
	char bytes[16384];
	ssize_t got = read(transfer->fd, bytes, sizeof(bytes));

	if (got < 0 && errno == EAGAIN)
		return 1;
	if (got < 0)
		die("read");
	if (got == 0) {
		close(transfer->fd);
		return 0;
	}
	if (transfer->in_body)
		body_take(transfer->file, bytes, (size_t)got);
	else
		header_take(transfer, bytes, (size_t)got);
	return 1;
}

static void download(struct release *release, struct file *file)
{
	struct transfer transfer;

	transfer_begin(&transfer, release, file);
	while (transfer_continue(&transfer))
		;
}

static void *worker(void *argument)
{
	struct release *release = argument;

	for (;;) {
		pthread_mutex_lock(&release->lock);
		int number = release->next++;
		pthread_mutex_unlock(&release->lock);
		if (number >= FILES)
			return NULL;
		download(release, &release->files[number]);
	}
}

static void run_sequential(struct release *release, int workers)
{
	(void)workers;
	for (int i = 0; i < FILES; i++)
		download(release, &release->files[i]);
}

static void run_threads(struct release *release, int workers)
{
	pthread_t threads[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, worker, release))
			die("pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
}

static void run_processes(struct release *release, int workers)
{
	for (int i = 0; i < workers; i++) {
		pid_t child = fork();
		if (child < 0)
			die("fork");
		if (child)
			continue;
		worker(release);
		_exit(EXIT_SUCCESS);
	}
	while (wait(NULL) > 0)
		;
}

static void watch(struct release *release, struct transfer *transfer, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = transfer};

	transfer_begin(transfer, release, &release->files[release->next++]);
	fcntl(transfer->fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, transfer->fd, &event))
		die("epoll_ctl");
}

static void run_event_loop(struct release *release, int limit)
{
	int slots = limit && limit < FILES ? limit : FILES;
	struct transfer *transfers = calloc((size_t)slots, sizeof(*transfers));
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int under_way = slots;
	struct epoll_event events[16];

	if (!transfers || epoll_fd < 0)
		die("event loop");
	for (int i = 0; i < slots; i++)
		watch(release, &transfers[i], epoll_fd);
	while (under_way) {
		int ready = epoll_wait(epoll_fd, events, 16, -1);
		for (int i = 0; i < ready; i++) {
			struct transfer *transfer = events[i].data.ptr;
			if (transfer_continue(transfer))
				continue;
			if (release->next < FILES)
				watch(release, transfer, epoll_fd);
			else
				under_way--;
		}
	}
	close(epoll_fd);
	free(transfers);
}

static const struct {
	const char *name;
	void (*run)(struct release *release, int workers);
} models[] = {
	{"sequential", run_sequential},
	{"threads", run_threads},
	{"processes", run_processes},
	{"event-loop", run_event_loop},
};

static struct release *release_create(void)
{
	struct release *release = mmap(
		NULL, sizeof(*release), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;

	if (release == MAP_FAILED)
		die("mmap");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&release->lock, &attributes);
	return release;
}

int main(int argc, char **argv)
{
	unsigned long total = 0;
	uint32_t digest = 0;

	if (argc == 2 && !strcmp(argv[1], "--models"))
		return puts("sequential threads processes event-loop") < 0;
	if (argc != 3)
		return 2;
	struct release *release = release_create();
	crc_prepare();
	release_fill(release);
	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
		if (!strcmp(argv[1], models[i].name))
			models[i].run(release, atoi(argv[2]));
	for (int i = 0; i < FILES; i++) {
		total += release->files[i].received;
		digest = digest * 31 + release->files[i].crc;
	}
	printf("%d files, %lu bytes, %08x\n", FILES, total, digest);
	return 0;
}
