/* A backup tool's index: it cuts disk images where their content says so and hashes every piece.
 * Operations: 20 sparse files of 2 to 15 MB, read, cut by a rolling hash, hashed by SHA-256.
 * Models: a loop, pthreads that a queue feeds, forked processes that a pipe feeds. */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FILES = 20,
	EXTENT = 64 << 10, /* of an image: data, or a hole */
	WINDOW = 64,
	CHUNK_MIN = 4 << 10,
	CHUNK_MAX = 64 << 10,
	CHUNKS_MAX = 4096, /* of a file */
};

static const uint64_t CUT_MASK = 0x1fff; /* a cut in 8 KB, on average */

struct index {
	uint32_t chunks;
	uint64_t bytes;
	uint64_t ids[CHUNKS_MAX]; /* the beginning of each chunk's SHA-256 */
};

static const uint32_t round_constants[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
	0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t value, int bits)
{
	return value >> bits | value << (32 - bits);
}

/* FIPS 180-4, 6.2.2: one block of 64 bytes. */
static void sha256_block(uint32_t *state, const unsigned char *block)
{
	uint32_t w[64], s[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 |
		       block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < 64; i++) {
		uint32_t one = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
			       ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
		uint32_t two = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
			       ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += one;
		s[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

/* The first 64 bits of the hash. */
static uint64_t sha256(const unsigned char *data, size_t size)
{
	uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19};
	unsigned char last[128] = {0};
	size_t whole = size / 64 * 64, rest = size - whole, padded = rest < 56 ? 64 : 128;

	for (size_t at = 0; at < whole; at += 64)
		sha256_block(state, data + at);
	memcpy(last, data + whole, rest);
	last[rest] = 0x80;
	for (int i = 0; i < 8; i++)
		last[padded - 1 - i] = (unsigned char)((uint64_t)size * 8 >> 8 * i);
	for (size_t at = 0; at < padded; at += 64)
		sha256_block(state, last + at);
	return (uint64_t)state[0] << 32 | state[1];
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Where a chunk that begins at data ends: after a window whose hash says so. */
static size_t chunk_cut(const unsigned char *data, size_t size)
{
	static const uint64_t factor = 1099511628211u;
	uint64_t hash = 0, gone = 1;

	if (size <= CHUNK_MIN)
		return size;
	for (int i = 0; i < WINDOW; i++)
		gone *= factor;
	for (size_t at = CHUNK_MIN - WINDOW; at < CHUNK_MIN; at++)
		hash = hash * factor + data[at];
	for (size_t at = CHUNK_MIN; at < size && at < CHUNK_MAX; at++) {
		hash = hash * factor + data[at] - gone * data[at - WINDOW];
		if ((hash >> 40 & CUT_MASK) == 0)
			return at + 1;
	}
	return size < CHUNK_MAX ? size : CHUNK_MAX;
}

static int image_open(int file, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/image-%02d", getenv("CORPUS_DIR"), file);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* Images of like machines: an extent is one of few, changed in a byte, or a hole. */
static void images_write(void)
{
	uint64_t *extent = malloc(EXTENT), state;

	for (int file = 0; file < FILES; file++) {
		int fd = image_open(file, O_CREAT | O_WRONLY),
		    extents = 32 + 208 * (file * 7 % FILES) / FILES;

		for (int i = 0; i < extents; i++) {
			if ((i * 5 + file) % 8 < 5)
				continue;
			state = 88172645463325252u + i % 48;
			for (size_t at = 0; at < EXTENT / sizeof(*extent); at++)
				extent[at] = random_next(&state);
			extent[i * 37 % 8000] = file;
			if (pwrite(fd, extent, EXTENT, (off_t)i * EXTENT) != EXTENT)
				err(1, "pwrite");
		}
		if (ftruncate(fd, (off_t)extents * EXTENT))
			err(1, "ftruncate");
		close(fd);
	}
	free(extent);
}

/* Reads until the buffer holds size bytes or the file ends; returns how many it holds. */
static size_t buffer_fill(int fd, unsigned char *buffer, size_t held, size_t size)
{
	ssize_t got = 1;

	while (held < size && (got = read(fd, buffer + held, size - held)) > 0)
		held += got;
	if (got < 0)
		err(1, "read");
	return held;
}

static void image_index(int file, struct index *ret_index)
{
	size_t size = 4 * CHUNK_MAX, held = 0, cut;
	unsigned char *buffer = malloc(size);
	int fd = image_open(file, O_RDONLY);

	ret_index->chunks = ret_index->bytes = 0;
	while ((held = buffer_fill(fd, buffer, held, size)) > 0) {
		size_t at = 0, enough = held < size ? 0 : CHUNK_MAX; /* at the end, take all */

		for (; held - at > enough; at += cut) {
			cut = chunk_cut(buffer + at, held - at);
			if (ret_index->chunks == CHUNKS_MAX)
				errx(1, "too many chunks");
			ret_index->ids[ret_index->chunks++] = sha256(buffer + at, cut);
		}
		ret_index->bytes += at;
		held -= at;
		memmove(buffer, buffer + at, held);
	}
	free(buffer);
	close(fd);
}

static struct index *indexes; /* of all files; shared with children */

static void sequential(int workers)
{
	(void)workers;
	for (int file = 0; file < FILES; file++)
		image_index(file, &indexes[file]);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	int files[FILES];
	int put, taken, closed;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

/* Returns a file, or -1 when there will be no more. */
static int queue_take(void)
{
	int file = -1;

	pthread_mutex_lock(&queue.lock);
	while (queue.taken == queue.put && !queue.closed)
		pthread_cond_wait(&queue.filled, &queue.lock);
	if (queue.taken < queue.put)
		file = queue.files[queue.taken++];
	pthread_mutex_unlock(&queue.lock);
	return file;
}

static void queue_fill(void)
{
	for (int file = 0; file < FILES; file++) {
		pthread_mutex_lock(&queue.lock);
		queue.files[queue.put++] = file;
		pthread_cond_signal(&queue.filled);
		pthread_mutex_unlock(&queue.lock);
	}
	pthread_mutex_lock(&queue.lock);
	queue.closed = 1;
	pthread_cond_broadcast(&queue.filled);
	pthread_mutex_unlock(&queue.lock);
}

static void *thread_run(void *unused)
{
	for (int file; (file = queue_take()) >= 0;)
		image_index(file, &indexes[file]);
	return unused;
}

static void threads(int workers)
{
	pthread_t running[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&running[i], NULL, thread_run, NULL))
			errx(1, "pthread_create");
	queue_fill();
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

static void child_run(int files)
{
	int file;

	while (read(files, &file, sizeof(file)) == sizeof(file))
		image_index(file, &indexes[file]);
	_exit(0);
}

static void processes(int workers)
{
	int files[2];

	if (pipe(files))
		err(1, "pipe");
	for (int i = 0; i < workers; i++) {
		pid_t child = fork();

		if (child < 0)
			err(1, "fork");
		if (child == 0) {
			close(files[1]);
			child_run(files[0]);
		}
	}
	close(files[0]);
	for (int file = 0; file < FILES; file++)
		if (write(files[1], &file, sizeof(file)) != sizeof(file))
			err(1, "write");
	close(files[1]);
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
};

static int images_index(void (*run)(int workers), int workers)
{
	uint64_t bytes = 0, sum = 0;
	uint32_t chunks = 0;

	indexes = mmap(NULL, FILES * sizeof(*indexes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (indexes == MAP_FAILED)
		err(1, "mmap");
	images_write();
	run(workers);
	for (int file = 0; file < FILES; file++) {
		bytes += indexes[file].bytes;
		chunks += indexes[file].chunks;
		for (uint32_t i = 0; i < indexes[file].chunks; i++)
			sum += indexes[file].ids[i] % 1000003 * (i + 1);
	}
	return printf("%u chunks of %llu bytes, %llu\n", chunks, (unsigned long long)bytes,
		       (unsigned long long)sum) < 0;
}

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			return images_index(models[i].run, atoi(argv[2]));
	}
	return argc != 2;
}
