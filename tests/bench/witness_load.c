/* SPDX-License-Identifier: Apache-2.0 */
/*
 * add-checkpoint from many logs over many connections (C2SP tlog-witness).
 * Each log grows by one entry a time; every request is made before the clock
 * starts. A 429 is counted and asked again. The keys' seeds are the SHA-256
 * of the origins.
 *
 *	witness-load logs N		origin and vkey of each log, a line each
 *	witness-load run ADDRESS:PORT PATH PID LOGS CONNECTIONS COUNT [VKEY]
 *
 * PATH is that of add-checkpoint. Prints what happened; with VKEY every
 * answer must be a cosignature by it that verifies.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/say.h"
#include "host/sign.h"
#include "log/cosign.h"
#include "verify/sha256.h"

enum { LEVELS = 16, LOGS_MAX = 1024, COUNT_MAX = 1 << 15, ANSWER_MAX = 8192 };

struct load_request {
	char *bytes;
	size_t n, text_at, text_n;
	char *answer;
	size_t answer_n;
	uint64_t us;
};
struct load_log {
	char name[64];
	uint8_t seed[32];
	struct vkey key;
	struct load_request *request;
};
static struct load_log logs[LOGS_MAX];
static unsigned log_n, count, connection_n;
static struct sockaddr_in address;
static const char *path;
static uint8_t node[LEVELS][COUNT_MAX + 1][32];
static unsigned busy, failed; /* under the lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static enum rc
get(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	(void)context;
	memcpy(out, node[level][index], 32);
	return RC_OK;
}
static const struct tlog_source source = {get, NULL};

static void
grow(uint64_t n)
{
	unsigned level;

	merkle_leaf(node[0][n], (uint8_t *)&n, sizeof n);
	for (level = 0; n & 1; level++, n >>= 1)
		merkle_node(node[level + 1][n >> 1], node[level][n - 1],
		    node[level][n]);
}

static void
log_init(struct load_log *l, unsigned i)
{
	struct sha256 h;

	snprintf(l->name, sizeof l->name, "log.test/%u", i);
	l->key.type = KEY_ED25519;
	l->key.name =
	    (struct slice){(uint8_t *)l->name, strlen(l->name)};
	sha256_init(&h);
	sha256_update(&h, l->key.name.p, l->key.name.n);
	sha256_final(&h, l->seed);
	ed25519_public(l->key.key, l->seed);
	vkey_id(l->key.id, l->key.name, l->key.type, l->key.key);
}

static void
request_make(struct load_log *l, uint64_t size)
{
	static char body[COSIGN_BODY_MAX], note[2048];
	uint8_t blob[SIG_ED25519_BYTES], root[32], proof[TLOG_PROOF_MAX * 32];
	struct load_request *r = &l->request[size - 1];
	struct text t, n;
	unsigned proof_n;
	int head;

	if (tlog_root(root, size, &source) != RC_OK ||
	    tlog_consistency(proof, &proof_n, size - 1, size, &source) !=
		RC_OK)
		die(EXIT_ENVIRONMENT, "no tree");
	text_init(&n, note, sizeof note);
	checkpoint_text(&n, l->key.name, size, root);
	r->text_n = n.n;
	checkpoint_sign(blob, &l->key, l->seed, (uint8_t *)note, n.n);
	text_string(&n, "\n");
	sigline_text(&n, l->key.name, blob, sizeof blob);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, size - 1, proof, proof_n, (uint8_t *)note,
	    n.n);
	r->bytes = malloc(t.n + 300);
	r->answer = malloc(ANSWER_MAX);
	head = snprintf(r->bytes, 300, "POST %s HTTP/1.1\r\nHost: w\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", path,
	    t.n);
	memcpy(r->bytes + head, t.p, t.n);
	r->n = (size_t)head + t.n;
	r->text_at = r->n - n.n;
}

static int
connect_one(void)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die(EXIT_ENVIRONMENT, "cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

/* The status, its body moved to the front of the answer; 0: cut off. */
static unsigned
exchange(int fd, struct load_request *r)
{
	size_t at, n = 0, want = SIZE_MAX;
	char *end = NULL, *length;
	ssize_t k;

	for (at = 0; at < r->n; at += (size_t)k)
		if ((k = write(fd, r->bytes + at, r->n - at)) <= 0)
			return 0;
	while (n < want) {
		if (n + 1 >= ANSWER_MAX ||
		    (k = read(fd, r->answer + n, ANSWER_MAX - 1 - n)) <= 0)
			return 0;
		n += (size_t)k;
		r->answer[n] = '\0';
		if (end == NULL && (end = strstr(r->answer, "\r\n\r\n"))) {
			length = strcasestr(r->answer, "\r\ncontent-length:");
			if (length == NULL || length > end)
				return 0;
			end += 4;
			want = (size_t)(end - r->answer) +
			    strtoul(length + 17, NULL, 10);
		}
	}
	k = atoi(r->answer + 9);
	r->answer_n = n - (size_t)(end - r->answer);
	memmove(r->answer, end, r->answer_n);
	return (unsigned)k;
}

static void *
connection_run(void *context)
{
	unsigned first = (unsigned)(uintptr_t)context, i, l, status;
	int fd = connect_one();

	for (i = 0; i < count; i++)
		for (l = first; l < log_n; l += connection_n) {
			struct load_request *r = &logs[l].request[i];
			uint64_t from = clock_us();

			while ((status = exchange(fd, r)) == 429) {
				pthread_mutex_lock(&lock);
				busy++;
				pthread_mutex_unlock(&lock);
				clock_sleep_ms(1);
			}
			r->us = clock_us() - from;
			if (status == 200)
				continue;
			r->answer_n = 0;
			pthread_mutex_lock(&lock);
			if (failed++ == 0)
				fprintf(stderr, "status %u: %.200s\n", status,
				    r->answer);
			pthread_mutex_unlock(&lock);
			if (status == 0) {
				close(fd);
				fd = connect_one();
			}
		}
	close(fd);
	return NULL;
}

/* CPU of a process in milliseconds; 0 for none. */
static double
cpu_ms(const char *pid)
{
	unsigned long user = 0, kernel = 0;
	char file[64];
	FILE *f;

	snprintf(file, sizeof file, "/proc/%s/stat", pid);
	f = fopen(file, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
		      "%lu %lu", &user, &kernel) != 2)
		user = kernel = 0;
	fclose(f);
	return (double)(user + kernel) * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
answers_check(const char *vkey)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	uint64_t time;
	struct vkey w;
	unsigned l, i;

	if (vkey_parse(&w, (struct slice){(uint8_t *)(uintptr_t)vkey,
			       strlen(vkey)}, KEY_COSIGNATURE) != RC_OK)
		die(EXIT_USAGE, "no vkey: %s", vkey);
	for (l = 0; l < log_n; l++)
		for (i = 0; i < count; i++) {
			struct load_request *r = &logs[l].request[i];

			if (r->answer_n > 0 &&
			    cosign_answer_parse(blob, &time, &w,
				(uint8_t *)r->answer, r->answer_n,
				(uint8_t *)r->bytes + r->text_at, r->text_n) !=
				RC_OK)
				die(EXIT_REFUSED, "no cosignature: %.300s",
				    r->answer);
		}
}

static void
run(char **argv, const char *vkey)
{
	pthread_t thread[256];
	char host[64];
	uint64_t from, spent, *us, n;
	double cpu;
	unsigned i, l;

	snprintf(host, sizeof host, "%s", argv[0]);
	if (strchr(host, ':') == NULL)
		die(EXIT_USAGE, "no port");
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)atoi(strchr(host, ':') + 1));
	*strchr(host, ':') = '\0';
	inet_pton(AF_INET, host, &address.sin_addr);
	path = argv[1];
	log_n = (unsigned)atoi(argv[3]);
	connection_n = (unsigned)atoi(argv[4]);
	count = (unsigned)atoi(argv[5]) / log_n;
	if (log_n == 0 || log_n > LOGS_MAX || connection_n == 0 ||
	    connection_n > 256 || count == 0 || count > COUNT_MAX)
		die(EXIT_USAGE, "see the head of tests/bench/witness_load.c");
	for (l = 0; l < log_n; l++) {
		log_init(&logs[l], l);
		logs[l].request = calloc(count, sizeof *logs[l].request);
	}
	for (i = 1; i <= count; i++) {
		grow(i - 1);
		for (l = 0; l < log_n; l++)
			request_make(&logs[l], i);
	}
	cpu = cpu_ms(argv[2]);
	from = clock_us();
	for (i = 0; i < connection_n; i++)
		pthread_create(&thread[i], NULL, connection_run,
		    (void *)(uintptr_t)i);
	for (i = 0; i < connection_n; i++)
		pthread_join(thread[i], NULL);
	spent = clock_us() - from;
	cpu = cpu_ms(argv[2]) - cpu;
	n = (uint64_t)count * log_n;
	us = calloc(n, sizeof *us);
	for (l = 0; l < log_n; l++)
		for (i = 0; i < count; i++)
			us[(size_t)l * count + i] = logs[l].request[i].us;
	qsort(us, n, sizeof *us, compare);
	if (vkey != NULL)
		answers_check(vkey);
	printf("logs %u connections %u requests %llu per-second %.0f p50-us "
	       "%llu p99-us %llu cpu-ms %.4f busy %u failed %u\n",
	    log_n, connection_n, (unsigned long long)n,
	    1e6 * (double)n / (double)spent, (unsigned long long)us[n / 2],
	    (unsigned long long)us[n * 99 / 100], cpu / (double)n, busy,
	    failed);
}

int
main(int argc, char **argv)
{
	char line[256];
	struct text t;
	unsigned i, n;

	say_init("witness-load");
	if (argc == 3 && strcmp(argv[1], "logs") == 0) {
		n = (unsigned)atoi(argv[2]);
		for (i = 0; i < n && i < LOGS_MAX; i++) {
			uint8_t blob[33] = {KEY_ED25519};

			log_init(&logs[i], i);
			text_init(&t, line, sizeof line);
			text_printf(&t, "%s %s+", logs[i].name, logs[i].name);
			text_hex(&t, logs[i].key.id, 4);
			text_string(&t, "+");
			memcpy(blob + 1, logs[i].key.key, 32);
			text_base64(&t, blob, 33);
			puts(line);
		}
		return EXIT_OK;
	}
	if ((argc != 8 && argc != 9) || strcmp(argv[1], "run") != 0)
		die(EXIT_USAGE, "see the head of tests/bench/witness_load.c");
	run(argv + 2, argc == 9 ? argv[8] : NULL);
	return failed > 0 ? EXIT_REFUSED : EXIT_OK;
}
