/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/seat.c: what is legal in which state. The table once more, by hand;
 * whatever it does not have is refused and changes nothing.
 */
#include "signer/seat.h"
#include "tests/unit/seat_world.h"
#include "tests/unit/suite.h"

static struct said a, b;
static struct small rel, pkg;

/* The table once more, by hand: a letter an event (Proposal, pacKage, Yes,
 * No, Birth, pUrpose), large where it is good once. */
static const char events_letters[] = "pkynbu";
_Static_assert(sizeof events_letters - 1 == SEAT_EVENTS, "a letter each");
static const char *const legal[SEAT_TEXTS][SEAT_STATES] = {
    [SEAT_RELEASES] = {[SEAT_NONE] = "P",
	[SEAT_ASKED] = "pyN",
	[SEAT_APPROVED] = "pkyN",
	[SEAT_REFUSED] = "pn",
	[SEAT_CLOSED] = "pk"},
    [SEAT_OWN] = {[SEAT_NONE] = "B",
	[SEAT_ASKED] = "",
	[SEAT_APPROVED] = "kb",
	[SEAT_REFUSED] = "",
	[SEAT_CLOSED] = "kb"},
    [SEAT_SIGN_LINE] = {[SEAT_NONE] = "U",
	[SEAT_ASKED] = "",
	[SEAT_APPROVED] = "ku",
	[SEAT_REFUSED] = "u",
	[SEAT_CLOSED] = "ku"},
};

static bool
is_legal(unsigned text, unsigned state, unsigned event, bool *once)
{
	const char *row = legal[text][state];
	char small = events_letters[event];

	*once = strchr(row, small - 'a' + 'A') != NULL;
	return *once || strchr(row, small) != NULL;
}

START_TEST(table_is_the_table)
{
	unsigned rows = 0, letters = 0;
	const struct seat_rule *r;
	bool once;

	for (; (r = seat_rule(rows)) != NULL; rows++) {
		ck_assert(is_legal(r->text, r->state, r->event, &once));
		ck_assert(once == r->once);
		for (unsigned i = 0; i < rows; i++)
			ck_assert(seat_rule(i)->state != r->state ||
			    seat_rule(i)->text != r->text ||
			    seat_rule(i)->event != r->event);
	}
	for (unsigned t = 0; t < SEAT_TEXTS; t++)
		for (unsigned i = 0; i < SEAT_STATES; i++)
			letters += (unsigned)strlen(legal[t][i]);
	ck_assert_uint_eq(rows, letters);
}
END_TEST

/* A text of this kind in this state: by events, as far as there are any. */
static void
bring(struct party *p, unsigned text, unsigned state)
{
	struct seat_message *m;
	struct seat_now now;
	uint8_t id[32];

	release_text(&rel, 42, "1");
	authority(p)->policy.person = state == SEAT_ASKED;
	if (state == SEAT_NONE)
		return;
	if (text == SEAT_OWN) {
		said_begin(&a, &now, HELP_NOW);
		ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
				 (uint8_t *)roster_text.p, roster_text.n),
		    RC_OK);
		memcpy(id, roster.id, sizeof id);
	} else {
		ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
		memcpy(id, rel.id, sizeof id);
		if (text == SEAT_RELEASES && state == SEAT_REFUSED)
			ck_assert_rc(person_says(&a, p, id, false), RC_OK);
		if (text == SEAT_RELEASES && state == SEAT_CLOSED) {
			p->fake.logged.sequence = 42;
			memcpy(p->fake.logged.id, id, 32);
			unlock(p);
		}
	}
	m = (struct seat_message *)seat_find(p->seat, id);
	ck_assert_ptr_nonnull(m);
	/* Nothing that is said leads to some of them; and the file that comes
	 * with a sign line is not made here. */
	if (text == SEAT_SIGN_LINE)
		m->kind = MESSAGE_PURPOSE;
	if (text != SEAT_RELEASES)
		m->state = (enum seat_state)state;
	ck_assert_int_eq(m->state, (int)state);
}

static enum rc
send(struct party *p, unsigned text, unsigned event)
{
	const struct text *t = text == SEAT_OWN ? &roster_text : &rel.t;
	struct message_commit commits[2] = {a.commit, a.commit};
	static struct purpose_request request;
	struct seat_now now;
	uint8_t id[32];

	crypto_hash_sha256(id, (const uint8_t *)t->p, t->n);
	switch ((enum seat_event)event) {
	case SEAT_PROPOSAL:
		return propose(&b, p, t);
	case SEAT_PACKAGE:
		package_text(&pkg, id, frost.id, 1, 2, (unsigned[]){0, 1},
		    commits);
		return package(&b, p, &pkg.t);
	case SEAT_YES:
	case SEAT_NO:
		return person_says(&b, p, id, event == SEAT_YES);
	case SEAT_PURPOSE:
		/* of this release, with a file that proves nothing */
		memset(&request, 0, sizeof request);
		memcpy(request.ask.message, id, sizeof id);
		request.ask.signer = roster.signer;
		request.release.authority =
		    (struct slice){(const uint8_t *)NAME, strlen(NAME)};
		said_begin(&b, &now, HELP_NOW);
		b.rc = seat_purpose(p->seat, &b.out, &now, &request);
		read_notes(&b, p);
		return b.rc;
	case SEAT_BIRTH:
	default:
		said_begin(&b, &now, HELP_NOW);
		b.rc = seat_birth(p->seat, &b.out, &now, authority(p),
		    (const uint8_t *)t->p, t->n);
		read_notes(&b, p);
		return b.rc;
	}
}

/* All that a party is. */
static struct snapshot {
	struct fake fake;
	struct seat seat;
	struct seat_secrets secrets;
} before;

static void
snapshot_take(const struct party *p)
{
	before.fake = p->fake;
	before.seat = *p->seat;
	before.secrets = *p->secrets;
}

static void
snapshot_check(struct party *p, bool texts)
{
	ck_assert_uint_eq(b.notes.n, 0);
	ck_assert(!b.out.person && !b.out.look);
	before.fake.writes = p->fake.writes; /* the end of an empty event */
	ck_assert_int_eq(memcmp(&before.fake, &p->fake, sizeof p->fake), 0);
	ck_assert_int_eq(memcmp(&before.secrets, p->secrets,
			     sizeof before.secrets), 0);
	/* what was given back, and what is nobody's, may differ */
	if (!texts)
		memcpy(p->seat->message, before.seat.message,
		    sizeof before.seat.message);
	memcpy(p->seat->scratch, before.seat.scratch,
	    sizeof before.seat.scratch);
	p->seat->count = before.seat.count;
	ck_assert_int_eq(memcmp(&before.seat, p->seat, sizeof before.seat), 0);
}

enum { WALK = SEAT_TEXTS * SEAT_STATES * SEAT_EVENTS };

/* Every message that is not legal, in every state, of both kinds of text: it
 * is refused, nothing is said, and nothing of the party is another than
 * before: not the record, not a nonce, not a state. */
START_TEST(everything_else_is_refused)
{
	unsigned event = (unsigned)_i % SEAT_EVENTS;
	unsigned state = (unsigned)_i / SEAT_EVENTS % SEAT_STATES;
	unsigned text = (unsigned)_i / SEAT_EVENTS / SEAT_STATES;
	struct party *p = &party[0];
	enum rc rc;
	bool once;

	if (is_legal(text, state, event, &once))
		return;
	if (text == SEAT_SIGN_LINE && state == SEAT_NONE)
		return; /* not known: the same as a release that is not */
	bring(p, text, state);
	snapshot_take(p);
	rc = send(p, text, event);
	if (event == SEAT_PURPOSE)
		ck_assert(rc != RC_OK); /* there is no file, to begin with */
	else if (event == SEAT_PROPOSAL)
		ck_assert_rc(rc, RC_KIND); /* nobody proposes the others */
	else if (state == SEAT_NONE && event != SEAT_BIRTH)
		ck_assert_rc(rc, RC_SEAT_UNKNOWN);
	else
		ck_assert_rc(rc, RC_SEAT_STATE);
	snapshot_check(p, true);
}
END_TEST

/* What is good once: done, and the state put back as a wrong move might leave
 * it, it is not good again. */
START_TEST(once_is_once)
{
	struct party *p = &party[0];
	const struct seat_rule *r = seat_rule((unsigned)_i);
	struct seat_message *m;
	uint8_t id[32];

	if (r == NULL || !r->once || r->text == SEAT_SIGN_LINE)
		return;
	bring(p, r->text, r->state);
	ck_assert_rc(send(p, r->text, r->event), RC_OK);
	memcpy(id, r->text == SEAT_OWN ? roster.id : rel.id, sizeof id);
	m = (struct seat_message *)seat_find(p->seat, id);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_ne(m->state, (int)r->state);
	m->state = r->state;
	a = b;
	snapshot_take(p);
	if (r->state == SEAT_NONE) /* its place is given back, nonces and all */
		memset(&before.secrets.nonces[m - p->seat->message], 0,
		    sizeof before.secrets.nonces[0]);
	ck_assert_rc(send(p, r->text, r->event), RC_SEAT_STATE);
	snapshot_check(p, r->state != SEAT_NONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seat_table");
	TCase *tc = tcase_create("shared");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup_shared, teardown);
	tcase_add_test(tc, table_is_the_table);
	tcase_add_loop_test(tc, everything_else_is_refused, 0, WALK);
	tcase_add_loop_test(tc, once_is_once, 0, 20);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
