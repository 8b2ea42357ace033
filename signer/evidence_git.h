/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_GIT_H
#define SIGNER_EVIDENCE_GIT_H
/*
 * A look at a git repository, on libgit2: fetch over https or from a file URL
 * into a bare repository of one's own, and say what is there (struct
 * source_found). It decides nothing. A repository is an attacker's bytes, so
 * the daemon calls this in a process of its own only (signer/evidence_worker.h).
 */
#include "signer/source.h"

#define GIT_FETCH_BYTES_MAX (2ull << 30)  /* of one pack */
#define GIT_OBJECTS_MAX	    4000000u
#define GIT_BLOB_BYTES_MAX  (256ull << 20)
#define GIT_TREE_BYTES_MAX  (4ull << 30)
#define GIT_TREE_FILES_MAX  500000u
#define GIT_DEPTH_MAX	    64

/* What to look at. */
struct git_ask {
	char url[SOURCE_URL_MAX + 1];
	char ref[SOURCE_REF_MAX + 1];
	char commit[SOURCE_COMMIT_MAX + 1]; /* whose tree and history */
	char branch[SOURCE_REF_MAX + 1];    /* "": none is asked for */
	/* Of the last release, to say what came since; "": none. */
	char since[SOURCE_COMMIT_MAX + 1];
	uint64_t now;			    /* for keys that expire */
};

/*
 * repository: a directory of this url alone, made when absent; a fetch adds
 * to it. ca_file: certificates to believe instead of the system's, or NULL.
 * checkout: a directory that is made and gets the files of the line's commit,
 * as git keeps them and with its time, or NULL.
 * RC_OK and the facts; RC_SOURCE, with why: it could not be reached or read
 * this time, which says nothing about the release.
 */
enum rc git_look(struct source_found *out, const struct git_ask *ask,
    const struct ssh_signers *signers, const char *repository,
    const char *ca_file, const char *checkout, struct why *why)
    __attribute__((warn_unused_result));

/*
 * The same digest of what a revision names in a repository here: what
 * `quorate source` prints. RC_OK, RC_SOURCE.
 */
enum rc git_tree_here(char commit[static SOURCE_COMMIT_MAX + 1],
    uint8_t tree[static 32], uint64_t *files, const char *path,
    const char *revision, struct why *why) __attribute__((warn_unused_result));
#endif
