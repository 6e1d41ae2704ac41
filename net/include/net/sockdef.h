/* SPDX-License-Identifier: ISC */
/* Linux's numbers for sockets: the UAPI headers', and those that only the C library's headers have. */
#ifndef NET_SOCKDEF_H
#define NET_SOCKDEF_H

#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/socket.h>
#include <stdint.h>

#define AF_UNSPEC  0
#define AF_UNIX    1
#define AF_INET    2
#define AF_INET6   10
#define AF_NETLINK 16

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK  O_NONBLOCK
#define SOCK_CLOEXEC   O_CLOEXEC

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

#define SOL_IP      0
#define SOL_TCP     6
#define SOL_UDP     17
#define SOL_RAW     255
#define SOL_NETLINK 270

#define MSG_OOB          0x1u
#define MSG_PEEK         0x2u
#define MSG_DONTROUTE    0x4u
#define MSG_CTRUNC       0x8u
#define MSG_TRUNC        0x20u
#define MSG_DONTWAIT     0x40u
#define MSG_EOR          0x80u
#define MSG_WAITALL      0x100u
#define MSG_CONFIRM      0x800u
#define MSG_ERRQUEUE     0x2000u
#define MSG_NOSIGNAL     0x4000u
#define MSG_MORE         0x8000u
#define MSG_WAITFORONE   0x10000u
#define MSG_CMSG_CLOEXEC 0x40000000u

#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2

#define SOMAXCONN 4096

struct opt_timeval { /* of SO_RCVTIMEO, SO_SNDTIMEO */
	int64_t sec, usec;
};

struct opt_linger {
	int onoff, linger;
};

#endif
