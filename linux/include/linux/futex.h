/* SPDX-License-Identifier: ISC */
/* Futexes, for those that make threads. */
#ifndef LINUX_FUTEX_OWN_H
#define LINUX_FUTEX_OWN_H

#pragma GCC visibility push(default)
/* From now on a task's end clears its clear_child_tid and walks its robust list: somebody could be waiting. */
void futex_watch_exits(void);
#pragma GCC visibility pop

#endif
