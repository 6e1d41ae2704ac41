// SPDX-License-Identifier: ISC
//
// pthread_once for libstdc++: when an exception leaves `init`, the next caller tries again, as std::call_once promises;
// musl's would wait for ever. The control word is 0 before, 1 while init runs, 2 while it runs and someone waits, 3
// after.

#include <climits>
#include <bits/gthr.h>

namespace {

constexpr int idle = 0, running = 1, awaited = 2, finished = 3;
constexpr int futex_wait = 128, futex_wake = 129; // private

struct attempt {
	int *control;
	int outcome = idle;

	~attempt()
	{
		if (__atomic_exchange_n(control, outcome, __ATOMIC_ACQ_REL) == awaited)
			__kiln_futex(control, futex_wake, INT_MAX);
	}
};

} // namespace

extern "C" int __kiln_once(int *control, void (*init)())
{
	for (;;) {
		int seen = idle;

		if (__atomic_compare_exchange_n(control, &seen, running, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
			attempt mine = {control};

			init();
			mine.outcome = finished;
			return 0;
		}
		if (seen == finished)
			return 0;
		if (seen == awaited || __atomic_compare_exchange_n(control, &seen, awaited, false, __ATOMIC_ACQUIRE,
								   __ATOMIC_ACQUIRE))
			__kiln_futex(control, futex_wait, awaited);
	}
}
