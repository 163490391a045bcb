/*
 * kernel_types: one walk over the kernel's types, in place, by name; then what was met is copied,
 * each type after those that lie in it.
 */
#include "kernel_types.h"

#include "table.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TYPES_PATH "/sys/kernel/btf/vmlinux"
#define MARK_EVERY 64 /* types; from a mark on they are gone through one by one */
#define BEGINNINGS 1024
#define NAMES_MOST 32 /* for a type, one for the other */
#define FLAVOUR "___" /* what follows it in a name tells variants of our own apart */

/* The kernel's types as they lie in memory. Number 0 is void, and is not among them. */
struct source {
	const char *types, *types_end, *names;
	size_t names_size;
	uint32_t count;
	uint32_t *marks; /* where the types 1, 1 + MARK_EVERY, ... begin */
};

/* What is looked for by name. */
struct wishes {
	char **names; /* sorted */
	size_t count;
	bool begins[BEGINNINGS]; /* a name that has such a beginning is worth a search */
};

struct copying {
	const struct source *from;
	const struct wishes *wishes;
	struct btf *to;
	struct table copied; /* number there -> here */
	int nothing;         /* a pointer to void */
};

/* Bytes behind the head of a type; -1: a kind that is not known. */
static long tail_size(const struct btf_type *t)
{
	static const struct {
		bool known;
		unsigned int fixed, each;
	} kinds[] = {
		[BTF_KIND_INT] = {true, 4, 0},
		[BTF_KIND_PTR] = {true, 0, 0},
		[BTF_KIND_ARRAY] = {true, sizeof(struct btf_array), 0},
		[BTF_KIND_STRUCT] = {true, 0, sizeof(struct btf_member)},
		[BTF_KIND_UNION] = {true, 0, sizeof(struct btf_member)},
		[BTF_KIND_ENUM] = {true, 0, sizeof(struct btf_enum)},
		[BTF_KIND_FWD] = {true, 0, 0},
		[BTF_KIND_TYPEDEF] = {true, 0, 0},
		[BTF_KIND_VOLATILE] = {true, 0, 0},
		[BTF_KIND_CONST] = {true, 0, 0},
		[BTF_KIND_RESTRICT] = {true, 0, 0},
		[BTF_KIND_FUNC] = {true, 0, 0},
		[BTF_KIND_FUNC_PROTO] = {true, 0, sizeof(struct btf_param)},
		[BTF_KIND_VAR] = {true, sizeof(struct btf_var), 0},
		[BTF_KIND_DATASEC] = {true, 0, sizeof(struct btf_var_secinfo)},
		[BTF_KIND_FLOAT] = {true, 0, 0},
		[BTF_KIND_DECL_TAG] = {true, sizeof(struct btf_decl_tag), 0},
		[BTF_KIND_TYPE_TAG] = {true, 0, 0},
		[BTF_KIND_ENUM64] = {true, 0, sizeof(struct btf_enum64)},
	};
	unsigned int kind = btf_kind(t);

	if (kind >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[kind].known)
		return -1;
	return kinds[kind].fixed + (long)btf_vlen(t) * kinds[kind].each;
}

/* NULL at the end, or where it makes no sense. */
static const struct btf_type *source_type(const struct source *s, const char *at)
{
	const struct btf_type *t = (const void *)at;
	long tail;

	if (s->types_end - at < (long)sizeof(*t))
		return NULL;
	tail = tail_size(t);
	return tail >= 0 && s->types_end - at >= (long)sizeof(*t) + tail ? t : NULL;
}

static const char *type_end(const struct btf_type *t)
{
	return (const char *)(t + 1) + tail_size(t);
}

static const char *source_name(const struct source *s, uint32_t at)
{
	return at < s->names_size ? s->names + at : "";
}

static const struct btf_type *source_find(const struct source *s, uint32_t number)
{
	const struct btf_type *t;

	if (number == 0 || number > s->count)
		return NULL;
	t = source_type(s, s->types + s->marks[(number - 1) / MARK_EVERY]);
	for (uint32_t i = (number - 1) % MARK_EVERY; t && i > 0; i--)
		t = source_type(s, type_end(t));
	return t;
}

/* What a type is when names for it and qualifiers are taken off. */
static const struct btf_type *source_resolve(const struct source *s, uint32_t *number)
{
	const struct btf_type *t = source_find(s, *number);

	for (int i = 0; i < NAMES_MOST && t && (btf_is_mod(t) || btf_is_typedef(t)); i++) {
		*number = t->type;
		t = source_find(s, *number);
	}
	return t;
}

static unsigned int beginning(const char *name)
{
	unsigned int first = (unsigned char)name[0];

	return (first * 31 + (first ? (unsigned char)name[1] : 0)) % BEGINNINGS;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int wishes_add(struct wishes *w, const char *name)
{
	const char *flavour = strstr(name, FLAVOUR);
	char *own = strndup(name, flavour ? (size_t)(flavour - name) : strlen(name));

	if (!own)
		return -ENOMEM;
	w->names[w->count++] = own;
	w->begins[beginning(own)] = true;
	return 0;
}

static int wishes_make(struct wishes *w, const struct btf *wanted)
{
	uint32_t count = btf__type_cnt(wanted);
	int error = 0;

	w->names = calloc(count, sizeof(*w->names));
	if (!w->names)
		return -ENOMEM;
	for (uint32_t i = 1; i < count && error == 0; i++) {
		const struct btf_type *t = btf__type_by_id(wanted, i);

		if (btf_is_composite(t) && t->name_off)
			error = wishes_add(w, btf__name_by_offset(wanted, t->name_off));
	}
	qsort(w->names, w->count, sizeof(*w->names), by_text);
	return error;
}

static void wishes_free(struct wishes *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->names[i]);
	free(w->names);
}

static bool is_wanted(const struct wishes *w, const char *name)
{
	return w->begins[beginning(name)] &&
	       bsearch(&name, w->names, w->count, sizeof(*w->names), by_text);
}

static uint32_t type_copy(struct copying *c, uint32_t number);

/* The members are copied first: one after the other they belong to the type that was added last. */
static int members_copy(struct copying *c, const struct btf_type *t, uint32_t *kinds)
{
	const struct btf_member *members = btf_members(t);
	int error = 0;

	for (int i = 0; i < btf_vlen(t); i++) {
		kinds[i] = type_copy(c, members[i].type);
		if (!kinds[i])
			error = -ENOMEM;
	}
	return error;
}

static int composite_add(struct copying *c, const struct btf_type *t, const uint32_t *kinds)
{
	const char *name = source_name(c->from, t->name_off);
	int number = btf_is_struct(t) ? btf__add_struct(c->to, name, t->size)
				      : btf__add_union(c->to, name, t->size);
	const struct btf_member *members = btf_members(t);

	for (int i = 0; kinds && number > 0 && i < btf_vlen(t); i++) {
		int error = btf__add_field(c->to, source_name(c->from, members[i].name_off),
			(int)kinds[i], btf_member_bit_offset(t, i), btf_member_bitfield_size(t, i));

		if (error < 0)
			return error;
	}
	return number;
}

static int composite_copy(struct copying *c, const struct btf_type *t)
{
	const char *name = source_name(c->from, t->name_off);
	uint32_t *kinds;
	int number;

	if (name[0] && !is_wanted(c->wishes, name))
		return composite_add(c, t, NULL);
	kinds = calloc((size_t)btf_vlen(t) + 1, sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	number = members_copy(c, t, kinds);
	if (number == 0)
		number = composite_add(c, t, kinds);
	free(kinds);
	return number;
}

static int array_copy(struct copying *c, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	uint32_t index = type_copy(c, a->index_type), element = type_copy(c, a->type);

	return index && element ? btf__add_array(c->to, (int)index, (int)element, a->nelems)
				: -ENOMEM;
}

/* As far as it matters where something lies, and how long it is. */
static int kind_copy(struct copying *c, const struct btf_type *t)
{
	const char *name = source_name(c->from, t->name_off);

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(c->to, name[0] ? name : "int", t->size, btf_int_encoding(t));
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return btf__add_enum(c->to, name, t->size);
	case BTF_KIND_FLOAT:
		return btf__add_float(c->to, name, t->size);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return composite_copy(c, t);
	case BTF_KIND_ARRAY:
		return array_copy(c, t);
	default:
		return c->nothing;
	}
}

/* Its number in the copy; 0: it failed. */
static uint32_t type_copy(struct copying *c, uint32_t number)
{
	const struct btf_type *t = source_resolve(c->from, &number);
	size_t known;
	int copy;

	if (!t)
		return (uint32_t)c->nothing;
	if (table_get(&c->copied, number, &known))
		return (uint32_t)known;
	/* What would lie in itself makes no sense, and is to have an end. */
	if (table_set(&c->copied, number, (size_t)c->nothing) < 0)
		return 0;
	copy = kind_copy(c, t);
	if (copy < 0 || table_set(&c->copied, number, (size_t)copy) < 0)
		return 0;
	return (uint32_t)copy;
}

static void asked_note(
	struct kernel_type *asked, size_t count, uint32_t kind, const char *name, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (asked[i].kind == kind && !asked[i].id && strcmp(asked[i].name, name) == 0)
			asked[i].id = number;
}

/* Copies what is wanted of the composites, and notes what else is asked for. */
static int types_select(struct copying *c, struct kernel_type *asked, size_t asked_count)
{
	const struct source *s = c->from;
	const struct btf_type *t = source_type(s, s->types);
	uint32_t number = 1;

	for (; t; t = source_type(s, type_end(t)), number++) {
		const char *name = source_name(s, t->name_off);

		if (!btf_is_composite(t))
			asked_note(asked, asked_count, btf_kind(t), name, number);
		else if (is_wanted(c->wishes, name) && !type_copy(c, number))
			return -ENOMEM;
	}
	return 0;
}

static int marks_make(struct source *s)
{
	size_t most = (size_t)(s->types_end - s->types) / sizeof(struct btf_type);
	const struct btf_type *t = source_type(s, s->types), *last = NULL;

	s->marks = calloc(most / MARK_EVERY + 1, sizeof(*s->marks));
	if (!s->marks)
		return -ENOMEM;
	for (; t; last = t, t = source_type(s, type_end(t)), s->count++)
		if (s->count % MARK_EVERY == 0)
			s->marks[s->count / MARK_EVERY] = (uint32_t)((const char *)t - s->types);
	return last && type_end(last) == s->types_end ? 0 : -EPROTO;
}

static int source_open(struct source *s, const char *bytes, size_t size)
{
	const struct btf_header *h = (const void *)bytes;

	if (size < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len > size ||
		(uint64_t)h->hdr_len + h->type_off + h->type_len > size ||
		(uint64_t)h->hdr_len + h->str_off + h->str_len > size || h->str_len == 0 ||
		h->type_off % sizeof(uint32_t) || h->hdr_len % sizeof(uint32_t))
		return -EPROTO;
	s->types = bytes + h->hdr_len + h->type_off;
	s->types_end = s->types + h->type_len;
	s->names = bytes + h->hdr_len + h->str_off;
	s->names_size = h->str_len;
	if (s->names[s->names_size - 1] != '\0')
		return -EPROTO;
	return marks_make(s);
}

static int whole_write(int to, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t done = write(to, bytes, size);

		if (done < 0 && errno != EINTR)
			return -errno;
		bytes += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

static int copying_write(struct copying *c, struct kernel_type *asked, size_t asked_count, int to)
{
	const void *bytes;
	uint32_t size;
	int error;

	c->to = btf__new_empty();
	c->nothing = c->to ? btf__add_ptr(c->to, 0) : -ENOMEM;
	error = c->nothing < 0 ? c->nothing : types_select(c, asked, asked_count);
	bytes = error ? NULL : btf__raw_data(c->to, &size);
	if (error == 0)
		error = bytes ? whole_write(to, bytes, size) : -ENOMEM;
	btf__free(c->to);
	table_free(&c->copied);
	return error;
}

int kernel_types_write_from(const void *bytes, size_t size, const struct btf *wanted,
	struct kernel_type *asked, size_t asked_count, int to)
{
	struct source source = {0};
	struct wishes wishes = {0};
	struct copying copying = {.from = &source, .wishes = &wishes};
	int error = source_open(&source, bytes, size);

	if (error == 0)
		error = wishes_make(&wishes, wanted);
	if (error == 0)
		error = copying_write(&copying, asked, asked_count, to);
	wishes_free(&wishes);
	free(source.marks);
	return error;
}

/* The file cannot be mapped before Linux 6.16. */
static void *types_read(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	size_t got = 0;
	ssize_t more;

	if (memory != MAP_FAILED)
		return memory;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	/* Touched but once: a page fault each would take longer than the rest. */
	madvise(memory, size, MADV_HUGEPAGE);
	do {
		more = read(fd, (char *)memory + got, size - got);
		got += more > 0 ? (size_t)more : 0;
	} while (more > 0 || (more < 0 && errno == EINTR));
	if (got == size)
		return memory;
	munmap(memory, size);
	return NULL;
}

int kernel_types_write(
	const struct btf *wanted, struct kernel_type *asked, size_t asked_count, int to)
{
	int fd = open(TYPES_PATH, O_RDONLY | O_CLOEXEC), error;
	void *bytes = NULL;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		bytes = types_read(fd, (size_t)st.st_size);
	error = bytes ? kernel_types_write_from(
				bytes, (size_t)st.st_size, wanted, asked, asked_count, to)
		      : -EIO;
	if (bytes)
		munmap(bytes, (size_t)st.st_size);
	close(fd);
	return error;
}
