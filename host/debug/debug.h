/* SPDX-License-Identifier: ISC */
/*
 * kiln-debug stands between gdb and a machine: QEMU's own stub (machine_qemu.c), or the tender under ptrace
 * (machine_ptrace.c). To gdb it is one program with the guest's threads: it reads the kernel's lists of them (kernel.c,
 * by the numbers of the symbol file) and answers for those that do not run from their saved registers (server.c). A step
 * of a program never ends in the kernel: what it enters there runs until the program goes on (run.c).
 */
#ifndef DEBUG_H
#define DEBUG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hostlib/error.h"
#include "hostlib/str.h"

/* Registers in the order and layout of gdb's `g` packet for the description that server.c gives. */
enum {
	R_AX,
	R_BX,
	R_CX,
	R_DX,
	R_SI,
	R_DI,
	R_BP,
	R_SP,
	R_R8,
	R_IP = 16,
	R_FLAGS,
	R_CS,
	R_SS,
	R_DS,
	R_ES,
	R_FS,
	R_GS,
	R_ST0,
	R_FCTRL = 32,
	R_FSTAT,
	R_FTAG,
	R_FISEG,
	R_FIOFF,
	R_FOSEG,
	R_FOOFF,
	R_FOP,
	R_XMM0,
	R_MXCSR = 56,
	R_ORIG_AX,
	R_FS_BASE,
	R_GS_BASE,
	R_COUNT,
};
#define REGS_BYTES 560

struct regs {
	uint8_t b[REGS_BYTES];
};

extern const char *const regs_name[R_COUNT];
unsigned regs_offset(unsigned n);
unsigned regs_size(unsigned n);
uint64_t regs_get(const struct regs *r, unsigned n);
void regs_set(struct regs *r, unsigned n, uint64_t value);
/* The registers of x87 and SSE from and to the 512 bytes of fxsave. */
void regs_from_fxsave(struct regs *r, const uint8_t *area);
void regs_to_fxsave(const struct regs *r, uint8_t *area);

/* A connection that speaks gdb's remote protocol, at either end. */
struct link {
	int fd;
	bool no_ack;
	uint8_t *in;
	size_t used, room;
};

enum link_event { LINK_NONE, LINK_PACKET, LINK_INTERRUPT, LINK_CLOSED };
void link_open(struct link *l, int fd);
void link_close(struct link *l);
/* A packet's content, with a NUL behind, in *packet, if one is there; waits for up to ms (-1: for ever). */
enum link_event link_receive(struct link *l, struct str *packet, int ms);
void link_send(struct link *l, const void *data, size_t n);
void link_put_hex(struct str *s, const void *data, size_t n);
/* Bytes taken from hexadecimal text, at most max. */
size_t link_hex(const char *text, void *to, size_t max);

/* Why a machine stopped. ENTERED: a step in a program went into the kernel (sandbox only). */
enum stop_kind { STOP_TRAP, STOP_WATCH, STOP_INTERRUPT, STOP_ENTERED, STOP_EXIT };
struct stop {
	enum stop_kind kind;
	uint64_t address; /* WATCH */
	unsigned watch; /* 2 write, 3 read, 4 access */
	int status; /* EXIT: the image's */
};

struct machine {
	/* 0 or -1. While it is stopped. */
	int (*registers)(struct regs *r);
	int (*set_registers)(const struct regs *r);
	int (*read)(uint64_t at, void *to, size_t n);
	int (*write)(uint64_t at, const void *from, size_t n);
	/* type: as in Z packets; INTERNAL: ours, one at a time, before an instruction. */
	int (*point)(bool set, unsigned type, uint64_t at, unsigned size);
	void (*resume)(bool step);
	void (*interrupt)(void);
	/* While it runs: readable when it may have stopped; true when it has. */
	int (*event_fd)(void);
	bool (*stopped)(struct stop *s);
	/* The answer of QEMU's monitor; false: there is none. */
	bool (*monitor)(const char *command, struct str *out);
	void (*end)(void);
	/* The guest changed its mappings: breakpoints may be missing there. */
	void (*text_mapped)(void);
	/* Whether these registers are the kernel's. */
	bool (*in_kernel)(const struct regs *r);
};
#define POINT_INTERNAL 5

extern const struct machine *machine;
extern pid_t machine_pid;

struct settings {
	const char *image, *symbols, *program, *root;
	unsigned port;
	const char *socket;
	enum { RUN_AT_ONCE, WAIT_AT_ENTRY, WAIT_AT_PROGRAM } where; /* it stops and waits for gdb */
	bool once; /* it ends when gdb goes */
	int record; /* the file of the exit status, -1: none */
	char *const *command;
};

extern struct settings settings;

/* Start the command: the machine is stopped before its image's first instruction. */
int qemu_start(uint64_t entry, struct error *err);
int ptrace_start(uint64_t *base, struct error *err);

/* kernel.c: what is known of the kernel. */
extern uint64_t kernel_base; /* added to the addresses of its symbols */
extern uint64_t kernel_entry; /* of the image */
extern uint64_t kernel_on_exec, kernel_on_crash; /* 0: not known */
extern uint64_t kernel_on_map; /* sandbox: what is called when the host's mappings have changed */
extern uint64_t kernel_ways_start, kernel_ways_end; /* the assembly between programs and kernel */
/* Reads numbers from the symbol file; true when there is one. */
bool kernel_load(struct error *err);
int kernel_image(bool *sandbox, struct error *err);

struct guest_thread {
	int tid, pid;
	uint64_t thread, as;
	char name[32];
	bool current; /* the CPU runs it, in its program or for it in the kernel */
};
#define THREAD_KERNEL 0x400000 /* the id of what is no task: boot, kernel threads, idle */
#define THREADS_MAX   4096

/* All of them, at least one; the kernel's own only when it is current. Read anew after each stop. */
unsigned kernel_threads(const struct guest_thread **list);
const struct guest_thread *kernel_thread(int tid);
const struct guest_thread *kernel_current(void);
void kernel_forget(void); /* the machine ran */
/* Registers where its last entry into the kernel saved them. */
int kernel_saved(const struct guest_thread *t, struct regs *r);
int kernel_set_saved(const struct guest_thread *t, const struct regs *r);
/* Memory as the thread sees it; the number of bytes that could be had. */
size_t kernel_read(const struct guest_thread *t, uint64_t at, void *to, size_t n);
/* Where it has none, as another process does: to gdb all programs are in one space. */
size_t kernel_read_any(const struct guest_thread *t, uint64_t at, void *to, size_t n);
size_t kernel_write(const struct guest_thread *t, uint64_t at, const void *from, size_t n);
/* The page is there, and not to be executed. */
bool kernel_no_code(const struct guest_thread *t, uint64_t at);
bool kernel_auxv(const struct guest_thread *t, uint64_t *start, uint64_t *end);
/* The path of the program that the thread runs; "" when it runs none. */
void kernel_exe(const struct guest_thread *t, char *path, size_t size);
/* Calls fn for each process, with start 0 and its program's path, then for what is mapped in it from a file's beginning on. */
void kernel_mapped(void (*fn)(void *ctx, const struct guest_thread *t, uint64_t start, const char *name), void *ctx);

/* run.c */
extern bool run_saved_view; /* the current thread is shown as its program left it: a fault ended it */
#define RUN_SIGINFO 128
extern uint8_t run_siginfo[RUN_SIGINFO]; /* and this is the signal */
extern bool run_new_program; /* one was loaded, and gdb has not asked for the list yet */
/* One of the places in the kernel where it always stops: no breakpoint of gdb's need be set there. */
bool run_own_place(uint64_t at);
/* Runs until there is something to tell gdb: the stop, and the signal (gdb's number) for it. */
void run_continue(struct link *gdb, struct stop *s, int *sig);
/* One instruction of the thread, or as many as it stays in [start, end). */
void run_step(struct link *gdb, int tid, uint64_t start, uint64_t end, struct stop *s, int *sig);
/* Runs to the address, in whatever thread; false: it stopped otherwise. */
bool run_to(uint64_t address, struct stop *s);
/* To the first instruction of the first program. */
bool run_to_program(struct stop *s);
/* Nobody looks: until the machine ends (true), or somebody connects to the descriptor (it is stopped then). */
bool run_alone(int listener, struct stop *s);
/* Takes what came on the descriptor of signals and passes it on to the machine; true: somebody wants an end. */
bool run_signals(void);
extern int run_signal_fd;
extern bool run_gdb_gone;

/* libraries.c */
/* What gdb loads by itself: the program of this thread. */
void libraries_main(const struct guest_thread *t);
/* All other programs and libraries of all processes, as gdb's qXfer:libraries-svr4 wants them. */
void libraries_describe(struct str *out);
/* For people. */
void libraries_list(struct str *out);
/* Text in a document. */
void libraries_quote(struct str *out, const char *text);

#define STATUS_KILLED 137
/* server.c: one debugger, until it goes. *s is why the machine stands. Then: it has ended, and *s says how; it shall run;
 * or it is as before, since somebody only asked. */
enum server_end { SERVER_END, SERVER_RUN, SERVER_SAME };
enum server_end server_serve(int fd, struct stop *s);
/* Whether gdb has a breakpoint there: 0 none, 's', 'h'. */
int server_point_at(uint64_t address);
/* It has any. */
bool server_points(void);

#endif
