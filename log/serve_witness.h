/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SERVE_WITNESS_H
#define LOG_SERVE_WITNESS_H
#include <pthread.h>
#include "host/http_server.h"
#include "log/setup.h"
#include "log/store_witness.h"

/* A running witness: C2SP tlog-witness over HTTP. */
enum { WITNESS_LOGS_MAX = 1024 };

struct witness_log {
	char origin[NAME_BYTES_MAX + 1];
	unsigned key_n;
	char vkey[WITNESS_LOG_KEYS_MAX][LOG_VKEY_MAX];
	struct vkey key[WITNESS_LOG_KEYS_MAX]; /* borrow from vkey */
	/* light: so many cosignatures a second, spent under the lock */
	uint64_t tokens, tokens_ms;
};

struct witness_server {
	/* configuration */
	char key_file[4001], passphrase_file[4001], state[3841], listen[80];
	char tls_certificate[4001], tls_key[4001]; /* "": plain HTTP */
	uint64_t rate; /* cosignatures a second and log */
	unsigned log_n;
	struct witness_log *log[WITNESS_LOGS_MAX];
	char vkey[LOG_VKEY_MAX];
	struct vkey key;
	uint8_t *seed; /* secret, hidden */
	/* running; store, seed and tokens under the lock */
	pthread_mutex_t lock;
	struct witness_store *store;
	struct http_server *http;
	uint64_t cosigned, refused, forks; /* for /metrics */
};

enum rc witness_start(struct witness_server *w, struct why *why)
    __attribute__((warn_unused_result));
void witness_stop(struct witness_server *w);
#endif
