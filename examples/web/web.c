/* SPDX-License-Identifier: ISC */
/*
 * A threaded HTTP/1.1 server: one thread a connection, keep-alive and pipelining. The files below the document root are
 * mapped once at the start (in a Kiln image they stand in the image itself, so that nothing is copied) and served by
 * one write each; /status shows what the machine looks like from inside. GET and HEAD.
 *
 * usage: web [-p PORT] [-r ROOT] [-c MAX-CONNECTIONS]
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_FILES    512
#define REQUEST_SIZE 8192
#define IDLE_SECONDS 30

struct file {
	char *path; /* as in the URL: "/index.html" */
	const void *data;
	size_t size;
	char head[160]; /* the answer's header, ready to send */
	size_t head_size;
};

static struct file files[MAX_FILES];
static size_t file_count;
static size_t root_length;
static int max_connections = 256;
static atomic_int connections;
static atomic_ulong requests;

static const char *content_type(const char *path)
{
	static const char *const types[][2] = {
	    {".html", "text/html; charset=utf-8"}, {".css", "text/css"},      {".js", "text/javascript"},
	    {".txt", "text/plain; charset=utf-8"}, {".svg", "image/svg+xml"}, {".png", "image/png"},
	    {".json", "application/json"}};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
		if (strcmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* One file of the tree: mapped, and its header made. Stops the walk when there is no more room. */
static int add_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	struct file *f = &files[file_count];
	int fd;

	(void)ftw;
	if (kind != FTW_F)
		return 0;
	if (file_count == MAX_FILES) {
		fprintf(stderr, "web: more than %d files, %s and the rest are not served\n", MAX_FILES, path);
		return 1;
	}
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		fprintf(stderr, "web: %s: %s\n", path, strerror(errno));
		return 0;
	}
	f->size = (size_t)st->st_size;
	f->data = f->size == 0 ? "" : mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	f->path = strdup(path + root_length);
	if (f->data == MAP_FAILED || f->path == NULL) {
		fprintf(stderr, "web: %s: %s\n", path, strerror(errno));
		return 0;
	}
	f->head_size = (size_t)snprintf(f->head, sizeof f->head,
					"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
					content_type(f->path), f->size);
	file_count++;
	return 0;
}

static const struct file *find_file(const char *path)
{
	for (size_t i = 0; i < file_count; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return strcmp(path, "/") == 0 ? find_file("/index.html") : NULL;
}

/* Sends all of both parts; false when the peer is gone. */
static bool send_all(int fd, const void *head, size_t head_size, const void *body, size_t body_size)
{
	struct iovec v[2] = {{(void *)head, head_size}, {(void *)body, body_size}};

	while (v[0].iov_len + v[1].iov_len != 0) {
		ssize_t n = v[1].iov_len == 0 ? write(fd, v[0].iov_base, v[0].iov_len) : writev(fd, v, 2);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		for (int i = 0; i < 2; i++) {
			size_t k = (size_t)n < v[i].iov_len ? (size_t)n : v[i].iov_len;

			v[i].iov_base = (char *)v[i].iov_base + k;
			v[i].iov_len -= k;
			n -= (ssize_t)k;
		}
	}
	return true;
}

static bool send_text(int fd, const char *status, const char *type, const char *body, bool with_body)
{
	char head[256];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status,
			 type, strlen(body));

	return send_all(fd, head, (size_t)n, body, with_body ? strlen(body) : 0);
}

static bool send_status(int fd, bool with_body)
{
	struct utsname u;
	struct sysinfo si;
	char body[1024];

	if (uname(&u) != 0 || sysinfo(&si) != 0)
		return send_text(fd, "500 Internal Server Error", "text/plain", "no status\n", with_body);
	snprintf(body, sizeof body,
		 "<!DOCTYPE html><title>Status</title><h1>What this guest sees</h1>\n<table>\n"
		 "<tr><td>kernel<td>%s %s (%s, %s)\n<tr><td>host name<td>%s\n"
		 "<tr><td>memory<td>%lu KiB, %lu KiB free\n<tr><td>uptime<td>%ld s\n"
		 "<tr><td>connections<td>%d\n<tr><td>requests served<td>%lu\n</table>\n",
		 u.sysname, u.release, u.version, u.machine, u.nodename, si.totalram * si.mem_unit / 1024,
		 si.freeram * si.mem_unit / 1024, si.uptime, atomic_load(&connections), atomic_load(&requests));
	return send_text(fd, "200 OK", "text/html; charset=utf-8", body, with_body);
}

/* The value of a header of the request, or NULL; the request is NUL-terminated and ends with an empty line. */
static const char *find_header(const char *request, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strstr(request, "\r\n"); p != NULL && p[2] != '\r'; p = strstr(p + 2, "\r\n"))
		if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':')
			return p + 3 + n + strspn(p + 3 + n, " \t");
	return NULL;
}

/* Answers one request, which ends with an empty line; false when the connection is to be closed. */
static bool answer(int fd, char *request)
{
	char *path = strchr(request, ' '), *version = path != NULL ? strchr(path + 1, ' ') : NULL, *query;
	const char *connection;
	const struct file *f;
	bool head, keep;

	if (version == NULL || strncmp(version + 1, "HTTP/1.", 7) != 0) {
		send_text(fd, "400 Bad Request", "text/plain", "not an HTTP/1 request\n", true);
		return false;
	}
	connection = find_header(version, "Connection");
	keep = connection != NULL ? strncasecmp(connection, "close", 5) != 0 : version[8] == '1';
	if (version[8] == '0')
		keep = keep && connection != NULL && strncasecmp(connection, "keep-alive", 10) == 0;
	*path++ = '\0';
	*version = '\0';
	query = strchr(path, '?');
	if (query != NULL)
		*query = '\0';
	head = strcmp(request, "HEAD") == 0;
	atomic_fetch_add(&requests, 1);
	if (!head && strcmp(request, "GET") != 0)
		return send_text(fd, "405 Method Not Allowed", "text/plain", "GET and HEAD only\n", true) && false;
	if (strcmp(path, "/status") == 0)
		return send_status(fd, !head) && keep;
	f = find_file(path);
	if (f == NULL)
		return send_text(fd, "404 Not Found", "text/plain", "no such page\n", !head) && keep;
	return send_all(fd, f->head, f->head_size, f->data, head ? 0 : f->size) && keep;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buf[REQUEST_SIZE + 1], *end;
	size_t used = 0;
	bool open = true;

	while (open) {
		ssize_t n = read(fd, buf + used, REQUEST_SIZE - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
		buf[used] = '\0';
		while (open && (end = strstr(buf, "\r\n\r\n")) != NULL) {
			size_t size = (size_t)(end + 4 - buf);
			char next = buf[size];

			buf[size] = '\0';
			open = answer(fd, buf);
			buf[size] = next;
			used -= size;
			memmove(buf, buf + size, used + 1);
		}
		if (used == REQUEST_SIZE) {
			send_text(fd, "431 Request Header Fields Too Large", "text/plain", "request too large\n", true);
			break;
		}
	}
	close(fd);
	atomic_fetch_sub(&connections, 1);
	return NULL;
}

static void start(int fd, const pthread_attr_t *attr)
{
	struct timeval idle = {IDLE_SECONDS, 0};
	pthread_t thread;
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (atomic_fetch_add(&connections, 1) < max_connections &&
	    pthread_create(&thread, attr, serve, (void *)(intptr_t)fd) == 0)
		return;
	atomic_fetch_sub(&connections, 1);
	send_text(fd, "503 Service Unavailable", "text/plain", "too many connections\n", true);
	close(fd);
}

static int listen_on(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 128) != 0) {
		fprintf(stderr, "web: port %d: %s\n", port, strerror(errno));
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	const char *root = "/www";
	int port = 80, option, listener;
	pthread_attr_t attr;

	while ((option = getopt(argc, argv, "p:r:c:")) != -1) {
		if (option == 'p')
			port = atoi(optarg);
		else if (option == 'r')
			root = optarg;
		else if (option == 'c')
			max_connections = atoi(optarg);
		else
			return 2;
	}
	if (optind != argc || port <= 0 || port > 65535 || max_connections <= 0) {
		fprintf(stderr, "usage: web [-p PORT] [-r ROOT] [-c MAX-CONNECTIONS]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	root_length = strlen(root);
	if (nftw(root, add_file, 8, FTW_PHYS) != 0 || file_count == 0)
		fprintf(stderr, "web: %s: %s\n", root, file_count == 0 ? "no files" : "not all files");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32768);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	listener = listen_on(port);
	printf("web: %zu files from %s, port %d\n", file_count, root, port);
	fflush(stdout);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			start(fd, &attr);
		else if (errno != EINTR && errno != ECONNABORTED)
			fprintf(stderr, "web: accept: %s\n", strerror(errno));
	}
}
