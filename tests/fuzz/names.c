/* Names that compilers, linkers and runtimes give, by somebody who makes them up: of symbols, and
 * in the maps of generated code. */
#include "fuzz.h"

#include "advisor/printable.h"
#include "probe/demangle.h"
#include "probe/generated_name.h"
#include "probe/perf_map.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void is_inside(const char *part, const char *text, size_t size)
{
	FUZZ_ASSERT(!part || (part >= text && part <= text + size), "a name from elsewhere");
}

static void generated(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct symbol_frame frame = {0};

	FUZZ_ASSERT(text, "out of memory");
	generated_name_split(text, &frame);
	FUZZ_ASSERT(frame.function && frame.line >= 0, "no name, or a line below 0");
	is_inside(frame.file, text, size);
	free(text);
}

static void demangled(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *name, *shown;
	const char *language;

	FUZZ_ASSERT(text, "out of memory");
	name = demangle(text, &language);
	FUZZ_ASSERT(name, "out of memory");
	shown = printable_text(name, false);
	for (const char *c = shown; c && *c; c++)
		FUZZ_ASSERT(*c >= ' ' && *c < 0x7f, "not printable");
	free(shown);
	free(name);
	free(text);
}

/* Our own map: read as that of any other process. */
static void mapped(const uint8_t *data, size_t size)
{
	static const uint64_t addresses[] = {0, 0x1000, 0x1010, 0x7f0000001234, UINT64_MAX};
	struct perf_maps *maps;
	struct symbol_frame frame;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	FUZZ_ASSERT(write(fd, data, size) == (ssize_t)size, "no room for a map");
	close(fd);
	maps = perf_maps_new();
	for (size_t i = 0; maps && i < sizeof(addresses) / sizeof(*addresses); i++)
		(void)perf_map_want(maps, getpid(), addresses[i]);
	for (size_t i = 0; maps && i < sizeof(addresses) / sizeof(*addresses); i++)
		(void)perf_map_find(maps, getpid(), addresses[i], &frame);
	perf_maps_free(maps);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	generated(data, size);
	demangled(data, size);
	mapped(data, size);
	return 0;
}
