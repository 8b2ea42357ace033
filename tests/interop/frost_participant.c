/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One participant that holds some shares and answers on stdin and stdout, a
 * JSON object a line, so that implementations which share no code can sit in
 * one session. All of it is the library's public functions; this program
 * only reads and prints. It deals and takes secrets in the clear: for tests.
 *
 *   frost-participant ed25519|secp256k1
 *
 * Ours are leaf ids: identifiers 1 to 128. The dealer deals to all of them.
 * Our rule that a set is minimal is kept by taking the signers named for the
 * threshold, where there are at least `min`.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/text.h"
#include "quorum/frost.h"

enum { LINE_MAX_BYTES = 1 << 20, MESSAGE_MAX = 65536, NONCES_MAX = 1024 };

static const struct suite *suite;
static const uint8_t boot[FROST_BOOT_ID_BYTES] = {1};

struct loaded {
	bool used;
	unsigned min;
	struct point key, y;
	struct frost_key_share share;
};

static struct loaded loaded[FROST_PARTIES_MAX + 1]; /* by id */
static struct frost_nonces nonces[NONCES_MAX];
static unsigned nonces_n;

static struct frost_roster roster;
static struct signing_package package;
static uint8_t message[MESSAGE_MAX];
static json_t *culprits;

/* ---- reading ---- */

static const char *error;

static bool
fail(const char *why)
{
	error = why;
	return false;
}

static bool
get_bytes(const json_t *q, const char *name, uint8_t *out, size_t n)
{
	const char *s = json_string_value(json_object_get(q, name));

	if (s == NULL || !hex_decode(out, n, s, strlen(s)))
		return fail("a field is missing or not hex of its length");
	return true;
}

static bool
get_scalar(const json_t *q, const char *name, struct scalar *out)
{
	if (!get_bytes(q, name, out->b, sizeof out->b))
		return false;
	return suite->scalar_check(out) || fail("a scalar is not below the order");
}

static bool
get_point(const json_t *q, const char *name, struct point *out)
{
	uint8_t wire[SUITE_POINT_MAX];

	if (!get_bytes(q, name, wire, suite->point_bytes))
		return false;
	point_read(suite, out, wire);
	return suite->point_check(out) || fail("not a point of prime order");
}

/* An identifier is a scalar; ours are small. */
static bool
get_id(const json_t *q, const char *name, unsigned *id)
{
	struct scalar given, at;

	if (!get_scalar(q, name, &given))
		return false;
	for (*id = 1; *id <= FROST_PARTIES_MAX; ++*id) {
		suite->scalar_set(&at, *id);
		if (memcmp(&at, &given, sizeof at) == 0)
			return true;
	}
	return fail("an identifier is not one of 1 to 128");
}

static bool
get_count(const json_t *q, const char *name, unsigned *out, unsigned otherwise)
{
	const json_t *j = json_object_get(q, name);

	*out = otherwise;
	if (j == NULL && otherwise != 0)
		return true;
	if (!json_is_integer(j) || json_integer_value(j) < 1 ||
	    json_integer_value(j) > FROST_PARTIES_MAX)
		return fail("a count is missing or out of range");
	*out = (unsigned)json_integer_value(j);
	return true;
}

static bool
get_message(const json_t *q)
{
	const char *s = json_string_value(json_object_get(q, "msg"));
	size_t n = s == NULL ? 1 : strlen(s);

	if (n % 2 != 0 || n / 2 > sizeof message ||
	    !hex_decode(message, n / 2, s, n))
		return fail("msg is missing or not hex");
	package.message = message;
	package.message_bytes = n / 2;
	return true;
}

/* By id, so that they end in ascending order whatever the order given. */
static bool
get_commitments(const json_t *q)
{
	static struct frost_commitment by_id[FROST_PARTIES_MAX + 1];
	const json_t *list = json_object_get(q, "commitments"), *one;
	size_t i;

	memset(by_id, 0, sizeof by_id);
	if (!json_is_array(list))
		return fail("commitments is missing");
	json_array_foreach(list, i, one) {
		struct frost_commitment c;
		unsigned id;

		if (!get_id(one, "id", &id) ||
		    !get_point(one, "hiding", &c.d) ||
		    !get_point(one, "binding", &c.e))
			return false;
		if (by_id[id].id != 0)
			return fail("an identifier is named twice");
		c.id = (uint8_t)id;
		by_id[id] = c;
	}
	package.count = 0;
	for (unsigned id = 1; id <= FROST_PARTIES_MAX; id++)
		if (by_id[id].id != 0)
			package.list[package.count++] = by_id[id];
	return true;
}

/*
 * The roster of a session: k of n, where k is the number of signers named
 * and n large enough for all of them.
 */
static bool
roster_make(const struct point *key, unsigned min, unsigned max)
{
	uint8_t members[FROST_PARTIES_MAX];
	unsigned k = (unsigned)package.count, n = max;

	memset(&roster, 0, sizeof roster);
	if (k < min || k == 0)
		return fail("fewer signers than the threshold");
	if (package.list[k - 1].id > n)
		n = package.list[k - 1].id;
	for (unsigned i = 0; i < n; i++)
		members[i] = (uint8_t)i;
	roster.suite = suite;
	roster.id[0] = 1;
	roster.key = *key;
	if (tree_init(&roster.tree, n) != RC_OK ||
	    tree_add_group(&roster.tree, k, members, n) != RC_OK ||
	    tree_finish(&roster.tree, TREE_GROUP(0)) != RC_OK)
		return fail("no such quorum");
	for (unsigned i = 0; i < FROST_PARTIES_MAX; i++)
		suite->point_identity(&roster.share[i]);
	memcpy(package.roster_id, roster.id, sizeof roster.id);
	return true;
}

/* ---- writing ---- */

static json_t *
hex(const void *bytes, size_t n)
{
	static char out[2 * MESSAGE_MAX + 1];

	sodium_bin2hex(out, sizeof out, bytes, n);
	return json_string(out);
}

static json_t *
hex_scalar(const struct scalar *s)
{
	return hex(s->b, sizeof s->b);
}

static json_t *
hex_point(const struct point *p)
{
	uint8_t wire[SUITE_POINT_MAX];

	point_put(suite, wire, p);
	return hex(wire, suite->point_bytes);
}

static json_t *
hex_id(unsigned id)
{
	struct scalar s;

	suite->scalar_set(&s, id);
	return hex_scalar(&s);
}

/* ---- the operations ---- */

static bool
op_hello(const json_t *q, json_t *a)
{
	(void)q;
	json_object_set_new(a, "impl", json_string("quorate"));
	json_object_set_new(a, "suite", json_string(suite->name));
	json_object_set_new(a, "ops",
	    json_pack("[ssssssss]", "hello", "dealer", "load", "commit",
		"sign", "verify-share", "aggregate", "verify"));
	return true;
}

static bool
op_dealer(const json_t *q, json_t *a)
{
	static struct scalar c[TREE_COMMITMENTS_MAX], s[TREE_LEAVES_MAX];
	static struct point commitment[TREE_COMMITMENTS_MAX];
	json_t *list = json_array(), *shares = json_array();
	uint8_t members[FROST_PARTIES_MAX], wide[64];
	unsigned n, t;
	struct tree tree;
	struct point y;

	json_object_set_new(a, "commitment", list);
	json_object_set_new(a, "shares", shares);
	if (!get_count(q, "n", &n, 0) || !get_count(q, "t", &t, 0))
		return false;
	for (unsigned i = 0; i < n; i++)
		members[i] = (uint8_t)i;
	if (tree_init(&tree, n) != RC_OK ||
	    tree_add_group(&tree, t, members, n) != RC_OK ||
	    tree_finish(&tree, TREE_GROUP(0)) != RC_OK ||
	    tree_check_sharing(&tree) != RC_OK)
		return fail("no such quorum");
	for (unsigned i = 0; i < t; i++) {
		randombytes_buf(wide, sizeof wide);
		suite->scalar_wide(&c[i], wide);
		if (i == 0 && json_object_get(q, "secret") != NULL &&
		    !get_scalar(q, "secret", &c[0]))
			return false;
		if (!suite->point_base(&commitment[i], &c[i]))
			return fail("a coefficient is zero");
		json_array_append_new(list, hex_point(&commitment[i]));
	}
	tree_shares(&tree, suite, c, s);
	for (unsigned i = 0; i < n; i++) {
		tree_point(&tree, suite, commitment, i + 1, &y);
		json_array_append_new(shares,
		    json_pack("{s:o,s:o,s:o}", "id", hex_id(i + 1), "share",
			hex_scalar(&s[i]), "verifying_share", hex_point(&y)));
	}
	json_object_set_new(a, "group_key", hex_point(&commitment[0]));
	return true;
}

static bool
op_load(const json_t *q, json_t *a)
{
	struct loaded l = {.used = true};
	struct point given;
	unsigned id;

	if (!get_id(q, "id", &id) || !get_scalar(q, "share", &l.share.s) ||
	    !get_point(q, "group_key", &l.key) ||
	    !get_count(q, "min", &l.min, 0))
		return false;
	if (!suite->point_base(&l.y, &l.share.s))
		return fail("the share is zero");
	if (json_object_get(q, "verifying_share") != NULL) {
		if (!get_point(q, "verifying_share", &given))
			return false;
		if (memcmp(&given, &l.y, sizeof given) != 0)
			return fail("the verifying share is not the share's");
	}
	l.share.id = (uint8_t)id;
	l.share.roster_id[0] = 1;
	loaded[id] = l;
	json_object_set_new(a, "verifying_share", hex_point(&l.y));
	return true;
}

static bool
op_commit(const json_t *q, json_t *a)
{
	struct frost_binding made_for = {.roster_id = {1}};
	struct frost_commitment c;
	uint8_t r[64];
	char handle[16];
	unsigned id;

	if (!get_id(q, "id", &id))
		return false;
	if (!loaded[id].used)
		return fail("no share of that identifier is loaded");
	if (nonces_n == NONCES_MAX)
		return fail("too many nonces");
	memcpy(made_for.boot_id, boot, sizeof boot);
	randombytes_buf(r, sizeof r);
	if (json_object_get(q, "hiding_randomness") != NULL &&
	    !(get_bytes(q, "hiding_randomness", r, 32) &&
		get_bytes(q, "binding_randomness", r + 32, 32)))
		return false;
	if (frost_commit(&nonces[nonces_n], &c, suite, &loaded[id].share,
		&made_for, r, r + 32) != RC_OK)
		return fail("no nonces");
	snprintf(handle, sizeof handle, "%u", ++nonces_n);
	json_object_set_new(a, "nonce", json_string(handle));
	json_object_set_new(a, "hiding", hex_point(&c.d));
	json_object_set_new(a, "binding", hex_point(&c.e));
	return true;
}

/* The message is known only now, and the pair was made without one: it is
 * bound here, before it is spent. A seat knows its message beforehand. */
static bool
op_sign(const json_t *q, json_t *a)
{
	const char *handle = json_string_value(json_object_get(q, "nonce"));
	unsigned at = handle == NULL ? 0 : (unsigned)strtoul(handle, NULL, 10);
	struct frost_nonces k;
	struct scalar z;
	unsigned id;
	enum rc rc;

	if (at == 0 || at > nonces_n)
		return fail("no such nonce");
	k = nonces[at - 1]; /* spent, whatever comes */
	sodium_memzero(&nonces[at - 1], sizeof k);
	if (k.fresh == 0)
		return fail("the nonce is spent");
	if (!get_id(q, "id", &id) || !get_message(q) || !get_commitments(q))
		return false;
	if (!loaded[id].used)
		return fail("no share of that identifier is loaded");
	if (!roster_make(&loaded[id].key, loaded[id].min, id))
		return false;
	roster.share[id - 1] = loaded[id].y;
	if (frost_key_share_check(&loaded[id].share, &roster) != RC_OK)
		return fail("the share is not the roster's");
	crypto_hash_sha256(
	    k.made_for.message_id, message, package.message_bytes);
	rc = frost_sign(&z, &k, &loaded[id].share, &roster, boot, &package);
	if (rc != RC_OK)
		return fail(rc == RC_COMMITMENT_MISSING
			? "our own commitment is not in the list"
			: rc == RC_NONCE_BINDING
			? "the nonce is another identifier's"
			: "refused");
	json_object_set_new(a, "share", hex_scalar(&z));
	return true;
}

static bool
session_open(const json_t *q, struct frost_session *session, unsigned min)
{
	struct point key;

	if (!get_point(q, "group_key", &key) || !get_message(q) ||
	    !get_commitments(q) || !roster_make(&key, min, 1))
		return false;
	return frost_session_open(session, NULL, &roster, &package) == RC_OK ||
	    fail("the session does not open");
}

static bool
op_verify_share(const json_t *q, json_t *a)
{
	static struct frost_session session;
	struct scalar z;
	unsigned id;

	if (!session_open(q, &session, 1) || !get_id(q, "id", &id) ||
	    !get_point(q, "verifying_share", &roster.share[id - 1]) ||
	    !get_scalar(q, "share", &z))
		return false;
	json_object_set_new(a, "valid",
	    json_boolean(
		frost_share_check(&session, &roster, id, &z) == RC_OK));
	return true;
}

static bool
op_aggregate(const json_t *q, json_t *a)
{
	static struct frost_session session;
	static struct scalar z[FROST_PARTIES_MAX];
	struct tree_set who = {{0}}, known = {{0}}, liars;
	uint8_t sig[64];
	json_t *list, *one;
	unsigned id, min;
	size_t i;
	enum rc rc;

	if (!get_count(q, "min", &min, 0) || !session_open(q, &session, min))
		return false;
	list = json_object_get(q, "shares");
	json_array_foreach(list, i, one) {
		if (!get_id(one, "id", &id) ||
		    !get_scalar(one, "share", &z[id - 1]))
			return false;
		if (tree_set_has(&who, id))
			return fail("a share is named twice");
		tree_set_add(&who, id);
	}
	if (memcmp(&who, &session.set, sizeof who) != 0)
		return fail("shares and commitments name different signers");
	list = json_object_get(q, "verifying_shares");
	json_array_foreach(list, i, one) {
		struct point y;

		if (!get_id(one, "id", &id) ||
		    !get_point(one, "verifying_share", &y))
			return false;
		if (tree_set_has(&known, id))
			return fail("a verifying share is named twice");
		tree_set_add(&known, id);
		roster.share[id - 1] = y;
	}
	for (id = 1; id <= FROST_PARTIES_MAX; id++)
		if (tree_set_has(&who, id) && !tree_set_has(&known, id))
			return fail("a verifying share is missing");
	rc = frost_aggregate(sig, &liars, &session, &roster, message,
	    package.message_bytes, z);
	if (rc == RC_OK) {
		json_object_set_new(a, "signature", hex(sig, sizeof sig));
		return true;
	}
	for (id = 1; id <= FROST_PARTIES_MAX; id++)
		if (tree_set_has(&liars, id))
			json_array_append_new(culprits, hex_id(id));
	return fail("the shares do not add up to a signature");
}

static bool
op_verify(const json_t *q, json_t *a)
{
	struct point key;
	uint8_t sig[64];

	if (!get_point(q, "group_key", &key) || !get_message(q) ||
	    !get_bytes(q, "signature", sig, sizeof sig))
		return false;
	json_object_set_new(a, "valid",
	    json_boolean(suite->verify(sig, &key, message,
			     package.message_bytes) == RC_OK));
	return true;
}

static const struct {
	const char *name;
	bool (*run)(const json_t *q, json_t *a);
} ops[] = {
    {"hello", op_hello},
    {"dealer", op_dealer},
    {"load", op_load},
    {"commit", op_commit},
    {"sign", op_sign},
    {"verify-share", op_verify_share},
    {"aggregate", op_aggregate},
    {"verify", op_verify},
};

static void
answer(const char *line)
{
	json_t *q = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	json_t *a = json_object();
	const char *op = json_string_value(json_object_get(q, "op"));
	bool ok = false;
	char *text;

	error = "no such operation";
	culprits = json_array();
	for (size_t i = 0; op != NULL && i < sizeof ops / sizeof *ops; i++)
		if (strcmp(ops[i].name, op) == 0)
			ok = ops[i].run(q, a);
	if (!ok) {
		json_object_clear(a);
		json_object_set_new(a, "error", json_string(error));
		if (json_array_size(culprits) > 0)
			json_object_set(a, "culprits", culprits);
	}
	json_decref(culprits);
	json_object_set_new(a, "ok", json_boolean(ok));
	if (json_object_get(q, "req") != NULL)
		json_object_set(a, "req", json_object_get(q, "req"));
	text = json_dumps(a, JSON_COMPACT);
	if (text == NULL)
		abort();
	puts(text);
	fflush(stdout);
	free(text);
	json_decref(a);
	json_decref(q);
}

int
main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];

	if (argc == 2 && strcmp(argv[1], suite_ed25519.name) == 0)
		suite = &suite_ed25519;
	else if (argc == 2 && strcmp(argv[1], suite_secp256k1.name) == 0)
		suite = &suite_secp256k1;
	if (suite == NULL || sodium_init() < 0) {
		fprintf(stderr,
		    "usage: frost-participant ed25519|secp256k1\n");
		return 2;
	}
	while (fgets(line, sizeof line, stdin) != NULL)
		answer(line);
	return 0;
}
