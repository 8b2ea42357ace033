/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CEREMONY_WORLD_H
#define TESTS_UNIT_CEREMONY_WORLD_H
/*
 * Ceremonies in the world of coord_world.h: drafts of its parties, with
 * their cards, and a party that polls for one.
 */
#include "quorum/ceremony.h"
#include "tests/unit/coord_world.h"

/* A draft's lines of parties, "alice bob". */
static inline void
put_parties(struct text *t, struct world *w, const char *parties)
{
	char list[256];

	snprintf(list, sizeof list, "%s", parties);
	for (char *s = strtok(list, " "); s != NULL; s = strtok(NULL, " ")) {
		text_printf(t, "party %s ", s);
		put_key(t, world_actor(w, s));
		text_string(t, " CH\n");
	}
}

/* A draft's line about the roster that is before it. */
static inline void
put_before(struct text *t, const struct world *w)
{
	struct roster before;

	ck_assert_rc(roster_parse(&before, (const uint8_t *)w->roster_text[0],
			 w->roster_text_n[0]),
	    RC_OK);
	text_string(t, "reshare 1 ");
	text_hex(t, before.id, 32);
	text_string(t, "\n");
}

/* The head of a draft: of a new roster for the key that there is, or of a
 * new key. */
static inline void
put_head(struct text *t, struct world *w, const char *kind, bool reshare,
    uint64_t deadline)
{
	text_printf(t, "quorate/%s@v1\nauthority acme.example/release 1\n"
		       "signer release\n",
	    kind);
	if (reshare)
		put_before(t, w);
	else
		text_string(t, "key acme.example/release\n");
	text_printf(t, "proposed %llu\ndeadline %llu\n",
	    (unsigned long long)w->now, (unsigned long long)deadline);
}

/* Signs the draft; out: it, the cards of its parties in the order of leaves,
 * and what it rests on. */
static inline void
put_draft(struct text *out, struct world *w, struct text *draft,
    const void *last, size_t last_n)
{
	char local[64], card[2048];
	struct ceremony k;
	struct text t;

	ck_assert_rc(
	    ceremony_parse(&k, (const uint8_t *)draft->p, draft->n), RC_OK);
	note_make(draft, &w->proposer);
	bundle_put(out, draft->p, draft->n);
	for (unsigned i = 0; i < k.tree.leaves; i++) {
		struct slice s = ceremony_party_name(&k, k.tree.party[i]);
		struct actor *a;

		snprintf(local, sizeof local, "%.*s", (int)s.n, s.p);
		a = world_actor(w, local);
		text_init(&t, card, sizeof card);
		text_printf(&t, "quorate/party@v1\nname %s\nvkey ", local);
		put_key(&t, a);
		text_string(&t, "\nlabel CH\ncontact a@b.example\n");
		put_note(out, &t, a);
	}
	bundle_put(out, last, last_n);
	ck_assert(!out->full);
}

/* What a suite's party does with what it is told. */
struct chair;
struct chair_does {
	enum message_kind draft;
	void (*hear_draft)(struct chair *c, struct text *notes);
	void (*hear)(
	    struct chair *c, const struct message *m, struct text *notes);
	/* A note of its own, on its way out. True: something else, or nothing,
	 * was put in its place. */
	bool (*twist)(
	    struct chair *c, const struct message *m, struct text *out);
};

static inline void
chair_say(struct world *w, struct chair *c, const struct chair_does *does,
    const struct text *notes)
{
	static char bytes[1 << 20];
	struct bundle_item item;
	struct message m;
	struct bundle b;
	struct text out;

	text_init(&out, bytes, sizeof bytes);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)notes->p, notes->n),
	    RC_OK);
	while (bundle_next(&b, &item) == RC_OK) {
		ck_assert_rc(message_open(&m, item.whole.p, item.whole.n),
		    RC_OK);
		if (!does->twist(c, &m, &out))
			bundle_put(&out, item.whole.p, item.whole.n);
	}
	if (out.n > 0)
		(void)!world_post(w, out.p, out.n);
}

/* One poll of the chair's actor; false: nothing was new. */
static inline bool
chair_poll(struct world *w, struct actor *a, struct chair *c,
    const struct chair_does *does)
{
	static char inbox[BUNDLE_BYTES_MAX], answer[1 << 20];
	static struct ceremony_bundle open;
	struct bundle_item item;
	struct bundle b;
	struct message m;
	struct text notes;
	bool news = actor_poll(w, a, inbox, &b);

	text_init(&notes, answer, sizeof answer);
	for (;;) {
		struct bundle at = b;
		enum rc rc = bundle_next(&b, &item);

		if (rc == RC_MORE)
			break;
		ck_assert_rc(rc, RC_OK);
		ck_assert_rc(message_open(&m, item.whole.p, item.whole.n),
		    RC_OK);
		if (m.kind == does->draft) {
			b = at;
			ck_assert_rc(ceremony_open_next(&open, &b), RC_OK);
			does->hear_draft(c, &notes);
		} else {
			does->hear(c, &m, &notes);
		}
	}
	if (notes.n > 0)
		chair_say(w, c, does, &notes);
	return news;
}
#endif
