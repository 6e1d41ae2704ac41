/* SPDX-License-Identifier: ISC */
/* What `kiln run` starts, and the ways to start it: QEMU (qemu.c) and the tender (sandbox.c). */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <jansson.h>
#include <sys/types.h>

#include "common.h"
#include "debugger.h"
#include "image_file.h"

#define NICS_MAX 8 /* BOOT_MAX_NICS */

enum nic_kind { NIC_USER, NIC_TAP, NIC_FD, NIC_NONE };
enum loopback { LOOPBACK_DEFAULT, LOOPBACK_YES, LOOPBACK_NO }; /* by default: reached from QEMU, not from the sandbox */

struct nic {
	char *name; /* in the guest: "eth0" */
	enum nic_kind kind;
	char *tap;
	int fd;
	enum loopback loopback; /* NIC_USER: may the guest reach the host's 127.0.0.1? */
};

struct trace;

struct publish {
	char *host_addr; /* "127.0.0.1" */
	unsigned host_port, port;
	bool udp;
};

struct network {
	struct nic nic[NICS_MAX];
	unsigned nics;
	struct publish *publish;
	unsigned publishes;
};

#define STATUS_TIMEOUT 124
#define STATUS_MACHINE 125

struct launch {
	enum platform platform;
	const struct image_file *image;
	const char *image_path; /* as the machine opens it */
	const char *config_path; /* NULL: none */
	const json_t *config; /* the whole of it, for the network's addresses */
	uint64_t memory;
	struct network net;
	const char *name; /* -n */
	struct debugger debugger;
	bool input, terminal, dry_run;
	bool raw; /* -t: the guest has a line discipline, and gets the terminal as it is */
	bool remote; /* -d -i: input comes from whoever attaches, as messages on descriptor 0 (control.h) */
	double timeout; /* seconds; 0: none */
	double
	    grace; /* seconds from a signal to the end; INFINITY: signals are passed on, all of them, and that is all */
	int hold_fd; /* the lock of the instance in the foreground (foreground.c), which stays open; -1: none */
	int record_fd; /* where EXIT_STARTED and the exit status go (abi/exit.h), or -1: nobody wants to know */
	struct strv qemu_args;
	const struct trace *trace; /* where the guest's memory is, or NULL */
	unsigned sample; /* with trace: samples a second in the sandbox, 0: none */
};

/* Takes a word of -I; names may come once. */
int network_add(struct network *n, const char *word, struct error *err);
/* Takes a word of -p: [ADDR:]HOSTPORT:PORT[/udp]. */
int network_publish(struct network *n, const char *word, struct error *err);
/*
 * Before the start: interfaces that only the configuration names get a user-mode network, published
 * ports one to go through; those networks without an address get theirs in config.
 */
int network_complete(struct network *n, json_t *config, enum platform platform, struct error *err);
/* Published ports must be free: better found before the start than by a machine that does not. */
int network_check_ports(const struct network *n, struct error *err);
/* Run by root, both machines would make a tap that is not there, and nobody would be at its other end. */
int network_check_taps(const struct network *n, struct error *err);
void network_free(struct network *n);
/* The static IPv4 address "A.B.C.D/LEN" of an interface, or NULL. */
const char *network_static(const json_t *config, const char *name);
/* The network "A.B.C.D/LEN" that the i-th interface's user mode plays: that of its static address, or 10.0.(2 + i).0/24.
 * To be freed. */
char *network_played(const struct launch *l, unsigned i);

/* The exit status of the run, or -1. */
int qemu_run(const struct launch *l, struct error *err);
int sandbox_run(const struct launch *l, struct error *err);
/* That of the launch's platform. */
int launch_run(const struct launch *l, struct error *err);

/* Whether this process stays, and waits for the tender. */
bool sandbox_supervised(const struct launch *l);

/* Prints a command so that a shell would understand it. */
void launch_print(char *const *argv);

/* Whether KVM really runs a guest here; why not, else NULL. The answer is kept for the time of this boot. */
const char *kvm_missing(void);

/*
 * The guest's input. feed_open gives what QEMU reads; feed_start begins, with standard input or, without -i, its end at once.
 * feed_watch tells the guest when nobody reads its output any more. feed_signal sends the guest's programs a signal of CONSOLE_SIGNALS; false: that does not reach them.
 */
int feed_open(struct error *err);
int feed_start(const struct launch *l, struct error *err);
int feed_watch(struct error *err);
bool feed_signal(int sig);
void feed_resize(unsigned rows, unsigned columns); /* of the window, when raw */

enum supervise_end { END_ITSELF, END_TIMEOUT, END_SIGNAL };
/*
 * Passes a signal that came to us on to the child; from_terminal: the terminal's foreground processes have it already.
 * False: there is nobody to ask.
 */
typedef bool supervise_ask(pid_t child, int sig, bool from_terminal);
/*
 * Waits for the child while SIGINT, SIGTERM, SIGHUP (blocked by supervise_prepare) and the launch's timeout end it. Such a
 * signal is first a request; a second one or the launch's grace end the child. SIGQUIT, SIGUSR1 and SIGUSR2 are passed on
 * and that is all. SIGALRM is the end at once. The status is wait(2)'s; *signal is the
 * first that came for END_SIGNAL.
 */
#define GRACE_SECONDS 3.0
void supervise_prepare(void);
enum supervise_end supervise(const struct launch *l, pid_t child, supervise_ask *ask, int *status, int *signal);

#endif
