/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/birth.c: whole ceremonies in one process. A wire carries every note
 * to everybody, in the order in which it was said; parties are killed between
 * notes and take the ceremony up again from the draft.
 */
#include "signer/birth.h"
#include <stdlib.h>
#include "quorum/roster_frost.h"
#include "tests/unit/quorum_help.h"
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

#define NAME	    "acme.example/release"
#define PARTIES_MAX 5
#define WIRE_MAX    64

struct chair {
	struct help_key key;
	struct vkey vkey;
	uint8_t dkg[BIRTH_DKG_BYTES];
	struct birth *b;
	struct birth_secrets *x;
	unsigned read; /* of the wire */
	/* what was kept */
	unsigned confirms, borns;
	uint8_t transcript[64];
	struct frost_key_share share;
	bool fails;
};

static struct chair chair[PARTIES_MAX];
static unsigned parties;
static uint64_t dice;
static char bundle_bytes[32768];
static struct text bundle;
static struct {
	char *bytes;
	size_t n;
} wire[WIRE_MAX];
static unsigned wire_n;

static enum rc
keep_confirm(void *context, const uint8_t ceremony[static 32],
    const uint8_t transcript[static 64])
{
	struct chair *c = context;

	(void)ceremony;
	if (c->fails)
		return RC_DATABASE;
	if (c->confirms++ != 0 && memcmp(c->transcript, transcript, 64) != 0)
		return RC_CONFLICT;
	memcpy(c->transcript, transcript, 64);
	return RC_OK;
}

static enum rc
keep_born(void *context, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, struct slice roster,
    struct slice trust, struct slice record)
{
	struct chair *c = context;

	(void)ceremony;
	ck_assert_uint_gt(roster.n, 0);
	ck_assert_uint_gt(trust.n, 0);
	ck_assert_uint_gt(record.n, 0);
	ck_assert_uint_gt(c->confirms, 0);
	c->borns++;
	c->share = *share;
	return RC_OK;
}

static void
make_bundle(const char *groups)
{
	char template[4096], draft[16384], card[2048];
	struct text t, d, k;
	uint8_t digest[32];
	struct help_key proposer, root, log, mirror;

	help_key(&proposer, "ci.example", 90, KEY_ED25519);
	help_key(&root, "rita.example/root", 91, KEY_ED25519);
	help_key(&log, "log.example", 92, KEY_ED25519);
	help_key(&mirror, "mirror.example", 93, KEY_COSIGNATURE);
	text_init(&t, template, sizeof template);
	text_printf(&t,
	    "quorate/trust@v1\nname %s\nepoch 1\nrevision 1\nprevious -\n"
	    "signer release @ -\nquorum release\nroot rita %s -\n"
	    "root-quorum rita\nlog %s -\nmirror m %s -\nwitness-quorum m\n"
	    "about\nproposed 1763600000\nshared release\n",
	    NAME, root.vkey, log.vkey, mirror.vkey);
	crypto_hash_sha256(digest, (uint8_t *)t.p, t.n);
	text_init(&d, draft, sizeof draft);
	text_printf(&d,
	    "quorate/ceremony@v1\nauthority %s 1\nsigner release\nkey %s\n"
	    "proposed 1763600000\ndeadline 1763700000\n",
	    NAME, NAME);
	for (unsigned i = 0; i < parties; i++)
		text_printf(&d, "party p%u %s -\n", i, chair[i].key.vkey);
	text_string(&d, groups);
	text_string(&d, "trust ");
	text_hex(&d, digest, 32);
	text_string(&d, "\n");
	help_sign(&d, &proposer);
	text_init(&bundle, bundle_bytes, sizeof bundle_bytes);
	bundle_put(&bundle, d.p, d.n);
	/* in these trees leaf order is party order */
	for (unsigned i = 0; i < parties; i++) {
		text_init(&k, card, sizeof card);
		text_printf(&k,
		    "quorate/party@v1\nname p%u\nvkey %s\nlabel -\n"
		    "contact nobody\n",
		    i, chair[i].key.vkey);
		help_sign(&k, &chair[i].key);
		bundle_put(&bundle, k.p, k.n);
	}
	bundle_put(&bundle, t.p, t.n);
	ck_assert(!bundle.full && !d.full && !t.full);
}

static const struct birth_keeper keeper = {
    .confirm = keep_confirm, .born = keep_born};

static void
sit(struct chair *c)
{
	struct birth_keeper k = keeper;

	k.context = c;
	free(c->b);
	free(c->x);
	c->b = calloc(1, sizeof *c->b);
	c->x = calloc(1, sizeof *c->x);
	c->read = 0;
	ck_assert_rc(birth_offer(c->b, &k, c->x, &c->vkey,
			 (uint8_t *)bundle.p, bundle.n),
	    RC_OK);
}

static void
setup_with(unsigned n, const char *groups)
{
	dice = 3;
	parties = n;
	wire_n = 0;
	memset(chair, 0, sizeof chair);
	for (unsigned i = 0; i < n; i++) {
		char name[32];
		struct chair *c = &chair[i];

		snprintf(name, sizeof name, "p%u.example", i);
		help_key(&c->key, name, (uint8_t)(60 + i), KEY_ED25519);
		ck_assert_rc(vkey_parse(&c->vkey,
				 (struct slice){(uint8_t *)c->key.vkey,
				     strlen(c->key.vkey)},
				 KEY_ED25519),
		    RC_OK);
		help_bytes(&dice, c->dkg, sizeof c->dkg);
	}
	make_bundle(groups);
	for (unsigned i = 0; i < n; i++)
		sit(&chair[i]);
}

static void
setup(void)
{
	setup_with(3, "group g 2 p0 p1 p2\nquorum g\n");
}

static void
teardown(void)
{
	for (unsigned i = 0; i < parties; i++) {
		free(chair[i].b);
		free(chair[i].x);
	}
	for (unsigned i = 0; i < wire_n; i++)
		free(wire[i].bytes);
}

/* Puts notes on the wire that are not on it. Returns how many were new. */
static unsigned
say(const struct text *notes)
{
	struct bundle b;
	struct bundle_item item;
	unsigned fresh = 0;

	ck_assert_rc(bundle_init(&b, (uint8_t *)notes->p, notes->n), RC_OK);
	while (bundle_next(&b, &item) == RC_OK) {
		bool known = false;

		for (unsigned i = 0; i < wire_n; i++)
			known |= wire[i].n == item.whole.n &&
			    memcmp(wire[i].bytes, item.whole.p,
				item.whole.n) == 0;
		if (known)
			continue;
		ck_assert_uint_lt(wire_n, WIRE_MAX);
		wire[wire_n].bytes = malloc(item.whole.n);
		memcpy(wire[wire_n].bytes, item.whole.p, item.whole.n);
		wire[wire_n++].n = item.whole.n;
		fresh++;
	}
	return fresh;
}

static char notes_bytes[4 * BIRTH_ROOM];

static unsigned
join(struct chair *c, const char *code)
{
	struct text notes;

	text_init(&notes, notes_bytes, sizeof notes_bytes);
	ck_assert_rc(
	    birth_join(c->b, &notes, code, c->dkg, c->key.seed), RC_OK);
	return say(&notes);
}

/* The next note of the wire; false at its end. */
static bool
hear(struct chair *c, enum rc *rc)
{
	struct text notes;
	struct message m;

	if (c->read == wire_n)
		return false;
	text_init(&notes, notes_bytes, sizeof notes_bytes);
	ck_assert_rc(message_open(&m, (uint8_t *)wire[c->read].bytes,
			 wire[c->read].n),
	    RC_OK);
	c->read++;
	*rc = birth_note(c->b, &notes, c->key.seed, &m);
	say(&notes);
	return true;
}

static void
run(void)
{
	bool some = true;

	while (some) {
		some = false;
		for (unsigned i = 0; i < parties; i++) {
			enum rc rc = RC_OK;

			if (!hear(&chair[i], &rc))
				continue;
			ck_assert_rc(rc, RC_OK);
			some = true;
		}
	}
}

static void
check_born(void)
{
	static struct roster roster;
	static struct frost_roster frost;
	static struct trust trust;

	for (unsigned i = 0; i < parties; i++) {
		struct chair *c = &chair[i];

		ck_assert_int_eq(c->b->state, BIRTH_DONE);
		ck_assert_uint_eq(c->borns, 1);
		ck_assert_str_eq(c->b->roster.p, chair[0].b->roster.p);
		ck_assert_str_eq(c->b->trust.p, chair[0].b->trust.p);
		ck_assert_rc(roster_parse(&roster, (uint8_t *)c->b->roster.p,
				 c->b->roster.n),
		    RC_OK);
		ck_assert_rc(roster_frost(&frost, &roster), RC_OK);
		ck_assert_rc(frost_key_share_check(&c->share, &frost), RC_OK);
		ck_assert_rc(trust_read(&trust, (uint8_t *)c->b->trust.p,
				 c->b->trust.n, READER_HOST),
		    RC_OK);
		/* The DKG key is gone from memory. */
		ck_assert(sodium_is_zero(
			      (uint8_t *)&c->x->key, sizeof c->x->key) == 1);
		ck_assert(sodium_is_zero(c->x->seed, 32) == 1);
	}
}

START_TEST(flat)
{
	for (unsigned i = 0; i < parties; i++)
		ck_assert_uint_eq(
		    join(&chair[i], chair[i].b->bundle.code), 1);
	run();
	check_born();
	ck_assert_uint_eq(wire_n, 9);
}
END_TEST

START_TEST(tree)
{
	teardown();
	setup_with(5, "group ch any p0 p1\ngroup br all p3 p4\n"
		      "group g 2 ch p2 br\nquorum g\n");
	for (unsigned i = 0; i < parties; i++)
		join(&chair[i], chair[i].b->bundle.code);
	run();
	check_born();
}
END_TEST

/* One party is killed after every number of notes; nothing new is said. */
START_TEST(restarts)
{
	struct chair *c = &chair[1];
	unsigned heard = 0;
	bool some = true;

	for (unsigned i = 0; i < parties; i++)
		join(&chair[i], chair[i].b->bundle.code);
	while (some) {
		some = false;
		for (unsigned i = 0; i < parties; i++) {
			enum rc rc = RC_OK;

			if (&chair[i] == c && heard++ == (unsigned)_i) {
				unsigned to = c->read;

				sit(c);
				ck_assert_uint_eq(join(c, NULL), 0);
				while (c->read < to && hear(c, &rc))
					ck_assert_rc(rc, RC_OK);
			}
			if (hear(&chair[i], &rc)) {
				ck_assert_rc(rc, RC_OK);
				some = true;
			}
		}
	}
	ck_assert_uint_eq(wire_n, 9);
	chair[1].borns = 1; /* keeping it twice is legal */
	check_born();
}
END_TEST

START_TEST(code)
{
	struct text notes;
	char other[CEREMONY_CODE_BYTES];
	struct chair stranger = chair[0];

	text_init(&notes, notes_bytes, sizeof notes_bytes);
	memcpy(other, chair[0].b->bundle.code, sizeof other);
	other[0] = other[0] == 'b' ? 'd' : 'b';
	ck_assert_rc(birth_join(chair[0].b, &notes, other, chair[0].dkg,
			 chair[0].key.seed),
	    RC_CEREMONY_CODE);
	ck_assert_uint_eq(notes.n, 0);
	ck_assert_int_eq(chair[0].b->state, BIRTH_OFFERED);
	/* Twice is out of turn. */
	join(&chair[0], chair[0].b->bundle.code);
	ck_assert_rc(birth_join(chair[0].b, &notes, NULL, chair[0].dkg,
			 chair[0].key.seed),
	    RC_SEAT_STATE);
	/* Who is no party is not asked. */
	stranger.vkey.key[0] ^= 1;
	ck_assert_rc(birth_offer(chair[0].b, &keeper, chair[0].x,
			 &stranger.vkey, (uint8_t *)bundle.p, bundle.n),
	    RC_SENDER);
}
END_TEST

/* Gives chair 0 a note by party `by` that it never said. */
static enum rc
forge(const struct text *text, unsigned by)
{
	struct text note, notes;
	char bytes[32768];
	struct message m;
	enum rc rc;

	text_init(&note, bytes, sizeof bytes);
	text_put(&note, text->p, text->n);
	help_sign(&note, &chair[by].key);
	ck_assert_rc(
	    message_open(&m, (uint8_t *)note.p, note.n), RC_OK);
	text_init(&notes, notes_bytes, sizeof notes_bytes);
	rc = birth_note(chair[0].b, &notes, chair[0].key.seed, &m);
	say(&notes);
	return rc;
}

START_TEST(two_keys)
{
	struct message_accept accept;
	char bytes[4096];
	struct text t;
	struct scalar s;

	enum rc rc;

	for (unsigned i = 0; i < 2; i++)
		join(&chair[i], chair[i].b->bundle.code);
	while (hear(&chair[0], &rc))
		ck_assert_rc(rc, RC_OK);
	/* Who has not joined hears nothing. */
	ck_assert(hear(&chair[2], &rc));
	ck_assert_rc(rc, RC_CEREMONY);
	help_scalar(&dice, &s);
	memcpy(accept.ceremony, chair[0].b->bundle.ceremony.id, 32);
	ck_assert(suite->point_base(&accept.key, &s));
	text_init(&t, bytes, sizeof bytes);
	accept_build(&t, &accept);
	ck_assert_rc(forge(&t, 1), RC_CEREMONY);
	ck_assert_int_eq(chair[0].b->state, BIRTH_DEAD);
	ck_assert_ptr_nonnull(strstr(chair[0].b->why, "p1"));
}
END_TEST

/* A dealing spoiled on its way: the receiver complains and has no share. */
START_TEST(bad_dealing)
{
	struct message m;
	struct message_deal deal;
	char bytes[32768];
	struct text t;
	enum rc rc;
	unsigned at = 0;

	for (unsigned i = 0; i < parties; i++)
		join(&chair[i], chair[i].b->bundle.code);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++)
			ck_assert(hear(&chair[j], &rc));
	ck_assert_uint_eq(wire_n, 6);
	do
		ck_assert_rc(message_open(&m, (uint8_t *)wire[at].bytes,
				 wire[at].n),
		    RC_OK);
	while (at++, !(m.kind == MESSAGE_DEAL &&
			 message_by(&m, &chair[2].vkey)));
	ck_assert_rc(deal_parse(&deal, m.text.p, m.text.n), RC_OK);
	deal.dealing.share[0][5] ^= 1;
	text_init(&t, bytes, sizeof bytes);
	deal_build(&t, &deal);
	rc = forge(&t, 2);
	ck_assert_rc(rc, RC_CIPHERTEXT);
	ck_assert_int_eq(chair[0].b->state, BIRTH_DEAD);
	ck_assert_uint_eq(chair[0].borns, 0);
	ck_assert_uint_eq(wire_n, 7); /* the complaint */
	/* Which ends it for the others. */
	while (hear(&chair[1], &rc))
		;
	ck_assert_int_eq(chair[1].b->state, BIRTH_DEAD);
	ck_assert_uint_eq(chair[1].borns, 0);
}
END_TEST

/* The record fails, or has another transcript: no confirmation is said. */
START_TEST(no_confirm)
{
	enum rc rc = RC_OK;

	if (_i == 0) {
		chair[0].fails = true;
	} else {
		chair[0].confirms = 1;
		memset(chair[0].transcript, 9, 64);
	}
	for (unsigned i = 0; i < parties; i++)
		join(&chair[i], chair[i].b->bundle.code);
	for (unsigned round = 0; round < 40; round++)
		for (unsigned i = 0; i < parties; i++)
			(void)hear(&chair[i], &rc);
	ck_assert_int_eq(chair[0].b->state, BIRTH_DEAD);
	ck_assert_uint_eq(chair[1].borns, 0);
	ck_assert_uint_eq(wire_n, 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("birth");
	TCase *tc = tcase_create("birth");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, flat);
	tcase_add_test(tc, tree);
	tcase_add_loop_test(tc, restarts, 0, 10);
	tcase_add_test(tc, code);
	tcase_add_test(tc, two_keys);
	tcase_add_test(tc, bad_dealing);
	tcase_add_loop_test(tc, no_confirm, 0, 2);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
