/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H
#include "verify/checkpoint.h"
#include "verify/merkle.h"
#include "verify/note.h"
#include "verify/release.h"
#include "verify/sha256.h"
#include "verify/trust.h"

/*
 * The decision: may this device install what this file releases, or obey
 * what this file says of its trust? (docs/formats.md, "The decision".)
 *
 * A push parser. Bytes come in chunks of any size, each is looked at once,
 * nothing is read twice. The text waits in one buffer, which then serves the
 * inclusion path and the checkpoint; the leaf hash runs alongside; each
 * signature is checked as its line ends. Everything here is public: time may
 * vary with all of it.
 */
#ifndef VERIFY_TEXT_MAX
#define VERIFY_TEXT_MAX 1536
#endif
#ifndef VERIFY_PATH_MAX
#define VERIFY_PATH_MAX 32
#endif
#ifndef DEVICE_PRODUCTS_MAX
#define DEVICE_PRODUCTS_MAX 4 /* hosts: one, and all that it may require */
#endif
_Static_assert(
    VERIFY_PATH_MAX * 32 + COSIGNATURE_HEAD_MAX + CHECKPOINT_TEXT_MAX <=
	VERIFY_TEXT_MAX,
    "path and checkpoint share the text's buffer");

enum {
	DEVICE_COMPONENTS_MAX = 4,
	PROOF_AHEAD_MAX_S = 86400,
	VERIFY_PERSON = RC_OK + 1,
};

enum verified_kind {
	VERIFIED_RELEASE = 1,
	VERIFIED_WITHDRAW = 2,
	VERIFIED_TRUST = 3,
	VERIFIED_ENDORSEMENT = 4,
};

/* A product that the device answers to, from its record. */
struct device_product {
	struct slice name;
	uint32_t epoch; /* of what is installed; 0: nothing */
	uint32_t floor;
	uint32_t sequence; /* installed; 0: none */
	uint8_t id[32];    /* of the installed text; zero: unknown */
};

/* What the device says of itself. Must outlive verify_finish. */
struct verify_device {
	uint16_t page_n;
	uint8_t product_n, component_n;
	uint32_t person;        /* VERIFY_PERSON: somebody stands before it; no
				   bool, that is nearly any byte */
	bool installed_unknown; /* `quorate verify` without --installed:
				   sequence, from, requires go unchecked */
	uint8_t *page;             /* room for a new trust text, or NULL */
	const struct trust *owner; /* whose endorsement is needed, or NULL */
	const uint8_t *endorsed;   /* 32 bytes: endorsed text id, or NULL */
	uint64_t time;             /* unix seconds; 0: no clock */
	uint64_t max_proof_age_s;  /* 0: no limit */
	struct slice component[DEVICE_COMPONENTS_MAX];
	struct device_product product[DEVICE_PRODUCTS_MAX];
};

struct verified_payload {
	uint64_t size;
	uint8_t sha256[32];
};

/* All zero unless verify_finish said RC_OK. */
struct verified {
	uint16_t kind;       /* enum verified_kind: short instructions reach
				further for two bytes than for one */
	uint8_t product;     /* index into the device's */
	uint8_t signers;     /* how many signer lines verified */
	uint8_t witnesses;   /* how many cosignatures verified */
	uint8_t component_n; /* of the payloads below; a release's only */
	bool recovered;      /* a trust text taken without a proof */
	uint32_t epoch, sequence, floor, revision;
	uint16_t page_n; /* a new trust text's length in the page */
	uint8_t id[32];  /* of the text */
	uint64_t proof_time; /* the largest T at which witnesses with time
				>= T satisfy the quorum; 0 without proof */
	uint64_t index, tree_size;
	struct verified_payload payload[DEVICE_COMPONENTS_MAX];
};

/*
 * Which keys have signed, as bits. A bit is set twice, after two looks at
 * one result, and each half of what is decided twice takes one of the two.
 */
enum verify_mask { /* four by enum trust_list, then those of a new text */
	MASK_HELD = LIST_LOGS,
	MASK_NEW_SIGNERS,
	MASK_NEW_ROOTS,
	MASKS,
};

struct verify;
/* Reads the texts that change trust: verify_hop, or nobody. */
typedef enum rc verify_reader(struct verify *v, unsigned what, unsigned pass);

struct verify { /* what is used most lies where short instructions reach */
	uint8_t state;
	uint8_t path_n;
	uint16_t room;   /* for text_n */
	uint16_t line_n; /* of the kind that the state counts */
	uint16_t text_n; /* bytes of the text, of a proof's line, then of the
			    checkpoint */
	const struct trust *trust;
	const struct verify_device *device;
	uint32_t flow; /* every step that was gone through (verify.c) */
	enum rc rc;    /* RC_MORE, or the refusal that sticks */
	verify_reader *hop;
	/* what the text says, in both passes the same: down to note_n */
	uint32_t introduced; /* how many new signers must sign */
	struct verified out; /* filled as it is decided */
	uint64_t expires;
	uint32_t note_n; /* bytes of the note so far */
	uint8_t included[2]; /* RC_MORE, or RC_INCLUSION */
	uint32_t mask[MASKS][2];
	struct sha256 leaf;
	uint8_t leaf_hash[32];
	struct sigline sig;
	union {
		uint8_t text[VERIFY_TEXT_MAX]; /* then path and checkpoint */
		struct trust next; /* while a hop's text is in the page */
		uint64_t time[TRUST_COSIGNERS_MAX]; /* once the path is used */
	} u;
};

/*
 * Begin a file. t: the trust in force (release, withdraw, trust file) or the
 * owner's text (an endorsement). Both t and d stay referenced.
 * verify_init_release takes no trust file, RC_KIND; a program that calls only
 * this one is linked without what reads them.
 */
void verify_init(
    struct verify *v, const struct trust *t, const struct verify_device *d);
void verify_init_release(
    struct verify *v, const struct trust *t, const struct verify_device *d);
/*
 * Feed the next bytes, in chunks of any size. RC_MORE, or a refusal, which
 * every later call repeats.
 */
enum rc verify_feed(struct verify *v, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));
/*
 * The file is complete. RC_OK and out, or a refusal and out all zero. After
 * a trust file's RC_OK the device's page holds the new text.
 */
enum rc verify_finish(struct verify *v, struct verified *out)
    __attribute__((warn_unused_result));

/* ---- between verify.c and hop.c --------------------------------------- */

/* What there is to read of a trust file, and at its end: after what the held
 * trust's roots say. Apart, or a compiler makes a table of them, which is
 * larger. */
enum { HOP_KIND, HOP_TEXT, HOP_LINE = 16, HOP_QUORUM = 32, HOP_ALONE = 64 };
verify_reader verify_hop;
/* RC_MORE when the line is by none of the mask's keys, or verifies. */
enum rc verify_line_by(struct verify *v, enum verify_mask which)
    __attribute__((warn_unused_result));
/* How many bits are set. */
uint8_t verify_bits(uint32_t mask);
#endif
