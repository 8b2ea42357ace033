/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people's socket: who may open it may speak for this party, so its mode
 * is 0600 and the peer's uid goes into the record. One connection at a time,
 * ten seconds to say one line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "host/rc_text.h"
#include "host/say.h"
#include "signer/record_row.h"
#include "signer/serve.h"
#include "signer/set.h"

enum { REQUEST_MAX = SIGNERD_LINE_MAX, REQUEST_S = 10, WORDS_MAX = 4 };

struct people {
	struct signerd *d;
	int listener;
	int stop[2]; /* a pipe: readable when it is over */
	pthread_t thread;
	bool runs;
	char line[REQUEST_MAX];
	char answer[SIGNERD_ANSWER_MAX];
};

/* ---- requests -------------------------------------------------------------- */

struct request {
	struct signerd *d;
	char *word[WORDS_MAX]; /* the last one is the rest of the line */
	const char *by;
	struct text *out;
};

static enum rc
ask_pending(struct request *r)
{
	uint8_t id[32];
	enum rc rc;

	if (r->word[1] == NULL) {
		signerd_pending(r->d, r->out);
		return RC_OK;
	}
	rc = signerd_id(r->d, id, r->word[1]);
	return rc == RC_OK ? signerd_show(r->d, r->out, id) : rc;
}

/* approve ID [SIGNATURE]: an armoured one, in base64. */
static enum rc
ask_approve(struct request *r)
{
	uint8_t id[32], shown[SSHSIG_ARMOR_MAX];
	size_t n = 0;
	enum rc rc = RC_FIELD;

	if (r->word[1] != NULL)
		rc = signerd_id(r->d, id, r->word[1]);
	if (rc == RC_OK && r->word[2] != NULL &&
	    !base64_decode(shown, &n, sizeof shown, r->word[2],
		strlen(r->word[2])))
		rc = RC_FIELD;
	return rc == RC_OK ? signerd_decide(r->d, r->out, id, true, JUDGE_NONE,
				 "", r->by, shown, n)
			   : rc;
}

/* approve-set SIGNATURE|- ID,ID,... */
static enum rc
ask_approve_set(struct request *r)
{
	uint8_t id[SET_MAX][32], shown[SSHSIG_ARMOR_MAX];
	char *save = NULL;
	size_t shown_n = 0;
	unsigned n = 0;
	enum rc rc = RC_FIELD;

	if (r->word[1] == NULL || r->word[2] == NULL)
		return rc;
	rc = RC_OK;
	if (strcmp(r->word[1], "-") != 0 &&
	    !base64_decode(shown, &shown_n, sizeof shown, r->word[1],
		strlen(r->word[1])))
		rc = RC_FIELD;
	for (char *at = strtok_r(r->word[2], ",", &save);
	     rc == RC_OK && at != NULL; at = strtok_r(NULL, ",", &save))
		rc = n == SET_MAX ? RC_FIELD : signerd_id(r->d, id[n++], at);
	return rc == RC_OK
	    ? signerd_approve_set(r->d, r->out, id, n, r->by, shown, shown_n)
	    : rc;
}

/* explain NOTE: in base64. */
static enum rc
ask_explain(struct request *r)
{
	uint8_t *note = malloc(NOTE_BYTES_MAX);
	size_t n;
	enum rc rc = note == NULL ? RC_MEMORY : RC_FIELD;

	if (note != NULL && r->word[1] != NULL &&
	    base64_decode(note, &n, NOTE_BYTES_MAX, r->word[1],
		strlen(r->word[1])))
		rc = signerd_explain(r->d, r->out, note, n);
	free(note);
	return rc;
}

static enum rc
ask_refuse(struct request *r)
{
	enum judge_code code = JUDGE_PERSON;
	uint8_t id[32];
	enum rc rc = RC_FIELD;

	if (r->word[1] != NULL)
		rc = signerd_id(r->d, id, r->word[1]);
	if (rc == RC_OK && r->word[2] != NULL) {
		code = judge_code_of((struct slice){
		    (const uint8_t *)r->word[2], strlen(r->word[2])});
		rc = code == JUDGE_NONE ? RC_FIELD : RC_OK;
	}
	return rc == RC_OK ? signerd_decide(r->d, r->out, id, false, code,
				 r->word[3] != NULL ? r->word[3] : "", r->by,
				 NULL, 0)
			   : rc;
}

static enum rc
ask_freeze(struct request *r)
{
	return signerd_freeze(r->d, true, r->by);
}

static enum rc
ask_unlock(struct request *r)
{
	return signerd_freeze(r->d, false, r->by);
}

static enum rc
ask_accept(struct request *r)
{
	uint8_t id[32];
	enum rc rc = RC_FIELD;

	if (r->word[1] != NULL && r->word[2] != NULL)
		rc = signerd_id(r->d, id, r->word[1]);
	return rc == RC_OK
	    ? signerd_accept(r->d, r->out, id, r->word[2], r->by)
	    : rc;
}

static enum rc
ask_decline(struct request *r)
{
	uint8_t id[32];
	enum rc rc = RC_FIELD;

	if (r->word[1] != NULL)
		rc = signerd_id(r->d, id, r->word[1]);
	return rc == RC_OK ? signerd_decline(r->d, r->out, id) : rc;
}

static enum rc
ask_status(struct request *r)
{
	signerd_status(r->d, r->out);
	return RC_OK;
}

static enum rc
ask_history(struct request *r)
{
	return signerd_history(r->d, r->out, 100);
}

static enum rc
ask_payloads(struct request *r)
{
	signerd_payloads(r->d, r->out);
	return RC_OK;
}

/* calm alarms, calm restored. */
static enum rc
ask_calm(struct request *r)
{
	return r->word[1] != NULL && r->word[2] == NULL
	    ? signerd_calm(r->d, r->out, r->word[1], r->by)
	    : RC_FIELD;
}

/* object ID REASON: of a full id, which need not be known here. */
static enum rc
ask_object(struct request *r)
{
	char reason[ROW_REST_MAX + 1];
	uint8_t id[32];

	if (r->word[1] == NULL || r->word[2] == NULL ||
	    !hex_decode(id, sizeof id, r->word[1], strlen(r->word[1])))
		return RC_FIELD;
	snprintf(reason, sizeof reason, "%s%s%s", r->word[2],
	    r->word[3] != NULL ? " " : "",
	    r->word[3] != NULL ? r->word[3] : "");
	return signerd_object(r->d, r->out, id, reason);
}

/* carry AUTHORITY INBOX: in base64. */
static enum rc
ask_carry(struct request *r)
{
	uint8_t *bytes = malloc(BUNDLE_BYTES_MAX);
	size_t n;
	enum rc rc = bytes == NULL ? RC_MEMORY : RC_FIELD;

	if (bytes != NULL && r->word[1] != NULL && r->word[2] != NULL &&
	    base64_decode(bytes, &n, BUNDLE_BYTES_MAX, r->word[2],
		strlen(r->word[2])))
		rc = signerd_carry(r->d, r->out, r->word[1], bytes, n);
	free(bytes);
	return rc;
}

/* record: the head; record FROM TO: rows. */
static enum rc
ask_record(struct request *r)
{
	uint64_t from, to;

	if (r->word[1] == NULL)
		return signerd_record_head(r->d, r->out);
	if (r->word[2] == NULL || r->word[3] != NULL ||
	    !decimal_decode(
		&from, UINT32_MAX, r->word[1], strlen(r->word[1])) ||
	    !decimal_decode(&to, UINT32_MAX, r->word[2], strlen(r->word[2])))
		return RC_FIELD;
	return signerd_record_rows(
	    r->d, r->out, (uint32_t)from, (uint32_t)to);
}

static const struct {
	const char *name;
	enum rc (*ask)(struct request *r);
} requests[] = {
    {"pending", ask_pending},
    {"approve", ask_approve},
    {"approve-set", ask_approve_set},
    {"refuse", ask_refuse},
    {"explain", ask_explain},
    {"freeze", ask_freeze},
    {"unlock", ask_unlock},
    {"accept", ask_accept},
    {"decline", ask_decline},
    {"status", ask_status},
    {"history", ask_history},
    {"payloads", ask_payloads},
    {"record", ask_record},
    {"calm", ask_calm},
    {"object", ask_object},
    {"carry", ask_carry},
};

static void
split(char *word[static WORDS_MAX], char *line)
{
	for (unsigned i = 0; i < WORDS_MAX; i++)
		word[i] = NULL;
	for (unsigned i = 0; i < WORDS_MAX && *line != '\0'; i++) {
		word[i] = line;
		if (i == WORDS_MAX - 1)
			break;
		line += strcspn(line, " ");
		if (*line != '\0')
			*line++ = '\0';
	}
}

/* Printable ASCII only: it may end up in a signed note. */
static bool
line_is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static void
answer(struct people *p, char *line, const char *by, char *head, size_t cap,
    size_t *body_n)
{
	struct text out;
	struct request r = {.d = p->d, .by = by, .out = &out};
	enum rc rc = RC_FIELD;

	text_init(&out, p->answer, sizeof p->answer);
	if (line_is_clean(line))
		split(r.word, line);
	if (r.word[0] != NULL)
		for (size_t i = 0;
		     i < sizeof requests / sizeof requests[0]; i++)
			if (strcmp(r.word[0], requests[i].name) == 0)
				rc = requests[i].ask(&r);
	if (rc == RC_OK)
		snprintf(head, cap, "ok\n");
	else
		snprintf(head, cap, "%s %s\n", rc_name(rc), rc_text(rc));
	*body_n = out.full ? 0 : out.n;
}

/* ---- the socket --------------------------------------------------------------- */

static void
send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		bytes += done;
		n -= (size_t)done;
	}
}

/* One line, without its LF. */
static bool
receive_line(int fd, char line[static REQUEST_MAX])
{
	size_t n = 0;

	while (n < REQUEST_MAX - 1) {
		ssize_t got = recv(fd, line + n, REQUEST_MAX - 1 - n, 0);
		char *lf;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n += (size_t)got;
		line[n] = '\0';
		lf = memchr(line, '\n', n);
		if (lf != NULL) {
			*lf = '\0';
			return strlen(line) == (size_t)(lf - line);
		}
	}
	return false;
}

static void
serve_one(struct people *p, int fd)
{
	const struct timeval patience = {.tv_sec = REQUEST_S};
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t who_n = sizeof who;
	char *line = p->line, by[64], head[512];
	size_t body_n;

	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_n) != 0 ||
	    !receive_line(fd, line))
		return;
	snprintf(by, sizeof by, "uid %u", (unsigned)who.uid);
	answer(p, line, by, head, sizeof head, &body_n);
	send_all(fd, head, strlen(head));
	send_all(fd, p->answer, body_n);
}

static void *
run(void *argument)
{
	struct people *p = argument;
	struct pollfd wait[] = {
	    {.fd = p->listener, .events = POLLIN},
	    {.fd = p->stop[0], .events = POLLIN},
	};

	for (;;) {
		int fd;

		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			break;
		if (wait[1].revents != 0)
			break;
		if (wait[0].revents == 0)
			continue;
		fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve_one(p, fd);
		close(fd);
	}
	return NULL;
}

/* A path that a dead process left behind is taken over. */
static int
listen_at(const char *path, struct why *why)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	_Static_assert(sizeof at.sun_path == SETTINGS_SOCKET_MAX + 1, "");
	struct stat st;
	mode_t mask;
	int fd, bound;

	if (strlen(path) >= sizeof at.sun_path) {
		why_set(why, "socket '%s': the path is too long", path);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
		why_set(why, "socket '%s' is in use", path);
		close(fd);
		return -1;
	}
	/* of one that was killed; a file by that name is a mistake of ours */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		why_set(why, "socket '%s': something else is there; name a "
			     "path of its own", path);
		close(fd);
		return -1;
	}
	(void)unlink(path);
	mask = umask(0177);
	bound = bind(fd, (struct sockaddr *)&at, sizeof at);
	(void)umask(mask);
	if (bound != 0 || chmod(path, 0600) != 0 || listen(fd, 8) != 0) {
		why_set(why, "cannot listen at '%s': %s", path,
		    strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

enum rc
people_open(struct people **out, struct signerd *d, const char *path,
    struct why *why)
{
	struct people *p = calloc(1, sizeof *p);

	*out = NULL;
	if (p == NULL)
		return RC_MEMORY;
	p->d = d;
	p->listener = listen_at(path, why);
	if (p->listener < 0) {
		free(p);
		return RC_FILE;
	}
	if (pipe2(p->stop, O_CLOEXEC) != 0) {
		why_set(why, "cannot make a pipe");
		close(p->listener);
		free(p);
		return RC_MEMORY;
	}
	*out = p;
	return RC_OK;
}

enum rc
people_start(struct people *p, struct why *why)
{
	p->runs = pthread_create(&p->thread, NULL, run, p) == 0;
	if (p->runs)
		return RC_OK;
	why_set(why, "cannot start the people's thread");
	return RC_MEMORY;
}

static int
connect_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum rc
people_ask(char *out, size_t *n, size_t cap, const char *path,
    const char *line, struct why *why)
{
	int fd = connect_at(path);
	ssize_t got;

	*n = 0;
	if (fd < 0) {
		why_set(why, "cannot reach a signer at '%s': %s; is "
			     "quorate-signerd running, and is this its socket?",
		    path, strerror(errno));
		return RC_NETWORK;
	}
	send_all(fd, line, strlen(line));
	while (*n < cap - 1 && (got = recv(fd, out + *n, cap - 1 - *n, 0)) > 0)
		*n += (size_t)got;
	close(fd);
	out[*n] = '\0';
	if (*n == cap - 1)
		return RC_FILE_LONG;
	if (*n > 0)
		return RC_OK;
	why_set(why, "'%s': the signer said nothing", path);
	return RC_NETWORK;
}

void
people_stop(struct people *p)
{
	if (p == NULL)
		return;
	(void)!write(p->stop[1], "", 1);
	if (p->runs)
		pthread_join(p->thread, NULL);
	close(p->listener);
	close(p->stop[0]);
	close(p->stop[1]);
	free(p);
}
