/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2 1.5 reads no configuration of the machine or the user here, runs no
 * hook, follows no submodule and asks for no password. What it is told to
 * fetch goes to two refs of our own, removed before every fetch, so that a
 * ref that is gone at the other end is gone here too. Sizes are checked before
 * an object is read into memory.
 */
#include "signer/evidence_git.h"
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/digest.h"
#include "signer/tree_digest.h"

#define REF_ASKED  "refs/quorate/asked"
#define REF_BRANCH "refs/quorate/branch"

struct look {
	git_repository *repository;
	git_odb *odb;
	struct why *why;
};

static enum rc
git_fault(struct why *why, const char *doing)
{
	const git_error *e = git_error_last();

	why_set(why, "%s: %.200s", doing,
	    e != NULL && e->message != NULL ? e->message : "no reason given");
	for (char *p = why == NULL ? NULL : why->text; p != NULL && *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return RC_SOURCE;
}

/* Nothing of the machine's or the user's settings reaches us. */
static enum rc
library_begin(const char *ca_file, struct why *why)
{
	static const git_config_level_t levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA,
	    GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
	    GIT_CONFIG_LEVEL_GLOBAL};

	if (git_libgit2_init() < 0)
		return git_fault(why, "cannot begin");
	for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0)
			return git_fault(why, "cannot leave settings out");
	/* The other end's repository is data, whoever owns it. */
	if (git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) < 0 ||
	    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1) < 0)
		return git_fault(why, "cannot begin");
	if (ca_file != NULL &&
	    git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_file, NULL) < 0)
		return git_fault(why, "cannot use the certificates");
	return RC_OK;
}

/* ---- fetching ---------------------------------------------------------- */

static int
on_progress(const git_indexer_progress *p, void *context)
{
	struct look *l = context;

	if (p->received_bytes <= GIT_FETCH_BYTES_MAX &&
	    p->total_objects <= GIT_OBJECTS_MAX)
		return 0;
	why_set(l->why, "the repository is larger than this party fetches");
	return -1;
}

/* Not a pattern, not two: it becomes part of a refspec. */
static bool
ref_is_one(const char *ref)
{
	int valid = 0;

	return strncmp(ref, "refs/", 5) == 0 &&
	    git_reference_name_is_valid(&valid, ref) == 0 && valid == 1;
}

static enum rc
fetch(struct look *l, const struct git_ask *ask)
{
	char asked[SOURCE_REF_MAX + 64], branch[SOURCE_REF_MAX + 64];
	char *specs[] = {asked, branch};
	const git_strarray list = {specs, ask->branch[0] != '\0' ? 2 : 1};
	git_fetch_options options;
	git_remote *remote = NULL;
	struct text t;
	enum rc rc = RC_OK;

	if (!ref_is_one(ask->ref) ||
	    (ask->branch[0] != '\0' && !ref_is_one(ask->branch))) {
		why_set(l->why, "not the name of one ref");
		return RC_SOURCE;
	}
	(void)git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	(void)git_reference_remove(l->repository, REF_ASKED);
	(void)git_reference_remove(l->repository, REF_BRANCH);
	text_init(&t, asked, sizeof asked);
	text_printf(&t, "+%s:" REF_ASKED, ask->ref);
	text_init(&t, branch, sizeof branch);
	text_printf(&t, "+%s:" REF_BRANCH, ask->branch);
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	options.update_fetchhead = 0;
	options.callbacks.transfer_progress = on_progress;
	options.callbacks.payload = l;
	if (git_remote_create_anonymous(&remote, l->repository, ask->url) < 0)
		return git_fault(l->why, "cannot use the URL");
	if (l->why != NULL)
		l->why->text[0] = '\0';
	if (git_remote_fetch(remote, &list, &options, NULL) < 0) {
		if (l->why != NULL && l->why->text[0] == '\0')
			(void)git_fault(l->why, "cannot fetch");
		rc = RC_SOURCE;
	}
	git_remote_free(remote);
	return rc;
}

/* ---- signatures --------------------------------------------------------- */

static enum source_mark
mark_of(char by[static SSH_PRINCIPALS_MAX + 1], const uint8_t *armor,
    size_t armor_n, const uint8_t *message, size_t n,
    const struct ssh_signers *signers, uint64_t now)
{
	struct sshsig sig;
	const struct ssh_signer *who;

	if (sshsig_parse(&sig, armor, armor_n, NULL) != RC_OK ||
	    sshsig_verify(&sig, "git", message, n) != RC_OK)
		return SOURCE_BAD;
	who = signers == NULL ? NULL
			      : ssh_signers_find(signers, &sig.key, "git", now);
	if (who == NULL)
		return SOURCE_STRANGER;
	memcpy(by, who->principals, sizeof who->principals);
	return SOURCE_GOOD;
}

static const uint8_t *
find(const uint8_t *in, size_t n, const char *s)
{
	return memmem(in, n, s, strlen(s));
}

/*
 * A tag object is the tag of one name and one commit only if it says so
 * itself: the ref is the server's word.
 */
static bool
tag_is_for(const uint8_t *raw, size_t n, const char *ref, const char *commit)
{
	char head[SOURCE_REF_MAX + SOURCE_COMMIT_MAX + 64];
	const char *name = strrchr(ref, '/');
	struct text t;

	if (strncmp(ref, "refs/tags/", 10) == 0)
		name = ref + 10;
	else
		name = name == NULL ? ref : name + 1;
	text_init(&t, head, sizeof head);
	text_printf(&t, "object %s\ntype commit\ntag %s\n", commit, name);
	return !t.full && n >= t.n && memcmp(raw, t.p, t.n) == 0;
}

static enum source_mark
tag_mark(struct look *l, const git_oid *id, const struct git_ask *ask,
    const char *commit, char by[static SSH_PRINCIPALS_MAX + 1],
    const struct ssh_signers *signers)
{
	enum source_mark mark = SOURCE_UNSIGNED;
	git_odb_object *object = NULL;
	const uint8_t *raw, *armor;
	size_t n;

	if (git_odb_read(&object, l->odb, id) < 0)
		return SOURCE_BAD;
	raw = git_odb_object_data(object);
	n = git_odb_object_size(object);
	armor = find(raw, n, "-----BEGIN SSH SIGNATURE-----");
	if (armor != NULL && armor > raw && armor[-1] == '\n')
		mark = !tag_is_for(raw, n, ask->ref, commit)
		    ? SOURCE_BAD
		    : mark_of(by, armor, n - (size_t)(armor - raw), raw,
			  (size_t)(armor - raw), signers, ask->now);
	else if (find(raw, n, "-----BEGIN ") != NULL)
		mark = SOURCE_BAD; /* of a kind that is not read here */
	git_odb_object_free(object);
	return mark;
}

static enum source_mark
commit_mark(struct look *l, git_oid *id, const struct git_ask *ask,
    char by[static SSH_PRINCIPALS_MAX + 1], const struct ssh_signers *signers)
{
	enum source_mark mark = SOURCE_UNSIGNED;
	git_buf sig = GIT_BUF_INIT, data = GIT_BUF_INIT;
	int e = git_commit_extract_signature(
	    &sig, &data, l->repository, id, "gpgsig");

	if (e == 0)
		mark = mark_of(by, (const uint8_t *)sig.ptr, sig.size,
		    (const uint8_t *)data.ptr, data.size, signers, ask->now);
	else if (e != GIT_ENOTFOUND)
		mark = SOURCE_BAD;
	git_buf_dispose(&sig);
	git_buf_dispose(&data);
	return mark;
}

/* ---- the tree ----------------------------------------------------------- */

struct listing {
	struct tree_digest digest;
	struct timespec times[2]; /* of what is checked out */
	uint64_t bytes;
	size_t path_n;
	uint8_t path[TREE_PATH_MAX];
};

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* A file of the checkout. It is new, or the tree has a name twice. */
static bool
file_out(int folder, const char *name, unsigned mode, const uint8_t *p,
    size_t n, const struct timespec times[2])
{
	char target[TREE_PATH_MAX];
	bool good;
	int fd;

	if (mode == 0120000) {
		if (n == 0 || n >= sizeof target || memchr(p, 0, n) != NULL)
			return false;
		memcpy(target, p, n);
		target[n] = '\0';
		return symlinkat(target, folder, name) == 0;
	}
	fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
	if (fd < 0)
		return false;
	good = write_all(fd, p, n) && futimens(fd, times) == 0;
	return close(fd) == 0 && good;
}

/* -1: nothing is checked out; -2: it cannot be made. */
static int
folder_out(int folder, const char *name)
{
	int fd;

	if (folder < 0)
		return -1;
	if (mkdirat(folder, name, 0755) != 0)
		return -2;
	fd = openat(
	    folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -2 : fd;
}

/* folder -1: the bytes are only looked at. */
static enum rc
blob_digest(struct look *l, const git_oid *id, uint64_t *bytes,
    uint8_t out[static 32], int folder, const char *name, unsigned mode,
    const struct timespec times[2])
{
	git_odb_object *object = NULL;
	git_object_t type;
	size_t n;

	if (git_odb_read_header(&n, &type, l->odb, id) < 0)
		return git_fault(l->why, "a file is missing");
	if (type != GIT_OBJECT_BLOB || n > GIT_BLOB_BYTES_MAX ||
	    *bytes + n > GIT_TREE_BYTES_MAX) {
		why_set(l->why, "a file or the tree is larger than is looked at");
		return RC_SOURCE;
	}
	if (git_odb_read(&object, l->odb, id) < 0)
		return git_fault(l->why, "a file cannot be read");
	sha256_of(
	    out, git_odb_object_data(object), git_odb_object_size(object));
	*bytes += n;
	if (folder >= 0 &&
	    !file_out(folder, name, mode, git_odb_object_data(object),
		git_odb_object_size(object), times)) {
		why_set(l->why, "a file cannot be checked out: %s",
		    strerror(errno));
		git_odb_object_free(object);
		return RC_SOURCE;
	}
	git_odb_object_free(object);
	return RC_OK;
}

/* One entry at the end of the path so far. Recursion ends at GIT_DEPTH_MAX. */
static enum rc
tree_walk(struct look *l, struct listing *list, const git_oid *id,
    unsigned depth, int folder)
{
	size_t n, at = list->path_n;
	git_tree *tree = NULL;
	enum rc rc = RC_OK;

	if (depth > GIT_DEPTH_MAX) {
		why_set(l->why, "the tree is too deep");
		return RC_SOURCE;
	}
	if (git_tree_lookup(&tree, l->repository, id) < 0)
		return git_fault(l->why, "a folder is missing");
	n = git_tree_entrycount(tree);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);
		const char *name = git_tree_entry_name(e);
		unsigned mode = git_tree_entry_filemode_raw(e);
		size_t name_n = strlen(name);
		uint8_t sha256[32] = {0};
		int below;

		/* found by its name, it is the only one of that name */
		if (name_n == 0 || git_tree_entry_byname(tree, name) != e || strchr(name, '/') != NULL ||
		    list->path_n + name_n + 1 > sizeof list->path ||
		    list->digest.files >= GIT_TREE_FILES_MAX) {
			why_set(l->why, "the tree has a path that is refused");
			rc = RC_SOURCE;
			break;
		}
		memcpy(list->path + list->path_n, name, name_n);
		list->path_n += name_n;
		if (mode == 0040000) {
			list->path[list->path_n++] = '/';
			below = folder_out(folder, name);
			if (below < -1) {
				why_set(l->why, "a folder cannot be checked "
						"out: %s", strerror(errno));
				rc = RC_SOURCE;
			} else {
				rc = tree_walk(l, list, git_tree_entry_id(e),
				    depth + 1, below);
			}
			if (below >= 0)
				close(below);
		} else {
			if (mode != 0160000)
				rc = blob_digest(l, git_tree_entry_id(e),
				    &list->bytes, sha256, folder, name, mode,
				    list->times);
			if (rc == RC_OK)
				rc = tree_digest_add(&list->digest, mode,
				    (struct slice){list->path, list->path_n},
				    sha256, l->why);
		}
		list->path_n = at;
	}
	git_tree_free(tree);
	return rc;
}

static enum rc
tree_of_commit(struct look *l, const git_oid *id, uint8_t digest[static 32],
    uint64_t *files, uint64_t *bytes, uint64_t *time, const char *checkout)
{
	struct listing *list = calloc(1, sizeof *list);
	git_commit *commit = NULL;
	int folder = -1;
	enum rc rc = RC_OK;

	if (list == NULL)
		return RC_MEMORY;
	tree_digest_init(&list->digest);
	if (git_commit_lookup(&commit, l->repository, id) < 0) {
		rc = git_fault(l->why, "the commit is not there");
	} else if (git_commit_time(commit) > 0) {
		*time = (uint64_t)git_commit_time(commit) &
		    (((uint64_t)1 << 53) - 1);
	}
	if (rc == RC_OK && checkout != NULL) {
		list->times[0].tv_sec = list->times[1].tv_sec = (time_t)*time;
		if (mkdir(checkout, 0700) == 0)
			folder = open(
			    checkout, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0) {
			why_set(l->why, "cannot make '%s': %s", checkout,
			    strerror(errno));
			rc = RC_SOURCE;
		}
	}
	if (rc == RC_OK)
		rc = tree_walk(
		    l, list, git_commit_tree_id(commit), 0, folder);
	if (folder >= 0)
		close(folder);
	*files = list->digest.files;
	*bytes = list->bytes;
	tree_digest_final(&list->digest, digest);
	git_commit_free(commit);
	free(list);
	return rc;
}

/* ---- the look ------------------------------------------------------------ */

/* What REF_ASKED names: peeled to its commit, and the tag on the way. */
static void
ref_look(struct look *l, struct source_found *out, const struct git_ask *ask,
    const struct ssh_signers *signers)
{
	git_oid id;
	git_object *object = NULL, *commit = NULL;

	if (git_reference_name_to_id(&id, l->repository, REF_ASKED) < 0 ||
	    git_object_lookup(&object, l->repository, &id, GIT_OBJECT_ANY) < 0)
		return;
	if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0) {
		(void)git_oid_tostr(out->ref_commit, sizeof out->ref_commit,
		    git_object_id(commit));
		if (git_object_type(object) == GIT_OBJECT_TAG)
			out->tag = tag_mark(l, &id, ask, out->ref_commit,
			    out->tag_by, signers);
	}
	git_object_free(commit);
	git_object_free(object);
}

static bool
on_branch(struct look *l, const git_oid *id)
{
	git_oid tip;

	return git_reference_name_to_id(&tip, l->repository, REF_BRANCH) == 0 &&
	    (git_oid_equal(&tip, id) ||
		git_graph_descendant_of(l->repository, &tip, id) == 1);
}

static void
fault_set(struct source_found *out, const struct why *why)
{
	size_t n = strlen(why->text);

	n = n < SOURCE_FAULT_MAX ? n : SOURCE_FAULT_MAX;
	memcpy(out->fault, why->text, n);
	while (n > 0 && out->fault[n - 1] == ' ')
		n--;
	memset(out->fault + n, 0, sizeof out->fault - n);
}

static bool
url_allowed(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "file:///", 8) == 0;
}

/* ---- what came since, for people ----------------------------------------- */

enum {
	SINCE_COMMITS_MAX = 10000,
	SINCE_FILES_MAX = 5000,
	SINCE_FILE_BYTES_MAX = 1 << 20, /* a larger one counts as a file only */
};

static void
subject_copy(struct source_log *out, const git_oid *id, const char *subject)
{
	char hex[GIT_OID_HEXSZ + 1];
	size_t n = 0;

	git_oid_tostr(hex, sizeof hex, id);
	memcpy(out->commit, hex, sizeof out->commit - 1);
	for (; subject != NULL && subject[n] != '\0' &&
	     n < sizeof out->subject - 1; n++)
		out->subject[n] = subject[n] < 0x20 || subject[n] > 0x7e
		    ? '?'
		    : subject[n];
	if (n == 0 || (n == 1 && out->subject[0] == '-'))
		memcpy(out->subject, "(nothing)", sizeof "(nothing)");
}

static bool
log_since(struct look *l, struct source_found *out, const git_oid *from,
    const git_oid *since)
{
	git_revwalk *walk = NULL;
	git_oid id;
	uint64_t n = 0;
	bool good = git_revwalk_new(&walk, l->repository) == 0 &&
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL) == 0 &&
	    git_revwalk_push(walk, from) == 0 &&
	    git_revwalk_hide(walk, since) == 0;

	while (good && n < SINCE_COMMITS_MAX &&
	    git_revwalk_next(&id, walk) == 0) {
		git_commit *c = NULL;

		if (n++ >= SOURCE_LOG_MAX)
			continue;
		good = git_commit_lookup(&c, l->repository, &id) == 0;
		if (good)
			subject_copy(&out->log[out->log_n++], &id,
			    git_commit_summary(c));
		git_commit_free(c);
	}
	out->log_more = n > out->log_n ? n - out->log_n : 0;
	git_revwalk_free(walk);
	return good;
}

static bool
diff_since(struct look *l, struct source_found *out, const git_oid *from,
    const git_oid *since)
{
	git_diff_options options;
	git_commit *a = NULL, *b = NULL;
	git_tree *old = NULL, *new = NULL;
	git_diff *diff = NULL;
	git_diff_stats *stats = NULL;
	bool good;

	(void)git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.context_lines = 0;
	options.max_size = SINCE_FILE_BYTES_MAX;
	good = git_commit_lookup(&a, l->repository, since) == 0 &&
	    git_commit_lookup(&b, l->repository, from) == 0 &&
	    git_commit_tree(&old, a) == 0 && git_commit_tree(&new, b) == 0 &&
	    git_diff_tree_to_tree(&diff, l->repository, old, new, &options) ==
		0;
	if (good)
		out->changed = git_diff_num_deltas(diff);
	if (good && out->changed <= SINCE_FILES_MAX &&
	    git_diff_get_stats(&stats, diff) == 0) {
		out->added = git_diff_stats_insertions(stats);
		out->removed = git_diff_stats_deletions(stats);
	}
	git_diff_stats_free(stats);
	git_diff_free(diff);
	git_tree_free(new);
	git_tree_free(old);
	git_commit_free(b);
	git_commit_free(a);
	return good;
}

/* Of no weight: what cannot be said is left out. */
static void
since_look(struct look *l, struct source_found *out, const git_oid *from,
    const struct git_ask *ask)
{
	git_oid since;

	if (strlen(ask->since) != GIT_OID_HEXSZ ||
	    git_oid_fromstr(&since, ask->since) < 0 ||
	    git_oid_equal(&since, from))
		return;
	out->since_known = log_since(l, out, from, &since) &&
	    diff_since(l, out, from, &since);
	if (out->since_known)
		return;
	memset(out->log, 0, sizeof out->log);
	out->log_n = 0;
	out->changed = out->added = out->removed = out->log_more = 0;
}

enum rc
git_look(struct source_found *out, const struct git_ask *ask,
    const struct ssh_signers *signers, const char *repository,
    const char *ca_file, const char *checkout, struct why *why)
{
	struct why fault = {""};
	struct look l = {.why = why};
	git_oid id;
	enum rc rc;

	memset(out, 0, sizeof *out);
	if (!url_allowed(ask->url)) {
		why_set(why, "only https and file URLs are fetched");
		return RC_SOURCE;
	}
	rc = library_begin(ca_file, why);
	if (rc == RC_OK &&
	    git_repository_init(&l.repository, repository, 1) < 0)
		rc = git_fault(why, "cannot make a repository");
	if (rc == RC_OK && git_repository_odb(&l.odb, l.repository) < 0)
		rc = git_fault(why, "cannot read the repository");
	if (rc == RC_OK)
		rc = fetch(&l, ask);
	if (rc == RC_OK) {
		l.why = &fault;
		ref_look(&l, out, ask, signers);
		if (strlen(ask->commit) != GIT_OID_HEXSZ ||
		    git_oid_fromstr(&id, ask->commit) < 0) {
			why_set(&fault, "only 40-digit commits can be looked at");
		} else if (tree_of_commit(&l, &id, out->tree, &out->files,
			       &out->bytes, &out->time, checkout) == RC_OK) {
			out->tree_known = true;
			out->commit =
			    commit_mark(&l, &id, ask, out->commit_by, signers);
			out->on_branch =
			    ask->branch[0] != '\0' && on_branch(&l, &id);
			since_look(&l, out, &id, ask);
		}
		if (!out->tree_known) {
			memset(out->tree, 0, sizeof out->tree);
			fault_set(out, &fault);
		}
	}
	git_odb_free(l.odb);
	git_repository_free(l.repository);
	git_libgit2_shutdown();
	return rc;
}

enum rc
git_tree_here(char commit[static SOURCE_COMMIT_MAX + 1],
    uint8_t tree[static 32], uint64_t *files, const char *path,
    const char *revision, struct why *why)
{
	struct look l = {.why = why};
	git_object *object = NULL, *peeled = NULL;
	uint64_t bytes, time = 0;
	enum rc rc = library_begin(NULL, why);

	if (rc == RC_OK && git_repository_open(&l.repository, path) < 0)
		rc = git_fault(why, path);
	if (rc == RC_OK && git_repository_odb(&l.odb, l.repository) < 0)
		rc = git_fault(why, path);
	if (rc == RC_OK &&
	    (git_revparse_single(&object, l.repository, revision) < 0 ||
		git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0))
		rc = git_fault(why, revision);
	if (rc == RC_OK) {
		(void)git_oid_tostr(
		    commit, SOURCE_COMMIT_MAX + 1, git_object_id(peeled));
		rc = tree_of_commit(
		    &l, git_object_id(peeled), tree, files, &bytes, &time, NULL);
	}
	git_object_free(peeled);
	git_object_free(object);
	git_odb_free(l.odb);
	git_repository_free(l.repository);
	git_libgit2_shutdown();
	return rc;
}
