// SPDX-License-Identifier: ISC
// Exceptions: through frames of our own and of the C library, between threads, in many threads at once; and what happens
// to objects on the way.
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <vector>

#include <search.h>

#include "test/tap.h"

namespace {

int alive;

struct counted {
	counted() { alive++; }
	counted(const counted &) { alive++; }
	~counted() { alive--; }
};

struct base {
	virtual ~base() = default;
};
struct derived : base {
};
struct other : base {
};

[[gnu::noinline]] int deep(int n)
{
	counted here;

	if (n == 0)
		throw std::runtime_error("deep");
	return deep(n - 1) + n;
}

bool caught_deep(int n)
{
	try {
		return deep(n) == -1;
	} catch (const std::exception &e) {
		return std::string(e.what()) == "deep";
	}
}

void test_unwinding()
{
	tap_ok(caught_deep(1000), "an exception passes 1,000 frames");
	tap_ok(alive == 0, "and destroys the objects in each");

	std::string trace;
	try {
		try {
			throw derived();
		} catch (base &) {
			trace += "base ";
			throw;
		}
	} catch (derived &) {
		trace += "derived";
	}
	tap_ok(trace == "base derived", "an exception thrown again keeps its type");

	try {
		try {
			throw std::invalid_argument("inner");
		} catch (...) {
			std::throw_with_nested(std::logic_error("outer"));
		}
	} catch (const std::exception &e) {
		trace = e.what();
		try {
			std::rethrow_if_nested(e);
		} catch (const std::exception &inner) {
			trace += inner.what();
		}
	}
	tap_ok(trace == "outerinner", "nested exceptions");
}

void test_library()
{
	bool bad_cast = false, bad_alloc = false, out_of_range = false;
	derived d;
	base &b = d;

	try {
		dynamic_cast<other &>(b);
	} catch (std::bad_cast &) {
		bad_cast = true;
	}
	tap_ok(bad_cast, "dynamic_cast to what it is not: bad_cast");
	try {
		volatile size_t huge = PTRDIFF_MAX;
		char *volatile p = new char[huge];
		delete[] p;
	} catch (std::bad_alloc &) {
		bad_alloc = true;
	}
	tap_ok(bad_alloc, "memory that there can never be: bad_alloc");
	try {
		(void)std::vector<int>(3).at(3);
	} catch (std::out_of_range &) {
		out_of_range = true;
	}
	tap_ok(out_of_range, "vector::at: out_of_range");
	try {
		std::thread().join();
	} catch (std::system_error &e) {
		tap_ok(e.code() == std::errc::invalid_argument, "a thread that is none cannot be joined: %s", e.what());
	}
}

int refuse(const void *, const void *)
{
	throw 7;
}

template <typename Call> bool passes(Call call)
{
	counted here;

	try {
		call();
	} catch (int n) {
		return n == 7 && alive == 1;
	}
	return false;
}

void test_callbacks()
{
	int numbers[100] = {3, 1, 2};
	void *tree = nullptr;
	size_t count = 100;

	tap_ok(passes([&] { qsort(numbers, 100, sizeof *numbers, refuse); }), "out of qsort's callback");
	tap_ok(passes([&] { (void)bsearch(numbers, numbers, 100, sizeof *numbers, refuse); }), "out of bsearch's callback");
	tap_ok(passes([&] { lfind(numbers, numbers, &count, sizeof *numbers, refuse); }), "out of lfind's callback");
	tsearch(&numbers[0], &tree, refuse);
	tap_ok(passes([&] { tsearch(&numbers[1], &tree, refuse); }), "out of tsearch's callback");
	tap_ok(alive == 0, "and no object was lost");
}

void test_threads()
{
	std::exception_ptr carried;
	int good[4] = {};
	std::vector<std::thread> threads;

	std::thread([&] {
		try {
			throw std::out_of_range("carried");
		} catch (...) {
			carried = std::current_exception();
		}
	}).join();
	std::string what;
	try {
		std::rethrow_exception(carried);
	} catch (std::out_of_range &e) {
		what = e.what();
	}
	tap_ok(what == "carried", "an exception of another thread");

	for (int &g : good)
		threads.emplace_back([&g] {
			for (int i = 0; i < 100; i++)
				try {
					throw i;
				} catch (int n) {
					g += n == i;
				}
		});
	for (auto &t : threads)
		t.join();
	tap_ok(good[0] == 100 && good[1] == 100 && good[2] == 100 && good[3] == 100, "four threads throw and catch");

	std::once_flag once;
	int tries = 0;
	for (int i = 0; i < 3; i++)
		try {
			std::call_once(once, [&] {
				if (++tries < 2)
					throw 1;
			});
		} catch (int) {
		}
	tap_ok(tries == 2, "call_once tries again after an exception, and not after a success");
}

} // namespace

int main()
{
	test_unwinding();
	test_library();
	test_callbacks();
	test_threads();
	return tap_end();
}
