/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/seat.c: whole releases with a record that can be told to fail at
 * any step, before or after the step took place, and with coordinators that
 * lie. A kill is: the seat and its secrets are thrown away, the record stays.
 */
#include "signer/seat.h"
#include "tests/unit/seat_world.h"
#include "tests/unit/suite.h"

static struct said a, b, c;
static struct small rel, rel2, pkg, pkg2;

/* The first two parties are asked about rel, and approve. */
static void
two_approve(struct message_commit of[static 2])
{
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	of[0] = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	of[1] = b.commit;
}

static void
package_of_two(struct small *out, const uint8_t id[static 32],
    unsigned session, const struct message_commit of[static 2])
{
	package_text(
	    out, id, frost.id, session, 2, (unsigned[]){0, 1}, of);
}

START_TEST(whole_release)
{
	const unsigned who[] = {0, 1};

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	ck_assert_uint_eq(party[0].fake.slot_n, 0); /* nothing bound yet */
	package_text(&pkg, rel.id, frost.id, 1, 2, who,
	    (struct message_commit[]){a.commit, b.commit});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	ck_assert_uint_eq(a.line_n, 1);
	ck_assert_uint_eq(a.commit_n, 1); /* the next one */
	ck_assert_mem_ne(&a.commit.d, &a.share.d, 32);
	ck_assert_uint_eq(party[0].fake.slot_n, 1);
	check_signature(&rel, &pkg, &a.share, &b.share);

	/* The party that the package does not list keeps quiet. */
	ck_assert_rc(propose(&c, &party[2], &rel.t), RC_OK);
	ck_assert_rc(package(&c, &party[2], &pkg.t), RC_OK);
	ck_assert_uint_eq(c.notes.n, 0);
	ck_assert_uint_eq(party[2].fake.slot_n, 0);

	/* The same package again: the same bytes; across a restart too. */
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);
	ck_assert_mem_eq(b.share_digest, a.share_digest, 32);
	boot(&party[0]);
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);
	ck_assert_mem_eq(b.share_digest, a.share_digest, 32);
	ck_assert_uint_eq(left_n, 2);

	/* Once logged, the text is closed and the nonces are gone. */
	party[1].fake.logged.sequence = 42;
	memcpy(party[1].fake.logged.id, rel.id, 32);
	unlock(&party[1]);
	ck_assert(all_zero(party[1].secrets->nonces,
	    sizeof party[1].secrets->nonces));
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, 0);
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, 0);
}
END_TEST

START_TEST(two_packages_for_one_commitment)
{
	struct message_commit of[2], cc;

	release_text(&rel, 42, "1");
	two_approve(of);
	ck_assert_rc(propose(&c, &party[2], &rel.t), RC_OK);
	cc = c.commit;
	package_of_two(&pkg, rel.id, 1, of);
	package_text(&pkg2, rel.id, frost.id, 2, 2, (unsigned[]){0, 2},
	    (struct message_commit[]){of[0], cc});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	/* No second share: the commitment that is in force, again. */
	ck_assert_rc(package(&b, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 0);
	ck_assert_uint_eq(b.line_n, 0);
	ck_assert_uint_eq(b.commit_n, 1);
	ck_assert_mem_eq(&b.commit.d, &a.commit.d, 32);
	ck_assert_uint_eq(b.commit.serial, a.commit.serial);
	/* And that one serves. */
	package_text(&pkg2, rel.id, frost.id, 3, 2, (unsigned[]){0, 2},
	    (struct message_commit[]){b.commit, cc});
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_rc(package(&c, &party[2], &pkg2.t), RC_OK);
	check_signature(&rel, &pkg2, &a.share, &c.share);
}
END_TEST

/* A set that is not minimal burns the pair and gets nothing. */
START_TEST(a_set_that_is_not_minimal)
{
	struct message_commit commits[3];

	release_text(&rel, 42, "1");
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_rc(propose(&a, &party[i], &rel.t), RC_OK);
		commits[i] = a.commit;
	}
	package_text(&pkg, rel.id, frost.id, 1, 3, (unsigned[]){0, 1, 2},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SET_NOT_MINIMAL);
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	ck_assert_uint_eq(left_n, 0);
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	/* Told of the old pair once more, the party makes a new one. */
	package_text(&pkg, rel.id, frost.id, 2, 2, (unsigned[]){0, 1},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_mem_ne(&a.commit.d, &commits[0].d, 32);
}
END_TEST

START_TEST(wrong_roster_and_unapproved)
{
	uint8_t other[32];
	struct message_commit of[2];

	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	two_approve(of);
	memset(other, 5, sizeof other);
	package_text(&pkg, rel.id, other, 1, 2, (unsigned[]){0, 1}, of);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_ROSTER_MISMATCH);
	/* A text that nobody asked about here. */
	package_of_two(&pkg, rel2.id, 1, of);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_UNKNOWN);
	/* A text that a person has not decided. */
	authority(&party[0])->policy.person = true;
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert(a.out.person);
	ck_assert_uint_eq(a.notes.n, 0);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	/* None of it cost the pair, or bound anything. */
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	package_of_two(&pkg, rel.id, 2, of);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	/* A nonce made for one text serves no other. */
	ck_assert_rc(person_says(&b, &party[0], rel2.id, true), RC_OK);
	package_text(&pkg2, rel2.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, of[1]});
	ck_assert_rc(package(&c, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(c.share_n, 0);
}
END_TEST

START_TEST(refuse_after_approve)
{
	struct message_commit of[2];

	release_text(&rel, 42, "1");
	two_approve(of);
	ck_assert_rc(person_says(&a, &party[0], rel.id, false), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_str_eq(a.code, "withdrawn");
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	package_of_two(&pkg, rel.id, 1, of);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	/* For good: after a restart, and a person cannot take it back. */
	boot(&party[0]);
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	ck_assert_rc(person_says(&a, &party[0], rel.id, true), RC_SEAT_STATE);
}
END_TEST

/* Whoever carries a proposal takes the proposer's line off, breaks it, or puts
 * another in its place: nothing is said of the text and nothing kept, and it
 * is judged when it comes as it was. */
START_TEST(on_the_way)
{
	static const struct {
		bool broken;
		uint32_t sequence; /* 999: another rule would refuse too */
	} cases[] = {{true, 42}, {false, 42}, {false, 999}, {true, 999}};
	struct party *p = &party[0];
	struct help_key alien;
	unsigned writes;

	help_key(&alien, "ci.example", 51, KEY_ED25519);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seat_now now;
		struct text note;
		char bytes[NOTE_BYTES_MAX + 1];

		release_text(&rel, cases[i].sequence, "1");
		text_init(&note, bytes, sizeof bytes);
		text_put(&note, rel.t.p, rel.t.n);
		help_sign(&note, cases[i].broken ? &pipeline : &alien);
		if (cases[i].broken) {
			char *last = note.p + note.n - 6;

			*last = *last == 'A' ? 'B' : 'A';
		}
		writes = p->fake.writes;
		said_begin(&a, &now, HELP_NOW);
		ck_assert_rc(seat_proposal(p->seat, &a.out, &now,
				 (uint8_t *)note.p, note.n),
		    RC_SENDER);
		read_notes(&a, p);
		ck_assert_uint_eq(a.notes.n, 0);
		ck_assert_uint_le(p->fake.writes, writes + 1); /* an empty event */
		ck_assert_ptr_null(seat_find(p->seat, rel.id));
	}
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	release_text(&rel2, 999, "1");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
}
END_TEST

/* Another text for a sequence whose share has left. */
START_TEST(bound)
{
	struct message_commit of[2], cd;

	release_text(&rel, 42, "1");
	release_text(&rel2, 42, "2");
	two_approve(of);
	/* Approving binds nothing: the second may still be approved. */
	ck_assert_rc(propose(&c, &party[0], &rel2.t), RC_OK);
	ck_assert_uint_eq(c.approve_n, 1);
	cd = c.commit;
	package_of_two(&pkg, rel.id, 1, of);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	package_text(&pkg2, rel2.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){cd, of[1]});
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_str_eq(a.code, "bound");
	/* A third is refused when it is proposed. */
	release_text(&rel2, 42, "3");
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert_str_eq(a.code, "bound");
	ck_assert_uint_eq(left_n, 1);
}
END_TEST

/* What time and the log do to an approval. */
START_TEST(too_late)
{
	struct message_commit of[2];

	release_text(&rel, 42, "1");
	two_approve(of);
	package_of_two(&pkg, rel.id, 1, of);
	ck_assert_rc(package_at(&a, &party[0], &pkg.t,
			 HELP_NOW + 30 * 86400 + 1),
	    RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_str_eq(a.code, "age");
	party[1].fake.logged.sequence = 42; /* by another text */
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 0);
	ck_assert_str_eq(b.code, "sequence");
	ck_assert_uint_eq(left_n, 0);
}
END_TEST

START_TEST(frozen_and_locked)
{
	struct message_commit of[2];

	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	two_approve(of);
	package_of_two(&pkg, rel.id, 1, of);
	ck_assert_rc(
	    seat_freeze(party[0].seat, true, "uid 1000", HELP_NOW), RC_OK);
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_LOCKED);
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert_str_eq(a.code, "frozen");
	boot(&party[0]); /* still */
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_LOCKED);
	ck_assert_rc(
	    seat_freeze(party[0].seat, false, "uid 1000", HELP_NOW), RC_OK);
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_uint_eq(a.commit.serial, 1);
	package_text(&pkg, rel.id, frost.id, 2, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, of[1]});

	seat_lock(authority(&party[0]), "the log cannot be read");
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_SEAT_LOCKED);
	release_text(&rel2, 44, "3");
	ck_assert_rc(propose(&b, &party[0], &rel2.t), RC_SEAT_LOCKED);
	unlock(&party[0]);
	ck_assert_rc(propose(&b, &party[0], &rel2.t), RC_OK);
	ck_assert_uint_eq(b.approve_n, 1);
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);

	/* The newest roster in the log is not the share's. */
	seat_unlock(party[1].seat, authority(&party[1]), rel.id);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_SEAT_LOCKED);
}
END_TEST

START_TEST(recommits_are_bounded)
{
	struct message_commit of[2];
	unsigned made = 0;

	release_text(&rel, 42, "1");
	two_approve(of);
	for (unsigned i = 0; i < 20; i++) {
		seat_forget(party[0].seat);
		package_of_two(&pkg, rel.id, 1 + i, of);
		if (package(&a, &party[0], &pkg.t) == RC_OK)
			made += a.commit_n;
		else
			ck_assert_rc(a.rc, RC_SEAT_RECOMMITS);
	}
	ck_assert_uint_eq(made, SEAT_RECOMMITS_MAX);
}
END_TEST

/*
 * Killed at every write, before it took place and after: then started again
 * and asked again. Whatever happened, no pair of nonces serves twice
 * (read_notes), every share that left is bound, and a signature comes out.
 */
START_TEST(killed)
{
	unsigned fail_at = (unsigned)_i / 2 + 1;
	struct party *p = &party[0];
	bool failed = false;

	p->fake.fail_at = fail_at;
	p->fake.after = _i % 2 != 0;
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	for (unsigned tries = 0; tries < 4; tries++) {
		struct message_commit cb = b.commit;

		if (propose(&a, p, &rel.t) != RC_OK)
			goto dead;
		package_text(&pkg, rel.id, frost.id, 1 + tries, 2,
		    (unsigned[]){0, 1},
		    (struct message_commit[]){a.commit, cb});
		if (package(&a, p, &pkg.t) != RC_OK)
			goto dead;
		ck_assert_uint_eq(a.share_n, 1);
		ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
		ck_assert_uint_eq(b.share_n, 1);
		check_signature(&rel, &pkg, &a.share, &b.share);
		ck_assert_uint_eq(p->fake.slot_n, 1);
		ck_assert_int_eq(failed, fail_at <= 9);
		return;
	dead:
		failed = true;
		ck_assert_rc(a.rc, RC_DATABASE);
		ck_assert(all_zero(
		    p->secrets->nonces, sizeof p->secrets->nonces));
		/* Nothing more is said by this run. */
		ck_assert_rc(propose(&a, p, &rel.t), RC_DATABASE);
		ck_assert_rc(package(&a, p, &pkg.t), RC_DATABASE);
		boot(p);
		ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
		if (tries == 0 && p->fake.note_n != 0) {
			/* stored, never said: the same package gets it now */
			ck_assert_rc(package(&a, p, &pkg.t), RC_OK);
			ck_assert_uint_eq(a.share_n, 1);
		}
		/* Its partner made new ones in the meantime, or did not. */
		ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	}
	ck_abort_msg("no signature");
}
END_TEST

START_TEST(reads_fail)
{
	release_text(&rel, 42, "1");
	party[0].fake.reads_fail = true;
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_DATABASE);
	party[0].fake.reads_fail = false;
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_DATABASE);
}
END_TEST

START_TEST(persons)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	ck_assert_rc(person_says(&a, p, rel.id, true), RC_SEAT_UNKNOWN);
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert(a.out.person);
	ck_assert_mem_eq(a.out.id, rel.id, 32);
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK); /* once is enough */
	ck_assert(!a.out.person);
	ck_assert_uint_eq(p->fake.decision_n, 1);
	ck_assert_rc(person_says(&a, p, rel.id, true), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_str_eq(p->fake.decision[1].by, "uid 1000");
	/* A person's yes does not pass over the rules. */
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	p->fake.logged.sequence = 43;
	ck_assert_rc(person_says(&a, p, rel2.id, true), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_str_eq(a.code, "sequence");
	release_text(&rel2, 44, "3");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	ck_assert_rc(person_says(&a, p, rel2.id, false), RC_OK);
	ck_assert_str_eq(a.code, "person");
}
END_TEST

/* Two people, one of them twice, a restart between. */
START_TEST(two_people)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	authority(p)->policy.approvals = 2;
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 2), RC_OK);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 3), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_int_eq(seat_find(p->seat, rel.id)->state, SEAT_ASKED);
	boot(p);
	unlock(p);
	authority(p)->policy.person = true;
	authority(p)->policy.approvals = 2;
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(yes_at(&a, p, rel.id, "bert", HELP_NOW + 4), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* Seen, it waits; its time is counted from then, also over a restart. */
START_TEST(waits)
{
	struct party *p = &party[0];

	authority(p)->policy.wait_s = 3600;
	release_text(&rel, 42, "1");
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert(!a.out.person);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3599), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	boot(p);
	unlock(p);
	authority(p)->policy.wait_s = 3600;
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3599), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3600), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* With people and a wait, a yes counts and the approval comes by itself. */
START_TEST(waits_after_yes)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	authority(p)->policy.wait_s = 3600;
	release_text(&rel, 42, "1");
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW), RC_OK);
	ck_assert(a.out.person);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 60), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3600), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_str_eq(
	    p->fake.decision[p->fake.decision_n - 1].by, "people");
	/* and a rate: the next one waits for its day */
	authority(p)->policy.person = false;
	authority(p)->policy.wait_s = 0;
	authority(p)->policy.rate = 1;
	release_text(&rel2, 43, "2");
	ck_assert_rc(propose_at(&a, p, &rel2.t, &pipeline, HELP_NOW + 3600),
	    RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(propose_at(&a, p, &rel2.t, &pipeline,
			 HELP_NOW + 3600 + 86400),
	    RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* Nothing is decided or kept by explaining. */
static void
count_rules(void *context, enum judge_code code, bool passes,
    const char *sentence)
{
	unsigned *n = context;

	(void)code;
	n[passes]++;
	ck_assert(passes || sentence[0] != '\0');
}

START_TEST(explains)
{
	struct party *p = &party[0];
	struct seat_now now = {.unix_s = HELP_NOW};
	unsigned n[2] = {0}, writes = p->fake.writes;
	struct help_key alien;
	struct verdict v;

	release_text(&rel, 42, "1");
	text_string(&rel.t, "\n");
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_SIGLINE);
	release_text(&rel, 42, "1");
	help_sign(&rel.t, &pipeline);
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_OK);
	ck_assert_int_eq(v.answer, JUDGE_APPROVE);
	ck_assert_uint_eq(n[false], 0);
	ck_assert_uint_gt(n[true], 10);
	release_text(&rel, 999, "1");
	help_key(&alien, "ci.example", 51, KEY_ED25519);
	help_sign(&rel.t, &alien);
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_OK);
	ck_assert_int_eq(v.code, JUDGE_PROPOSER); /* the first of them */
	ck_assert_uint_eq(n[false], 2);
	ck_assert_uint_eq(p->fake.writes, writes);
	ck_assert_ptr_null(seat_find(p->seat, rel.id));
}
END_TEST

/* The roster and the trust of the birth, and nothing like them. */
START_TEST(birth)
{
	struct party *p = &party[0];
	struct seat_authority *at;
	struct seat_now now;
	struct message_commit commits[2];
	uint8_t id[32];
	char other[8192];

	for (unsigned i = 0; i < 2; i++) {
		at = authority(&party[i]);
		at->roster_logged = at->caught_up = false;
		said_begin(&a, &now, HELP_NOW);
		a.rc = seat_birth(party[i].seat, &a.out, &now, at,
		    (uint8_t *)roster_text.p, roster_text.n);
		read_notes(&a, &party[i]);
		ck_assert_rc(a.rc, RC_OK);
		ck_assert_uint_eq(a.line_n, 1);
		ck_assert_uint_eq(a.commit_n, 1);
		commits[i] = a.commit;
	}
	package_text(&pkg, roster.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	text_init(&rel.t, rel.bytes, sizeof rel.bytes);
	text_put(&rel.t, roster_text.p, roster_text.n);
	check_signature(&rel, &pkg, &a.share, &b.share);
	ck_assert_str_eq(p->fake.slot[0].slot.slot, "roster release");

	/* The trust text: no line of the party, but a share. */
	for (unsigned i = 0; i < 2; i++) {
		said_begin(&a, &now, HELP_NOW);
		a.rc = seat_birth(party[i].seat, &a.out, &now,
		    authority(&party[i]), (uint8_t *)trust_text.p,
		    trust_text.n);
		read_notes(&a, &party[i]);
		ck_assert_rc(a.rc, RC_OK);
		ck_assert_uint_eq(a.line_n, 0);
		commits[i] = a.commit;
	}
	crypto_hash_sha256(id, (uint8_t *)trust_text.p, trust_text.n);
	package_text(&pkg, id, frost.id, 2, 2, (unsigned[]){0, 1}, commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	ck_assert_uint_eq(a.line_n, 0);

	/* Releases wait for the roster to be in the log. */
	release_text(&rel2, 42, "1");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_SEAT_LOCKED);
	seat_unlock(p->seat, authority(p), NULL);
	ck_assert_rc(propose(&a, p, &rel2.t), RC_SEAT_LOCKED);

	/* Another roster, another trust text: no. */
	memcpy(other, roster_text.p, roster_text.n);
	other[roster_text.n - 2] = '1';
	said_begin(&a, &now, HELP_NOW);
	ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
			 (uint8_t *)other, roster_text.n),
	    RC_SEAT_STATE);
	ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
			 (uint8_t *)rel2.t.p, rel2.t.n),
	    RC_SEAT_STATE);
	/* Nor does a roster come in as a proposal. */
	ck_assert_rc(propose(&a, p, &roster_text), RC_KIND);
}
END_TEST
/* A share that is not the roster's, a roster of another authority. */
START_TEST(wrong_share)
{
	struct party *p = &party[0];

	p->secrets->share[0] = party[1].share;
	ck_assert_rc(seat_roster(p->seat, authority(p),
			 (uint8_t *)roster_text.p, roster_text.n),
	    RC_ROSTER_MISMATCH);
	ck_assert(all_zero(&p->secrets->share[0],
	    sizeof p->secrets->share[0]));
	p->secrets->share[0] = p->share;
	p->secrets->share[0].s.b[0] ^= 1;
	ck_assert_rc(seat_roster(p->seat, authority(p),
			 (uint8_t *)roster_text.p, roster_text.n),
	    RC_DEALING);
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_SEAT_LOCKED);
}
END_TEST

/* More open texts than there are places, then places again. */
START_TEST(full)
{
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		release_text(&rel, 42 + i % 16, "1");
		text_printf(&rel.t, "x-n %u\n", i);
		ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
		ck_assert_uint_eq(a.approve_n, 1);
	}
	release_text(&rel2, 44, "2");
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_SEAT_FULL);
	crypto_hash_sha256(rel.id, (uint8_t *)rel.t.p, rel.t.n);
	ck_assert_rc(person_says(&a, &party[0], rel.id, false), RC_OK);
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
}
END_TEST

static void
plain_package(struct small *out, const uint8_t message[static 32],
    unsigned session, unsigned n, const unsigned *who)
{
	struct message_package p = {.session = session};

	memcpy(p.message, message, 32);
	p.name_n = n;
	for (unsigned i = 0; i < n; i++)
		p.name[i] = (struct slice){
		    (const uint8_t *)party[who[i]].key.name,
		    strlen(party[who[i]].key.name)};
	text_init(&out->t, out->bytes, sizeof out->bytes);
	package_build(&out->t, &p);
}

START_TEST(plain_signers)
{
	struct small held;

	release_text(&rel, 42, "1");
	release_text(&rel2, 42, "2");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 0);
	ck_assert_uint_eq(a.line_n, 0); /* never before a package */
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	plain_package(&pkg, rel.id, 1, 2, (unsigned[]){1, 2});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.notes.n, 0); /* not listed */
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	plain_package(&pkg, rel.id, 2, 2, (unsigned[]){0, 1});
	/* The store fails: no line. */
	party[0].fake.fail_at = party[0].fake.writes + 1;
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_DATABASE);
	boot(&party[0]);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.line_n, 1);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(party[0].fake.slot_n, 1);
	held = pkg;
	ck_assert_rc(package(&b, &party[0], &held.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, a.notes.n);
	ck_assert_mem_eq(b.notes.p, a.notes.p, a.notes.n);
	/* The sequence is used. */
	plain_package(&pkg, rel2.id, 3, 1, (unsigned[]){0});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.line_n, 0);
	ck_assert_str_eq(a.code, "bound");
}
END_TEST

/* A key that is no signer of the authority signs nothing. */
START_TEST(nobody)
{
	struct party *p = &party[0];

	help_key(&p->key, "mallory.example", 77, KEY_ED25519);
	boot(p);
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_SEAT_LOCKED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seat");
	TCase *tc = tcase_create("shared");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup_shared, teardown);
	tcase_add_test(tc, whole_release);
	tcase_add_test(tc, two_packages_for_one_commitment);
	tcase_add_test(tc, a_set_that_is_not_minimal);
	tcase_add_test(tc, wrong_roster_and_unapproved);
	tcase_add_test(tc, refuse_after_approve);
	tcase_add_test(tc, on_the_way);
	tcase_add_test(tc, bound);
	tcase_add_test(tc, too_late);
	tcase_add_test(tc, frozen_and_locked);
	tcase_add_test(tc, recommits_are_bounded);
	tcase_add_loop_test(tc, killed, 0, 20);
	tcase_add_test(tc, reads_fail);
	tcase_add_test(tc, persons);
	tcase_add_test(tc, two_people);
	tcase_add_test(tc, waits);
	tcase_add_test(tc, waits_after_yes);
	tcase_add_test(tc, explains);
	tcase_add_test(tc, birth);
	tcase_add_test(tc, wrong_share);
	tcase_add_test(tc, full);
	suite_add_tcase(s, tc);
	tc = tcase_create("plain");
	tcase_add_checked_fixture(tc, setup_plain, teardown);
	tcase_add_test(tc, plain_signers);
	tcase_add_test(tc, nobody);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
