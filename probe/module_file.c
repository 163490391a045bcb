/*
 * module_file: by the mapping itself in /proc/PID/map_files, by its path as the process sees it,
 * by the same path here.
 *
 * Device numbers are of no use as a proof: overlayfs and btrfs tell others in a mapping than in
 * stat(). The inode's number at the same path is one, else the build id in the process's memory.
 */
#include "module_file.h"

#include "image.h"
#include "mapping.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_MAX 256 /* a build id's note has 36 bytes */

enum place { PLACE_MAPPING, PLACE_ROOT, PLACE_HERE, PLACES };

/* NULL when out of memory. */
static char *place_path(enum place place, const struct mapping *m)
{
	char *path = NULL;
	int printed = -1;

	if (place == PLACE_MAPPING)
		printed = asprintf(&path, "/proc/%d/map_files/%llx-%llx", m->pid,
			(unsigned long long)m->start, (unsigned long long)m->start + m->length);
	else if (place == PLACE_ROOT)
		printed = asprintf(&path, "/proc/%d/root%s", m->pid, m->path);
	else
		printed = asprintf(&path, "%s", m->path);
	return printed < 0 ? NULL : path;
}

/* Has the process the file's build id in its memory? */
static bool build_id_matches(const struct mapping *m, const struct image *i)
{
	unsigned char mapped[NOTE_MAX], filed[NOTE_MAX];
	struct image_symbol note;
	uint64_t bias;
	char path[64];
	ssize_t got;
	int fd;

	if (!image_find_section(i, ".note.gnu.build-id", &note) || note.size > NOTE_MAX ||
		!image_bias(i, m->start, m->offset, &bias) ||
		!image_read(i, note.value, filed, note.size))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/mem", m->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = pread(fd, mapped, note.size, note.value + bias);
	close(fd);
	return got == (ssize_t)note.size && memcmp(mapped, filed, note.size) == 0;
}

static int kind_of(int fd)
{
	unsigned char ident[EI_NIDENT];

	if (pread(fd, ident, sizeof(ident), 0) != sizeof(ident) ||
		memcmp(ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	return ident[EI_CLASS] == ELFCLASS64 ? 0 : -ENOTSUP;
}

static int place_open(const char *path, const struct mapping *m, struct image **ret)
{
	struct image *image;
	struct stat st;
	int error, fd;

	/* O_NONBLOCK: a path that now names a FIFO must not hold us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -ENOENT;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENOENT;
	}
	error = kind_of(fd);
	if (error < 0) {
		close(fd);
		return st.st_ino == m->inode ? error : -ENOENT;
	}
	image = image_take(fd);
	if (!image)
		return -ENOTSUP;
	if (st.st_ino != m->inode && !build_id_matches(m, image)) {
		image_free(image);
		return -ENOENT;
	}
	*ret = image;
	return 0;
}

int module_file_open(const struct mapping *m, struct image **ret)
{
	int error = -ENOENT;

	for (enum place place = 0; place < PLACES && error == -ENOENT; place++) {
		char *path = place_path(place, m);

		if (path)
			error = place_open(path, m, ret);
		free(path);
	}
	return error;
}

/* How far an ELF file that lies in memory reaches: its section headers come last. */
static size_t memory_size(const Elf64_Ehdr *header)
{
	return header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
}

struct image *module_file_vdso(void)
{
	const Elf64_Ehdr *header = (const void *)getauxval(AT_SYSINFO_EHDR);
	size_t size = header ? memory_size(header) : 0;
	int fd;

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return NULL;
	/* As a file, so that it is like any other to all who read it. */
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (write(fd, header, size) != (ssize_t)size) {
		close(fd);
		return NULL;
	}
	return image_take(fd);
}
