/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SERVE_WITNESS_H
#define LOG_SERVE_WITNESS_H
#include <pthread.h>
#include "host/http_server.h"
#include "log/setup.h"
#include "log/store_room.h"
#include "log/store_witness.h"

/* A running witness: C2SP tlog-witness over HTTP. */
enum {
	WITNESS_LOGS_MAX = 4096,
	WITNESS_BATCH_MAX = 256,
	WITNESS_FIRSTS_MAX = 8,
	MIRROR_QUEUE_MAX = 16, /* uploads that wait: 503 */
};
struct audit_store;
struct mirror_store;

struct witness_log {
	char origin[NAME_BYTES_MAX + 1];
	unsigned key_n;
	char vkey[WITNESS_LOG_KEYS_MAX][LOG_VKEY_MAX];
	struct vkey key[WITNESS_LOG_KEYS_MAX]; /* borrow from vkey */
	/* light: so many answers a second, spent under the lock */
	uint64_t tokens, tokens_ms;
	struct witness_head head; /* as stored; the committer's alone */
	/* that it showed what is not consistent, and what is a fork: likewise */
	bool told, told_fork;
	/* of a mirror: whose entries are judged, for alarms */
	unsigned first_n;
	struct {
		char name[NAME_BYTES_MAX + 1];
		uint8_t id[32];
	} first[WITNESS_FIRSTS_MAX];
	struct audit_store *audit; /* the mirror's thread's; NULL until used */
};

/* One add-checkpoint under way. */
struct witness_job {
	struct witness_job *next;
	struct http_request *request;
	struct witness_log *log;
	struct cosign_request r; /* borrows from the request's body */
	unsigned mask;		 /* of the log's keys that signed */
	unsigned status;	 /* of the answer; 0: the store failed */
	uint64_t held;		 /* size, for 409 and 422 */
	size_t line_n;
	char line[SIGLINE_CHARS_MAX + 1]; /* the answer of a 200 */
};

/* One add-entries under way. */
struct mirror_job {
	struct mirror_job *next;
	struct http_request *request;
	struct witness_log *log;
	uint8_t *unpacked; /* of a gzip body; NULL */
	const uint8_t *body;
	size_t body_n;
};

struct witness_server {
	/* configuration */
	bool mirror;
	struct key_place key_at;
	char state[3841], listen[80];
	char tls_certificate[4001], tls_key[4001]; /* "": plain HTTP */
	uint64_t rate; /* answers a second and log */
	uint64_t connections, connections_per_ip; /* 0: http_server.h's */
	unsigned log_n;
	struct witness_log *log[WITNESS_LOGS_MAX]; /* sorted by origin */
	char vkey[LOG_VKEY_MAX];
	struct vkey key;
	/* running; queue, tokens and counters under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping, committing;
	struct witness_job *queue, **queue_end;
	pthread_t committer;
	struct witness_store *store; /* the committer's */
	struct http_server *http;
	uint64_t cosigned, refused, commits; /* for /metrics */
	uint64_t forks, inconsistent; /* since the state was made; the start */
	/* what was tried last could not be stored: heads, a mirror's entries */
	bool failing, mirror_failing;
	struct store_room room;
	uint64_t failed; /* how often */
	/* of a mirror: its queue under the lock, its store its thread's */
	pthread_cond_t mirror_wake;
	struct mirror_job *uploads, **uploads_end;
	unsigned upload_n;
	pthread_t mirrorer;
	bool mirroring;
	struct mirror_store *mirror_store;
	uint64_t mirrored; /* entries held since the start */
	uint64_t alarms;   /* entries that broke a rule, since it was made */
	/* for monitors, and for the mirror's thread */
	pthread_mutex_t reading;
	struct witness_store *reader;
	/* secret, hidden but while somebody signs, one at a time */
	pthread_mutex_t signing;
	uint8_t *seed;
};

/* A line by this witness over a checkpoint's text. */
void witness_cosign(struct witness_server *w, struct text *line,
    const uint8_t *text, size_t n, uint64_t time);

/* What was tried could or could not be stored: says so when that changes. */
void witness_failing(struct witness_server *w, bool *failing, bool fails,
    const char *why);

/* serve_mirror.c: C2SP tlog-mirror. */
enum rc mirror_start(struct witness_server *w, struct why *why)
    __attribute__((warn_unused_result));
void mirror_stop(struct witness_server *w);
void mirror_on_entries(void *context, struct http_request *request);
/* GET /<hash>/...: false when the path is none of a mirror's. */
bool mirror_on_get(struct witness_server *w, struct http_request *request,
    const uint8_t hash[static 32], const char *path);
struct witness_log *witness_log_find(struct witness_server *w,
    struct slice origin);

enum rc witness_start(struct witness_server *w, struct why *why)
    __attribute__((warn_unused_result));
void witness_stop(struct witness_server *w);
#endif
