/* module: one file, and what is kept of it. */
#include "module_state.h"

#include "cfi.h"
#include "image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As the kernel marks the path of a file that was deleted. */
static char *path_copy(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t length = strlen(path), marked = sizeof(mark) - 1;

	if (length > marked && strcmp(path + length - marked, mark) == 0)
		length -= marked;
	return strndup(path, length);
}

struct module *module_new(const char *path, struct image *image)
{
	struct module *file = calloc(1, sizeof(*file));
	struct stat st;

	if (file)
		file->path = path_copy(path);
	if (!file || !file->path) {
		image_free(image);
		free(file);
		return NULL;
	}
	file->image = image;
	if (image && fstat(image_fd(image), &st) == 0) {
		file->size = st.st_size;
		file->modified = st.st_mtim;
	}
	return file;
}

void module_free(struct module *m)
{
	if (!m)
		return;
	cfi_free(m->cfi);
	image_free(m->image);
	free(m->path);
	free(m);
}

bool module_is_current(const struct module *file)
{
	struct stat st;

	return !file->image ||
	       (fstat(image_fd(file->image), &st) == 0 && st.st_size == file->size &&
		       st.st_mtim.tv_sec == file->modified.tv_sec &&
		       st.st_mtim.tv_nsec == file->modified.tv_nsec);
}

const char *module_path(const struct module *m)
{
	return m->path;
}

int module_fd(const struct module *m)
{
	return m->image ? image_fd(m->image) : -1;
}

int module_pid(const struct module *m)
{
	return m->pid;
}

struct image *module_image(const struct module *m)
{
	return m->image;
}

struct cfi *module_cfi(struct module *m)
{
	if (!m->cfi_made && m->image)
		m->cfi = cfi_new(m->image);
	m->cfi_made = true;
	return m->cfi;
}
