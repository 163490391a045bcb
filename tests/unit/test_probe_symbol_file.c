/*
 * Names of addresses in files of C and C++ against what programs say themselves of where they are
 * (specimen/symbol.c, symbol.cpp), in builds of many kinds, stripped in many ways; against
 * addr2line; and in files that are damaged.
 */
#include "symbol_specimen.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPP "/symbol.cpp -o full"
#define SYMBOLS_ONLY "strip -g -o symbols full && objcopy --only-keep-debug symbols mini && "

static const struct build builds[] = {
	{"c", "cc -g -O0 $S" C, NULL, LINES},
	{"c", "cc -g -O2 $S" C, NULL, LINES},
	{"c", "cc -g -O3 -gdwarf-4 $S" C, NULL, LINES},
	{"c", "cc -g1 -O2 $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gz $S" C, NULL, LINES},
	{"c", "cc -g -O2 -flto $S" C, NULL, LINES},
	{"c", "cc -g -O2 -static -Wl,--gc-sections -ffunction-sections $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gsplit-dwarf $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gdwarf-4 -gsplit-dwarf $S" C, NULL, LINES},
	{"c", "clang -g -O2 $S" C, NULL, LINES},
	{"c", "clang -gline-tables-only -O2 $S" C, NULL, LINES},
	{"c", "clang -g -O2 -fuse-ld=lld -Wl,--icf=all $S" C, NULL, LINES},
	{"c++", "c++ -g -O0 $S" CPP, NULL, LINES},
	{"c++", "c++ -g -O2 $S" CPP, NULL, LINES},
	{"c++", "c++ -g -O2 -gsplit-dwarf $S" CPP, NULL, LINES},
	{"c++", "clang++ -g -O2 $S" CPP, NULL, LINES},
	/* Separate, beside the program and in its folder for such files. */
	{"c", "cc -g -O2 $S" C, SEPARATE "objcopy --add-gnu-debuglink=program.debug program",
		LINES},
	{"c++", "c++ -g -O2 $S" CPP,
		SEPARATE "objcopy --add-gnu-debuglink=program.debug program && "
			 "mkdir .debug && mv program.debug .debug",
		LINES},
	{"c", "cc -g -O2 -Wl,--build-id=none $S" C,
		SEPARATE "objcopy --add-gnu-debuglink=program.debug program", LINES},
	/* That of another build is not believed. */
	{"c", "cc -g -O2 -Wl,--build-id=none $S" C,
		SEPARATE
		"objcopy --add-gnu-debuglink=program.debug program && echo >>program.debug",
		NOTHING},
	/* MiniDebugInfo, as in Fedora. */
	{"c", "cc -g -O2 $S" C,
		SYMBOLS_ONLY "xz mini && strip -o program full && "
			     "objcopy --add-section .gnu_debugdata=mini.xz program",
		NAMES},
	{"c", "cc -O2 $S" C, NULL, NAMES},
	{"c++", "c++ -O2 $S" CPP, NULL, NAMES},
	{"c", "clang -O2 $S" C, NULL, NAMES},
	{"c", "cc -O2 -rdynamic -s $S" C, "cp full program", EXPORTED},
	{"c++", "c++ -g -O2 -rdynamic $S" CPP, "strip -o program full", EXPORTED},
};

#define BUILDS (sizeof(builds) / sizeof(*builds))

/* What one line of the specimen says. */
struct said {
	char kind[16], names[8][64];
	uint64_t address;
	int lines[8];
	size_t count;
};

static bool said_read(FILE *from, struct said *ret)
{
	char text[512], *at = text, *field;
	bool name = true;

	if (!fgets(text, sizeof(text), from))
		return false;
	text[strcspn(text, "\n")] = '\0';
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->kind, sizeof(ret->kind), "%s", strsep(&at, "\t"));
	ret->address = strtoull(strsep(&at, "\t"), NULL, 16);
	for (; (field = strsep(&at, "\t")); name = !name) {
		if (name)
			snprintf(ret->names[ret->count], sizeof(ret->names[0]), "%s", field);
		else
			ret->lines[ret->count++] = atoi(field);
	}
	return true;
}

/* The whole chain, with lines, innermost first. */
static bool chain_agrees(const struct build *b, const struct said *s,
	const struct symbol_frame *frames, size_t count)
{
	const char *specimen = strcmp(b->language, "c") == 0 ? "/symbol.c" : "/symbol.cpp";

	for (size_t i = 0; i < s->count && i < count; i++)
		if (!name_is(&frames[i], s->names[i]) || frames[i].line != s->lines[i] ||
			frames[i].inlined != (i + 1 < s->count) || !frames[i].file ||
			frames[i].file[0] != '/' || !strstr(frames[i].file, specimen) ||
			strcmp(frames[i].language, b->language) != 0)
			return false;
	return count == s->count;
}

/* Only the function that exists as code. */
static bool outermost_agrees(const struct said *s, const struct symbol_frame *frames, size_t count)
{
	return count == 1 && name_is(&frames[0], s->names[s->count - 1]) && !frames[0].file &&
	       !frames[0].inlined && frames[0].line == 0;
}

static bool code_agrees(const struct build *b, struct symbol_file *f, const struct said *s)
{
	struct symbol_frame frames[SYMBOL_INLINED_MAX];
	size_t count = symbol_file_name(f, s->address, true, frames, SYMBOL_INLINED_MAX);
	bool agrees;

	if (b->content == NOTHING || strcmp(s->kind, "nothing") == 0)
		agrees = count == 0;
	else if (b->content == EXPORTED && count == 0)
		agrees = true;
	else if (b->content == LINES && strcmp(s->kind, "assembly") != 0)
		agrees = chain_agrees(b, s, frames, count);
	else
		agrees = outermost_agrees(s, frames, count);
	if (!agrees)
		frames_print(frames, count);
	/* In a hurry, what there would be without debug information. */
	if (agrees && b->content == LINES && s->count) {
		count = symbol_file_name(f, s->address, false, frames, SYMBOL_INLINED_MAX);
		agrees = outermost_agrees(s, frames, count) || strcmp(s->kind, "nothing") == 0;
	}
	return agrees;
}

static bool data_agrees(const struct build *b, struct symbol_file *f, const struct said *s)
{
	uint64_t offset = 0;
	const char *name = symbol_file_variable(f, s->address, &offset);

	if (!name)
		return b->content >= EXPORTED;
	if (b->content == NOTHING)
		return false;
	return fnmatch(s->names[0], name, 0) == 0 && offset == (uint64_t)s->lines[0];
}

static size_t build_check(const struct build *b)
{
	struct image *i;
	struct symbol_file *f = program_open("program", 0, &i);
	struct symbol_frame frame;
	size_t named = 0;
	struct said s;
	char path[64];
	FILE *says;

	snprintf(path, sizeof(path), "%s/full", folder);
	says = popen(path, "r");
	assert_non_null(says);
	while (said_read(says, &s)) {
		bool data = strcmp(s.kind, "data") == 0;

		if (!(data ? data_agrees(b, f, &s) : code_agrees(b, f, &s)))
			fail_msg("%s; %s: %lx is %s %s:%d", b->make, b->then, s.address, s.kind,
				s.names[0], s.lines[0]);
		named += !data && symbol_file_name(f, s.address, true, &frame, 1) > 0;
	}
	pclose(says);
	program_close(f, i);
	return named;
}

static void test_builds(void **state)
{
	(void)state;
	for (size_t n = 0; n < BUILDS; n++) {
		/* Of marks in C++ and C, 9 and 14. */
		static const size_t least[] = {
			[LINES] = 9, [NAMES] = 9, [EXPORTED] = 6, [NOTHING] = 0};

		if (build_make(&builds[n]) && build_check(&builds[n]) < least[builds[n].content])
			fail_msg("%s: next to nothing is named", builds[n].make);
	}
}

/* addr2line knows nothing of functions inlined by clang, nor of DWARF 5's first file. */
static void test_addr2line(void **state)
{
	static const struct build b = {"c", "cc -g -O2 -gdwarf-4 $S" C, NULL, LINES};
	struct symbol_frame frames[SYMBOL_INLINED_MAX];
	size_t checked = 0, inlined = 0;
	struct symbol_file *f;
	char text[512];
	struct image *i;
	FILE *list;

	(void)state;
	if (!tool_exists("addr2line") || !build_make(&b))
		skip();
	f = program_open("program", 0, &i);
	assert_true(shell("nm -S full | grep ' [tT] [a-z]*$' | while read -r a s k n; do "
			  "i=0; while [ $i -lt $((0x$s)) ]; do printf '%x\\n' $((0x$a + i)); "
			  "i=$((i + 3)); done; done >addresses"));
	assert_true(shell("addr2line -fiap -e full <addresses >truth; cp truth out"));
	snprintf(text, sizeof(text), "%s/truth", folder);
	list = fopen(text, "r");
	while (fgets(text, sizeof(text), list)) {
		char function[64], place[256], expected[64];
		static size_t count, at;
		uint64_t address;

		if (sscanf(text, "0x%lx: %63s at %255s", &address, function, place) == 3) {
			count = symbol_file_name(f, address, true, frames, SYMBOL_INLINED_MAX);
			at = 0;
		} else if (sscanf(text, " (inlined by) %63s at %255s", function, place) == 2) {
			inlined += ++at > 0;
		} else {
			continue;
		}
		if (strstr(place, "symbol.c:") == NULL || strstr(place, ":?") ||
			strstr(function, "assembly") || strncmp(function, "__", 2) == 0)
			continue;
		assert_true(at < count);
		snprintf(expected, sizeof(expected), "symbol.c:%d", frames[at].line);
		assert_string_equal(frames[at].function, function);
		assert_string_equal(strstr(place, "symbol.c:"), expected);
		checked++;
	}
	fclose(list);
	program_close(f, i);
	assert_true(checked > 200 && inlined > 50);
}

/* Damage: whatever it says, it ends. The bytes are the same in every run. */
static void test_damage(void **state)
{
	static const struct build b = {"c", "cc -g -O2 $S" C, NULL, LINES};
	uint64_t start, size;
	unsigned int seed = 1;

	(void)state;
	assert_true(build_make(&b));
	symbol_place(" outermost", &start, &size);
	for (int round = 0; round < 40; round++) {
		char path[64];
		struct image *i;
		struct symbol_file *f;
		struct symbol_frame frames[SYMBOL_INLINED_MAX];
		struct stat s;
		int fd;

		assert_true(shell("cp full program"));
		snprintf(path, sizeof(path), "%s/program", folder);
		fd = open(path, O_RDWR);
		assert_int_equal(fstat(fd, &s), 0);
		for (int n = 0; n < 60; n++) {
			char byte = rand_r(&seed);

			/* Behind the code: sections and their headers. */
			assert_int_equal(
				pwrite(fd, &byte, 1, 0x3000 + rand_r(&seed) % (s.st_size - 0x3000)),
				1);
		}
		if (round % 4 == 0)
			assert_int_equal(ftruncate(fd, s.st_size * (round + 1) / 41), 0);
		close(fd);
		i = image_open(path);
		f = i ? symbol_file_open(i, path, 0, true) : NULL;
		for (uint64_t n = 0; f && n < size; n++)
			symbol_file_name(f, start + n, true, frames, SYMBOL_INLINED_MAX);
		program_close(f, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builds),
		cmocka_unit_test(test_addr2line),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("symbol_file", tests, folder_make, folder_remove);
}
