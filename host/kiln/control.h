/* SPDX-License-Identifier: ISC */
/*
 * Between a command and the supervisor of a background image: a SOCK_SEQPACKET socket in the instance's directory. A
 * request is one message: "stop SECONDS", "kill NUMBER" or "wait". The answer is "ok" or "error TEXT" to kill, and to
 * whoever is connected when the image ends "exit STATUS".
 *
 * "input BYTES" and "size ROWS COLUMNS" (of a terminal) have no answer. The supervisor hands them on as they are to the
 * worker, whose descriptor 0 is such a socket, too (feed.c).
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "instance.h"

#define CONTROL_MAX   1024 /* bytes of a message */
#define CONTROL_INPUT "input "
#define CONTROL_SIZE  "size "

/* The supervisor's end, or -1. */
int control_listen(const struct instance *i, struct error *err);

/* Sends a request; the connection, or -1. */
int control_send(const struct instance *i, struct error *err, const char *f, ...) __attribute__((format(printf, 3, 4)));
/* Waits for the answer: the image's exit status, 0 after "ok", or -1. Closes the connection. */
int control_answer(int fd, const struct instance *i, struct error *err);

#endif
