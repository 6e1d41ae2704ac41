/* SPDX-License-Identifier: ISC */
/*
 * What the user attached: taps with a virtio-net header, or sockets to a program that plays a network, whose SIGIO is the
 * device's interrupt, and disks. Everything
 * is opened here, before the filter; the kernel gets descriptors.
 */
#include "tender.h"
#include "lib/string.h"
#include "sys.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/if.h>
#include <linux/if_tun.h>

/* "NAME=rest": copies NAME to name[16], returns rest. */
static const char *split(const char *spec, char name[16], const char *option)
{
	const char *eq = strchr(spec, '=');

	if (!eq || eq == spec || eq - spec > 15)
		die("%s: not NAME=…: \"%s\"", option, spec);
	strlcpy(name, spec, (size_t)(eq - spec) + 1);
	return eq + 1;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void parse_mac(const char *text, uint8_t mac[6], const char *spec)
{
	for (int i = 0; i < 6; i++, text += 3) {
		int hi = hex(text[0]), lo = hi < 0 ? -1 : hex(text[1]);

		if (lo < 0 || text[2] != (i < 5 ? ':' : '\0'))
			die("--net: not a MAC address in \"%s\"", spec);
		mac[i] = (uint8_t)(hi << 4 | lo);
	}
}

static int open_tap(const char *interface)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	long fd = sys_3(__NR_open, "/dev/net/tun", O_RDWR | O_CLOEXEC, 0), err;

	if (strlen(interface) >= IFNAMSIZ)
		die("--net: not an interface: \"%s\"", interface);
	strlcpy(ifr.ifr_name, interface, IFNAMSIZ);
	if (fd < 0)
		die("/dev/net/tun: %s", error_name(-fd));
	err = sys_3(__NR_ioctl, fd, TUNSETIFF, &ifr);
	if (err < 0)
		die("tap %s: %s", interface, error_name(-err));
	return (int)fd;
}

/* A descriptor of a tap, however it came, is made to behave as the kernel inside expects. */
static void prepare_tap(int fd, const char *spec)
{
	struct ifreq ifr = {0};
	int header = BOOT_NIC_HEADER;

	if (sys_3(__NR_ioctl, fd, TUNGETIFF, &ifr) < 0)
		die("--net: not a tap: \"%s\"", spec);
	if ((ifr.ifr_flags & (IFF_TAP | IFF_VNET_HDR)) != (IFF_TAP | IFF_VNET_HDR))
		die("--net: \"%s\" is not a tap with a virtio-net header (IFF_TAP | IFF_VNET_HDR)", spec);
	check(sys_3(__NR_ioctl, fd, TUNSETVNETHDRSZ, &header), "tap");
	check(sys_3(__NR_ioctl, fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6), "tap");
	check(sys_3(__NR_fcntl, fd, F_SETOWN, sys_1(__NR_getpid, 0)), "tap");
	check(sys_3(__NR_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK | FASYNC), "tap");
}

/* A packet socket, as kiln-slirp makes it. */
static void prepare_socket(int fd, const char *spec)
{
	int32_t domain = 0, type = 0;
	uint32_t len = sizeof(domain);

	if (sys6(__NR_getsockopt, (uint64_t)fd, SYS_SOL_SOCKET, SYS_SO_DOMAIN, SYS_ARG(&domain), SYS_ARG(&len), 0) <
		0 ||
	    sys6(__NR_getsockopt, (uint64_t)fd, SYS_SOL_SOCKET, SYS_SO_TYPE, SYS_ARG(&type), SYS_ARG(&len), 0) < 0 ||
	    domain != SYS_AF_UNIX || type != SYS_SOCK_SEQPACKET)
		die("--net: not a local packet socket: \"%s\"", spec);
	check(sys_3(__NR_fcntl, fd, F_SETOWN, sys_1(__NR_getpid, 0)), "socket");
	check(sys_3(__NR_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK | FASYNC), "socket");
}

static int parse_fd(const char *number, const char *spec)
{
	const char *end;
	uint64_t fd = str_to_u64(number, &end);

	if (end == number || *end != '\0')
		die("--net: not a descriptor: \"%s\"", spec);
	return (int)MIN(fd, 1ull << 20);
}

static void attach_nic(struct boot_nic *nic, const char *spec)
{
	char text[128], *mac;
	int fd;

	if (strlcpy(text, split(spec, nic->name, "--net"), sizeof(text)) >= sizeof(text))
		die("--net: too long: \"%s\"", spec);
	random_bytes(nic->mac, sizeof(nic->mac));
	nic->mac[0] = (uint8_t)((nic->mac[0] & 0xfc) | 2); /* locally administered, one station */
	nic->mtu = 1500;
	mac = strchr(text, ',');
	if (mac) {
		*mac++ = '\0';
		if (strncmp(mac, "mac=", 4) != 0)
			die("--net: only mac= may follow in \"%s\"", spec);
		parse_mac(mac + 4, nic->mac, spec);
	}
	if (strncmp(text, "tap:", 4) == 0) {
		fd = open_tap(text + 4);
		prepare_tap(fd, spec);
	} else if (strncmp(text, "fd:", 3) == 0) {
		fd = parse_fd(text + 3, spec);
		prepare_tap(fd, spec);
	} else if (strncmp(text, "socket:", 7) == 0) {
		fd = parse_fd(text + 7, spec);
		prepare_socket(fd, spec);
		nic->flags = BOOT_NIC_SOCKET;
		nic->mtu = BOOT_NIC_SOCKET_MTU;
	} else {
		die("--net: none of tap:INTERFACE, fd:NUMBER and socket:NUMBER: \"%s\"", spec);
	}
	nic->fd = hold(fd);
}

static void attach_disk(struct boot_disk *disk, const char *spec)
{
	const char *file = split(spec, disk->name, "--disk");
	size_t n = strlen(file);
	char path[1024];
	struct stat st = {0};
	long fd;

	if (strlcpy(path, file, sizeof(path)) >= sizeof(path))
		die("--disk: too long: \"%s\"", spec);
	if (n > 3 && strcmp(path + n - 3, ":ro") == 0) {
		path[n - 3] = '\0';
		disk->readonly = 1;
	}
	fd = sys_3(__NR_open, path, (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC, 0);
	if (fd < 0)
		die("%s: %s", path, error_name(-fd));
	check(sys_2(__NR_fstat, fd, &st), path);
	disk->bytes = (uint64_t)st.st_size;
	if ((st.st_mode & SYS_S_IFMT) == SYS_S_IFBLK)
		check(sys_3(__NR_ioctl, fd, BLKGETSIZE64, &disk->bytes), path);
	else if ((st.st_mode & SYS_S_IFMT) != SYS_S_IFREG)
		die("%s: neither a file nor a block device", path);
	disk->fd = hold((int)fd);
}

void attach(struct boot_info *boot, const struct options *o)
{
	for (unsigned i = 0; i < o->nets; i++)
		attach_nic(&boot->nic[i], o->net[i]);
	boot->nic_count = o->nets;
	for (unsigned i = 0; i < o->disks; i++)
		attach_disk(&boot->disk[i], o->disk[i]);
	boot->disk_count = o->disks;
}
