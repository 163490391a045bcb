/*
 * delivery: made in memory, then written at once.
 */
#include "delivery.h"

#include "complaint.h"
#include "options.h"
#include "output.h"
#include "status.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In memory first: a disk that fills midway then tells its errno, and a stream gets it whole. */
static int print(const struct options *o, telling tell, const void *what, FILE *to)
{
	struct style style = o->style;
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error;

	if (!memory)
		return -ENOMEM;
	terminal_style(to, o->colour, &style);
	error = tell(what, o, &style, memory);
	if (fclose(memory) != 0 && !error)
		error = -ENOMEM;
	errno = 0;
	if (!error && (fwrite(text, 1, size, to) != size || fflush(to) != 0))
		error = errno ? -errno : -EIO;
	free(text);
	return error;
}

static int write_to(const struct options *o, telling tell, const void *what)
{
	FILE *otherwise = o->task == TASK_LAUNCH ? stderr : stdout;
	struct output output;
	int error = output_open(o->output, otherwise, &output);

	if (error)
		return error;
	error = print(o, tell, what, output.to);
	if (error)
		output_discard(&output);
	else
		error = output_close(&output);
	return error;
}

int delivery_write(const struct options *o, telling tell, const void *what)
{
	int error = write_to(o, tell, what);

	/* Who has had enough, and closed the pipe, has lost nothing. */
	if (!error || error == -EPIPE)
		return 0;
	complain("cannot write the report%s%s: %s", o->output ? " to " : "",
		o->output ? o->output : "", strerror(-error));
	return STATUS_OURS;
}
