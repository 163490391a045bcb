/*
 * kernel: one row per part: how it is looked for in the kernel's own types, and what its lack
 * costs. Versions are not compared: distributions carry parts back, and leave parts out.
 */
#include "kernel.h"

#include "rights.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(n) (1ULL << (n))
#define PERMISSION_PARTS (1u << KERNEL_CAPABILITIES | 1u << KERNEL_PERMISSION)
/* Of the tracepoint: its own context, preempt, prev, next and the state that prev is left in. */
#define SWITCH_ARGUMENTS 5
#define RING_LEAST 4096
#define TYPES_PATH "/sys/kernel/btf/vmlinux"

static const struct btf_type *type_find(const struct btf *types, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(types, name, kind);

	return id > 0 ? btf__type_by_id(types, id) : NULL;
}

static bool struct_has(const struct btf *types, const char *name, const char *member)
{
	const struct btf_type *type = type_find(types, name, BTF_KIND_STRUCT);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(types, btf_members(type)[i].name_off), member) == 0)
			return true;
	return false;
}

static bool enum_has(const struct btf *types, const char *name, const char *value)
{
	const struct btf_type *type = type_find(types, name, BTF_KIND_ENUM);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(types, btf_enum(type)[i].name_off), value) == 0)
			return true;
	return false;
}

static bool has_switch_state(const struct btf *types)
{
	const struct btf_type *type = type_find(types, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);

	while (type && (btf_is_typedef(type) || btf_is_ptr(type)))
		type = btf__type_by_id(types, type->type);
	return type && btf_is_func_proto(type) && btf_vlen(type) >= SWITCH_ARGUMENTS;
}

static bool has_run_delay(const struct btf *types)
{
	return struct_has(types, "task_struct", "sched_info") &&
	       struct_has(types, "sched_info", "run_delay");
}

static bool has_ring(const struct btf *types)
{
	return enum_has(types, "bpf_map_type", "BPF_MAP_TYPE_RINGBUF");
}

static bool has_task_storage(const struct btf *types)
{
	return enum_has(types, "bpf_map_type", "BPF_MAP_TYPE_TASK_STORAGE");
}

static bool has_iterator(const struct btf *types)
{
	return type_find(types, "bpf_iter_task", BTF_KIND_FUNC) != NULL;
}

static bool has_read_others(const struct btf *types)
{
	return enum_has(types, "bpf_func_id", "BPF_FUNC_copy_from_user_task");
}

static const struct part {
	bool (*has)(const struct btf *types); /* NULL: not a matter of types */
	const char *name, *words;             /* words: of its lack */
} parts[KERNEL_PARTS] = {
	[KERNEL_CAPABILITIES] = {NULL, "cap_bpf and cap_perfmon",
		"no privilege to use eBPF: run it as root, or give it cap_bpf and cap_perfmon"},
	[KERNEL_PERMISSION] = {NULL, "use of bpf()",
		"eBPF is refused to this process, as in a container that is locked: run it on the "
		"host, or let the container use bpf()"},
	[KERNEL_BTF] = {NULL, "types (BTF)",
		"no types of this kernel (/sys/kernel/btf/vmlinux), so nothing can be found in it: "
		"it needs CONFIG_DEBUG_INFO_BTF"},
	[KERNEL_SWITCH_STATE] = {has_switch_state, "state in the record of a switch",
		"no state in the record of a switch, so waiting cannot be told from being "
		"preempted: it needs Linux 5.18"},
	[KERNEL_RUN_DELAY] = {has_run_delay, "account of waiting for a CPU",
		"no account of waiting for a CPU, so that cannot be told from other waits: it "
		"needs CONFIG_SCHED_INFO"},
	[KERNEL_RING] = {has_ring, "ring buffer",
		"no ring buffer for what is seen: it needs Linux 5.8"},
	[KERNEL_TASK_STORAGE] = {has_task_storage, "storage with tasks",
		"no place for a thread's record: it needs Linux 5.12"},
	[KERNEL_ITERATOR] = {has_iterator, "iterator over tasks",
		"no list of tasks, so what runs already cannot be found: it needs Linux 5.8"},
	[KERNEL_READ_OTHERS] = {has_read_others, "reading the memory of sleeping tasks",
		"no way to read where a thread sleeps: it needs Linux 5.18"},
};

static bool is_capable(uint64_t capabilities)
{
	const uint64_t needed = BIT(CAP_BPF) | BIT(CAP_PERFMON);

	return (capabilities & BIT(CAP_SYS_ADMIN)) || (capabilities & needed) == needed;
}

unsigned int kernel_missing_from(const struct btf *types, uint64_t capabilities)
{
	unsigned int missing = is_capable(capabilities) ? 0 : 1u << KERNEL_CAPABILITIES;

	if (!types)
		return missing | 1u << KERNEL_BTF;
	for (int i = 0; i < KERNEL_PARTS; i++)
		if (parts[i].has && !parts[i].has(types))
			missing |= 1u << i;
	return missing;
}

/* Capabilities of a user namespace, seccomp and the like are found by trying alone. */
static bool is_refused(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, RING_LEAST, NULL);

	if (fd < 0)
		return fd == -EPERM || fd == -EACCES || fd == -ENOSYS;
	close(fd);
	return false;
}

unsigned int kernel_barred(void)
{
	unsigned int barred = 0;

	if (!is_capable(rights_effective()))
		barred |= 1u << KERNEL_CAPABILITIES;
	else if (is_refused())
		barred |= 1u << KERNEL_PERMISSION;
	if (access(TYPES_PATH, R_OK) < 0)
		barred |= 1u << KERNEL_BTF;
	return barred;
}

unsigned int kernel_missing(void)
{
	unsigned int barred = kernel_barred();
	struct btf *types = barred ? NULL : btf__load_vmlinux_btf();

	if (!barred)
		barred = kernel_missing_from(types, rights_effective());
	btf__free(types);
	return barred;
}

const char *kernel_part_name(enum kernel_part part)
{
	return parts[part].name;
}

char *kernel_missing_words(unsigned int missing)
{
	char *words = NULL;
	size_t size;
	FILE *to;

	if (!missing)
		return NULL;
	/* Who may not use eBPF is helped by nothing else. */
	if (missing & PERMISSION_PARTS)
		missing &= PERMISSION_PARTS;
	to = open_memstream(&words, &size);
	if (!to)
		return NULL;
	for (int i = 0; i < KERNEL_PARTS; i++) {
		if (!(missing & 1u << i))
			continue;
		fprintf(to, "%s%s", ftell(to) > 0 ? "; " : "", parts[i].words);
	}
	return fclose(to) == 0 ? words : NULL;
}
