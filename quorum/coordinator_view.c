/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the coordinator says: statuses, and each party's inbox. All of it is
 * recomputed from the state when somebody asks; a cursor is the stamp of the
 * last thing shown, and the token of the run that counted it.
 */
#include <string.h>
#include "host/text.h"
#include "quorum/coordinator_parts.h"

/* ---- statuses ---- */

/* Sorted by name, no name twice; codes, when not NULL, move along. */
static void
list_insert(struct slice *names, struct slice *codes, unsigned *n,
    struct slice name, struct slice code)
{
	unsigned i = *n;

	if (i == MESSAGE_PARTIES_MAX)
		return;
	for (; i > 0 && slice_compare(names[i - 1], name) > 0; i--)
		;
	if (i > 0 && slice_equal(names[i - 1], name))
		return;
	for (unsigned j = (*n)++; j > i; j--) {
		names[j] = names[j - 1];
		if (codes != NULL)
			codes[j] = codes[j - 1];
	}
	names[i] = name;
	if (codes != NULL)
		codes[i] = code;
}

/* Whether the member holds something up: asked, and no answer yet. */
static bool
member_is_asked(const struct coordinator *c, const struct coord_proposal *p,
    unsigned member)
{
	for (unsigned i = 0; i < p->plain_n; i++)
		if (p->plain[i].member == member && p->plain[i].asked != 0)
			return !p->member[member].has_line;
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		const struct coord_session *x = &c->session[i];

		if (!x->used || &c->proposal[x->proposal] != p)
			continue;
		for (unsigned id = 1; id <= FROST_PARTIES_MAX; id++)
			if (tree_set_has(&x->set, id) &&
			    !tree_set_has(&x->answered, id) &&
			    p->slot[x->slot].seat[id - 1].member == member)
				return true;
	}
	return false;
}

static void
need_put(struct text *t, const struct coordinator *c,
    const struct coord_proposal *p)
{
	const struct coord_authority *a = &c->authority[p->authority];
	const struct tree *tree = &a->tree;

	if (p->work == COORD_PURPOSE)
		text_string(t, "one roster");
	else if (tree->groups > 0)
		text_printf(t, "%u of %u signers",
		    tree->group[tree->order[0]].k,
		    tree->group[tree->order[0]].count);
	else
		text_string(t, "the signer");
	for (unsigned i = 0; i < p->slot_n; i++) {
		const struct coord_roster *r = &c->roster[p->slot[i].roster];
		const struct tree *x = &r->frost.tree;

		text_string(t, "; ");
		text_slice(t, r->roster.signer);
		text_printf(t, ": %u of %u", x->group[x->order[0]].k,
		    x->group[x->order[0]].count);
	}
	if (t->n == 0)
		text_string(t, "nothing");
}

static void
status_lists(struct message_status *m, const struct coordinator *c,
    const struct coord_proposal *p)
{
	for (unsigned i = 0; i < p->member_n; i++) {
		const struct coord_member *k = &p->member[i];
		struct slice code = slice_of(k->code);

		if (k->blamed)
			list_insert(m->blamed, m->blamed_code, &m->blamed_n,
			    k->key.name, code);
		else if (k->refused)
			list_insert(m->refused, m->refused_code, &m->refused_n,
			    k->key.name, code);
		else if (k->approved || k->has_line)
			list_insert(m->approved, NULL, &m->approved_n,
			    k->key.name, code);
		if (!k->blamed && k->refused && k->said[0] != '\0')
			list_insert(m->said, m->said_words, &m->said_n,
			    k->key.name, slice_of(k->said));
		if (p->state == COORD_OPEN && !k->blamed && !k->refused &&
		    (!(k->approved || k->has_line) ||
			member_is_asked(c, p, i)))
			list_insert(m->awaited, NULL, &m->awaited_n,
			    k->key.name, code);
	}
}

void
coordinator_status(
    struct text *out, const struct coordinator *c, unsigned index)
{
	const struct coord_proposal *p = &c->proposal[index];
	struct message_status m;
	char roster[65], need[256];
	struct text t;

	memset(&m, 0, sizeof m);
	memcpy(m.release, p->id, 32);
	m.change = p->change;
	m.state = slice_of(coord_state_name(p->state));
	m.product = p->release.product;
	m.sequence = p->release.sequence;
	text_init(&t, roster, sizeof roster);
	if (p->slot_n == 1) {
		text_hex(&t, c->roster[p->slot[0].roster].frost.id, 32);
		m.roster = (struct slice){(const uint8_t *)roster, t.n};
	}
	m.session = p->sessions;
	text_init(&t, need, sizeof need);
	need_put(&t, c, p);
	m.need = (struct slice){(const uint8_t *)need, t.n};
	status_lists(&m, c, p);
	m.want_n = p->state == COORD_OPEN ? p->want_n : 0;
	memcpy(m.want, p->want, sizeof m.want);
	m.reason = slice_of(p->reason);
	status_build(out, &m);
}

void
coordinator_blames(
    struct text *out, const struct coordinator *c, unsigned index)
{
	for (unsigned i = 0; i < COORD_BLAMES_MAX; i++)
		if (c->blame[i].used && c->blame[i].proposal == index &&
		    c->blame[i].n > 0 &&
		    out->cap - out->n > c->blame[i].n + 1)
			bundle_put(out, c->blame[i].bytes, c->blame[i].n);
}

static void
set_names(struct slice *names, unsigned *n, const struct coord_birth *b,
    const struct tree_set *set)
{
	const struct ceremony *k = &b->bundle.ceremony;

	for (unsigned id = 1; id <= k->tree.leaves; id++)
		if (tree_set_has(set, id))
			list_insert(names, NULL, n,
			    ceremony_leaf_name(&b->bundle.ceremony, id),
			    (struct slice){0});
}

/*
 * Who has not done what the state waits for. At the end: the holders without
 * whom it went well. A holder stands here whether or not those who are there
 * suffice.
 */
static void
birth_awaited(struct message_birth *m, const struct coord_birth *b)
{
	const struct coord_reshare *r = &b->reshare;
	const struct tree_set all = {{~0ull, ~0ull}};
	const struct tree_set *leaves = &all, *holders = &all;

	switch (b->state == BIRTH_FAILED ? b->failed_in : b->state) {
	case BIRTH_ACCEPTING:
		leaves = &b->accepted;
		holders = &r->accepted;
		break;
	case BIRTH_DEALING:
		leaves = b->bundle.ceremony.reshare ? &all : &b->dealt;
		holders = &r->dealt;
		break;
	case BIRTH_CONFIRMING:
		leaves = &b->confirmed;
		break;
	case BIRTH_SIGNING:
		leaves = &b->lined;
		holders = &r->lined;
		break;
	default:
		holders = &r->dealt;
		break;
	}
	for (unsigned id = 1; id <= b->bundle.ceremony.tree.leaves; id++)
		if (!tree_set_has(leaves, id))
			list_insert(m->awaited, NULL, &m->awaited_n,
			    ceremony_leaf_name(&b->bundle.ceremony, id),
			    (struct slice){0});
	for (unsigned h = 1; h <= b->bundle.frost.tree.leaves; h++)
		if (!tree_set_has(holders, h))
			list_insert(m->awaited, NULL, &m->awaited_n,
			    ceremony_holder_name(&b->bundle, h),
			    (struct slice){0});
}

static const char *const birth_states[] = {"accepting", "dealing",
    "confirming", "signing", "born", "failed"};

void
coordinator_birth_status(
    struct text *out, const struct coordinator *c, unsigned index)
{
	const struct coord_birth *b = &c->birth[index];
	struct message_birth m;
	char roster[65], trust[65];
	struct text t;

	memset(&m, 0, sizeof m);
	memcpy(m.ceremony, b->bundle.ceremony.id, 32);
	m.change = b->change;
	m.state = slice_of(birth_states[b->state]);
	m.code = slice_of(b->bundle.code);
	set_names(m.accepted, &m.accepted_n, b, &b->accepted);
	set_names(m.dealt, &m.dealt_n, b, &b->dealt);
	set_names(m.confirmed, &m.confirmed_n, b, &b->confirmed);
	set_names(m.lined, &m.lined_n, b, &b->lined);
	for (unsigned h = 1; h <= b->bundle.frost.tree.leaves; h++) {
		struct slice name = ceremony_holder_name(&b->bundle, h);

		if (tree_set_has(&b->reshare.accepted, h))
			list_insert(m.accepted, NULL, &m.accepted_n, name,
			    (struct slice){0});
		if (tree_set_has(&b->reshare.dealt, h))
			list_insert(m.dealt, NULL, &m.dealt_n, name,
			    (struct slice){0});
		if (tree_set_has(&b->reshare.lined, h))
			list_insert(m.lined, NULL, &m.lined_n, name,
			    (struct slice){0});
	}
	for (unsigned i = 0; i < b->named_n; i++)
		list_insert(m.blamed, m.blamed_code, &m.blamed_n,
		    b->named[i].name, slice_of(b->named[i].code));
	m.roster = m.trust = slice_of("-");
	if (b->state == BIRTH_SIGNING || b->state == BIRTH_BORN) {
		text_init(&t, roster, sizeof roster);
		text_hex(&t, b->roster_id, 32);
		m.roster = slice_of(roster);
		text_init(&t, trust, sizeof trust);
		text_hex(&t, b->trust_id, 32);
		if (!b->bundle.ceremony.reshare ||
		    b->bundle.ceremony.rehearsal)
			m.trust = slice_of(trust);
	}
	birth_awaited(&m, b);
	set_names(m.took, &m.took_n, b, &b->took);
	for (; m.step_n < b->step_n; m.step_n++) {
		m.step[m.step_n] = slice_of(birth_states[m.step_n]);
		m.step_s[m.step_n] = b->step_s[m.step_n];
	}
	m.reason = slice_of(b->reason);
	birth_build(out, &m);
}

/* ---- keys that may ask ---- */

static bool
try_key(const struct message *m, const struct vkey *k, struct vkey *out)
{
	if (!message_by(m, k))
		return false;
	*out = *k;
	return true;
}

/* A party's key: of a trust's plain signers, a roster, a ceremony; of the
 * named authority only, if a name is given. */
static bool
party_find(const struct coordinator *c, const struct message *m,
    const struct slice *authority, struct vkey *out)
{
	struct vkey k;

	for (unsigned i = 0; i < c->authority_n; i++) {
		const struct trust *t = &c->authority[i].trust;

		if (authority != NULL &&
		    !slice_equal(trust_name(t), *authority))
			continue;
		for (unsigned j = 0; j < t->signer_n; j++) {
			trust_key(&k, t, LIST_SIGNERS, j);
			if (!(c->authority[i].shared >> j & 1) &&
			    try_key(m, &k, out))
				return true;
		}
	}
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++) {
		const struct roster *r = &c->roster[i].roster;

		if (!c->roster[i].used || (authority != NULL &&
			!slice_equal(r->authority, *authority)))
			continue;
		for (unsigned j = 0; j < r->party_n; j++) {
			roster_party_key(&k, r, j);
			if (try_key(m, &k, out))
				return true;
		}
	}
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		const struct ceremony *b = &c->birth[i].bundle.ceremony;

		if (!c->birth[i].used || (authority != NULL &&
			!slice_equal(b->authority, *authority)))
			continue;
		for (unsigned j = 0; j < b->party_n; j++) {
			ceremony_party_key(&k, b, j);
			if (try_key(m, &k, out))
				return true;
		}
		for (unsigned h = 1;
		     h <= c->birth[i].bundle.frost.tree.leaves; h++) {
			ceremony_holder_key(&k, &c->birth[i].bundle, h);
			if (try_key(m, &k, out))
				return true;
		}
	}
	return false;
}

/* Before its first ceremony a party is known from the configuration. */
static bool
configured_find(
    const struct coordinator *c, const struct message *m, struct vkey *out)
{
	for (unsigned i = 0; i < c->party_n; i++)
		if (try_key(m, &c->party[i].key, out))
			return true;
	return false;
}

static bool
time_is_near(uint64_t time, uint64_t now)
{
	return time <= now + MESSAGE_AGE_S_MAX &&
	    now <= time + MESSAGE_AGE_S_MAX;
}

enum rc
coordinator_poll(struct coord_poller *who, const struct coordinator *c,
    const struct message *m, uint64_t now)
{
	const size_t token_n = sizeof c->token - 1;
	struct message_poll p;
	struct vkey k;
	enum rc rc = poll_parse(&p, m->text.p, m->text.n);

	memset(who, 0, sizeof *who);
	if (rc != RC_OK)
		return rc;
	if (!party_find(c, m, &p.authority, &k) && !configured_find(c, m, &k))
		return RC_SENDER;
	rc = message_verify(m, &k);
	if (rc != RC_OK)
		return rc;
	if (!time_is_near(p.time, now))
		return RC_AGE;
	memcpy(who->key, k.key, 32);
	coord_copy(who->name, sizeof who->name, k.name);
	if (p.after.n > token_n + 1 &&
	    memcmp(p.after.p, c->token, token_n) == 0 &&
	    p.after.p[token_n] == '.' &&
	    !slice_decimal((struct slice){p.after.p + token_n + 1,
			       p.after.n - token_n - 1},
		c->stamp, &who->after))
		who->after = 0;
	return RC_OK;
}

/* parties: they may, too. */
static enum rc
read_check(const struct coordinator *c, const struct message *m,
    const char *path, uint64_t now, bool parties)
{
	struct message_read r;
	struct vkey k;
	bool known;
	enum rc rc = read_parse(&r, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	known = parties &&
	    (party_find(c, m, NULL, &k) || configured_find(c, m, &k));
	for (unsigned i = 0; !known && i < c->proposer_n; i++)
		known = try_key(m, &c->proposer[i].key, &k);
	if (!known)
		return RC_SENDER;
	rc = message_verify(m, &k);
	if (rc != RC_OK)
		return rc;
	if (!slice_is(r.path, path))
		return RC_FIELD;
	return time_is_near(r.time, now) ? RC_OK : RC_AGE;
}

enum rc
coordinator_reader(const struct coordinator *c, const struct message *m,
    const char *path, uint64_t now)
{
	return read_check(c, m, path, now, true);
}

enum rc
coordinator_uploader(const struct coordinator *c, const struct message *m,
    const char *path, uint64_t now)
{
	return read_check(c, m, path, now, false);
}

/* ---- inboxes ---- */

enum { PLAIN_PACKAGE_MAX = 8192 };

struct shown {
	uint64_t stamp; /* 0: nothing found yet */
	struct slice bytes;
	const struct coord_proposal *plain; /* a package to be written */
	uint32_t number;
};

/* Keep the earliest that comes after `after`. */
static void
show(struct shown *best, uint64_t after, uint64_t stamp, const void *bytes,
    size_t n)
{
	if (stamp > after && (best->stamp == 0 || stamp < best->stamp))
		*best = (struct shown){stamp, {bytes, n}, NULL, 0};
}

static void
show_proposal(struct shown *best, const struct coord_proposal *p,
    const struct coord_poller *who, uint64_t after)
{
	bool in = false;

	for (unsigned i = 0; i < p->member_n; i++)
		in = in || memcmp(p->member[i].key.key, who->key, 32) == 0;
	if (!in)
		return;
	show(best, after, p->stamp, p->note, p->note_n);
	for (unsigned i = 0; i < p->plain_n; i++) {
		const struct coord_plain *q = &p->plain[i];
		const struct coord_member *k = &p->member[q->member];

		if (q->asked == 0 || k->has_line || q->stamp <= after ||
		    memcmp(k->key.key, who->key, 32) != 0 ||
		    (best->stamp != 0 && best->stamp <= q->stamp))
			continue;
		*best = (struct shown){q->stamp, {NULL, 0}, p, q->asked};
	}
}

static void
show_session(struct shown *best, const struct coordinator *c,
    const struct coord_session *x, const struct coord_poller *who,
    uint64_t after)
{
	const struct coord_proposal *p = &c->proposal[x->proposal];

	for (unsigned id = 1; id <= FROST_PARTIES_MAX; id++) {
		unsigned member;

		if (!tree_set_has(&x->set, id) ||
		    tree_set_has(&x->answered, id) ||
		    coord_seat_is_lost(p, x, id))
			continue;
		member = p->slot[x->slot].seat[id - 1].member;
		if (memcmp(p->member[member].key.key, who->key, 32) == 0)
			show(best, after, x->stamp, x->text, x->text_n);
	}
}

static bool
show_next(struct shown *best, const struct coordinator *c,
    const struct coord_poller *who, uint64_t after)
{
	*best = (struct shown){0};
	if (after >= c->stamp)
		return false;
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		const struct coord_proposal *p = &c->proposal[i];

		if (p->used && !coord_is_birth(p) &&
		    p->state == COORD_OPEN)
			show_proposal(best, p, who, after);
	}
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++)
		if (c->session[i].used && c->session[i].stamp > after)
			show_session(best, c, &c->session[i], who, after);
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		const struct coord_birth *b = &c->birth[i];

		if (!b->used || b->state == BIRTH_BORN ||
		    !coord_birth_has(b, who->key))
			continue;
		for (unsigned j = 0; j < b->item_n; j++)
			show(best, after, b->item[j].stamp,
			    b->arena + b->item[j].at, b->item[j].n);
	}
	return best->stamp != 0;
}

bool
coordinator_news(const struct coordinator *c, const struct coord_poller *who)
{
	struct shown best;

	return show_next(&best, c, who, who->after);
}

static void
show_put(struct text *out, const struct shown *s)
{
	char buffer[PLAIN_PACKAGE_MAX];
	struct text t;

	if (s->plain == NULL) {
		bundle_put(out, s->bytes.p, s->bytes.n);
		return;
	}
	text_init(&t, buffer, sizeof buffer);
	coord_plain_package(&t, s->plain, s->number);
	bundle_put(out, buffer, t.n);
}

static void
inbox_put(struct text *out, const struct coordinator *c, uint64_t stamp,
    uint64_t now)
{
	struct message_inbox m = {.time = now};
	char cursor[COORD_CURSOR_MAX];
	struct text t;

	text_init(&t, cursor, sizeof cursor);
	text_printf(&t, "%s.%llu", c->token, (unsigned long long)stamp);
	m.cursor = (struct slice){(const uint8_t *)cursor, t.n};
	inbox_build(out, &m);
}

void
coordinator_inbox(struct text *out, const struct coordinator *c,
    const struct coord_poller *who, uint64_t now)
{
	size_t room = out->cap - 256; /* the inbox text */
	uint64_t last = who->after, at = who->after;
	struct shown s;

	while (show_next(&s, c, who, last)) {
		size_t n = s.plain == NULL ? s.bytes.n : PLAIN_PACKAGE_MAX;

		if (n + 1 > room)
			break;
		room -= n + 1;
		last = s.stamp;
	}
	inbox_put(out, c, last, now);
	while (at < last && show_next(&s, c, who, at)) {
		show_put(out, &s);
		at = s.stamp;
	}
}
