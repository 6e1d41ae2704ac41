/* SPDX-License-Identifier: ISC */
/*
 * What a platform's boot code (pc) or the tender (sandbox) tells the kernel. The sandbox's tender fills one and passes
 * its address; on pc the boot code makes one from the PVH start info. Fixed width; checked by the kernel before use.
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include <stdint.h>

#define BOOT_MAGIC      0x316e6c694bull /* "Kiln1" */
#define BOOT_MAX_NICS   8
#define BOOT_MAX_DISKS  8
#define BOOT_NIC_HEADER 12 /* bytes of virtio-net header (struct virtio_net_hdr_v1) before each frame */

/* boot_nic.flags: the other end is a packet socket of a program. It takes whole frames of at most mtu bytes of payload, with
 * all checksums, and none while its queue is full (EAGAIN); when that program has ended, reading gives 0. */
#define BOOT_NIC_SOCKET     1u
#define BOOT_NIC_SOCKET_MTU 65520u /* so large that no datagram needs fragments */

struct boot_nic { /* sandbox: an open tap, with a virtio-net header (IFF_VNET_HDR) before each packet */
	int32_t fd;
	uint32_t flags; /* BOOT_NIC_* */
	uint8_t mac[6];
	uint16_t mtu;
	char name[16]; /* "eth0" */
};

struct boot_disk {
	int32_t fd;
	uint32_t readonly;
	uint64_t bytes;
	char name[16];
};

/* Configurations (JSON) that came with the start, in the order of their say. */
enum { BOOT_CONFIG_LAUNCH, BOOT_CONFIG_MODULE, BOOT_CONFIG_CMDLINE, BOOT_CONFIGS };

struct boot_config {
	uint64_t text; /* kernel address */
	uint64_t size; /* 0: there is none */
};

struct boot_info {
	uint64_t magic;
	uint64_t mem_size; /* guest RAM in bytes, as -m says */
	uint64_t payload_pa; /* physical address of struct image_header (abi/image.h), page-aligned */
	uint64_t payload_size;
	struct boot_config config[BOOT_CONFIGS];
	uint64_t cmdline; /* kernel address of the NUL-terminated command line, 0 if none */
	uint64_t real_ns; /* wall clock at boot, ns since the epoch */
	uint8_t seed[32]; /* entropy */
	uint64_t hwcap2; /* AT_HWCAP2: 2 when programs may use rdfsbase and its like */
	/* sandbox only from here */
	uint64_t direct_base; /* where guest memory (pa 0) is mapped for the kernel */
	uint64_t kernel_base, kernel_size;
	uint64_t gate; /* address of the gate's entry */
	uint64_t tsc_hz; /* 0: the kernel measures it against clock_gettime */
	uint64_t tsc_base; /* TSC at mono 0 */
	uint64_t payload_offset; /* of the payload in image_fd */
	uint64_t user_min, user_max;
	int32_t mem_fd;
	int32_t image_fd;
	uint32_t console_flags; /* enum console_flags (abi/console.h) */
	uint32_t nic_count, disk_count;
	uint32_t sandbox_flags; /* SANDBOX_*, see abi/sandbox.h */
	int32_t timer; /* the POSIX timer whose signal is SIGALRM */
	uint16_t console_rows, console_columns; /* with CONSOLE_RAW: the window's size, 0 if unknown */
	uint32_t
	    grace_ms; /* sandbox: from a SIGINT, SIGTERM or SIGHUP to the end; 0: these are passed on, and that is all */
	uint32_t unused;
	struct boot_nic nic[BOOT_MAX_NICS];
	struct boot_disk disk[BOOT_MAX_DISKS];
};

#endif
