/* SPDX-License-Identifier: ISC */
/* The baked programs as files (programs.c). */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "lib/base.h"

int programs_add(void) MUST_CHECK;

#endif
