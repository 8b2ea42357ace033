/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorate-coordinatord as a process with a socket and a database, around it
 * the parties of coord_world.h, which reach it over HTTP.
 */
#ifndef TESTS_UNIT_DAEMON_WORLD_H
#define TESTS_UNIT_DAEMON_WORLD_H
#include "tests/unit/coord_world.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/file.h"
#include "host/http_client.h"

struct daemon {
	char dir[64], config[128], url[64], program[512];
	pid_t pid;
	struct http_client *client;
	unsigned status; /* of the last answer */
};

static inline void
file_put(const char *dir, const char *name, const void *bytes, size_t n)
{
	struct why why;
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_msg(file_write_atomic(path, bytes, n, 0600, &why) == RC_OK,
	    "%s", why.text);
}

/* Start it and wait until it says where it listens. */
static inline void
daemon_start(struct daemon *d)
{
	char line[512];
	int pipe_[2];
	FILE *err;

	ck_assert_int_eq(pipe(pipe_), 0);
	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (d->pid == 0) {
		(void)dup2(pipe_[1], 2);
		close(pipe_[0]);
		close(pipe_[1]);
		execl(d->program, d->program, "--config", d->config,
		    (char *)NULL);
		_exit(127);
	}
	close(pipe_[1]);
	err = fdopen(pipe_[0], "r");
	ck_assert_ptr_nonnull(err);
	d->url[0] = 0;
	while (fgets(line, sizeof line, err) != NULL) {
		const char *at = strstr(line, "listening on ");

		if (at != NULL) {
			snprintf(d->url, sizeof d->url, "http://%.*s",
			    (int)strcspn(at + 13, "\n"), at + 13);
			break;
		}
		fputs(line, stderr);
	}
	fclose(err);
	ck_assert_msg(d->url[0] != 0, "the daemon does not start");
}

static inline void
daemon_kill(struct daemon *d, int signal)
{
	int status;

	ck_assert_int_eq(kill(d->pid, signal), 0);
	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	if (signal == SIGTERM)
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline void
put_vkey_line(struct text *t, const struct actor *a)
{
	text_string(t, "vkey = ");
	put_key(t, a);
	text_string(t, "\n");
}

static inline void
daemon_config(struct daemon *d, struct world *w)
{
	char buffer[32768], self[400], name[64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	struct text t;

	ck_assert_int_gt(n, 0);
	self[n] = 0;
	*strrchr(self, '/') = 0;
	snprintf(d->program, sizeof d->program, "%s/quorate-coordinatord",
	    self);
	strcpy(d->dir, "/tmp/check_coordinatord.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(d->dir));
	text_init(&t, buffer, sizeof buffer);
	text_string(&t, "[coordinator]\nlisten = 127.0.0.1:0\nstate = state\n");
	if (w->trust_n > 0) {
		text_string(&t, "[authority acme.example/release]\n"
				"trust = trust.txt\n");
		file_put(d->dir, "trust.txt", w->trust, w->trust_n);
		for (unsigned i = 0; i < w->roster_n; i++) {
			snprintf(name, sizeof name, "roster%u.txt", i);
			file_put(d->dir, name, w->roster_text[i],
			    w->roster_text_n[i]);
			text_printf(&t, "roster = %s\n", name);
		}
	}
	text_string(&t, "[proposer pipeline]\n");
	put_vkey_line(&t, &w->proposer);
	text_string(&t, "products = acme.example/* other.example\n");
	file_put(d->dir, "c.ini", buffer, t.n);
	snprintf(d->config, sizeof d->config, "%s/c.ini", d->dir);
	ck_assert_rc(http_client_new(&d->client, NULL), RC_OK);
}

static inline void
daemon_end(struct daemon *d)
{
	char command[128];

	http_client_free(d->client);
	snprintf(command, sizeof command, "rm -rf '%s'", d->dir);
	ck_assert_int_eq(system(command), 0);
}

static inline void
http_post_bytes(struct world *w, const char *path, const void *bytes, size_t n,
    struct text *out)
{
	struct daemon *d = w->transport;
	struct http_answer a;
	struct why why = {""};
	char url[256];
	enum rc rc;

	snprintf(url, sizeof url, "%s%s", d->url, path);
	rc = http_post(d->client, url, NULL, bytes, n, 5000, BUNDLE_BYTES_MAX,
	    &a, &why);
	d->status = a.status;
	if (out != NULL) {
		ck_assert_msg(rc == RC_OK, "%s: %s", path, why.text);
		text_put(out, a.body, a.body_n);
	}
	w->last = rc;
	http_answer_release(&a);
}

/* GET with a read note by the actor; out may be NULL. */
static inline void
http_read(struct world *w, const struct actor *by, const char *path,
    const char *query, struct text *out)
{
	struct daemon *d = w->transport;
	struct message_read m = {.time = clock_unix()};
	char note[2048], header[4096], url[512];
	const char *headers[] = {header, NULL};
	struct http_answer a;
	struct why why = {""};
	struct text t, h;

	m.path = (struct slice){(const uint8_t *)path, strlen(path)};
	text_init(&t, note, sizeof note);
	read_build(&t, &m);
	note_make(&t, by);
	text_init(&h, header, sizeof header);
	text_string(&h, "Quorate-Read: ");
	text_base64(&h, (const uint8_t *)note, t.n);
	snprintf(url, sizeof url, "%s%s%s", d->url, path, query);
	w->last = http_get(
	    d->client, url, headers, 10000, BUNDLE_BYTES_MAX, &a, &why);
	d->status = a.status;
	if (out != NULL && a.body_n > 0)
		text_put(out, a.body, a.body_n);
	http_answer_release(&a);
}

static inline void
propose(struct world *w, const char *product, char id[static 65])
{
	static char said[STATUS_BYTES_MAX];
	char buffer[8192];
	struct message m;
	struct text t, out, hex;

	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, product, 5, w->now);
	note_make(&t, &w->proposer);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	text_init(&out, said, sizeof said);
	w->post(w, "/v1/proposals", t.p, t.n, &out);
	text_init(&hex, id, 65);
	text_hex(&hex, m.id, 32);
	ck_assert_ptr_nonnull(strstr(said, id));
}

/* The status; what follows it in *rest. */
static inline void
status_get(struct world *w, const char *id, const char *query,
    struct message_status *st, struct slice *rest)
{
	static char said[BUNDLE_BYTES_MAX];
	struct bundle_item item;
	struct bundle b;
	char path[128];
	struct text t;

	snprintf(path, sizeof path, "/v1/proposals/%s", id);
	text_init(&t, said, sizeof said);
	http_read(w, &w->proposer, path, query, &t);
	ck_assert_rc(w->last, RC_OK);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)said, t.n), RC_OK);
	ck_assert_rc(bundle_next(&b, &item), RC_OK);
	ck_assert_rc(
	    status_parse(st, item.text.p, item.text.n), RC_OK);
	*rest = (struct slice){0};
	if (bundle_next(&b, &item) == RC_OK)
		*rest = item.whole;
}

static inline bool
is_signed(struct world *w, const char *id)
{
	struct message_status st;
	struct slice rest;

	status_get(w, id, "", &st, &rest);
	return slice_is(st.state, "signed");
}

static inline void
expect_signed(struct world *w, const char *id, unsigned lines)
{
	struct message_status st;
	struct slice rest;
	struct note note;

	status_get(w, id, "", &st, &rest);
	ck_assert(slice_is(st.state, "signed"));
	ck_assert_uint_eq(st.awaited_n, 0);
	ck_assert_rc(note_split(&note, rest.p, rest.n), RC_OK);
	ck_assert_uint_eq(note.line_n, lines);
}
#endif
