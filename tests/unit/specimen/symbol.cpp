// As symbol.c: a program that says itself where it is. Names are patterns.
#include <algorithm>
#include <link.h>
#include <mutex>
#include <stdio.h>
#include <string>
#include <vector>

static struct {
	const char *function;
	int line;
} places[16];
static int depth, physical;
static unsigned long bias;

#define NOINLINE __attribute__((noinline))
#define INLINE inline __attribute__((always_inline))

#define AT(name, does)                                                                             \
	do {                                                                                       \
		places[depth].function = name;                                                     \
		places[depth++].line = __LINE__;                                                   \
		does;                                                                              \
		depth--;                                                                           \
		__asm__ volatile("" ::: "memory");                                                 \
	} while (0)

#define BEGIN(does)                                                                                \
	do {                                                                                       \
		int around = physical;                                                             \
		physical = depth;                                                                  \
		does;                                                                              \
		physical = around;                                                                 \
	} while (0)

NOINLINE static void mark()
{
	printf("code\t%lx", (unsigned long)__builtin_return_address(0) - 1 - bias);
	for (int i = depth - 1; i >= physical; i--)
		printf("\t%s\t%d", places[i].function, places[i].line);
	printf("\n");
}

namespace shop
{
template <typename T> struct basket {
	std::vector<T> items;
	static std::mutex lock;

	NOINLINE explicit basket(int n) : items(n)
	{
		BEGIN(AT("shop::basket<*>::basket", mark()); AT("shop::basket<*>::basket", last()));
	}
	INLINE void last() const
	{
		AT("shop::basket<*>::last", mark());
	}
	NOINLINE bool operator<(const basket &) const
	{
		BEGIN(AT("shop::basket<*>::operator<", last()));
		return false;
	}
};
template <typename T> std::mutex basket<T>::lock;

namespace
{
INLINE void inner()
{
	AT("shop::(anonymous namespace)::inner", mark());
}
NOINLINE void hidden(const std::string &)
{
	BEGIN(AT("shop::(anonymous namespace)::hidden", inner()));
}
} // namespace

template <typename F> NOINLINE static void call(F &&f)
{
	f(1);
}

NOINLINE int lambdas()
{
	auto inlined = [](int) __attribute__((always_inline)) {
		AT("shop::lambdas*::*::operator()", mark());
	};
	auto called = [](int) __attribute__((noinline)) {
		BEGIN(AT("shop::lambdas*::*::operator()", mark()));
	};

	BEGIN(AT("shop::lambdas", inlined(1)));
	call(called);
	return 0;
}
} // namespace shop

extern "C" NOINLINE void plain_c()
{
	static std::mutex once;

	BEGIN(AT("plain_c", mark()));
	printf("data\t%lx\tplain_c*::once\t0\n", (unsigned long)&once - bias);
}

static int object_first(struct dl_phdr_info *object, size_t, void *)
{
	bias = object->dlpi_addr;
	return 1;
}

int main()
{
	dl_iterate_phdr(object_first, nullptr);
	printf("data\t%lx\tshop::basket<int>::lock\t8\n",
		(unsigned long)&shop::basket<int>::lock + 8 - bias);
	shop::basket<int> a(1);
	shop::basket<double> b(2);
	bool less = a < a;
	shop::hidden("");
	shop::lambdas();
	plain_c();
	return less;
}
