/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load for a log over HTTP on loopback: releases of plain keys, made and
 * signed before the clock starts, posted to URL/add over so many connections
 * by one thread. Closed loop (each connection posts again as soon as it is
 * answered), or with --rate open loop: then the time of a request counts from
 * when it was due, however late it could be sent. Any log that takes POST
 * /add and answers 200 can be driven; ours must answer with a file.
 *
 * Product i mod --products always goes over the same connection, so that
 * sequences arrive in order.
 *
 * Prints `name ns/op bytes`, and the rate, percentiles, and the CPU time per
 * entry of the process --pid and of this one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/args.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/say.h"
#include "host/sign.h"
#include "host/text.h"
#include "log/cosign.h"
#include "verify/line.h"

enum { BODY_MAX = 4096, HEADER_MAX = 256, CONNECTIONS_MAX = 900 };

struct job {
	char *bytes; /* the whole request */
	unsigned n;
	uint64_t due_us, us; /* due from the start; how long it took */
};

struct connection {
	int fd;
	bool busy;
	unsigned job;	     /* under way, or the next one */
	unsigned sent, have; /* bytes of the request, of the answer */
	char answer[65536];
};

static struct job *jobs;
static uint64_t count = 1000, connections = 16, rate, products = 1024,
    first = 1, size = 1500, pid, warm;
static const char *url, *keys, *name = "add";
static bool any;
static unsigned done, failed;
static uint64_t file_bytes;

struct key {
	struct slice name;
	uint8_t seed[32], blob[4];
};

static unsigned
keys_read(struct key k[static 16])
{
	uint8_t public[32];
	const char *s = keys;
	unsigned n = 0;

	for (; *s != '\0' && n < 16; n++) {
		k[n].name = (struct slice){(const uint8_t *)s, strcspn(s, ",")};
		sha256_of(k[n].seed, s, k[n].name.n);
		ed25519_public(public, k[n].seed);
		vkey_id(k[n].blob, k[n].name, KEY_ED25519, public);
		s += k[n].name.n;
		s += *s == ',';
	}
	return n;
}

/* A release of about `size` bytes, filled up with attestations. */
static void
release_text(struct text *t, uint64_t i, unsigned key_n)
{
	uint64_t n = first + i;
	uint8_t digest[32];
	unsigned a;

	sha256_of(digest, &n, sizeof n);
	text_printf(t,
	    "quorate/release@v1\nauthority acme.example/test 1\n"
	    "product acme.example/load-%llu\nversion 1.0.%llu\n"
	    "sequence %llu\npayload app 1048576 ",
	    (unsigned long long)(i % products), (unsigned long long)n,
	    (unsigned long long)(first + i / products));
	text_hex(t, digest, 32);
	text_printf(t, "\nabout\nproposed %llu\n",
	    (unsigned long long)clock_unix());
	for (a = 0; a < 8 && t->n + key_n * 125 + 80 < size; a++) {
		text_printf(t, "attest in-toto.%u ", a);
		text_hex(t, digest, 32);
		text_string(t, "\n");
	}
	if (t->n + key_n * 125 + 16 < size)
		text_printf(t, "x-fill %.*s\n",
		    (int)(size - t->n - key_n * 125 - 8 > 240
			    ? 240
			    : size - t->n - key_n * 125 - 8),
		    "................................................"
		    "................................................"
		    "................................................"
		    "................................................"
		    "................................................");
}

static void
job_make(struct job *j, uint64_t i, const struct key *k, unsigned key_n)
{
	char request[HEADER_MAX + BODY_MAX], body[BODY_MAX];
	uint8_t blob[68];
	struct text t;
	size_t text_n;
	unsigned s;

	text_init(&t, body, sizeof body);
	release_text(&t, i, key_n);
	text_n = t.n;
	text_string(&t, "\n");
	for (s = 0; s < key_n; s++) {
		memcpy(blob, k[s].blob, 4);
		ed25519_sign(blob + 4, k[s].seed, (uint8_t *)body, text_n);
		sigline_text(&t, k[s].name, blob, sizeof blob);
	}
	if (t.full)
		die(EXIT_USAGE, "--size is too large");
	j->n = (unsigned)snprintf(request, sizeof request,
	    "POST /add HTTP/1.1\r\nHost: localhost\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
	    t.n, body);
	j->bytes = malloc(j->n);
	if (j->bytes == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	memcpy(j->bytes, request, j->n);
}

/* http://127.0.0.1:PORT */
static int
connect_to(void)
{
	const char *colon = strrchr(url, ':');
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(colon + 1)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || connect(fd, (void *)&a, sizeof a) != 0)
		die(EXIT_ENVIRONMENT, "cannot connect to %s: %s", url,
		    strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

/* User and system time of a process, in microseconds. */
static uint64_t
cpu_us(uint64_t of)
{
	char path[64], line[1024] = "";
	unsigned long long user = 0, system = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%llu/stat", (unsigned long long)of);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof line, f) == NULL)
		line[0] = '\0';
	fclose(f);
	p = strrchr(line, ')');
	if (p != NULL && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u "
				       "%*u %*u %llu %llu", &user, &system) != 2)
		user = system = 0;
	return (user + system) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t
cpu_own_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void
job_send(struct connection *c, uint64_t start_us)
{
	struct job *j = &jobs[c->job];
	ssize_t n;

	if (!c->busy) {
		c->busy = true;
		c->sent = c->have = 0;
		if (rate == 0)
			j->due_us = clock_us() - start_us;
	}
	n = send(c->fd, j->bytes + c->sent, j->n - c->sent, MSG_NOSIGNAL);
	if (n != (ssize_t)(j->n - c->sent)) /* 2 KB always fit */
		die(EXIT_ENVIRONMENT, "send: %s", strerror(errno));
	c->sent = j->n;
}

/* True when the answer is whole; its status and body. */
static bool
answer_whole(struct connection *c, unsigned *status, const char **body,
    size_t *body_n)
{
	char *end, *length;

	c->answer[c->have] = '\0';
	end = strstr(c->answer, "\r\n\r\n");
	if (end == NULL)
		return false;
	length = strcasestr(c->answer, "\r\nContent-Length:");
	if (length == NULL || length > end)
		die(EXIT_ENVIRONMENT, "an answer without its length");
	*body = end + 4;
	*body_n = (size_t)atol(length + 17);
	*status = (unsigned)atoi(c->answer + 9);
	return (size_t)(c->answer + c->have - *body) >= *body_n;
}

static void
answer_look(struct connection *c, uint64_t start_us)
{
	struct job *j = &jobs[c->job];
	const char *body;
	unsigned status;
	size_t body_n;
	ssize_t n = recv(c->fd, c->answer + c->have,
	    sizeof c->answer - 1 - c->have, 0);

	if (n <= 0 && !c->busy) { /* it had nothing more to do */
		close(c->fd);
		return;
	}
	if (n <= 0)
		die(EXIT_ENVIRONMENT, "the server hung up");
	c->have += (unsigned)n;
	if (!answer_whole(c, &status, &body, &body_n))
		return;
	j->us = clock_us() - start_us - j->due_us;
	if (status != 200 ||
	    (!any && memmem(body, body_n, "\nc2sp.org/tlog-proof@v1\n", 24) ==
			 NULL)) {
		if (failed++ == 0)
			say(SAY_ERROR, "answer %u: %.*s", status,
			    (int)(body_n < 200 ? body_n : 200), body);
	}
	file_bytes = body_n;
	done++;
	c->busy = false;
	c->job += (unsigned)connections;
}

static uint64_t
run(struct connection *c)
{
	struct epoll_event events[64];
	struct timespec wait = {.tv_sec = 1};
	int epoll = epoll_create1(0), n, i;
	uint64_t start = clock_us(), k, now;

	for (k = 0; k < count && rate > 0; k++)
		jobs[k].due_us = k * 1000000 / rate;
	for (k = 0; k < connections; k++) {
		struct epoll_event e = {.events = EPOLLIN, .data.u64 = k};

		epoll_ctl(epoll, EPOLL_CTL_ADD, c[k].fd, &e);
		if (rate == 0 && c[k].job < count)
			job_send(&c[k], start);
	}
	while (done < count) {
		if (rate > 0) {
			uint64_t next = UINT64_MAX;

			now = clock_us() - start;
			for (k = 0; k < connections; k++) {
				if (c[k].busy || c[k].job >= count)
					continue;
				if (jobs[c[k].job].due_us <= now)
					job_send(&c[k], start);
				else if (jobs[c[k].job].due_us < next)
					next = jobs[c[k].job].due_us;
			}
			next = next == UINT64_MAX ? 1000000 : next - now;
			wait = (struct timespec){.tv_sec = (time_t)(next /
						     1000000),
			    .tv_nsec = (long)(next % 1000000) * 1000};
		}
		n = epoll_pwait2(epoll, events, 64, &wait, NULL);
		for (i = 0; i < n; i++) {
			struct connection *at = &c[events[i].data.u64];

			answer_look(at, start);
			if (rate == 0 && !at->busy && at->job < count)
				job_send(at, start);
		}
	}
	close(epoll);
	return clock_us() - start;
}

static int
compare(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return (x->us > y->us) - (x->us < y->us);
}

int
main(int argc, char **argv)
{
	const struct args_option options[] = {
	    {.name = "url", .value = "URL", .required = true, .string = &url,
		.help = "http://127.0.0.1:PORT"},
	    {.name = "keys", .value = "NAMES", .required = true,
		.string = &keys, .help = "seeds are the SHA-256 of the names, "
					 "see note_maker.c"},
	    {.name = "count", .value = "N", .number = &count},
	    {.name = "connections", .value = "N", .number = &connections},
	    {.name = "rate", .value = "N", .number = &rate,
		.help = "a second; 0: closed loop"},
	    {.name = "products", .value = "N", .number = &products},
	    {.name = "first", .value = "N", .number = &first,
		.help = "the first sequence of each product"},
	    {.name = "size", .value = "BYTES", .number = &size},
	    {.name = "pid", .value = "PID", .number = &pid},
	    {.name = "name", .value = "NAME", .string = &name},
	    {.name = "warm", .value = "N", .number = &warm,
		.help = "leave the first N out of the percentiles"},
	    {.name = "any", .flag = &any, .help = "any 200 is well"}, {0}};
	const struct args_command command = {.program = "log-load",
	    .options = options, .help = "See the head of log_load.c."};
	struct connection *c;
	uint64_t us, cpu, own, k;
	struct key key[16];
	unsigned key_n;
	struct job *from;

	say_init("log-load");
	args_parse(NULL, &command, argc, argv);
	if (connections == 0 || connections > CONNECTIONS_MAX || count == 0 ||
	    products % connections != 0 || warm >= count)
		die(EXIT_USAGE, "1 to %d connections that divide --products",
		    CONNECTIONS_MAX);
	jobs = calloc(count, sizeof *jobs);
	c = calloc(connections, sizeof *c);
	if (jobs == NULL || c == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	key_n = keys_read(key);
	for (k = 0; k < count; k++)
		job_make(&jobs[k], k, key, key_n);
	for (k = 0; k < connections; k++) {
		c[k].fd = connect_to();
		c[k].job = (unsigned)k;
	}
	cpu = cpu_us(pid);
	own = cpu_own_us();
	us = run(c);
	own = cpu_own_us() - own;
	cpu = cpu_us(pid) - cpu;
	from = jobs + warm;
	qsort(from, count - warm, sizeof *from, compare);
	printf("%s %llu %u\n", name, (unsigned long long)(us * 1000 / count),
	    jobs[0].n);
	printf("# %s: %llu connections, %.0f/s, p50 %.2f p99 %.2f max %.2f ms, "
	       "CPU ms per 1000: server %.1f generator %.1f, answer %llu B, "
	       "%u failed\n",
	    name, (unsigned long long)connections,
	    (double)count * 1e6 / (double)us,
	    (double)from[(count - warm) / 2].us / 1e3,
	    (double)from[(count - warm) - 1 - (count - warm) / 100].us / 1e3,
	    (double)from[count - warm - 1].us / 1e3,
	    (double)cpu / (double)count, (double)own / (double)count,
	    (unsigned long long)file_bytes, failed);
	for (k = 0; k < count; k++)
		free(jobs[k].bytes);
	free(jobs);
	free(c);
	return failed != 0;
}
