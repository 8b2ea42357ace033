/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is signed under a purpose, and the keys that do it. The two formats
 * are small enough to need no table: an MCUboot image in hash mode carries a
 * signature over the SHA-256 of its signed region, which is the payload
 * (a payload line counts the first `size` bytes for this reason); SSHSIG
 * wraps a digest of the file, and may be told to use SHA-256. So both follow
 * from the release's text, and no seat needs the payload to sign.
 */
#include "quorum/purpose.h"
#include <sodium.h>
#include <string.h>

static const struct {
	const char *name;
	enum purpose purpose;
} names[] = {{"mcuboot", PURPOSE_MCUBOOT}, {"sshsig", PURPOSE_SSHSIG}};

enum purpose
purpose_of_name(struct slice name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (slice_is(name, names[i].name))
			return names[i].purpose;
	return PURPOSE_NONE;
}

void
purpose_id(uint8_t out[static 32], const uint8_t release[static 32],
    struct slice purpose, struct slice component)
{
	crypto_hash_sha256_state h;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, release, 32);
	crypto_hash_sha256_update(&h, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&h, purpose.p, purpose.n);
	crypto_hash_sha256_update(&h, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&h, component.p, component.n);
	crypto_hash_sha256_update(&h, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_final(&h, out);
}

size_t
purpose_message(uint8_t out[static PURPOSE_MESSAGE_MAX], enum purpose purpose,
    const uint8_t sha256[static 32])
{
	/* PROTOCOL.sshsig: the six bytes, then strings: namespace "file",
	 * reserved "", hash "sha256", the digest (its length stands here) */
	static const char sshsig[] = "SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha256"
				     "\0\0\0\40";
	const size_t head_n = sizeof sshsig - 1;

	_Static_assert(
	    sizeof sshsig - 1 + 32 == PURPOSE_MESSAGE_MAX, "SSHSIG");
	memset(out, 0, PURPOSE_MESSAGE_MAX);
	switch (purpose) {
	case PURPOSE_MCUBOOT:
		memcpy(out, sha256, 32);
		return 32;
	case PURPOSE_SSHSIG:
		memcpy(out, sshsig, head_n);
		memcpy(out + head_n, sha256, 32);
		return head_n + 32;
	default:
		return 0;
	}
}

enum rc
purpose_find(struct purpose_line *out, const uint8_t *text, size_t n,
    const uint8_t id[static 32])
{
	uint8_t release[32], got[32];
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, text, n, "quorate/release@v1",
	    release_rules, release_rule_n, READER_HOST);

	memset(out, 0, sizeof *out);
	crypto_hash_sha256(release, text, n);
	while (rc == RC_OK) {
		rc = line_next_of(&w, RELEASE_RULE_SIGN, &l);
		if (rc != RC_OK)
			break;
		purpose_id(got, release, l.field[0], l.field[1]);
		if (memcmp(got, id, sizeof got) != 0)
			continue;
		out->name = l.field[0];
		out->component = l.field[1];
		out->purpose = purpose_of_name(out->name);
		rc = release_payload(
		    text, n, out->component, &out->size, out->sha256);
		out->message_n = purpose_message(
		    out->message, out->purpose, out->sha256);
		if (rc == RC_OK && out->message_n > 0)
			return RC_OK;
		rc = RC_PURPOSE;
	}
	memset(out, 0, sizeof *out);
	return rc == RC_MORE ? RC_PURPOSE : rc;
}

/* ---- keys ---------------------------------------------------------------- */

enum rc
purpose_delta(struct scalar *out, const struct suite *suite,
    const struct point *key, struct slice purpose)
{
	static const char head[] = "quorate/purpose@v1\n";
	uint8_t wide[crypto_hash_sha512_BYTES];
	crypto_hash_sha512_state h;

	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(
	    &h, (const uint8_t *)head, sizeof head - 1);
	crypto_hash_sha512_update(&h, key->b, sizeof key->b);
	crypto_hash_sha512_update(&h, (const uint8_t *)"\n", 1);
	crypto_hash_sha512_update(&h, purpose.p, purpose.n);
	crypto_hash_sha512_update(&h, (const uint8_t *)"\n", 1);
	crypto_hash_sha512_final(&h, wide);
	suite->scalar_wide(out, wide);
	return sodium_is_zero(out->b, sizeof out->b) ? RC_SCALAR : RC_OK;
}

/* p + delta B. Under a key of odd Y all points count negative first: BIP 340
 * knows the even one. */
static void
moved(struct point *out, const struct suite *suite, const struct point *p,
    const struct point *by, bool negative)
{
	struct point from = *p;

	if (negative) {
		suite->point_identity(&from);
		suite->point_sub(&from, &from, p);
	}
	suite->point_add(out, &from, by);
}

enum rc
purpose_key(struct point *out, const struct suite *suite,
    const struct point *key, struct slice purpose)
{
	struct scalar delta;
	struct point by;
	enum rc rc = purpose_delta(&delta, suite, key, purpose);

	memset(out, 0, sizeof *out);
	if (rc != RC_OK)
		return rc;
	(void)suite->point_base(&by, &delta);
	moved(out, suite, key, &by, point_is_odd(key));
	return suite->point_is_identity(out) ? RC_IDENTITY : RC_OK;
}

enum rc
purpose_roster(struct frost_roster *out, const struct frost_roster *roster,
    struct slice purpose)
{
	const struct suite *suite = roster->suite;
	const bool negative = point_is_odd(&roster->key);
	struct scalar delta;
	struct point by;
	enum rc rc = purpose_delta(&delta, suite, &roster->key, purpose);

	memset(out, 0, sizeof *out);
	if (rc != RC_OK)
		return rc;
	(void)suite->point_base(&by, &delta);
	*out = *roster;
	out->opened = false; /* those points are not these */
	moved(&out->key, suite, &roster->key, &by, negative);
	if (suite->point_is_identity(&out->key))
		rc = RC_IDENTITY;
	for (unsigned i = 0; i < roster->tree.leaves; i++) {
		moved(&out->share[i], suite, &roster->share[i], &by, negative);
		if (suite->point_is_identity(&out->share[i]))
			rc = RC_IDENTITY;
	}
	if (rc != RC_OK)
		memset(out, 0, sizeof *out);
	return rc;
}

enum rc
purpose_share(struct frost_key_share *out, const struct frost_key_share *share,
    const struct frost_roster *roster, struct slice purpose)
{
	const struct suite *suite = roster->suite;
	struct scalar delta, zero;
	enum rc rc = purpose_delta(&delta, suite, &roster->key, purpose);

	memset(out, 0, sizeof *out);
	if (rc != RC_OK)
		return rc;
	*out = *share;
	suite->scalar_set(&zero, 0);
	if (point_is_odd(&roster->key))
		suite->scalar_sub(&out->s, &zero, &out->s);
	suite->scalar_add(&out->s, &out->s, &delta);
	suite->scalar_set(&out->minus, 0); /* for frost_key_share_check */
	memset(&out->y, 0, sizeof out->y);
	return RC_OK;
}

/* ---- requests ------------------------------------------------------------ */

/* The three items of a release file, which lie one behind the other. */
static enum rc
file_take(struct purpose_request *out, struct bundle *b)
{
	static const char proof[] = "c2sp.org/tlog-proof@v1\n";
	struct bundle_item item[3];
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < 3; i++)
		rc = bundle_next(b, &item[i]);
	if (rc != RC_OK)
		return rc == RC_MORE ? RC_PROOF : rc;
	if (message_kind_of(item[0].text.p, item[0].text.n) !=
	    MESSAGE_RELEASE)
		return RC_KIND;
	if (item[0].line_n == 0 || item[1].line_n != 0 ||
	    item[1].text.n < sizeof proof - 1 ||
	    memcmp(item[1].text.p, proof, sizeof proof - 1) != 0 ||
	    item[2].line_n == 0)
		return RC_PROOF;
	out->file.p = item[0].whole.p;
	out->file.n =
	    (size_t)(item[2].whole.p + item[2].whole.n - item[0].whole.p);
	return note_split(
	    &out->release_note, item[0].whole.p, item[0].whole.n);
}

enum rc
purpose_take(struct purpose_request *out, struct bundle *b)
{
	struct bundle_item item;
	uint8_t id[32];
	enum rc rc = bundle_next(b, &item);

	memset(out, 0, sizeof *out);
	if (rc == RC_OK)
		rc = message_open(&out->note, item.whole.p, item.whole.n);
	if (rc == RC_OK && out->note.kind != MESSAGE_PURPOSE)
		rc = RC_KIND;
	if (rc == RC_OK && !out->note.is_signed)
		rc = RC_SENDER;
	if (rc == RC_OK)
		rc = purpose_parse(
		    &out->ask, out->note.text.p, out->note.text.n);
	if (rc == RC_OK)
		rc = file_take(out, b);
	if (rc == RC_OK)
		rc = release_parse(&out->release, out->release_note.bytes,
		    out->release_note.text_n, READER_HOST);
	if (rc != RC_OK)
		return rc;
	note_id(id, &out->release_note);
	if (memcmp(id, out->ask.release, sizeof id) != 0)
		return RC_FIELD;
	purpose_id(id, out->ask.release, out->ask.purpose, out->ask.component);
	if (memcmp(id, out->ask.message, sizeof id) != 0)
		return RC_FIELD;
	return purpose_find(&out->line, out->release_note.bytes,
	    out->release_note.text_n, id);
}

/* Whether the file carries a line by that signer of the trust. */
static bool
signer_signed(const struct purpose_request *r, const struct trust *trust)
{
	struct sigline l;
	struct vkey k;

	for (unsigned i = 0; i < trust_count(trust, LIST_SIGNERS); i++) {
		if (!slice_equal(policy_name(trust->page, trust->signer_at[i]),
			r->ask.signer))
			continue;
		trust_key(&k, trust, LIST_SIGNERS, i);
		for (unsigned j = 0; j < r->release_note.line_n; j++) {
			note_line(&r->release_note, j, &l, NULL);
			if (sigline_by(&l, &k))
				return true;
		}
	}
	return false;
}

enum rc
purpose_file_check(struct verified *out, const struct purpose_request *r,
    const struct trust *trust, uint64_t now)
{
	const struct verify_device any = {
	    .product = {{.name = r->release.product}},
	    .product_n = 1,
	    .time = now,
	    .installed_unknown = true,
	};
	struct verify v;
	enum rc rc;

	memset(out, 0, sizeof *out);
	/* every line by a key of the trust is verified below, or refuses */
	if (!signer_signed(r, trust))
		return RC_PURPOSE_SIGNER;
	verify_init_release(&v, trust, &any);
	rc = verify_feed(&v, r->file.p, r->file.n);
	rc = rc == RC_MORE ? verify_finish(&v, out) : rc;
	if (rc == RC_OK && out->kind != VERIFIED_RELEASE)
		rc = RC_KIND;
	if (rc == RC_OK && memcmp(out->id, r->ask.release, 32) != 0)
		rc = RC_FIELD;
	if (rc != RC_OK)
		memset(out, 0, sizeof *out);
	return rc;
}
