/* SPDX-License-Identifier: ISC */
/* Socket addresses between programs and net/; used by linux/socket.c and linux/sockmsg.c. */
#ifndef LINUX_SOCKADDR_H
#define LINUX_SOCKADDR_H

#include "net/sock.h"

/* Copies an address in. resolve: a path of AF_UNIX is looked up, a->node gets a reference (sockaddr_put). */
int sockaddr_get(struct sock_addr *a, struct uptr addr, unsigned len, bool resolve) MUST_CHECK;
void sockaddr_put(struct sock_addr *a);
/* For bind: makes the path's node. */
int sockaddr_make(struct sock_addr *a) MUST_CHECK;
/* Copies one out as far as there is room; *len is in and out. addr NULL: nothing. */
int sockaddr_out(const struct sock_addr *a, struct uptr addr, struct uptr len) MUST_CHECK;

/* The descriptor's file, with a reference, and its socket; -EBADF, -ENOTSOCK. */
int sock_fd(int fd, struct file **f, struct sock **s) MUST_CHECK;

#endif
