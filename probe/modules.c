/* modules: the files, found by device and inode, and an address space per process. */
#include "module_state.h"

#include "address_space.h"
#include "image.h"
#include "mapping.h"
#include "module_file.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Modules are swept when there are this many, and then at each doubling. */
#define SWEEP_FIRST 256

struct modules {
	struct module **files;
	size_t count, room, sweep_at;
	struct table by_file; /* the newest of a device and inode -> files */
	struct module *vdso;
	bool vdso_made; /* or tried to */
	struct place {
		int pid;
		struct address_space *space; /* NULL: nothing is mapped */
	} * places;
	size_t places_count, places_room;
	struct table by_pid; /* -> places */
};

struct modules *modules_new(void)
{
	struct modules *m = calloc(1, sizeof(*m));

	if (m)
		m->sweep_at = SWEEP_FIRST;
	return m;
}

void modules_free(struct modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->places_count; i++)
		address_space_release(m->places[i].space);
	for (size_t i = 0; i < m->count; i++)
		module_free(m->files[i]);
	module_free(m->vdso);
	table_free(&m->by_file);
	table_free(&m->by_pid);
	free(m->places);
	free(m->files);
	free(m);
}

/* An array with room for one element more. */
static int array_grow(void **array, size_t count, size_t *room, size_t element)
{
	size_t larger = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return 0;
	grown = reallocarray(*array, larger, element);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = larger;
	return 0;
}

/* A process's own place; NULL: none yet. */
static struct address_space **space_place(struct modules *m, int pid)
{
	size_t at;

	return table_get(&m->by_pid, pid, &at) ? &m->places[at].space : NULL;
}

static struct address_space **space_place_make(struct modules *m, int pid)
{
	struct address_space **place = space_place(m, pid);

	if (place)
		return place;
	if (array_grow((void **)&m->places, m->places_count, &m->places_room, sizeof(*m->places)) <
			0 ||
		table_set(&m->by_pid, pid, m->places_count) < 0)
		return NULL;
	m->places[m->places_count] = (struct place){.pid = pid};
	return &m->places[m->places_count++].space;
}

/* A process's address space, to be changed: shared with nobody. */
static struct address_space *space_own(struct modules *m, int pid)
{
	struct address_space **place = space_place_make(m, pid), *own;

	if (!place)
		return NULL;
	if (*place && (*place)->references == 1)
		return *place;
	own = *place ? address_space_copy(*place) : address_space_new(0);
	if (!own)
		return NULL;
	address_space_release(*place);
	return *place = own;
}

void modules_exec(struct modules *m, int pid, uint64_t at_ns)
{
	struct address_space **place = space_place_make(m, pid), *fresh;

	/* Its records can come late: what was mapped since then stays. */
	fresh = place ? address_space_new(at_ns) : NULL;
	if (!fresh)
		return;
	for (size_t i = 0; *place && i < (*place)->count; i++)
		if ((*place)->ranges[i].at_ns >= at_ns)
			address_space_put(fresh, &(*place)->ranges[i]);
	address_space_release(*place);
	*place = fresh;
}

void modules_fork(struct modules *m, int parent, int child)
{
	struct address_space **to = space_place_make(m, child), **from = space_place(m, parent);

	if (!to || to == from)
		return;
	address_space_release(*to);
	*to = from ? *from : NULL;
	if (*to)
		(*to)->references++;
}

void modules_exit(struct modules *m, int pid)
{
	struct place *last = m->places + m->places_count - 1;
	size_t at;

	if (!table_get(&m->by_pid, pid, &at) || table_set(&m->by_pid, last->pid, at) < 0)
		return;
	address_space_release(m->places[at].space);
	m->places[at] = *last;
	m->places_count--;
	table_remove(&m->by_pid, pid);
}

static uint64_t mapping_device(const struct mapping *mapping)
{
	return (uint64_t)mapping->major << 32 | mapping->minor;
}

static uint64_t file_key(uint64_t device, uint64_t inode)
{
	return table_mix(table_mix(0, device), inode);
}

/* Modules that no process has mapped any more, and that nobody has asked for, are closed: programs
 * that are made to run once, as when software is configured, would use up all descriptors. */
static void modules_sweep(struct modules *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		m->files[i]->mapped = false;
	for (size_t i = 0; i < m->places_count; i++) {
		const struct address_space *space = m->places[i].space;

		for (size_t r = 0; space && r < space->count; r++)
			if (space->ranges[r].module)
				space->ranges[r].module->mapped = true;
	}
	table_free(&m->by_file);
	for (size_t i = 0; i < m->count; i++) {
		struct module *file = m->files[i];

		if (!file->mapped && !file->found) {
			module_free(file);
			continue;
		}
		table_set(&m->by_file, file_key(file->device, file->inode), kept);
		m->files[kept++] = file;
	}
	m->count = kept;
	m->sweep_at = 2 * kept > SWEEP_FIRST ? 2 * kept : SWEEP_FIRST;
}

/* Half of the descriptors are left to the rest of the program. */
static bool descriptor_is_free(const struct modules *m)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && m->count < limit.rlim_cur / 2;
}

static struct module *module_add(
	struct modules *m, const struct mapping *mapping, struct image *image, int error)
{
	struct module *file = module_new(mapping->path, image);

	if (!file)
		return NULL;
	file->device = mapping_device(mapping);
	file->inode = mapping->inode;
	file->pid = mapping->pid;
	file->error = error;
	if (m->count >= m->sweep_at)
		modules_sweep(m);
	if (array_grow((void **)&m->files, m->count, &m->room, sizeof(*m->files)) < 0 ||
		table_set(&m->by_file, file_key(file->device, file->inode), m->count) < 0) {
		module_free(file);
		return NULL;
	}
	return m->files[m->count++] = file;
}

/* The newest one of a mapping's file; NULL: none. */
static struct module *module_of(struct modules *m, const struct mapping *mapping)
{
	uint64_t device = mapping_device(mapping);
	size_t at;

	if (!table_get(&m->by_file, file_key(device, mapping->inode), &at))
		return NULL;
	return m->files[at]->device == device && m->files[at]->inode == mapping->inode
		       ? m->files[at]
		       : NULL;
}

static struct module *module_get(struct modules *m, const struct mapping *mapping)
{
	struct module *known = module_of(m, mapping);
	struct image *image = NULL;
	int error;

	/* What could not be had of one process may be had of the next. */
	if (known && known->error != -ENOENT && module_is_current(known))
		return known;
	error = descriptor_is_free(m) ? module_file_open(mapping, &image) : -ENOENT;
	return known && error == -ENOENT ? known : module_add(m, mapping, image, error);
}

static struct module *vdso_get(struct modules *m)
{
	if (m->vdso_made)
		return m->vdso;
	m->vdso_made = true;
	return m->vdso = module_new("[vdso]", module_file_vdso());
}

static struct module *mapping_module(struct modules *m, const struct mapping *mapping)
{
	/* Memory with a name, but without a file to read. */
	static const char *const made[] = {"//", "/memfd:", "/dev/zero", "/SYSV", "/anon_hugepage"};

	if (strcmp(mapping->path, "[vdso]") == 0)
		return vdso_get(m);
	if (mapping->path[0] != '/')
		return NULL;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (strncmp(mapping->path, made[i], strlen(made[i])) == 0)
			return NULL;
	return module_get(m, mapping);
}

void modules_note(struct modules *m, const struct mapping *mapping)
{
	struct address_range range = {
		.start = mapping->start,
		.end = mapping->start + mapping->length,
		.at_ns = mapping->at_ns,
		.bias = mapping->start - mapping->offset,
	};
	struct address_space *space;

	if (mapping->executes) {
		modules_exec(m, mapping->pid, mapping->at_ns);
		return;
	}
	space = space_own(m, mapping->pid);
	if (!space || mapping->at_ns < space->since_ns)
		return;
	range.module = mapping_module(m, mapping);
	if (range.module && range.module->error == -ENOEXEC)
		range.module = NULL;
	if (range.module && range.module->image)
		image_bias(range.module->image, mapping->start, mapping->offset, &range.bias);
	address_space_put(space, &range);
}

static struct address_space *space_get(struct modules *m, int pid)
{
	struct address_space **place = space_place(m, pid);

	return place ? *place : NULL;
}

bool modules_locate(
	struct modules *m, int pid, uint64_t address, struct module **ret, uint64_t *ret_linked)
{
	const struct address_space *space = space_get(m, pid);
	const struct address_range *range = space ? address_space_find(space, address) : NULL;

	if (!range)
		return false;
	if (range->module)
		range->module->found = true;
	*ret = range->module;
	*ret_linked = address - (range->module ? range->bias : 0);
	return true;
}

struct module *modules_find(struct modules *m, int pid, uint64_t address, uint64_t *ret_linked)
{
	struct module *found;
	uint64_t linked;

	if (!modules_locate(m, pid, address, &found, &linked) || !found)
		return NULL;
	*ret_linked = linked;
	return found;
}

struct module *modules_find_data(struct modules *m, int pid, uint64_t address, uint64_t *ret_linked)
{
	const struct address_space *space = space_get(m, pid);

	for (size_t i = 0; space && i < space->count; i++) {
		const struct address_range *r = &space->ranges[i];

		if (!r->module || !r->module->image ||
			!image_occupies(r->module->image, address - r->bias))
			continue;
		r->module->found = true;
		*ret_linked = address - r->bias;
		return r->module;
	}
	return NULL;
}
