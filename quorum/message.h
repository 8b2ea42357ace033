/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_MESSAGE_H
#define QUORUM_MESSAGE_H
/*
 * What parties, coordinator and pipelines say to each other: every note of
 * docs/formats.md sections 9 and 10. One table of rules a kind; a parser
 * fills a struct of fixed arrays whose slices borrow from the text, a builder
 * appends the one spelling of such a struct. Pure.
 *
 *   receive  message_open, message_by or message_verify, x_parse(m.text)
 *   send     x_build, message_sign
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "quorum/frost.h"
#include "verify/note.h"
#include "verify/rc.h"

#define MESSAGE_PARTIES_MAX 128
#define MESSAGE_WANTS_MAX   33 /* as many digests as a release names */
#define MESSAGE_AGE_S_MAX   300 /* of poll and read notes, either way */
#define PACKAGE_BYTES_MAX   32768
#define STATUS_BYTES_MAX    131072
#define REASON_BYTES_MAX    256 /* what the grammar lets a line's rest be */

enum message_kind {
	MESSAGE_OTHER, /* no kind of this list */
	MESSAGE_APPROVE,
	MESSAGE_REFUSE,
	MESSAGE_COMMIT,
	MESSAGE_PACKAGE,
	MESSAGE_SHARE,
	MESSAGE_BLAME,
	MESSAGE_POLL,
	MESSAGE_READ,
	MESSAGE_STATUS,
	MESSAGE_INBOX,
	MESSAGE_DRAFT, /* quorate/ceremony@v1 */
	MESSAGE_ACCEPT,
	MESSAGE_DEAL,
	MESSAGE_CONFIRM,
	MESSAGE_COMPLAINT,
	MESSAGE_BIRTH,
	MESSAGE_RESHARE, /* what a holder deals */
	MESSAGE_CHOICE,
	MESSAGE_PURPOSE, /* a request; quorum/purpose.h */
	MESSAGE_SIGNATURE,
	/* of a rehearsal: its draft, and the two texts that it signs */
	MESSAGE_REHEARSAL,
	MESSAGE_REHEARSAL_ROSTER,
	MESSAGE_REHEARSED,
	/* texts that travel with them; verify/ reads these */
	MESSAGE_RELEASE,
	MESSAGE_WITHDRAW,
	MESSAGE_TRUST,
	MESSAGE_ROSTER,
	MESSAGE_PARTY,
};

/* By the first line. "approve" and so on; "other". */
enum message_kind message_kind_of(const uint8_t *text, size_t n);
const char *message_kind_name(enum message_kind kind);

/* A note with exactly one signature line, or a bare text: opened, not
 * believed. Borrows the bytes. */
struct message {
	enum message_kind kind;
	struct slice whole;
	struct slice text; /* with its last LF */
	uint8_t id[32];	   /* SHA-256 of the text */
	bool is_signed;
	struct sigline line; /* if signed: who says that it is by whom */
};

/*
 * bytes are one note with one line, or one bare text. RC_OK; results of
 * note_split; RC_SIGLINES_MANY (more than one line); RC_LINE (a bare text
 * that does not end in LF or holds an empty line).
 */
enum rc message_open(struct message *m, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));
/* Whether its line claims to be the key's: (name, key id). */
bool message_by(const struct message *m, const struct vkey *k);
/* RC_OK: signed, by that key. RC_SENDER (bare, or another pair), results of
 * sigline_verify. */
enum rc message_verify(const struct message *m, const struct vkey *k)
    __attribute__((warn_unused_result));

/* Append a vkey / a separator / a signature line. name is NUL-free. */
void text_slice(struct text *t, struct slice s);
void text_vkey(struct text *t, struct slice name, uint8_t type,
    const uint8_t key[static 32]);
void text_point(struct text *t, const struct point *p);
void text_sigline(struct text *t, struct slice name,
    const uint8_t id[static 4], const uint8_t sig[static 64]);
/*
 * t holds exactly one text: append the empty line and the line of the key
 * whose seed (secret) this is, over that text.
 */
void message_sign(
    struct text *t, const struct vkey *k, const uint8_t seed[static 32]);

/* ---- a release: section 9 ---- */

struct message_approve {
	uint8_t release[32];
};

struct message_refuse {
	uint8_t release[32];
	struct slice code;
	struct slice reason; /* n 0: none */
};

struct message_commit {
	uint8_t message[32];
	uint8_t roster[32];
	uint8_t boot[FROST_BOOT_ID_BYTES];
	uint32_t serial; /* rises within a boot id */
	struct point d, e;
};

/*
 * With has_roster: `list` (leaf ids ascending) and no names; otherwise
 * names of plain signers' keys and no list.
 */
struct message_package {
	uint8_t message[32];
	bool has_roster;
	uint8_t roster[32];
	uint32_t session;
	unsigned list_n, name_n;
	struct frost_commitment list[MESSAGE_PARTIES_MAX];
	struct slice name[MESSAGE_PARTIES_MAX];
};

struct message_share {
	uint8_t message[32];
	uint8_t roster[32];
	uint8_t package[32]; /* SHA-256 of the package's text */
	uint8_t boot[FROST_BOOT_ID_BYTES];
	struct point d, e;
	struct scalar z; /* public once sent; canonical is not checked here */
};

struct message_blame {
	struct slice party; /* a vkey */
	uint8_t message[32];
	uint8_t package[32];
	uint8_t share[32]; /* id of the share note's text */
	struct slice code;
};

struct message_poll {
	struct slice authority;
	uint32_t epoch;
	uint8_t boot[FROST_BOOT_ID_BYTES];
	uint64_t time;
	struct slice after;
};

struct message_read {
	struct slice path; /* without the query */
	uint64_t time;
};

struct message_status {
	uint8_t release[32];
	uint32_t change;
	struct slice state; /* open signed refused expired superseded aborted */
	struct slice product;
	uint32_t sequence; /* 0 for a withdraw */
	struct slice roster; /* 64 hex or `-`; n 0: no line */
	uint32_t session;    /* packages sent so far */
	struct slice need;   /* in words */
	unsigned approved_n, refused_n, said_n, blamed_n, awaited_n;
	struct slice approved[MESSAGE_PARTIES_MAX]; /* key names, sorted */
	struct slice refused[MESSAGE_PARTIES_MAX];
	struct slice refused_code[MESSAGE_PARTIES_MAX];
	struct slice said[MESSAGE_PARTIES_MAX]; /* who refused with words */
	struct slice said_words[MESSAGE_PARTIES_MAX];
	struct slice blamed[MESSAGE_PARTIES_MAX];
	struct slice blamed_code[MESSAGE_PARTIES_MAX];
	struct slice awaited[MESSAGE_PARTIES_MAX];
	unsigned want_n;
	uint8_t want[MESSAGE_WANTS_MAX][32]; /* digests, ascending */
	struct slice reason; /* n 0: none */
};

struct message_inbox {
	struct slice cursor;
	uint64_t time;
};

/* Asks for what one `sign` line of a release allows; see quorum/purpose.h. */
struct message_purpose {
	uint8_t message[32];
	uint8_t release[32];
	struct slice signer; /* whose key it is moved from: a trust's */
	struct slice purpose, component;
};

/* What came of it. */
struct message_signature {
	uint8_t message[32];
	uint8_t release[32];
	struct slice signer, purpose, component;
	uint8_t key[32]; /* of the purpose */
	uint8_t signature[64];
};

/* ---- a ceremony: section 10; the draft is quorum/ceremony.h's ---- */

struct message_accept {
	uint8_t ceremony[32];
	struct point key; /* P */
};

/* What is dealt at a birth and at a reshare alike. */
struct message_dealing {
	unsigned commitment_n, share_n;
	struct point commitment[MESSAGE_PARTIES_MAX];
	struct point ephemeral;
	struct slice share_name[MESSAGE_PARTIES_MAX];
	uint8_t share[MESSAGE_PARTIES_MAX][48];
};

struct message_deal {
	uint8_t ceremony[32];
	uint8_t pop[64];
	struct message_dealing dealing;
};

struct message_confirm {
	uint8_t ceremony[32];
	uint8_t transcript[64];
	uint8_t signature[64];
};

/* With opened_n 2: the ciphertext of that dealer for the sender, opened;
 * each point with its proof, c and z. With 0: the sender declines. */
struct message_complaint {
	uint8_t ceremony[32];
	struct slice dealer, reason;
	unsigned opened_n;
	struct point opened[2];
	uint8_t proof[2][64];
};

/* A dealing of a reshare: no proof, but the context that it was made for. */
struct message_reshare {
	uint8_t ceremony[32];
	uint8_t context[64];
	struct message_dealing dealing;
};

/* Which dealings count; dealers in leaf order of the roster before. */
struct message_choice {
	uint8_t ceremony[32];
	uint32_t number;
	uint8_t context[64];
	unsigned dealing_n;
	struct slice dealer[MESSAGE_PARTIES_MAX];
	uint8_t dealing[MESSAGE_PARTIES_MAX][32]; /* SHA-256 of its note */
};

/* What a rehearsed key signs: that it did. */
struct message_rehearsed {
	struct slice authority;
	uint32_t epoch;
	uint8_t ceremony[32]; /* the draft's id */
	uint8_t roster[32];   /* id of the rehearsal's roster */
};

#define MESSAGE_STEPS_MAX 4

struct message_birth {
	uint8_t ceremony[32];
	uint32_t change;
	struct slice state; /* accepting dealing confirming signing born failed */
	struct slice code;
	unsigned accepted_n, dealt_n, confirmed_n, lined_n, blamed_n;
	struct slice accepted[MESSAGE_PARTIES_MAX];
	struct slice dealt[MESSAGE_PARTIES_MAX];
	struct slice confirmed[MESSAGE_PARTIES_MAX];
	struct slice lined[MESSAGE_PARTIES_MAX]; /* signed the roster */
	struct slice blamed[MESSAGE_PARTIES_MAX];
	struct slice blamed_code[MESSAGE_PARTIES_MAX];
	struct slice roster, trust; /* ids in hex, or `-` */
	/* Who is waited for, or was when it failed; and whose shares made the
	 * last signature. */
	unsigned awaited_n, took_n, step_n;
	struct slice awaited[MESSAGE_PARTIES_MAX];
	struct slice took[MESSAGE_PARTIES_MAX];
	struct slice step[MESSAGE_STEPS_MAX]; /* over; states, in order */
	uint32_t step_s[MESSAGE_STEPS_MAX];   /* the seconds each took */
	struct slice reason;		      /* n 0: none */
};

/*
 * Parsers: text is one text of that kind. Results of line_next; RC_FIELD
 * (numbers of lines that do not go together, ids that do not ascend). The
 * struct is unspecified unless RC_OK. Points and scalars are 32 bytes, no
 * more is promised: quorum/frost.h and dkg.h look at them.
 */
#define MESSAGE_CODEC(kind)                                                    \
	enum rc kind##_parse(struct message_##kind *out, const uint8_t *text,  \
	    size_t n) __attribute__((warn_unused_result));                     \
	void kind##_build(struct text *t, const struct message_##kind *in);
MESSAGE_CODEC(approve)
MESSAGE_CODEC(refuse)
MESSAGE_CODEC(commit)
MESSAGE_CODEC(package)
MESSAGE_CODEC(share)
MESSAGE_CODEC(blame)
MESSAGE_CODEC(poll)
MESSAGE_CODEC(read)
MESSAGE_CODEC(status)
MESSAGE_CODEC(inbox)
MESSAGE_CODEC(accept)
MESSAGE_CODEC(deal)
MESSAGE_CODEC(confirm)
MESSAGE_CODEC(complaint)
MESSAGE_CODEC(rehearsed)
MESSAGE_CODEC(birth)
MESSAGE_CODEC(reshare)
MESSAGE_CODEC(choice)
MESSAGE_CODEC(purpose)
MESSAGE_CODEC(signature)
#undef MESSAGE_CODEC

/*
 * The FROST package that a package note stands for: its message is `text`,
 * whose SHA-256 the caller has compared with p->message. Borrows text.
 */
void package_frost(struct signing_package *out,
    const struct message_package *p, const uint8_t *text, size_t n);
#endif
