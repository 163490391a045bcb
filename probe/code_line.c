/*
 * code_line: line_0000 to line_7777, of octal digits.
 */
#include "code_line.h"

/* Not inlined, and each with something of its own, or the compiler would make them one. */
#define LINE(n)                                                           \
	static __attribute__((noinline, aligned(64))) void line_##n(void) \
	{                                                                 \
		__asm__ volatile("" ::"i"(0##n));                         \
	}
#define NAME(n) line_##n,

/* f(n), for each n that begins with these digits. */
// clang-format off
#define EACH_8(f, n) f(n##0) f(n##1) f(n##2) f(n##3) f(n##4) f(n##5) f(n##6) f(n##7)
#define EACH_64(f, n)                                                                              \
	EACH_8(f, n##0) EACH_8(f, n##1) EACH_8(f, n##2) EACH_8(f, n##3)                            \
	EACH_8(f, n##4) EACH_8(f, n##5) EACH_8(f, n##6) EACH_8(f, n##7)
#define EACH_512(f, n)                                                                             \
	EACH_64(f, n##0) EACH_64(f, n##1) EACH_64(f, n##2) EACH_64(f, n##3)                        \
	EACH_64(f, n##4) EACH_64(f, n##5) EACH_64(f, n##6) EACH_64(f, n##7)
#define EACH_4096(f)                                                                               \
	EACH_512(f, 0) EACH_512(f, 1) EACH_512(f, 2) EACH_512(f, 3)                                \
	EACH_512(f, 4) EACH_512(f, 5) EACH_512(f, 6) EACH_512(f, 7)
// clang-format on

EACH_4096(LINE)

void (*const code_lines[CODE_LINES])(void) = {EACH_4096(NAME)};
