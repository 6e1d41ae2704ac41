/* SPDX-License-Identifier: ISC */
/* The host's terminal while a guest has it (terminal.c). */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <signal.h>
#include <stdbool.h>

#include "hostlib/error.h"

/* Makes standard input's terminal raw until terminal_give_back or the end of kiln, whatever ends it. Before the start of
 * other children, and with the signals of terminal_signals blocked from then on. */
int terminal_take(struct error *err);
void terminal_give_back(void); /* harmless when it was not taken */
void terminal_size(unsigned *rows, unsigned *columns); /* 0 and 0 where it is not known */
/* Signals that concern a terminal that was taken: adds them; deals with one, or false. */
void terminal_signals(sigset_t *set);
bool terminal_took(int sig);

#endif
