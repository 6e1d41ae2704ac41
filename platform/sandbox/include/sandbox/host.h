/* SPDX-License-Identifier: ISC */
/*
 * The host, for the sandbox's platform code and its drivers: calls through the gate, and descriptors that are waited
 * for. A call that is not in the table of host/sandbox/hostcalls.c, or with other arguments, ends the process.
 */
#ifndef SANDBOX_HOST_H
#define SANDBOX_HOST_H

#include "lib/list.h"
#include <asm/unistd.h>

/* A descriptor with something to do now and then. `poll` is called from platform_poll when it may have become readable;
 * it does all there is to do, or sets pending again, and says whether there was anything. */
struct host_device {
	struct list link;
	int fd;
	bool pending;
	bool full; /* also when it may have become writable, and each millisecond until it says that it has */
	bool (*poll)(struct host_device *d);
};

typedef long host_gate(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

#pragma GCC visibility push(default)
extern host_gate *host_gate_entry;
/* For good. The descriptor must be non-blocking and O_ASYNC; `pending` is set, so that it is polled once soon. */
void host_device_add(struct host_device *d);
/* From its own poll only: the descriptor has nothing to say any more. */
void host_device_remove(struct host_device *d);
#pragma GCC visibility pop

/* The host's result or -errno. Never -EINTR for what does not wait. */
#define host_call(nr, ...) HOST_CALL_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define HOST_CALL_(nr, a, b, c, d, e, f, ...)                                                                          \
	host_gate_entry((nr), (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e), (uint64_t)(f))

#endif
