/* SPDX-License-Identifier: ISC */
/* The supervisor's side of the control socket (control.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "hostlib/cleanup.h"
#include "warden.h"

static void answer(int fd, const char *text)
{
	/* One who has gone does not matter. */
	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

static void drop(struct warden *w, unsigned k)
{
	close(w->client[k]);
	w->client[k] = w->client[--w->clients];
	w->held[k] = w->held[w->clients];
}

void warden_accept(struct warden *w)
{
	int fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (w->clients == WARDEN_CLIENTS) {
		answer(fd, "error too many commands wait for it");
		close(fd);
		return;
	}
	w->held[w->clients] = false;
	w->client[w->clients++] = fd;
}

static bool is_for_guest(const char *request)
{
	return !strncmp(request, CONTROL_INPUT, strlen(CONTROL_INPUT)) ||
	       !strncmp(request, CONTROL_SIZE, strlen(CONTROL_SIZE));
}

void warden_serve(struct warden *w, unsigned k)
{
	char request[CONTROL_MAX + 1];
	ssize_t n = recv(w->client[k], request, CONTROL_MAX, MSG_DONTWAIT | MSG_PEEK);
	double grace;
	int sig;

	if (n <= 0) {
		drop(w, k);
		return;
	}
	request[n] = '\0';
	if (is_for_guest(request)) /* what there is no room for stays where it is; while nothing runs it is lost */
		w->held[k] = w->input_fd >= 0 &&
			     send(w->input_fd, request, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EAGAIN;
	if (w->held[k] || recv(w->client[k], request, CONTROL_MAX, MSG_DONTWAIT) < 0)
		return;
	if (!strcmp(request, "wait") || is_for_guest(request))
		return; /* all are told of the end */
	if (sscanf(request, "stop %lf", &grace) == 1)
		warden_stop(w, grace < 0 ? w->grace : grace);
	else if (sscanf(request, "kill %d", &sig) == 1)
		answer(w->client[k], warden_kill(w, sig) ? "ok" : "error not running now");
	else
		answer(w->client[k], "error not a request");
}

void warden_close_door(struct warden *w)
{
	AUTO_FREE char *path = instance_file(w->instance, "control");
	unsigned before;

	unlink(path);
	do {
		before = w->clients;
		warden_accept(w);
	} while (w->clients > before);
}

void warden_tell_end(struct warden *w)
{
	char text[32], request[CONTROL_MAX];

	snprintf(text, sizeof text, "exit %d", w->status);
	for (unsigned k = 0; k < w->clients; k++) {
		answer(w->client[k], text);
		/* A request that is not taken in would take the answer away. */
		while (recv(w->client[k], request, sizeof request, MSG_DONTWAIT) > 0)
			;
	}
}
