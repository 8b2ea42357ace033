/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows. One table says which lines a kind of row must have and may have;
 * another what a note that left has to be. The chain alone shows that nothing
 * was taken out; that what stands there is what a party may do is the second
 * half of record_check.
 */
#include "signer/record_row.h"
#include <string.h>
#include "host/digest.h"
#include "quorum/message.h"
#include "verify/note.h"
#include "verify/roster.h"

enum row_rule {
	RULE_NUMBER,
	RULE_PREVIOUS,
	RULE_AT,
	RULE_WHAT,
	RULE_WHICH,
	RULE_KEY,
	RULE_MESSAGE,
	RULE_CODE,
	RULE_PACKAGE,
	RULE_SLOT,
	RULE_OF,
	RULE_HEAD,
	RULE_CEREMONY,
	RULE_DIGEST,
	RULE_BY,
	RULE_SAYS,
	RULE_EVIDENCE,
	RULE_BYTES,
	RULES
};
/* In that order. */
_Static_assert(ROW_EVIDENCE_MAX == 0310, "as the rule of `evidence` says");
static const char rules[] =
    LINE_ONCE "number d\0"
    LINE_ONCE "previous H\0"
    LINE_ONCE "at D\0"
    LINE_ONCE "what n\0"
    LINE_MAYBE "which n\0"
    LINE_MAYBE "key k\0"
    LINE_MAYBE "message h\0"
    LINE_MAYBE "code n\0"
    LINE_MAYBE "package h\0"
    LINE_MAYBE "slot nddr\0"
    LINE_MAYBE "of nf\0"
    LINE_MAYBE "head Dh\0"
    LINE_MAYBE "ceremony h\0"
    LINE_MAYBE "digest h\0"
    LINE_MAYBE "by r\0"
    LINE_MAYBE "says r\0"
    LINE_ANY "\310" "evidence r\0"
    LINE_MAYBE "bytes nDhn\0";

#define BIT(rule) (1u << RULE_##rule)
#define EVERY	  (BIT(NUMBER) | BIT(PREVIOUS) | BIT(AT) | BIT(WHAT))
static const struct {
	const char *name;
	uint32_t must, may;
} whats[ROW_WHATS] = {
    [ROW_PARTY] = {"party", BIT(KEY), 0},
    [ROW_MIGRATED] = {"migrated", BIT(SAYS), 0},
    [ROW_RESTORED] = {"restored", BIT(OF) | BIT(SAYS), BIT(MESSAGE)},
    [ROW_ASKED] = {"asked", BIT(MESSAGE) | BIT(BYTES), 0},
    [ROW_DECISION] = {"decision",
	BIT(WHICH) | BIT(MESSAGE) | BIT(CODE) | BIT(BY) | BIT(SAYS) |
	    BIT(BYTES),
	BIT(EVIDENCE)},
    [ROW_ASSENT] = {"assent", BIT(MESSAGE) | BIT(BY), BIT(BYTES)},
    [ROW_FREEZE] = {"freeze", BIT(WHICH) | BIT(BY), 0},
    [ROW_BOUND] = {"bound", BIT(MESSAGE) | BIT(SLOT), 0},
    [ROW_LEFT] = {"left", BIT(WHICH) | BIT(MESSAGE) | BIT(BYTES),
	BIT(PACKAGE)},
    [ROW_LOG] = {"log", BIT(OF) | BIT(HEAD), 0},
    [ROW_ALARM] = {"alarm", BIT(OF) | BIT(SAYS), BIT(BYTES)},
    [ROW_CALMED] = {"calmed", BIT(OF) | BIT(BY), 0},
    [ROW_LIFTED] = {"lifted", BIT(OF) | BIT(BY), 0},
    [ROW_CEREMONY] = {"ceremony", BIT(WHICH) | BIT(CEREMONY),
	BIT(OF) | BIT(BY) | BIT(DIGEST)},
};

static const char kind[] = "quorate/row@v1";

/* ---- writing ---------------------------------------------------------------- */

static void
put_slice(struct text *t, const char *name, struct slice s)
{
	if (s.n > 0)
		text_printf(t, "%s %.*s\n", name, (int)s.n, (const char *)s.p);
}

static void
put_id(struct text *t, const char *name, const uint8_t *id)
{
	if (id == NULL)
		return;
	text_printf(t, "%s ", name);
	text_hex(t, id, 32);
	text_string(t, "\n");
}

void
row_build(struct text *t, const struct record_row *r)
{
	text_printf(t, "%s\nnumber %u\n", kind, (unsigned)r->number);
	if (r->first)
		text_string(t, "previous -\n");
	else
		put_id(t, "previous", r->previous);
	text_printf(t, "at %llu\nwhat %s\n", (unsigned long long)r->at,
	    whats[r->what].name);
	put_slice(t, "which", r->which);
	put_slice(t, "key", r->key);
	put_id(t, "message", r->message);
	put_slice(t, "code", r->code);
	put_id(t, "package", r->package);
	if (r->slot.n > 0)
		text_printf(t, "slot %.*s %u %u %.*s\n",
		    (int)r->slot_authority.n,
		    (const char *)r->slot_authority.p,
		    (unsigned)r->slot_epoch, (unsigned)r->slot_number,
		    (int)r->slot.n, (const char *)r->slot.p);
	if (r->authority.n > 0)
		text_printf(t, "of %.*s %.*s\n", (int)r->authority.n,
		    (const char *)r->authority.p, (int)r->origin.n,
		    (const char *)r->origin.p);
	if (r->has_head) {
		text_printf(t, "head %llu ", (unsigned long long)r->size);
		text_hex(t, r->root, 32);
		text_string(t, "\n");
	}
	put_id(t, "ceremony", r->ceremony);
	put_id(t, "digest", r->digest);
	put_slice(t, "by", r->by);
	put_slice(t, "says", r->says);
	for (unsigned i = 0; i < r->evidence_n; i++)
		put_slice(t, "evidence", r->evidence[i]);
	if (r->bytes.n > 0) {
		text_printf(t, "bytes %.*s %llu ", (int)r->bytes.n,
		    (const char *)r->bytes.p, (unsigned long long)r->bytes_n);
		text_hex(t, r->bytes_id, 32);
		text_string(t, r->here ? " here\n" : " before\n");
	}
}

struct slice
row_rest(char out[static ROW_REST_MAX + 1], const char *s, size_t n)
{
	size_t from = 0;

	while (from < n && s[from] == ' ')
		from++;
	n = n - from < ROW_REST_MAX ? n - from : ROW_REST_MAX;
	for (size_t i = 0; i < n; i++) {
		char c = s[from + i];

		out[i] = c >= 0x20 && c <= 0x7e ? c : '?';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	if (n == 0)
		out[n++] = '-';
	out[n] = '\0';
	return (struct slice){(const uint8_t *)out, n};
}

void
record_head_build(struct text *t, const struct record_head *head)
{
	text_printf(t, "quorate/record@v1\nparty %.*s\nrows %u\n",
	    (int)head->party.n, (const char *)head->party.p,
	    (unsigned)head->rows);
	put_id(t, "last", head->id);
	text_printf(t, "time %llu\n", (unsigned long long)head->time);
}

/* ---- reading ---------------------------------------------------------------- */

static const uint8_t *
hex_to(uint8_t out[static 32], struct slice s)
{
	return slice_hex(s, out, 32) ? out : NULL;
}

static bool
take_line(struct record_row *r, const struct line *l)
{
	switch ((enum row_rule)l->rule) {
	case RULE_NUMBER:
		r->number = (uint32_t)l->number[0];
		return true;
	case RULE_PREVIOUS:
		r->first = slice_is(l->field[0], "-");
		return r->first || slice_hex(l->field[0], r->previous, 32);
	case RULE_AT:
		r->at = l->number[0];
		return true;
	case RULE_WHAT:
		for (unsigned i = ROW_PARTY; i < ROW_WHATS; i++)
			if (slice_is(l->field[0], whats[i].name))
				r->what = (enum row_what)i;
		return r->what != ROW_NOTHING;
	case RULE_WHICH:
		r->which = l->field[0];
		return true;
	case RULE_KEY:
		r->key = l->field[0];
		return true;
	case RULE_MESSAGE:
		return (r->message = hex_to(r->ids[0], l->field[0])) != NULL;
	case RULE_CODE:
		r->code = l->field[0];
		return true;
	case RULE_PACKAGE:
		return (r->package = hex_to(r->ids[1], l->field[0])) != NULL;
	case RULE_SLOT:
		r->slot_authority = l->field[0];
		r->slot_epoch = (uint32_t)l->number[0];
		r->slot_number = (uint32_t)l->number[1];
		r->slot = l->field[3];
		return true;
	case RULE_OF:
		r->authority = l->field[0];
		r->origin = l->field[1];
		return true;
	case RULE_HEAD:
		r->has_head = true;
		r->size = l->number[0];
		return slice_hex(l->field[1], r->root, 32);
	case RULE_CEREMONY:
		return (r->ceremony = hex_to(r->ids[2], l->field[0])) != NULL;
	case RULE_DIGEST:
		return (r->digest = hex_to(r->ids[3], l->field[0])) != NULL;
	case RULE_BY:
		r->by = l->field[0];
		return true;
	case RULE_SAYS:
		r->says = l->field[0];
		return true;
	case RULE_EVIDENCE:
		r->evidence[r->evidence_n++] = l->field[0];
		return true;
	case RULE_BYTES:
		r->bytes = l->field[0];
		r->bytes_n = l->number[0];
		r->here = slice_is(l->field[3], "here");
		return r->bytes_n <= ROW_BYTES_MAX &&
		    slice_hex(l->field[2], r->bytes_id, 32) &&
		    (r->here || slice_is(l->field[3], "before"));
	case RULES:
		break;
	}
	return false;
}

enum rc
row_parse(struct record_row *r, const uint8_t *text, size_t n)
{
	uint32_t has = 0;
	struct walk w;
	struct line l;
	enum rc rc;

	memset(r, 0, sizeof *r);
	if (n > ROW_TEXT_MAX)
		return RC_TEXT_LONG;
	rc = walk_init(&w, text, n, kind, rules, RULES, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK) {
			has |= 1u << l.rule;
			rc = take_line(r, &l) ? RC_OK : RC_FIELD;
		}
	}
	if (rc != RC_MORE)
		return rc;
	has &= ~EVERY;
	return (has & whats[r->what].must) == whats[r->what].must &&
		(has & ~(whats[r->what].must | whats[r->what].may)) == 0
	    ? RC_OK
	    : RC_RECORD_ROW;
}

enum { HEAD_PARTY, HEAD_ROWS, HEAD_LAST, HEAD_TIME, HEADS };
static const char head_rules[] =
    LINE_ONCE "party k\0"
    LINE_ONCE "rows d\0"
    LINE_ONCE "last h\0"
    LINE_ONCE "time D\0";

enum rc
record_head_parse(struct record_head *h, const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;
	enum rc rc;

	memset(h, 0, sizeof *h);
	rc = walk_init(&w, text, n, "quorate/record@v1", head_rules, HEADS,
	    READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc != RC_OK)
			break;
		if (l.rule == HEAD_PARTY) {
			h->party = l.field[0];
			rc = vkey_parse(&h->key, h->party, KEY_ED25519);
		} else if (l.rule == HEAD_ROWS) {
			h->rows = (uint32_t)l.number[0];
		} else if (l.rule == HEAD_LAST) {
			rc = slice_hex(l.field[0], h->id, 32) ? RC_OK : RC_FIELD;
		} else {
			h->time = l.number[0];
		}
	}
	return rc == RC_MORE ? RC_OK : rc;
}

/* ---- what has been seen ------------------------------------------------------ */

enum { TAG_FREE, TAG_BYTES, TAG_MESSAGE, TAG_SLOT, TAG_TAKEN };
enum { STANDS_NOT, STANDS_APPROVED, STANDS_REFUSED };
enum { HAS_TEXT, IS_RELEASE }; /* of a message's value */

struct check {
	struct record_checked *out;
	struct record_seen *seen;
	size_t seen_n;
	struct vkey key; /* of the last party row */
	bool has_key;
};

size_t
record_seen_count(size_t n)
{
	/* the shortest row has 130 bytes and leaves at most three marks */
	return n / 32 + 64;
}

/* Where it is, or would be; NULL when there is no room. */
static struct record_seen *
seen_at(const struct check *c, uint8_t tag, const uint8_t key[static 32])
{
	uint64_t at = tag;

	for (unsigned i = 0; i < 8; i++)
		at = at << 8 ^ key[i];
	for (size_t i = 0; i < c->seen_n; i++) {
		struct record_seen *s = &c->seen[(at + i) % c->seen_n];

		if (s->tag == TAG_FREE)
			return s;
		if (s->tag == tag && memcmp(s->key, key, 32) == 0)
			return s;
	}
	return NULL;
}

static struct record_seen *
seen_put(const struct check *c, uint8_t tag, const uint8_t key[static 32])
{
	struct record_seen *s = seen_at(c, tag, key);

	if (s != NULL && s->tag == TAG_FREE) {
		s->tag = tag;
		memcpy(s->key, key, 32);
	}
	return s;
}

static bool
seen_has(const struct check *c, uint8_t tag, const uint8_t key[static 32])
{
	const struct record_seen *s = seen_at(c, tag, key);

	return s != NULL && s->tag == tag;
}

static void
slot_key(uint8_t out[static 32], const struct record_row *r)
{
	char room[3 * NAME_BYTES_MAX + ROW_REST_MAX];
	struct text t;

	text_init(&t, room, sizeof room);
	text_printf(&t, "%.*s %u %u %.*s", (int)r->slot_authority.n,
	    (const char *)r->slot_authority.p, (unsigned)r->slot_epoch,
	    (unsigned)r->slot_number, (int)r->slot.n, (const char *)r->slot.p);
	sha256_of(out, t.p, t.n);
}

/* ---- rows, one by one ---------------------------------------------------------- */

static enum rc
check_decision(struct check *c, const struct record_row *r)
{
	struct record_seen *m = seen_put(c, TAG_MESSAGE, r->message);

	if (m == NULL)
		return RC_MEMORY;
	if (memcmp(r->bytes_id, r->message, 32) != 0)
		return RC_RECORD_BYTES; /* another text than it is about */
	if (!r->here && m->value[HAS_TEXT] == 0)
		return RC_RECORD_BYTES;
	if (slice_is(r->which, "approve")) {
		m->state = STANDS_APPROVED;
		c->out->approved++;
	} else if (slice_is(r->which, "refuse")) {
		m->state = STANDS_REFUSED;
		c->out->refused++;
	} else if (!slice_is(r->which, "ask")) {
		return RC_RECORD_ROW;
	}
	return RC_OK;
}

static enum rc
check_bound(struct check *c, const struct record_row *r)
{
	struct record_seen *s, *taken;
	uint8_t key[32];

	slot_key(key, r);
	s = seen_put(c, TAG_SLOT, key);
	taken = seen_put(c, TAG_TAKEN, r->message);
	if (s == NULL || taken == NULL)
		return RC_MEMORY;
	if (s->state != 0)
		return memcmp(s->value, r->message, 32) == 0 ? RC_RECORD_ROW
							      : RC_RECORD_BOUND;
	s->state = 1;
	memcpy(s->value, r->message, 32);
	c->out->bound++;
	return RC_OK;
}

/* A release needs its sequence; nothing else has one that a third party could
 * know of (a roster, a trust text, a withdraw). */
static bool
needs_slot(struct slice text)
{
	return message_kind_of(text.p, text.n) == MESSAGE_RELEASE;
}

/* Share and line: of a text that stands approved and, if it is a release,
 * has its sequence. */
static enum rc
check_signed(const struct check *c, const struct record_row *r, bool release)
{
	const struct record_seen *m = seen_at(c, TAG_MESSAGE, r->message);

	if (m == NULL || m->state != STANDS_APPROVED)
		return RC_RECORD_LEFT;
	return !release || seen_has(c, TAG_TAKEN, r->message) ? RC_OK
							     : RC_RECORD_LEFT;
}

static enum rc
check_share(const struct check *c, const struct record_row *r,
    const struct message *m)
{
	struct message_share share;
	const struct record_seen *text =
	    seen_at(c, TAG_MESSAGE, r->message);

	if (m->kind != MESSAGE_SHARE || r->package == NULL ||
	    share_parse(&share, m->text.p, m->text.n) != RC_OK ||
	    memcmp(share.message, r->message, 32) != 0 ||
	    memcmp(share.package, r->package, 32) != 0)
		return RC_RECORD_LEFT;
	/* whether it is a release was seen with its decision */
	return check_signed(
	    c, r, text != NULL && text->value[IS_RELEASE] != 0);
}

static enum rc
check_approve(const struct check *c, const struct record_row *r,
    const struct message *m)
{
	const struct record_seen *s = seen_at(c, TAG_MESSAGE, r->message);
	struct message_approve a;

	if (m->kind != MESSAGE_APPROVE ||
	    approve_parse(&a, m->text.p, m->text.n) != RC_OK ||
	    memcmp(a.release, r->message, 32) != 0)
		return RC_RECORD_LEFT;
	return s != NULL && s->state == STANDS_APPROVED ? RC_OK
							: RC_RECORD_LEFT;
}

static enum rc
check_refuse(const struct check *c, const struct record_row *r,
    const struct message *m)
{
	const struct record_seen *s = seen_at(c, TAG_MESSAGE, r->message);
	struct message_refuse a;

	if (m->kind != MESSAGE_REFUSE ||
	    refuse_parse(&a, m->text.p, m->text.n) != RC_OK ||
	    memcmp(a.release, r->message, 32) != 0)
		return RC_RECORD_LEFT;
	return s != NULL && s->state == STANDS_REFUSED ? RC_OK
						       : RC_RECORD_LEFT;
}

static enum rc
check_commit(const struct record_row *r, const struct message *m)
{
	struct message_commit a;

	return m->kind == MESSAGE_COMMIT &&
		commit_parse(&a, m->text.p, m->text.n) == RC_OK &&
		memcmp(a.message, r->message, 32) == 0
	    ? RC_OK
	    : RC_RECORD_LEFT;
}

static enum rc
check_objection(const struct record_row *r, const struct message *m)
{
	struct objection o;

	return objection_parse(&o, m->text.p, m->text.n) == RC_OK &&
		memcmp(o.release, r->message, 32) == 0
	    ? RC_OK
	    : RC_RECORD_LEFT;
}

/* What left: by the party, about the text that the row names. */
static enum rc
check_left(struct check *c, const struct record_row *r, struct slice bytes)
{
	struct message m;

	c->out->left++;
	if (!r->here) /* it says something new, or it need not be said */
		return RC_RECORD_ROW;
	if (message_open(&m, bytes.p, bytes.n) != RC_OK ||
	    message_verify(&m, &c->key) != RC_OK)
		return RC_RECORD_LEFT;
	if (slice_is(r->which, "share"))
		return check_share(c, r, &m);
	if (r->package != NULL)
		return RC_RECORD_ROW;
	if (slice_is(r->which, "line"))
		return memcmp(m.id, r->message, 32) == 0
		    ? check_signed(c, r, needs_slot(m.text))
		    : RC_RECORD_LEFT;
	if (slice_is(r->which, "approve"))
		return check_approve(c, r, &m);
	if (slice_is(r->which, "refuse"))
		return check_refuse(c, r, &m);
	if (slice_is(r->which, "commit"))
		return check_commit(r, &m);
	return slice_is(r->which, "objection") ? check_objection(r, &m)
					       : RC_RECORD_ROW;
}

static enum rc
check_party(struct check *c, const struct record_row *r)
{
	c->has_key = true;
	return vkey_parse(&c->key, r->key, KEY_ED25519);
}

static enum rc
check_row(struct check *c, const struct record_row *r, struct slice bytes)
{
	struct record_seen *m;
	enum rc rc;

	if (!c->has_key && r->what != ROW_PARTY)
		return RC_RECORD_PARTY;
	switch (r->what) {
	case ROW_PARTY:
		return check_party(c, r);
	case ROW_ASKED:
		c->out->asked++;
		return RC_OK;
	case ROW_DECISION:
		rc = check_decision(c, r);
		m = seen_at(c, TAG_MESSAGE, r->message);
		if (rc == RC_OK && r->here) {
			m->value[HAS_TEXT] = 1;
			m->value[IS_RELEASE] = needs_slot(bytes);
		}
		return rc;
	case ROW_BOUND:
		return check_bound(c, r);
	case ROW_LEFT:
		return check_left(c, r, bytes);
	case ROW_ALARM:
		c->out->alarms++;
		return RC_OK;
	case ROW_RESTORED:
		c->out->restored++;
		return RC_OK;
	default:
		return RC_OK;
	}
}

/* ---- the file ----------------------------------------------------------------- */

/* A text up to its empty line, which *at moves past. */
static bool
next_text(struct slice *text, const uint8_t *file, size_t n, size_t *at)
{
	for (size_t i = *at; i + 1 < n; i++) {
		if (file[i] != '\n' || file[i + 1] != '\n')
			continue;
		*text = (struct slice){file + *at, i + 1 - *at};
		*at = i + 2;
		return true;
	}
	return false;
}

/* The bytes behind a row, or seen before. */
static enum rc
take_bytes(struct check *c, struct slice *bytes, const struct record_row *r,
    const uint8_t *file, size_t n, size_t *at)
{
	uint8_t id[32];

	*bytes = (struct slice){NULL, 0};
	if (r->bytes.n == 0)
		return RC_OK;
	if (seen_has(c, TAG_BYTES, r->bytes_id) == r->here)
		return RC_RECORD_BYTES;
	if (!r->here)
		return RC_OK;
	if (n - *at < r->bytes_n + 1 || file[*at + r->bytes_n] != '\n')
		return RC_RECORD_BYTES;
	*bytes = (struct slice){file + *at, (size_t)r->bytes_n};
	*at += bytes->n + 1;
	sha256_of(id, bytes->p, bytes->n);
	if (memcmp(id, r->bytes_id, 32) != 0)
		return RC_RECORD_BYTES;
	return seen_put(c, TAG_BYTES, id) != NULL ? RC_OK : RC_MEMORY;
}

static enum rc
check_head(struct record_checked *out, const uint8_t *file, size_t n,
    size_t *at)
{
	struct slice text, line;
	struct message m;
	enum rc rc;

	*at = 0;
	if (!next_text(&text, file, n, at) || !next_text(&line, file, n, at))
		return RC_TRUNCATED;
	rc = message_open(&m, file, *at - 1);
	if (rc == RC_OK)
		rc = record_head_parse(&out->head, m.text.p, m.text.n);
	return rc == RC_OK ? message_verify(&m, &out->head.key) : rc;
}

enum rc
record_check(struct record_checked *out, struct record_seen *seen,
    size_t seen_n, const uint8_t *file, size_t n, uint32_t watch)
{
	struct check c = {.out = out, .seen = seen, .seen_n = seen_n};
	uint8_t last[32] = {0};
	struct record_row row;
	struct slice text, bytes;
	size_t at;
	enum rc rc;

	memset(out, 0, sizeof *out);
	rc = check_head(out, file, n, &at);
	while (rc == RC_OK && at < n) {
		out->row++;
		if (!next_text(&text, file, n, &at))
			return RC_TRUNCATED;
		rc = row_parse(&row, text.p, text.n);
		if (rc != RC_OK)
			return rc;
		if (row.number != out->row || row.first != (out->row == 1) ||
		    memcmp(row.previous, last, 32) != 0)
			return RC_RECORD_CHAIN;
		sha256_of(last, text.p, text.n);
		if (row.number == watch)
			memcpy(out->watched, last, 32);
		rc = take_bytes(&c, &bytes, &row, file, n, &at);
		if (rc == RC_OK)
			rc = check_row(&c, &row, bytes);
	}
	if (rc != RC_OK)
		return rc;
	if (out->row != out->head.rows || memcmp(last, out->head.id, 32) != 0)
		return RC_RECORD_HEAD;
	return c.has_key && memcmp(c.key.key, out->head.key.key, 32) == 0 &&
		slice_equal(c.key.name, out->head.key.name)
	    ? RC_OK
	    : RC_RECORD_PARTY;
}
