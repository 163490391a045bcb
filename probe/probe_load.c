/*
 * probe_load: brings the kernel side into the kernel.
 *
 * libbpf reads all types of the kernel for programs that belong to it, to find two numbers and a
 * few dozen offsets. So it is given those types alone (kernel_types), is told that the programs
 * belong to none, and their hooks' numbers are put in as each is loaded; and all but the heaviest
 * are loaded beside that (probe_beside). Where any of it fails libbpf does all itself.
 */
#include "probe_beside.h"
#include "probe_state.h"

#include "kernel_types.h"
#include "rights.h"
#include "syscall.h"
#include "target.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPTURE_NS 1000000

enum { TYPE_SWITCH, TYPE_FORK, TYPE_EXEC, TYPE_EXIT, TYPE_TASKS, TYPES };

static struct kernel_type types[TYPES] = {
	[TYPE_SWITCH] = {"btf_trace_sched_switch", BTF_KIND_TYPEDEF, 0},
	[TYPE_FORK] = {"btf_trace_sched_process_fork", BTF_KIND_TYPEDEF, 0},
	[TYPE_EXEC] = {"btf_trace_sched_process_exec", BTF_KIND_TYPEDEF, 0},
	[TYPE_EXIT] = {"btf_trace_sched_process_exit", BTF_KIND_TYPEDEF, 0},
	[TYPE_TASKS] = {"bpf_iter_task", BTF_KIND_FUNC, 0},
};

/* What the programs' sections name. Iterators are run by hand, once each. */
static const struct hook {
	const char *section;
	struct kernel_type *type;
	enum bpf_attach_type attach;
	uint32_t flags;
} hooks[] = {
	{"tp_btf/sched_switch", &types[TYPE_SWITCH], BPF_TRACE_RAW_TP, 0},
	{"tp_btf/sched_process_fork", &types[TYPE_FORK], BPF_TRACE_RAW_TP, 0},
	{"tp_btf/sched_process_exec", &types[TYPE_EXEC], BPF_TRACE_RAW_TP, 0},
	{"tp_btf/sched_process_exit", &types[TYPE_EXIT], BPF_TRACE_RAW_TP, 0},
	{"iter/task", &types[TYPE_TASKS], BPF_TRACE_ITER, 0},
	{"iter.s/task", &types[TYPE_TASKS], BPF_TRACE_ITER, BPF_F_SLEEPABLE},
};
#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

/* What waits for the maps that libbpf makes before it loads the first program. */
static struct beside *waiting;

/* For libbpf, before it loads a program. It has found the number itself if it knows all types. */
static int hook_prepare(struct bpf_program *program, struct bpf_prog_load_opts *o, long number)
{
	const struct hook *hook = &hooks[number];

	if (beside_is_heaviest(program) && waiting) {
		beside_go_on(waiting);
		waiting = NULL;
	}
	o->prog_flags |= hook->flags;
	if (o->attach_btf_id)
		return 0;
	o->attach_prog_fd = 0;
	o->attach_btf_id = hook->type->id;
	return 0;
}

static int hook_attach(const struct bpf_program *program, long number, struct bpf_link **ret)
{
	if (hooks[number].attach == BPF_TRACE_ITER)
		return 0;
	*ret = bpf_program__attach_trace(program);
	return *ret ? 0 : -errno;
}

/* Once: what is registered is used for as long as there are programs. */
static int hooks_register(void)
{
	static bool are_registered;
	int error = 0;

	for (size_t i = 0; !are_registered && error >= 0 && i < HOOKS; i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .cookie = (long)i,
			.prog_prepare_load_fn = hook_prepare, .prog_attach_fn = hook_attach);

		error = libbpf_register_prog_handler(
			hooks[i].section, BPF_PROG_TYPE_TRACING, hooks[i].attach, &handler);
	}
	are_registered = error >= 0;
	return error < 0 ? error : 0;
}

/* A thousand stacks a second cost a CPU less than 1 %, and four thousand in all are as much as the
 * tool takes in. */
static uint64_t capture_ns(void)
{
	uint64_t all = (uint64_t)libbpf_num_possible_cpus() * (CAPTURE_NS / 4);

	return all > CAPTURE_NS ? all : CAPTURE_NS;
}

static void settings_fill(struct probe *p, const struct probe_options *o)
{
	struct probe_bpf *bpf = p->bpf;

	bpf->rodata->cfg_follow = o->follow;
	bpf->rodata->cfg_launch = target_is_launched(p->target);
	bpf->rodata->cfg_self = getpid();
	bpf->rodata->cfg_guarded = rights_are_bounded();
	bpf->rodata->cfg_capabilities = rights_of_user();
	bpf->rodata->cfg_sites = o->callsites;
	bpf->rodata->cfg_capture_ns = capture_ns();
	syscall_args_fill((unsigned char *)bpf->rodata->cfg_syscall_args);
	syscall_kept_fill((unsigned char *)bpf->rodata->cfg_calls_kept);
}

/* Each takes its time: the verifier's, and that for memory. */
static void needless_leave(
	struct bpf_object *object, const struct probe *p, const struct probe_options *o)
{
	static const char *const finding_maps[] = {"rooms_asleep", "pythons_found"};
	/* What attaches them, does when they are wanted: census, poll_watch, exchange_watch. */
	static const char *const wanted[] = {"on_call", "on_poll", "on_socket_send",
		"on_socket_ready", "on_socket_receive", "on_socket_state"};
	bool finds = o->callsites && !target_is_launched(p->target);

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		bpf_program__set_autoattach(
			bpf_object__find_program_by_name(object, wanted[i]), false);
	if (!o->watch)
		bpf_program__set_autoload(
			bpf_object__find_program_by_name(object, "look_threads"), false);
	if (finds)
		return;
	bpf_program__set_autoload(bpf_object__find_program_by_name(object, "find_stacks"), false);
	for (size_t i = 0; i < sizeof(finding_maps) / sizeof(finding_maps[0]); i++)
		bpf_map__set_autocreate(
			bpf_object__find_map_by_name(object, finding_maps[i]), false);
}

static bool is_tracing(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_TRACING;
}

/* The programs are said to belong to another one, of whatever number: then libbpf looks for no
 * hook. */
static int object_prepare(struct bpf_object *object, const struct probe_loading *how)
{
	struct bpf_program *program;
	int error = 0;

	needless_leave(object, how->p, how->options);
	bpf_object__for_each_program(program, object)
	{
		if (is_tracing(program) && error == 0)
			error = bpf_program__set_attach_target(program, how->types_fd, NULL);
	}
	return error;
}

/* What the sections name, as libbpf itself would take it. */
static int object_prepare_plainly(
	struct bpf_object *object, const struct probe *p, const struct probe_options *o)
{
	struct bpf_program *program;
	int error = 0;

	needless_leave(object, p, o);
	bpf_object__for_each_program(program, object)
	{
		const char *slash = strchr(bpf_program__section_name(program), '/');

		if (is_tracing(program) && bpf_program__autoload(program) && slash && error == 0)
			error = bpf_program__set_attach_target(program, 0, slash + 1);
	}
	return error;
}

static int types_select(struct probe *p, int to)
{
	int error = kernel_types_write(bpf_object__btf(p->bpf->obj), types, TYPES, to);

	for (size_t i = 0; error == 0 && i < TYPES; i++)
		if (!types[i].id)
			error = -ESRCH;
	return error;
}

static void object_close(struct probe *p)
{
	probe_bpf__destroy(p->bpf);
	bpf_object__close(p->beside);
	p->bpf = NULL;
	p->beside = NULL;
}

/* Both at once. */
static int objects_load(struct probe *p, const struct probe_loading *how)
{
	struct beside *beside;
	int error = beside_begin(p, how, &beside), other;
	bool maps_were_ready;

	if (error < 0)
		return error;
	waiting = beside;
	error = probe_bpf__load(p->bpf);
	maps_were_ready = !waiting;
	waiting = NULL;
	other = beside_end(beside, maps_were_ready, &p->beside);
	return error < 0 ? error : other;
}

/* With the types that the programs look into, in a file of memory. */
static int load_with_few_types(struct probe *p, const struct probe_options *o)
{
	char path[64];
	LIBBPF_OPTS(bpf_object_open_opts, open_options, .btf_custom_path = path);
	int to = memfd_create("types", MFD_CLOEXEC), error;
	struct probe_loading how = {path, to, p, o, object_prepare};

	if (to < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	p->bpf = probe_bpf__open_opts(&open_options);
	error = p->bpf ? types_select(p, to) : -errno;
	if (error == 0)
		error = object_prepare(p->bpf->obj, &how);
	if (error == 0) {
		settings_fill(p, o);
		error = objects_load(p, &how);
	}
	close(to);
	if (error < 0)
		object_close(p);
	return error;
}

static int load_with_all_types(struct probe *p, const struct probe_options *o)
{
	int error;

	p->bpf = probe_bpf__open();
	if (!p->bpf)
		return -errno;
	settings_fill(p, o);
	error = object_prepare_plainly(p->bpf->obj, p, o);
	if (p->stats_fd < 0)
		p->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return error < 0 ? error : probe_bpf__load(p->bpf);
}

int probe_load(struct probe *p, const struct probe_options *o)
{
	int error;

	libbpf_set_print(silent);
	error = hooks_register();
	if (error < 0)
		return error;
	return load_with_few_types(p, o) == 0 ? 0 : load_with_all_types(p, o);
}
