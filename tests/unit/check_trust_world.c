/* SPDX-License-Identifier: Apache-2.0 */
/* Trust and owner texts: what is one, for hosts and for devices. */
#include <check.h>
#include <string.h>
#include "tests/unit/edits.h"
#include "tests/unit/suite.h"
#include "tests/unit/world.h"

static struct world w;

static enum rc
reads(const char *text, enum reader reader)
{
	struct trust t, zero;
	enum rc rc =
	    trust_read(&t, (const uint8_t *)text, strlen(text), reader);

	memset(&zero, 0, sizeof zero);
	ck_assert(rc == RC_OK || memcmp(&t, &zero, sizeof t) == 0);
	return rc;
}

START_TEST(takes)
{
	uint8_t id[32];
	struct trust t;
	struct vkey k;
	unsigned i;

	ck_assert_int_eq(
	    trust_read(&t, (uint8_t *)w.trust, strlen(w.trust), READER_HOST),
	    RC_OK);
	ck_assert(slice_is(trust_name(&t), WORLD_NAME));
	ck_assert_uint_eq(t.epoch, 1);
	ck_assert_uint_eq(t.revision, 1);
	ck_assert_uint_eq(t.recover, 2);
	ck_assert_uint_eq(trust_count(&t, LIST_SIGNERS), 3);
	ck_assert_uint_eq(trust_count(&t, LIST_ROOTS), 3);
	ck_assert_uint_eq(trust_count(&t, LIST_LOGS), 2);
	ck_assert_uint_eq(trust_count(&t, LIST_COSIGNERS), 3);
	ck_assert_uint_eq(trust_witness_n(&t), 2);
	for (i = 0; i < 3; i++) {
		trust_key(&k, &t, LIST_SIGNERS, i);
		ck_assert_mem_eq(k.key, w.signer[i].pk, 32);
		trust_key(&k, &t, LIST_ROOTS, i);
		ck_assert_mem_eq(k.key, w.root[i].pk, 32);
		trust_key(&k, &t, LIST_COSIGNERS, i);
		ck_assert_mem_eq(k.key, w.cosigner[i].pk, 32);
		ck_assert_uint_eq(k.type, KEY_COSIGNATURE);
	}
	trust_key(&k, &t, LIST_LOGS, 1);
	ck_assert_mem_eq(k.key, w.log[1].pk, 32);
	text_id(id, w.trust);
	ck_assert_mem_eq(id, t.id, 32);
	ck_assert_int_eq(
	    trust_parse(&t, (uint8_t *)w.trust, strlen(w.trust), id), RC_OK);
	id[31] ^= 1;
	ck_assert_int_eq(
	    trust_parse(&t, (uint8_t *)w.trust, strlen(w.trust), id),
	    RC_PAGE_ID);
	ck_assert_uint_eq(t.kind, 0);
}
END_TEST

#define PREV "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct edit cases[] = {
    {"", "", RC_OK, RC_OK},
    /* the head */
    {"quorate/trust@v1", "quorate/trust@v2", RC_KIND, RC_KIND},
    {"name acme", "name Acme", RC_FIELD, RC_FIELD},
    {"name " WORLD_NAME "\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"epoch 1", "epoch 0", RC_NUMBER, RC_NUMBER},
    {"epoch 1", "epoch 01", RC_FIELD, RC_FIELD},
    {"epoch 1", "epoch 2", RC_REVISION, RC_REVISION},
    {"revision 1", "revision 0", RC_NUMBER, RC_NUMBER},
    {"revision 1", "revision 2", RC_PREVIOUS, RC_PREVIOUS},
    {"revision 1\nprevious -", "revision 2\nprevious " PREV, RC_OK, RC_OK},
    {"epoch 1\nrevision 1\nprevious -", "epoch 7\nrevision 2\nprevious " PREV,
	RC_OK, RC_OK},
    {"previous -", "previous " PREV, RC_PREVIOUS, RC_PREVIOUS},
    {"previous -", "previous --", RC_FIELD, RC_FIELD},
    {"previous -\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"revision 1\nprevious -", "previous -\nrevision 1", RC_LINE_MISSING,
	RC_LINE_MISSING},
    /* signers, roots */
    {" CH\nsigner bob", " ch\nsigner bob", RC_FIELD, RC_FIELD},
    {" CH\nsigner bob", "\nsigner bob", RC_FIELD, RC_FIELD},
    {" CH\nsigner bob", " -\nsigner bob", RC_OK, RC_OK},
    {"quorum two\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"quorum two\n", "quorum two\nquorum two\n", RC_LINE_REPEATED,
	RC_LINE_REPEATED},
    {"root-quorum board\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    /* recover: two is the size of every minimal set, three all there are */
    {"recover 2\n", "", RC_OK, RC_OK},
    {"recover 2\n", "recover 3\n", RC_OK, RC_OK},
    {"recover 2\n", "recover 4\n", RC_NUMBER, RC_NUMBER},
    {"recover 2\n", "recover 1\n", RC_NUMBER, RC_NUMBER},
    {"recover 2\n", "recover 0\n", RC_NUMBER, RC_NUMBER},
    {"recover 2\n", "recover 258\n", RC_NUMBER, RC_NUMBER},
    {"group board 2 dana emil frida\nroot-quorum board\nrecover 2\n",
	"group x any emil frida\ngroup board all dana x\n"
	"root-quorum board\nrecover 2\n",
	RC_OK, RC_OK},
    {"group board 2 dana emil frida\nroot-quorum board\nrecover 2\n",
	"group x all emil frida\ngroup board any dana x\n"
	"root-quorum board\nrecover 1\n",
	RC_NUMBER, RC_NUMBER}, /* emil and frida are a minimal set of two */
    {"group board 2 dana emil frida\nroot-quorum board\nrecover 2\n",
	"group x all emil frida\ngroup board any dana x\n"
	"root-quorum board\nrecover 2\n",
	RC_OK, RC_OK},
    /* logs, witnesses, mirrors */
    {"log log.acme", "log log log.acme", RC_FIELD, RC_FIELD},
    {"witness-quorum watch", "witness-quorum none", RC_POLICY, RC_POLICY},
    {"witness-quorum watch\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"group seen any w1 w2", "group seen any w1 w3", RC_POLICY, RC_POLICY},
    {"witness w2", "witness w1", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"mirror m1", "mirror w1", RC_NAME_REPEATED, RC_NAME_REPEATED},
    /* below: hosts only */
    {"about\n", "", RC_LINE_MISSING, RC_LINE_UNKNOWN},
    {"proposed 1763600000\n", "", RC_LINE_MISSING, RC_OK},
    {"proposed 1763600000\n", "proposed 01\n", RC_FIELD, RC_OK},
    {"proposed 1763600000\n", "proposed 1\nshared alice\n", RC_FIELD,
	RC_OK}, /* her label is CH */
    {"proposed 1763600000\n", "proposed 1\nshared dora\n", RC_POLICY, RC_OK},
    {"proposed 1763600000\n", "proposed 1\ntext-max 1536\n", RC_OK, RC_OK},
    {"proposed 1763600000\n", "proposed 1\ntext-max 0\n", RC_NUMBER, RC_OK},
    {"proposed 1763600000\n", "proposed 1\nx-mas tree\n", RC_OK, RC_OK},
    {"proposed 1763600000\n", "proposed 1\ntree\n", RC_LINE_UNKNOWN, RC_OK},
    {"proposed 1763600000\n", "proposed 1\nabout\n", RC_LINE_ORDER,
	RC_LINE_REPEATED},
    {"proposed 1763600000\n", "proposed 1", RC_LINE, RC_LINE},
};
enum { CASES = sizeof cases / sizeof cases[0] };

START_TEST(grammar)
{
	const char *text = with(w.trust, cases[_i].from, cases[_i].to);

	edit_judge(&cases[_i], reads(text, READER_HOST),
	    reads(text, READER_DEVICE));
}
END_TEST

START_TEST(shared)
{
	const char *text = with(w.trust, " CH\nsigner bob", " -\nsigner bob");

	text = with(text, "proposed 1763600000\n",
	    "proposed 1763600000\nshared alice\n");
	ck_assert_int_eq(reads(text, READER_HOST), RC_OK);
	ck_assert_int_eq(
	    reads(with(text, "shared alice\n", "shared alice\nshared alice\n"),
		READER_HOST),
	    RC_LINE_ORDER);
}
END_TEST

/* One public key, one role: in whatever two places a key stands twice. */
START_TEST(roles)
{
	struct key *all[] = {&w.signer[0], &w.signer[1], &w.root[0], &w.root[1],
	    &w.log[0], &w.log[1], &w.cosigner[0], &w.cosigner[1],
	    &w.cosigner[2]};
	enum { N = sizeof all / sizeof all[0] };
	const struct key *a = all[_i / N], *b = all[_i % N];
	struct key same;

	if (a == b)
		return;
	/* b's name and type, a's key */
	same = *b;
	memcpy(same.pk, a->pk, 32);
	key_spell(&same);
	ck_assert_int_eq(
	    reads(with(w.trust, b->vkey, same.vkey), READER_DEVICE),
	    RC_KEY_ROLE);
}
END_TEST

/* The key types of the lines. */
START_TEST(types)
{
	struct key k;

	key_make(&k, "alice.example", KEY_COSIGNATURE);
	ck_assert_int_eq(
	    reads(with(w.trust, w.signer[0].vkey, k.vkey), READER_DEVICE),
	    RC_KEY_TYPE);
	key_make(&k, "w1.example/w", KEY_ED25519);
	ck_assert_int_eq(
	    reads(with(w.trust, w.cosigner[0].vkey, k.vkey), READER_DEVICE),
	    RC_KEY_TYPE);
	key_make(&k, WORLD_LOG, KEY_COSIGNATURE);
	ck_assert_int_eq(
	    reads(with(w.trust, w.log[0].vkey, k.vkey), READER_DEVICE),
	    RC_KEY_TYPE);
	/* foreign names are for logs, witnesses and mirrors only */
	key_make(&k, "Log/2026h1!", KEY_ED25519);
	ck_assert_int_eq(
	    reads(with(w.trust, w.log[0].vkey, k.vkey), READER_DEVICE), RC_OK);
	ck_assert_int_eq(
	    reads(with(w.trust, w.signer[0].vkey, k.vkey), READER_DEVICE),
	    RC_FIELD);
	ck_assert_int_eq(
	    reads(with(w.trust, w.root[0].vkey, k.vkey), READER_DEVICE),
	    RC_FIELD);
	key_make(&k, "Witness.Example", KEY_COSIGNATURE);
	ck_assert_int_eq(
	    reads(with(w.trust, w.cosigner[0].vkey, k.vkey), READER_DEVICE),
	    RC_OK);
	/* a key id of another name */
	ck_assert_int_eq(reads(with(w.trust, "signer alice alice.example",
				   "signer alice alicf.example"),
			     READER_DEVICE),
	    RC_KEY_ID);
	/* two logs of one name are a rotation */
	key_make_tag(&k, WORLD_LOG, KEY_ED25519, "the next key");
	ck_assert_int_eq(
	    reads(with(w.trust, w.log[1].vkey, k.vkey), READER_DEVICE), RC_OK);
}
END_TEST

/* n lines of one kind, from a text without any. */
static enum rc
reads_many(const char *kind, unsigned n, uint8_t type)
{
	static char bytes[65536];
	const char *from = strstr(w.trust, "signer alice");
	bool root = strcmp(kind, "root") == 0;
	bool log = strcmp(kind, "log") == 0;
	char name[40];
	struct text t;
	struct key k;
	unsigned i;

	if (root)
		from = strstr(w.trust, "root dana");
	else if (type == KEY_COSIGNATURE)
		from = strstr(w.trust, "witness w1");
	else if (log)
		from = strstr(w.trust, "log log.acme");
	text_init(&t, bytes, sizeof bytes);
	text_put(&t, w.trust, (size_t)(from - w.trust));
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "p%u.example", i);
		key_make(&k, name, type);
		if (log)
			text_printf(&t, "log %s CH\n", k.vkey);
		else
			text_printf(&t, "%s p%u %s CH\n",
			    type == KEY_COSIGNATURE && i >= 20 ? "mirror"
							       : kind,
			    i, k.vkey);
	}
	if (!log) {
		text_string(&t, "group top all");
		for (i = 0; i < n; i++)
			text_printf(&t, " p%u", i);
		text_printf(&t, "\n%s top\n",
		    root                      ? "root-quorum"
		    : type == KEY_COSIGNATURE ? "witness-quorum"
					      : "quorum");
	}
	text_string(&t, log    ? strstr(w.trust, "witness w1")
			: root ? strstr(w.trust, "log log.acme")
			: type == KEY_COSIGNATURE
			    ? strstr(w.trust, "about")
			    : strstr(w.trust, "root dana"));
	return reads(bytes, READER_DEVICE);
}

START_TEST(counts)
{
	ck_assert_int_eq(reads_many("signer", 0, KEY_ED25519), RC_LINE_MISSING);
	ck_assert_int_eq(reads_many("signer", 1, KEY_ED25519), RC_OK);
	ck_assert_int_eq(reads_many("signer", 32, KEY_ED25519), RC_OK);
	ck_assert_int_eq(
	    reads_many("signer", 33, KEY_ED25519), RC_LINE_REPEATED);
	ck_assert_int_eq(reads_many("root", 0, KEY_ED25519), RC_LINE_MISSING);
	ck_assert_int_eq(reads_many("root", 32, KEY_ED25519), RC_OK);
	ck_assert_int_eq(reads_many("root", 33, KEY_ED25519), RC_LINE_REPEATED);
	ck_assert_int_eq(reads_many("log", 0, KEY_ED25519), RC_LINE_MISSING);
	ck_assert_int_eq(reads_many("log", 4, KEY_ED25519), RC_OK);
	ck_assert_int_eq(reads_many("log", 5, KEY_ED25519), RC_LINE_REPEATED);
	ck_assert_int_eq(reads_many("witness", 32, KEY_COSIGNATURE), RC_OK);
	ck_assert_int_eq(
	    reads_many("witness", 33, KEY_COSIGNATURE), RC_LINE_REPEATED);
	ck_assert_int_eq(reads_many("witness", 0, KEY_COSIGNATURE), RC_FIELD);
}
END_TEST

START_TEST(too_long)
{
	static uint8_t bytes[65536 + 1];
	struct trust t;

	memset(bytes, 'x', sizeof bytes);
	memcpy(bytes, w.trust, strlen(w.trust));
	ck_assert_int_eq(
	    trust_read(&t, bytes, 65536, READER_HOST), RC_TEXT_LONG);
}
END_TEST

/* ---- owners ----------------------------------------------------------- */

static const struct edit owners[] = {
    {"", "", RC_OK, RC_OK},
    {"quorate/owner@v1", "quorate/owner@v2", RC_KIND, RC_KIND},
    {"for " WORLD_NAME "\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"revision 1\n", "epoch 1\nrevision 1\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"revision 1", "revision 2", RC_PREVIOUS, RC_PREVIOUS},
    {"group one any otto olga\nquorum one", "quorum otto", RC_POLICY,
	RC_POLICY},
    {"quorum one\n", "quorum one\nrecover 1\n", RC_LINE_UNKNOWN,
	RC_LINE_UNKNOWN},
    {"proposed 1763600000\n", "", RC_LINE_MISSING, RC_OK},
    {"proposed 1763600000\n", "proposed 1\nx-y\n", RC_OK, RC_OK},
};
enum { OWNERS = sizeof owners / sizeof owners[0] };

START_TEST(owner)
{
	const char *text = with(w.owner_text, owners[_i].from, owners[_i].to);

	edit_judge(&owners[_i], reads(text, READER_HOST),
	    reads(text, READER_DEVICE));
}
END_TEST

START_TEST(owner_values)
{
	struct trust t;
	struct vkey k;

	ck_assert_int_eq(trust_read(&t, (uint8_t *)w.owner_text,
			     strlen(w.owner_text), READER_HOST),
	    RC_OK);
	ck_assert_int_eq(t.kind, TRUST_OWNER);
	ck_assert(slice_is(trust_name(&t), "otto.example/fleet"));
	ck_assert_uint_eq(trust_count(&t, LIST_SIGNERS), 2);
	ck_assert_uint_eq(trust_count(&t, LIST_LOGS), 0);
	trust_key(&k, &t, LIST_SIGNERS, 1);
	ck_assert_mem_eq(k.key, w.owner[1].pk, 32);
	ck_assert(trust_satisfied(&t, TREE_SIGNERS, 2));
	ck_assert(!trust_satisfied(&t, TREE_SIGNERS, 0));
}
END_TEST

/* Cut anywhere, it is no trust text; every byte of it matters. */
START_TEST(cuts)
{
	size_t n = strlen(w.trust), i;
	struct trust t;

	for (i = 0; i < n; i++)
		ck_assert_int_ne(
		    trust_read(&t, (uint8_t *)w.trust, i, READER_HOST), RC_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trust");
	TCase *t = tcase_create("trust");

	world_make(&w);
	suite_add_tcase(suite, t);
	tcase_add_test(t, takes);
	tcase_add_loop_test(t, grammar, 0, CASES);
	tcase_add_test(t, shared);
	tcase_add_loop_test(t, roles, 0, 81);
	tcase_add_test(t, types);
	tcase_add_test(t, counts);
	tcase_add_test(t, too_long);
	tcase_add_loop_test(t, owner, 0, OWNERS);
	tcase_add_test(t, owner_values);
	tcase_add_test(t, cuts);
	return suite_run(suite);
}
