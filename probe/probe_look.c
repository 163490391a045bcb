/*
 * probe_look: for one who looks on while measuring goes on.
 */
#include "probe_state.h"

#include "glance.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define READ_BYTES (64 * sizeof(struct wire_glance))

struct records {
	char *bytes;
	size_t size, room;
};

static int records_read(struct records *r, int fd)
{
	ssize_t got;

	do {
		if (r->room - r->size < READ_BYTES) {
			size_t room = 2 * r->room + READ_BYTES;
			char *grown = realloc(r->bytes, room);

			if (!grown)
				return -ENOMEM;
			r->bytes = grown;
			r->room = room;
		}
		got = read(fd, r->bytes + r->size, r->room - r->size);
		r->size += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
	return got < 0 ? -errno : 0;
}

/* What the kernel side keeps of each thread now. */
static int records_take(struct probe *p, struct records *r)
{
	struct bpf_link *link = bpf_program__attach_iter(p->bpf->progs.look_threads, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	int error = fd < 0 ? -errno : records_read(r, fd);

	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return error;
}

static void look(struct probe *p)
{
	const struct measurement *interval = NULL;
	struct records r = {0};

	if (!p->glance)
		p->glance = glance_new(p->collector, p->bpf->bss->window_start_ns);
	probe_collect(p);
	if (p->glance && records_take(p, &r) == 0)
		interval = glance_take(p->glance, (const struct wire_glance *)r.bytes,
			r.size / sizeof(struct wire_glance), (uint64_t)probe_clock_ns());
	/* Nothing to see this time does no harm to what is measured. */
	if (interval)
		p->watch->look(p->watch->context, interval);
	free(r.bytes);
}

bool probe_attend(struct probe *p)
{
	long long now = p->watch ? probe_clock_ns() : 0;

	if (!p->watch)
		return false;
	if (p->look_due_ns == 0)
		p->look_due_ns = now + (long long)(p->watch->every_s * NS_PER_S);
	if (now >= p->look_due_ns) {
		look(p);
		p->look_due_ns = now + (long long)(p->watch->every_s * NS_PER_S);
	}
	return p->watch->attend && p->watch->attend(p->watch->context);
}
