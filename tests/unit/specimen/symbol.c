/*
 * A program that says itself where it is: at marks in functions of many kinds it prints an address
 * as linked and then the functions around it with their lines, those that the compiler has to
 * inline first. Built in many ways by test_probe_symbol_file.c.
 */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	long sums[8];
	pthread_mutex_t lock;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
	const char *function;
	int line;
} places[16];
static int depth, physical; /* from `physical` on, they are in one function of code */
static unsigned long bias;

#define NOINLINE __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

/* Says that this line is the place while it does something. The last statement: no tail call. */
#define AT(does) AT_AS(__func__, does)
#define AT_AS(name, does)                                                                          \
	do {                                                                                       \
		places[depth].function = name;                                                     \
		places[depth++].line = __LINE__;                                                   \
		does;                                                                              \
		depth--;                                                                           \
		__asm__ volatile("" ::: "memory");                                                 \
	} while (0)

/* The same from a function that is not inlined. */
#define BEGIN(does)                                                                                \
	do {                                                                                       \
		int around = physical;                                                             \
		physical = depth;                                                                  \
		does;                                                                              \
		physical = around;                                                                 \
	} while (0)

NOINLINE void mark(void)
{
	printf("code\t%lx", (unsigned long)__builtin_return_address(0) - 1 - bias);
	for (int i = depth - 1; i >= physical; i--)
		printf("\t%s\t%d", places[i].function, places[i].line);
	printf("\n");
}

INLINE void innermost(int x)
{
	if (x)
		AT(mark());
}

INLINE void middle(int x)
{
	for (int i = 0; i < x; i++)
		AT(innermost(x));
	AT(mark());
}

NOINLINE void outermost(int x)
{
	BEGIN(AT(middle(x)); AT(innermost(x + 1)));
}

NOINLINE static void hidden(int x)
{
	BEGIN(AT(mark()); AT(middle(x)));
}

/* A copy is made of it for the only value that it is called with. */
NOINLINE static void copied(int x, int by)
{
	BEGIN(for (int i = 0; i < by; i++) x += x >> i; if (x) AT(mark()));
}

/* What seldom happens is moved elsewhere. */
NOINLINE void unlikely(int x)
{
	BEGIN(if (__builtin_expect(x > 0, 0)) { AT(mark()); exit(x - 1); });
}

NOINLINE void recursive(int x)
{
	if (x)
		BEGIN(AT(mark()); AT(recursive(x - 1)));
}

/* Two names for one function: the reserved one is the definition. */
NOINLINE void __reserved_name(int x)
{
	BEGIN(if (x) AT_AS("plain_name", mark()));
}
extern __typeof__(__reserved_name) plain_name __attribute__((alias("__reserved_name")));

/* Of the bytes between these two nothing is known, and of the last one not how long it is. */
__asm__(".text\n"
	".globl sized_assembly\n"
	".type sized_assembly, @function\n"
	"sized_assembly: nop\n"
	".globl label_inside\n"
	"label_inside: nop\n\tret\n"
	".size sized_assembly, . - sized_assembly\n"
	".skip 64, 0xcc\n"
	".globl unsized_assembly\n"
	".type unsized_assembly, @function\n"
	"unsized_assembly: nop\n\tnop\n\tnop\n\tnop\n\tret\n");
void sized_assembly(void);
void unsized_assembly(void);

static void tell(const char *kind, const void *at, const char *name, size_t offset)
{
	printf("%s\t%lx\t%s\t%zu\n", kind, (unsigned long)at - bias, name, offset);
}

static int object_first(struct dl_phdr_info *object, size_t size, void *context)
{
	(void)size;
	(void)context;
	bias = object->dlpi_addr;
	return 1;
}

int main(int argc, char **argv)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

	(void)argv;
	dl_iterate_phdr(object_first, NULL);
	tell("data", &shared_lock, "shared_lock", 0);
	tell("data", &pool.lock, "pool", offsetof(__typeof__(pool), lock));
	tell("data", (char *)&turn + 1, "*turn", 1);
	tell("assembly", (char *)sized_assembly + 1, "sized_assembly", 1);
	tell("assembly", (char *)sized_assembly + 2, "sized_assembly", 1);
	tell("assembly", (char *)unsized_assembly + 2, "unsized_assembly", 1);
	tell("nothing", (char *)sized_assembly + 40, "", 0);
	BEGIN(AT(mark()));
	outermost(argc);
	hidden(argc);
	copied(argc, 9);
	recursive(argc + 1);
	plain_name(argc);
	unlikely(argc);
}
