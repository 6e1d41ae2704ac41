/* SPDX-License-Identifier: ISC */
/* Numbers to names; NULL: not known. Part of the strace component. */
#ifndef LINUX_NAMES_OF_H
#define LINUX_NAMES_OF_H

const char *error_name(int err); /* "ENOENT" */
const char *error_text(int err); /* "No such file or directory" */
const char *signal_name(int sig); /* "SIGINT"; real-time signals have none */

#endif
