/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `quorate` decides by itself: what a trust text should not permit, the
 * text that a draft means, the order of lines, what a user may name as trust
 * and what a proof proves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/believe.h"
#include "cli/change.h"
#include "cli/draft.h"
#include "cli/lint.h"
#include "cli/order.h"
#include "cli/release_text.h"
#include "cli/words.h"
#include "quorum/ceremony.h"
#include "host/rc_text.h"
#include "tests/unit/suite.h"
#include "tests/unit/world.h"

static struct world w;

static void
trust_of(struct trust *t, const char *text)
{
	ck_assert_int_eq(
	    trust_read(t, (const uint8_t *)text, strlen(text), READER_HOST),
	    RC_OK);
}

/* ---- linter -------------------------------------------------------------- */

static char found[8192];

static void
collect(void *context, bool refuses, const char *sentence)
{
	size_t n = strlen(found);

	(void)context;
	snprintf(found + n, sizeof found - n, "%s: %s\n",
	    refuses ? "refuses" : "warns", sentence);
}

static const char *
lint(const char *text, const char *before)
{
	static char kept[2][9000];
	static unsigned turn;
	struct trust t, b;

	/* `with` has few buffers; a text under test stays */
	snprintf(kept[turn % 2], sizeof kept[0], "%s", text);
	trust_of(&t, kept[turn++ % 2]);
	if (before != NULL)
		trust_of(&b, before);
	found[0] = '\0';
	lint_trust(&t, before != NULL ? &b : NULL, collect, NULL);
	return found;
}

/* The same text under a name that does not end in /test. */
static const char *
earnest(void)
{
	return with(w.trust, WORLD_NAME, "acme.example/release");
}

START_TEST(lint_good)
{
	ck_assert_ptr_null(strstr(lint(earnest(), NULL), "refuses"));
	/* three jurisdictions, two of three: none can stop a release */
	ck_assert_ptr_null(strstr(found, "stop every release"));
	/* but the one with the mirror can stop the witnesses */
	ck_assert_ptr_nonnull(
	    strstr(found, "warns: the jurisdiction IS can stop the witnesses"));
}
END_TEST

static const struct {
	const char *from, *to;
	const char *says; /* of an earnest authority */
} lints[] = {
    {" IS\nsigner carol", " CH\nsigner carol",
	"refuses: the jurisdiction CH can release alone"},
    {"two 2 alice", "two any alice",
	"refuses: the jurisdiction BR can release alone"},
    {"two 2 alice", "two all alice",
	"warns: the jurisdiction CH can stop every release"},
    {"board 2 dana emil frida\nroot-quorum board\nrecover 2",
	"board any dana emil frida\nroot-quorum board\nrecover 1",
	"refuses: the jurisdiction IS can change this text alone"},
    {"watch all seen m1", "watch any seen m1",
	"refuses: the witness quorum can be met without a mirror"},
    {"watch all seen m1", "watch any seen m1",
	"refuses: the jurisdiction CH satisfies the witness quorum alone"},
    {" BR\nmirror", " IS\nmirror",
	"refuses: the jurisdiction IS satisfies the witness quorum alone"},
    {" BR\nmirror", " -\nmirror", "warns: w2 names no jurisdiction"},
};
enum { LINTS = sizeof lints / sizeof lints[0] };

START_TEST(lint_finds)
{
	const char *text = with(earnest(), lints[_i].from, lints[_i].to);

	lint(text, NULL);
	ck_assert_msg(strstr(found, lints[_i].says) != NULL, "%s\nin:\n%s",
	    lints[_i].says, found);
	/* a test authority is warned of jurisdictions, refused the rest */
	text = with(w.trust, lints[_i].from, lints[_i].to);
	lint(text, NULL);
	if (strstr(lints[_i].says, "jurisdiction") != NULL)
		ck_assert_ptr_null(strstr(found, "refuses: the jurisd"));
	else
		ck_assert_msg(
		    strstr(found, lints[_i].says) != NULL, "%s", found);
}
END_TEST

/* Two keys of one owner under two flags are in both jurisdictions. */
START_TEST(lint_owner_of_two_flags)
{
	struct key k;

	key_make(&k, "alice.example/second", KEY_ED25519);
	lint(with(earnest(), w.signer[1].vkey, k.vkey), NULL);
	ck_assert_ptr_nonnull(
	    strstr(found, "refuses: the jurisdiction CH can release alone"));
	ck_assert_ptr_nonnull(
	    strstr(found, "refuses: the jurisdiction IS can release alone"));
}
END_TEST

/* Who can release must not be able to change who can release. */
START_TEST(lint_release_sets)
{
	struct key a, b;
	const char *text;

	key_make(&a, "alice.example/root", KEY_ED25519);
	key_make(&b, "carol.example/root", KEY_ED25519);
	text = with(earnest(), w.root[0].vkey, a.vkey);
	ck_assert_ptr_null(strstr(lint(text, NULL), "those who can release"));
	text = with(earnest(), w.root[0].vkey, a.vkey);
	text = with(text, w.root[2].vkey, b.vkey);
	ck_assert_ptr_nonnull(
	    strstr(lint(text, NULL), "refuses: those who can release"));
	/* alice and carol are a release set; with `all` of three they are
	 * too few as roots */
	text = with(text, "board 2 dana", "board 3 dana");
	text = with(text, "recover 2", "recover 3");
	ck_assert_ptr_null(strstr(lint(text, NULL), "those who can release"));
}
END_TEST

START_TEST(lint_keys)
{
	struct key bad = w.signer[0];

	memset(bad.pk, 0, sizeof bad.pk);
	bad.pk[0] = 2; /* y = 2 is on no point */
	key_spell(&bad);
	ck_assert_ptr_nonnull(
	    strstr(lint(with(w.trust, w.signer[0].vkey, bad.vkey), NULL),
		"refuses: the key of alice.example is no usable"));
}
END_TEST

/* A key keeps its role or goes: also from witness to mirror. */
START_TEST(lint_roles)
{
	const char *text;

	ck_assert_ptr_null(strstr(lint(w.trust, w.trust), "another role"));
	/* dora signs now, alice is a root */
	text = with(w.trust, w.signer[0].vkey, w.signer[3].vkey);
	text = with(text, w.root[0].vkey, w.signer[0].vkey);
	ck_assert_ptr_nonnull(
	    strstr(lint(text, w.trust), "refuses: a key has another role"));
	text = with(w.trust, w.cosigner[1].vkey, "?");
	text = with(text, w.cosigner[2].vkey, w.cosigner[1].vkey);
	text = with(text, "?", w.cosigner[2].vkey);
	ck_assert_ptr_nonnull(
	    strstr(lint(text, w.trust), "refuses: a key has another role"));
}
END_TEST

/* ---- drafts -------------------------------------------------------------- */

static char dir[] = "/tmp/check_cli.XXXXXX";

static void
put_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
pub_file(const char *name, const struct key *k)
{
	char line[256];

	snprintf(line, sizeof line, "%s\n", k->vkey);
	put_file(name, line);
}

/* A party note, signed. */
static void
party_file(const char *name, const struct key *k, const struct key *by)
{
	const struct key *keys[] = {by};
	char text[1024], bytes[2048];
	struct text t;

	snprintf(text, sizeof text,
	    "quorate/party@v1\nname alice\nvkey %s\nlabel CH\n"
	    "contact a b\n",
	    k->vkey);
	text_init(&t, bytes, sizeof bytes);
	note_make(&t, text, keys, 1);
	put_file(name, t.p);
}

static const char draft[] =
    "# who releases\n"
    "quorate/trust@v1\n"
    "name   acme.example/release/test   # the authority\n"
    "\n"
    "  signer alice  @alice.party  CH\n"
    "  signer bob    @bob.pub      IS\r\n"
    "\tsigner carol\t@carol.pub\tBR\n"
    "group two 2 alice bob carol\nquorum two\n"
    "root dana @dana.pub CH\nroot emil @emil.pub IS\n"
    "root frida @frida.pub BR\n"
    "group board 2 dana emil frida\nroot-quorum board\nrecover 2\n"
    "log @log.pub CH\nlog @log2.pub IS\n"
    "witness w1 @w1.pub CH\nwitness w2 @w2.pub BR\nmirror m1 @m1.pub IS\n"
    "group seen any w1 w2\ngroup watch all seen m1\n"
    "witness-quorum watch\n";

static void
draft_files(void)
{
	memcpy(dir, "/tmp/check_cli.XXXXXX", sizeof dir);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	party_file("alice.party", &w.signer[0], &w.signer[0]);
	party_file("forged.party", &w.signer[0], &w.signer[1]);
	pub_file("bob.pub", &w.signer[1]);
	pub_file("carol.pub", &w.signer[2]);
	pub_file("dora.pub", &w.signer[3]);
	pub_file("dana.pub", &w.root[0]);
	pub_file("emil.pub", &w.root[1]);
	pub_file("frida.pub", &w.root[2]);
	pub_file("log.pub", &w.log[0]);
	pub_file("log2.pub", &w.log[1]);
	pub_file("w1.pub", &w.cosigner[0]);
	pub_file("w2.pub", &w.cosigner[1]);
	pub_file("m1.pub", &w.cosigner[2]);
}

static void
draft_files_remove(void)
{
	static const char *const names[] = {"alice.party", "forged.party",
	    "bob.pub", "carol.pub", "dora.pub", "dana.pub", "emil.pub",
	    "frida.pub", "log.pub", "log2.pub", "w1.pub", "w2.pub", "m1.pub"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static enum rc
build(struct text *out, const char *text, const struct trust *before,
    bool new_epoch, bool *epoch_up)
{
	static char bytes[16384];
	struct draft_options o = {.dir = dir,
	    .before = before,
	    .now = 1763600000,
	    .new_epoch = new_epoch};
	struct why why = {""};

	text_init(out, bytes, sizeof bytes);
	return draft_build(out, epoch_up, &o,
	    (struct slice){(const uint8_t *)text, strlen(text)}, &why);
}

/* The draft means the very text that world_make writes. */
START_TEST(drafts)
{
	struct text out;
	bool up;

	draft_files();
	ck_assert_int_eq(build(&out, draft, NULL, false, &up), RC_OK);
	ck_assert_str_eq(out.p, w.trust);
	ck_assert_int_eq(build(&out,
			     with(draft, "witness-quorum watch\n",
				 "witness-quorum watch\nabout\nproposed now\n"),
			     NULL, false, &up),
	    RC_OK);
	ck_assert_str_eq(out.p, w.trust);
	ck_assert_int_eq(
	    build(&out,
		with(draft, "witness-quorum watch\n",
		    "witness-quorum watch\nabout\ntext-max 1536\n"),
		NULL, false, &up),
	    RC_OK);
	ck_assert_ptr_nonnull(
	    strstr(out.p, "about\nproposed 1763600000\ntext-max 1536\n"));
	draft_files_remove();
}
END_TEST

START_TEST(drafts_refused)
{
	struct text out;
	bool up;

	draft_files();
	ck_assert_int_eq(
	    build(&out, with(draft, "quorate/trust@v1", "quorate/party@v1"),
		NULL, false, &up),
	    RC_KIND);
	ck_assert_int_eq(
	    build(&out, with(draft, "@bob.pub", "@none.pub"), NULL, false, &up),
	    RC_FILE_ABSENT);
	ck_assert_int_eq(
	    build(&out, with(draft, "@alice.party", "@forged.party"), NULL,
		false, &up),
	    RC_SIGLINE);
	ck_assert_int_eq(
	    build(&out, with(draft, "name   acme.example/release/test", "#"),
		NULL, false, &up),
	    RC_LINE_MISSING);
	draft_files_remove();
}
END_TEST

/* After a text: revision and previous follow; the epoch only if it must. */
START_TEST(drafts_after)
{
	char hex[65], want[200];
	struct trust before, t;
	struct text out;
	bool up;

	draft_files();
	trust_of(&before, w.trust);
	hex_of(hex, before.id);
	ck_assert_int_eq(build(&out, draft, &before, false, &up), RC_OK);
	snprintf(want, sizeof want, "epoch 1\nrevision 2\nprevious %s\n", hex);
	ck_assert_ptr_nonnull(strstr(out.p, want));
	ck_assert(!up);
	trust_of(&t, out.p);
	ck_assert(!trust_needs_epoch(&t, &before));
	ck_assert_int_eq(build(&out, draft, &before, true, &up), RC_OK);
	ck_assert_ptr_nonnull(strstr(out.p, "epoch 2\nrevision 2\n"));
	ck_assert(up);
	/* other roots, witnesses, labels: the same epoch */
	ck_assert_int_eq(
	    build(&out, with(draft, "@bob.pub      IS", "@bob.pub NO"), &before,
		false, &up),
	    RC_OK);
	ck_assert(!up);
	/* another signer, another threshold: the next */
	ck_assert_int_eq(build(&out, with(draft, "@carol.pub", "@dora.pub"),
			     &before, false, &up),
	    RC_OK);
	ck_assert(up);
	ck_assert_int_eq(build(&out, with(draft, "group two 2", "group two 3"),
			     &before, false, &up),
	    RC_OK);
	ck_assert(up);
	draft_files_remove();
}
END_TEST

/* ---- changes ------------------------------------------------------------- */

/* What changes (split at ';') do to the text: its lines gone, and come. `=`
 * and a result: refused. */
static const struct {
	const char *changes, *says;
} change_cases[] = {
    {"witness w3 KEY DE", "+ witness w3 KEY DE\n"},
    {"recover 3", "- recover 2\n+ recover 3\n"},
    {"drop recover", "- recover 2\n"},
    {"text-max 900", "+ about\n+ text-max 900\n"},
    {"root dana KEY NO", "- root dana OLD CH\n+ root dana KEY NO\n"},
    {"signer bob @ -", "- signer bob OLD IS\n+ signer bob @ -\n"},
    {"group seen 2 w1 w2", "- group seen any w1 w2\n+ group seen 2 w1 w2\n"},
    {"group seen all w1 w2 w3;witness w3 KEY DE",
	"- group seen any w1 w2\n+ witness w3 KEY DE\n"
	"+ group seen all w1 w2 w3\n"},
    /* a new group: behind its members, before who has it as one */
    {"group far any dana emil;group board all far frida",
	"- group board 2 dana emil frida\n+ group far any dana emil\n"
	"+ group board all far frida\n"},
    {"root-group two any dana emil", "+ group two any dana emil\n"},
    {"shared carol;shared alice", "+ about\n+ shared alice\n+ shared carol\n"},
    {"drop log log.second.example", "- log OLD IS\n"},
    {"drop log nobody.example", "=RC_FIELD there is no log nobody.example"},
    {"drop witness", "=RC_FIELD drop which witness"},
    {"drop name", "=RC_LINE_UNKNOWN 'name' is no line"},
    {"epoch 7", "=RC_LINE_UNKNOWN 'epoch' is no line"},
    {"recover", "=RC_FIELD 'recover' what"},
    {"group new any w1 dana", "=RC_FIELD no tree has all members"},
    {"root-group twin any dana;signer-group twin any bob;group twin any bob",
	"=RC_FIELD 'twin' may be of several trees"},
};
enum { CHANGE_CASES = sizeof change_cases / sizeof change_cases[0] };

/* Fields of 50 bytes and more with a `+` are vkeys: a name instead. */
static void
keys_cut(struct text *out, const char *text, const char *key)
{
	struct slice rest = slice_of(text);

	while (rest.n > 0) {
		struct slice line = slice_line(&rest);

		while (line.n > 0) {
			struct slice word = slice_word(&line);

			if (slice_is(word, key))
				text_string(out, "KEY");
			else if (word.n > 50)
				text_string(out, "OLD");
			else
				text_put(out, word.p, word.n);
			text_string(out, line.n > 0 ? " " : "\n");
		}
	}
}

START_TEST(changes)
{
	const char *says = change_cases[_i].says;
	/* without `about`, which a draft need not have */
	struct slice from = slice_of(strstr(w.trust, "\nsigner ") + 1);
	char bytes[8192], words[8192], cut[8192], line[8][512];
	struct slice list[8];
	struct why why = {""};
	struct trust before;
	struct text out, diff, t;
	struct key k;
	unsigned n = 0;
	enum rc rc;

	from.n = (size_t)((const uint8_t *)strstr(w.trust, "\nabout") + 1 -
			  from.p);
	key_make(&k, "new.example", KEY_ED25519);
	trust_of(&before, w.trust);
	snprintf(words, sizeof words, "%s", change_cases[_i].changes);
	for (char *save, *p = strtok_r(words, ";", &save); p != NULL;
	     p = strtok_r(NULL, ";", &save)) {
		snprintf(line[n], sizeof line[n], "%s",
		    strstr(p, "KEY") ? with(p, "KEY", k.vkey) : p);
		list[n] = slice_of(line[n]);
		n++;
	}
	text_init(&out, bytes, sizeof bytes);
	rc = change_draft(&out, &before, list, n, &why);
	if (says[0] == '=') {
		text_init(&t, words, sizeof words);
		text_printf(&t, "=%s %s", rc_name(rc), why.text);
		ck_assert_msg(strncmp(words, says, strlen(says)) == 0,
		    "%s", words);
		return;
	}
	ck_assert_msg(rc == RC_OK, "%s", why.text);
	text_init(&diff, words, sizeof words);
	change_words(&diff, from, slice_of(strstr(bytes, "\nsigner ") + 1));
	text_init(&t, cut, sizeof cut);
	keys_cut(&t, words, k.vkey);
	ck_assert_str_eq(cut, says);
	/* nothing is lost: without changes it is the text itself */
	text_init(&out, bytes, sizeof bytes);
	ck_assert_int_eq(
	    change_draft(&out, &before, NULL, 0, &why), RC_OK);
	text_init(&diff, words, sizeof words);
	change_words(&diff, from, slice_of(strstr(bytes, "\nsigner ") + 1));
	ck_assert_str_eq(words, "");
}
END_TEST

/* ---- quorums in words ------------------------------------------------------ */

/* Trees over five parties in three places: what is said of each, exactly. */
static const struct {
	const char *groups, *words, *lints;
} quorums[] = {
    {"group flat 3 alice bob carol dana emil",
	"any 3 of alice (CH), bob (CH), carol (IS), dana (BR) and emil (BR)",
	"warns: of 5 parties 3 can sign (in 10 ways), and 3 can stop every "
	"signature (in 10)\n"},
    {"group swiss any alice bob;group brazil all dana emil;"
     "group regions 2 swiss carol brazil",
	"any 2 of carol (IS), swiss and brazil; swiss needs any one of alice "
	"(CH) and bob (CH); brazil needs both dana (BR) and emil (BR)",
	"warns: the 2 members of swiss hold one and the same value: a share "
	"that one of them loses is all of theirs\n"
	"warns: of 5 parties 2 can sign (in 2 ways), and 2 can stop every "
	"signature (in 2)\n"},
    {"group swiss all alice bob;group rest any carol dana emil;"
     "group one any swiss rest",
	"any one of swiss and rest; swiss needs both alice (CH) and bob (CH); "
	"rest needs any one of carol (IS), dana (BR) and emil (BR)",
	"refuses: the jurisdiction CH can sign alone\n"
	"refuses: the jurisdiction IS can sign alone\n"
	"refuses: the jurisdiction BR can sign alone\n"
	"warns: the 3 members of rest hold one and the same value: a share "
	"that one of them loses is all of theirs\n"
	"warns: the 2 members of one hold one and the same value: a share "
	"that one of them loses is all of theirs\n"
	"warns: of 5 parties 1 can sign (in 3 ways), and 4 can stop every "
	"signature (in 2)\n"},
    {"group swiss 1 alice bob;group brazil 2 dana emil;"
     "group three all swiss carol brazil",
	"all of carol (IS), swiss and brazil; swiss needs any one of alice "
	"(CH) and bob (CH); brazil needs both dana (BR) and emil (BR)",
	"warns: without the jurisdiction CH nothing is signed\n"
	"warns: without the jurisdiction IS nothing is signed\n"
	"warns: without the jurisdiction BR nothing is signed\n"
	"warns: without carol nothing is signed: a key that is lost there is "
	"lost for all\n"
	"warns: without dana nothing is signed: a key that is lost there is "
	"lost for all\n"
	"warns: without emil nothing is signed: a key that is lost there is "
	"lost for all\n"
	"warns: the 2 members of swiss hold one and the same value: a share "
	"that one of them loses is all of theirs\n"
	"warns: of 5 parties 4 can sign (in 2 ways), and 1 can stop every "
	"signature (in 3)\n"},
    {"group lone all carol;group most 4 lone alice bob dana emil",
	"any 4 of alice (CH), bob (CH), dana (BR), emil (BR) and lone; lone "
	"needs carol (IS)",
	"warns: without the jurisdiction CH nothing is signed\n"
	"warns: without the jurisdiction BR nothing is signed\n"
	"warns: the group lone has one member, and is no group\n"
	"warns: of 5 parties 4 can sign (in 5 ways), and 2 can stop every "
	"signature (in 10)\n"},
};
enum { QUORUMS = sizeof quorums / sizeof quorums[0] };

static struct slice
label_in(const void *context, unsigned leaf)
{
	return ceremony_party_label(context, leaf);
}

START_TEST(quorum_words)
{
	static const char *const names[] = {
	    "alice CH", "bob CH", "carol IS", "dana BR", "emil BR"};
	static struct ceremony c;
	char bytes[8192], groups[512], words[4096], root[64] = "";
	struct policy p;
	struct text t, out;
	enum rc rc;

	text_init(&t, bytes, sizeof bytes);
	text_printf(&t, "quorate/ceremony@v1\nauthority a/b 1\nsigner s\n"
			"key a/b\nproposed 1\ndeadline 2\n");
	for (unsigned i = 0; i < 5; i++) {
		const char *space = strchr(names[i], ' ');
		char name[16];
		struct key k;

		snprintf(name, sizeof name, "%.*s", (int)(space - names[i]),
		    names[i]);
		key_make(&k, name, KEY_ED25519);
		text_printf(&t, "party %s %s %s\n", name, k.vkey, space + 1);
	}
	snprintf(groups, sizeof groups, "%s", quorums[_i].groups);
	for (char *save, *g = strtok_r(groups, ";", &save); g != NULL;
	     g = strtok_r(NULL, ";", &save)) {
		text_printf(&t, "%s\n", g);
		snprintf(root, sizeof root, "%.*s",
		    (int)strcspn(g + 6, " "), g + 6);
	}
	text_printf(&t, "quorum %s\ntrust " WORLD_DIGEST "\n", root);
	rc = ceremony_parse(&c, (const uint8_t *)t.p, t.n);
	/* one party that could sign alone: no ceremony makes that */
	ck_assert(rc == RC_OK || (rc == RC_TREE && _i == 2));
	ceremony_policy(&p, &c);
	text_init(&out, words, sizeof words);
	words_needs(&out, &p, label_in, &c);
	ck_assert_str_eq(words, quorums[_i].words);
	found[0] = '\0';
	lint_quorum(&p, label_in, &c, collect, NULL);
	ck_assert_str_eq(found, quorums[_i].lints);
}
END_TEST

/* Whose lines a text wants: of both roots, and of whom it introduces. */
START_TEST(wanted)
{
	struct words_have have = {0};
	struct trust before, t;
	char bytes[4096];
	struct text out;
	struct key k;

	key_make(&k, "new.example", KEY_ED25519);
	trust_of(&before, w.trust);
	text_init(&out, bytes, sizeof bytes);
	words_wanted(&out, &before, NULL, &have);
	ck_assert_str_eq(out.p,
	    "wanted of its own roots: any 2 of dana, emil and frida\n"
	    "wanted of the signer that it introduces: alice\n"
	    "wanted of the signer that it introduces: bob\n"
	    "wanted of the signer that it introduces: carol\n");
	trust_of(&t,
	    with(with(with(w.trust, w.signer[1].vkey, k.vkey),
		     "epoch 1\nrevision 1\nprevious -",
		     "epoch 2\nrevision 2\nprevious " WORLD_DIGEST),
		"board 2 dana emil frida\nroot-quorum board\nrecover 2",
		"board all dana emil frida\nroot-quorum board\nrecover 3"));
	have = (struct words_have){.before = 1, .roots = 1};
	text_init(&out, bytes, sizeof bytes);
	words_wanted(&out, &t, &before, &have);
	ck_assert_str_eq(out.p,
	    "wanted of the roots in force: any 2 of dana, emil and frida\n"
	    "wanted of its own roots: all of dana, emil and frida\n"
	    "wanted of the signer that it introduces: bob\n");
	have = (struct words_have){.before = 3, .roots = 7, .signers = 2};
	text_init(&out, bytes, sizeof bytes);
	words_wanted(&out, &t, &before, &have);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* ---- order of lines -------------------------------------------------------
 */

static char note_bytes[3][65536];

static struct note
note_of(int which, const char *text, const struct key *const *keys, unsigned n)
{
	struct note note;
	struct text t;

	text_init(&t, note_bytes[which], sizeof note_bytes[0]);
	note_make(&t, text, keys, n);
	ck_assert_int_eq(note_split(&note, (uint8_t *)t.p, t.n), RC_OK);
	return note;
}

static void
lines_are(const struct text *t, const struct key *const *keys, unsigned n)
{
	struct sigline l;
	struct note note;
	unsigned i;

	ck_assert_int_eq(note_split(&note, (uint8_t *)t->p, t->n), RC_OK);
	ck_assert_uint_eq(note.line_n, n);
	for (i = 0; i < n; i++) {
		note_line(&note, i, &l, NULL);
		ck_assert_mem_eq(l.blob, keys[i]->id, 4);
	}
}

START_TEST(merge_release)
{
	const struct key *ca[] = {&w.signer[2], &w.signer[0]};
	const struct key *b[] = {&w.signer[1], &w.signer[0]};
	const struct key *abc[] = {&w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *x[] = {&w.stranger};
	static struct order order;
	static char bytes[70000];
	struct order_with with_ = {.trust = NULL};
	struct sigline stranger;
	struct note notes[3];
	struct trust trust;
	struct text t;
	unsigned n;

	trust_of(&trust, w.trust);
	notes[0] = note_of(0, WORLD_RELEASE, ca, 2);
	notes[1] = note_of(1, WORLD_RELEASE, b, 2);
	notes[2] = note_of(2, WORLD_RELEASE, x, 1);
	ck_assert_int_eq(
	    order_of(&order, notes[0].bytes, notes[0].text_n, &with_),
	    RC_LINE_MISSING);
	with_.trust = &trust;
	ck_assert_int_eq(
	    order_of(&order, notes[0].bytes, notes[0].text_n, &with_), RC_OK);
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(
	    order_merge(&t, &n, &stranger, &order, notes, 2), RC_OK);
	ck_assert_uint_eq(n, 3);
	lines_are(&t, abc, 3);
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(
	    order_merge(&t, &n, &stranger, &order, notes, 3), RC_LOG_LINE);
	ck_assert_mem_eq(stranger.blob, w.stranger.id, 4);
	/* a line that does not verify is no line to merge */
	note_bytes[1][strlen(WORLD_RELEASE) + 40] ^= 1;
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_ne(
	    order_merge(&t, &n, &stranger, &order, notes, 2), RC_OK);
}
END_TEST

START_TEST(merge_trust)
{
	const struct key *mixed[] = {
	    &w.signer[2], &w.root[1], &w.signer[0], &w.root[0], &w.signer[1]};
	const struct key *want[] = {
	    &w.root[0], &w.root[1], &w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *later[] = {&w.root[3], &w.root[1], &w.root[0]};
	const struct key *later_want[] = {&w.root[0], &w.root[1], &w.root[3]};
	static struct order order;
	static char bytes[70000], next[8192];
	struct order_with with_ = {.trust = NULL};
	struct sigline stranger;
	struct trust before;
	struct note note;
	struct text t;
	unsigned n;
	char hex[65], head[200];

	note = note_of(0, w.trust, mixed, 5);
	ck_assert_int_eq(
	    order_of(&order, note.bytes, note.text_n, &with_), RC_OK);
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(
	    order_merge(&t, &n, &stranger, &order, &note, 1), RC_OK);
	lines_are(&t, want, 5);
	/* the next text, with gina in frida's place, listed first */
	trust_of(&before, w.trust);
	hex_of(hex, before.id);
	snprintf(head, sizeof head, "revision 2\nprevious %s\n", hex);
	snprintf(next, sizeof next, "%s",
	    with(with(w.trust, "revision 1\nprevious -\n", head),
		w.root[2].vkey, w.root[3].vkey));
	note = note_of(0, next, later, 3);
	ck_assert_int_eq(
	    order_of(&order, note.bytes, note.text_n, &with_), RC_LINE_MISSING);
	with_.previous = &before;
	ck_assert_int_eq(
	    order_of(&order, note.bytes, note.text_n, &with_), RC_OK);
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(
	    order_merge(&t, &n, &stranger, &order, &note, 1), RC_OK);
	lines_are(&t, later_want, 3);
}
END_TEST

/* ---- belief ----------------------------------------------------------------
 */

static enum rc
believed(const char *text, const struct key *const *keys, unsigned n)
{
	struct trust_file f;
	struct text t;

	text_init(&t, note_bytes[0], sizeof note_bytes[0]);
	note_make(&t, text, keys, n);
	return trust_file_take(
	    &f, (struct blob){(uint8_t *)note_bytes[0], t.n});
}

START_TEST(belief)
{
	const struct key *all[] = {
	    &w.root[0], &w.root[1], &w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *one[] = {
	    &w.root[0], &w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *owner[] = {&w.owner[0]};
	const struct key *none[] = {&w.stranger};

	ck_assert_int_eq(believed(w.trust, all, 5), RC_OK);
	ck_assert_int_eq(believed(w.trust, all, 4), RC_INTRODUCED);
	ck_assert_int_eq(believed(w.trust, all, 2), RC_INTRODUCED);
	ck_assert_int_eq(believed(w.trust, one, 4), RC_ROOT_QUORUM);
	ck_assert_int_eq(believed(w.owner_text, owner, 1), RC_OK);
	ck_assert_int_eq(believed(w.owner_text, none, 1), RC_QUORUM);
	ck_assert_int_eq(believed(WORLD_RELEASE, all, 5), RC_KIND);
}
END_TEST

/* The reader of whole files agrees with the push parser. */
START_TEST(proofs)
{
	static const struct {
		struct proof_spec spec;
		enum rc rc;
	} cases[] = {
	    {{.index = 3, .size = 9}, RC_OK},
	    {{.index = 3, .size = 9, .cosigners = 3}, RC_WITNESS_QUORUM},
	    {{.index = 3, .size = 9, .cosigners = 6}, RC_OK},
	    {{.index = 3, .size = 9, .origin = "log.other"}, RC_LOG},
	    {{.index = 3, .size = 9, .wrong_leaf = true}, RC_INCLUSION},
	    {{.index = 3, .size = 9, .extra_hashes = 1}, RC_INCLUSION},
	    {{.index = 3, .size = 9, .extension = "x\n"}, RC_CHECKPOINT},
	};
	const struct key *keys[] = {&w.signer[0]};
	struct proof_facts facts;
	struct trust trust;
	struct proof p;
	struct note note;
	struct text t;
	size_t rest;
	enum rc rc;

	trust_of(&trust, w.trust);
	text_init(&t, note_bytes[0], sizeof note_bytes[0]);
	note_make(&t, WORLD_RELEASE, keys, 1);
	proof_append(&t, &w, &cases[_i].spec);
	ck_assert_int_eq(
	    note_split_file(&note, &rest, (uint8_t *)t.p, t.n), RC_OK);
	rc = proof_read(&p, (uint8_t *)t.p + rest, t.n - rest);
	if (rc == RC_OK)
		rc = proof_check(&facts, &p, &trust, &note);
	ck_assert_int_eq(rc, cases[_i].rc);
	if (rc == RC_OK)
		ck_assert_uint_eq(facts.time, WORLD_NOW);
	ck_assert_int_ne(
	    proof_read(&p, (uint8_t *)t.p + rest, t.n - rest - 1), RC_OK);
}
END_TEST

/* ---- release texts and words -----------------------------------------------
 */

START_TEST(release_texts)
{
	static char bytes[16384];
	struct release_request r = {.authority = WORLD_NAME,
	    .product = "acme.example/camera",
	    .version = "1.4.2",
	    .epoch = 1,
	    .sequence = 42,
	    .floor = 40,
	    .from = "30-41",
	    .expires = "1800000000",
	    .proposed = 1763699000};
	char payload[160], path[128];
	struct why why = {""};
	struct text t;

	draft_files();
	put_file("bob.pub", "test");
	snprintf(path, sizeof path, "%s/bob.pub", dir);
	snprintf(payload, sizeof payload, "app=%s", path);
	r.payloads.at[r.payloads.count++] = payload;
	r.requires_.at[r.requires_.count++] = "acme.example/radio=7";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_OK);
	ck_assert_str_eq(t.p, WORLD_RELEASE);
	/* sorted, whatever the order of the options */
	r.requires_.at[r.requires_.count++] = "acme.example/base=1";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_OK);
	ck_assert_ptr_nonnull(strstr(t.p, "requires acme.example/base 1\n"
					  "requires acme.example/radio 7\n"));
	r.expires = "+90d";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_OK);
	ck_assert_ptr_nonnull(strstr(t.p, "expires 1771475000\n"));
	/* no option becomes two lines */
	r.version = "1\nsequence 43";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_LINE);
	r.version = "1.4.2";
	r.from = "41";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_FIELD);
	r.from = "41-30";
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_NUMBER);
	r.from = NULL;
	r.floor = 43;
	text_init(&t, bytes, sizeof bytes);
	ck_assert_int_eq(release_text(&t, &r, &why), RC_FLOOR);
	draft_files_remove();
}
END_TEST

START_TEST(words)
{
	char bytes[4096];
	struct trust t;
	struct text out;

	trust_of(&t, w.trust);
	text_init(&out, bytes, sizeof bytes);
	words_tree(&out, &t, TREE_SIGNERS);
	ck_assert_str_eq(out.p, "any 2 of alice, bob and carol");
	text_init(&out, bytes, sizeof bytes);
	words_tree(&out, &t, TREE_COSIGNERS);
	ck_assert_str_eq(out.p, "both m1 and (any one of w1 and w2)");
	text_init(&out, bytes, sizeof bytes);
	ck_assert_int_eq(words_text(&out, (const uint8_t *)WORLD_RELEASE,
			     strlen(WORLD_RELEASE)),
	    RC_OK);
	ck_assert_ptr_nonnull(
	    strstr(out.p, "to install version 1.4.2 as sequence 42:"));
	ck_assert_ptr_nonnull(
	    strstr(out.p, "nothing below sequence 40 is accepted"));
	/* what is not for people to sign has no words */
	text_init(&out, bytes, sizeof bytes);
	ck_assert_int_eq(
	    words_text(&out, (const uint8_t *)"quorate/share@v1\nx\n", 19),
	    RC_KIND);
	ck_assert_int_eq(
	    words_text(&out, (const uint8_t *)"log.example\n1\nAAAA\n", 19),
	    RC_KIND);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli");
	TCase *t = tcase_create("cli");

	world_make(&w);
	suite_add_tcase(suite, t);
	tcase_add_test(t, lint_good);
	tcase_add_loop_test(t, lint_finds, 0, LINTS);
	tcase_add_test(t, lint_owner_of_two_flags);
	tcase_add_test(t, lint_release_sets);
	tcase_add_test(t, lint_keys);
	tcase_add_test(t, lint_roles);
	tcase_add_test(t, drafts);
	tcase_add_test(t, drafts_refused);
	tcase_add_test(t, drafts_after);
	tcase_add_loop_test(t, changes, 0, CHANGE_CASES);
	tcase_add_test(t, wanted);
	tcase_add_loop_test(t, quorum_words, 0, QUORUMS);
	tcase_add_test(t, merge_release);
	tcase_add_test(t, merge_trust);
	tcase_add_test(t, belief);
	tcase_add_loop_test(t, proofs, 0, 7);
	tcase_add_test(t, release_texts);
	tcase_add_test(t, words);
	return suite_run(suite);
}
