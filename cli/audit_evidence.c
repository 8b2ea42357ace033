/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an audit found, and the files by which anybody else can see it:
 * DIR/evidence, where what was found first stays.
 */
#include "cli/audit_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/sha256.h"

void
audit_fault_add(
    struct audit *a, const char *what, enum rc rc, const char *format, ...)
{
	struct audit_fault *f;
	va_list args;

	if (a->fault_n == AUDIT_FAULTS_MAX) {
		a->fault_more++;
		return;
	}
	f = &a->fault[a->fault_n++];
	f->what = what;
	f->rc = rc;
	va_start(args, format);
	vsnprintf(f->why.text, sizeof f->why.text, format, args);
	va_end(args);
}

/* Against the log itself; the others may be anybody's. */
static bool
fault_of_log(const char *what)
{
	static const char *const others[] = {
	    "log", "stale", "payload", "source"};
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(what, others[i]) == 0)
			return false;
	return true;
}

enum exit_code
audit_outcome(const struct audit *a)
{
	enum exit_code code = a->broken_n > 0 ? EXIT_INCONSISTENT : EXIT_OK;
	unsigned i;

	for (i = 0; i < a->fault_n && code != EXIT_INCONSISTENT; i++)
		code = fault_of_log(a->fault[i].what) ? EXIT_INCONSISTENT
						      : EXIT_REFUSED;
	return code;
}

void
audit_evidence(struct audit *a, const char *name, const char *file,
    const void *bytes, size_t n)
{
	char path[FILE_PATH_MAX + 1];
	struct why why = {""};
	enum rc rc;

	snprintf(path, sizeof path, "%s/evidence/%s", a->dir, name);
	rc = dir_make(path, 0755, &why);
	snprintf(path, sizeof path, "%s/evidence/%s/%s", a->dir, name, file);
	if (rc == RC_OK)
		rc = file_create_exclusive(path, bytes, n, 0644, &why);
	if (rc != RC_OK && rc != RC_FILE_EXISTS)
		say(SAY_ERROR, "the evidence is not kept: %s", why.text);
}

void
audit_evidence_why(struct audit *a, const char *name, const struct why *why)
{
	char line[WHY_BYTES_MAX + 300];
	int n = snprintf(line, sizeof line, "%s\nlog %s\n", why->text, a->url);

	audit_evidence(a, name, "why", line, (size_t)n);
}

/*
 * Two signed heads that contradict each other: the one held, the one shown,
 * and, where their sizes differ, the proof that the larger tree does not
 * begin with the smaller: `root`, which the larger one has at that size, and
 * a consistency proof from there (in the form of C2SP tlog-witness). The proof
 * without the root says nothing where the size is a power of two: the tree
 * of such a size is one node, which a proof leaves out.
 */
void
audit_evidence_heads(struct audit *a, const char *what, const struct why *why,
    const uint8_t *held, size_t held_n, uint64_t held_size,
    struct tlog_reader *reader)
{
	static char body[COSIGN_BODY_TAKEN_MAX];
	uint64_t small = held_size < a->head.size ? held_size : a->head.size;
	uint64_t large = held_size < a->head.size ? a->head.size : held_size;
	uint8_t proof[TLOG_PROOF_MAX * 32], hash[32], root[32];
	struct tlog_source source;
	unsigned proof_n;
	char name[96];
	struct sha256 h;
	struct text t;

	sha256_init(&h);
	sha256_update(&h, held, held_n);
	sha256_update(&h, a->bytes, a->note.n);
	sha256_final(&h, hash);
	text_init(&t, name, sizeof name);
	text_printf(&t, "%s-%llu-%llu-", what, (unsigned long long)held_size,
	    (unsigned long long)a->head.size);
	text_hex(&t, hash, 4);
	audit_evidence_why(a, name, why);
	audit_evidence(a, name, "held", held, held_n);
	audit_evidence(a, name, "shown", a->bytes, a->note.n);
	if (reader == NULL || small == 0 || small == large)
		return;
	source = tlog_reader_source(reader);
	if (tlog_consistency(proof, &proof_n, small, large, &source) != RC_OK ||
	    tlog_root(root, small, &source) != RC_OK)
		return;
	text_init(&t, body, sizeof body);
	if (held_size < a->head.size)
		cosign_request_text(&t, small, proof, proof_n, a->bytes,
		    a->note.n);
	else
		cosign_request_text(&t, small, proof, proof_n, held, held_n);
	audit_evidence(a, name, "proof", t.p, t.n);
	text_init(&t, body, sizeof body);
	text_base64(&t, root, sizeof root);
	text_string(&t, "\n");
	audit_evidence(a, name, "root", t.p, t.n);
}

/* ---- files of entries ------------------------------------------------- */

struct one {
	struct blob note;
};

static enum rc
one_take(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct one *o = context;

	(void)index;
	o->note.p = malloc(n > 0 ? n : 1);
	if (o->note.p == NULL)
		return RC_MEMORY;
	memcpy(o->note.p, entry, n);
	o->note.n = n;
	return RC_OK;
}

enum rc
audit_entries(struct audit *a, uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why)
{
	return a->reader != NULL
	    ? tlog_reader_entries(a->reader, from, to, each, context, why)
	    : RC_STATE;
}

enum rc
audit_file(struct audit *a, uint64_t index, struct blob *file)
{
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	struct tlog_source source;
	struct one one = {{NULL, 0}};
	unsigned path_n;
	struct text t;
	enum rc rc = audit_entries(a, index, index + 1, one_take, &one, NULL);

	*file = (struct blob){NULL, 0};
	if (rc == RC_OK) {
		source = tlog_reader_source(a->reader);
		rc = tlog_inclusion(path, &path_n, index, a->head.size,
		    &source);
	}
	if (rc == RC_OK) {
		file->p = malloc(one.note.n + PROOF_HEAD_MAX + a->note.n + 2);
		rc = file->p != NULL ? RC_OK : RC_MEMORY;
	}
	if (rc == RC_OK) {
		text_init(&t, (char *)file->p,
		    one.note.n + PROOF_HEAD_MAX + a->note.n + 2);
		text_put(&t, one.note.p, one.note.n);
		text_string(&t, "\n");
		proof_text(&t, index, path, path_n);
		text_put(&t, a->bytes, a->note.n);
		file->n = t.n;
	}
	blob_release(&one.note);
	return rc;
}

static void
evidence_file(struct audit *a, const char *name, const char *as,
    uint64_t index)
{
	struct blob file;
	struct note note;
	size_t rest, at;
	char part[64];

	if (index == UINT64_MAX || audit_file(a, index, &file) != RC_OK)
		return;
	if (note_split_file(&note, &rest, file.p, file.n) == RC_OK) {
		snprintf(part, sizeof part, "%s.file", as);
		audit_evidence(a, name, part, file.p, file.n);
	} else { /* no note: where it ends only its length says */
		at = file.n - a->note.n;
		while (at >= 23 && memcmp(file.p + at - 23,
				       "c2sp.org/tlog-proof@v1\n", 23) != 0)
			at--;
		at -= 23;
		audit_evidence(a, name, as, file.p, at - 1);
		snprintf(part, sizeof part, "%s.tlog-proof", as);
		audit_evidence(a, name, part, file.p + at, file.n - at);
	}
	blob_release(&file);
}

struct roster_keep {
	struct audit *a;
	const char *name;
	unsigned n;
};

static enum rc
roster_keep(void *context, uint64_t index)
{
	struct roster_keep *k = context;
	char as[32];

	snprintf(as, sizeof as, "roster-%u", k->n++);
	evidence_file(k->a, k->name, as, index);
	return RC_OK;
}

/* The entry, the trust text it was judged by and the rosters of its shared
 * signers, what it collides with: each a complete file, so that anybody can
 * check it alone (`quorate log judge`). */
enum rc
audit_broken_keep(void *context, const struct audit_broken *b)
{
	struct audit *a = context;
	struct why why = {""};
	char name[64];

	a->broken_n++;
	if (a->reader == NULL)
		return RC_OK;
	snprintf(name, sizeof name, "%llu-%s", (unsigned long long)b->index,
	    b->rule);
	why_set(&why, "%s: entry %llu breaks the rule '%s': %s", b->rc,
	    (unsigned long long)b->index, b->rule, b->why);
	audit_evidence_why(a, name, &why);
	evidence_file(a, name, "entry", b->index);
	evidence_file(a, name, "trust", b->trust);
	evidence_file(a, name, "other", b->other);
	return audit_store_rosters(a->store, b->trust, b->index, roster_keep,
	    &(struct roster_keep){a, name, 0});
}
