/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/draft.h"

#include <stdio.h>
#include <string.h>

#include "cli/key.h"
#include "host/rc_text.h"
#include "host/sign.h"
#include "verify/sha256.h"

struct draft {
	const struct draft_options *o;
	struct slice body;
	bool owner;
	struct why *why;
};

/* The words of one draft line, comment dropped: how many. */
static unsigned
line_words(struct slice line, struct slice words[static 160])
{
	unsigned n = 0;
	size_t i = 0;

	while (n < 160) {
		while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' ||
					 line.p[i] == '\r'))
			i++;
		if (i == line.n || line.p[i] == '#')
			break;
		words[n].p = line.p + i;
		while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t' &&
		       line.p[i] != '\r')
			i++;
		words[n].n = (size_t)(line.p + i - words[n].p);
		n++;
	}
	return n;
}

static enum rc
put_key(struct text *out, const struct draft *d, struct slice file)
{
	char path[4096];
	struct pub p;
	enum rc rc;

	snprintf(path, sizeof path, "%s%s%.*s",
	    file.p[0] == '/' ? "" : d->o->dir,
	    file.p[0] == '/' || d->o->dir[0] == '\0' ? "" : "/", SLICE(file));
	rc = pub_read(&p, path, d->why);
	if (rc == RC_OK)
		text_string(out, p.text);
	return rc;
}

static enum rc
put_words(struct text *out, const struct draft *d, const struct slice *words,
    unsigned n)
{
	enum rc rc = RC_OK;
	unsigned i;

	for (i = 0; rc == RC_OK && i < n; i++) {
		if (i > 0)
			text_string(out, " ");
		if (words[i].n > 1 && words[i].p[0] == '@')
			rc = put_key(out, d,
			    (struct slice){words[i].p + 1, words[i].n - 1});
		else
			text_put(out, words[i].p, words[i].n);
	}
	text_string(out, "\n");
	return rc;
}

/* The draft's first line with this key: its words, or 0. */
static unsigned
find_line(
    const struct draft *d, const char *key, struct slice words[static 160])
{
	struct slice rest = d->body;
	unsigned n;

	while (rest.n > 0) {
		n = line_words(slice_line(&rest), words);
		if (n > 0 && slice_is(words[0], key))
			return n;
	}
	return 0;
}

static bool
is_head(const struct draft *d, struct slice key)
{
	static const char *const keys[] = {
	    "name", "for", "epoch", "revision", "previous"};
	unsigned i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (slice_is(key, keys[i]))
			return true;
	return slice_is(
	    key, d->owner ? "quorate/owner@v1" : "quorate/trust@v1");
}

/* A head line: the draft's, or `value`. */
static enum rc
put_head(
    struct text *out, const struct draft *d, const char *key, const char *value)
{
	struct slice words[160];
	unsigned n = find_line(d, key, words);

	if (n > 0)
		return put_words(out, d, words, n);
	if (value == NULL) {
		why_set(d->why, "the draft has no line '%s'", key);
		return RC_LINE_MISSING;
	}
	text_printf(out, "%s %s\n", key, value);
	return RC_OK;
}

static enum rc
put_heads(struct text *out, const struct draft *d, uint32_t epoch)
{
	const struct trust *before = d->o->before;
	char number[24], previous[65] = "-";
	struct text t;
	enum rc rc;

	if (before != NULL) {
		text_init(&t, previous, sizeof previous);
		text_hex(&t, before->id, 32);
	}
	rc = put_head(out, d, "name", NULL);
	if (rc == RC_OK && d->owner)
		rc = put_head(out, d, "for", NULL);
	snprintf(number, sizeof number, "%u", epoch);
	if (rc == RC_OK && !d->owner)
		rc = put_head(out, d, "epoch", number);
	snprintf(
	    number, sizeof number, "%u", before ? before->revision + 1 : 1);
	if (rc == RC_OK)
		rc = put_head(out, d, "revision", number);
	return rc == RC_OK ? put_head(out, d, "previous", previous) : rc;
}

static enum rc
build(struct text *out, const struct draft *d, uint32_t epoch)
{
	bool about = false, proposed = false;
	struct slice rest = d->body, words[160];
	unsigned n;
	enum rc rc;

	text_init(out, out->p, out->cap);
	text_string(
	    out, d->owner ? "quorate/owner@v1\n" : "quorate/trust@v1\n");
	rc = put_heads(out, d, epoch);
	while (rc == RC_OK && rest.n > 0) {
		n = line_words(slice_line(&rest), words);
		if (n == 0 || is_head(d, words[0]))
			continue;
		about = about || slice_is(words[0], "about");
		if (about && !proposed && !slice_is(words[0], "about")) {
			proposed = true;
			if (!slice_is(words[0], "proposed"))
				text_printf(out, "proposed %llu\n",
				    (unsigned long long)d->o->now);
			else if (n == 2 && slice_is(words[1], "now"))
				n = 0;
			if (n == 0) {
				text_printf(out, "proposed %llu\n",
				    (unsigned long long)d->o->now);
				continue;
			}
		}
		rc = put_words(out, d, words, n);
	}
	if (rc == RC_OK && !about)
		text_string(out, "about\n");
	if (rc == RC_OK && !proposed)
		text_printf(
		    out, "proposed %llu\n", (unsigned long long)d->o->now);
	if (rc == RC_OK && out->full) {
		why_set(d->why, "the text grows too long");
		rc = RC_TEXT_LONG;
	}
	return rc;
}

/* The digest of the lines that only a new epoch may change. */
static void
epoch_digest(uint8_t digest[static 32], const struct trust *t)
{
	struct sha256 s;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	sha256_init(&s);
	while (rc == RC_OK && (rc = line_next(&w, &l)) == RC_OK) {
		size_t n = l.whole.n;

		switch (l.rule) {
		case TRUST_RULE_SIGNER: /* label aside */
			n = (size_t)(l.field[1].p + l.field[1].n - l.whole.p);
			break;
		case TRUST_RULE_SIGNER_GROUP:
		case TRUST_RULE_QUORUM:
		case TRUST_RULE_SHARED:
			break;
		default:
			continue;
		}
		sha256_update(&s, l.whole.p, n);
		sha256_update(&s, (const uint8_t *)"\n", 1);
	}
	sha256_final(&s, digest);
}

bool
trust_needs_epoch(const struct trust *t, const struct trust *before)
{
	uint8_t a[32], b[32];

	epoch_digest(a, t);
	epoch_digest(b, before);
	return memcmp(a, b, 32) != 0;
}

bool
draft_template(struct text *checked, const struct text *text)
{
	const uint8_t seed[32] = {0};
	char vkey[CLI_VKEY_MAX];
	const char *at = strstr(text->p, " @ ");
	uint8_t key[32];

	if (at == NULL) {
		text_put(checked, text->p, text->n);
		return false;
	}
	ed25519_public(key, seed);
	vkey_format(vkey, "the-key-of-the-ceremony", KEY_ED25519, key);
	text_put(checked, text->p, (size_t)(at + 1 - text->p));
	text_string(checked, vkey);
	text_string(checked, at + 2);
	return true;
}

enum rc
draft_build(struct text *out, bool *epoch_up,
    const struct draft_options *options, struct slice draft, struct why *why)
{
	struct draft d = {.o = options, .body = draft, .why = why};
	const struct trust *before = options->before;
	uint32_t epoch = before != NULL ? before->epoch : 1;
	struct slice words[160];
	char again[UINT16_MAX];
	struct text checked;
	struct trust t;
	enum rc rc;

	*epoch_up = false;
	d.owner = find_line(&d, "quorate/owner@v1", words) > 0;
	if (!d.owner && find_line(&d, "quorate/trust@v1", words) == 0) {
		why_set(why, "a draft has a line 'quorate/trust@v1'");
		return RC_KIND;
	}
	rc = build(out, &d, epoch);
	if (rc != RC_OK || d.owner || before == NULL)
		return rc;
	text_init(&checked, again, sizeof again);
	(void)draft_template(&checked, out);
	rc = trust_read(&t, (uint8_t *)checked.p, checked.n, READER_HOST);
	if (rc != RC_OK) {
		why_set(why, "%s", rc_text(rc));
		return rc;
	}
	if (t.epoch == epoch &&
	    (options->new_epoch || trust_needs_epoch(&t, before))) {
		*epoch_up = true;
		rc = build(out, &d, epoch + 1);
	}
	return rc;
}
