/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What HTTP alone costs: the server of host/http_server.h, with the log's
 * limits, whose POST /add takes the body off the wire, suspends the request
 * and has another thread answer it, many at once, as the log does; and that
 * looks at nothing, and keeps nothing. --answer says how many bytes.
 *
 * Under the load of log.sh it is the floor of the log's CPU time per entry:
 * no change of the log itself gets below, only another server could.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/args.h"
#include "host/daemon.h"
#include "host/http_server.h"
#include "host/say.h"

enum {
	TOGETHER = 256,		/* answered at once, as a batch is: */
	GATHER_US = 2000,	/* looked for so often */
	ANSWER_MAX = 65536,
	BODY_MAX = 65536,
	PATIENCE_MS = 10000,
};

struct waiting {
	struct waiting *next;
	struct http_request *request;
	uint8_t *body;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiting *waiting;
static unsigned waiting_n;
static bool stopping;
static char answer[ANSWER_MAX];
static uint64_t answer_n = 2300, connections = 1000;

/* Nobody waits so long here; the answer comes all the same. */
static void
on_expired(void *context, struct http_request *request)
{
	(void)context;
	(void)request;
}

static void
on_add(void *context, struct http_request *request)
{
	struct waiting *w = malloc(sizeof *w);

	(void)context;
	if (w == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	w->request = request;
	w->body = http_body_take(request);
	pthread_mutex_lock(&lock);
	http_suspend(request, PATIENCE_MS, on_expired, NULL);
	w->next = waiting;
	waiting = w;
	waiting_n++;
	pthread_mutex_unlock(&lock);
}

static void *
answer_run(void *context)
{
	struct waiting *w, *next;
	unsigned before = 0;

	(void)context;
	pthread_mutex_lock(&lock);
	while (!stopping) {
		if (waiting_n < TOGETHER && waiting_n != before) {
			before = waiting_n; /* more are coming */
			w = NULL;
		} else {
			w = waiting;
			waiting = NULL;
			waiting_n = before = 0;
		}
		pthread_mutex_unlock(&lock);
		for (; w != NULL; w = next) {
			next = w->next;
			http_reply(w->request, 200,
			    "text/plain; charset=utf-8", answer, answer_n);
			free(w->body);
			free(w);
		}
		usleep(GATHER_US);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int
main(int argc, char **argv)
{
	static const struct http_route routes[] = {
	    {"POST", "/add", BODY_MAX, on_add, 0}};
	const struct args_option options[] = {
	    {.name = "answer", .value = "BYTES", .number = &answer_n,
		.help = "of each answer's body"},
	    {.name = "connections", .value = "N", .number = &connections},
	    {0}};
	const struct args_command command = {.program = "http-floor",
	    .options = options, .help = "See the head of http_floor.c."};
	struct http_server_options server = {.listen = "127.0.0.1:0",
	    .routes = routes, .route_count = 1};
	struct http_server *http;
	struct why why = {""};
	pthread_t thread;

	say_init("http-floor");
	args_parse(NULL, &command, argc, argv);
	if (answer_n > sizeof answer)
		die(EXIT_USAGE, "--answer: at most %d", ANSWER_MAX);
	memset(answer, 'a', answer_n);
	server.connections_max = server.connections_per_ip =
	    (unsigned)connections;
	daemon_begin();
	if (http_server_start(&http, &server, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	if (pthread_create(&thread, NULL, answer_run, NULL) != 0)
		die(EXIT_ENVIRONMENT, "cannot start a thread");
	daemon_ready("listening on %s", http_server_address(http));
	daemon_wait(0);
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	http_server_stop(http);
	return EXIT_OK;
}
