/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notes of docs/formats.md section 9 and 10. Each kind is one table: the
 * rule of every line and where its fields stand in the struct. One reader
 * and one writer walk these tables, so that whatever is read can be written
 * again byte for byte (check_message demands it of every accepted text).
 */
#include "quorum/message.h"
#include <assert.h>
#include <string.h>
#include "host/digest.h"
#include "host/sign.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { ROW_FIELDS_MAX = 3, ROWS_MAX = 16, RULES_BYTES_MAX = ROWS_MAX * 24 };
#define ONCE UINT32_MAX

/*
 * A line. count is where its number stands, or ONCE; a line of ONCE that may
 * be absent is so when its first field, a slice, is empty. Field f of the
 * i-th line stands at at[f] + i * stride[f].
 */
struct row {
	struct {
		const char *key, *fields;
		uint8_t min, max;
		enum { AS_IT_IS, BY_NAME } order;
	} rule;
	uint32_t count;
	uint32_t at[ROW_FIELDS_MAX];
	uint32_t stride[ROW_FIELDS_MAX];
};

struct codec {
	const char *kind;
	const struct row *rows;
	unsigned row_n;
};

static const char *const kind_names[] = {[MESSAGE_OTHER] = "other",
    [MESSAGE_APPROVE] = "approve",
    [MESSAGE_REFUSE] = "refuse",
    [MESSAGE_COMMIT] = "commit",
    [MESSAGE_PACKAGE] = "package",
    [MESSAGE_SHARE] = "share",
    [MESSAGE_BLAME] = "blame",
    [MESSAGE_POLL] = "poll",
    [MESSAGE_READ] = "read",
    [MESSAGE_STATUS] = "status",
    [MESSAGE_INBOX] = "inbox",
    [MESSAGE_DRAFT] = "ceremony",
    [MESSAGE_ACCEPT] = "accept",
    [MESSAGE_DEAL] = "deal",
    [MESSAGE_CONFIRM] = "confirm",
    [MESSAGE_COMPLAINT] = "complaint",
    [MESSAGE_BIRTH] = "birth",
    [MESSAGE_RESHARE] = "reshare",
    [MESSAGE_CHOICE] = "choice",
    [MESSAGE_PURPOSE] = "purpose",
    [MESSAGE_SIGNATURE] = "signature",
    [MESSAGE_REHEARSAL] = "rehearsal",
    [MESSAGE_REHEARSAL_ROSTER] = "rehearsal-roster",
    [MESSAGE_REHEARSED] = "rehearsed",
    [MESSAGE_RELEASE] = "release",
    [MESSAGE_WITHDRAW] = "withdraw",
    [MESSAGE_TRUST] = "trust",
    [MESSAGE_ROSTER] = "roster",
    [MESSAGE_PARTY] = "party"};

const char *
message_kind_name(enum message_kind kind)
{
	return kind_names[kind];
}

enum message_kind
message_kind_of(const uint8_t *text, size_t n)
{
	static const char head[] = "quorate/", tail[] = "@v1\n";
	const size_t head_n = sizeof head - 1, tail_n = sizeof tail - 1;

	for (unsigned i = MESSAGE_APPROVE; i < COUNT(kind_names); i++) {
		size_t k = strlen(kind_names[i]);

		if (n >= head_n + k + tail_n &&
		    memcmp(text, head, head_n) == 0 &&
		    memcmp(text + head_n, kind_names[i], k) == 0 &&
		    memcmp(text + head_n + k, tail, tail_n) == 0)
			return (enum message_kind)i;
	}
	return MESSAGE_OTHER;
}

/* ---- envelopes ---- */

static bool
text_is_bare(const uint8_t *p, size_t n)
{
	if (n == 0 || p[0] == '\n' || p[n - 1] != '\n')
		return false;
	for (size_t i = 1; i < n; i++)
		if (p[i] == '\n' && p[i - 1] == '\n')
			return false;
	return true;
}

enum rc
message_open(struct message *m, const uint8_t *bytes, size_t n)
{
	struct note note;
	size_t text_n = n;
	enum rc rc;

	memset(m, 0, sizeof *m);
	if (n == 0 || bytes[0] == '\n')
		return RC_LINE;
	if (!text_is_bare(bytes, n)) {
		rc = note_split(&note, bytes, n);
		if (rc != RC_OK)
			return rc;
		if (note.line_n != 1)
			return RC_SIGLINES_MANY;
		note_line(&note, 0, &m->line, NULL);
		m->is_signed = true;
		text_n = note.text_n;
	}
	m->whole = (struct slice){bytes, n};
	m->text = (struct slice){bytes, text_n};
	m->kind = message_kind_of(bytes, text_n);
	sha256_of(m->id, bytes, text_n);
	return RC_OK;
}

bool
message_by(const struct message *m, const struct vkey *k)
{
	return m->is_signed && sigline_by(&m->line, k);
}

enum rc
message_verify(const struct message *m, const struct vkey *k)
{
	uint64_t time;

	if (!message_by(m, k))
		return RC_SENDER;
	if (k->type != KEY_ED25519)
		return RC_KEY_TYPE;
	/* an Ed25519 key's message is only read */
	return sigline_verify(&m->line, k, (uint8_t *)(uintptr_t)m->text.p,
	    m->text.n, &time);
}

void
text_slice(struct text *t, struct slice s)
{
	text_put(t, s.p, s.n);
}

void
text_vkey(struct text *t, struct slice name, uint8_t type,
    const uint8_t key[static 32])
{
	static const char bip340[] = "quorate/bip340";
	const size_t more = type == KEY_BIP340 ? sizeof bip340 - 1 : 0;
	uint8_t id[4], blob[1 + sizeof bip340 - 1 + 32];

	vkey_id(id, name, type, key);
	blob[0] = type;
	memcpy(blob + 1, bip340, more);
	memcpy(blob + 1 + more, key, 32);
	text_slice(t, name);
	text_string(t, "+");
	text_hex(t, id, sizeof id);
	text_string(t, "+");
	text_base64(t, blob, 1 + more + 32);
}

void
text_point(struct text *t, const struct point *p)
{
	uint8_t sec1[33];

	sec1[0] = p->prefix;
	memcpy(sec1 + 1, p->b, 32);
	text_base64(t, p->prefix != 0 ? sec1 : sec1 + 1,
	    p->prefix != 0 ? 33 : 32);
}

void
text_sigline(struct text *t, struct slice name, const uint8_t id[static 4],
    const uint8_t sig[static 64])
{
	uint8_t blob[SIG_ED25519_BYTES];

	memcpy(blob, id, 4);
	memcpy(blob + 4, sig, 64);
	text_string(t, "\xe2\x80\x94 ");
	text_slice(t, name);
	text_string(t, " ");
	text_base64(t, blob, sizeof blob);
	text_string(t, "\n");
}

void
message_sign(
    struct text *t, const struct vkey *k, const uint8_t seed[static 32])
{
	uint8_t sig[64];

	ed25519_sign(sig, seed, (const uint8_t *)t->p, t->n);
	text_string(t, "\n");
	text_sigline(t, k->name, k->id, sig);
}

/* ---- the two walkers of tables ---- */

/* A point has 32 bytes, or SEC1's 33; which its suite wants, it is asked. */
static bool
point_field(struct point *out, struct slice s)
{
	uint8_t sec1[33];

	out->prefix = 0;
	if (slice_base64(s, out->b, 32))
		return true;
	if (!slice_base64(s, sec1, sizeof sec1) || sec1[0] == 0)
		return false;
	out->prefix = sec1[0];
	memcpy(out->b, sec1 + 1, 32);
	return true;
}

static bool
field_read(void *to, char type, struct slice s, uint64_t number)
{
	uint32_t small = (uint32_t)number;

	switch (type) {
	case 'h':
		return slice_hex(s, to, 32);
	case 'i':
		return slice_hex(s, to, FROST_BOOT_ID_BYTES);
	case 'b':
		return slice_base64(s, to, 32);
	case 'p':
		return point_field(to, s);
	case 'B':
		return slice_base64(s, to, 64);
	case 'C':
		return slice_base64(s, to, 48);
	case 'd':
	case 'z':
		memcpy(to, &small, sizeof small);
		return true;
	case 'D':
		memcpy(to, &number, sizeof number);
		return true;
	default:
		memcpy(to, &s, sizeof s);
		return true;
	}
}

static void
field_write(struct text *t, const void *from, char type)
{
	uint32_t small;
	uint64_t number;
	struct slice s;

	text_string(t, " ");
	switch (type) {
	case 'h':
		text_hex(t, from, 32);
		break;
	case 'i':
		text_hex(t, from, FROST_BOOT_ID_BYTES);
		break;
	case 'b':
		text_base64(t, from, 32);
		break;
	case 'p':
		text_point(t, from);
		break;
	case 'B':
		text_base64(t, from, 64);
		break;
	case 'C':
		text_base64(t, from, 48);
		break;
	case 'd':
	case 'z':
		memcpy(&small, from, sizeof small);
		text_printf(t, "%lu", (unsigned long)small);
		break;
	case 'D':
		memcpy(&number, from, sizeof number);
		text_printf(t, "%llu", (unsigned long long)number);
		break;
	default:
		memcpy(&s, from, sizeof s);
		text_slice(t, s);
		break;
	}
}

static bool
row_read(const struct row *row, uint8_t *out, const struct line *l)
{
	unsigned i = 0, numbers = 0;

	if (row->count != ONCE) {
		memcpy(&i, out + row->count, sizeof i);
		i++;
		memcpy(out + row->count, &i, sizeof i);
		i--;
	}
	for (unsigned f = 0; f < l->field_n; f++) {
		char type = row->rule.fields[f];
		uint64_t number = 0;

		if (type == 'd' || type == 'z' || type == 'D')
			number = l->number[numbers++];
		if (!field_read(out + row->at[f] + i * row->stride[f], type,
			l->field[f], number))
			return false;
	}
	return true;
}

static size_t
rules_put(char out[static RULES_BYTES_MAX], size_t at, const char *s)
{
	size_t n = strlen(s);

	assert(at + n + 3 <= RULES_BYTES_MAX); /* a count, two ends */
	memcpy(out + at, s, n);
	return at + n;
}

/* A codec's rows as verify/line.h has them. */
static void
rules_write(char out[static RULES_BYTES_MAX], const struct codec *c)
{
	size_t n = 0;

	for (unsigned i = 0; i < c->row_n; i++) {
		const struct row *row = &c->rows[i];
		bool by_name = row->rule.order == BY_NAME;
		bool some = row->rule.min > 0;

		n = rules_put(out, n,
		    by_name ? some ? LINE_UNIQUE_SOME : LINE_UNIQUE
		    : some  ? LINE_SOME
			    : LINE_ANY);
		out[n++] = (char)row->rule.max;
		n = rules_put(out, n, row->rule.key);
		if (row->rule.fields[0] != 0)
			n = rules_put(out, n, " ");
		n = rules_put(out, n, row->rule.fields);
		out[n++] = 0;
	}
	out[n] = 0;
}

static enum rc
codec_parse(const struct codec *c, void *out, size_t out_n,
    const uint8_t *text, size_t n)
{
	char rules[RULES_BYTES_MAX];
	struct walk w;
	struct line l;
	enum rc rc;

	memset(out, 0, out_n);
	rules_write(rules, c);
	rc = walk_init(&w, text, n, c->kind, rules, c->row_n, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK && !row_read(&c->rows[l.rule], out, &l))
			rc = RC_FIELD;
	}
	return rc == RC_MORE ? RC_OK : rc;
}

static unsigned
row_lines(const struct row *row, const uint8_t *in)
{
	unsigned n = 1;
	struct slice s;

	if (row->count != ONCE) {
		memcpy(&n, in + row->count, sizeof n);
	} else if (row->rule.min == 0) {
		memcpy(&s, in + row->at[0], sizeof s);
		n = s.n > 0;
	}
	return n;
}

static void
codec_build(const struct codec *c, struct text *t, const void *from)
{
	const uint8_t *in = from;

	text_string(t, c->kind);
	text_string(t, "\n");
	for (unsigned r = 0; r < c->row_n; r++) {
		const struct row *row = &c->rows[r];
		unsigned n = row_lines(row, in);

		for (unsigned i = 0; i < n; i++) {
			text_string(t, row->rule.key);
			for (unsigned f = 0; row->rule.fields[f] != 0; f++)
				field_write(t,
				    in + row->at[f] + i * row->stride[f],
				    row->rule.fields[f]);
			text_string(t, "\n");
		}
	}
}

/* ---- the tables ---- */

#define AT(kind, member) ((uint32_t)offsetof(struct message_##kind, member))
#define EACH(kind, member)                                                     \
	((uint32_t)sizeof(((struct message_##kind *)0)->member[0]))
#define LINE(kind, key, fields, member)                                        \
	{                                                                      \
		{key, fields, 1, 1, 0}, ONCE, {AT(kind, member)}, { 0 }        \
	}
#define LINE_OPTIONAL(kind, key, fields, member)                               \
	{                                                                      \
		{key, fields, 0, 1, 0}, ONCE, {AT(kind, member)}, { 0 }        \
	}
#define LINE_2(kind, key, fields, one, two)                                    \
	{                                                                      \
		{key, fields, 1, 1, 0}, ONCE, {AT(kind, one), AT(kind, two)},  \
		{                                                              \
			0                                                      \
		}                                                              \
	}
#define LIST(kind, key, fields, member, from, flags)                           \
	{                                                                      \
		{key, fields, from, MESSAGE_PARTIES_MAX, flags},               \
		    AT(kind, member##_n), {AT(kind, member)},                  \
		{                                                              \
			EACH(kind, member)                                     \
		}                                                              \
	}
#define LIST_2(kind, key, fields, member, one, two, from, flags)               \
	{                                                                      \
		{key, fields, from, MESSAGE_PARTIES_MAX, flags},               \
		    AT(kind, member##_n), {AT(kind, one), AT(kind, two)},      \
		{                                                              \
			EACH(kind, one), EACH(kind, two)                       \
		}                                                              \
	}

#define CODEC(name)                                                            \
	static const struct codec name##_codec = {                             \
	    "quorate/" #name "@v1", name##_rows, COUNT(name##_rows)};          \
	_Static_assert(COUNT(name##_rows) <= ROWS_MAX, #name)
#define CODEC_FUNCTIONS(name)                                                  \
	CODEC(name);                                                           \
	enum rc name##_parse(                                                  \
	    struct message_##name *out, const uint8_t *text, size_t n)         \
	{                                                                      \
		return codec_parse(&name##_codec, out, sizeof *out, text, n);  \
	}                                                                      \
	void name##_build(struct text *t, const struct message_##name *in)     \
	{                                                                      \
		codec_build(&name##_codec, t, in);                             \
	}                                                                      \
	_Static_assert(true, "")

static const struct row approve_rows[] = {
    LINE(approve, "release", "h", release)};
CODEC_FUNCTIONS(approve);

static const struct row refuse_rows[] = {
    LINE(refuse, "release", "h", release), LINE(refuse, "code", "n", code),
    LINE_OPTIONAL(refuse, "reason", "r", reason)};
CODEC_FUNCTIONS(refuse);

static const struct row commit_rows[] = {
    LINE(commit, "message", "h", message), LINE(commit, "roster", "h", roster),
    LINE(commit, "boot", "i", boot), LINE(commit, "serial", "d", serial),
    LINE_2(commit, "nonces", "pp", d, e)};
CODEC_FUNCTIONS(commit);

static const struct row share_rows[] = {LINE(share, "message", "h", message),
    LINE(share, "roster", "h", roster), LINE(share, "package", "h", package),
    LINE(share, "boot", "i", boot), LINE_2(share, "nonces", "pp", d, e),
    LINE(share, "share", "b", z)};
CODEC_FUNCTIONS(share);

static const struct row blame_rows[] = {LINE(blame, "party", "k", party),
    LINE(blame, "message", "h", message), LINE(blame, "package", "h", package),
    LINE(blame, "share", "h", share), LINE(blame, "code", "n", code)};
CODEC_FUNCTIONS(blame);

static const struct row poll_rows[] = {
    LINE_2(poll, "authority", "nd", authority, epoch),
    LINE(poll, "boot", "i", boot), LINE(poll, "time", "D", time),
    LINE(poll, "after", "n", after)};
CODEC_FUNCTIONS(poll);

static const struct row read_rows[] = {
    LINE(read, "path", "u", path), LINE(read, "time", "D", time)};
CODEC_FUNCTIONS(read);

static const struct row status_rows[] = {
    LINE(status, "release", "h", release), LINE(status, "change", "d", change),
    LINE(status, "state", "n", state), LINE(status, "product", "n", product),
    LINE(status, "sequence", "z", sequence),
    LINE_OPTIONAL(status, "roster", "H", roster),
    LINE(status, "session", "z", session), LINE(status, "need", "r", need),
    LIST(status, "approved", "n", approved, 0, BY_NAME),
    LIST_2(status, "refused", "nn", refused, refused, refused_code, 0,
	BY_NAME),
    LIST_2(status, "said", "nr", said, said, said_words, 0, BY_NAME),
    LIST_2(status, "blamed", "nn", blamed, blamed, blamed_code, 0, BY_NAME),
    LIST(status, "awaited", "n", awaited, 0, BY_NAME),
    {{"want", "h", 0, MESSAGE_WANTS_MAX, BY_NAME}, AT(status, want_n),
	{AT(status, want)}, {EACH(status, want)}},
    LINE_OPTIONAL(status, "reason", "r", reason)};
CODEC_FUNCTIONS(status);

static const struct row inbox_rows[] = {LINE(inbox, "cursor", "n", cursor),
    LINE(inbox, "time", "D", time)};
CODEC_FUNCTIONS(inbox);

static const struct row purpose_rows[] = {
    LINE(purpose, "message", "h", message),
    LINE(purpose, "release", "h", release),
    LINE(purpose, "signer", "n", signer),
    LINE(purpose, "purpose", "n", purpose),
    LINE(purpose, "component", "n", component)};
CODEC_FUNCTIONS(purpose);

static const struct row signature_rows[] = {
    LINE(signature, "message", "h", message),
    LINE(signature, "release", "h", release),
    LINE(signature, "signer", "n", signer),
    LINE(signature, "purpose", "n", purpose),
    LINE(signature, "component", "n", component),
    LINE(signature, "key", "b", key),
    LINE(signature, "signature", "B", signature)};
CODEC_FUNCTIONS(signature);

static const struct row accept_rows[] = {
    LINE(accept, "ceremony", "h", ceremony), LINE(accept, "key", "b", key)};
CODEC_FUNCTIONS(accept);

static const struct row deal_rows[] = {LINE(deal, "ceremony", "h", ceremony),
    LIST(deal, "commitment", "p", dealing.commitment, 1, 0),
    LINE(deal, "proof", "B", pop),
    LINE(deal, "ephemeral", "b", dealing.ephemeral),
    LIST_2(deal, "share", "nC", dealing.share, dealing.share_name,
	dealing.share, 1, 0)};
CODEC_FUNCTIONS(deal);

static const struct row confirm_rows[] = {
    LINE(confirm, "ceremony", "h", ceremony),
    LINE_2(confirm, "transcript", "hh", transcript, transcript[32]),
    LINE(confirm, "signature", "B", signature)};
CODEC_FUNCTIONS(confirm);

static const struct row complaint_rows[] = {
    LINE(complaint, "ceremony", "h", ceremony),
    LINE(complaint, "dealer", "n", dealer),
    LINE(complaint, "reason", "n", reason),
    {{"opened", "bB", 0, 2, 0}, AT(complaint, opened_n),
	{AT(complaint, opened), AT(complaint, proof)},
	{sizeof(struct point), 64}}};
CODEC(complaint);

/* Both points or none. */
enum rc
complaint_parse(struct message_complaint *out, const uint8_t *text, size_t n)
{
	enum rc rc = codec_parse(&complaint_codec, out, sizeof *out, text, n);

	return rc == RC_OK && out->opened_n == 1 ? RC_FIELD : rc;
}

void
complaint_build(struct text *t, const struct message_complaint *in)
{
	codec_build(&complaint_codec, t, in);
}

static const struct row reshare_rows[] = {
    LINE(reshare, "ceremony", "h", ceremony),
    LINE_2(reshare, "context", "hh", context, context[32]),
    LIST(reshare, "commitment", "p", dealing.commitment, 1, 0),
    LINE(reshare, "ephemeral", "b", dealing.ephemeral),
    LIST_2(reshare, "share", "nC", dealing.share, dealing.share_name,
	dealing.share, 1, 0)};
CODEC_FUNCTIONS(reshare);

static const struct row choice_rows[] = {
    LINE(choice, "ceremony", "h", ceremony),
    LINE(choice, "number", "d", number),
    LINE_2(choice, "context", "hh", context, context[32]),
    LIST_2(choice, "dealing", "nh", dealing, dealer, dealing, 1, 0)};
CODEC_FUNCTIONS(choice);

static const struct row rehearsed_rows[] = {
    LINE_2(rehearsed, "authority", "nd", authority, epoch),
    LINE(rehearsed, "ceremony", "h", ceremony),
    LINE(rehearsed, "roster", "h", roster)};
CODEC_FUNCTIONS(rehearsed);

static const struct row birth_rows[] = {
    LINE(birth, "ceremony", "h", ceremony), LINE(birth, "change", "d", change),
    LINE(birth, "state", "n", state), LINE(birth, "code", "r", code),
    LIST(birth, "accepted", "n", accepted, 0, BY_NAME),
    LIST(birth, "dealt", "n", dealt, 0, BY_NAME),
    LIST(birth, "confirmed", "n", confirmed, 0, BY_NAME),
    LIST(birth, "signed", "n", lined, 0, BY_NAME),
    LIST_2(birth, "blamed", "nn", blamed, blamed, blamed_code, 0, BY_NAME),
    LINE(birth, "roster", "H", roster), LINE(birth, "trust", "H", trust),
    LIST(birth, "awaited", "n", awaited, 0, BY_NAME),
    LIST(birth, "took", "n", took, 0, BY_NAME),
    {{"step", "nz", 0, MESSAGE_STEPS_MAX, 0}, AT(birth, step_n),
	{AT(birth, step), AT(birth, step_s)},
	{sizeof(struct slice), sizeof(uint32_t)}},
    LINE_OPTIONAL(birth, "reason", "r", reason)};
CODEC_FUNCTIONS(birth);

/*
 * A package is either for a shared signer or for plain ones, and frost.h
 * wants its list in a shape of its own: read into this first.
 */
struct message_wire {
	uint8_t message[32];
	struct slice roster;
	uint32_t session;
	unsigned id_n, name_n;
	uint32_t id[MESSAGE_PARTIES_MAX];
	struct point d[MESSAGE_PARTIES_MAX], e[MESSAGE_PARTIES_MAX];
	struct slice name[MESSAGE_PARTIES_MAX];
};

static const struct row package_rows[] = {
    LINE(wire, "message", "h", message), LINE(wire, "roster", "H", roster),
    LINE(wire, "session", "d", session),
    {{"signer", "dpp", 0, MESSAGE_PARTIES_MAX, 0}, AT(wire, id_n),
	{AT(wire, id), AT(wire, d), AT(wire, e)},
	{sizeof(uint32_t), sizeof(struct point), sizeof(struct point)}},
    LIST(wire, "name", "n", name, 0, BY_NAME)};
CODEC(package);

enum rc
package_parse(struct message_package *out, const uint8_t *text, size_t n)
{
	struct message_wire w;
	enum rc rc = codec_parse(&package_codec, &w, sizeof w, text, n);

	memset(out, 0, sizeof *out);
	if (rc != RC_OK)
		return rc;
	memcpy(out->message, w.message, 32);
	out->has_roster = slice_hex(w.roster, out->roster, 32);
	out->session = w.session;
	out->list_n = w.id_n;
	out->name_n = w.name_n;
	if ((w.id_n > 0) != out->has_roster ||
	    (w.name_n > 0) == out->has_roster)
		return RC_FIELD;
	for (unsigned i = 0; i < w.id_n; i++) {
		if (w.id[i] > FROST_PARTIES_MAX ||
		    (i > 0 && w.id[i] <= w.id[i - 1]))
			return RC_FIELD;
		out->list[i] = (struct frost_commitment){
		    (uint8_t)w.id[i], w.d[i], w.e[i]};
	}
	memcpy(out->name, w.name, sizeof out->name);
	return RC_OK;
}

void
package_build(struct text *t, const struct message_package *in)
{
	struct message_wire w;
	char hex[65];
	struct text roster;

	memset(&w, 0, sizeof w);
	text_init(&roster, hex, sizeof hex);
	if (in->has_roster)
		text_hex(&roster, in->roster, 32);
	else
		text_string(&roster, "-");
	memcpy(w.message, in->message, 32);
	w.roster = (struct slice){(const uint8_t *)hex, roster.n};
	w.session = in->session;
	w.id_n = in->list_n;
	w.name_n = in->name_n;
	for (unsigned i = 0; i < in->list_n; i++) {
		w.id[i] = in->list[i].id;
		w.d[i] = in->list[i].d;
		w.e[i] = in->list[i].e;
	}
	memcpy(w.name, in->name, sizeof w.name);
	codec_build(&package_codec, t, &w);
}

void
package_frost(struct signing_package *out, const struct message_package *p,
    const uint8_t *text, size_t n)
{
	memset(out, 0, sizeof *out);
	memcpy(out->roster_id, p->roster, sizeof out->roster_id);
	out->message = text;
	out->message_bytes = n;
	out->count = p->list_n;
	memcpy(out->list, p->list, p->list_n * sizeof p->list[0]);
}
