/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SERVE_WITNESS_H
#define LOG_SERVE_WITNESS_H
#include <pthread.h>
#include "host/http_server.h"
#include "log/setup.h"
#include "log/store_witness.h"

/* A running witness: C2SP tlog-witness over HTTP. */
enum { WITNESS_LOGS_MAX = 4096, WITNESS_BATCH_MAX = 256 };

struct witness_log {
	char origin[NAME_BYTES_MAX + 1];
	unsigned key_n;
	char vkey[WITNESS_LOG_KEYS_MAX][LOG_VKEY_MAX];
	struct vkey key[WITNESS_LOG_KEYS_MAX]; /* borrow from vkey */
	/* light: so many answers a second, spent under the lock */
	uint64_t tokens, tokens_ms;
	struct witness_head head; /* as stored; the committer's alone */
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
};

struct witness_server {
	/* configuration */
	char key_file[4001], passphrase_file[4001], state[3841], listen[80];
	char tls_certificate[4001], tls_key[4001]; /* "": plain HTTP */
	uint64_t rate; /* answers a second and log */
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
	uint64_t cosigned, refused, forks, commits; /* for /metrics */
	/* for monitors */
	pthread_mutex_t reading;
	struct witness_store *reader;
	/* secret, hidden but while somebody signs, one at a time */
	pthread_mutex_t signing;
	uint8_t *seed;
};

enum rc witness_start(struct witness_server *w, struct why *why)
    __attribute__((warn_unused_result));
void witness_stop(struct witness_server *w);
#endif
