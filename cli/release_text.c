/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/release_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/rc_text.h"
#include "verify/release.h"

enum { LINE_MAX_BYTES = 1100 };

/* Lines of one key, collected to be sorted. */
struct lines {
	char line[ARGS_LIST_MAX][LINE_MAX_BYTES];
	size_t n;
};

static int
line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
lines_put(struct text *out, struct lines *l)
{
	size_t i;

	qsort(l->line, l->n, sizeof l->line[0], line_compare);
	for (i = 0; i < l->n; i++)
		text_printf(out, "%s\n", l->line[i]);
	l->n = 0;
}

/* `NAME<sep>REST`: the length of NAME; the first sep divides. */
static enum rc
divide(const char *option, const char *value, char sep, int *name_n,
    const char **rest, struct why *why)
{
	const char *at = strchr(value, sep);

	if (at == NULL || at == value || at[1] == '\0') {
		why_set(why, "%s wants two parts with a '%c' between, not '%s'",
		    option, sep, value);
		return RC_FIELD;
	}
	*name_n = (int)(at - value);
	*rest = at + 1;
	return RC_OK;
}

static enum rc
digest_file(
    char hex[static 65], uint64_t *size, const char *path, struct why *why)
{
	uint8_t digest[32];
	struct text t;
	enum rc rc = file_sha256(digest, size, path, why);

	text_init(&t, hex, 65);
	if (rc == RC_OK)
		text_hex(&t, digest, 32);
	return rc;
}

/* `key NAME [SIZE] DIGEST` from NAME=FILE. */
static enum rc
file_lines(struct lines *l, const char *key, const char *option, bool sized,
    const struct args_list *from, struct why *why)
{
	char hex[65], number[24] = "";
	const char *file;
	uint64_t size;
	size_t i;
	int n;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && i < from->count; i++) {
		rc = divide(option, from->at[i], '=', &n, &file, why);
		if (rc == RC_OK)
			rc = digest_file(hex, &size, file, why);
		if (rc != RC_OK)
			break;
		if (sized && size == 0) /* as `make >app.bin` leaves it */
			say(SAY_WARNING, "'%s' is empty, and is released as "
					 "such", from->at[i]);
		if (sized)
			snprintf(number, sizeof number, "%llu ",
			    (unsigned long long)size);
		snprintf(l->line[l->n++], LINE_MAX_BYTES, "%s %.*s %s%s", key,
		    n, from->at[i], number, hex);
	}
	return rc;
}

static enum rc
delta_lines(struct lines *l, const struct args_list *from, struct why *why)
{
	char base_path[FILE_PATH_MAX + 1], base[65], delta[65];
	const char *rest, *file;
	uint64_t size, ignored;
	size_t i;
	int n, m;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && i < from->count; i++) {
		rc = divide("--delta", from->at[i], ':', &n, &rest, why);
		if (rc == RC_OK)
			rc = divide("--delta", rest, '=', &m, &file, why);
		if (rc != RC_OK)
			break;
		snprintf(base_path, sizeof base_path, "%.*s", m, rest);
		rc = digest_file(base, &ignored, base_path, why);
		if (rc == RC_OK)
			rc = digest_file(delta, &size, file, why);
		if (rc == RC_OK)
			snprintf(l->line[l->n++], LINE_MAX_BYTES,
			    "delta %.*s %s %llu %s", n, from->at[i], base,
			    (unsigned long long)size, delta);
	}
	return rc;
}

/* `key A B` from A<sep>B. */
static enum rc
pair_lines(struct lines *l, const char *key, const char *option, char sep,
    const struct args_list *from, struct why *why)
{
	const char *rest;
	size_t i;
	int n;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && i < from->count; i++) {
		rc = divide(option, from->at[i], sep, &n, &rest, why);
		if (rc == RC_OK)
			snprintf(l->line[l->n++], LINE_MAX_BYTES, "%s %.*s %s",
			    key, n, from->at[i], rest);
	}
	return rc;
}

static void
verbatim_lines(struct lines *l, const char *key, const struct args_list *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		snprintf(
		    l->line[l->n++], LINE_MAX_BYTES, "%s %s", key, from->at[i]);
}

/* ---- single lines ----------------------------------------------------- */

static enum rc
from_put(struct text *out, const char *from, struct why *why)
{
	const char *high;
	int n;
	enum rc rc = RC_OK;

	if (from != NULL) {
		rc = divide("--from", from, '-', &n, &high, why);
		if (rc == RC_OK)
			text_printf(out, "from %.*s %s\n", n, from, high);
	}
	return rc;
}

static enum rc
expires_put(struct text *out, const struct release_request *r, struct why *why)
{
	uint64_t v;

	if (r->expires == NULL)
		return RC_OK;
	if (r->expires[0] == '+' &&
	    duration_decode(&v, r->expires + 1, strlen(r->expires + 1))) {
		v = r->proposed + v / 1000;
	} else if (!slice_decimal(slice_of(r->expires), UINT64_MAX, &v)) {
		why_set(why, "--expires wants a unix time, or +90d, not '%s'",
		    r->expires);
		return RC_FIELD;
	}
	text_printf(out, "expires %llu\n", (unsigned long long)v);
	return RC_OK;
}

static enum rc
notes_put(struct text *out, const char *notes, struct why *why)
{
	uint64_t size;
	char hex[65];
	enum rc rc;

	if (notes == NULL)
		return RC_OK;
	rc = digest_file(hex, &size, notes, why);
	if (rc == RC_OK)
		text_printf(out, "notes %s\n", hex);
	return rc;
}

/* A value with a line break would be two lines of the text. */
static bool
one_line_each(const struct release_request *r)
{
	const struct args_list *lists[] = {&r->payloads, &r->deltas,
	    &r->requires_, &r->rosters, &r->sources, &r->attestations,
	    &r->purposes, &r->withdrawn};
	const char *singles[] = {
	    r->authority, r->product, r->version, r->from, r->reason};
	size_t i, j;

	for (i = 0; i < sizeof singles / sizeof singles[0]; i++)
		if (singles[i] != NULL && strchr(singles[i], '\n') != NULL)
			return false;
	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (j = 0; j < lists[i]->count; j++)
			if (strchr(lists[i]->at[j], '\n') != NULL ||
			    strlen(lists[i]->at[j]) > LINE_MAX_BYTES - 200)
				return false;
	return true;
}

static enum rc
parsed(const struct text *out, struct why *why)
{
	struct release r;
	struct slice line;
	unsigned number;
	enum rc rc = RC_TEXT_LONG;

	if (!out->full)
		rc = release_parse(
		    &r, (const uint8_t *)out->p, out->n, READER_HOST);
	if (rc == RC_OK)
		return rc;
	number = line_at_fault((const uint8_t *)out->p, out->n, &line);
	if (number > 0)
		why_set(why, "'%.*s': %s", SLICE(line), rc_text(rc));
	else
		why_set(why, "%s", rc_text(rc));
	return rc;
}

enum rc
release_text(struct text *out, const struct release_request *r, struct why *why)
{
	static struct lines l; /* large; one thread */
	enum rc rc;

	if (!one_line_each(r)) {
		why_set(why, "a value is too long or holds a line break");
		return RC_LINE;
	}
	l.n = 0;
	text_printf(out,
	    "quorate/release@v1\nauthority %s %llu\nproduct %s\nversion %s\n"
	    "sequence %llu\n",
	    r->authority, (unsigned long long)r->epoch, r->product, r->version,
	    (unsigned long long)r->sequence);
	if (r->floor != NUMBER_ABSENT)
		text_printf(out, "floor %llu\n", (unsigned long long)r->floor);
	rc = file_lines(&l, "payload", "a payload", true, &r->payloads, why);
	lines_put(out, &l);
	if (rc == RC_OK)
		rc = delta_lines(&l, &r->deltas, why);
	lines_put(out, &l);
	if (rc == RC_OK)
		rc = from_put(out, r->from, why);
	if (rc == RC_OK)
		rc = pair_lines(
		    &l, "requires", "--requires", '=', &r->requires_, why);
	lines_put(out, &l);
	if (rc == RC_OK)
		rc = expires_put(out, r, why);
	text_printf(
	    out, "about\nproposed %llu\n", (unsigned long long)r->proposed);
	if (rc == RC_OK)
		rc =
		    pair_lines(&l, "roster", "--roster", '=', &r->rosters, why);
	lines_put(out, &l);
	verbatim_lines(&l, "source", &r->sources);
	lines_put(out, &l);
	if (rc == RC_OK)
		rc = file_lines(
		    &l, "attest", "--attest", false, &r->attestations, why);
	lines_put(out, &l);
	if (rc == RC_OK)
		rc = notes_put(out, r->notes, why);
	if (rc == RC_OK)
		rc = pair_lines(&l, "sign", "--sign", ':', &r->purposes, why);
	lines_put(out, &l);
	return rc == RC_OK ? parsed(out, why) : rc;
}

enum rc
withdraw_text(
    struct text *out, const struct release_request *r, struct why *why)
{
	static struct lines l; /* large; one thread */
	enum rc rc;

	if (!one_line_each(r)) {
		why_set(why, "a value is too long or holds a line break");
		return RC_LINE;
	}
	l.n = 0;
	text_printf(out,
	    "quorate/withdraw@v1\nauthority %s %llu\nproduct %s\nfloor %llu\n"
	    "about\nproposed %llu\n",
	    r->authority, (unsigned long long)r->epoch, r->product,
	    (unsigned long long)r->floor, (unsigned long long)r->proposed);
	rc = pair_lines(&l, "roster", "--roster", '=', &r->rosters, why);
	lines_put(out, &l);
	verbatim_lines(&l, "release", &r->withdrawn);
	lines_put(out, &l);
	text_printf(out, "reason %s\n", r->reason);
	return rc == RC_OK ? parsed(out, why) : rc;
}
