/* fuzz: inputs as files, as texts, in parts. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_take(struct fuzz_input *in, void *to, size_t size)
{
	size_t there = size < in->size ? size : in->size;

	memset(to, 0, size);
	if (there)
		memcpy(to, in->data, there);
	in->data += there;
	in->size -= there;
}

int fuzz_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return NULL;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
