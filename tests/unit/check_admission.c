/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/admission.c: the table of rules, over a log made of a struct. A case is
 * a text that the log takes, changed in one place, signed by whom it says;
 * the result must be the rule's, and with this rule left out of the table it
 * must be another, so that no rule stands untested behind its neighbours.
 *
 * The authority: signers `release` (a group key), carol, dave, two of three;
 * roster serial 2 of `release`: alice, bob, emil, two of three, leaf order
 * bob alice emil; roots r1 r2 r3, two of three; witnesses w1 w2, mirror m1.
 */
#include "tests/unit/log_help.h"
#include "verify/ed25519.h"
#include "log/admission.h"
#include "tests/unit/suite.h"

#include <stdio.h>

enum { TEXT_MAX = 8192, NOTE_ROOM = 65536, NOW = 1800000000 };

struct world {
	struct trust trust;
	struct roster roster;
	bool trust_is, roster_is, no_mirror, cosigner_less;
	char trust_text[TEXT_MAX], roster_text[TEXT_MAX];
	uint8_t first[32], old_id[32]; /* of an older trust or roster text */
	char log_vkey[256];
	struct vkey log;
	struct admission_product product;
	unsigned objections;
};
static struct world world;

/* ---- keys ------------------------------------------------------------- */

static void
seed_of(uint8_t seed[static 32], const char *name)
{
	sha256_of(seed, name, strlen(name));
}

/* The vkey of the key that bears this name; "NAME=OTHER": of OTHER's bytes
 * under NAME. */
static const char *
vkey(const char *name, uint8_t type)
{
	static char out[64][256];
	static unsigned next;
	char *p = out[next++ % 64], own[128];
	const char *equals = strchr(name, '=');
	uint8_t seed[32], blob[33] = {type}, id[4];
	struct text t;

	snprintf(own, sizeof own, "%.*s",
	    (int)(equals ? equals - name : (long)strlen(name)), name);
	seed_of(seed, equals ? equals + 1 : name);
	ed25519_public(blob + 1, seed);
	if (strcmp(own, "w0") == 0)
		memset(blob + 1, 0xff, 32); /* no point of the curve */
	vkey_id(id, S(own), type, blob + 1);
	text_init(&t, p, 256);
	text_printf(&t, "%s+", own);
	text_hex(&t, id, 4);
	text_string(&t, "+");
	text_base64(&t, blob, 33);
	return p;
}

/* One line by a key over the text; ~name: a signature that does not verify,
 * !name: too long. */
static void
line_by(struct text *note, size_t text_n, const char *who)
{
	uint8_t seed[32], blob[72] = {0};
	struct vkey k;
	char bad = *who == '~' || *who == '!' ? *who++ : 0;

	ck_assert_rc(vkey_parse(&k, S(vkey(who, 1)), 1), RC_OK);
	seed_of(seed, who);
	memcpy(blob, k.id, 4);
	ed25519_sign(blob + 4, seed, (uint8_t *)note->p, text_n);
	blob[20] ^= bad == '~';
	sigline_text(note, k.name, blob, bad == '!' ? 72 : 68);
}

/* who: names with spaces between. */
static void
note_make(struct text *note, const char *text, const char *who)
{
	char name[128];
	size_t text_n = strlen(text), n;

	text_put(note, text, text_n);
	text_string(note, "\n");
	for (; *who != '\0'; who += n + (who[n] == ' ')) {
		n = strcspn(who, " ");
		snprintf(name, sizeof name, "%.*s", (int)n, who);
		line_by(note, text_n, name);
	}
}

/* ---- texts ------------------------------------------------------------ */

static const char *
hex(const uint8_t id[static 32])
{
	static char out[8][65];
	static unsigned next;
	char *p = out[next++ % 8];
	struct text t;

	text_init(&t, p, 65);
	text_hex(&t, id, 32);
	return p;
}

static void
trust_text(char *out, unsigned revision, const char *previous)
{
	snprintf(out, TEXT_MAX,
	    "quorate/trust@v1\nname acme.example/test\nepoch 1\nrevision %u\n"
	    "previous %s\nsigner release %s -\nsigner carol %s BR\n"
	    "signer dave %s IS\ngroup two 2 release carol dave\nquorum two\n"
	    "root r1 %s CH\nroot r2 %s BR\nroot r3 %s IS\n"
	    "group roots 2 r1 r2 r3\nroot-quorum roots\nlog %s CH\nlog %s IS\n"
	    "witness w1 %s CH\nwitness w2 %s BR\nmirror m1 %s IS\n"
	    "group seen 1 w1 w2\ngroup watch all seen m1\n"
	    "witness-quorum watch\nabout\nproposed %u\nshared release\n"
	    "text-max 400\n",
	    revision, previous, vkey("release", 1), vkey("carol", 1),
	    vkey("dave", 1), vkey("r1", 1), vkey("r2", 1), vkey("r3", 1),
	    vkey("log.test/one", 1), vkey("log.test/two", 1), vkey("w1", 4),
	    vkey("w2", 4), vkey("m1", 4), NOW);
}

static void
roster_text(char *out, unsigned serial, const char *previous)
{
	snprintf(out, TEXT_MAX,
	    "quorate/roster@v1\nauthority acme.example/test 1\n"
	    "signer release\nserial %u\nprevious %s\nproposed %u\nkey %s\n"
	    "party alice %s CH\nparty bob %s BR\nparty emil %s IS\n"
	    "group g 2 bob alice emil\nquorum g\n"
	    "share alice AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "share bob AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "share emil AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "ceremony %064u\n",
	    serial, previous, NOW, vkey("release", 1), vkey("alice", 1),
	    vkey("bob", 1), vkey("emil", 1), 7);
}

/* The base text of a case, over the world as it is. */
static void
base_text(char *out, enum admission_kind kind)
{
	switch (kind) {
	case ADMISSION_RELEASE:
		snprintf(out, TEXT_MAX,
		    "quorate/release@v1\nauthority acme.example/test 1\n"
		    "product acme.example/cam\nversion 1.2\nsequence 6\n"
		    "payload app 3 %s\nabout\nproposed %u\nroster release 2\n",
		    hex((uint8_t[32]){1}), NOW);
		break;
	case ADMISSION_WITHDRAW:
		snprintf(out, TEXT_MAX,
		    "quorate/withdraw@v1\nauthority acme.example/test 1\n"
		    "product acme.example/cam\nfloor 6\nabout\nproposed %u\n"
		    "roster release 2\nreason it burns\n",
		    NOW);
		break;
	case ADMISSION_TRUST:
		if (world.trust_is)
			trust_text(out, 2, hex(world.trust.id));
		else
			trust_text(out, 1, "-");
		break;
	case ADMISSION_ROSTER:
		if (world.roster_is)
			roster_text(out, 3, hex(world.roster.id));
		else
			roster_text(out, 1, "-");
		break;
	case ADMISSION_OBJECTION:
		snprintf(out, TEXT_MAX,
		    "quorate/objection@v1\nauthority acme.example/test 1\n"
		    "about\nproposed %u\nrelease %s\nreason not what we saw\n",
		    NOW, hex((uint8_t[32]){9}));
	}
}

/* Replace the first `from`; NULL: as it is. "@NAME" in `to` is a vkey of type
 * 0x01, "%NAME" one of type 0x04. */
static void
change(char *text, const char *from, const char *to)
{
	static char copy[TEXT_MAX * 2];
	char name[128], *at;
	struct text t;
	size_t n;

	if (from == NULL)
		return;
	at = strstr(text, from);
	ck_assert_msg(at != NULL, "no '%s' in the text", from);
	text_init(&t, copy, sizeof copy);
	text_put(&t, text, (size_t)(at - text));
	for (; *to != '\0'; to++) {
		if (*to != '@' && *to != '%') {
			text_put(&t, to, 1);
			continue;
		}
		n = strcspn(to + 1, " \n");
		if (to[1 + n - 1] == '.')
			n--;
		snprintf(name, sizeof name, "%.*s", (int)n, to + 1);
		if (strncmp(name, "v1", 2) == 0) { /* quorate/...@v1 */
			text_put(&t, to, 1);
			continue;
		}
		text_string(&t, vkey(name, *to == '@' ? 1 : 4));
		to += n;
	}
	text_string(&t, at + strlen(from));
	ck_assert(!t.full && t.n < TEXT_MAX);
	strcpy(text, copy);
}

/* ---- the log of a struct ---------------------------------------------- */

static bool
w_authority(void *c, struct slice name, uint8_t first[static 32],
    bool *no_mirror)
{
	struct world *w = c;

	memcpy(first, w->first, 32);
	*no_mirror = w->no_mirror;
	return slice_is(name, "acme.example/test") ||
	    slice_is(name, "acme.example/real");
}
static enum rc
w_trust(void *c, struct slice name, const struct trust **out,
    const struct admission_facts **facts)
{
	static struct admission_facts found;
	struct world *w = c;

	(void)name;
	*out = w->trust_is ? &w->trust : NULL;
	*facts = w->trust_is ? &found : NULL;
	return w->trust_is ? admission_facts(&found, *out) : RC_OK;
}
static enum rc
w_roster(void *c, const uint8_t key[static 32], const struct roster **out)
{
	struct world *w = c;

	*out = w->roster_is && memcmp(key, w->roster.key.key, 32) == 0
	    ? &w->roster
	    : NULL;
	return RC_OK;
}
static enum rc
w_known(void *c, const uint8_t id[static 32], bool *out)
{
	struct world *w = c;

	*out = memcmp(id, w->old_id, 32) == 0;
	return RC_OK;
}
static enum rc
w_product(void *c, struct slice a, uint32_t epoch, struct slice product,
    struct admission_product *out)
{
	struct world *w = c;

	(void)a;
	memset(out, 0, sizeof *out);
	if (epoch == 1 && slice_is(product, "acme.example/cam"))
		*out = w->product;
	return RC_OK;
}
static enum rc
w_objections(void *c, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	struct world *w = c;

	(void)key;
	*out = release[0] == 9 ? w->objections : 0;
	return RC_OK;
}
static bool
w_cosigner(void *c, const struct vkey *k)
{
	struct world *w = c;

	return slice_is(k->name, "w1") || slice_is(k->name, "w2") ||
	    slice_is(k->name, "w3") || slice_is(k->name, "m1") ||
	    (slice_is(k->name, "m2") && !w->cosigner_less);
}

static const struct admission_state state = {.context = &world,
    .log = &world.log, .authority = w_authority, .trust = w_trust,
    .roster = w_roster, .known = w_known, .product = w_product,
    .objections = w_objections, .cosigner = w_cosigner};

static void
world_make(void)
{
	memset(&world, 0, sizeof world);
	memset(world.old_id, 7, 32);
	strcpy(world.log_vkey, vkey("log.test/one", 1));
	ck_assert_rc(vkey_parse(&world.log, S(world.log_vkey), 1), RC_OK);
	trust_text(world.trust_text, 1, "-");
	ck_assert_rc(trust_read(&world.trust, (uint8_t *)world.trust_text,
			 strlen(world.trust_text), READER_HOST),
	    RC_OK);
	memcpy(world.first, world.trust.id, 32);
	roster_text(world.roster_text, 2, hex(world.old_id));
	ck_assert_rc(roster_parse(&world.roster, (uint8_t *)world.roster_text,
			 strlen(world.roster_text)),
	    RC_OK);
	world.trust_is = world.roster_is = true;
	world.product =
	    (struct admission_product){.released = true, .sequence = 5};
}

/* ---- cases ------------------------------------------------------------ */

enum {
	NO_TRUST = 1,	/* nothing logged of the authority yet */
	NO_ROSTER = 2,
	NO_MIRROR = 4,	/* allow-no-mirror = yes */
	ELSEWHERE = 8,	/* this log is not the home log */
	WITHDRAWN = 16, /* an earlier withdraw with floor 4 */
	OBJECTED = 32,	/* eight times */
	NO_RELEASE = 64,
	LESS = 128, /* mirror m2 is not asked by this log */
};

#define R ADMISSION_RELEASE
#define W ADMISSION_WITHDRAW
#define T ADMISSION_TRUST
#define O ADMISSION_ROSTER
#define J ADMISSION_OBJECTION
#define ROSTER_ALL "release bob alice emil"

static const struct {
	enum rc want;
	const char *rule; /* whose refusal it is; NULL: taken, or no other
			     rule can do without this one */
	enum admission_kind kind;
	unsigned world;
	const char *from, *to, *from2, *to2;
	const char *who;
} cases[] = {
    /* releases */
    {RC_OK, NULL, R, 0, NULL, NULL, NULL, NULL, "release carol bob alice"},
    {RC_OK, NULL, R, 0, NULL, NULL, NULL, NULL, "release dave alice emil"},
    {RC_OK, NULL, R, 0, "roster release 2\n", "", NULL, NULL, "carol dave"},
    {RC_OK, NULL, R, 0, NULL, NULL, NULL, NULL, "carol dave"},
    {RC_KIND, NULL, R, 0, "release@v1", "release@v2", NULL, NULL, "carol"},
    {RC_KIND, NULL, R, 0, "quorate/release@v1", "quorate/owner@v1", NULL,
	NULL, "carol"},
    {RC_LINE_UNKNOWN, NULL, R, 0, "about\n", "zzz 1\nabout\n", NULL, NULL,
	"carol dave"},
    {RC_FIELD, NULL, R, 0, "sequence 6", "sequence 06", NULL, NULL,
	"carol dave"},
    {RC_LINE_UNKNOWN, NULL, R, 0, "proposed", "proposal", NULL, NULL,
	"carol dave"},
    {RC_FLOOR, NULL, R, 0, "payload", "floor 7\npayload", NULL, NULL,
	"carol dave"},
    {RC_AUTHORITY, NULL, R, 0, "acme.example/test", "acme.example/tesT", NULL,
	NULL, "carol dave"} /* grammar says so below */,
    {RC_AUTHORITY, NULL, R, 0, "acme.example/test", "acme.example/other", NULL,
	NULL, "carol dave"},
    {RC_AUTHORITY, NULL, R, NO_TRUST, NULL, NULL, NULL, NULL, "carol dave"},
    {RC_EPOCH, "epoch", R, 0, "test 1", "test 2", NULL, NULL, "carol dave"},
    {RC_LOG_TEXT_MAX, "text-max", R, 0, "roster",
	"notes 0000000000000000000000000000000000000000000000000000000000000000"
	"\nroster",
	"roster release 2\n",
	"x-a 0000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000000000000000"
	"\nx-b 00000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000000000000000"
	"000000000000000000000000000000000000000000000000000000000\n",
	"carol dave"},
    {RC_QUORUM, "signers", R, 0, NULL, NULL, NULL, NULL, "carol"},
    {RC_QUORUM, "signers", R, 0, NULL, NULL, NULL, NULL, "release bob alice"},
    {RC_QUORUM, "signers", R, 0, NULL, NULL, NULL, NULL, "r1 r2"},
    {RC_SIGNATURE_INVALID, "signers", R, 0, NULL, NULL, NULL, NULL,
	"release carol ~dave bob alice"},
    {RC_SIGLINE_LENGTH, "signers", R, 0, NULL, NULL, NULL, NULL,
	"carol !dave"},
    {RC_SIGLINE_REPEATED, "signers", R, 0, NULL, NULL, NULL, NULL,
	"carol dave carol"},
    {RC_LOG_ROSTER, "rosters", R, 0, "roster release 2", "roster release 1",
	NULL, NULL, "release carol bob alice"},
    {RC_LOG_ROSTER, "rosters", R, 0, "roster release 2\n", "", NULL, NULL,
	"release carol bob alice"},
    {RC_LOG_ROSTER, "rosters", R, 0, "roster release 2", "roster carol 2",
	NULL, NULL, "release carol bob alice"},
    {RC_LOG_ROSTER, NULL, R, NO_ROSTER, NULL, NULL, NULL, NULL,
	"release carol bob alice"},
    {RC_LOG_PARTIES, "parties", R, 0, NULL, NULL, NULL, NULL,
	"release carol"},
    {RC_LOG_PARTIES, "parties", R, 0, NULL, NULL, NULL, NULL,
	"release carol alice"},
    {RC_SIGNATURE_INVALID, "parties", R, 0, NULL, NULL, NULL, NULL,
	"release carol bob ~alice emil"},
    {RC_SIGLINE_REPEATED, "parties", R, 0, NULL, NULL, NULL, NULL,
	"release carol bob alice alice"},
    {RC_LOG_LINE, "strangers", R, 0, NULL, NULL, NULL, NULL,
	"release carol bob alice zoe"},
    {RC_LOG_LINE, "strangers", R, 0, NULL, NULL, NULL, NULL,
	"release carol bob alice r1"},
    {RC_LOG_LINE, "strangers", R, 0, NULL, NULL, NULL, NULL,
	"carol dave alice"}, /* without the group's line */
    {RC_LOG_LINE, "strangers", R, 0, "roster release 2", "roster carol 2",
	NULL, NULL, "carol dave alice"},
    {RC_LOG_ORDER, "order", R, 0, NULL, NULL, NULL, NULL,
	"carol release bob alice"},
    {RC_LOG_ORDER, "order", R, 0, NULL, NULL, NULL, NULL,
	"release carol alice bob"}, /* the text's order is not leaf order */
    {RC_LOG_ORDER, "order", R, 0, NULL, NULL, NULL, NULL,
	"release bob carol alice"},
    {RC_LOG_AGE, "age", R, 0, "1800000000", "1800000601", NULL, NULL,
	"carol dave"},
    {RC_OK, NULL, R, 0, "1800000000", "1800000600", NULL, NULL, "carol dave"},
    {RC_LOG_AGE, "age", R, 0, "1800000000", "1796803199", NULL, NULL,
	"carol dave"},
    {RC_OK, NULL, R, 0, "1800000000", "1796803200", NULL, NULL, "carol dave"},
    {RC_LOG_SEQUENCE, "sequence", R, 0, "sequence 6", "sequence 5", NULL,
	NULL, "carol dave"},
    {RC_LOG_SEQUENCE, "sequence", R, 0, "sequence 6", "sequence 1", NULL,
	NULL, "carol dave"},
    {RC_OK, NULL, R, 0, "acme.example/cam", "acme.example/can", "sequence 6",
	"sequence 1", "carol dave"},
    /* withdraws */
    {RC_OK, NULL, W, 0, NULL, NULL, NULL, NULL, "release carol bob alice"},
    {RC_OK, NULL, W, 0, "floor 6", "floor 0", NULL, NULL, "carol dave"},
    {RC_LOG_FLOOR, "floor", W, 0, "floor 6", "floor 7", NULL, NULL,
	"carol dave"},
    {RC_LOG_FLOOR, "floor", W, 0, "example/cam", "example/can", NULL, NULL,
	"carol dave"},
    {RC_LOG_FLOOR, "floor", W, NO_RELEASE, NULL, NULL, NULL, NULL,
	"carol dave"},
    {RC_LOG_FLOOR, "floor", W, WITHDRAWN, "floor 6", "floor 4", NULL, NULL,
	"carol dave"},
    {RC_OK, NULL, W, WITHDRAWN, "floor 6", "floor 5", NULL, NULL,
	"carol dave"},
    {RC_LOG_ROSTER, "rosters", W, 0, "release 2", "release 1", NULL, NULL,
	"release carol bob alice"},
    {RC_QUORUM, "signers", W, 0, NULL, NULL, NULL, NULL, "dave"},
    {RC_LOG_AGE, "age", W, 0, "1800000000", "1800000601", NULL, NULL,
	"carol dave"},
    /* the first trust text */
    {RC_OK, NULL, T, NO_TRUST | NO_ROSTER, NULL, NULL, NULL, NULL,
	"r1 r3 release carol dave"},
    {RC_AUTHORITY, NULL, T, NO_TRUST | NO_ROSTER, "IS\ngroup roots", "CH\ngroup roots",
	NULL, NULL, "r1 r3 release carol dave"},
    {RC_AUTHORITY, NULL, T, NO_TRUST | NO_ROSTER, "text-max 400",
	"text-max 401", NULL, NULL, "r1 r3 release carol dave"},
    {RC_ROOT_QUORUM, "roots-own", T, NO_TRUST | NO_ROSTER, NULL, NULL, NULL,
	NULL, "r1 release carol dave"},
    {RC_INTRODUCED, "introduced", T, NO_TRUST | NO_ROSTER, NULL, NULL, NULL,
	NULL, "r1 r2 release carol"},
    {RC_SIGNATURE_INVALID, "introduced", T, NO_TRUST | NO_ROSTER, NULL, NULL,
	NULL, NULL, "r1 r2 release carol ~dave"},
    {RC_SIGNATURE_INVALID, "roots-own", T, NO_TRUST | NO_ROSTER, NULL, NULL,
	NULL, NULL, "r1 r2 ~r3 release carol dave"},
    {RC_LOG_ORDER, "order", T, NO_TRUST | NO_ROSTER, NULL, NULL, NULL, NULL,
	"release r1 r2 carol dave"},
    /* its successors */
    {RC_OK, NULL, T, 0, NULL, NULL, NULL, NULL, "r1 r2"},
    {RC_OK, NULL, T, 0, "dave", "dave", "IS\ngroup two", "CH\ngroup two",
	"r1 r2"}, /* a signer's label */
    {RC_OK, NULL, T, 0, "epoch 1", "epoch 2", NULL, NULL, "r1 r2"},
    {RC_EPOCH, "epoch", T, 0, "epoch 1", "epoch 3", NULL, NULL, "r1 r2"},
    {RC_REVISION, "chain", T, 0, "revision 2", "revision 3", NULL, NULL,
	"r1 r2"},
    {RC_KEY_INVALID, "keys", T, 0, "witness w1",
	"witness w0 %w0 CH\nwitness w1",
	"seen 1 w1", "seen 1 w0 w1", "r1 r2"},
    {RC_ROOT_QUORUM, NULL, T, 0, NULL, NULL, NULL, NULL, "r1"},
    {RC_ROOT_QUORUM, "roots-before", T, 0, "root r1", "root r4 @r4 IS\nroot r1",
	"roots 2 r1 r2 r3", "roots 2 r4 r1 r2 r3", "r1 r4"},
    {RC_OK, NULL, T, 0, "root r1", "root r4 @r4 IS\nroot r1",
	"roots 2 r1 r2 r3", "roots 3 r4 r1 r2 r3", "r1 r2 r4"},
    {RC_LOG_ORDER, "order", T, 0, "root r1", "root r4 @r4 IS\nroot r1",
	"roots 2 r1 r2 r3", "roots 3 r4 r1 r2 r3", "r4 r1 r2"},
    {RC_ROOT_QUORUM, "roots-own", T, 0, "roots 2 r1", "roots 3 r1", NULL, NULL,
	"r1 r2"},
    {RC_INTRODUCED, "introduced", T, 0, "epoch 1", "epoch 2", "signer dave",
	"signer erin @erin IS\nsigner dave", "r1 r2"} /* tree below */,
    {RC_LOG_LINE, "strangers", T, 0, NULL, NULL, NULL, NULL, "r1 r2 carol"},
    {RC_LOG_EPOCH_CHANGE, "same-epoch", T, 0, "two 2 release carol dave",
	"two 1 release carol dave", NULL, NULL, "r1 r2"},
    {RC_LOG_EPOCH_CHANGE, "same-epoch", T, 0, "shared release\n", "", NULL,
	NULL, "r1 r2"},
    {RC_LOG_EPOCH_CHANGE, "same-epoch", T, 0, "two 2 release carol dave",
	"two 2 carol release dave", NULL, NULL, "r1 r2"},
    {RC_OK, NULL, T, 0, "epoch 1", "epoch 2", "shared release\n", "",
	"r1 r2"},
    {RC_KEY_ROLE, "roles", T, 0, "witness w1", "witness w3 %w3=r3 CH\nwitness "
					       "w1",
	"seen 1 w1", "seen 1 w3 w1", "r1 r2"} /* r3 is a root: below */,
    {RC_KEY_ROLE, "roles", T, 0, "root r1", "root alice @alice IS\nroot r1",
	"roots 2 r1 r2 r3", "roots 2 alice r1 r2 r3", "r1 r2"},
    {RC_LOG_MIRROR, "mirror", T, 0, "watch all seen m1", "watch 1 seen m1",
	NULL, NULL, "r1 r2"},
    {RC_OK, NULL, T, NO_MIRROR, "watch all seen m1", "watch 1 seen m1", NULL,
	NULL, "r1 r2"},
    {RC_LOG_WITNESSES, "witnesses", T, LESS, "mirror m1", "mirror m2 %m2 "
							  "IS\nmirror m1",
	"watch all seen m1", "watch all seen m2 m1", "r1 r2"},
    {RC_OK, NULL, T, 0, "mirror m1", "mirror m2 %m2 IS\nmirror m1",
	"watch all seen m1", "watch all seen m2 m1", "r1 r2"},
    {RC_LOG_AGE, "age", T, 0, "1800000000", "1800000601", NULL, NULL,
	"r1 r2"},
    {RC_LOG_AGE, "age", T, 0, "1800000000", "1700000000", NULL, NULL,
	"r1 r2"},
    {RC_LOG_COPY, "home", T, ELSEWHERE, NULL, NULL, NULL, NULL, "r1 r2"},
    /* rosters */
    {RC_OK, NULL, O, 0, NULL, NULL, NULL, NULL, ROSTER_ALL},
    {RC_OK, NULL, O, NO_ROSTER, NULL, NULL, NULL, NULL, ROSTER_ALL},
    {RC_PREVIOUS, "chain", O, NO_ROSTER, "serial 1\nprevious -",
	"serial 2\nprevious "
	"0000000000000000000000000000000000000000000000000000000000000000",
	NULL, NULL, ROSTER_ALL},
    {RC_REVISION, "chain", O, 0, "serial 3", "serial 4", NULL, NULL,
	ROSTER_ALL},
    {RC_LOG_ROSTER, "chain", O, 0, "signer release", "signer carol", NULL,
	NULL, ROSTER_ALL},
    {RC_LOG_ROSTER, "chain", O, 0, "signer release", "signer zoe", NULL, NULL,
	ROSTER_ALL},
    {RC_EPOCH, "epoch", O, 0, "test 1", "test 2", NULL, NULL, ROSTER_ALL},
    {RC_QUORUM, "roster-lines", O, 0, NULL, NULL, NULL, NULL,
	"bob alice emil"},
    {RC_LOG_PARTIES, "roster-lines", O, 0, NULL, NULL, NULL, NULL,
	"release bob alice"},
    {RC_SIGNATURE_INVALID, "roster-lines", O, NO_ROSTER, NULL, NULL, NULL, NULL,
	"release bob ~alice emil"},
    {RC_LOG_ORDER, "order", O, 0, NULL, NULL, NULL, NULL,
	"release alice bob emil"},
    {RC_LOG_LINE, "strangers", O, 0, NULL, NULL, NULL, NULL,
	ROSTER_ALL " carol"},
    {RC_LOG_AGE, "age", O, 0, "1800000000", "1800000601", NULL, NULL,
	ROSTER_ALL},
    {RC_LOG_COPY, "home", O, ELSEWHERE, NULL, NULL, NULL, NULL, ROSTER_ALL},
    /* alice and bob go: emil alone is no quorum of the roster before */
    {RC_LOG_PARTIES, "roster-before", O, 0, "party alice", "party alice @fred "
							  "CH\nparty gone",
	NULL, NULL, "release bob fred emil"} /* rewritten below */,
    /* objections */
    {RC_OK, NULL, J, 0, NULL, NULL, NULL, NULL, "carol"},
    {RC_OK, NULL, J, 0, NULL, NULL, NULL, NULL, "emil"},
    {RC_LOG_LINE, NULL, J, 0, NULL, NULL, NULL, NULL, "release"},
    {RC_LOG_LINE, NULL, J, 0, NULL, NULL, NULL, NULL, "zoe"},
    {RC_LOG_LINE, NULL, J, 0, NULL, NULL, NULL, NULL, "r1"},
    {RC_LOG_LINE, NULL, J, 0, NULL, NULL, NULL, NULL, "carol dave"},
    {RC_SIGNATURE_INVALID, "objector", J, 0, NULL, NULL, NULL, NULL,
	"~carol"},
    {RC_LOG_MANY, "many", J, OBJECTED, NULL, NULL, NULL, NULL, "carol"},
    {RC_EPOCH, "epoch", J, 0, "test 1", "test 2", NULL, NULL, "carol"},
    {RC_LOG_AGE, "age", J, 0, "1800000000", "1800000601", NULL, NULL,
	"carol"},
};

static struct admission *
admission_new(void)
{
	static struct admission a;

	memset(&a, 0, sizeof a);
	return &a;
}

/* The table without one of its rules. */
static enum rc
check_without(struct admission *a, const char *rule)
{
	enum rc rc = RC_OK;

	a->state = &state;
	a->now = NOW;
	a->kind = (enum admission_kind)31;
	for (unsigned i = 0; rc == RC_OK && i < admission_rule_n; i++)
		if ((a->kind & admission_rules[i].kinds) &&
		    strcmp(admission_rules[i].name, rule) != 0)
			rc = admission_rules[i].check(a);
	return rc;
}

static void
world_change(unsigned how)
{
	static char two[256];

	if (how & NO_TRUST)
		world.trust_is = false;
	if (how & NO_ROSTER)
		world.roster_is = false;
	world.no_mirror = how & NO_MIRROR;
	if (how & ELSEWHERE) {
		strcpy(two, vkey("log.test/two", 1));
		ck_assert_rc(vkey_parse(&world.log, S(two), 1), RC_OK);
	}
	if (how & WITHDRAWN) {
		world.product.withdrawn = true;
		world.product.floor = 4;
	}
	if (how & OBJECTED)
		world.objections = 8;
	if (how & NO_RELEASE)
		world.product.released = false;
	world.cosigner_less = how & LESS;
}

/* The way of a server: signatures put off and verified together, and then
 * nothing of it twice. The verdict must be the one of a single run. */
static void
judge_prepared(const struct text *note, enum rc want)
{
	struct admission_state s = state;
	struct admission *a = admission_new();
	const uint8_t *key, *sig;
	bool well = true;
	unsigned i = 0;
	enum rc rc;

	s.generation = 7;
	ck_assert_rc(admission_begin(a, (uint8_t *)note->p, note->n), RC_OK);
	rc = admission_prepare(a, &s, NOW);
	if (rc == RC_OK)
		while (admission_claim(a, &i, &key, &sig))
			well &= ed25519_verify(sig, key, a->bytes,
				    a->note.text_n) == RC_OK;
	if (rc == RC_OK && well)
		admission_verified(a);
	ck_assert_rc(admission_check(a, &s, NOW), want);
	ck_assert_rc(admission_check(a, &s, NOW), want);
	if (want == RC_OK && rc == RC_OK &&
	    !(a->kind & (ADMISSION_TRUST | ADMISSION_ROSTER))) {
		/* texts were added: all is asked again */
		s.generation = 8;
		world.trust.epoch++;
		ck_assert(admission_check(a, &s, NOW) != RC_OK);
		world.trust.epoch--;
	}
}

static void
judge(const char *text, const char *who, enum rc want, const char *rule)
{
	static char room[NOTE_ROOM];
	struct admission *a = admission_new();
	struct text note;
	enum rc rc;

	text_init(&note, room, sizeof room);
	note_make(&note, text, who);
	ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n), RC_OK);
	rc = admission_check(a, &state, NOW);
	ck_assert_msg(rc == want, "%s (%s) instead of %s by %s", rc_name(rc),
	    a->why.text, rc_name(want), who);
	ck_assert(rc == RC_OK || a->why.text[0] != '\0');
	ck_assert(strchr(a->why.text, '\n') == NULL);
	/* once more, from what is remembered of the signatures */
	ck_assert_rc(admission_check(a, &state, NOW), want);
	judge_prepared(&note, want);
	if (rule == NULL)
		return;
	rc = check_without(a, rule);
	ck_assert_msg(rc != want, "without '%s' still %s", rule, rc_name(rc));
}

START_TEST(one_case)
{
	char text[TEXT_MAX];

	world_make();
	world_change(cases[_i].world);
	base_text(text, cases[_i].kind);
	/* cases that need more than two changes */
	if (strstr(cases[_i].who, "fred") != NULL) {
		change(text, vkey("alice", 1), vkey("fred", 1));
		change(text, vkey("bob", 1), vkey("gina", 1));
		judge(text, "release gina fred emil bob", RC_OK, NULL);
		judge(text, "release gina fred emil alice", RC_OK, NULL);
		judge(text, "release gina fred emil", cases[_i].want,
		    cases[_i].rule);
		judge(text, "release gina fred emil alice bob", RC_LOG_ORDER,
		    "order");
		return;
	}
	change(text, cases[_i].from, cases[_i].to);
	change(text, cases[_i].from2, cases[_i].to2);
	if (cases[_i].want == RC_INTRODUCED && strstr(text, "erin") != NULL) {
		change(text, "two 2 release carol dave",
		    "two 2 release carol erin dave");
		judge(text, "r1 r2 erin", RC_OK, NULL);
		judge(text, "r1 r2 carol erin", RC_LOG_LINE, "strangers");
		change(text, "epoch 2", "epoch 1");
		judge(text, "r1 r2 erin", RC_LOG_EPOCH_CHANGE, "same-epoch");
		change(text, "epoch 1", "epoch 2");
	}
	if (strstr(text, "tesT") != NULL) { /* never gets so far */
		judge(text, cases[_i].who, RC_FIELD, NULL);
		return;
	}
	if (strstr(text, "witness w3") != NULL) {
		/* the text itself may not name r3 twice: it goes as a root */
		char line[512];

		snprintf(line, sizeof line, "root r3 %s IS\n", vkey("r3", 1));
		change(text, line, "");
		change(text, "roots 2 r1 r2 r3", "roots 2 r1 r2");
	}
	judge(text, cases[_i].who, cases[_i].want, cases[_i].rule);
}
END_TEST

/* A text whose `previous` is an older one competes with its successor. */
START_TEST(one_successor)
{
	char text[TEXT_MAX];

	world_make();
	trust_text(text, 2, hex(world.old_id));
	judge(text, "r1 r2", RC_LOG_SUCCESSOR, "chain");
	trust_text(text, 2, hex((uint8_t[32]){3}));
	judge(text, "r1 r2", RC_PREVIOUS, "chain");
	trust_text(text, 1, "-"); /* another first text */
	change(text, "text-max 400", "text-max 401");
	judge(text, "r1 r2", RC_LOG_SUCCESSOR, "chain");
	roster_text(text, 2, hex(world.old_id));
	judge(text, ROSTER_ALL, RC_LOG_SUCCESSOR, "chain");
	roster_text(text, 3, hex((uint8_t[32]){3}));
	judge(text, ROSTER_ALL, RC_PREVIOUS, "chain");
	roster_text(text, 1, "-");
	judge(text, ROSTER_ALL, RC_LOG_SUCCESSOR, "chain");
}
END_TEST

/* Roles of the text before: a witness does not become a mirror; a party's
 * key is no root's; `allow-no-mirror` is for names in /test only. */
START_TEST(roles_and_names)
{
	char text[TEXT_MAX];

	world_make();
	base_text(text, T);
	change(text, vkey("m1", 4), vkey("m1=w2", 4));
	change(text, vkey("w2", 4), vkey("w3", 4));
	judge(text, "r1 r2", RC_KEY_ROLE, "roles");
	base_text(text, O);
	change(text, vkey("emil", 1), vkey("emil=r3", 1));
	{
		static char room[NOTE_ROOM];
		struct admission *a = admission_new();
		struct text note;
		uint8_t seed[32], blob[68];
		struct vkey k;
		size_t n = strlen(text);

		text_init(&note, room, sizeof room);
		note_make(&note, text, "release bob alice");
		ck_assert_rc(vkey_parse(&k, S(vkey("emil=r3", 1)), 1), RC_OK);
		seed_of(seed, "r3");
		memcpy(blob, k.id, 4);
		ed25519_sign(blob + 4, seed, (uint8_t *)text, n);
		sigline_text(&note, k.name, blob, 68);
		ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n),
		    RC_OK);
		ck_assert_rc(admission_check(a, &state, NOW), RC_KEY_ROLE);
		ck_assert_rc(check_without(a, "roles"), RC_OK);
	}
	world_make();
	world.no_mirror = true;
	world.trust_is = world.roster_is = false;
	trust_text(text, 1, "-");
	change(text, "acme.example/test", "acme.example/real");
	change(text, "watch all seen m1", "watch 1 seen m1");
	sha256_of(world.first, text, strlen(text));
	judge(text, "r1 r2 release carol dave", RC_LOG_MIRROR, "mirror");
}
END_TEST

/* ---- copies for other logs -------------------------------------------- */

/* A file: the note, alone in the tree of a log, cosigned by `by`. */
static void
file_make(struct text *file, const char *text, const char *who,
    const char *log, const char *const *by, const char *leaf_of)
{
	char own[TEXT_MAX], note[16384];
	uint8_t seed[32], leaf[32], blob[SIG_COSIGNATURE_BYTES];
	struct text n, c;
	struct vkey k;

	text_init(&n, note, sizeof note);
	note_make(&n, text, who);
	text_put(file, n.p, n.n);
	text_string(file, "\n");
	proof_text(file, 0, NULL, 0);
	if (leaf_of == NULL)
		merkle_leaf(leaf, (uint8_t *)n.p, n.n);
	else
		merkle_leaf(leaf, (const uint8_t *)leaf_of, strlen(leaf_of));
	text_init(&c, own, sizeof own);
	checkpoint_text(&c, S(log), 1, leaf);
	text_put(file, c.p, c.n);
	text_string(file, "\n");
	ck_assert_rc(vkey_parse(&k, S(vkey(log, 1)), 1), RC_OK);
	seed_of(seed, log);
	checkpoint_sign(blob, &k, seed, (uint8_t *)c.p, c.n);
	sigline_text(file, k.name, blob, SIG_ED25519_BYTES);
	for (; *by != NULL; by++) {
		ck_assert_rc(vkey_parse(&k, S(vkey(*by, 4)), 4), RC_OK);
		seed_of(seed, *by);
		checkpoint_cosign(blob, &k, seed, (uint8_t *)c.p, c.n, NOW);
		sigline_text(file, k.name, blob, SIG_COSIGNATURE_BYTES);
	}
}

static void
copy_judge(enum admission_kind kind, const char *who, const char *log,
    const char *const *by, const char *leaf_of, const char *proposed,
    enum rc want)
{
	static char room[NOTE_ROOM];
	struct admission *a = admission_new();
	char text[TEXT_MAX];
	struct text file;

	base_text(text, kind);
	change(text, "1800000000", proposed);
	text_init(&file, room, sizeof room);
	file_make(&file, text, who, log, by, leaf_of);
	ck_assert_rc(admission_begin(a, (uint8_t *)file.p, file.n), RC_OK);
	ck_assert_rc(admission_check(a, &state, NOW), want);
}

START_TEST(copies)
{
	static const char *const enough[] = {"w2", "m1", NULL};
	static const char *const no_mirror[] = {"w1", "w2", NULL};
	const char *old = "1700000000", *fresh = "1800000000";

	world_make();
	world_change(ELSEWHERE);
	copy_judge(T, "r1 r2", "log.test/one", enough, NULL, fresh, RC_OK);
	/* years later still; ahead of the clock never */
	copy_judge(T, "r1 r2", "log.test/one", enough, NULL, old, RC_OK);
	copy_judge(T, "r1 r2", "log.test/one", enough, NULL, "1800000601",
	    RC_LOG_AGE);
	copy_judge(T, "r1", "log.test/one", enough, NULL, old, RC_ROOT_QUORUM);
	copy_judge(T, "r1 r2", "log.test/one", no_mirror, NULL, old,
	    RC_WITNESS_QUORUM);
	copy_judge(T, "r1 r2", "log.test/two", enough, NULL, old, RC_LOG_COPY);
	copy_judge(T, "r1 r2", "log.test/six", enough, NULL, old, RC_LOG_COPY);
	copy_judge(T, "r1 r2", "log.test/one", enough, "else", old,
	    RC_INCLUSION);
	copy_judge(O, ROSTER_ALL, "log.test/one", enough, NULL, old, RC_OK);
	copy_judge(O, ROSTER_ALL, "log.test/one", no_mirror, NULL, old,
	    RC_WITNESS_QUORUM);
	/* nothing but trust and roster comes with a proof; and none at home */
	copy_judge(R, "carol dave", "log.test/one", enough, NULL, fresh,
	    RC_TRAILING);
	world_make();
	copy_judge(T, "r1 r2", "log.test/one", enough, NULL, fresh,
	    RC_TRAILING);
}
END_TEST

/* ---- notes ------------------------------------------------------------ */

START_TEST(broken_notes)
{
	static char room[NOTE_ROOM + 4096];
	struct admission *a = admission_new();
	char text[TEXT_MAX];
	uint8_t id[32];
	struct text note;
	size_t text_n, n;

	world_make();
	base_text(text, R);
	text_n = strlen(text);
	sha256_of(id, text, text_n);
	text_init(&note, room, sizeof room);
	note_make(&note, text, "carol dave");
	/* an LF, a byte, NULs behind it */
	text_string(&note, "\n");
	ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n), RC_OK);
	ck_assert_rc(admission_check(a, &state, NOW), RC_TRAILING);
	note.p[note.n - 1] = 'x';
	ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n), RC_OK);
	ck_assert(admission_check(a, &state, NOW) != RC_OK);
	/* cut at every byte: refused, and the text's id still known as soon
	 * as the text is whole */
	for (n = 0; n < note.n - 1; n++) {
		enum rc rc = admission_begin(a, (uint8_t *)note.p, n);

		ck_assert_int_eq(rc == RC_OK, n > text_n);
		if (rc != RC_OK)
			continue;
		ck_assert_mem_eq(a->id, id, 32);
		rc = admission_check(a, &state, NOW);
		ck_assert(rc != RC_OK || n == note.n - 1);
	}
	/* every byte of the lines changed: never taken */
	for (n = text_n + 1; n < note.n - 1; n++) {
		room[n] ^= 1;
		if (admission_begin(a, (uint8_t *)room, note.n - 1) == RC_OK)
			ck_assert(admission_check(a, &state, NOW) != RC_OK);
		room[n] ^= 1;
	}
	ck_assert_rc(admission_begin(a, (uint8_t *)room, note.n - 1), RC_OK);
	ck_assert_rc(admission_check(a, &state, NOW), RC_OK);
}
END_TEST

START_TEST(long_notes)
{
	static char room[NOTE_ROOM * 2];
	struct admission *a = admission_new();
	char text[TEXT_MAX];
	struct text note;

	world_make();
	base_text(text, R);
	text_init(&note, room, sizeof room);
	note_make(&note, text, "carol dave");
	for (unsigned i = 0; i < 263; i++)
		line_by(&note, strlen(text), "zoe");
	ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n), RC_OK);
	ck_assert_rc(admission_check(a, &state, NOW), RC_SIGLINES_MANY);
	/* 61,440 bytes and one more */
	text_init(&note, room, sizeof room);
	note_make(&note, text, "carol dave");
	while (note.n < NOTE_BYTES_MAX - 5000) {
		char big[4200];

		memset(big, 'A', sizeof big);
		text_string(&note, "\xe2\x80\x94 zoe ");
		text_put(&note, big, 4000);
		text_string(&note, "\n");
	}
	for (int more = 0; more < 2; more++) {
		size_t n = note.n, pad = NOTE_BYTES_MAX + more * 4 - n;
		struct text t = note;

		pad -= 9 + (pad - 9) % 4 * 1;
		text_string(&t, "\xe2\x80\x94 zoe ");
		while (pad-- > 0)
			text_string(&t, "A");
		text_string(&t, "\n");
		ck_assert_rc(admission_begin(a, (uint8_t *)t.p, t.n), RC_OK);
		ck_assert_rc(admission_check(a, &state, NOW),
		    t.n > NOTE_BYTES_MAX ? RC_NOTE_LONG : RC_LOG_LINE);
	}
}
END_TEST

/* The second run decides anew all but the signatures. */
START_TEST(second_run)
{
	static char room[NOTE_ROOM];
	struct admission *a = admission_new();
	char text[TEXT_MAX];
	struct text note;

	world_make();
	base_text(text, R);
	text_init(&note, room, sizeof room);
	note_make(&note, text, "release carol bob alice");
	ck_assert_rc(admission_begin(a, (uint8_t *)note.p, note.n), RC_OK);
	ck_assert_rc(admission_check(a, &state, NOW), RC_OK);
	world.product.sequence = 6;
	ck_assert_rc(admission_check(a, &state, NOW), RC_LOG_SEQUENCE);
	world.product.sequence = 5;
	ck_assert_rc(admission_check(a, &state, NOW + ADMISSION_AGE_S + 1),
	    RC_LOG_AGE);
	world.roster.serial = 3;
	ck_assert_rc(admission_check(a, &state, NOW), RC_LOG_ROSTER);
	world.roster.serial = 2;
	world.trust.epoch = 2;
	ck_assert_rc(admission_check(a, &state, NOW), RC_EPOCH);
	world.trust.epoch = 1;
	ck_assert_rc(admission_check(a, &state, NOW), RC_OK);
}
END_TEST

/* Every rule of the table refuses something above, but for those that only
 * set out what the others need. */
START_TEST(all_rules_tested)
{
	static const char *const elsewhere[] = {"note", "kind", "grammar",
	    "authority"};

	for (unsigned i = 0; i < admission_rule_n; i++) {
		bool found = false;

		for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++)
			found |= cases[j].rule != NULL &&
			    strcmp(cases[j].rule, admission_rules[i].name) == 0;
		for (size_t j = 0; j < 4; j++)
			found |=
			    strcmp(elsewhere[j], admission_rules[i].name) == 0;
		ck_assert_msg(found, "rule %s", admission_rules[i].name);
	}
}
END_TEST

START_TEST(statuses)
{
	ck_assert_uint_eq(admission_status(RC_OK), 200);
	ck_assert_uint_eq(admission_status(RC_SIGLINE), 400);
	ck_assert_uint_eq(admission_status(RC_FIELD), 400);
	ck_assert_uint_eq(admission_status(RC_QUORUM), 403);
	ck_assert_uint_eq(admission_status(RC_LOG_SEQUENCE), 409);
	ck_assert_uint_eq(admission_status(RC_LOG_SUCCESSOR), 409);
	ck_assert_uint_eq(admission_status(RC_NOTE_LONG), 413);
	ck_assert_uint_eq(admission_status(RC_LOG_AGE), 422);
	ck_assert_uint_eq(admission_status(RC_EPOCH), 422);
	ck_assert_uint_eq(admission_status(RC_DATABASE), 503);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("admission");
	TCase *t = tcase_create("admission");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, one_case, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(t, one_successor);
	tcase_add_test(t, roles_and_names);
	tcase_add_test(t, copies);
	tcase_add_test(t, broken_notes);
	tcase_add_test(t, long_notes);
	tcase_add_test(t, second_run);
	tcase_add_test(t, all_rules_tested);
	tcase_add_test(t, statuses);
	suite_add_tcase(s, t);
	return suite_run(s);
}
