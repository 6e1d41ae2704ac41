/* SPDX-License-Identifier: ISC */
/* What the C library finds in /etc: users, groups, the host's name and addresses, the time zone. */
#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void address(const char *what, const char *name)
{
	struct addrinfo *r, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	int e = getaddrinfo(name, NULL, &hints, &r);

	printf("%s %s\n", what, e != 0 ? gai_strerror(e) : inet_ntoa(((struct sockaddr_in *)r->ai_addr)->sin_addr));
}

int main(void)
{
	struct passwd *p = getpwuid(getuid());
	struct group *g = getgrgid(getgid());
	time_t t = 1700000000;
	char host[65] = "", line[65] = "", when[64];
	FILE *f = fopen("/etc/hostname", "r");

	printf("user %s home %s group %s\n", p != NULL ? p->pw_name : "?", p != NULL ? p->pw_dir : "?",
	       g != NULL ? g->gr_name : "?");
	p = getpwnam("nobody");
	printf("nobody %d\n", p != NULL ? (int)p->pw_uid : -1);
	gethostname(host, sizeof host);
	if (f != NULL && fgets(line, sizeof line, f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	printf("host %s %s\n", host, line);
	address("localhost", "localhost");
	address("myself", host);
	strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S %Z", localtime(&t));
	printf("time %s\n", when);
	return 0;
}
