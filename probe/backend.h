/*
 * backend: what measures: eBPF where it can be had, else looks into /proc.
 *
 * The one place where that is chosen. Both mean the same by the four calls of probe.h.
 */
#ifndef CONCADVISE_BACKEND_H
#define CONCADVISE_BACKEND_H

struct backend;
struct measurement;
struct probe_options;
struct target;

enum backend_choice { BACKEND_AUTO, BACKEND_EBPF, BACKEND_PROC, BACKEND_CHOICES };

/* "auto", "ebpf", "proc". */
const char *backend_choice_name(enum backend_choice c);

/* Why a lesser backend measures. Borrowed. */
struct backend_notice {
	int error;          /* of probe_open(); 0: the best measures, or what was asked for */
	const char *reason; /* what failed */
};

/*
 * As probe_open(). With BACKEND_AUTO it fails only when neither can measure; ret_reason then tells
 * of both.
 */
int backend_open(struct target *t, enum backend_choice choice, const struct probe_options *o,
	struct backend **ret, char **ret_reason);

/* What is to be told about the choice. */
const struct backend_notice *backend_notice(const struct backend *b);

int backend_run(struct backend *b, double duration_s);
int backend_finish(struct backend *b, struct measurement **ret);
void backend_free(struct backend *b);

#endif
