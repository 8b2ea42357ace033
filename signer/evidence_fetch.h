/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_FETCH_H
#define SIGNER_EVIDENCE_FETCH_H
/*
 * Bytes that a release names by digest, from the coordinator into a file of
 * that name. Called in an evidence process only (signer/evidence_worker.h).
 */
#include "signer/source.h"

#define FETCH_PIECE_MAX (1u << 20)
#define FETCH_WAIT_S	5 /* for bytes that are not there yet */

struct fetch_ask {
	const char *directory;
	const char *url;     /* https://coordinator/v1/blobs/DIGEST */
	const char *header;  /* `Quorate-Read: ...`, good for some minutes */
	const char *ca_file; /* or NULL */
	uint8_t sha256[32];
	bool sized;
	uint64_t size;	  /* not sized: at most FETCHED_SMALL_MAX */
	uint64_t seconds; /* how long it goes on, about */
};

/*
 * What a cut left is gone on with; a byte is hashed as it comes, once more
 * only if it came in an earlier process. RC_OK: out has the size and digest of
 * what came, and if that is the right one the file has its name and is on disk;
 * otherwise nothing is left of it. Anything else says nothing about the bytes;
 * why says what is missing.
 */
enum rc fetch_run(struct source_fetched *out, const struct fetch_ask *ask,
    struct why *why) __attribute__((warn_unused_result));
#endif
