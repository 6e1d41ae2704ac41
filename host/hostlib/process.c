/* SPDX-License-Identifier: ISC */
/*
 * Child processes by vfork: the child shares the parent's memory until it executes, so it only makes system calls and
 * leaves its errno in a variable of the parent.
 */
#include "hostlib/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostlib/cleanup.h"

char *process_find(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : xstrdup(name);
	if (!path || !*path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path) {
		size_t n = strcspn(path, ":");
		char *p = xasprintf("%.*s/%s", (int)n, path, name);

		if (n && !access(p, X_OK))
			return p;
		free(p);
		path += n + (path[n] == ':');
	}
	return NULL;
}

static bool child_fd(int from, int to)
{
	if (from < 0)
		return true;
	if (from == to)
		return fcntl(to, F_SETFD, 0) == 0;
	return dup2(from, to) == to;
}

pid_t process_start(char *const argv[], const struct process_files *files, struct error *err)
{
	AUTO_FREE char *path = process_find(argv[0]);
	volatile int failed = 0;
	pid_t parent = getpid(), pid;
	sigset_t none;

	if (!path)
		return error_set(err, "%s: not found in $PATH; kiln doctor shows what is missing", argv[0]);
	sigemptyset(&none);
	/* NOLINTBEGIN(clang-analyzer-unix.Vfork): the child only makes system calls. */
	pid = vfork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, files->asked ? SIGTERM : SIGKILL);
		if (files->own_group)
			setpgid(0, 0);
		if (getppid() != parent)
			_exit(127);
		if (child_fd(files->in, 0) && child_fd(files->out, 1) && child_fd(files->err, 2))
			execv(path, argv);
		failed = errno;
		_exit(127);
	}
	/* NOLINTEND(clang-analyzer-unix.Vfork) */
	if (pid < 0)
		return error_errno(err, "cannot start %s", argv[0]);
	if (failed) {
		waitpid(pid, NULL, 0);
		errno = failed;
		return error_errno(err, "cannot execute %s", path);
	}
	return pid;
}

int process_run(char *const argv[], struct str *out, struct error *err)
{
	int pipe_fd[2] = {-1, -1}, status;
	struct process_files files = {.in = -1, .out = -1, .err = -1};
	char buf[4096];
	pid_t pid;
	ssize_t n;

	if (out) {
		if (pipe2(pipe_fd, O_CLOEXEC) < 0)
			return error_errno(err, "pipe");
		files.out = files.err = pipe_fd[1];
	}
	pid = process_start(argv, &files, err);
	if (pipe_fd[1] >= 0)
		close(pipe_fd[1]);
	if (pid < 0) {
		if (pipe_fd[0] >= 0)
			close(pipe_fd[0]);
		return -1;
	}
	while (out && (n = read(pipe_fd[0], buf, sizeof buf)) != 0)
		if (n > 0)
			str_add_n(out, buf, (size_t)n);
		else if (errno != EINTR)
			break;
	if (pipe_fd[0] >= 0)
		close(pipe_fd[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(err, "%s", argv[0]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_check(char *const argv[], struct error *err)
{
	AUTO_STR struct str out = {0};
	int status = process_run(argv, &out, err);

	if (status <= 0)
		return status;
	if (out.len)
		return error_set(err, "%s failed (status %d): %.*s", argv[0], status, (int)strcspn(out.p, "\n"), out.p);
	return error_set(err, "%s failed (status %d)", argv[0], status);
}
