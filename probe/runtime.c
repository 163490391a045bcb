/*
 * runtime: a table of runtimes, one row each: the symbol or section that only it defines, and how
 * it tells its version.
 */
#include "runtime.h"

#include "image.h"
#include "mapping.h"
#include "module_file.h"
#include "runtime_python.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_MAX 32

typedef void (*version_fn)(const struct image *i, const char *path, char version[VERSION_MAX]);

static void version_of_ruby(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_node(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_jvm(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_go(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_dotnet(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_pypy(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_beam(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_php(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_perl(const struct image *i, const char *path, char version[VERSION_MAX]);
static void version_of_r(const struct image *i, const char *path, char version[VERSION_MAX]);

static const struct kind {
	const char *name;
	const char *symbol;  /* defined by this runtime alone; NULL: go by the section */
	const char *section; /* the same, for what has no such symbol, or none any more */
	bool global_lock;
	version_fn version; /* NULL: python_image_read() tells all */
} kinds[] = {
	{"pypy", "pypy_main_startup", NULL, true, version_of_pypy},
	{"cpython", "Py_Initialize", ".PyRuntime", true, NULL},
	{"ruby", "ruby_init", NULL, true, version_of_ruby},
	{"node", "_ZN4node5StartEiPPc", NULL, false, version_of_node},
	{"jvm", "JNI_CreateJavaVM", NULL, false, version_of_jvm},
	{"dotnet", "coreclr_initialize", NULL, false, version_of_dotnet},
	{"go", NULL, ".go.buildinfo", false, version_of_go},
	{"beam", "erl_start", NULL, false, version_of_beam},
	{"php", "php_module_startup", NULL, false, version_of_php},
	{"perl", "perl_construct", NULL, false, version_of_perl},
	{"r", "Rf_initialize_R", NULL, false, version_of_r},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* What was found in one file. kind NULL: it is no runtime. */
struct known {
	uint64_t device, inode;
	const struct kind *kind;
	struct image *image; /* kept for where it is mapped next */
	char version[VERSION_MAX];
	struct python_image python;
};

struct runtime_cache {
	struct known *files;
	size_t count, room;
};

struct runtime_cache *runtime_cache_new(void)
{
	return calloc(1, sizeof(struct runtime_cache));
}

void runtime_cache_free(struct runtime_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		image_free(c->files[i].image);
	free(c->files);
	free(c);
}

static void word_copy(char *to, const char *from, size_t size)
{
	size_t n = 0;

	while (n < size && n < VERSION_MAX - 1 && from[n] &&
		(isalnum((unsigned char)from[n]) || strchr(".+_", from[n])))
		n++;
	memcpy(to, from, n);
	to[n] = '\0';
}

struct announced {
	const char *by; /* the text before it */
	char *version;
};

static bool announced_look(void *context, const char *bytes, size_t size, uint64_t at)
{
	const struct announced *a = context;
	const char *found = memmem(bytes, size, a->by, strlen(a->by));
	size_t left = found ? bytes + size - found : 0;

	(void)at;
	if (left < strlen(a->by) + VERSION_MAX)
		return false; /* the next piece has more of it */
	word_copy(a->version, found + strlen(a->by), VERSION_MAX);
	return true;
}

/* The word after the first occurrence of a text in a section. */
static void version_after(const struct image *i, const char *section, const char *text,
	char *version) /* NOLINT(readability-non-const-parameter): announced_look() writes to it */
{
	struct announced a = {text, version};

	image_section_look(i, section, strlen(text) + VERSION_MAX, announced_look, &a);
}

static void version_of_ruby(const struct image *i, const char *path, char version[VERSION_MAX])
{
	struct image_symbol symbol;
	char text[VERSION_MAX] = "";

	(void)path;
	if (image_find_symbol(i, "ruby_version", &symbol) && symbol.size < sizeof(text) &&
		image_read(i, symbol.value, text, symbol.size))
		word_copy(version, text, sizeof(text));
}

static void version_of_node(const struct image *i, const char *path, char version[VERSION_MAX])
{
	(void)path;
	version_after(i, ".rodata", "nodejs.org/download/release/v", version);
}

static void version_of_pypy(const struct image *i, const char *path, char version[VERSION_MAX])
{
	(void)path;
	version_after(i, ".rodata", "[PyPy ", version);
}

static void version_of_php(const struct image *i, const char *path, char version[VERSION_MAX])
{
	(void)path;
	version_after(i, ".rodata", "X-Powered-By: PHP/", version);
}

/* In the folder of its library. */
static void version_of_perl(const struct image *i, const char *path, char version[VERSION_MAX])
{
	(void)path;
	version_after(i, ".rodata", "/perl5/", version);
}

/* The word between two parts of a path: ".../Microsoft.NETCore.App/6.0.36/libcoreclr.so". */
static void version_of_dotnet(const struct image *i, const char *path, char version[VERSION_MAX])
{
	static const char folder[] = "Microsoft.NETCore.App/";
	const char *at = strstr(path, folder);

	(void)i;
	if (at)
		word_copy(version, at + sizeof(folder) - 1, strlen(at) - sizeof(folder) + 1);
}

/* The word after a text at the start of a line, in a file of a folder. */
static void version_in_file(
	const char *folder, size_t length, const char *name, const char *key, char *version)
{
	char *file, line[256];
	FILE *lines;
	int fd;

	if (asprintf(&file, "%.*s/%s", (int)length, folder, name) < 0)
		return;
	/* O_NONBLOCK: a FIFO of that name must not hold us. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(file);
	lines = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (fd >= 0 && !lines)
		close(fd);
	while (lines && fgets(line, sizeof(line), lines))
		if (strncmp(line, key, strlen(key)) == 0)
			word_copy(version, line + strlen(key), strlen(line) - strlen(key) + 1);
	if (lines)
		fclose(lines);
}

/* A JDK says it in its `release` file, two folders above libjvm.so: in
 * /usr/lib/jvm/NAME/lib/server/libjvm.so the last /lib/ is the JDK's. */
static void version_of_jvm(const struct image *i, const char *path, char version[VERSION_MAX])
{
	const char *lib = NULL;

	(void)i;
	for (const char *at = path; (at = strstr(at, "/lib/")); at++)
		lib = at;
	if (lib)
		version_in_file(path, lib - path, "release", "JAVA_VERSION=\"", version);
}

/* Its own packages say it, beside the folder of libR.so: R/lib, R/library. */
static void version_of_r(const struct image *i, const char *path, char version[VERSION_MAX])
{
	const char *lib = strstr(path, "/lib/libR.so");

	(void)i;
	if (lib)
		version_in_file(path, lib - path, "library/base/DESCRIPTION", "Version: ", version);
}

/* What it says of a module that was compiled by a later one. */
static void version_of_beam(const struct image *i, const char *path, char version[VERSION_MAX])
{
	(void)path;
	version_after(i, ".rodata", "the current (Erlang/OTP ", version);
}

/* "\xff Go buildinf:", 16 bytes of header more, then (1.18 on) a length and the version:
 * "go1.19.8". */
static void version_of_go(const struct image *i, const char *path, char version[VERSION_MAX])
{
	enum { HEADER = 32, FLAGS = 15, INLINE_STRINGS = 2 };
	size_t size;
	const unsigned char *data = (const void *)image_section_data(i, ".go.buildinfo", &size);

	(void)path;
	if (!data || size < HEADER + 1 || !(data[FLAGS] & INLINE_STRINGS))
		return;
	if (data[HEADER] <= size - HEADER - 1 && data[HEADER] > 2 && data[HEADER] < 128)
		word_copy(version, (const char *)data + HEADER + 1 + strlen("go"),
			data[HEADER] - strlen("go"));
}

/* Both are asked of all kinds at once: a table of symbols takes time to look through. */
static const struct kind *kind_of(const struct image *i)
{
	const char *symbols[KINDS];
	struct image_symbol place;
	size_t defined;

	for (size_t n = 0; n < KINDS; n++)
		symbols[n] = kinds[n].symbol;
	defined = image_find_first(i, symbols, KINDS);
	for (size_t n = 0; n < defined; n++)
		if (kinds[n].section && image_find_section(i, kinds[n].section, &place))
			return &kinds[n];
	return defined < KINDS ? &kinds[defined] : NULL;
}

/* Where what belongs to the file is looked for: in the process's own root while it lives. */
static char *path_of_mapping(const struct mapping *m)
{
	char *path;

	if (asprintf(&path, "/proc/%d/root%s", m->pid, m->path) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return strdup(m->path);
}

static void known_read(struct known *k, const struct mapping *m)
{
	struct image *image = NULL;
	char *path = path_of_mapping(m);

	if (path && module_file_open(m, &image) == 0)
		k->kind = kind_of(image);
	if (k->kind && k->kind->version)
		k->kind->version(image, path, k->version);
	else if (k->kind)
		python_image_read(image, path, &k->python);
	free(path);
	if (k->kind)
		k->image = image;
	else
		image_free(image);
}

static struct known *known_get(struct runtime_cache *c, const struct mapping *m)
{
	uint64_t device = ((uint64_t)m->major << 32) | m->minor;
	struct known *grown;

	for (size_t i = 0; i < c->count; i++)
		if (c->files[i].device == device && c->files[i].inode == m->inode)
			return &c->files[i];
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 64;

		grown = reallocarray(c->files, room, sizeof(*grown));
		if (!grown)
			return NULL;
		c->files = grown;
		c->room = room;
	}
	c->files[c->count] = (struct known){.device = device, .inode = m->inode};
	known_read(&c->files[c->count], m);
	return &c->files[c->count++];
}

static void python_place(const struct python_image *p, uint64_t bias, struct runtime_found *ret)
{
	ret->version = p->version[0] ? p->version : NULL;
	ret->global_lock = p->global_lock;
	if (p->lock_end) {
		ret->lock_start = p->lock_start + bias;
		ret->lock_end = p->lock_end + bias;
	}
	ret->gil_known = p->gil_known;
	ret->gil = p->gil;
	ret->gil.lock_start = ret->lock_start;
	ret->gil.lock_end = ret->lock_end;
	if (ret->gil.state)
		ret->gil.state += bias;
	if (ret->gil.interpreters)
		ret->gil.interpreters += bias;
	ret->python_known = p->frames_known;
	ret->python = p->frames;
	if (ret->python_known)
		ret->python.interpreters += bias;
}

bool runtime_find(struct runtime_cache *c, const struct mapping *m, struct runtime_found *ret)
{
	const struct known *k = known_get(c, m);
	uint64_t bias;

	if (!k || !k->kind)
		return false;
	*ret = (struct runtime_found){
		.name = k->kind->name,
		.version = k->version[0] ? k->version : NULL,
		.global_lock = k->kind->global_lock,
	};
	if (!k->kind->version && image_bias(k->image, m->start, m->offset, &bias))
		python_place(&k->python, bias, ret);
	return true;
}
