/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key that three parties share, as a ceremony bears it, as a rehearsal of it
 * and over secp256k1: bundles, rosters, trust texts, releases.
 */
#include "tests/vectors/golden.h"
#include "quorum/bip340.h"
#include "quorum/roster_frost.h"

/* ---- a group key, its ceremony, its roster ---------------------------- */

/*
 * 2 of 3 parties over a polynomial whose two coefficients come from labels: a
 * dealer, which the product does not have.
 */
const char *const party_names[] = {"ann", "ben", "cy"};
struct key party[3];
uint8_t coefficient[2][32];
struct point group_point, share[3];
struct key group;
struct ceremony_bundle ceremony;
char scratch[65536];
static char ceremony_text[32768];
struct buf roster, group_trust, group_release;

void
scalar_of(uint8_t out[32], const char *label)
{
	uint8_t wide[64];

	crypto_hash_sha512(wide, (const uint8_t *)label, strlen(label));
	crypto_core_ed25519_scalar_reduce(out, wide);
}

/* A line by the group key, whose scalar the dealer knows. */
static void
group_line(struct buf *out, const struct buf *t)
{
	uint8_t blob[68], r[32], wide[64], k[32];
	crypto_hash_sha512_state s;

	memcpy(blob, group.id, 4);
	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(&s, (const uint8_t *)"group nonce", 11);
	crypto_hash_sha512_update(&s, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&s, wide);
	crypto_core_ed25519_scalar_reduce(r, wide);
	crypto_scalarmult_ed25519_base_noclamp(blob + 4, r);
	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(&s, blob + 4, 32);
	crypto_hash_sha512_update(&s, group.public, 32);
	crypto_hash_sha512_update(&s, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&s, wide);
	crypto_core_ed25519_scalar_reduce(k, wide);
	crypto_core_ed25519_scalar_mul(k, k, coefficient[0]);
	crypto_core_ed25519_scalar_add(blob + 36, r, k);
	buf_printf(out, "\xe2\x80\x94 %s ", group.name);
	buf_base64(out, blob, 68);
	buf_printf(out, "\n");
}

static void
group_deal(void)
{
	uint8_t x[32] = {0}, s[32], blob[33] = {1}, d[32];
	crypto_hash_sha256_state hash;
	char b64[64];
	unsigned i;

	scalar_of(coefficient[0], "group coefficient 0");
	scalar_of(coefficient[1], "group coefficient 1");
	crypto_scalarmult_ed25519_base_noclamp(group_point.b, coefficient[0]);
	for (i = 0; i < 3; i++) {
		x[0] = (uint8_t)(i + 1);
		crypto_core_ed25519_scalar_mul(s, x, coefficient[1]);
		crypto_core_ed25519_scalar_add(s, s, coefficient[0]);
		crypto_scalarmult_ed25519_base_noclamp(share[i].b, s);
	}
	strcpy(group.name, "acme.example/group");
	group.type = 1;
	memcpy(group.public, group_point.b, 32);
	memcpy(blob + 1, group_point.b, 32);
	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(
	    &hash, (const uint8_t *)"acme.example/group\n", 19);
	crypto_hash_sha256_update(&hash, blob, 33);
	crypto_hash_sha256_final(&hash, d);
	memcpy(group.id, d, 4);
	sodium_bin2base64(
	    b64, sizeof b64, blob, 33, sodium_base64_VARIANT_ORIGINAL);
	snprintf(group.vkey, sizeof group.vkey,
	    "acme.example/group+%02x%02x%02x%02x+%.44s", d[0], d[1], d[2], d[3],
	    b64);
}

/* The trust text with the group as a signer, and `vkey` for its key. */
static void
group_trust_text(struct buf *t, const char *vkey)
{
	static struct buf from, to;

	trust_text(t, &a);
	buf_swap(t, "name acme/test", "name acme/group");
	from.n = to.n = 0;
	buf_printf(&from, "signer alice %s DE\nsigner bob %s FR\n",
	    a.signer[0].vkey, a.signer[1].vkey);
	buf_printf(&to, "signer release %s -\n", vkey);
	buf_swap(t, from.b, to.b);
	buf_swap(t, "group signers 2 alice bob carol",
	    "group signers all release carol");
	buf_swap(t, "text-max", "shared release\ntext-max");
}

/*
 * NAME-draft.note, NAME.bundle and NAME.code, which is the draft with the
 * parties' cards and the template. suite: its line, or nothing.
 */
static void
ceremony_make(struct ceremony_bundle *out, char *room, size_t cap,
    const char *name, const char *kind, const char *suite)
{
	static const char *const labels[] = {"DE", "FR", "JP"};
	static struct buf draft, template;
	struct text bundle;
	char file_name[64];
	uint8_t id[32];
	unsigned i;

	group_trust_text(&template, "@");
	text_id(id, &template);
	draft.n = 0;
	buf_printf(&draft,
	    "quorate/%s@v1\nauthority acme/group 1\nsigner release\n"
	    "key acme.example/group\n%sproposed 1699990000\n"
	    "deadline 1700000000\n",
	    kind, suite);
	for (i = 0; i < 3; i++)
		buf_printf(&draft, "party %s %s %s\n", party_names[i],
		    party[i].vkey, labels[i]);
	buf_printf(&draft, "group parties 2 ann ben cy\nquorum parties\n"
			   "trust ");
	buf_hex(&draft, id, 32);
	buf_printf(&draft, "\n");
	by = BY(&a.root[0]);
	note_make(&file, &draft, &by);
	snprintf(file_name, sizeof file_name, "%s-draft.note", name);
	put_buf(file_name, &file);
	text_init(&bundle, room, cap);
	bundle_put(&bundle, file.b, file.n);
	for (i = 0; i < 3; i++) {
		text.n = 0;
		buf_printf(&text,
		    "quorate/party@v1\nname %s\nvkey %s\nlabel %s\n"
		    "contact %s@acme.example\n",
		    party_names[i], party[i].vkey, labels[i], party_names[i]);
		by = BY(&party[i]);
		note_make(&file, &text, &by);
		bundle_put(&bundle, file.b, file.n);
	}
	bundle_put(&bundle, template.b, template.n);
	assert(!bundle.full);
	snprintf(file_name, sizeof file_name, "%s.bundle", name);
	put(file_name, bundle.p, bundle.n);
	assert(ceremony_open(out, (const uint8_t *)bundle.p, bundle.n) ==
	       RC_OK);
	snprintf(file_name, sizeof file_name, "%s.code", name);
	put(file_name, out->code, strlen(out->code));
}

void
ceremony_files(void)
{
	char name[64], label[64];
	unsigned i;

	group_deal();
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "acme.example/%s", party_names[i]);
		snprintf(label, sizeof label, "quorate test party %u", i);
		key_make(&party[i], name, 1, label);
	}
	ceremony_make(&ceremony, ceremony_text, sizeof ceremony_text,
	    "ceremony", "ceremony", "");
}

/* What the ceremony bore: roster, trust, and a release by the group. */
void
group_files(void)
{
	static struct frost_roster along;
	static struct roster parsed;
	struct text t;
	struct by lines;
	uint8_t record[32];
	unsigned i;

	digest(record, "record of the ceremony");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(
	    &t, &ceremony.ceremony, &group_point, share, record);
	assert(!t.full);
	buf_set(&roster, t.p);
	/* its shares are along the tree of the group's key */
	assert(roster_parse(&parsed, (const uint8_t *)roster.b, roster.n) ==
	       RC_OK);
	assert(roster_frost(&along, &parsed) == RC_OK);
	file.n = 0;
	buf_printf(&file, "%s\n", roster.b);
	group_line(&file, &roster);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], roster.b, roster.n, 0);
	put_buf("roster.note", &file);
	proof.index = 1;
	proof.size = 2;
	proof_put(&file, &proof);
	put_buf("roster.file", &file);

	text_init(&t, scratch, sizeof scratch);
	ceremony_trust_build(&t, &ceremony.ceremony, ceremony.template.p,
	    ceremony.template.n, &group_point);
	assert(!t.full);
	buf_set(&group_trust, t.p);
	lines = BY(&a.root[0], &a.root[1], &a.root[2]);
	note_make(&file, &group_trust, &lines);
	group_line(&file, &group_trust);
	line_put(&file, &a.signer[2], group_trust.b, group_trust.n, 0);
	put_buf("group-trust.note", &file);

	release_text(&group_release, firmware, sizeof firmware);
	buf_swap(&group_release, "acme/test", "acme/group");
	buf_printf(&group_release, "roster release 1\n");
	proof = proof_usual(&a);
	file.n = 0;
	buf_printf(&file, "%s\n", group_release.b);
	group_line(&file, &group_release);
	lines = BY(&a.signer[2], &party[0], &party[2]);
	for (i = 0; i < 3; i++)
		line_put(
		    &file, lines.k[i], group_release.b, group_release.n, 0);
	proof_put(&file, &proof);
	put_buf("group.release", &file);
	verdict("ok", "firmware.bin --release group.release --trust "
		      "group-trust.note --time 0");
	verdict("RC_AUTHORITY", "firmware.bin --release group.release --trust "
				"trust.note --time 0");
	/* the parties' lines are no group's */
	note_make(&file, &group_release, &lines);
	proof_put(&file, &proof);
	put_buf("forged-group.release", &file);
	verdict("RC_QUORUM", "firmware.bin --release forged-group.release "
			     "--trust group-trust.note --time 0");
}

/* The same ceremony, rehearsed: texts that nobody takes for the above. */
void
rehearsal_files(void)
{
	static struct ceremony_bundle rehearsal;
	static char room[32768];
	static struct roster parsed;
	struct text t;
	uint8_t record[32], id[32];
	unsigned i;

	ceremony_make(&rehearsal, room, sizeof room, "rehearsal", "rehearsal",
	    "");
	digest(record, "record of the rehearsal");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(
	    &t, &rehearsal.ceremony, &group_point, share, record);
	assert(!t.full);
	buf_set(&text, t.p);
	assert(roster_parse(&parsed, (const uint8_t *)text.b, text.n) ==
	       RC_KIND);
	assert(roster_parse_rehearsal(
		   &parsed, (const uint8_t *)text.b, text.n) == RC_OK);
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	group_line(&file, &text);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], text.b, text.n, 0);
	put_buf("rehearsal-roster.note", &file);
	text_id(id, &text);
	text_init(&t, scratch, sizeof scratch);
	ceremony_rehearsed_build(&t, &rehearsal.ceremony, id);
	assert(!t.full);
	buf_set(&text, t.p);
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	group_line(&file, &text);
	put_buf("rehearsed.note", &file);
}

/* ---- the same over secp256k1 ------------------------------------------ */

static struct scalar curve_coefficient[2];
static struct vkey curve_key;

/* A line by that group, whose key the dealer has as one person's. */
static void
curve_line(struct buf *out, const struct buf *t)
{
	uint8_t blob[68], aux[32];

	memcpy(blob, curve_key.id, 4);
	digest(aux, "curve aux");
	assert(bip340_sign(blob + 4, curve_coefficient[0].b, aux,
		   (const uint8_t *)t->b, t->n) == RC_OK);
	buf_printf(out, "\xe2\x80\x94 acme.example/group ");
	buf_base64(out, blob, sizeof blob);
	buf_printf(out, "\n");
}

static void
curve_deal(struct point *key, struct point points[3])
{
	const struct suite *suite = &suite_secp256k1;
	struct scalar x, s, zero;
	uint8_t wide[64];
	unsigned i;

	suite->scalar_set(&zero, 0);
	for (i = 0; i < 2; i++) {
		stream(wide, sizeof wide, i == 0 ? "curve coefficient 0"
						 : "curve coefficient 1");
		suite->scalar_wide(&curve_coefficient[i], wide);
	}
	assert(suite->point_base(key, &curve_coefficient[0]));
	if (point_is_odd(key)) { /* the key's x is written, so it is even */
		for (i = 0; i < 2; i++)
			suite->scalar_sub(&curve_coefficient[i], &zero,
			    &curve_coefficient[i]);
		assert(suite->point_base(key, &curve_coefficient[0]));
	}
	assert(!point_is_odd(key));
	for (i = 0; i < 3; i++) {
		suite->scalar_set(&x, i + 1);
		suite->scalar_mul(&s, &x, &curve_coefficient[1]);
		suite->scalar_add(&s, &s, &curve_coefficient[0]);
		assert(suite->point_base(&points[i], &s));
	}
}

void
curve_files(void)
{
	static struct ceremony_bundle curve;
	static char room[32768];
	static struct frost_roster along;
	static struct roster parsed;
	struct point key, points[3];
	struct by lines;
	uint8_t record[32];
	struct text t;
	unsigned i;

	ceremony_make(&curve, room, sizeof room, "curve", "ceremony",
	    "suite secp256k1\n");
	curve_deal(&key, points);
	digest(record, "record of the curve");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(&t, &curve.ceremony, &key, points, record);
	assert(!t.full);
	buf_set(&text, t.p);
	assert(roster_parse(&parsed, (const uint8_t *)text.b, text.n) ==
	       RC_OK);
	assert(roster_frost(&along, &parsed) == RC_OK);
	curve_key = parsed.key;
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	curve_line(&file, &text);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], text.b, text.n, 0);
	put_buf("curve-roster.note", &file);

	text_init(&t, scratch, sizeof scratch);
	ceremony_trust_build(&t, &curve.ceremony, curve.template.p,
	    curve.template.n, &key);
	assert(!t.full);
	buf_set(&text, t.p);
	lines = BY(&a.root[0], &a.root[1], &a.root[2]);
	note_make(&file, &text, &lines);
	curve_line(&file, &text);
	line_put(&file, &a.signer[2], text.b, text.n, 0);
	put_buf("curve-trust.note", &file);
}
