/*
 * Names of addresses in programs of Rust, mangled either way, and of Go, whose own table is held
 * against its debug information (specimen/symbol.rs, symbol.go).
 */
#include "symbol_specimen.h"

/* Every address of a function, until one is found that is in these functions in this order. */
static bool chain_exists(struct symbol_file *f, uint64_t start, uint64_t size,
	const char *const *names, const int *lines, size_t count)
{
	struct symbol_frame frames[SYMBOL_INLINED_MAX];

	for (uint64_t address = start; address < start + size; address++) {
		size_t found = symbol_file_name(f, address, true, frames, SYMBOL_INLINED_MAX),
		       n = 0;

		if (found != count)
			continue;
		while (n < count && name_is(&frames[n], names[n]) &&
			(!lines || frames[n].line == lines[n]))
			n++;
		if (n == count)
			return true;
	}
	return false;
}

static void rust_check(const char *make, bool has_lines)
{
	static const char *const chain[] = {"symbol::work::innermost", "*work::Pool<*>*::total"};
	static const int lines[] = {20, 12};
	const struct build b = {"rust", make, NULL, LINES};
	struct symbol_frame frame;
	struct symbol_file *f;
	uint64_t start, size;
	struct image *i;

	if (!build_make(&b))
		return;
	f = program_open("program", 0, &i);
	symbol_place("work.*total", &start, &size);
	assert_int_equal(symbol_file_name(f, start, true, &frame, 1), 1);
	assert_true(name_is(&frame, chain[1]));
	assert_string_equal(frame.language, "rust");
	assert_int_equal(chain_exists(f, start, size, chain, lines, 2), has_lines);
	program_close(f, i);
}

static void test_rust(void **state)
{
	(void)state;
	if (!tool_exists("rustc"))
		skip();
	rust_check("rustc -g -O $S/symbol.rs -o full", true);
	rust_check("rustc -O -C strip=debuginfo $S/symbol.rs -o full", false);
	/* Its first mangling, and its second; which of them is the default depends on its age. */
	rust_check("rustc -g -O -C symbol-mangling-version=v0 $S/symbol.rs -o full", true);
	if (shell("export RUSTC_BOOTSTRAP=1; rustc -O -Zunstable-options "
		  "-C symbol-mangling-version=legacy $S/symbol.rs -o full"))
		rust_check("export RUSTC_BOOTSTRAP=1; rustc -O -Zunstable-options "
			   "-C symbol-mangling-version=legacy $S/symbol.rs -o full",
			false);
}

static bool frames_equal(
	const struct symbol_frame *a, size_t n, const struct symbol_frame *b, size_t m)
{
	for (size_t i = 0; i < n && i < m; i++)
		if (strcmp(a[i].function, b[i].function) || strcmp(a[i].file, b[i].file) ||
			a[i].line != b[i].line || a[i].inlined != b[i].inlined ||
			strcmp(b[i].language, "go") != 0)
			return false;
	return n == m;
}

/* At each address of a function. Returns at how many of them another is inlined. */
static size_t go_compare(
	struct symbol_file *whole, struct symbol_file *stripped, uint64_t start, uint64_t size)
{
	struct symbol_frame a[SYMBOL_INLINED_MAX], b[SYMBOL_INLINED_MAX];
	size_t inlined = 0;

	for (uint64_t address = start; address < start + size; address++) {
		size_t n = symbol_file_name(whole, address, true, a, SYMBOL_INLINED_MAX);
		size_t m = symbol_file_name(stripped, address, true, b, SYMBOL_INLINED_MAX);

		if (!frames_equal(a, n, b, m)) {
			frames_print(a, n);
			frames_print(b, m);
			fail_msg("%lx", address);
		}
		inlined += m > 1;
	}
	return inlined;
}

/* Go's own table in the stripped program says what debug information says of the whole one. */
static void go_check(const char *options, const char *linking)
{
	char *make, text[256], name[128];
	struct symbol_file *whole, *stripped;
	size_t functions = 0, inlined = 0;
	struct image *i, *j;
	uint64_t start, size;
	FILE *list;

	assert_true(asprintf(&make,
			    "rm -f full program* && export GO111MODULE=off "
			    "GOCACHE=${GOCACHE:-${HOME:-$PWD}/.cache/go-build}; "
			    "go build %s -ldflags '%s' -o full $S/symbol.go && "
			    "go build %s -ldflags '%s -s -w' -o program $S/symbol.go && "
			    "nm -S full | grep -i ' t ' >symbols",
			    options, linking, options, linking) > 0);
	assert_true(shell(make));
	free(make);
	whole = program_open("full", 0, &i);
	stripped = program_open("program", 0, &j);
	snprintf(text, sizeof(text), "%s/symbols", folder);
	list = fopen(text, "r");
	while (fgets(text, sizeof(text), list)) {
		/* Those of a simple name: the linker's own are not Go's. */
		if (sscanf(text, "%lx %lx %*s %127s", &start, &size, name) != 3 ||
			(strncmp(name, "main.", 5) && strncmp(name, "strings.", 8)))
			continue;
		functions++;
		inlined += go_compare(whole, stripped, start, size);
	}
	fclose(list);
	program_close(whole, i);
	program_close(stripped, j);
	assert_true(functions > 4 && inlined > 10);
}

static void test_go(void **state)
{
	(void)state;
	if (!tool_exists("go"))
		skip();
	go_check("", "");
	go_check("-buildmode=pie", "");
	/* By the C linker, which leaves addresses to the dynamic one. */
	go_check("-buildmode=pie", "-linkmode=external");
	if (tool_exists("ld.lld"))
		go_check("-buildmode=pie", "-linkmode=external -extldflags=-fuse-ld=lld");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_go),
	};

	return cmocka_run_group_tests_name("symbol_language", tests, folder_make, folder_remove);
}
