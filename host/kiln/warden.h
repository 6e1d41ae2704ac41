/* SPDX-License-Identifier: ISC */
/*
 * The supervisor of one background image: a process that starts a worker (what `kiln run` would do in the foreground),
 * keeps its output and its state, answers commands, and starts it again if it shall. Everything happens in one poll loop.
 */
#ifndef WARDEN_H
#define WARDEN_H

#include "instance.h"
#include "launch.h"
#include "logfile.h"
#include "see.h"

#define WARDEN_CLIENTS 32

struct restart_policy {
	enum { RESTART_NO, RESTART_FAILURE, RESTART_ALWAYS } when;
	unsigned max; /* of RESTART_FAILURE; 0: without end */
};

enum warden_phase { WARDEN_STARTING, WARDEN_RUNNING, WARDEN_WAITING /* to start it again */, WARDEN_OVER };

struct warden {
	struct instance *instance;
	const struct launch *launch; /* grace is INFINITY, record_fd a memory file, timeout 0: those are ours */
	struct see *see; /* each worker looks for itself */
	struct restart_policy restart;
	double grace, timeout; /* seconds */
	bool remove; /* at the end */
	bool again; /* it was there before, and stays when it does not start */
	int lock_fd;
	int result_fd; /* to the command that waits for the start; -1: it knows */
	struct logfile log;
	uint64_t log_from; /* of what was printed since */

	enum warden_phase phase;
	bool stopping; /* a command or a signal said so: not started again */
	bool timed_out;
	bool failed; /* it never came up, and the command that waits for that has not been told */
	bool last_call; /* the worker was told to end the machine, and writes what it has seen */
	int status; /* of the last run */
	pid_t worker; /* 0: none */
	double began, ready_by, kill_at, end_at, again_at; /* by the monotonic clock; 0: never */
	double delay; /* before the next start */
	unsigned restarts;

	int signal_fd, output_fd, input_fd, listen_fd;
	int client[WARDEN_CLIENTS]; /* connections */
	bool held[WARDEN_CLIENTS]; /* its input waits until the worker takes it */
	unsigned clients;
};

/* Supervises until the end; w has what is above the empty line. Does not return. */
__attribute__((noreturn)) void warden_run(struct warden *w);

/* What the commands ask of the loop. */
void warden_stop(struct warden *w, double grace);
bool warden_kill(struct warden *w, int sig); /* false: there is nothing running */

/* The commands' connections (warden_client.c). */
void warden_accept(struct warden *w);
void warden_serve(struct warden *w, unsigned client);
void warden_close_door(struct warden *w); /* nobody comes any more; those who are at the door come in */
void warden_tell_end(struct warden *w); /* to all who are there; the last that they hear */

#endif
