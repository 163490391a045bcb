/*
 * blocked: the same facts as the kernel side takes from a thread's registers (bpf/wait.bpf.h). Of
 * the program's memory a descriptor to poll and the owner of a mutex are read, as there.
 */
#include "blocked.h"

#include "descriptor.h"
#include "kernel_function.h"
#include "task.h"

#include "probe/syscall.h"
#include "probe/table.h"

#include <linux/futex.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* Linux's task state bits. */
#define RUN_INTERRUPTIBLE 1
#define RUN_UNINTERRUPTIBLE 2
#define RUN_STOPPED 4
#define RUN_TRACED 8

#define FUTEX_COMMAND 0x7f
#define MUTEX_CONTENDED 2 /* the value of a glibc mutex that has waiters */
#define MUTEX_OWNER_OFFSET 8
#define SELECT_WORDS 16 /* FD_SETSIZE is 1024 */

struct blocked_reader {
	struct descriptors *descriptors;
	unsigned char args[WIRE_SYSCALLS];
};

struct blocked_reader *blocked_reader_new(void)
{
	struct blocked_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	syscall_args_fill(r->args);
	r->descriptors = descriptors_new();
	if (!r->descriptors) {
		blocked_reader_free(r);
		return NULL;
	}
	return r;
}

void blocked_reader_free(struct blocked_reader *r)
{
	if (!r)
		return;
	descriptors_free(r->descriptors);
	free(r);
}

/* From the program's memory. False, with zeros, if it may not or cannot be read. */
static bool memory_read(const struct task *task, __u64 address, void *to, size_t size)
{
	struct iovec own = {to, size}, its = {(void *)address, size};

	memset(to, 0, size);
	return process_vm_readv(task->tid, &own, 1, &its, 1, 0) == (ssize_t)size;
}

static void futex_read(
	const struct task *task, const struct task_call *call, struct wire_wait_key *key)
{
	__u32 command = (__u32)call->arguments[1] & FUTEX_COMMAND;

	key->futex_address = call->arguments[0];
	key->futex_op = (__u32)call->arguments[1];
	key->futex_value = (__u32)call->arguments[2];
	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2) {
		memory_read(task, key->futex_address, &key->owner, sizeof(key->owner));
		key->owner &= FUTEX_TID_MASK;
	} else if (command == FUTEX_WAIT && key->futex_value == MUTEX_CONTENDED) {
		memory_read(task, key->futex_address + MUTEX_OWNER_OFFSET, &key->owner,
			sizeof(key->owner));
	}
}

static int poll_read(
	const struct task *task, const struct task_call *call, struct wire_wait_key *key)
{
	struct pollfd first = {.fd = -1};

	key->files_polled = (__u32)call->arguments[1];
	if (key->files_polled != 1 || !memory_read(task, call->arguments[0], &first, sizeof(first)))
		return -1;
	return first.fd;
}

/* The descriptor, if it is one alone. */
static int select_read(
	const struct task *task, const struct task_call *call, struct wire_wait_key *key)
{
	size_t words = (call->arguments[0] + 63) / 64;
	__u64 sets[3][SELECT_WORDS] = {0};
	int last = -1;

	if (words > SELECT_WORDS)
		words = SELECT_WORDS;
	for (int i = 0; i < 3 && words > 0; i++)
		if (call->arguments[1 + i])
			memory_read(task, call->arguments[1 + i], sets[i], words * sizeof(__u64));
	for (size_t i = 0; i < words; i++) {
		__u64 any = sets[0][i] | sets[1][i] | sets[2][i];

		key->files_polled += (__u32)__builtin_popcountll(any);
		last = any ? (int)(i * 64) + __builtin_ctzll(any) : last;
	}
	return key->files_polled == 1 ? last : -1;
}

/* Fills in what the arguments say. Returns the descriptor of the file that it waits for; -1: none.
 */
static int arguments_read(const struct task *task, const struct task_call *call, unsigned char args,
	struct wire_wait_key *key)
{
	switch (args) {
	case WIRE_ARGS_FD:
	case WIRE_ARGS_EPOLL:
	case WIRE_ARGS_URING:
		return (int)call->arguments[0];
	case WIRE_ARGS_FUTEX:
		futex_read(task, call, key);
		return -1;
	case WIRE_ARGS_FUTEX2:
		key->futex_address = call->arguments[0];
		key->futex_value = (__u32)call->arguments[1];
		return -1;
	case WIRE_ARGS_POLL:
		return poll_read(task, call, key);
	case WIRE_ARGS_SELECT:
		return select_read(task, call, key);
	default:
		return -1;
	}
}

static __u16 run_state_of(char letter)
{
	switch (letter) {
	case 'D':
		return RUN_UNINTERRUPTIBLE;
	case 'T':
		return RUN_STOPPED;
	case 't':
		return RUN_TRACED;
	default:
		return RUN_INTERRUPTIBLE;
	}
}

static bool comes_round(const struct wire_wait_key *key, unsigned char args)
{
	return args == WIRE_ARGS_EPOLL || args == WIRE_ARGS_URING || key->files_polled > 1;
}

static void key_hash(struct wire_wait_key *key)
{
	__u64 h = table_mix(key->file, key->futex_address);

	h = table_mix(h, ((__u64)key->futex_op << 32) | key->futex_value);
	h = table_mix(h, ((__u64)(__u32)key->syscall << 32) | key->files_polled);
	key->hash = table_mix(h, ((__u64)key->run_state << 8) | key->iowait) | 1;
}

static unsigned char args_of(const struct blocked_reader *r, int number)
{
	return number >= 0 && number < WIRE_SYSCALLS ? r->args[number] : WIRE_ARGS_NONE;
}

/* Only the function of the kernel is told: then of a file no more than its kind. */
static unsigned char function_read(
	const struct blocked_reader *r, const struct task *task, struct blocked *ret)
{
	const struct kernel_function *function = NULL;
	char name[128];

	ret->key.syscall = WIRE_UNSEEN_SYSCALL;
	if (task_read_file(task, "wchan", name, sizeof(name))) {
		ret->key.iowait = kernel_function_is_io(name);
		function = kernel_function_find(name);
	}
	if (!function)
		return WIRE_ARGS_NONE;
	ret->key.syscall = syscall_number(function->call);
	if (function->mode) {
		ret->has_file = true;
		ret->file = (struct wire_file){
			.id = table_mix(function->mode, function->family) | 1,
			.mode = function->mode,
			.family = function->family,
			.fd = -1,
		};
		ret->key.file = ret->file.id;
	}
	return args_of(r, ret->key.syscall);
}

/* In a wait that is not interruptible the kernel's function tells one for a device. */
static bool waits_for_device(const struct task *task, const struct wire_wait_key *key)
{
	char function[128];

	return key->run_state == RUN_UNINTERRUPTIBLE &&
	       task_read_file(task, "wchan", function, sizeof(function)) &&
	       kernel_function_is_io(function);
}

static void file_read(
	struct blocked_reader *r, const struct task *task, int fd, struct blocked *ret)
{
	ret->key.file = descriptor_read(r->descriptors, task->pid, fd, &ret->has_file, &ret->file);
}

void blocked_read(struct blocked_reader *r, const struct task *task, const struct task_look *look,
	const struct wire_wait_key *before, bool compat, struct blocked *ret)
{
	struct wire_wait_key *key = &ret->key;
	unsigned char args = args_of(r, look->call.number);
	int fd = -1;

	ret->has_file = false;
	if (args == WIRE_ARGS_RESTART && before && before->hash) {
		*key = *before;
		key->run_state = run_state_of(look->stat.state);
		key_hash(key);
		return;
	}
	*key = (struct wire_wait_key){
		.run_state = run_state_of(look->stat.state), .syscall = look->call.number};
	if (look->call_denied) {
		args = function_read(r, task, ret);
	} else if (compat && key->syscall >= 0) {
		key->syscall = WIRE_COMPAT_SYSCALL;
	} else {
		fd = arguments_read(task, &look->call, args, key);
		key->iowait = waits_for_device(task, key);
	}
	if (fd >= 0)
		file_read(r, task, fd, ret);
	key->loops = comes_round(key, args);
	key_hash(key);
}
