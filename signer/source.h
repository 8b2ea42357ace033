/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SOURCE_H
#define SIGNER_SOURCE_H
/*
 * Evidence about a release: its `source` lines, and the bytes that its digests
 * stand for. `source` lines: what an operator allows, what a look at the repository
 * found, and whether the two and the line agree. The look itself happens in a
 * process of its own (signer/evidence_git.h), which answers with a findings
 * text; that text is kept in the record with the decision, so that the same
 * answer can be had from it later. Pure, and the judge's.
 */
#include <stdbool.h>
#include "host/text.h"
#include "signer/sshsig.h"
#include "verify/line.h"

enum {
	SOURCES_MAX = 4, /* lines in a release */
	SOURCE_URL_MAX = 512,
	SOURCE_REF_MAX = 128,
	SOURCE_COMMIT_MAX = 64,
	SOURCE_FAULT_MAX = 120,
	SOURCE_OUTPUTS_MAX = 16, /* as many as a release has payloads */
	FETCHED_MAX = 25, /* payload, attest and notes lines of a release */
	FETCHED_SMALL_MAX = 1 << 20, /* bytes, of attestations and notes */
	SOURCE_LOG_MAX = 20, /* commits that people are shown */
	SOURCE_SUBJECT_MAX = 80,
	SOURCE_FINDINGS_MAX = 40960, /* of the text */
};

/* Whose signature an object carries, as far as the operator's file says. */
enum source_mark {
	SOURCE_UNSIGNED,
	SOURCE_BAD,	 /* does not verify, or not for this object */
	SOURCE_STRANGER, /* verifies, by a key that is not in the file */
	SOURCE_GOOD,
};

/* What a rebuild left behind under the name that a component was given. */
struct source_output {
	char component[NAME_BYTES_MAX + 1];
	uint64_t size;
	uint8_t sha256[32];
};

/* What came of a rebuild. */
enum source_build { SOURCE_NOT_BUILT, SOURCE_BUILT, SOURCE_BUILD_FAILED };

/* A commit since the last release, for people: its first line, cut, with what
 * is not printable ASCII as question marks. */
struct source_log {
	char commit[12 + 1];
	char subject[SOURCE_SUBJECT_MAX + 1];
};

/* One line's. Facts only; nothing here is a decision. */
struct source_found {
	char ref_commit[SOURCE_COMMIT_MAX + 1]; /* "": no such ref there */
	enum source_mark tag, commit;
	char tag_by[SSH_PRINCIPALS_MAX + 1], commit_by[SSH_PRINCIPALS_MAX + 1];
	bool on_branch; /* the line's commit is in the branch's history */
	bool tree_known;
	uint8_t tree[32]; /* of the line's commit, measured */
	uint64_t files, bytes;
	uint64_t time; /* of the line's commit, as it says, unix seconds */
	char fault[SOURCE_FAULT_MAX + 1]; /* why it is not known; or "" */
	enum source_build build;
	char build_fault[SOURCE_FAULT_MAX + 1]; /* of FAILED */
	unsigned output_count;			/* of BUILT */
	struct source_output output[SOURCE_OUTPUTS_MAX];
	/* Since the commit of the last logged release, if that is there. */
	bool since_known;
	uint64_t changed, added, removed; /* files, and lines in them */
	uint64_t log_more;		  /* commits behind log */
	unsigned log_n;
	struct source_log log[SOURCE_LOG_MAX]; /* the newest first */
};

/* Bytes that a release names by digest. */
enum fetched_what { FETCHED_PAYLOAD, FETCHED_ATTEST, FETCHED_NOTES };
struct source_fetched {
	enum fetched_what what;
	char name[NAME_BYTES_MAX + 1]; /* component or type; "" for notes */
	uint64_t size;		       /* 0: the text does not say */
	uint8_t sha256[32];
};

struct source_findings {
	unsigned count;
	struct source_found at[SOURCES_MAX];
	/* Got, kept and measured, all of them or none. */
	unsigned fetched_n;
	struct source_fetched fetched[FETCHED_MAX];
};

void source_findings_build(
    struct text *out, const struct source_findings *findings);
/* RC_OK or RC_SOURCE: not exactly what source_findings_build makes. */
enum rc source_findings_parse(struct source_findings *out, const uint8_t *p,
    size_t n) __attribute__((warn_unused_result));

/* Which signature is demanded. */
enum source_want {
	SOURCE_WANT_NONE,
	SOURCE_WANT_TAG,
	SOURCE_WANT_COMMIT,
	SOURCE_WANT_EITHER,
};

/* One source line of a release, taken apart. */
struct source_line {
	struct slice url, ref, commit;
	uint8_t tree[32];
};
/* What a release text names by digest, in its order, as it says it. */
unsigned fetch_lines(struct source_fetched out[static FETCHED_MAX],
    const uint8_t *text, size_t n);
/* "payload app", "attest slsa", "notes" */
void fetched_words(struct text *out, const struct source_fetched *f);
/* A repository that parties fetch: https or file, one word, SOURCE_URL_MAX. */
bool source_url_good(const char *url);
/* All of a release text that release_parse took as a host. */
unsigned source_lines(struct source_line out[static SOURCES_MAX],
    const uint8_t *text, size_t n);
#endif
