/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/explain.c: what a log may show a party. Each refusal is an alarm
 * and moves nothing.
 */
#include "signer/explain.h"
#include <sodium.h>
#include <stdlib.h>
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

#define NAME "acme.example/release"

static struct help_key alice, bob, carol, dora, group, rita, rosa;
static struct explain *e;
static char trust_bytes[4096], roster_bytes[4096];
static struct text trust, roster;

static void
hex_id(char out[static 65], const struct text *t)
{
	uint8_t id[32];
	struct text hex;

	crypto_hash_sha256(id, (uint8_t *)t->p, t->n);
	text_init(&hex, out, 65);
	text_hex(&hex, id, 32);
}

/* dora signs alone, or the group (alice, bob, carol: two of them) does. */
static void
trust_text(struct text *t, unsigned epoch, unsigned revision,
    const char *previous, const struct help_key *root, bool with_new)
{
	struct help_key log, mirror, extra;

	help_key(&log, "log.example", 201, KEY_ED25519);
	help_key(&mirror, "mirror.example", 202, KEY_COSIGNATURE);
	help_key(&extra, "extra.example", 203, KEY_ED25519);
	text_printf(t,
	    "quorate/trust@v1\nname %s\nepoch %u\nrevision %u\nprevious %s\n"
	    "signer dora %s -\nsigner release %s -\n",
	    NAME, epoch, revision, previous, dora.vkey, group.vkey);
	if (with_new)
		text_printf(t, "signer extra %s -\n", extra.vkey);
	text_printf(t,
	    "group any1 any dora release%s\nquorum any1\nroot r %s -\n"
	    "root-quorum r\nlog %s -\nmirror m %s -\nwitness-quorum m\n"
	    "about\nproposed 1763600000\nshared release\n",
	    with_new ? " extra" : "", root->vkey, log.vkey, mirror.vkey);
	ck_assert(!t->full);
}

static void
roster_text(struct text *t, unsigned serial, const char *previous,
    const struct help_key *third)
{
	const struct help_key *p[] = {&alice, &bob, third};

	text_printf(t,
	    "quorate/roster@v1\nauthority %s 1\nsigner release\nserial %u\n"
	    "previous %s\nproposed 1763600000\nkey %s\n",
	    NAME, serial, previous, group.vkey);
	for (unsigned i = 0; i < 3; i++)
		text_printf(t, "party p%u %s -\n", i, p[i]->vkey);
	text_string(t, "group g 2 p0 p1 p2\nquorum g\n");
	for (unsigned i = 0; i < 3; i++) {
		text_printf(t, "share p%u ", i);
		text_base64(t, p[i]->key, 32);
		text_string(t, "\n");
	}
	text_printf(t, "ceremony %064d\n", 0);
	ck_assert(!t->full);
}

static void
setup(void)
{
	help_key(&alice, "alice.example", 1, KEY_ED25519);
	help_key(&bob, "bob.example", 2, KEY_ED25519);
	help_key(&carol, "carol.example", 3, KEY_ED25519);
	help_key(&dora, "dora.example", 4, KEY_ED25519);
	help_key(&group, NAME, 5, KEY_ED25519);
	help_key(&rita, "rita.example/root", 6, KEY_ED25519);
	help_key(&rosa, "rosa.example/root", 7, KEY_ED25519);
	e = calloc(1, sizeof *e);
	text_init(&trust, trust_bytes, sizeof trust_bytes);
	trust_text(&trust, 1, 1, "-", &rita, false);
	ck_assert_code(
	    explain_trust(e, (uint8_t *)trust.p, trust.n), RC_OK);
	text_init(&roster, roster_bytes, sizeof roster_bytes);
	roster_text(&roster, 1, "-", &carol);
	ck_assert_code(
	    explain_roster(e, (uint8_t *)roster.p, roster.n), RC_OK);
}

static void
teardown(void)
{
	free(e);
}

/* The text with lines by these, as an entry. */
static enum rc
entry(enum explained *what, struct release *release, const struct text *text,
    bool home, unsigned n, const struct help_key *const *by)
{
	static char bytes[16384];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	text_put(&t, text->p, text->n);
	text_string(&t, "\n");
	for (unsigned i = 0; i < n; i++)
		help_line(&t, text->n, by[i]);
	return explain_entry(
	    e, what, release, home, (uint8_t *)t.p, t.n);
}
#define BY(...)                                                                \
	sizeof((const struct help_key *[]){__VA_ARGS__}) / sizeof(void *),     \
	    (const struct help_key *[])                                        \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static void
release_text(struct text *t, char *room, size_t cap, const char *authority,
    unsigned epoch, unsigned serial)
{
	text_init(t, room, cap);
	text_printf(t,
	    "quorate/release@v1\nauthority %s %u\nproduct acme.example/x\n"
	    "version 1\nsequence 7\npayload app 3 %064d\nabout\n"
	    "proposed 1763700000\n",
	    authority, epoch, 7);
	if (serial != 0)
		text_printf(t, "roster release %u\n", serial);
}

START_TEST(releases)
{
	char room[1024];
	struct text t;
	struct release r;
	enum explained what;

	release_text(&t, room, sizeof room, NAME, 1, 1);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group, &alice, &bob)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_RELEASE);
	ck_assert_uint_eq(r.sequence, 7);
	ck_assert_code(
	    entry(&what, &r, &t, false, BY(&group, &carol, &bob)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_RELEASE);
	ck_assert_code(entry(&what, &r, &t, true, BY(&dora)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_RELEASE);
	/* A group line that nobody stands behind. */
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group)), RC_LOG_PARTIES);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group, &alice)), RC_LOG_PARTIES);
	/* Nobody's, somebody twice, a spoiled text. */
	ck_assert_code(entry(&what, &r, &t, true, BY(&alice)), RC_QUORUM);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&dora, &dora)),
	    RC_SIGLINE_REPEATED);
	/* Another roster, none. */
	release_text(&t, room, sizeof room, NAME, 1, 2);
	ck_assert_code(entry(&what, &r, &t, true, BY(&group, &alice, &bob)),
	    RC_LOG_ROSTER);
	release_text(&t, room, sizeof room, NAME, 1, 0);
	ck_assert_code(entry(&what, &r, &t, true, BY(&group, &alice, &bob)),
	    RC_LOG_ROSTER);
	/* A later epoch that no trust text announced; others' business. */
	release_text(&t, room, sizeof room, NAME, 2, 1);
	ck_assert_code(entry(&what, &r, &t, true, BY(&dora)), RC_EPOCH);
	release_text(&t, room, sizeof room, "other.example/release", 2, 1);
	ck_assert_code(entry(&what, &r, &t, true, BY(&alice)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_NOTHING);
}
END_TEST

START_TEST(spoiled)
{
	char room[1024], note[4096];
	struct text t, n;
	struct release r;
	enum explained what;

	release_text(&t, room, sizeof room, NAME, 1, 1);
	text_init(&n, note, sizeof note);
	text_put(&n, t.p, t.n);
	help_sign(&n, &dora);
	*(strstr(note, "sequence 7") + 9) = '8';
	ck_assert_code(explain_entry(e, &what, &r, true, (uint8_t *)n.p, n.n),
	    RC_SIGNATURE_INVALID);
	/* What is no note at all is nobody's. */
	ck_assert_code(explain_entry(e, &what, &r, true,
			   (const uint8_t *)"hello\n", 6),
	    RC_OK);
	ck_assert_int_eq(what, EXPLAINED_NOTHING);
}
END_TEST

START_TEST(rosters)
{
	char room[4096], id[65];
	struct text t;
	struct release r;
	enum explained what;
	struct help_key erik;

	help_key(&erik, "erik.example", 8, KEY_ED25519);
	hex_id(id, &roster);
	/* The one that is held, again. */
	ck_assert_code(entry(&what, &r, &roster, true,
			   BY(&group, &alice, &bob, &carol)),
	    RC_OK);
	ck_assert_int_eq(what, EXPLAINED_OTHER);
	/* A successor: all of its parties and enough of the ones before. */
	text_init(&t, room, sizeof room);
	roster_text(&t, 2, id, &erik);
	ck_assert_code(entry(&what, &r, &t, true, BY(&group, &alice, &bob)),
	    RC_LOG_PARTIES);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&alice, &bob, &erik)), RC_QUORUM);
	ck_assert_code(
	    entry(&what, &r, &t, false, BY(&group, &alice, &bob, &erik)),
	    RC_OK);
	ck_assert_int_eq(what, EXPLAINED_OTHER); /* not in its home log */
	ck_assert_uint_eq(explain_roster_of(e, group.key)->serial, 1);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group, &alice, &bob, &erik)),
	    RC_OK);
	ck_assert_int_eq(what, EXPLAINED_ROSTER);
	ck_assert_uint_eq(explain_roster_of(e, group.key)->serial, 2);
	/* The first one, read again after a kill, is history. */
	ck_assert_code(entry(&what, &r, &roster, true,
			   BY(&group, &alice, &bob, &carol)),
	    RC_OK);
	/* Another successor of the first, one that skips a serial. */
	text_init(&t, room, sizeof room);
	roster_text(&t, 2, id, &carol);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group, &alice, &bob, &carol)),
	    RC_PREVIOUS);
	text_init(&t, room, sizeof room);
	roster_text(&t, 4, id, &carol);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&group, &alice, &bob, &carol)),
	    RC_PREVIOUS);
}
END_TEST

START_TEST(trusts)
{
	char room[4096], id[65];
	struct text t;
	struct release r;
	enum explained what;
	struct help_key extra;

	help_key(&extra, "extra.example", 203, KEY_ED25519);
	hex_id(id, &trust);
	/* New root, new signer, new epoch. */
	text_init(&t, room, sizeof room);
	trust_text(&t, 2, 2, id, &rosa, true);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&rosa, &extra)), RC_ROOT_QUORUM);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&rita, &extra)), RC_ROOT_QUORUM);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&rita, &rosa)), RC_INTRODUCED);
	ck_assert_code(entry(&what, &r, &t, false, BY(&rita, &rosa, &extra)),
	    RC_OK);
	ck_assert_uint_eq(e->trust.revision, 1);
	ck_assert_code(
	    entry(&what, &r, &t, true, BY(&rita, &rosa, &extra)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_TRUST);
	ck_assert_uint_eq(e->trust.revision, 2);
	ck_assert_uint_eq(e->trust.epoch, 2);
	/* Releases of the epoch before are history now. */
	text_init(&t, room, sizeof room);
	release_text(&t, room, sizeof room, NAME, 1, 1);
	ck_assert_code(entry(&what, &r, &t, true, BY(&dora)), RC_OK);
	ck_assert_int_eq(what, EXPLAINED_NOTHING);
	/* Another revision 2; one that skips; another previous. */
	text_init(&t, room, sizeof room);
	trust_text(&t, 1, 2, id, &rita, false);
	ck_assert_code(entry(&what, &r, &t, true, BY(&rita)), RC_PREVIOUS);
	text_init(&t, room, sizeof room);
	trust_text(&t, 2, 4, id, &rita, false);
	ck_assert_code(entry(&what, &r, &t, true, BY(&rita)), RC_REVISION);
	text_init(&t, room, sizeof room);
	trust_text(&t, 2, 3, id, &rosa, true);
	ck_assert_code(entry(&what, &r, &t, true, BY(&rosa)), RC_PREVIOUS);
	ck_assert_uint_eq(e->trust.revision, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, releases);
	tcase_add_test(tc, spoiled);
	tcase_add_test(tc, rosters);
	tcase_add_test(tc, trusts);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
