/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_BACKUP_H
#define SIGNER_BACKUP_H
/*
 * A printed backup of a party's identity key and share: a page that can be
 * typed in again, docs/formats.md section 11, "A printed backup". What is in
 * it is a sealed text (host/secret.h); here it is only spelled. It names the
 * serial of its roster and dies with it. Pure.
 */
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "verify/line.h"
#include "verify/rc.h"

#define BACKUP_KIND	  "quorate/backup" /* of the sealed text */
#define BACKUP_SEED_AT	  32 /* of its plain bytes; before: the head's hash */
#define BACKUP_SHARE_AT	  64
#define BACKUP_PLAIN_MAX  129 /* with a share; 64 without */
#define BACKUP_PAGE_MAX	  8192
#define BACKUP_SEALED_MAX 1024

/* Slices borrow from the text it was read from. */
struct backup_head {
	struct slice party;	/* vkey */
	struct slice authority; /* n 0: a plain signer's, no share */
	uint32_t epoch, serial;
	uint8_t roster[32];
	uint64_t made;
};

/* The head's lines, and what they hash to: the first 32 plain bytes. */
void backup_head_build(struct text *t, const struct backup_head *h);
void backup_head_hash(uint8_t out[static 32], const struct backup_head *h);

/* The whole page, of a head and a sealed text of BACKUP_KIND. RC_OK, RC_SEALED
 * (not one), RC_TEXT_LONG. */
enum rc backup_page_build(struct text *t, const struct backup_head *h,
    const char *sealed, size_t n) __attribute__((warn_unused_result));
/*
 * Back again: as typed, in capitals or not, with any spaces between words. The
 * head and the sealed text, which is appended. RC_OK; RC_BACKUP and *line,
 * the number (from 1) of the line at fault, what it says or that it is
 * missing; RC_TEXT_LONG. page may be changed: it is lower case after.
 */
enum rc backup_page_parse(struct backup_head *h, struct text *sealed,
    unsigned *line, char *page, size_t n) __attribute__((warn_unused_result));
#endif
