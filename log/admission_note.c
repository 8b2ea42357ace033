/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of admission about the bytes alone: that they are one note, of a
 * known kind, in its grammar, and that its keys are keys. They run once for a
 * text; what they find out (lines, kind, authority, epoch, `proposed`) is
 * what every later rule works on.
 */
#include "log/admission_inside.h"

#include <string.h>

#include "host/bip340.h"

static void
lines_index(struct admission *a)
{
	size_t at = a->note.text_n + 1;
	struct sigline l;
	unsigned i;

	for (i = 0; i < a->note.line_n; i++) {
		struct admission_line *line = &a->line[i];

		memset(line, 0, sizeof *line);
		line->at = (uint16_t)at;
		/* it was taken before, when the note was split */
		(void)!sigline_take(&l, &at, a->bytes, a->note.n);
		line->name_n = l.name_n;
		line->blob_n = (uint16_t)l.base64.n;
		memcpy(line->id, l.blob, 4);
		memcpy(line->sig, l.blob + 4, 64);
		line->place = PLACE_NOBODY;
	}
}

enum rc
rule_note(struct admission *a)
{
	struct note note;
	size_t rest;

	if (!a->split) /* once more, to say what is wrong */
		return note_split_file(&note, &rest, a->bytes, a->n);
	if (a->rest.n == 0 && a->note.n != a->n) /* the LF alone */
		return RC_TRAILING;
	lines_index(a);
	return RC_OK;
}

enum rc
rule_kind(struct admission *a)
{
	static const struct {
		const char *kind;
		enum admission_kind is;
	} kinds[] = {{"quorate/release@v1", ADMISSION_RELEASE},
	    {"quorate/withdraw@v1", ADMISSION_WITHDRAW},
	    {"quorate/trust@v1", ADMISSION_TRUST},
	    {"quorate/roster@v1", ADMISSION_ROSTER},
	    {"quorate/objection@v1", ADMISSION_OBJECTION}};
	struct slice s = {a->bytes, 0};
	size_t i;

	while (s.p[s.n] != '\n')
		s.n++;
	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (slice_is(s, kinds[i].kind)) {
			a->kind = kinds[i].is;
			return RC_OK;
		}
	return RC_KIND;
}

enum rc
trust_line(const struct trust *t, unsigned rule, struct line *out)
{
	struct walk w;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	return rc == RC_OK ? line_next_of(&w, rule, out) : rc;
}

enum rc
trust_line_number(const struct trust *t, unsigned rule, uint64_t *out)
{
	struct line l;
	enum rc rc = trust_line(t, rule, &l);

	*out = rc == RC_OK ? l.number[0] : 0;
	return rc == RC_MORE ? RC_OK : rc;
}

enum rc
rule_grammar(struct admission *a)
{
	size_t n = a->note.text_n;
	enum rc rc;

	switch (a->kind) {
	case ADMISSION_RELEASE:
	case ADMISSION_WITHDRAW:
		rc = release_parse(&a->u.release, a->bytes, n, READER_HOST);
		a->authority = a->u.release.authority;
		a->epoch = a->u.release.epoch;
		a->proposed = a->u.release.proposed;
		return rc;
	case ADMISSION_TRUST:
		rc = trust_read(&a->u.trust, a->bytes, n, READER_HOST);
		if (rc != RC_OK)
			return rc;
		a->authority = trust_name(&a->u.trust);
		a->epoch = a->u.trust.epoch;
		return trust_line_number(&a->u.trust, TRUST_RULE_PROPOSED,
		    &a->proposed);
	case ADMISSION_ROSTER:
		rc = roster_parse(&a->u.roster, a->bytes, n);
		a->authority = a->u.roster.authority;
		a->epoch = a->u.roster.epoch;
		a->proposed = a->u.roster.proposed;
		return rc;
	default:
		rc = objection_parse(&a->u.objection, a->bytes, n);
		a->authority = a->u.objection.authority;
		a->epoch = a->u.objection.epoch;
		a->proposed = a->u.objection.proposed;
		return rc;
	}
}

/* A key that is no curve point verifies nothing, and a quorum that counts on
 * it is smaller than it looks. */
enum rc
rule_keys(struct admission *a)
{
	const struct trust *t = &a->u.trust;
	struct vkey k;
	unsigned list, i;
	enum rc rc = RC_OK;

	if (a->kind == ADMISSION_ROSTER) {
		rc = vkey_usable(&a->u.roster.key);
		for (i = 0; rc == RC_OK && i < a->u.roster.party_n; i++) {
			roster_party_key(&k, &a->u.roster, i);
			rc = vkey_usable(&k);
		}
		return rc;
	}
	for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
		for (i = 0;
		     rc == RC_OK && i < trust_count(t, (enum trust_list)list);
		     i++) {
			trust_key(&k, t, (enum trust_list)list, i);
			rc = vkey_usable(&k);
			if (rc != RC_OK)
				why_set(&a->why, "the key of '%.*s' is no "
						 "usable public key",
				    SLICE(k.name));
		}
	return rc;
}
