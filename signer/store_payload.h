/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_STORE_PAYLOAD_H
#define SIGNER_STORE_PAYLOAD_H
/*
 * The bytes that a party has seen, by digest, for years: a log of digests
 * proves that something was shipped, this proves what. A folder with a file
 * for each, which an evidence process puts there under its digest once it
 * has it (signer/evidence_fetch.h), and `index`, a line for each text that
 * named it. One thread writes; who lists may be another.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "signer/source.h"

#define PAYLOADS_LIST_MAX 500 /* lines shown, the newest */

struct payloads {
	const char *dir;
	uint64_t total_max; /* bytes */
	uint64_t keep_s;
};

/* Whether it is here, whole; and its size. */
bool payload_kept(const struct payloads *p, uint64_t *size,
    const uint8_t sha256[static 32]);
/* The bytes of a half one, 0 for none. */
uint64_t payload_half(
    const struct payloads *p, const uint8_t sha256[static 32]);
/* Whether `size` bytes more may come: RC_OK; RC_PAYLOAD_ROOM with why. */
enum rc payload_room(const struct payloads *p, uint64_t size, struct why *why)
    __attribute__((warn_unused_result));
/* A text names it and it is here: the index says so, durably, once. RC_OK,
 * RC_FILE with why. */
enum rc payload_note(const struct payloads *p, const struct source_fetched *f,
    struct slice product, uint32_t sequence, const uint8_t id[static 32],
    uint64_t now, struct why *why) __attribute__((warn_unused_result));
/* What is older than keep_s goes. */
void payloads_age(const struct payloads *p, uint64_t now);
/* `kept|gone TIME DIGEST SIZE WHAT NAME PRODUCT SEQUENCE ID`, the newest
 * last; gone: its years are over, or it was removed by hand. */
void payloads_list(const struct payloads *p, struct text *out);
#endif
