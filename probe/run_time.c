/*
 * run_time: asks the kernel for what it knows of a program.
 */
#include "run_time.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

bool run_time_ns(const struct bpf_program *program, uint64_t *ret)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) < 0)
		return false;
	*ret = info.run_time_ns;
	return true;
}
