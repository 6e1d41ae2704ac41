/* SPDX-License-Identifier: ISC */
/* The control socket; reached through its directory's descriptor, since a socket's path may be 107 bytes only. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostlib/cleanup.h"

static int reach(const struct instance *i, int (*how)(int, const struct sockaddr *, socklen_t))
{
	AUTO_CLOSE int dir = open(i->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, saved;

	if (dir < 0)
		return -1;
	snprintf(sun.sun_path, sizeof sun.sun_path, "/proc/self/fd/%d/control", dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || how(fd, (struct sockaddr *)&sun, sizeof sun) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int control_listen(const struct instance *i, struct error *err)
{
	int fd = reach(i, bind);

	if (fd >= 0 && listen(fd, 16) == 0)
		return fd;
	error_errno(err, "%s/control", i->path);
	close(fd);
	return -1;
}

static int not_running(const struct instance *i, struct error *err)
{
	return error_set(err, "%s: not running", i->name);
}

int control_send(const struct instance *i, struct error *err, const char *f, ...)
{
	char request[CONTROL_MAX];
	va_list ap;
	int fd = reach(i, connect);

	va_start(ap, f);
	vsnprintf(request, sizeof request, f, ap);
	va_end(ap);
	if (fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return not_running(i, err);
}

int control_answer(int fd, const struct instance *i, struct error *err)
{
	char answer[CONTROL_MAX + 1];
	AUTO_CLOSE int connection = fd;
	int status = 0;
	ssize_t n;

	do
		n = recv(connection, answer, CONTROL_MAX, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return error_set(err, "%s: its supervisor ended without an answer", i->name);
	answer[n] = '\0';
	if (!strncmp(answer, "error ", 6))
		return error_set(err, "%s: %s", i->name, answer + 6);
	return sscanf(answer, "exit %d", &status) == 1 ? status : 0;
}
