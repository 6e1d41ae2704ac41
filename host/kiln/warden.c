/* SPDX-License-Identifier: ISC */
/*
 * The supervisor's loop. Signals are only sent to the worker, an own child that is not reaped yet, so never to somebody
 * else with its number. The worker dies with the supervisor and the machine with the worker (PDEATHSIG); when a worker
 * has ended, whatever is left of its children comes to us (subreaper), is killed and reaped before the state says so.
 */
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "hostlib/cleanup.h"
#include "hostlib/record.h"

#define READY_SECONDS 15.0 /* an image that does not say that it is up counts as started then */
#define READY_LOOK    0.004
#define SEEN_SECONDS  5.0 /* to write a profile or a chart when the machine had to be ended */
#define DELAY_FIRST   0.1 /* doubled with each start ... */
#define DELAY_MAX     60.0
#define DELAY_GOOD    10.0 /* ... until a run was longer than this */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static void say(struct warden *w, const char *status)
{
	json_t *s = w->instance->state;
	struct error ignored;

	json_object_set_new(s, "status", json_string(status));
	json_object_set_new(s, "restarts", json_integer(w->restarts));
	instance_save(w->instance, &ignored);
}

static void say_number(struct warden *w, const char *key, int64_t n)
{
	json_object_set_new(w->instance->state, key, json_integer(n));
}

/* To the command that waits for the start. An empty message is good news. */
static void tell_start(struct warden *w, const char *text, size_t n)
{
	if (w->result_fd < 0)
		return;
	if (text) {
		char status = (char)w->status;

		if (file_write_fd(w->result_fd, &status, 1) == 0)
			file_write_fd(w->result_fd, text, n);
	} else {
		file_write_fd(w->result_fd, "", 1);
	}
	close(w->result_fd);
	w->result_fd = -1;
}

__attribute__((noreturn)) static void work(struct warden *w, int in, int out)
{
	struct launch l = *w->launch;
	struct error err = {.status = STATUS_MACHINE};
	sigset_t none;
	int status;

	close(w->lock_fd);
	if (w->result_fd >= 0)
		close(w->result_fd);
	signal(SIGPIPE, SIG_DFL);
	if (in >= 0)
		dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	/* A signal that comes now waits for the machine's supervisor; the tender has to have them open. */
	sigemptyset(&none);
	if (l.platform == PLATFORM_SANDBOX && !sandbox_supervised(&l) && !see_wanted(w->see))
		sigprocmask(SIG_SETMASK, &none, NULL);
	status = see_wanted(w->see) ? see_run(w->see, &l, &err) : launch_run(&l, &err);
	if (status < 0)
		fprintf(stderr, "kiln: %s\n", err.text);
	fflush(NULL);
	_exit(status < 0 ? err.status : status);
}

static void worker_ended(struct warden *w, int status);

static void begin(struct warden *w)
{
	pid_t self = getpid(), pid = -1;
	int in[2] = {-1, -1}, out[2] = {-1, -1};

	w->again_at = 0;
	w->began = now();
	w->ready_by = w->began + READY_SECONDS;
	w->end_at = w->timeout > 0 ? w->began + w->timeout : 0;
	w->phase = WARDEN_STARTING;
	say_number(w, "started", time(NULL));
	say(w, "starting");
	record_clear(w->launch->record_fd);
	if (pipe2(out, O_CLOEXEC) == 0 &&
	    (!w->launch->remote || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, in) == 0))
		pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(STATUS_MACHINE);
		work(w, in[1], out[1]);
	}
	close(out[1]);
	close(in[1]);
	w->output_fd = out[0];
	w->input_fd = in[0];
	if (pid > 0)
		w->worker = pid;
	else
		worker_ended(w, STATUS_MACHINE << 8); /* no process or no pipe is to be had */
}

static void take_output(struct warden *w)
{
	char buf[1 << 14];
	ssize_t n = read(w->output_fd, buf, sizeof buf);

	if (n > 0) {
		logfile_add(&w->log, buf, (size_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		close(w->output_fd);
		w->output_fd = -1;
	}
}

/* What the worker left: they are our children now, and theirs when these have ended. */
static void end_leftovers(void)
{
	AUTO_FREE char *path = xasprintf("/proc/self/task/%d/children", getpid());
	int pid;

	do {
		AUTO_FCLOSE FILE *f = fopen(path, "re");

		while (f && fscanf(f, "%d", &pid) == 1)
			kill(pid, SIGKILL);
	} while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

static bool shall_restart(const struct warden *w)
{
	if (w->stopping || w->restart.when == RESTART_NO)
		return false;
	if (w->restart.when == RESTART_ALWAYS)
		return true;
	return w->status && (!w->restart.max || w->restarts < w->restart.max);
}

/*
 * It never came up: the first time, the command that started it has the reason, and nothing stays. It hears that last, as it
 * may look at once.
 */
static void failed_start(struct warden *w, struct file_map *words)
{
	struct error ignored;

	if (file_map(words, w->log.path, &ignored) < 0)
		*words = (struct file_map){(const uint8_t *)"", 0};
	if (!w->status)
		w->status = STATUS_MACHINE;
	w->remove = !w->again;
}

static void prepare_again(struct warden *w)
{
	char line[128];
	double again = w->delay;

	if (now() - w->began > DELAY_GOOD)
		again = DELAY_FIRST;
	w->delay = smaller(again * 2, DELAY_MAX);
	w->restarts++;
	w->again_at = now() + again;
	w->phase = WARDEN_WAITING;
	snprintf(line, sizeof line, "kiln: ended with status %d; starting again in %g s\n", w->status, again);
	logfile_add(&w->log, line, strlen(line));
	say(w, "restarting");
}

static bool came_up(const struct warden *w)
{
	return record_started(w->launch->record_fd);
}

static void worker_ended(struct warden *w, int status)
{
	bool up = w->phase == WARDEN_RUNNING || came_up(w);

	end_leftovers();
	w->worker = 0;
	w->kill_at = w->end_at = 0;
	while (w->output_fd >= 0)
		take_output(w);
	if (w->input_fd >= 0)
		close(w->input_fd);
	w->input_fd = -1;
	w->last_call = false;
	w->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (w->timed_out)
		w->status = STATUS_TIMEOUT;
	w->timed_out = false;
	say_number(w, "exit", w->status);
	say_number(w, "finished", time(NULL));
	if (!up && w->result_fd >= 0 && !w->stopping) {
		w->failed = true;
		w->phase = WARDEN_OVER;
		return;
	}
	tell_start(w, NULL, 0);
	if (shall_restart(w))
		prepare_again(w);
	else
		w->phase = WARDEN_OVER;
}

void warden_stop(struct warden *w, double grace)
{
	double end = now() + grace;

	w->stopping = true;
	if (!w->worker) {
		w->phase = WARDEN_OVER;
		return;
	}
	kill(w->worker, grace > 0 ? SIGTERM : SIGKILL);
	if (!w->kill_at || end < w->kill_at)
		w->kill_at = end;
}

bool warden_kill(struct warden *w, int sig)
{
	if (!w->worker)
		return false;
	w->stopping |= sig == SIGKILL;
	return kill(w->worker, sig) == 0;
}

static void take_signal(struct warden *w)
{
	struct signalfd_siginfo info;
	int status;

	if (read(w->signal_fd, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo != SIGCHLD)
		warden_stop(w, w->grace);
	else if (w->worker && waitpid(w->worker, &status, WNOHANG) == w->worker)
		worker_ended(w, status);
}

/* What is due; the seconds until the next thing is, negative: nothing. */
static double keep_time(struct warden *w)
{
	double next = INFINITY, t = now();

	if (w->phase == WARDEN_STARTING) {
		if (came_up(w) || t >= w->ready_by || w->launch->debugger.paused) {
			w->phase = WARDEN_RUNNING;
			say(w, "running");
			tell_start(w, NULL, 0);
		} else {
			next = READY_LOOK;
		}
	}
	if (w->again_at && t >= w->again_at)
		begin(w);
	if (w->end_at && t >= w->end_at) {
		bool stopping = w->stopping;

		w->end_at = 0;
		w->timed_out = true;
		warden_stop(w, w->grace);
		w->stopping = stopping;
	}
	if (w->kill_at && t >= w->kill_at && w->worker) {
		bool see = see_wanted(w->see) && !w->last_call;

		w->kill_at = see ? t + SEEN_SECONDS : 0;
		w->last_call = see;
		kill(w->worker, see ? SIGALRM : SIGKILL);
	}
	if (w->again_at)
		next = smaller(next, w->again_at - t);
	if (w->end_at)
		next = smaller(next, w->end_at - t);
	if (w->kill_at)
		next = smaller(next, w->kill_at - t);
	return isinf(next) ? -1 : next < 0 ? 0 : next;
}

static void wait_for_more(struct warden *w, double seconds)
{
	struct pollfd p[4 + WARDEN_CLIENTS];
	unsigned n = w->clients;
	bool held = false;

	p[0] = (struct pollfd){.fd = w->signal_fd, .events = POLLIN};
	p[1] = (struct pollfd){.fd = w->output_fd, .events = POLLIN};
	p[2] = (struct pollfd){.fd = w->listen_fd, .events = POLLIN};
	for (unsigned k = 0; k < n; k++) {
		held |= w->held[k];
		p[4 + k] = (struct pollfd){.fd = w->held[k] ? -1 : w->client[k], .events = POLLIN};
	}
	p[3] = (struct pollfd){.fd = held ? w->input_fd : -1, .events = POLLOUT};
	if (poll(p, 4 + n, seconds < 0 ? -1 : (int)smaller(seconds * 1000 + 1, 1e9)) <= 0)
		return;
	for (unsigned k = n; k-- > 0;) /* from the end: a dropped one is replaced by the last */
		if (p[4 + k].revents)
			warden_serve(w, k);
	if (p[3].revents || w->input_fd < 0)
		memset(w->held, 0, sizeof w->held);
	if (p[1].revents)
		take_output(w);
	if (p[0].revents)
		take_signal(w);
	if (p[2].revents)
		warden_accept(w);
}

static void prepare(struct warden *w)
{
	static const int ends[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	struct error ignored;
	sigset_t set;

	sigemptyset(&set);
	for (unsigned k = 0; k < sizeof ends / sizeof *ends; k++)
		sigaddset(&set, ends[k]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* the command that waited may have gone */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	w->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w->listen_fd = control_listen(w->instance, &ignored);
	fcntl(w->listen_fd, F_SETFL, O_NONBLOCK);
	w->output_fd = w->input_fd = -1;
	w->delay = DELAY_FIRST;
}

void warden_run(struct warden *w)
{
	struct file_map words = {0};
	struct error ignored;
	uint64_t from;

	prepare(w);
	w->log_from = w->log.size;
	say_number(w, "pid", getpid());
	begin(w);
	while (w->phase != WARDEN_OVER) {
		double next = keep_time(w);

		if (w->phase != WARDEN_OVER)
			wait_for_more(w, next);
	}
	warden_close_door(w);
	if (w->failed)
		failed_start(w, &words);
	if (w->remove)
		instance_remove_own(w->instance, &ignored);
	else
		say(w, "exited");
	close(w->lock_fd); /* before anybody hears of the end, and may want to remove it */
	from = w->log_from <= words.size ? w->log_from : 0;
	if (w->failed)
		tell_start(w, (const char *)words.data + from, words.size - from);
	warden_tell_end(w);
	_exit(0);
}
