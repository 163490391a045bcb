/*
 * probe_beside: the verifier takes half of the start, and a CPU of its own looks on meanwhile. So
 * the same object is opened once more, and loads the lighter programs in a thread, with the maps of
 * the first one, while that loads the heaviest.
 */
#include "probe_beside.h"

#include "probe_state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

/* It takes as long as all others together. */
#define HEAVIEST "on_switch"

struct beside {
	struct probe *p;
	const struct probe_loading *how;
	struct bpf_object *object;
	pthread_t thread;
	sem_t maps_ready;
	bool is_over; /* the first object has no maps: it could not be loaded */
	int error;
};

bool beside_is_heaviest(const struct bpf_program *program)
{
	return strcmp(bpf_program__name(program), HEAVIEST) == 0;
}

/* The maps of the first object, by their names. */
static int maps_share(struct beside *b)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, b->object)
	{
		struct bpf_map *first =
			bpf_object__find_map_by_name(b->p->bpf->obj, bpf_map__name(map));

		if (error == 0 && bpf_map__autocreate(map))
			error = first ? bpf_map__reuse_fd(map, bpf_map__fd(first)) : -ENOENT;
	}
	return error;
}

static int object_open(struct beside *b)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "probe_bpf",
		.btf_custom_path = b->how->types_path);
	struct bpf_program *program;
	size_t size;
	const void *bytes = probe_bpf__elf_bytes(&size);

	b->object = bpf_object__open_mem(bytes, size, &options);
	if (!b->object)
		return -errno;
	bpf_object__for_each_program(program, b->object)
	{
		if (beside_is_heaviest(program))
			bpf_program__set_autoload(program, false);
	}
	return b->how->prepare(b->object, b->how);
}

static void *load(void *context)
{
	struct beside *b = context;

	/* That takes milliseconds too: code is patched all over the kernel. */
	b->p->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	b->error = object_open(b);
	while (sem_wait(&b->maps_ready) < 0 && errno == EINTR)
		;
	if (b->error == 0 && b->is_over)
		b->error = -ECANCELED;
	if (b->error == 0)
		b->error = maps_share(b);
	if (b->error == 0)
		b->error = bpf_object__load(b->object);
	return NULL;
}

int beside_begin(struct probe *p, const struct probe_loading *how, struct beside **ret)
{
	struct beside *b = calloc(1, sizeof(*b));
	struct bpf_program *program;
	int error;

	if (!b)
		return -ENOMEM;
	*b = (struct beside){.p = p, .how = how};
	sem_init(&b->maps_ready, 0, 0);
	bpf_object__for_each_program(program, p->bpf->obj)
	{
		if (!beside_is_heaviest(program))
			bpf_program__set_autoload(program, false);
	}
	error = pthread_create(&b->thread, NULL, load, b);
	if (error) {
		free(b);
		return -error;
	}
	*ret = b;
	return 0;
}

void beside_go_on(struct beside *b)
{
	sem_post(&b->maps_ready);
}

/* From here on they are the skeleton's, but for who closes them. */
static void programs_hand_over(struct beside *b)
{
	struct bpf_object_skeleton *s = b->p->bpf->skeleton;

	for (int i = 0; i < s->prog_cnt; i++) {
		struct bpf_program *loaded =
			bpf_object__find_program_by_name(b->object, s->progs[i].name);

		if (loaded && bpf_program__autoload(loaded))
			*s->progs[i].prog = loaded;
	}
}

int beside_end(struct beside *b, bool maps_were_ready, struct bpf_object **ret)
{
	int error;

	if (!maps_were_ready) {
		b->is_over = true;
		sem_post(&b->maps_ready);
	}
	pthread_join(b->thread, NULL);
	sem_destroy(&b->maps_ready);
	error = b->error;
	if (error == 0) {
		programs_hand_over(b);
		*ret = b->object;
	} else {
		bpf_object__close(b->object);
	}
	free(b);
	return error;
}
