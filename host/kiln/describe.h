/* SPDX-License-Identifier: ISC */
/* The parts of an instance's state that are known before it runs. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "instance.h"
#include "launch.h"

/* A name for an instance, from its program's or image's; to be freed. */
char *describe_name(const char *program);
/* words: the program or image, and its arguments. */
void describe(const struct instance *i, const struct launch *l, char **words, int count);

#endif
