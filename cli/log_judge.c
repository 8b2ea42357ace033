/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate log judge`: does a folder of evidence (docs/formats.md section 7,
 * "Evidence") prove what it says, to somebody who has nothing but a trust text
 * that names the log? No network, and no word of whoever made it: `why` is
 * not read.
 *
 * Two heads prove a fork, or do not. An entry is judged by admission's own
 * rules; but a rule that also hangs on what else the log has proves nothing
 * here, because whoever made the folder may have left that out.
 */
#include "cli/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trust_file.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "log/audit.h"
#include "log/proof.h"

enum { ROSTERS_MAX = 32 };

/* A file of the folder: an entry, and that it is in the log's tree. */
struct piece {
	bool there;
	struct blob note; /* the entry's bytes: within `file` */
	struct blob file;
	struct blob apart; /* of a proof that stands alone */
	struct proof proof;
};

struct judge {
	const char *dir;
	struct trust_file trust;
	struct admission_facts facts;
	struct piece entry, trust_entry, other;
	uint8_t trust_id[32], other_id[32];
	unsigned roster_n;
	struct roster roster[ROSTERS_MAX];
};

static enum rc
part_read(struct blob *b, const char *dir, const char *name)
{
	char path[FILE_PATH_MAX + 80];
	struct why why = {""};
	enum rc rc;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	rc = file_read(&b->p, &b->n, path, CLI_FILE_MAX, &why);
	if (rc != RC_OK && rc != RC_FILE_ABSENT)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	return rc;
}

static int
unproven(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int
unproven(const char *format, ...)
{
	va_list args;
	char line[WHY_BYTES_MAX];

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	printf("unproven\n");
	say(SAY_ERROR, "it proves nothing by itself: %s", line);
	return EXIT_REFUSED;
}

/* ---- two heads -------------------------------------------------------- */

struct head {
	struct blob bytes;
	struct note note;
	struct checkpoint c;
};

static enum rc
head_read(struct head *h, const struct judge *j, const char *name)
{
	enum rc rc = part_read(&h->bytes, j->dir, name);

	if (rc == RC_OK)
		rc = note_split(&h->note, h->bytes.p, h->bytes.n);
	if (rc == RC_OK)
		rc = checkpoint_parse(&h->c, h->bytes.p, h->note.text_n, true);
	if (rc == RC_OK)
		rc = audit_log_line(&h->note, &h->c, &j->trust.t);
	return rc;
}

/* That the larger tree has another root at the smaller one's size than the
 * log has signed: `root`, and in `proof` how the larger one follows from it. */
static bool
heads_exclude(const struct judge *j, const struct head *small,
    const struct head *large)
{
	static struct cosign_request r;
	struct blob root, proof;
	uint8_t other[32];

	if (part_read(&root, j->dir, "root") != RC_OK ||
	    part_read(&proof, j->dir, "proof") != RC_OK)
		return false;
	return root.n == 45 && root.p[44] == '\n' &&
	    slice_base64((struct slice){root.p, 44}, other, 32) &&
	    cosign_request_parse(&r, proof.p, proof.n) == RC_OK &&
	    r.old == small->c.size && small->c.size > 0 &&
	    memcmp(other, small->c.root, 32) != 0 &&
	    merkle_consistency(small->c.size, other, large->c.size,
		large->c.root, r.proof, r.proof_n) == RC_OK;
}

static int
judge_heads(const struct judge *j)
{
	static struct head held, shown;
	const struct head *small = &held, *large = &shown;
	enum rc rc = head_read(&held, j, "held");
	const char *name = "held";

	if (rc == RC_OK) {
		name = "shown";
		rc = head_read(&shown, j, "shown");
	}
	if (rc != RC_OK)
		return unproven("'%s/%s': %s", j->dir, name, rc_text(rc));
	if (!slice_equal(held.c.origin, shown.c.origin))
		return unproven("the heads are of two logs");
	if (held.c.size > shown.c.size) {
		small = &shown;
		large = &held;
	}
	if (small->c.size == large->c.size
		? memcmp(small->c.root, large->c.root, 32) == 0
		: !heads_exclude(j, small, large))
		return unproven("a log may sign both heads, unless there is a "
				"proof that the larger tree does not begin "
				"with the smaller");
	printf("proven fork log %.*s sizes %llu %llu\n",
	    SLICE(held.c.origin), (unsigned long long)small->c.size,
	    (unsigned long long)large->c.size);
	return EXIT_INCONSISTENT;
}

/* ---- an entry --------------------------------------------------------- */

static enum rc
piece_read(struct piece *p, const struct judge *j, const char *name)
{
	char path[96];
	struct note note;
	size_t rest;
	enum rc rc;

	snprintf(path, sizeof path, "%s.file", name);
	rc = part_read(&p->file, j->dir, path);
	if (rc == RC_OK) {
		rc = note_split_file(&note, &rest, p->file.p, p->file.n);
		if (rc == RC_OK)
			rc = proof_parse(&p->proof, p->file.p + rest,
			    p->file.n - rest);
		p->note = (struct blob){p->file.p, rc == RC_OK ? note.n : 0};
	} else { /* what is no note stands beside its proof */
		rc = part_read(&p->file, j->dir, name);
		snprintf(path, sizeof path, "%s.tlog-proof", name);
		if (rc == RC_OK &&
		    part_read(&p->apart, j->dir, path) != RC_OK)
			rc = RC_PROOF;
		if (rc == RC_OK)
			rc = proof_parse(&p->proof, p->apart.p, p->apart.n);
		p->note = p->file;
	}
	if (rc == RC_OK)
		rc = proof_includes(&p->proof, p->note.p, p->note.n);
	if (rc == RC_OK)
		rc = audit_log_line(&p->proof.checkpoint, &p->proof.head,
		    &j->trust.t);
	p->there = rc == RC_OK;
	return rc;
}

/* Of the same tree as the entry, and before it. */
static bool
piece_before(const struct piece *p, const struct piece *entry)
{
	return p->there && p->proof.head.size == entry->proof.head.size &&
	    memcmp(p->proof.head.root, entry->proof.head.root, 32) == 0 &&
	    p->proof.index < entry->proof.index;
}

static bool
judge_authority(void *context, struct slice name, uint8_t first[static 32],
    bool *no_mirror)
{
	struct judge *j = context;

	memset(first, 0, 32);
	*no_mirror = true; /* as auditors: a log may be told so */
	return slice_equal(name, trust_name(&j->trust.t));
}

static enum rc
judge_trust(void *context, struct slice authority, const struct trust **out,
    const struct admission_facts **facts)
{
	struct judge *j = context;

	(void)authority;
	*out = &j->trust.t;
	*facts = &j->facts;
	return RC_OK;
}

static enum rc
judge_roster(void *context, const uint8_t key[static 32],
    const struct roster **out)
{
	struct judge *j = context;
	unsigned i;

	*out = NULL;
	for (i = 0; i < j->roster_n; i++)
		if (memcmp(j->roster[i].key.key, key, 32) == 0)
			*out = &j->roster[i];
	return RC_OK;
}

static enum rc
judge_known(void *context, const uint8_t id[static 32], bool *out)
{
	struct judge *j = context;

	*out = memcmp(id, j->trust.t.id, 32) == 0;
	return RC_OK;
}

/* `other` is a release: it has been logged, and so has its sequence. Of a
 * withdraw's limit one release says nothing. */
static enum rc
judge_product(void *context, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	static struct release r; /* borrows from the other's bytes */
	struct judge *j = context;
	struct note note;

	*out = (struct admission_product){.released = false};
	if (j->other.there &&
	    note_split(&note, j->other.note.p, j->other.note.n) == RC_OK &&
	    release_parse(&r, note.bytes, note.text_n, READER_HOST) == RC_OK &&
	    !r.withdraw && slice_equal(r.authority, authority) &&
	    r.epoch == epoch && slice_equal(r.product, product)) {
		out->released = true;
		out->sequence = r.sequence;
	}
	return RC_OK;
}

static enum rc
judge_objections(void *context, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	(void)context;
	(void)key;
	(void)release;
	*out = 0;
	return RC_OK;
}

static bool
judge_cosigner(void *context, const struct vkey *k)
{
	(void)context;
	(void)k;
	return true;
}

static enum rc
judge_logged(void *context, const uint8_t id[static 32], bool *out)
{
	struct judge *j = context;

	*out = j->other.there && memcmp(id, j->other_id, 32) == 0;
	return RC_OK;
}

static bool
among(const char *rule, const char *const *rules)
{
	for (; *rules != NULL; rules++)
		if (strcmp(rule, *rules) == 0)
			return true;
	return false;
}

/* Whether the one is the text that the other names as the one before. */
static bool
follows(const struct trust *next, const struct trust *t)
{
	uint8_t id[32];
	struct walk w;
	struct line l;

	return walk_init(&w, next->page, next->page_n, "quorate/trust@v1",
		   trust_rules, trust_rule_n, READER_HOST) == RC_OK &&
	    line_next_of(&w, TRUST_RULE_PREVIOUS, &l) == RC_OK &&
	    slice_hex(l.field[0], id, 32) && memcmp(id, t->id, 32) == 0;
}

/*
 * Whether a rule is broken whatever else the log has: by the bytes alone; by
 * the trust text, which stands before the entry and whose signers are those
 * of all its epoch; by the one other entry that is here.
 */
static bool
stands_alone(const struct judge *j, const struct admission *a,
    const char *rule)
{
	static const char *const bytes[] = {
	    "note", "kind", "grammar", "keys", "once", "ahead", NULL};
	static const char *const epoch_long[] = {
	    "signers", "parties", "strangers", "order", "sequence", NULL};
	static const char *const next[] = {"roots-before", "roots-own",
	    "introduced", "strangers", "order", "same-epoch", "roles",
	    "mirror", NULL};
	const struct trust *t = &j->trust.t;

	if (among(rule, bytes))
		return true;
	if (!piece_before(&j->trust_entry, &j->entry) ||
	    memcmp(j->trust_id, t->id, 32) != 0)
		return false;
	if (strcmp(rule, "epoch") == 0)
		return a->epoch < t->epoch;
	if (a->kind == ADMISSION_TRUST) {
		if (strcmp(rule, "chain") == 0)
			return a->u.trust.revision <= t->revision;
		return among(rule, next) && follows(&a->u.trust, t);
	}
	if (a->kind == ADMISSION_ROSTER || a->epoch != t->epoch)
		return false;
	return among(rule, epoch_long) ||
	    (strcmp(rule, "objector") == 0 && j->facts.shared == 0);
}

static void
rosters_read(struct judge *j)
{
	static struct piece piece[ROSTERS_MAX];
	struct note note;
	char name[32];
	unsigned i;

	for (i = 0; i < ROSTERS_MAX; i++) {
		snprintf(name, sizeof name, "roster-%u", i);
		if (piece_read(&piece[i], j, name) != RC_OK)
			break;
		if (piece_before(&piece[i], &j->entry) &&
		    note_split(&note, piece[i].note.p, piece[i].note.n) ==
			RC_OK &&
		    roster_parse(&j->roster[j->roster_n], note.bytes,
			note.text_n) == RC_OK)
			j->roster_n++;
	}
}

/* The id of a piece's text; zero if it has none. */
static void
piece_id(uint8_t id[static 32], const struct piece *p)
{
	struct note note;

	memset(id, 0, 32);
	if (p->there && note_split(&note, p->note.p, p->note.n) == RC_OK)
		note_id(id, &note);
}

static int
judge_entry(struct judge *j)
{
	static struct admission a;
	const struct admission_state state = {.context = j,
	    .generation = 1,
	    .authority = judge_authority,
	    .trust = judge_trust,
	    .roster = judge_roster,
	    .known = judge_known,
	    .product = judge_product,
	    .objections = judge_objections,
	    .cosigner = judge_cosigner};
	const struct audit_texts texts = {judge_logged, j};
	uint64_t index = j->entry.proof.index, now = clock_unix();
	struct audit_finding f;
	enum rc rc;

	/* nothing before its head was cosigned came later than that */
	if (checkpoint_trusted(&j->entry.proof.checkpoint,
		&j->entry.proof.head, &j->trust.t, &now) != RC_OK)
		now = clock_unix();
	(void)!piece_read(&j->trust_entry, j, "trust");
	(void)!piece_read(&j->other, j, "other");
	j->other.there = piece_before(&j->other, &j->entry);
	piece_id(j->trust_id, &j->trust_entry);
	piece_id(j->other_id, &j->other);
	/* Which roster was the newest only the whole log says: a release names
	 * its own, but of a trust text `roles` would be judged by an old one. */
	if (!blob_is(&j->entry.note, "quorate/trust@v1"))
		rosters_read(j);
	rc = admission_facts(&j->facts, &j->trust.t);
	if (rc == RC_OK)
		rc = audit_entry(&f, &a,
		    admission_begin(&a, j->entry.note.p, j->entry.note.n),
		    &state, &texts, now);
	if (rc != RC_OK)
		return unproven("%s", rc_text(rc));
	if (f.stranger)
		return unproven("the entry is of '%.*s', and the trust text of "
				"'%.*s'", SLICE(a.authority),
		    SLICE(trust_name(&j->trust.t)));
	if (f.rc == RC_OK)
		return unproven("by this trust text, and what else is here, "
				"entry %llu may stand there",
		    (unsigned long long)index);
	if (!stands_alone(j, &a, f.rule))
		return unproven("entry %llu breaks the rule '%s' if this was "
				"the trust text in force and nothing else "
				"stood before it: audit the log, or a mirror",
		    (unsigned long long)index, f.rule);
	printf("proven broken %llu %s %s log %.*s\n",
	    (unsigned long long)index, f.rule, rc_name(f.rc),
	    SLICE(j->entry.proof.head.origin));
	say(SAY_INFO, "%s", a.why.text);
	return EXIT_INCONSISTENT;
}

int
log_judge(int argc, char **argv)
{
	static struct judge j;
	const char *trust = NULL;
	const struct args_option options[] = {
	    {.name = "trust", .value = "NOTE", .string = &trust,
		.help = "a trust text that you believe and that names the log; "
			"for an entry the one it was judged by"},
	    {0}};
	const struct args_command command = {.program = "quorate log judge",
	    .options = options,
	    .positionals = "DIR",
	    .help = "Holds one folder of evidence, of an audit or a witness, "
		    "to what it proves by\nitself: without a network, and "
		    "without believing whoever made it. Exits 6 when it\n"
		    "proves that the log has forked, or holds what admission "
		    "forbids; 1 when it does\nnot.",
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list at;
	char path[FILE_PATH_MAX + 16];
	enum rc rc;

	args_parse(&at, &command, argc, argv);
	if (trust == NULL)
		die(EXIT_USAGE, "wants '--trust NOTE'");
	j.dir = at.at[0];
	rc = trust_file_load(&j.trust, trust);
	if (rc != RC_OK)
		return refuse(trust, rc, "a trust text, signed, is wanted");
	snprintf(path, sizeof path, "%s/held", j.dir);
	if (file_exists(path))
		return judge_heads(&j);
	rc = piece_read(&j.entry, &j, "entry");
	if (rc == RC_OK)
		return judge_entry(&j);
	if (rc != RC_FILE_ABSENT)
		return unproven("'%s': its entry: %s", j.dir, rc_text(rc));
	snprintf(path, sizeof path, "%s/shown", j.dir);
	if (!file_exists(path))
		die(EXIT_ENVIRONMENT, "'%s' is no folder of evidence", j.dir);
	return unproven("what a log does not serve can only be asked for; the "
			"head is in '%s'", path);
}
