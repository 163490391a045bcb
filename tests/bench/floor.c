/*
 * floor: runs a command while an empty program sits on every context switch: what any tool with a
 * hook there costs at least.
 *
 * Usage: floor COMMAND [ARG...]. Needs root. The program goes with the command: the link is kept
 * open across exec.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int empty_load(void)
{
	const struct bpf_insn empty[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int hook = libbpf_find_vmlinux_btf_id("sched_switch", BPF_TRACE_RAW_TP);
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP,
		.attach_btf_id = hook);

	if (hook < 0)
		return hook;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "floor", "GPL", empty,
		sizeof(empty) / sizeof(empty[0]), &options);
}

int main(int argc, char **argv)
{
	int program = argc > 1 ? empty_load() : -EINVAL;
	int link = program < 0 ? program : bpf_raw_tracepoint_open(NULL, program);

	if (link < 0) {
		fprintf(stderr, "floor: %s\n", strerror(-link));
		return 125;
	}
	fcntl(link, F_SETFD, 0);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
