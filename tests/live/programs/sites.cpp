/*
 * sites: what sites.c is, for names as C++ has them: namespaces, methods, templates, operators,
 * lambdas, and callbacks through the standard library.
 *
 * "function" is the end of the name that is to be told, without parameters.
 */
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#define OUTLINED __attribute__((noinline))

using namespace std::chrono_literals;

namespace
{
constexpr auto wait_time = 50ms;
constexpr double compute_s = 0.06;

double clock_s(clockid_t clock)
{
	timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

OUTLINED double cpu_s()
{
	return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

class Note
{
      public:
	Note(const char *kind, const char *function, int line)
	    : kind(kind), function(function), line(line), wall(clock_s(CLOCK_MONOTONIC)),
	      cpu(cpu_s())
	{
	}

	~Note()
	{
		double ran = cpu_s() - cpu, blocked = clock_s(CLOCK_MONOTONIC) - wall - ran;

		printf("{\"what\": \"%s\", \"kind\": \"%s\", \"function\": \"%s\", \"outer\": \"%s\","
		       " \"file\": \"%s\", \"line\": %d, \"seconds\": %.6f, \"pid\": %d}\n",
			function, kind, function, function, __FILE__, line,
			*kind == 'w' ? blocked : ran, getpid());
	}

      private:
	const char *kind, *function;
	int line;
	double wall, cpu;
};
} // namespace

#define WAITS(function, ...)                             \
	do {                                             \
		Note note_("waits", function, __LINE__); \
		__VA_ARGS__;                             \
	} while (0)
#define COMPUTES(function, ...)                                          \
	do {                                                             \
		Note note_("computes", function, __LINE__);              \
		for (double end_ = cpu_s() + compute_s; cpu_s() < end_;) \
			__VA_ARGS__;                                     \
	} while (0)

/* In one line, as the compiler sees it. */
#define SPIN(turns)                     \
	for (int i = 0; i < turns; i++) \
	total += i

volatile unsigned long total;

namespace shop
{
class Cart
{
      public:
	OUTLINED void pay(int, const std::string &)
	{
		WAITS("shop::Cart::pay", std::this_thread::sleep_for(wait_time));
	}

	OUTLINED bool operator<(const Cart &) const
	{
		WAITS("shop::Cart::operator<", std::this_thread::sleep_for(wait_time));
		return false;
	}

	OUTLINED ~Cart()
	{
		if (slow)
			WAITS("shop::Cart::~Cart", std::this_thread::sleep_for(wait_time));
	}

	OUTLINED virtual void count() const
	{
		COMPUTES("shop::Cart::count", SPIN(100000));
	}

	bool slow = false;
};

template <typename Number> OUTLINED void add(Number by)
{
	COMPUTES("shop::add", for (int i = 0; i < 100000; i++) total += by);
}

OUTLINED void lock()
{
	std::mutex mutex;
	std::unique_lock<std::mutex> first(mutex);
	std::thread other([&] {
		std::this_thread::sleep_for(wait_time);
		first.unlock();
	});

	WAITS("shop::lock", mutex.lock());
	other.join();
}

OUTLINED void wait()
{
	std::mutex mutex;
	std::condition_variable condition;
	std::unique_lock<std::mutex> held(mutex);

	WAITS("shop::wait", condition.wait_for(held, wait_time));
}

OUTLINED void take()
{
	auto answer =
		std::async(std::launch::async, [] { std::this_thread::sleep_for(wait_time); });

	WAITS("shop::take", answer.get());
}

struct Less {
	static constexpr int line = __LINE__ + 3;
	OUTLINED bool operator()(int a, int b) const
	{
		SPIN(3000);
		return a < b;
	}
};

OUTLINED void sort()
{
	std::vector<int> numbers{5, 3, 4, 1, 2};
	Note note("computes", "shop::Less::operator()", Less::line);

	for (double end = cpu_s() + compute_s; cpu_s() < end;)
		std::sort(numbers.begin(), numbers.end(), Less());
}

OUTLINED void fill()
{
	std::map<int, std::string> words;

	COMPUTES("shop::fill", for (int i = 0; i < 300; i++) words[i % 97] = std::to_string(i));
}

OUTLINED void fail()
{
	try {
		throw std::string("reason");
	} catch (const std::string &) {
		WAITS("shop::fail", std::this_thread::sleep_for(wait_time));
	}
}

OUTLINED void call()
{
	std::function<void()> sleep = [] {
		WAITS("operator()", std::this_thread::sleep_for(wait_time));
	};

	sleep();
}
} // namespace shop

int main()
{
	shop::Cart cart, other;

	cart.pay(1, "card");
	total += cart < other;
	{
		shop::Cart slow;
		slow.slow = true;
	}
	shop::lock();
	shop::wait();
	shop::take();
	shop::fail();
	shop::call();
	cart.count();
	shop::add(3);
	shop::sort();
	shop::fill();
	return 0;
}
