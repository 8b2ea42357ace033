/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon itself: a process with a socket and a database, parties that
 * reach it over HTTP, and a kill -9 wherever it hurts.
 */
#include "tests/unit/daemon_world.h"
#include "tests/unit/suite.h"

static struct world *
daemon_world(struct daemon *d, uint64_t seed, bool plain)
{
	struct world *w = world_new(seed);

	memset(d, 0, sizeof *d);
	if (plain) {
		world_trust(w, "alice bob carol",
		    "group two 2 alice bob carol\nquorum two\n");
	} else {
		world_roster(w, "release", "alice bob carol dana emil",
		    "group five 3 alice bob carol dana emil\nquorum five\n");
		world_trust(w, "", "quorum release\n");
	}
	w->now = clock_unix();
	w->transport = d;
	w->post = http_post_bytes;
	daemon_config(d, w);
	daemon_start(d);
	return w;
}

START_TEST(releases)
{
	for (int plain = 0; plain < 2; plain++) {
		struct daemon d;
		struct world *w = daemon_world(&d, 50, plain);
		char id[65], again[65];

		propose(w, "acme.example/camera", id);
		world_settle(w);
		expect_signed(w, id, plain ? 2 : 4);
		propose(w, "acme.example/camera", again); /* known */
		ck_assert_str_eq(id, again);
		daemon_kill(&d, SIGTERM);
		daemon_start(&d);
		expect_signed(w, id, plain ? 2 : 4);
		daemon_kill(&d, SIGTERM);
		daemon_end(&d);
		world_free(w);
	}
}
END_TEST

/* kill -9 between any two steps; parties poll on as if nothing were. */
START_TEST(killed)
{
	struct daemon d;
	struct world *w = daemon_world(&d, 51, false);
	char id[65];

	world_actor(w, "bob")->fault = BAD_SHARE;
	propose(w, "acme.example/camera", id);
	for (unsigned i = 0; i < 12; i++) {
		daemon_kill(&d, SIGKILL);
		daemon_start(&d);
		(void)actor_step(
		    w, &w->actor[help_below(&w->random, w->actor_n)]);
	}
	world_settle(w);
	for (unsigned i = 0; i < 60 && !is_signed(w, id); i++) {
		clock_sleep_ms(1000);
		world_settle(w);
	}
	expect_signed(w, id, 4);
	daemon_kill(&d, SIGKILL);
	daemon_start(&d);
	expect_signed(w, id, 4);
	daemon_kill(&d, SIGTERM);
	daemon_end(&d);
	world_free(w);
}
END_TEST

static void
expect_status(struct world *w, const char *path, const void *bytes, size_t n,
    unsigned status)
{
	struct daemon *d = w->transport;

	w->post(w, path, bytes, n, NULL);
	ck_assert_msg(d->status == status, "%s: %u instead of %u", path,
	    d->status, status);
}

START_TEST(refusals)
{
	struct daemon d;
	struct world *w = daemon_world(&d, 52, true);
	struct actor stranger;
	char buffer[8192], id[65], path[128];
	char *big = calloc(1, BUNDLE_BYTES_MAX + 1);
	struct text t;

	propose(w, "acme.example/camera", id);
	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, "acme.example/camera", 6, w->now);
	note_make(&t, &w->proposer);
	expect_status(w, "/v1/proposals", t.p, t.n, 409);
	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, "evil.example/camera", 6, w->now);
	note_make(&t, &w->proposer);
	expect_status(w, "/v1/proposals", t.p, t.n, 403);
	expect_status(w, "/v1/proposals", "hello\n", 6, 403);
	expect_status(w, "/v1/messages", big, BUNDLE_BYTES_MAX + 1, 413);
	expect_status(w, "/v1/messages", "\n\n", 2, 400);
	expect_status(w, "/v1/messages", "", 0, 200);
	actor_key(w, &stranger, "mallory");
	text_init(&t, buffer, sizeof buffer);
	put_approve(&t, &stranger, (const uint8_t *)
	    "01234567890123456789012345678901");
	expect_status(w, "/v1/messages", t.p, t.n, 404);
	snprintf(path, sizeof path, "/v1/proposals/%s", id);
	http_read(w, &stranger, path, "", NULL);
	ck_assert_uint_eq(d.status, 403);
	http_read(w, world_actor(w, "alice"), path, "", NULL);
	ck_assert_uint_eq(d.status, 200);
	http_read(w, world_actor(w, "alice"), path, "?wait=x", NULL);
	ck_assert_uint_eq(d.status, 400);
	{
		struct http_answer a;
		char url[512];

		snprintf(url, sizeof url, "%s%s", d.url, path);
		(void)!http_get(d.client, url, NULL, 5000, 4096, &a, NULL);
		ck_assert_uint_eq(a.status, 401);
		http_answer_release(&a);
		snprintf(url, sizeof url, "%s/healthz", d.url);
		ck_assert_rc(http_get(d.client, url, NULL, 5000, 4096, &a,
				 NULL), RC_OK);
		http_answer_release(&a);
	}
	free(big);
	daemon_kill(&d, SIGTERM);
	daemon_end(&d);
	world_free(w);
}
END_TEST

/* A long poll is answered by the event, not by a clock. */
START_TEST(woken)
{
	struct daemon d;
	struct world *w = daemon_world(&d, 53, true);
	struct message_status st;
	struct slice rest;
	char id[65], query[64];
	uint64_t from, ms;
	int status;
	pid_t pid;

	propose(w, "acme.example/camera", id);
	status_get(w, id, "", &st, &rest);
	snprintf(query, sizeof query, "?wait=20&change=%u", st.change);
	from = clock_ms(); /* before there is a party that may be faster */
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) { /* a party acts half a second later */
		struct http_client *own;

		if (http_client_new(&own, NULL) != RC_OK)
			_exit(1);
		d.client = own;
		clock_sleep_ms(500);
		(void)actor_step(w, world_actor(w, "alice"));
		_exit(0);
	}
	status_get(w, id, query, &st, &rest);
	ms = clock_ms() - from;
	ck_assert_uint_eq(st.approved_n, 1);
	ck_assert_uint_ge(ms, 500);
	ck_assert_uint_lt(ms, 19000); /* it was woken */
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* nothing happens: the wait ends by itself */
	snprintf(query, sizeof query, "?wait=1&change=%u", st.change);
	from = clock_ms();
	status_get(w, id, query, &st, &rest);
	ck_assert_uint_ge(clock_ms() - from, 900);
	/* a stop answers who waits */
	daemon_kill(&d, SIGTERM);
	daemon_end(&d);
	world_free(w);
}
END_TEST

/* A request of /v1/blobs with a read note by the actor, or without; headers
 * beside it; the body of the answer as a string. */
static void
blob_send(struct world *w, const char *method, const struct actor *by,
    const char *path, const char *query, const char *header2,
    const void *bytes, size_t n, char said[static 256])
{
	struct daemon *d = w->transport;
	struct message_read m = {.time = clock_unix()};
	char note[2048], header[4096], url[512];
	const char *headers[] = {NULL, NULL, NULL};
	struct http_answer a;
	struct text t, h;
	unsigned k = 0;

	m.path = (struct slice){(const uint8_t *)path, strlen(path)};
	text_init(&t, note, sizeof note);
	read_build(&t, &m);
	if (by != NULL) {
		note_make(&t, by);
		text_init(&h, header, sizeof header);
		text_string(&h, "Quorate-Read: ");
		text_base64(&h, (const uint8_t *)note, t.n);
		headers[k++] = header;
	}
	if (header2 != NULL)
		headers[k++] = header2;
	snprintf(url, sizeof url, "%s%s%s", d->url, path, query);
	w->last = http_send(d->client, method, url, headers, bytes, n, 20000,
	    BUNDLE_BYTES_MAX, &a, NULL);
	d->status = a.status;
	snprintf(said, 256, "%.*s", (int)(a.body_n < 255 ? a.body_n : 255),
	    a.body != NULL ? (const char *)a.body : "");
	http_answer_release(&a);
}

static void
sha256_of(uint8_t out[static 32], const void *bytes, size_t n)
{
	crypto_hash_sha256(out, bytes, n);
}

/* Payloads: who may, in which order, and who is told that they are wanted. */
START_TEST(blobs)
{
	static uint8_t payload[300000];
	struct daemon d;
	struct world *w = daemon_world(&d, 54, true);
	const struct actor *alice = world_actor(w, "alice");
	struct actor stranger;
	struct message_status st;
	struct slice rest;
	char buffer[8192], id[65], hex[65], path[128], query[64], said[256];
	uint8_t digest[32], notes[32];
	struct message m;
	struct text t;
	int status;
	pid_t pid;

	memset(payload, 'p', sizeof payload);
	sha256_of(digest, payload, sizeof payload);
	sha256_of(notes, "fixed\n", 6);
	text_init(&t, buffer, sizeof buffer);
	text_printf(&t,
	    "quorate/release@v1\nauthority acme.example/release 1\n"
	    "product acme.example/camera\nversion 2\nsequence 2\n"
	    "payload app %zu ", sizeof payload);
	text_hex(&t, digest, 32);
	text_printf(&t, "\nabout\nproposed %llu\nnotes ",
	    (unsigned long long)w->now);
	text_hex(&t, notes, 32);
	text_string(&t, "\n");
	note_make(&t, &w->proposer);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	{
		struct text h;

		text_init(&h, hex, sizeof hex);
		text_hex(&h, digest, 32);
		text_init(&h, id, sizeof id);
		text_hex(&h, m.id, 32);
	}
	snprintf(path, sizeof path, "/v1/blobs/%s", hex);

	/* before anybody proposed it, it is nobody's business */
	blob_send(w, "PUT", &w->proposer, path, "", NULL, payload, 10, said);
	ck_assert_uint_eq(d.status, 404);
	w->post(w, "/v1/proposals", t.p, t.n, NULL);
	ck_assert_uint_eq(d.status, 200);

	/* who may */
	actor_key(w, &stranger, "mallory");
	blob_send(w, "GET", NULL, path, "", NULL, NULL, 0, said);
	ck_assert_uint_eq(d.status, 401);
	blob_send(w, "GET", &stranger, path, "", NULL, NULL, 0, said);
	ck_assert_uint_eq(d.status, 403);
	blob_send(w, "PUT", NULL, path, "", NULL, payload, 10, said);
	ck_assert_uint_eq(d.status, 401);
	blob_send(w, "PUT", alice, path, "", NULL, payload, 10, said);
	ck_assert_uint_eq(d.status, 403);
	status_get(w, id, "", &st, &rest);
	ck_assert_uint_eq(st.want_n, 0);

	/* a party wants it: the pipeline is woken with that */
	snprintf(query, sizeof query, "?wait=20&change=%u", st.change);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (http_client_new(&d.client, NULL) != RC_OK)
			_exit(1);
		clock_sleep_ms(300);
		/* and waits for it */
		blob_send(w, "GET", alice, path, "?wait=30", "Range: bytes=1-",
		    NULL, 0, said);
		_exit(d.status == 206 ? 0 : 2);
	}
	status_get(w, id, query, &st, &rest);
	ck_assert_uint_eq(st.want_n, 1);
	ck_assert_mem_eq(st.want[0], digest, 32);

	/* pieces; the wrong size, the wrong place, a restart, a kill */
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes 0-9/10", payload, 10, said);
	ck_assert_uint_eq(d.status, 400);
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes 0-8/300000", payload, 10, said);
	ck_assert_uint_eq(d.status, 400);
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes */300000", NULL, 0, said);
	ck_assert_uint_eq(d.status, 202);
	ck_assert_str_eq(said, "have 0\n");
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes 0-99999/300000", payload, 100000, said);
	ck_assert_uint_eq(d.status, 202);
	ck_assert_str_eq(said, "have 100000\n");
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes 0-99999/300000", payload, 100000, said);
	ck_assert_uint_eq(d.status, 409);
	ck_assert_str_eq(said, "have 100000\n");
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes 100000-299999/300000", payload, 200000, said);
	ck_assert_uint_eq(d.status, 201);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	status_get(w, id, "", &st, &rest);
	ck_assert_uint_eq(st.want_n, 0);

	/* other bytes of that length are not it */
	{
		char other[128];

		snprintf(other, sizeof other, "/v1/blobs/");
		text_init(&t, other + 10, sizeof other - 10);
		text_hex(&t, notes, 32);
		blob_send(w, "PUT", &w->proposer, other, "", NULL, "wrong\n", 6,
		    said);
		ck_assert_uint_eq(d.status, 400);
		blob_send(w, "PUT", &w->proposer, other, "",
		    "Content-Range: bytes 0-9/1048577", payload, 10, said);
		ck_assert_uint_eq(d.status, 413);
		blob_send(w, "PUT", &w->proposer, other, "", NULL, "fixed\n", 6,
		    said);
		ck_assert_uint_eq(d.status, 201);
		blob_send(w, "GET", alice, other, "", NULL, NULL, 0, said);
		ck_assert_str_eq(said, "fixed\n");
	}
	daemon_kill(&d, SIGKILL);
	daemon_start(&d);
	blob_send(w, "GET", alice, path, "", "Range: bytes=299990-", NULL, 0,
	    said);
	ck_assert_uint_eq(d.status, 206);
	ck_assert_str_eq(said, "pppppppppp");
	blob_send(w, "GET", alice, path, "", "Range: bytes=300000-", NULL, 0,
	    said);
	ck_assert_uint_eq(d.status, 416);
	blob_send(w, "PUT", &w->proposer, path, "",
	    "Content-Range: bytes */300000", NULL, 0, said);
	ck_assert_uint_eq(d.status, 200);
	daemon_kill(&d, SIGTERM);
	daemon_end(&d);
	world_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("coordinatord");
	TCase *t = tcase_create("daemon");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 120);
	tcase_add_test(t, releases);
	tcase_add_test(t, killed);
	tcase_add_test(t, refusals);
	tcase_add_test(t, woken);
	tcase_add_test(t, blobs);
	suite_add_tcase(s, t);
	return suite_run(s);
}
