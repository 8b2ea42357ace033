/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is convicted, and by what. Each link is a digest or a signature, so
 * that whoever put the items together can add nothing: the share note is the
 * party's own, it names the package by its digest, the package names text
 * and roster by theirs. An honest party checks its share before it signs the
 * note, and names what the package names; so none can be convicted.
 */
#include "quorum/blame.h"
#include <string.h>
#include "host/digest.h"
#include "quorum/roster_frost.h"

void
blame_put(struct text *t, const struct message_blame *blame,
    struct slice package, struct slice share, struct slice message,
    struct slice roster)
{
	char bytes[2048];
	struct text text;

	text_init(&text, bytes, sizeof bytes);
	blame_build(&text, blame);
	bundle_put(t, text.p, text.n);
	bundle_put(t, package.p, package.n);
	bundle_put(t, share.p, share.n);
	bundle_put(t, message.p, message.n);
	bundle_put(t, roster.p, roster.n);
}

static bool
digest_is(const uint8_t want[static 32], struct slice s)
{
	uint8_t got[32];

	sha256_of(got, s.p, s.n);
	return memcmp(got, want, sizeof got) == 0;
}

/* The party's leaf, if it is one of the roster's and in the package. */
static const struct frost_commitment *
own_entry(struct blame_case *c)
{
	for (unsigned i = 0; i < c->roster.party_n; i++) {
		struct vkey k;

		roster_party_key(&k, &c->roster, i);
		if (memcmp(k.key, c->party.key, sizeof k.key) != 0 ||
		    !slice_equal(k.name, c->party.name))
			continue;
		c->leaf = c->frost.tree.id[i];
		c->name = roster_party_name(&c->roster, i);
	}
	for (unsigned i = 0; i < c->package.list_n; i++)
		if (c->leaf != 0 && c->package.list[i].id == c->leaf)
			return &c->package.list[i];
	return NULL;
}

/* The items are about one thing, said by that party. */
static enum rc
items_fit(struct blame_case *c, const struct bundle_item *package,
    const struct message *share)
{
	if (!digest_is(c->blame.package, package->text) ||
	    package->line_n != 0 ||
	    memcmp(c->blame.share, share->id, 32) != 0 ||
	    memcmp(c->share.package, c->blame.package, 32) != 0 ||
	    memcmp(c->share.message, c->blame.message, 32) != 0 ||
	    memcmp(c->package.message, c->blame.message, 32) != 0 ||
	    !c->package.has_roster ||
	    memcmp(c->package.roster, c->roster.id, 32) != 0)
		return RC_BLAME;
	return message_verify(share, &c->party);
}

/* The message is the text, or what one of a release's `sign` lines allows. */
static enum rc
message_fits(struct blame_case *c)
{
	struct frost_roster moved;
	struct release release;
	enum rc rc;

	c->signed_bytes = c->text;
	if (digest_is(c->blame.message, c->text))
		return RC_OK;
	rc = release_parse(&release, c->text.p, c->text.n, READER_HOST);
	if (rc == RC_OK)
		rc = purpose_find(
		    &c->line, c->text.p, c->text.n, c->blame.message);
	if (rc == RC_OK)
		rc = purpose_roster(&moved, &c->frost, c->line.name);
	if (rc != RC_OK)
		return RC_BLAME;
	c->frost = moved;
	c->signed_bytes = (struct slice){c->line.message, c->line.message_n};
	return RC_OK;
}

static enum rc
convicts(struct blame_case *c)
{
	const struct frost_commitment *mine = own_entry(c);
	struct frost_session session;
	struct signing_package p;
	enum rc rc;

	if (mine == NULL)
		return RC_BLAME;
	if (slice_is(c->blame.code, "roster"))
		return memcmp(c->share.roster, c->roster.id, 32) != 0
		    ? RC_OK
		    : RC_BLAME;
	if (slice_is(c->blame.code, "nonces"))
		return memcmp(c->share.d.b, mine->d.b, 32) != 0 ||
			memcmp(c->share.e.b, mine->e.b, 32) != 0
		    ? RC_OK
		    : RC_BLAME;
	if (!slice_is(c->blame.code, "share"))
		return RC_BLAME;
	package_frost(&p, &c->package, c->signed_bytes.p, c->signed_bytes.n);
	rc = frost_session_open(&session, NULL, &c->frost, &p);
	if (rc != RC_OK)
		return rc;
	return frost_share_check(&session, &c->frost, c->leaf, &c->share.z) !=
		RC_OK
	    ? RC_OK
	    : RC_BLAME;
}

enum rc
blame_check(struct blame_case *out, struct bundle *b)
{
	struct bundle_item item[5];
	struct message share;
	enum rc rc = RC_OK;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; rc == RC_OK && i < 5; i++) {
		rc = bundle_next(b, &item[i]);
		if (rc == RC_MORE && i > 0)
			rc = RC_BLAME; /* half a case */
	}
	if (rc == RC_OK)
		rc = blame_parse(
		    &out->blame, item[0].whole.p, item[0].whole.n);
	if (rc == RC_OK)
		rc = vkey_parse(
		    &out->party, out->blame.party, KEY_ED25519);
	if (rc == RC_OK)
		rc = package_parse(
		    &out->package, item[1].text.p, item[1].text.n);
	if (rc == RC_OK)
		rc = message_open(&share, item[2].whole.p, item[2].whole.n);
	if (rc == RC_OK)
		rc = share_parse(&out->share, share.text.p, share.text.n);
	if (rc == RC_OK)
		rc = roster_parse(
		    &out->roster, item[4].text.p, item[4].text.n);
	if (rc == RC_OK)
		rc = roster_frost(&out->frost, &out->roster);
	if (rc != RC_OK)
		return rc;
	out->text = item[3].text;
	rc = items_fit(out, &item[1], &share);
	if (rc == RC_OK)
		rc = message_fits(out);
	return rc == RC_OK ? convicts(out) : rc;
}
