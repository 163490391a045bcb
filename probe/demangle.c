/* demangle: libiberty's demanglers, asked from the pickiest to the most lenient. */
#include "demangle.h"

#include <libiberty/demangle.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Rust's first mangling is C++'s with a hash at its end: it is to be asked before C++. */
static const struct mangling {
	const char *language;
	char *(*read)(const char *mangled, int options);
} manglings[] = {
	{"rust", rust_demangle},
	{"c++", cplus_demangle_v3},
	{"d", dlang_demangle},
};

/* What GCC and LLVM put behind a dot for a part or a copy of a function. */
static const char *const copies[] = {
	"cold", "isra", "constprop", "part", "lto_priv", "localalias", "llvm", "__uniq"};

static bool copy_begins(const char *dot)
{
	size_t digits = strspn(dot + 1, "0123456789"); /* GCC numbers static variables */

	if (digits && (dot[1 + digits] == '\0' || dot[1 + digits] == '.'))
		return true;
	for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
		size_t length = strlen(copies[i]);

		if (strncmp(dot + 1, copies[i], length) == 0 &&
			(dot[1 + length] == '\0' || dot[1 + length] == '.'))
			return true;
	}
	return false;
}

static size_t plain_length(const char *name)
{
	size_t n = strcspn(name, "@"); /* the version of a dynamic symbol */

	for (size_t i = 1; i < n; i++)
		if (name[i] == '.' && copy_begins(name + i))
			return i;
	return n ? n : strlen(name);
}

char *demangle(const char *name, const char **ret_language)
{
	char *plain = strndup(name, plain_length(name));

	*ret_language = NULL;
	for (size_t i = 0; plain && i < sizeof(manglings) / sizeof(*manglings); i++) {
		char *read = manglings[i].read(plain, DMGL_NO_OPTS);

		if (!read)
			continue;
		free(plain);
		*ret_language = manglings[i].language;
		return read;
	}
	return plain;
}
