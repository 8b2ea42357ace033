/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_JUDGE_H
#define SIGNER_JUDGE_H
/*
 * A party decides: a pure function from what the operator allows (policy),
 * what was found out (evidence), what was done and logged before (record)
 * and the release to yes, no with a reason, or "ask a person". It holds
 * nothing and remembers nothing, so the same question has the same answer
 * in a test, in the daemon and in a later audit of the decision rows.
 */
#include <stdbool.h>
#include <stdint.h>
#include "signer/source.h"
#include "verify/note.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

#define JUDGE_AGE_MAX_S	    (30u * 86400) /* the log's limit is 37 days */
#define JUDGE_AHEAD_MAX_S   600u
#define JUDGE_STEP_DEFAULT  16u
#define JUDGE_PATTERNS_MAX  16
#define JUDGE_PROPOSERS_MAX 16
#define JUDGE_SOURCES_MAX   8
#define JUDGE_WINDOWS_MAX   8
#define JUDGE_APPROVALS_MAX 8
#define JUDGE_VKEY_MAX	    (NAME_BYTES_MAX + 54 + 1)
#define JUDGE_SENTENCE_MAX  256

/* Why not: the names are those of docs/formats.md, "Rules of a release". */
#define JUDGE_CODES(X)                                                         \
	X(JUDGE_NONE, "-")                                                     \
	X(JUDGE_PRODUCT, "product")                                            \
	X(JUDGE_PROPOSER, "proposer")                                          \
	X(JUDGE_SEQUENCE, "sequence")                                          \
	X(JUDGE_STEP, "step")                                                  \
	X(JUDGE_BOUND, "bound")                                                \
	X(JUDGE_AGE, "age")                                                    \
	X(JUDGE_AHEAD, "ahead")                                                \
	X(JUDGE_POLICY, "policy")                                              \
	X(JUDGE_PERSON, "person")                                              \
	X(JUDGE_FROZEN, "frozen")                                              \
	X(JUDGE_TEXT_MAX, "text-max")                                          \
	X(JUDGE_ROSTER, "roster")                                              \
	X(JUDGE_AUTHORITY, "authority")                                        \
	X(JUDGE_WITHDRAWN, "withdrawn")                                        \
	X(JUDGE_SOURCE, "source")                                              \
	X(JUDGE_SOURCE_REF, "source-ref")                                      \
	X(JUDGE_SOURCE_TREE, "source-tree")                                    \
	X(JUDGE_SOURCE_SIGNATURE, "source-signature")                          \
	X(JUDGE_SOURCE_BRANCH, "source-branch")                                \
	X(JUDGE_REBUILD, "rebuild")                                            \
	X(JUDGE_ATTEST, "attest")                                              \
	X(JUDGE_PAYLOAD, "payload")                                            \
	X(JUDGE_WAIT, "wait")                                                  \
	X(JUDGE_WINDOW, "window")                                              \
	X(JUDGE_RATE, "rate")
#define JUDGE_ENUM(name, text) name,
enum judge_code { JUDGE_CODES(JUDGE_ENUM) JUDGE_CODE_COUNT };
#undef JUDGE_ENUM

const char *judge_code_name(enum judge_code code);
/* JUDGE_NONE when it is no code's name. */
enum judge_code judge_code_of(struct slice name);

/* Product names; `*` stands for any bytes, also none. */
struct judge_patterns {
	unsigned count;
	char at[JUDGE_PATTERNS_MAX][NAME_BYTES_MAX + 1];
};

/* A key that may propose, and what. vkey is a line of text. */
struct judge_proposer {
	char vkey[JUDGE_VKEY_MAX];
	struct judge_patterns products;
};

/* A repository that releases may come from. */
struct judge_source {
	char url[SOURCE_URL_MAX + 1];
	struct judge_patterns products, refs;
	char branch[SOURCE_REF_MAX + 1]; /* "": any history will do */
	enum source_want want;
	/* What a rebuild makes; with any, every payload must come out of
	 * one. */
	unsigned output_count;
	char output[SOURCE_OUTPUTS_MAX][NAME_BYTES_MAX + 1]; /* components */
};

/* When this party approves: days of the week, Monday bit 0, and minutes of
 * the day, UTC, from below to. */
struct judge_window {
	uint8_t days;
	uint16_t from, to;
};

/* What the operator allows; one per authority. */
struct judge_policy {
	struct judge_patterns products;
	unsigned proposer_count;
	struct judge_proposer proposer[JUDGE_PROPOSERS_MAX];
	uint32_t step; /* how far above the logged sequence; at least 1 */
	bool person;   /* approval takes a person */
	unsigned approvals; /* of how many different ones; 0 is 1 */
	uint32_t wait_s; /* from first sight to the approval, at least */
	uint32_t rate;	 /* approvals in any 24 hours; 0: any number */
	unsigned window_count; /* 0: at any time */
	struct judge_window window[JUDGE_WINDOWS_MAX];
	/* With one, every source line is looked at; without, none is. */
	unsigned source_count;
	struct judge_source source[JUDGE_SOURCES_MAX];
	bool require_source; /* a release has at least one such line */
	/* Every payload, attestation and note is fetched and kept first. */
	bool require_payload;
	uint64_t payload_max; /* bytes of one, then */
	struct judge_patterns attest; /* types that a release must carry */
};

/* What was found out about this proposal, now. */
struct judge_evidence {
	uint64_t now;		     /* unix seconds */
	int proposer;		     /* judge_proposer_find */
	const struct trust *trust;   /* in force */
	uint32_t text_max;	     /* its line; 0: none */
	const struct roster *roster; /* of our signer; NULL: plain signer */
	/* Of its source lines, in their order, and of what it names by digest;
	 * NULL: nobody has looked yet. */
	const struct source_findings *sources;
};

/* What the record holds about its product, in the trust's epoch. */
struct judge_record {
	uint32_t logged; /* highest sequence in the log; 0: none */
	bool floor_known;
	uint32_t floor;	 /* of the highest withdraw in the log */
	bool frozen;	 /* this party signs nothing at present */
	bool bound;	 /* this sequence is bound to another text */
	bool withdrawn;	 /* this party refused this text before */
	uint64_t first_seen;   /* when it was first judged; 0: now */
	unsigned assents;      /* different people who said yes */
	unsigned approved_day; /* by this party in the last 24 hours */
};

/*
 * ASK: every rule passes, people decide. LOOK: ask again with its sources
 * looked at. LATER: yes, but not yet; the code says why, `later` when to ask
 * again.
 */
enum judge_answer {
	JUDGE_APPROVE = 1,
	JUDGE_REFUSE,
	JUDGE_ASK,
	JUDGE_LOOK,
	JUDGE_LATER,
};

struct verdict {
	enum judge_answer answer;
	enum judge_code code; /* JUDGE_NONE unless refused, or LATER */
	uint64_t later;	      /* unix seconds; of LATER */
	/* One line for people, never empty, fit for a `reason` field. */
	char sentence[JUDGE_SENTENCE_MAX + 1];
};

/*
 * Decide about a text that release_parse took as a host. The first rule
 * that refuses speaks: authority, text-max, roster, product, proposer, age,
 * ahead, frozen, withdrawn, bound, sequence, step, policy, source and what
 * was found at the sources: source-ref, source-tree, source-signature,
 * source-branch, rebuild, attest, payload.
 */
void judge(struct verdict *out, const struct judge_policy *policy,
    const struct judge_evidence *evidence, const struct judge_record *record,
    const struct release *release, const uint8_t *text, size_t n);

/*
 * The part that is asked again before every package: the party approved,
 * but time went on and so did the log. JUDGE_NONE or the reason.
 */
enum judge_code judge_again(const struct judge_evidence *evidence,
    const struct judge_record *record, const struct release *release,
    const uint8_t *text, size_t n);

/*
 * The same, rule by rule: what each says, in their order, passed or not; then
 * the answer. For people who want to know before it matters.
 */
void judge_explain(void (*rule)(void *context, enum judge_code code,
		       bool passes, const char *sentence),
    void *context, struct verdict *out, const struct judge_policy *policy,
    const struct judge_evidence *evidence, const struct judge_record *record,
    const struct release *release, const uint8_t *text, size_t n);

/* From when on a window is open; now itself if one is. */
uint64_t judge_window_next(const struct judge_policy *policy, uint64_t now);

/*
 * Which of the policy's proposers signed the note: its index, or -1. A line
 * of a proposer that does not verify counts as none.
 */
int judge_proposer_find(
    const struct judge_policy *policy, const struct note *note);

/* The operator's entry for a source line of a product, or NULL. */
const struct judge_source *judge_source_find(const struct judge_policy *policy,
    struct slice product, const struct source_line *line);

bool judge_pattern_matches(const char *pattern, struct slice name);
bool judge_product_allowed(
    const struct judge_patterns *patterns, struct slice product);
#endif
