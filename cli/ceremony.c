/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a group key: draft, propose, watch. Taking part is the signer's
 * (`quorate ceremony accept`).
 */
#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/change.h"
#include "cli/cli.h"
#include "cli/coordinator.h"
#include "cli/key.h"
#include "cli/lint.h"
#include "cli/web.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "quorum/ceremony.h"
#include "quorum/roster_frost.h"
#include "verify/roster.h"

static bool
is_party(const struct ceremony *c, struct slice name)
{
	for (unsigned i = 0; i < c->party_n; i++)
		if (slice_equal(ceremony_party_name(c, i), name))
			return true;
	return false;
}

static bool
is_holder(const struct ceremony_bundle *b, struct slice name)
{
	for (unsigned h = 1; h <= b->frost.tree.leaves; h++)
		if (slice_equal(ceremony_holder_name(b, h), name))
			return true;
	return false;
}

/* Who comes, who goes, and what going is not. */
static void
reshare_say(const struct ceremony_bundle *b)
{
	const struct ceremony *c = &b->ceremony;
	char words[8192];
	struct policy p;
	struct text t;
	bool leaves = false;

	say(SAY_INFO,
	    "the key '%.*s' of '%.*s' stays; roster %u takes the place of "
	    "roster %u",
	    SLICE(c->key_name), SLICE(c->authority), (unsigned)c->serial + 1,
	    (unsigned)c->serial);
	for (unsigned i = 0; i < c->party_n; i++)
		if (!is_holder(b, ceremony_party_name(c, i)))
			say(SAY_INFO, "%.*s joins",
			    SLICE(ceremony_party_name(c, i)));
	for (unsigned h = 1; h <= b->frost.tree.leaves; h++) {
		struct slice name = ceremony_holder_name(b, h);

		if (is_party(c, name))
			continue;
		leaves = true;
		say(SAY_INFO, "%.*s leaves", SLICE(name));
	}
	roster_policy(&p, (struct roster *)(uintptr_t)&b->before);
	text_init(&t, words, sizeof words);
	words_policy(&t, &p);
	say(SAY_INFO, "until now it signs when these agree: %s", words);
	if (leaves)
		say(SAY_WARNING,
		    "a share that somebody keeps stays good: those of roster "
		    "%u can sign for ever if enough of them kept theirs. Who "
		    "is removed for cause is removed by a new key: "
		    "'--after TRUST' in place of '--reshare' drafts one",
		    (unsigned)c->serial);
}

/* A key in the place of another: what that does, and does not yet. */
static void
hop_say(const struct ceremony *c, const struct ceremony_hop *hop)
{
	say(SAY_INFO,
	    "it takes the place of the key of epoch %u in trust text %u: all "
	    "sequences start again, and shares of the old key are good for "
	    "nothing that is logged from then on",
	    (unsigned)c->epoch - 1, (unsigned)hop->revision);
	say(SAY_INFO,
	    "until roots of the text before have signed it, and its log has "
	    "it, the old key stays in force");
}

static struct slice
label_of(const void *context, unsigned leaf)
{
	return ceremony_party_label(context, leaf);
}

static void
quorum_found(void *context, bool refuses, const char *sentence)
{
	unsigned *refusals = context;

	*refusals += refuses;
	say(refuses ? SAY_WARNING : SAY_INFO, "%s", sentence);
}

unsigned
ceremony_quorum_say(const struct ceremony *c)
{
	unsigned refusals = 0;
	char words[16384];
	struct policy p;
	struct text t;

	ceremony_policy(&p, c);
	text_init(&t, words, sizeof words);
	words_needs(&t, &p, label_of, c);
	say(SAY_INFO, "it will sign when these agree: %s", words);
	lint_quorum(&p, label_of, c, quorum_found, &refusals);
	return refusals;
}

/* What everybody compares, and what it will mean. */
static unsigned
ceremony_say(const struct ceremony_bundle *b)
{
	unsigned refusals;
	const struct ceremony *c = &b->ceremony;
	char until[32];
	struct ceremony_hop hop;

	ceremony_hop(&hop, b);
	time_text(until, c->deadline);
	if (c->rehearsal)
		say(SAY_INFO,
		    "a REHEARSAL: what follows would be so if it were not "
		    "one; no share, roster, trust text or log is touched");
	if (c->reshare)
		reshare_say(b);
	else
		say(SAY_INFO,
		    "a new key '%.*s' of '%.*s', made by %u parties together: "
		    "none of them will ever have it",
		    SLICE(c->key_name), SLICE(c->authority), c->party_n);
	if (!c->reshare && c->suite != &suite_ed25519)
		say(SAY_WARNING,
		    "it is a key of %s: logs, auditors and 'quorate verify' "
		    "take its signatures, no device does",
		    c->suite->name);
	if (hop.is_hop)
		hop_say(c, &hop);
	refusals = ceremony_quorum_say(c);
	say(SAY_INFO, "all %u must take part, until %s%s", c->party_n, until,
	    c->reshare ? "; of the roster before as many as can sign" : "");
	say(SAY_INFO, "compare this code with every party, by voice:");
	return refusals;
}

static int
bundle_open(struct ceremony_bundle *b, struct blob *blob, const char *path)
{
	enum rc rc;

	blob_load(blob, path);
	rc = ceremony_open(b, blob->p, blob->n);
	return rc == RC_OK ? EXIT_OK : refuse(path, rc, NULL);
}

/* ---- draft ------------------------------------------------------------ */

struct draft_request {
	const char *authority, *signer, *key_name, *quorum, *template;
	const char *key, *pass_file, *out;
	const char *suite;   /* NULL: ed25519 */
	const char *reshare; /* a roster; NULL: a new key */
	const char *after;   /* a trust text whose key it takes the place of */
	uint64_t epoch, deadline_ms;
	bool rehearse;
	struct args_list parties, groups, for_cause;
};

struct draft {
	char text[NOTE_BYTES_MAX + 1];
	char bundle[BUNDLE_BYTES_MAX];
	struct text t;
	struct blob card[POLICY_LEAVES_MAX], template;
	struct slice last; /* the template, or the text of the roster before */
	struct roster before;
};

static void
party_line(struct text *t, const struct blob *b, const char *path)
{
	struct party_card card;
	struct message m;
	enum rc rc = message_open(&m, b->p, b->n);

	if (rc == RC_OK)
		rc = party_parse(&card, m.text.p, m.text.n);
	if (rc == RC_OK)
		rc = message_verify(&m, &card.key);
	if (rc != RC_OK)
		die(EXIT_REFUSED, "%s: not a party note: %s", path,
		    rc_text(rc));
	text_printf(t, "party %.*s %.*s %.*s\n", SLICE(card.name),
	    SLICE(card.vkey_text), SLICE(card.label));
}

/* A roster as it is at hand: a file with its proof, a note or a bare text. */
static void
before_read(struct draft *d, const char *path)
{
	struct note note;
	size_t rest;
	enum rc rc;

	blob_load(&d->template, path);
	d->last = (struct slice){d->template.p, d->template.n};
	if (note_split_file(&note, &rest, d->template.p, d->template.n) ==
	    RC_OK)
		d->last.n = note.text_n;
	rc = roster_parse(&d->before, d->last.p, d->last.n);
	if (rc != RC_OK)
		die(EXIT_REFUSED, "%s: not a roster: %s", path, rc_text(rc));
}

/* The one signer of a text that is a group key, or that of the name. */
static unsigned
shared_find(const struct trust *t, const char *file, const char *name)
{
	unsigned found = t->signer_n, n = 0;

	for (unsigned i = 0; i < t->signer_n; i++)
		if (slice_is(trust_label(t, LIST_SIGNERS, i), "-") &&
		    (name == NULL ||
			slice_is(trust_leaf(t, LIST_SIGNERS, i), name))) {
			found = i;
			n++;
		}
	if (n != 1)
		die(EXIT_USAGE, "'%s' has %s: name one with '--signer'", file,
		    n == 0 ? "no such group key" : "several group keys");
	return found;
}

/* The template, and with it all that the draft's head says. */
static int
after_read(struct draft *d, struct draft_request *r)
{
	static struct trust_file before;
	static char name[2][NAME_BYTES_MAX + 1], authority[NAME_BYTES_MAX + 1];
	char line[NAME_BYTES_MAX + 32];
	struct slice change, signer;
	struct vkey k;
	unsigned i;
	enum rc rc = trust_file_load(&before, r->after);

	if (rc != RC_OK)
		return refuse(r->after, rc, NULL);
	i = shared_find(&before.t, r->after, r->signer);
	signer = trust_leaf(&before.t, LIST_SIGNERS, i);
	trust_key(&k, &before.t, LIST_SIGNERS, i);
	snprintf(line, sizeof line, "signer %.*s @ -", SLICE(signer));
	snprintf(name[0], sizeof name[0], "%.*s", SLICE(signer));
	snprintf(name[1], sizeof name[1], "%.*s", SLICE(k.name));
	snprintf(authority, sizeof authority, "%.*s",
	    SLICE(trust_name(&before.t)));
	r->authority = authority;
	r->signer = name[0];
	if (r->key_name == NULL)
		r->key_name = name[1];
	r->epoch = before.t.epoch + 1;
	change = slice_of(line);
	return change_make(&d->template, r->after, &before, &change, 1);
}

static void
draft_head(struct draft *d, const struct draft_request *r)
{
	struct text *t = &d->t;

	text_string(t,
	    r->rehearse ? "quorate/rehearsal@v1\n" : "quorate/ceremony@v1\n");
	if (r->reshare == NULL) {
		text_printf(t, "authority %s %llu\nsigner %s\nkey %s\n",
		    r->authority, (unsigned long long)(r->epoch ? r->epoch : 1),
		    r->signer, r->key_name);
		if (r->suite != NULL && strcmp(r->suite, "ed25519") != 0)
			text_printf(t, "suite %s\n", r->suite);
		return;
	}
	before_read(d, r->reshare);
	text_printf(t,
	    "authority %.*s %llu\nsigner %.*s\nreshare %lu ",
	    SLICE(d->before.authority),
	    (unsigned long long)(r->epoch ? r->epoch : d->before.epoch),
	    SLICE(d->before.signer), (unsigned long)d->before.serial);
	text_hex(t, d->before.id, 32);
	text_string(t, "\n");
}

static void
draft_text(struct draft *d, const struct draft_request *r)
{
	uint64_t now = clock_unix();
	uint8_t digest[32];
	struct text *t = &d->t;

	text_init(t, d->text, sizeof d->text);
	draft_head(d, r);
	text_printf(t, "proposed %llu\ndeadline %llu\n",
	    (unsigned long long)now,
	    (unsigned long long)(now + r->deadline_ms / 1000));
	for (size_t i = 0; i < r->parties.count; i++) {
		blob_load(&d->card[i], r->parties.at[i]);
		party_line(t, &d->card[i], r->parties.at[i]);
	}
	for (size_t i = 0; i < r->groups.count; i++)
		text_printf(t, "group %s\n", r->groups.at[i]);
	text_printf(t, "quorum %s\n", r->quorum);
	if (r->reshare != NULL)
		return;
	if (r->after == NULL)
		blob_load(&d->template, r->template);
	d->last = (struct slice){d->template.p, d->template.n};
	sha256_of(digest, d->template.p, d->template.n);
	text_string(t, "trust ");
	text_hex(t, digest, 32);
	text_string(t, "\n");
}

/* The draft note, the cards in leaf order, the template or the roster. */
static enum rc
draft_bundle(struct text *out, struct draft *d, const struct draft_request *r)
{
	struct signing_key key;
	struct ceremony c;
	enum rc rc = ceremony_parse(&c, (const uint8_t *)d->t.p, d->t.n);

	if (rc != RC_OK)
		return rc;
	signing_key_open(&key, r->key, NULL, r->pass_file);
	message_sign(&d->t, &key.pub.key, key.seed);
	signing_key_close(&key);
	text_init(out, d->bundle, sizeof d->bundle);
	bundle_put(out, d->t.p, d->t.n);
	for (unsigned i = 0; i < c.tree.leaves; i++) {
		const struct blob *b = &d->card[c.tree.party[i]];

		bundle_put(out, b->p, b->n);
	}
	bundle_put(out, d->last.p, d->last.n);
	return d->t.full || out->full ? RC_NOTE_LONG : RC_OK;
}

static void
draft_options_check(const struct draft_request *r)
{
	if (r->for_cause.count > 0 && r->reshare != NULL)
		die(EXIT_POLICY,
		    "removing '%s' for cause needs a new key, since whoever "
		    "kept a share of this one can use it for ever: the same "
		    "command with '--after TRUST', the trust text in force, "
		    "in place of '--reshare' drafts it",
		    r->for_cause.at[0]);
	if (r->suite != NULL && strcmp(r->suite, "ed25519") != 0 &&
	    strcmp(r->suite, "secp256k1") != 0)
		die(EXIT_USAGE, "there is no suite '%s'", r->suite);
	if (r->reshare != NULL && r->suite != NULL)
		die(EXIT_USAGE, "with '--reshare' the suite is the key's");
	if (r->after != NULL &&
	    (r->reshare != NULL || r->authority != NULL ||
		r->template != NULL || r->epoch != 0))
		die(EXIT_USAGE, "with '--after' authority, epoch and template "
				"are those that follow the text");
	if (r->reshare != NULL &&
	    (r->authority != NULL || r->signer != NULL ||
		r->key_name != NULL || r->template != NULL))
		die(EXIT_USAGE,
		    "with '--reshare' authority, signer and key are the "
		    "roster's");
	if (r->reshare == NULL && r->after == NULL &&
	    (r->authority == NULL || r->signer == NULL ||
		r->key_name == NULL || r->template == NULL))
		die(EXIT_USAGE,
		    "a new key wants '--authority', '--signer', '--key-name' "
		    "and '--trust-template', or '--after' the trust text "
		    "whose key it replaces; '--reshare' keeps the old one");
}

/* Who is to go for cause is no party of the new key. */
static void
cause_check(const struct draft_request *r, const struct ceremony *c)
{
	for (size_t i = 0; i < r->for_cause.count; i++)
		if (is_party(c, slice_of(r->for_cause.at[i])))
			die(EXIT_POLICY,
			    "'%s' is to be removed, and is a party of the "
			    "draft",
			    r->for_cause.at[i]);
}

static int
draft_make(struct draft_request *r)
{
	static struct draft d;
	struct ceremony_bundle b;
	struct text out;
	int code;
	enum rc rc;

	if (r->deadline_ms < 60000 || r->parties.count > POLICY_LEAVES_MAX)
		die(EXIT_USAGE, "'--deadline' wants a minute or more");
	if (r->rehearse && r->deadline_ms > CEREMONY_REHEARSAL_S_MAX * 1000ull)
		die(EXIT_USAGE, "a rehearsal's '--deadline' is a day or less");
	draft_options_check(r);
	if (r->after != NULL) {
		code = after_read(&d, r);
		if (code != EXIT_OK)
			return code;
	}
	draft_text(&d, r);
	rc = draft_bundle(&out, &d, r);
	if (rc == RC_OK)
		rc = ceremony_open(&b, (const uint8_t *)out.p, out.n);
	if (rc != RC_OK)
		return refuse("draft", rc,
		    rc == RC_TREE ? "a single party could sign alone"
				  : "check --group, --quorum and the template");
	cause_check(r, &b.ceremony);
	/* a test authority's people may sit in one place */
	if (ceremony_say(&b) > 0 && !lint_is_test(b.ceremony.authority))
		die(EXIT_REFUSED, "draft: not written");
	if (r->out != NULL && strcmp(r->out, "-") != 0)
		printf("%s\n", b.code);
	else
		say(SAY_INFO, "%s", b.code);
	output_write(r->out, out.p, out.n);
	return EXIT_OK;
}

#define OPTION_TEXT(name_, value_, where_, help_)                              \
	{                                                                      \
		.name = name_, .value = value_, .string = &where_,             \
		.required = true, .help = help_                                \
	}

static int
ceremony_draft(int argc, char **argv)
{
	struct draft_request r = {.deadline_ms = 3600000};
	const struct args_option options[] = {
	    {.name = "reshare",
		.value = "FILE",
		.string = &r.reshare,
		.help = "the roster in force: keep its key"},
	    {.name = "after",
		.value = "FILE",
		.string = &r.after,
		.help = "the trust text in force: a new key in the place of "
			"its"},
	    {.name = "rehearse",
		.flag = &r.rehearse,
		.help = "a rehearsal: all of it is gone through, nothing is "
			"changed"},
	    {.name = "for-cause",
		.value = "NAME",
		.list = &r.for_cause,
		.help = "a party to be rid of, who may keep its share"},
	    {.name = "authority",
		.value = "NAME",
		.string = &r.authority,
		.help = "the authority that the key will sign for"},
	    {.name = "signer",
		.value = "NAME",
		.string = &r.signer,
		.help = "its signer's name in the trust text (with --after: "
			"which, if several)"},
	    {.name = "key-name",
		.value = "NAME",
		.string = &r.key_name,
		.help = "the new key's name"},
	    {.name = "suite",
		.value = "NAME",
		.string = &r.suite,
		.help = "of the new key: ed25519 (default), or secp256k1, "
			"which no device verifies"},
	    OPTION_TEXT("quorum", "NAME", r.quorum,
		"the group at the root of the quorum"),
	    {.name = "trust-template",
		.value = "FILE",
		.string = &r.template,
		.help = "the trust text with @ in place of the new key"},
	    OPTION_TEXT("key", "X.key", r.key, "the proposer's key"),
	    {.name = "party",
		.value = "FILE",
		.list = &r.parties,
		.required = true,
		.help = "a party note; once for each party"},
	    {.name = "group",
		.value = "'NAME K MEMBER...'",
		.list = &r.groups,
		.help = "a group line of the quorum; smaller ones first"},
	    {.name = "epoch",
		.value = "N",
		.number = &r.epoch,
		.help = "of the authority (default: 1, or the roster's)"},
	    {.name = "deadline",
		.value = "1h",
		.duration_ms = &r.deadline_ms,
		.help = "how long everybody has (default: 1h)"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &r.pass_file,
		.help = "a file that holds it, instead of asking"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &r.out,
		.help = "where to write the draft (default: stdout)"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate ceremony draft",
	    .help = "Drafts a ceremony in which parties make a key together, "
		    "or, with --reshare, in which\nthe holders of a key share "
		    "it anew: other parties, thresholds or tree, and the same"
		    "\nkey. With --after the key is new and takes the place of "
		    "one in a trust text, in the\nnext epoch: whoever is "
		    "removed for cause is removed so. With --rehearse the same "
		    "parties go through the\nsame ceremony, and sign with what "
		    "they made, and nothing that is live is touched.\nPrints "
		    "the code that all of them compare.",
	    .options = options};

	args_parse(NULL, &command, argc, argv);
	return draft_make(&r);
}

/* ---- code, propose ---------------------------------------------------- */

static int
ceremony_code_show(int argc, char **argv)
{
	const struct args_command command = {.program = "quorate ceremony code",
	    .positionals = "FILE",
	    .help = "Says what a draft means, and prints its code.",
	    .options = (const struct args_option[]){{0}},
	    .positional_min = 1,
	    .positional_max = 1};
	struct ceremony_bundle b;
	struct args_list files;
	struct blob blob;
	int code;

	args_parse(&files, &command, argc, argv);
	code = bundle_open(&b, &blob, files.at[0]);
	if (code != EXIT_OK)
		return code;
	(void)ceremony_say(&b);
	printf("%s\n", b.code);
	blob_release(&blob);
	return EXIT_OK;
}

static int
http_refused(enum rc rc, const struct why *why)
{
	say(SAY_ERROR, "%s", rc_why(rc, why));
	return rc == RC_HTTP || rc == RC_BUSY ? EXIT_POLICY : EXIT_ENVIRONMENT;
}

static int
ceremony_propose(int argc, char **argv)
{
	const char *url = NULL;
	const struct args_option options[] = {
	    {.name = "coordinator", .value = "URL", .base_url = true,
		.string = &url, .required = true, .help = "where the parties poll"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {
	    .program = "quorate ceremony propose",
	    .positionals = "FILE",
	    .help = "Hands a draft to the coordinator, which shows it to its "
		    "parties. Prints its id.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct ceremony_bundle b;
	struct args_list files;
	struct why why = {""};
	struct blob blob, answer;
	char id[65];
	struct text t;
	int code;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	code = bundle_open(&b, &blob, files.at[0]);
	if (code != EXIT_OK)
		return code;
	rc = coordinator_post(
	    &answer, url, "/v1/ceremonies", blob.p, blob.n, &why);
	if (rc != RC_OK)
		return http_refused(rc, &why);
	blob_release(&answer);
	(void)ceremony_say(&b);
	say(SAY_INFO, "%s", b.code);
	text_init(&t, id, sizeof id);
	text_hex(&t, b.ceremony.id, 32);
	printf("%s\n", id);
	blob_release(&blob);
	return EXIT_OK;
}

/* ---- watch ------------------------------------------------------------ */

struct watch {
	struct coordinator_access access;
	const char *out;
	uint64_t wait_ms;
	uint8_t id[32];
	uint32_t change;
};

/*
 * The lines in their order: the group's, all parties', and in a reshare, by
 * parties of the roster before, who are not shown here: any others.
 */
static enum rc
note_lines(const struct note *note, const struct roster *r, bool parties)
{
	uint8_t order[ROSTER_PARTIES_MAX];
	unsigned lines = parties ? r->party_n + 1 : 1;
	enum rc rc = RC_OK;

	roster_leaf_order(r, order);
	if (note->line_n < lines || (note->line_n > lines && !parties))
		return RC_SIGLINES_MANY;
	for (unsigned i = 0; rc == RC_OK && i < lines; i++) {
		struct vkey k = r->key;
		struct sigline l;
		uint64_t time;

		note_line(note, i, &l, NULL);
		if (i > 0)
			roster_party_key(&k, r, order[i - 1]);
		rc = !sigline_by(&l, &k)
		    ? RC_SENDER
		    : sigline_verify(&l, &k,
			  (uint8_t *)(uintptr_t)note->bytes, note->text_n,
			  &time);
	}
	return rc;
}

/* The roster note, as far as it can be checked by itself. */
static enum rc
roster_check(struct roster *roster, struct slice bytes)
{
	static struct frost_roster frost;
	struct note note;
	enum rc rc = note_split(&note, bytes.p, bytes.n);

	if (rc == RC_OK)
		rc = roster_parse(roster, note.bytes, note.text_n);
	if (rc == RC_OK)
		rc = roster_frost(&frost, roster);
	return rc == RC_OK ? note_lines(&note, roster, true) : rc;
}

static enum rc
trust_check(uint32_t *revision, const struct roster *roster, struct slice bytes)
{
	struct note note;
	struct trust trust;
	enum rc rc = note_split(&note, bytes.p, bytes.n);

	if (rc == RC_OK)
		rc = trust_read(&trust, note.bytes, note.text_n, READER_HOST);
	if (rc == RC_OK && !slice_equal(trust_name(&trust), roster->authority))
		rc = RC_AUTHORITY;
	*revision = rc == RC_OK ? trust.revision : 0;
	return rc == RC_OK ? note_lines(&note, roster, false) : rc;
}

static void
out_write(const char *dir, const char *name, struct slice s)
{
	char path[FILE_PATH_MAX + 1];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	output_write(path, s.p, s.n);
	printf("%s\n", path);
}

/* A text of the kind, by the key of the roster and nobody else. */
static enum rc
rehearsed_check(const struct watch *w, const struct roster *roster,
    struct slice bytes)
{
	struct message_rehearsed m;
	struct note note;
	enum rc rc = note_split(&note, bytes.p, bytes.n);

	if (rc == RC_OK)
		rc = rehearsed_parse(&m, note.bytes, note.text_n);
	if (rc == RC_OK && (memcmp(m.ceremony, w->id, 32) != 0 ||
			       memcmp(m.roster, roster->id, 32) != 0 ||
			       !slice_equal(m.authority, roster->authority)))
		rc = RC_CEREMONY;
	return rc == RC_OK ? note_lines(&note, roster, false) : rc;
}

static void
names_print(const char *key, const struct slice *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		printf("%s %.*s\n", key, SLICE(names[i]));
}

/* Who did what, and who did not; how long it took, by the coordinator. */
static void
report_print(const struct message_birth *m)
{
	for (unsigned i = 0; i < m->step_n; i++)
		printf("step %.*s %lu s\n", SLICE(m->step[i]),
		    (unsigned long)m->step_s[i]);
	names_print("accepted", m->accepted, m->accepted_n);
	names_print("dealt", m->dealt, m->dealt_n);
	names_print("confirmed", m->confirmed, m->confirmed_n);
	names_print("signed", m->lined, m->lined_n);
	names_print("share", m->took, m->took_n);
	names_print("missing", m->awaited, m->awaited_n);
	for (unsigned i = 0; i < m->blamed_n; i++)
		printf("fault %.*s %.*s\n", SLICE(m->blamed[i]),
		    SLICE(m->blamed_code[i]));
}

/* The roster and the text behind it, both under the key that was made. */
static int
rehearsed(const struct watch *w, const struct message_birth *m,
    struct slice first, struct bundle *b)
{
	static struct roster roster;
	static struct frost_roster frost;
	struct bundle_item second;
	struct why why = {""};
	struct note note;
	enum rc rc = note_split(&note, first.p, first.n);

	if (rc == RC_OK)
		rc = roster_parse_rehearsal(&roster, note.bytes, note.text_n);
	if (rc == RC_OK)
		rc = roster_frost(&frost, &roster);
	if (rc == RC_OK)
		rc = note_lines(&note, &roster, true);
	if (rc == RC_OK)
		rc = bundle_next(b, &second);
	if (rc == RC_OK)
		rc = rehearsed_check(w, &roster, second.whole);
	if (rc != RC_OK)
		return refuse("the coordinator's answer",
		    rc == RC_MORE ? RC_TRUNCATED : rc, NULL);
	printf("rehearsed %.*s %u\n", SLICE(roster.authority),
	    (unsigned)roster.epoch);
	report_print(m);
	if (w->out != NULL) {
		if (dir_make(w->out, 0755, &why) != RC_OK)
			die(EXIT_ENVIRONMENT, "%s", why.text);
		out_write(w->out, "rehearsal-roster.note", first);
		out_write(w->out, "rehearsed.note", second.whole);
	}
	if (m->awaited_n > 0)
		say(SAY_WARNING, "not everybody was there: see 'missing'");
	say(SAY_INFO,
	    "the rehearsal went well: the key that it made signed twice, and "
	    "both verify. Nothing was changed: no share, roster, trust text, "
	    "sequence or log; the key is forgotten");
	return EXIT_OK;
}

/* One note of a reshare, two of a genesis. */
static int
born(const struct watch *w, const struct message_birth *m, struct bundle *b)
{
	const char *out = w->out != NULL ? w->out : ".";
	static struct roster roster;
	struct bundle_item first, second;
	struct why why = {""};
	bool reshare = false;
	uint32_t revision = 0;
	enum rc rc = bundle_next(b, &first);

	if (rc == RC_OK &&
	    message_kind_of(first.text.p, first.text.n) ==
		MESSAGE_REHEARSAL_ROSTER)
		return rehearsed(w, m, first.whole, b);
	if (rc == RC_OK)
		rc = roster_check(&roster, first.whole);
	if (rc == RC_OK) {
		reshare = roster.serial > 1;
		rc = reshare ? RC_OK : bundle_next(b, &second);
	}
	if (rc == RC_OK && !reshare)
		rc = trust_check(&revision, &roster, second.whole);
	if (rc != RC_OK)
		return refuse("the coordinator's answer",
		    rc == RC_MORE ? RC_TRUNCATED : rc, NULL);
	if (dir_make(out, 0755, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	out_write(out, "roster.note", first.whole);
	if (!reshare)
		out_write(out, "trust.note", second.whole);
	if (reshare)
		say(SAY_INFO,
		    "'quorate append' puts the roster into the log: then it "
		    "is in force, and releases name roster %u",
		    (unsigned)roster.serial);
	else if (revision > 1)
		say(SAY_INFO,
		    "the roots, those of the text before too, now sign "
		    "trust.note with 'quorate sign' and 'quorate merge "
		    "--previous'; the log takes it, then the roster: then the "
		    "new key is in force, and the old one is not");
	else
		say(SAY_INFO,
		    "the roots now sign trust.note with 'quorate sign' and "
		    "'quorate merge'; the log takes it, then the roster");
	return EXIT_OK;
}

static void
birth_say(const struct message_birth *m)
{
	say(SAY_INFO, "%.*s: %u accepted, %u dealt, %u confirmed, %u signed",
	    SLICE(m->state), m->accepted_n, m->dealt_n, m->confirmed_n,
	    m->lined_n);
	for (unsigned i = 0; i < m->blamed_n; i++)
		say(SAY_WARNING, "%.*s is at fault: %.*s",
		    SLICE(m->blamed[i]), SLICE(m->blamed_code[i]));
}

/* One look: EXIT_PENDING to look again. */
static int
watch_once(struct watch *w, unsigned wait_s, bool last)
{
	static struct message_birth m;
	char path[128], query[64];
	struct bundle_item item;
	struct why why = {""};
	struct bundle b;
	struct blob body;
	struct text t;
	int code = EXIT_PENDING;
	enum rc rc;

	text_init(&t, path, sizeof path);
	text_string(&t, "/v1/ceremonies/");
	text_hex(&t, w->id, 32);
	snprintf(query, sizeof query, "?wait=%u&change=%lu", wait_s,
	    (unsigned long)w->change);
	rc = coordinator_read(
	    &body, &w->access, path, query, wait_s * 1000 + 10000, &why);
	if (rc == RC_NETWORK || rc == RC_TIMEOUT) {
		clock_sleep_ms(500); /* it may be back in a moment */
		return EXIT_PENDING;
	}
	if (rc != RC_OK)
		return http_refused(rc, &why);
	rc = bundle_init(&b, body.p, body.n);
	if (rc == RC_OK)
		rc = bundle_next(&b, &item);
	if (rc == RC_OK)
		rc = birth_parse(&m, item.text.p, item.text.n);
	if (rc == RC_OK && memcmp(m.ceremony, w->id, 32) != 0)
		rc = RC_CEREMONY;
	if (rc != RC_OK)
		return refuse("the coordinator's answer", rc, NULL);
	if (m.change != w->change)
		birth_say(&m);
	w->change = m.change;
	if (slice_is(m.state, "born")) {
		code = born(w, &m, &b);
	} else if (slice_is(m.state, "failed")) {
		say(SAY_ERROR, "the ceremony failed: %.*s", SLICE(m.reason));
		printf("failed\n");
		report_print(&m);
		say(SAY_INFO, "nothing was made, nothing is lost; draft it "
			      "again");
		code = EXIT_REFUSED;
	}
	if (code == EXIT_PENDING && last) {
		printf("pending\n");
		report_print(&m);
	}
	blob_release(&body);
	return code;
}

static int
ceremony_watch(int argc, char **argv)
{
	const char *key = NULL, *pass_file = NULL;
	struct watch w = {.wait_ms = 3600000};
	const struct args_option options[] = {
	    {.name = "coordinator", .value = "URL", .base_url = true,
		.string = &w.access.url, .required = true,
		.help = "where the ceremony was proposed"},
	    {.name = "key",
		.value = "X.key",
		.string = &key,
		.help = "proposer's or party's, if reading wants one"},
	    {.name = "out",
		.value = "DIR",
		.string = &w.out,
		.help = "where roster.note and trust.note go (default: .); "
			"a rehearsal's\nnotes are written only if this is "
			"said"},
	    {.name = "wait",
		.value = "1h",
		.duration_ms = &w.wait_ms,
		.help = "how long to watch (default: 1h)"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "a file that holds it, instead of asking"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {
	    .program = "quorate ceremony watch",
	    .positionals = "ID",
	    .help = "Waits until the key is born; then writes what it signed: "
		    "roster and trust. Of a\nrehearsal it says who took part "
		    "in what, who was missing, and how long each step took;\n"
		    "so too when a ceremony fails, or is not over in time.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct signing_key k;
	struct args_list ids;
	uint64_t until;
	int code;

	args_parse(&ids, &command, argc, argv);
	if (!hex_decode(w.id, 32, ids.at[0], strlen(ids.at[0])))
		die(EXIT_USAGE, "'%s' is not the id of a ceremony", ids.at[0]);
	if (key != NULL) {
		signing_key_open(&k, key, NULL, pass_file);
		w.access.key = &k;
	}
	until = clock_ms() + w.wait_ms;
	do {
		uint64_t now = clock_ms();
		uint64_t left = now < until ? (until - now + 999) / 1000 : 0;

		code = watch_once(&w, (unsigned)(left > 30 ? 30 : left), false);
	} while (code == EXIT_PENDING && clock_ms() < until);
	if (code == EXIT_PENDING)
		code = watch_once(&w, 0, true);
	if (key != NULL)
		signing_key_close(&k);
	if (code == EXIT_PENDING)
		say(SAY_ERROR, "not born yet; watch it again");
	return code;
}

int
run_ceremony(int argc, char **argv)
{
	static const struct command table[] = {
	    {"draft", ceremony_draft, "write a draft, print its code"},
	    {"code", ceremony_code_show, "print the code of a draft"},
	    {"propose", ceremony_propose, "hand a draft to a coordinator"},
	    {"show", ceremony_show, "a ceremony as one's own signer knows it"},
	    {"accept", ceremony_accept, "take part, with one's own signer"},
	    {"decline", ceremony_decline, "not to take part in a rehearsal"},
	    {"watch", ceremony_watch, "wait until the key is born"},
	};

	return command_dispatch("ceremony", table,
	    sizeof table / sizeof table[0], argc, argv);
}
