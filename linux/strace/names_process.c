/* SPDX-License-Identifier: ISC */
/* Constants of calls on processes, signals, time, polling and sockets. The order is strace's. */
#include "names.h"

#include "net/sockdef.h"

#include <asm/prctl.h>
#include <linux/signal.h>
#include <linux/eventpoll.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/time.h>
#include <linux/wait.h>

#define TFD_TIMER_ABSTIME       1u
#define TFD_TIMER_CANCEL_ON_SET 2u
#define EFD_SEMAPHORE           1u
#define PRIO_PROCESS            0
#define PRIO_PGRP               1
#define PRIO_USER               2
#define SCHED_OTHER             0

/* clone's own exit signal is not among them. */
static const struct name clone[] = {N(CLONE_VM),
				    N(CLONE_FS),
				    N(CLONE_FILES),
				    N(CLONE_SIGHAND),
				    N(CLONE_PIDFD),
				    N(CLONE_PTRACE),
				    N(CLONE_VFORK),
				    N(CLONE_PARENT),
				    N(CLONE_THREAD),
				    N(CLONE_NEWNS),
				    N(CLONE_SYSVSEM),
				    N(CLONE_SETTLS),
				    N(CLONE_PARENT_SETTID),
				    N(CLONE_CHILD_CLEARTID),
				    N(CLONE_UNTRACED),
				    N(CLONE_CHILD_SETTID),
				    N(CLONE_NEWCGROUP),
				    N(CLONE_NEWUTS),
				    N(CLONE_NEWIPC),
				    N(CLONE_NEWUSER),
				    N(CLONE_NEWPID),
				    N(CLONE_NEWNET),
				    N(CLONE_IO)};
const struct names names_clone = NAMES(clone, NULL, "CLONE_???");
static const struct name wait[] = {N(WNOHANG), N(WEXITED),  N(WSTOPPED), N(WCONTINUED),
				   N(WNOWAIT), N(__WCLONE), N(__WALL),   N(__WNOTHREAD)};
const struct names names_wait = NAMES(wait, NULL, "W???");
static const struct name waitid[] = {N(P_ALL), N(P_PID), N(P_PGID), N(P_PIDFD)};
const struct names names_waitid = NAMES(waitid, NULL, "P_???");
static const struct name rlimits[] = {N(RLIMIT_CPU),      N(RLIMIT_FSIZE), N(RLIMIT_DATA),   N(RLIMIT_STACK),
				      N(RLIMIT_CORE),     N(RLIMIT_RSS),   N(RLIMIT_NPROC),  N(RLIMIT_NOFILE),
				      N(RLIMIT_MEMLOCK),  N(RLIMIT_AS),    N(RLIMIT_LOCKS),  N(RLIMIT_SIGPENDING),
				      N(RLIMIT_MSGQUEUE), N(RLIMIT_NICE),  N(RLIMIT_RTPRIO), N(RLIMIT_RTTIME)};
const struct names names_rlimits = NAMES(rlimits, NULL, "RLIMIT_???");
static const struct name rusage[] = {N(RUSAGE_SELF), N(RUSAGE_CHILDREN), N(RUSAGE_BOTH), N(RUSAGE_THREAD)};
const struct names names_rusage = NAMES(rusage, NULL, "RUSAGE_???");
static const struct name priority[] = {N(PRIO_PROCESS), N(PRIO_PGRP), N(PRIO_USER)};
const struct names names_priority = NAMES(priority, NULL, "PRIO_???");
static const struct name sched[] = {N(SCHED_OTHER), N(SCHED_FIFO), N(SCHED_RR),
				    N(SCHED_BATCH), N(SCHED_IDLE), N(SCHED_DEADLINE)};
const struct names names_sched = NAMES(sched, NULL, "SCHED_???");
static const struct name arch_prctl[] = {N(ARCH_SET_GS), N(ARCH_SET_FS),    N(ARCH_GET_FS),
					 N(ARCH_GET_GS), N(ARCH_GET_CPUID), N(ARCH_SET_CPUID)};
const struct names names_arch_prctl = NAMES(arch_prctl, NULL, "ARCH_???");
static const struct name prctl[] = {N(PR_SET_PDEATHSIG),
				    N(PR_GET_PDEATHSIG),
				    N(PR_GET_DUMPABLE),
				    N(PR_SET_DUMPABLE),
				    N(PR_GET_KEEPCAPS),
				    N(PR_SET_KEEPCAPS),
				    N(PR_SET_NAME),
				    N(PR_GET_NAME),
				    N(PR_GET_SECCOMP),
				    N(PR_SET_SECCOMP),
				    N(PR_CAPBSET_READ),
				    N(PR_CAPBSET_DROP),
				    N(PR_GET_SECUREBITS),
				    N(PR_SET_SECUREBITS),
				    N(PR_SET_TIMERSLACK),
				    N(PR_GET_TIMERSLACK),
				    N(PR_SET_MM),
				    N(PR_SET_CHILD_SUBREAPER),
				    N(PR_GET_CHILD_SUBREAPER),
				    N(PR_SET_NO_NEW_PRIVS),
				    N(PR_GET_NO_NEW_PRIVS),
				    N(PR_GET_TID_ADDRESS),
				    N(PR_SET_THP_DISABLE),
				    N(PR_GET_THP_DISABLE),
				    N(PR_SET_PTRACER),
				    N(PR_SET_VMA),
				    N(PR_CAP_AMBIENT)};
const struct names names_prctl = NAMES(prctl, NULL, "PR_???");
static const struct name futex[] = {N(FUTEX_WAIT),          N(FUTEX_WAKE),        N(FUTEX_FD),
				    N(FUTEX_REQUEUE),       N(FUTEX_CMP_REQUEUE), N(FUTEX_WAKE_OP),
				    N(FUTEX_LOCK_PI),       N(FUTEX_UNLOCK_PI),   N(FUTEX_TRYLOCK_PI),
				    N(FUTEX_WAIT_BITSET),   N(FUTEX_WAKE_BITSET), N(FUTEX_WAIT_REQUEUE_PI),
				    N(FUTEX_CMP_REQUEUE_PI)};
const struct names names_futex = NAMES(futex, NULL, "FUTEX_???");
static const struct name futex_ops[] = {N(FUTEX_OP_SET), N(FUTEX_OP_ADD), N(FUTEX_OP_OR), N(FUTEX_OP_ANDN),
					N(FUTEX_OP_XOR)};
const struct names names_futex_ops = NAMES(futex_ops, NULL, "FUTEX_OP_???");
static const struct name futex_cmps[] = {N(FUTEX_OP_CMP_EQ), N(FUTEX_OP_CMP_NE), N(FUTEX_OP_CMP_LT),
					 N(FUTEX_OP_CMP_LE), N(FUTEX_OP_CMP_GT), N(FUTEX_OP_CMP_GE)};
const struct names names_futex_cmps = NAMES(futex_cmps, NULL, "FUTEX_OP_CMP_???");
static const struct name membarrier[] = {N(MEMBARRIER_CMD_GLOBAL),
					 N(MEMBARRIER_CMD_GLOBAL_EXPEDITED),
					 N(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED),
					 N(MEMBARRIER_CMD_PRIVATE_EXPEDITED),
					 N(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED),
					 N(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE),
					 N(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE),
					 N(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ),
					 N(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)};
const struct names names_membarrier = NAMES(membarrier, "MEMBARRIER_CMD_QUERY", "MEMBARRIER_CMD_???");
static const struct name membarrier_flags[] = {N(MEMBARRIER_CMD_FLAG_CPU)};
const struct names names_membarrier_flags = NAMES(membarrier_flags, NULL, "MEMBARRIER_CMD_FLAG_???");
static const struct name getrandom[] = {N(GRND_NONBLOCK), N(GRND_RANDOM), N(GRND_INSECURE)};
const struct names names_getrandom = NAMES(getrandom, NULL, "GRND_???");

static const struct name how[] = {N(SIG_BLOCK), N(SIG_UNBLOCK), N(SIG_SETMASK)};
const struct names names_how = NAMES(how, NULL, "SIG_???");
static const struct name sa[] = {N(SA_RESTORER), N(SA_ONSTACK),   N(SA_RESTART), {0x20000000, "SA_INTERRUPT"},
				 N(SA_NODEFER),  N(SA_RESETHAND), N(SA_SIGINFO), N(SA_NOCLDSTOP),
				 N(SA_NOCLDWAIT)};
const struct names names_sa = NAMES(sa, NULL, "SA_???");
static const struct name ss[] = {N(SS_ONSTACK), N(SS_DISABLE), N(SS_AUTODISARM)};
const struct names names_ss = NAMES(ss, NULL, "SS_???");
static const struct name sfd[] = {{O_CLOEXEC, "SFD_CLOEXEC"}, {O_NONBLOCK, "SFD_NONBLOCK"}};
const struct names names_sfd = NAMES(sfd, NULL, "SFD_???");

static const struct name clocks[] = {N(CLOCK_REALTIME),
				     N(CLOCK_MONOTONIC),
				     N(CLOCK_PROCESS_CPUTIME_ID),
				     N(CLOCK_THREAD_CPUTIME_ID),
				     N(CLOCK_MONOTONIC_RAW),
				     N(CLOCK_REALTIME_COARSE),
				     N(CLOCK_MONOTONIC_COARSE),
				     N(CLOCK_BOOTTIME),
				     N(CLOCK_REALTIME_ALARM),
				     N(CLOCK_BOOTTIME_ALARM),
				     N(CLOCK_TAI)};
const struct names names_clocks = NAMES(clocks, NULL, "CLOCK_???");
static const struct name itimers[] = {N(ITIMER_REAL), N(ITIMER_VIRTUAL), N(ITIMER_PROF)};
const struct names names_itimers = NAMES(itimers, NULL, "ITIMER_???");
static const struct name timer_abstime[] = {N(TIMER_ABSTIME)};
const struct names names_timer_abstime = NAMES(timer_abstime, NULL, "TIMER_???");
static const struct name tfd[] = {
    N(TFD_TIMER_ABSTIME), N(TFD_TIMER_CANCEL_ON_SET), {O_CLOEXEC, "TFD_CLOEXEC"}, {O_NONBLOCK, "TFD_NONBLOCK"}};
const struct names names_tfd = NAMES(tfd, NULL, "TFD_???");
static const struct name efd[] = {N(EFD_SEMAPHORE), {O_CLOEXEC, "EFD_CLOEXEC"}, {O_NONBLOCK, "EFD_NONBLOCK"}};
const struct names names_efd = NAMES(efd, NULL, "EFD_???");

static const struct name poll[] = {
    N(POLLIN),     N(POLLPRI),    N(POLLOUT),    N(POLLERR), N(POLLHUP),    N(POLLNVAL),  N(POLLRDNORM),
    N(POLLRDBAND), N(POLLWRNORM), N(POLLWRBAND), N(POLLMSG), N(POLLREMOVE), N(POLLRDHUP), {0x8000, "POLL_BUSY_LOOP"}};
const struct names names_poll = NAMES(poll, NULL, "POLL???");
static const struct name epoll[] = {N(EPOLLIN),        N(EPOLLPRI),    N(EPOLLOUT),     N(EPOLLERR),
				    N(EPOLLHUP),       N(EPOLLNVAL),   N(EPOLLRDNORM),  N(EPOLLRDBAND),
				    N(EPOLLWRNORM),    N(EPOLLWRBAND), N(EPOLLMSG),     N(EPOLLRDHUP),
				    N(EPOLLEXCLUSIVE), N(EPOLLWAKEUP), N(EPOLLONESHOT), N(EPOLLET)};
const struct names names_epoll = NAMES(epoll, NULL, "EPOLL???");
static const struct name epoll_ops[] = {N(EPOLL_CTL_ADD), N(EPOLL_CTL_DEL), N(EPOLL_CTL_MOD)};
const struct names names_epoll_ops = NAMES(epoll_ops, NULL, "EPOLL_CTL_???");
static const struct name epoll_create[] = {N(EPOLL_CLOEXEC)};
const struct names names_epoll_create = NAMES(epoll_create, NULL, "EPOLL_???");

static const struct name shutdown[] = {N(SHUT_RD), N(SHUT_WR), N(SHUT_RDWR)};
const struct names names_shutdown = NAMES(shutdown, NULL, "SHUT_???");
static const struct name msg[] = {N(MSG_OOB),
				  N(MSG_PEEK),
				  N(MSG_DONTROUTE),
				  N(MSG_CTRUNC),
				  {0x10, "MSG_PROBE"},
				  N(MSG_TRUNC),
				  N(MSG_DONTWAIT),
				  N(MSG_EOR),
				  N(MSG_WAITALL),
				  {0x200, "MSG_FIN"},
				  {0x400, "MSG_SYN"},
				  N(MSG_CONFIRM),
				  {0x1000, "MSG_RST"},
				  N(MSG_ERRQUEUE),
				  N(MSG_NOSIGNAL),
				  N(MSG_MORE),
				  N(MSG_WAITFORONE),
				  {0x20000, "MSG_SENDPAGE_NOTLAST"},
				  {0x40000, "MSG_BATCH"},
				  {0x80000, "MSG_NO_SHARED_FRAGS"},
				  {0x4000000, "MSG_ZEROCOPY"},
				  {0x20000000, "MSG_FASTOPEN"},
				  N(MSG_CMSG_CLOEXEC),
				  {0x80000000, "MSG_CMSG_COMPAT"}};
const struct names names_msg = NAMES(msg, NULL, "MSG_???");
static const struct name sock_flags[] = {N(SOCK_CLOEXEC), N(SOCK_NONBLOCK)};
const struct names names_sock_flags = NAMES(sock_flags, NULL, "SOCK_???");
