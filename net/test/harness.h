/* SPDX-License-Identifier: ISC */
/*
 * A kernel for net/ in a process: heap, timers on a clock of its own that jumps to the next deadline, wait queues whose
 * sleeper runs everything else, a configuration, and a device whose frames a test sends and sees.
 */
#ifndef NET_TEST_HARNESS_H
#define NET_TEST_HARNESS_H

#include "kernel/netdev.h"
#include "net/sock.h"
#include "net/sockdef.h"

/* Adds "path" = "value" to the configuration; a path ending in [] or {} says how many elements it has. */
void harness_config(const char *path, const char *value);
/* Registers the device and runs the init functions. */
void harness_start(unsigned features);
/* What sleeps would do: deliver, run timers that are due; with `ns` the clock moves on, timers run on the way. */
void harness_run(uint64_t ns);
/* How long nothing would happen by itself, ns; TIME_NEVER: no timer is armed. */
uint64_t harness_quiet(void);
/* Called whenever a sleeper has nothing to do, before the clock jumps; returns true when it did something. */
extern bool (*harness_idle)(void);
/* The clock is the host's, sleeping is really sleeping (fd of a tap that wakes it). */
extern int harness_tap;

/* A sleep that nothing could end returns -EINTR and counts here. */
extern unsigned harness_stuck;
extern unsigned harness_fail_alloc; /* the allocation this many from now fails (0: none) */

/* Frames the guest sent, oldest first; header and all pieces copied together. */
struct sent {
	uint8_t data[70000];
	uint32_t len;
	bool csum;
	uint16_t csum_start, csum_offset, gso_size;
	unsigned pieces;
};
extern unsigned harness_sent; /* how many there are */
struct sent *harness_take(void); /* the oldest, NULL when none; valid until the next call */
void harness_receive(const void *frame, size_t len, unsigned flags);
extern bool harness_full; /* the device takes nothing */
extern bool harness_hold; /* tx_done comes only with harness_release */
void harness_release(void);
extern unsigned harness_flushes;

extern const uint8_t harness_mac[6]; /* the guest's */

/* Calls as the personality would make them, on kernel buffers. */
struct file;
ssize_t h_send(struct sock *s, const void *buf, size_t n, unsigned flags);
ssize_t h_recv(struct sock *s, void *buf, size_t n, unsigned flags);
struct sock_addr h_addr(uint32_t ip, uint16_t port);
unsigned h_poll(struct sock *s);
struct sock *h_socket(int family, int type, int protocol);
void h_close(struct sock *s);

#endif
