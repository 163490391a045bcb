/*
 * Call sites of a build without the eBPF probe: nobody takes any, so there are none to keep.
 */
#include "probe/stack.h"

bool stacks_take_code(struct stacks *s, int pid, const struct wire_code *e, size_t size)
{
	(void)s, (void)pid, (void)e, (void)size;
	return false;
}

bool stacks_take(struct stacks *s, const struct stack_process *p, const struct wire_stack *e,
	size_t size, uint32_t *ret)
{
	(void)s, (void)p, (void)e, (void)size;
	*ret = STACK_NONE;
	return false;
}

struct chain stacks_chain(const struct stacks *s, uint32_t number)
{
	(void)s, (void)number;
	return (struct chain){0};
}
