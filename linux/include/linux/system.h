/* SPDX-License-Identifier: ISC */
/* What uname, /proc/version and /proc/sys/kernel agree on. */
#ifndef LINUX_SYSTEM_H
#define LINUX_SYSTEM_H

#define SYSTEM_NAME_MAX 64
/* The Linux whose behaviour programs may expect; what is missing says -ENOSYS. */
#define SYSTEM_RELEASE "6.1.0-kiln"
#define SYSTEM_VERSION "#1 Kiln"

#pragma GCC visibility push(default)
extern char system_hostname[SYSTEM_NAME_MAX + 1];
extern char system_domainname[SYSTEM_NAME_MAX + 1];
#pragma GCC visibility pop

#endif
