/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SETUP_H
#define LOG_SETUP_H
#include <stdbool.h>
#include "verify/line.h"

/*
 * What quorate-logd was told, once, before any thread: whose log it is, for
 * whom, and whom it asks. Read-only afterwards, but for the seed's page.
 */
enum {
	LOG_AUTHORITIES_MAX = 64,
	LOG_WITNESSES_MAX = 32,
	LOG_VKEY_MAX = NAME_BYTES_MAX + 55, /* with a NUL */
	LOG_URL_MAX = 512,
	LOG_READERS_MAX = 64, /* threads */
};

struct log_authority {
	char name[NAME_BYTES_MAX + 1];
	uint8_t first[32]; /* id of its first trust text */
	uint8_t recovery[32]; /* id of a text that comes without proof */
	bool first_set, no_mirror, recovery_set;
};

struct log_witness {
	char name[NAME_BYTES_MAX + 1]; /* here only; the key has its own */
	char vkey[LOG_VKEY_MAX];
	struct vkey key; /* borrows from vkey */
	char url[LOG_URL_MAX + 1];	  /* submission prefix */
	char monitoring[LOG_URL_MAX + 1]; /* where it shows what it cosigned */
	bool ignore_unproven;
};

/* Where a daemon's key is: see log/store_key.h. "": not said. */
struct key_place {
	char file[4001], passphrase_file[4001];
	char credential[256], passphrase_credential[256];
};

struct log_setup {
	char origin[NAME_BYTES_MAX + 1];
	char vkey[LOG_VKEY_MAX];
	struct vkey key; /* borrows from vkey */
	uint8_t *seed;   /* secret memory, hidden; 32 bytes */
	/* the key that takes over, while both sign: next_vkey is "" without */
	char next_vkey[LOG_VKEY_MAX];
	struct vkey next_key;
	uint8_t *next_seed;
	struct key_place key_at, next_at;
	char state[3841];
	char tls_certificate[4001], tls_key[4001]; /* "": plain HTTP */
	char ca_file[4001]; /* for the witnesses' certificates; "" */
	char listen[80];
	uint64_t interval_ms;   /* how often an idle head is cosigned anew */
	uint64_t patience_ms;   /* how long /add waits for witnesses */
	uint64_t witness_ms;    /* one question to one witness */
	uint64_t more_ms;       /* with a quorum: how long for the others */
	uint64_t hold_ms;       /* an authority without witnesses holds up the
				 * others so long */
	uint64_t threads;
	uint64_t connections, connections_per_ip; /* 0: http_server.h's */
	unsigned authority_n, witness_n;
	struct log_authority authority[LOG_AUTHORITIES_MAX];
	struct log_witness witness[LOG_WITNESSES_MAX];
};

/* The keys by which the log is known: one, or two. */
static inline unsigned
setup_key_n(const struct log_setup *s)
{
	return s->next_vkey[0] != '\0' ? 2 : 1;
}

static inline const struct vkey *
setup_key(const struct log_setup *s, unsigned i)
{
	return i == 0 ? &s->key : &s->next_key;
}
#endif
