// SPDX-License-Identifier: ISC
// FLAGS: -latomic
// The threads of C++: locks, conditions, futures, waiting on atomics, thread-local objects, atomics of every size.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "test/tap.h"

using namespace std::chrono_literals;

namespace {

std::string trace;
std::mutex trace_lock;

struct speaker {
	char name;

	explicit speaker(char c) : name(c) {}
	~speaker()
	{
		std::lock_guard hold(trace_lock);
		trace += name;
	}
};

thread_local speaker first('a'), second('b');

void test_thread_local()
{
	std::thread([] { (void)&first, (void)&second, first.name = 'x', second.name = 'y'; }).join();
	tap_ok(trace == "yx", "a thread's own objects are destroyed at its end, in reverse: %s", trace.c_str());
	std::thread([] {}).join();
	tap_ok(trace == "yx", "and not made in a thread that does not use them");
}

void test_locks()
{
	std::mutex m;
	std::condition_variable cv;
	long sum = 0;
	bool go = false;
	std::vector<std::thread> threads;

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&, i] {
			std::unique_lock hold(m);
			cv.wait(hold, [&] { return go; });
			sum += i;
		});
	{
		std::lock_guard hold(m);
		go = true;
	}
	cv.notify_all();
	for (auto &t : threads)
		t.join();
	tap_ok(sum == 6, "a condition wakes all that wait");

	std::unique_lock hold(m);
	tap_ok(cv.wait_for(hold, 5ms) == std::cv_status::timeout, "wait_for times out");
	std::timed_mutex timed;
	timed.lock();
	bool got = true;
	std::thread([&] { got = timed.try_lock_for(5ms); }).join();
	tap_ok(!got, "so does try_lock_for");

	std::shared_timed_mutex shared;
	shared.lock_shared();
	bool both = false, alone = true;
	std::thread([&] {
		both = shared.try_lock_shared();
		if (both)
			shared.unlock_shared();
		alone = shared.try_lock_for(5ms);
	}).join();
	tap_ok(both && !alone, "readers share, a writer waits");
}

void test_futures()
{
	std::promise<int> promise;
	auto answer = promise.get_future();
	std::thread t([&] { promise.set_value(42); });
	tap_ok(answer.get() == 42, "a promise is kept");
	t.join();

	auto failing = std::async(std::launch::async, []() -> int { throw std::string("no"); });
	std::string what;
	try {
		failing.get();
	} catch (const std::string &s) {
		what = s;
	}
	tap_ok(what == "no", "async carries an exception");

	std::packaged_task<int(int)> task([](int n) { return n * 2; });
	auto doubled = task.get_future();
	tap_ok(doubled.wait_for(0s) == std::future_status::timeout, "a task that was not run is not ready");
	std::thread(std::move(task), 21).join();
	tap_ok(doubled.get() == 42, "packaged_task");
}

void test_waiting()
{
	std::atomic<int> turn = 0;
	std::string order;
	std::thread even([&] {
		for (int i = 0; i < 6; i += 2) {
			while (turn != i)
				turn.wait(i - 1);
			order += static_cast<char>('0' + i);
			turn = i + 1;
			turn.notify_all();
		}
	});
	for (int i = 1; i < 6; i += 2) {
		while (turn != i)
			turn.wait(i - 1);
		order += static_cast<char>('0' + i);
		turn = i + 1;
		turn.notify_all();
	}
	even.join();
	tap_ok(order == "012345", "two threads take turns by atomic wait and notify: %s", order.c_str());

	std::counting_semaphore<4> sem(0);
	tap_ok(!sem.try_acquire_for(5ms), "a semaphore at zero times out");
	std::thread([&] { sem.release(2); }).join();
	sem.acquire();
	tap_ok(sem.try_acquire() && !sem.try_acquire(), "a semaphore counts");

	std::latch ready(3);
	std::barrier sync(3);
	std::atomic<int> sum = 0;
	std::vector<std::jthread> threads;
	for (int i = 0; i < 3; i++)
		threads.emplace_back([&, i] {
			for (int round = 0; round < 3; round++) {
				sum += i;
				sync.arrive_and_wait();
			}
			ready.count_down();
		});
	ready.wait();
	tap_ok(sum == 9, "latch and barrier");

	int rounds = 0;
	std::jthread stopped([&](std::stop_token stop) {
		while (!stop.stop_requested()) {
			rounds++;
			std::this_thread::sleep_for(1ms);
		}
	});
	stopped.request_stop();
	stopped.join();
	tap_ok(true, "a jthread stops on request");
}

struct wide {
	long low, high;
	bool operator==(const wide &) const = default;
};

template <typename T> bool counts()
{
	std::atomic<T> n(0);
	std::vector<std::thread> threads;

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&] {
			for (int k = 0; k < 25; k++)
				n.fetch_add(1);
		});
	for (auto &t : threads)
		t.join();
	return n == 100;
}

void test_atomics()
{
	tap_ok(counts<signed char>() && counts<short>() && counts<int>() && counts<long>(), "atomics of 1, 2, 4 and 8 bytes");

	std::atomic<wide> pair(wide{1, -1});
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; i++)
		threads.emplace_back([&] {
			for (int k = 0; k < 25; k++) {
				wide was = pair;
				while (!pair.compare_exchange_weak(was, wide{was.low + 1, was.high - 1}))
					;
			}
		});
	for (auto &t : threads)
		t.join();
	tap_ok(pair.load() == wide{101, -101}, "an atomic of 16 bytes");
	tap_ok(std::thread::hardware_concurrency() >= 1, "there is a CPU");
	auto start = std::chrono::steady_clock::now();
	std::this_thread::sleep_for(10ms);
	tap_ok(std::chrono::steady_clock::now() - start >= 10ms, "a sleep is as long as asked for");
}

} // namespace

int main()
{
	test_thread_local();
	test_locks();
	test_futures();
	test_waiting();
	test_atomics();
	return tap_end();
}
