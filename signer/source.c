/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/source.h"
#include <string.h>
#include "verify/release.h"

/*
 * The findings text: `found N`, then nine lines and the outputs, for each
 * of N.
 *
 *	ref COMMIT | -
 *	tag MARK BY | -
 *	commit MARK BY | -
 *	branch yes | no
 *	tree DIGEST | -
 *	size FILES BYTES
 *	time SECONDS
 *	fault REST | -
 *	build no | failed REST | COUNT
 *	output COMPONENT SIZE DIGEST
 *	since FILES ADDED REMOVED MORE COUNT	if that is known
 *	log COMMIT SUBJECT
 *
 * then `payload`, `attest` and `notes` lines: NAME or -, SIZE, DIGEST, of
 * what was fetched.
 */
static const char *const marks[] = {"unsigned", "bad", "stranger", "good"};
enum { MARK_N = sizeof marks / sizeof marks[0] };
static const char *const whats[] = {[FETCHED_PAYLOAD] = "payload",
    [FETCHED_ATTEST] = "attest", [FETCHED_NOTES] = "notes"};
enum { WHAT_N = sizeof whats / sizeof whats[0] };

static const char *
or_dash(const char *s)
{
	return s[0] != '\0' ? s : "-";
}

static void
build_put(struct text *out, const struct source_found *s)
{
	switch (s->build) {
	case SOURCE_NOT_BUILT:
		text_string(out, "build no\n");
		return;
	case SOURCE_BUILD_FAILED:
		text_printf(out, "build failed %s\n", s->build_fault);
		return;
	case SOURCE_BUILT:
		break;
	}
	text_printf(out, "build %u\n", s->output_count);
	for (unsigned i = 0; i < s->output_count; i++) {
		const struct source_output *o = &s->output[i];

		text_printf(out, "output %s %llu ", o->component,
		    (unsigned long long)o->size);
		text_hex(out, o->sha256, sizeof o->sha256);
		text_string(out, "\n");
	}
}

static void
since_put(struct text *out, const struct source_found *s)
{
	if (!s->since_known)
		return;
	text_printf(out, "since %llu %llu %llu %llu %u\n",
	    (unsigned long long)s->changed, (unsigned long long)s->added,
	    (unsigned long long)s->removed, (unsigned long long)s->log_more,
	    s->log_n);
	for (unsigned i = 0; i < s->log_n; i++)
		text_printf(
		    out, "log %s %s\n", s->log[i].commit, s->log[i].subject);
}

void
source_findings_build(struct text *out, const struct source_findings *f)
{
	text_printf(out, "found %u\n", f->count);
	for (unsigned i = 0; i < f->count; i++) {
		const struct source_found *s = &f->at[i];

		text_printf(out, "ref %s\ntag %s %s\ncommit %s %s\nbranch %s\n",
		    or_dash(s->ref_commit), marks[s->tag], or_dash(s->tag_by),
		    marks[s->commit], or_dash(s->commit_by),
		    s->on_branch ? "yes" : "no");
		text_string(out, "tree ");
		if (s->tree_known)
			text_hex(out, s->tree, sizeof s->tree);
		else
			text_string(out, "-");
		text_printf(out, "\nsize %llu %llu\ntime %llu\nfault %s\n",
		    (unsigned long long)s->files, (unsigned long long)s->bytes,
		    (unsigned long long)s->time, or_dash(s->fault));
		build_put(out, s);
		since_put(out, s);
	}
	for (unsigned i = 0; i < f->fetched_n; i++) {
		const struct source_fetched *x = &f->fetched[i];

		text_printf(out, "%s %s %llu ", whats[x->what],
		    or_dash(x->name), (unsigned long long)x->size);
		text_hex(out, x->sha256, sizeof x->sha256);
		text_string(out, "\n");
	}
}

/* The next line's value, behind "key "; false when it is another line. */
static bool
value_take(struct slice *rest, const char *key, struct slice *value)
{
	size_t k = strlen(key);
	const uint8_t *lf = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
	size_t n;

	if (lf == NULL)
		return false;
	n = (size_t)(lf - rest->p);
	if (n < k + 2 || memcmp(rest->p, key, k) != 0 || rest->p[k] != ' ')
		return false;
	*value = (struct slice){rest->p + k + 1, n - k - 1};
	rest->p = lf + 1;
	rest->n -= n + 1;
	return true;
}

/* A string of printable bytes, "-" for none; the rest of out is zero. */
static bool
string_take(struct slice value, char *out, size_t cap)
{
	memset(out, 0, cap);
	if (slice_is(value, "-"))
		return true;
	if (value.n >= cap)
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < 0x20 || value.p[i] > 0x7e)
			return false;
	memcpy(out, value.p, value.n);
	return true;
}

static bool
commit_fits(const char *s)
{
	size_t n = strlen(s);

	return (n == 0 || n == 40 || n == 64) &&
	    strspn(s, "0123456789abcdef") == n;
}

/* The first of several words, and the rest behind its space. */
static bool
word_take(struct slice *value, struct slice *word)
{
	const uint8_t *space = memchr(value->p, ' ', value->n);

	if (space == NULL)
		return false;
	*word = (struct slice){value->p, (size_t)(space - value->p)};
	value->p = space + 1;
	value->n -= word->n + 1;
	return true;
}

static bool
mark_take(struct slice value, enum source_mark *mark, char *by, size_t cap)
{
	struct slice word;

	if (!word_take(&value, &word))
		return false;
	for (unsigned i = 0; i < MARK_N; i++)
		if (slice_is(word, marks[i])) {
			*mark = (enum source_mark)i;
			return string_take(value, by, cap) &&
			    (by[0] != '\0') == (*mark == SOURCE_GOOD);
		}
	return false;
}

static bool
output_take(struct slice *rest, struct source_output *o)
{
	struct slice v, word;

	if (!value_take(rest, "output", &v) || !word_take(&v, &word) ||
	    !slice_name(word))
		return false;
	memcpy(o->component, word.p, word.n);
	return word_take(&v, &word) &&
	    slice_decimal(word, ((uint64_t)1 << 53) - 1, &o->size) &&
	    slice_hex(v, o->sha256, sizeof o->sha256);
}

static bool
build_take(struct slice *rest, struct source_found *s)
{
	struct slice v, word;
	uint64_t count;

	if (!value_take(rest, "build", &v))
		return false;
	if (slice_is(v, "no"))
		return true;
	if (slice_decimal(v, SOURCE_OUTPUTS_MAX, &count)) {
		s->build = SOURCE_BUILT;
		s->output_count = (unsigned)count;
		for (unsigned i = 0; i < s->output_count; i++)
			if (!output_take(rest, &s->output[i]))
				return false;
		return true;
	}
	s->build = SOURCE_BUILD_FAILED;
	return word_take(&v, &word) && slice_is(word, "failed") &&
	    string_take(v, s->build_fault, sizeof s->build_fault) &&
	    s->build_fault[0] != '\0';
}

/* Optional: what does not begin with it is left alone. */
static bool
since_take(struct slice *rest, struct source_found *s)
{
	uint64_t *const number[] = {
	    &s->changed, &s->added, &s->removed, &s->log_more};
	struct slice v, word;
	uint64_t count;

	if (!value_take(rest, "since", &v))
		return true;
	for (unsigned i = 0; i < 4; i++)
		if (!word_take(&v, &word) ||
		    !slice_decimal(word, ((uint64_t)1 << 53) - 1, number[i]))
			return false;
	if (!slice_decimal(v, SOURCE_LOG_MAX, &count))
		return false;
	s->since_known = true;
	s->log_n = (unsigned)count;
	for (unsigned i = 0; i < s->log_n; i++) {
		struct source_log *l = &s->log[i];

		if (!value_take(rest, "log", &v) || !word_take(&v, &word) ||
		    word.n != 12 ||
		    !string_take(word, l->commit, sizeof l->commit) ||
		    strspn(l->commit, "0123456789abcdef") != 12 ||
		    v.n == 0 || slice_is(v, "-") ||
		    !string_take(v, l->subject, sizeof l->subject))
			return false;
	}
	return true;
}

static bool
found_take(struct slice *rest, struct source_found *s)
{
	struct slice v, word;

	if (!value_take(rest, "ref", &v) ||
	    !string_take(v, s->ref_commit, sizeof s->ref_commit) ||
	    !commit_fits(s->ref_commit))
		return false;
	if (!value_take(rest, "tag", &v) ||
	    !mark_take(v, &s->tag, s->tag_by, sizeof s->tag_by))
		return false;
	if (!value_take(rest, "commit", &v) ||
	    !mark_take(v, &s->commit, s->commit_by, sizeof s->commit_by))
		return false;
	if (!value_take(rest, "branch", &v))
		return false;
	s->on_branch = slice_is(v, "yes");
	if (!s->on_branch && !slice_is(v, "no"))
		return false;
	if (!value_take(rest, "tree", &v))
		return false;
	s->tree_known = !slice_is(v, "-");
	if (s->tree_known && !slice_hex(v, s->tree, sizeof s->tree))
		return false;
	if (!value_take(rest, "size", &v))
		return false;
	if (!word_take(&v, &word) ||
	    !slice_decimal(word, ((uint64_t)1 << 53) - 1, &s->files) ||
	    !slice_decimal(v, ((uint64_t)1 << 53) - 1, &s->bytes))
		return false;
	if (!value_take(rest, "time", &v) ||
	    !slice_decimal(v, ((uint64_t)1 << 53) - 1, &s->time))
		return false;
	return value_take(rest, "fault", &v) &&
	    string_take(v, s->fault, sizeof s->fault) &&
	    s->tree_known == (s->fault[0] == '\0') && build_take(rest, s) &&
	    since_take(rest, s);
}

static bool
fetched_take(struct slice *rest, struct source_fetched *x)
{
	struct slice v, word;
	unsigned i = 0;

	while (i < WHAT_N && !value_take(rest, whats[i], &v))
		i++;
	if (i == WHAT_N || !word_take(&v, &word) ||
	    !string_take(word, x->name, sizeof x->name) ||
	    (x->name[0] == '\0') != (i == FETCHED_NOTES) ||
	    (i != FETCHED_NOTES && !slice_name(word)))
		return false;
	x->what = (enum fetched_what)i;
	return word_take(&v, &word) &&
	    slice_decimal(word, ((uint64_t)1 << 53) - 1, &x->size) &&
	    slice_hex(v, x->sha256, sizeof x->sha256);
}

enum rc
source_findings_parse(
    struct source_findings *out, const uint8_t *p, size_t n)
{
	struct slice rest = {p, n}, v;
	uint64_t count;

	memset(out, 0, sizeof *out);
	if (!value_take(&rest, "found", &v) ||
	    !slice_decimal(v, SOURCES_MAX, &count))
		return RC_SOURCE;
	for (uint64_t i = 0; i < count; i++)
		if (!found_take(&rest, &out->at[i])) {
			memset(out, 0, sizeof *out);
			return RC_SOURCE;
		}
	while (rest.n != 0)
		if (out->fetched_n == FETCHED_MAX ||
		    !fetched_take(&rest, &out->fetched[out->fetched_n++])) {
			memset(out, 0, sizeof *out);
			return RC_SOURCE;
		}
	out->count = (unsigned)count;
	return RC_OK;
}

bool
source_url_good(const char *url)
{
	return (strncmp(url, "https://", 8) == 0 ||
		   strncmp(url, "file:///", 8) == 0) &&
	       strpbrk(url, " \t\n") == NULL && strlen(url) <= SOURCE_URL_MAX;
}

unsigned
source_lines(struct source_line out[static SOURCES_MAX], const uint8_t *text,
    size_t n)
{
	struct walk w;
	struct line l;
	unsigned count = 0;

	if (walk_init(&w, text, n, "quorate/release@v1", release_rules,
		release_rule_n, READER_HOST) != RC_OK)
		return 0;
	while (count < SOURCES_MAX &&
	    line_next_of(&w, RELEASE_RULE_SOURCE, &l) == RC_OK) {
		struct source_line *s = &out[count++];

		s->url = l.field[0];
		s->ref = l.field[1];
		s->commit = l.field[2];
		(void)!slice_hex(l.field[3], s->tree, sizeof s->tree);
	}
	return count;
}

static void
fetched_name(struct source_fetched *x, struct slice name)
{
	memcpy(x->name, name.p, name.n); /* the rest is zero */
}

unsigned
fetch_lines(struct source_fetched out[static FETCHED_MAX],
    const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;
	unsigned count = 0;

	memset(out, 0, FETCHED_MAX * sizeof out[0]);
	if (walk_init(&w, text, n, "quorate/release@v1", release_rules,
		release_rule_n, READER_HOST) != RC_OK)
		return 0;
	while (count < FETCHED_MAX && line_next(&w, &l) == RC_OK) {
		struct source_fetched *x = &out[count];
		struct slice digest;

		switch (l.rule) {
		case RELEASE_RULE_PAYLOAD:
			x->what = FETCHED_PAYLOAD;
			x->size = l.number[0];
			fetched_name(x, l.field[0]);
			digest = l.field[2];
			break;
		case RELEASE_RULE_ATTEST:
			x->what = FETCHED_ATTEST;
			fetched_name(x, l.field[0]);
			digest = l.field[1];
			break;
		case RELEASE_RULE_NOTES:
			x->what = FETCHED_NOTES;
			digest = l.field[0];
			break;
		default:
			continue;
		}
		(void)!slice_hex(digest, x->sha256, sizeof x->sha256);
		count++;
	}
	return count;
}

void
fetched_words(struct text *out, const struct source_fetched *f)
{
	text_printf(out, "%s%s%s", whats[f->what],
	    f->name[0] != '\0' ? " " : "", f->name);
}
