/* SPDX-License-Identifier: ISC */
#ifndef LINUX_STRACE_CLASSES_H
#define LINUX_STRACE_CLASSES_H

#include "lib/base.h"

/* Calls fn for every call of the class; false: there is no class of that name. */
bool class_each(const char *name, size_t len, void (*fn)(unsigned long nr));

#endif
