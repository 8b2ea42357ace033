/* SPDX-License-Identifier: Apache-2.0 */
/* signer/store_record.c and vault.c: what is kept, what cannot be changed. */
#include "signer/store_record.h"
#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/db.h"
#include "host/file.h"
#include "host/say.h"
#include "quorum/message.h"
#include "signer/record_row.h"
#include "signer/vault.h"
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

static char dir[64], path[128];
static struct store_record *store;
static struct record ops;

static void
open_again(void)
{
	struct why why;

	store_record_close(store);
	ck_assert_code(store_record_open(&store, path, &why), RC_OK);
	store_record_ops(&ops, store);
}

static void
setup(void)
{
	say_level_set(SAY_ERROR);
	strcpy(dir, "/tmp/quorate-check.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/record.db", dir);
	store = NULL;
	open_again();
}

static void
teardown(void)
{
	char command[128];

	store_record_close(store);
	store = NULL;
	snprintf(command, sizeof command, "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
decide(uint8_t id, enum record_verb verb, enum judge_code code,
    const char *by)
{
	struct record_decision d = {.verb = verb,
	    .code = code,
	    .sentence = "because",
	    .by = by,
	    .evidence = "-",
	    .at = 7,
	    .text = (const uint8_t *)"text\n",
	    .text_n = 5};

	memset(d.message, id, 32);
	ck_assert_code(ops.decide(ops.context, &d), RC_OK);
}

static void
stands(uint8_t id, enum record_verb verb, enum judge_code code)
{
	struct record_standing s;
	uint8_t message[32], text[16];

	memset(message, id, 32);
	memset(text, 0, sizeof text);
	ck_assert_code(
	    ops.standing(ops.context, &s, text, sizeof text, message), RC_OK);
	ck_assert_int_eq(s.verb, verb);
	ck_assert_int_eq(s.code, code);
	if (verb != RECORD_NOTHING) {
		ck_assert_uint_eq(s.text_n, 5);
		ck_assert_mem_eq(text, "text\n", 5);
		ck_assert_str_eq(s.sentence, "because");
	}
}

START_TEST(decisions)
{
	stands(1, RECORD_NOTHING, JUDGE_NONE);
	decide(1, RECORD_ASK, JUDGE_NONE, "policy");
	stands(1, RECORD_ASK, JUDGE_NONE);
	decide(1, RECORD_APPROVE, JUDGE_NONE, "uid 1000");
	stands(1, RECORD_APPROVE, JUDGE_NONE);
	/* Being asked again does not undo an answer. */
	decide(1, RECORD_ASK, JUDGE_NONE, "policy");
	stands(1, RECORD_APPROVE, JUDGE_NONE);
	decide(1, RECORD_REFUSE, JUDGE_WITHDRAWN, "uid 1000");
	open_again();
	stands(1, RECORD_REFUSE, JUDGE_WITHDRAWN);
	stands(2, RECORD_NOTHING, JUDGE_NONE);
}
END_TEST

START_TEST(kept)
{
	static const char *const changes[] = {
	    "UPDATE decision SET verb = 2",
	    "DELETE FROM decision",
	    "UPDATE slot SET number = 9",
	    "UPDATE share SET note = x'00'",
	    "UPDATE row SET bytes = x'00'",
	    "DELETE FROM row",
	    "UPDATE text SET bytes = x'00'",
	    "DELETE FROM text",
	    "DELETE FROM slot",
	};
	const struct record_slot slot = {
	    .authority = {(const uint8_t *)"a", 1},
	    .epoch = 1,
	    .slot = "product p",
	    .number = 4};
	const uint8_t id[32] = {1}, package[32] = {2};
	struct db *db;
	struct why why;

	decide(1, RECORD_REFUSE, JUDGE_AGE, "policy");
	ck_assert_code(ops.answer(ops.context, &slot, id, package,
			   (const uint8_t *)"n", 1),
	    RC_OK);
	store_record_close(store);
	store = NULL;
	/* A schema of steps that have run: nothing is done at opening. */
	ck_assert_code(db_open(&db, path,
			   &(struct db_schema){
			       (const char *[]){"", "", "", "", "", "", ""}, 7},
			   0, &why),
	    RC_OK);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		ck_assert_msg(
		    db_run(db, changes[i]) != RC_OK, "%s", changes[i]);
	db_close(db);
	open_again();
	stands(1, RECORD_REFUSE, JUDGE_AGE);
}
END_TEST

START_TEST(answers)
{
	struct record_slot slot = {.authority = {(const uint8_t *)"a", 1},
	    .epoch = 1,
	    .slot = "product p",
	    .number = 4};
	const uint8_t one[32] = {1}, two[32] = {2}, package[32] = {3};
	uint8_t note[RECORD_SHARE_MAX], holder[32];
	bool bound;
	size_t n;

	ck_assert_code(
	    ops.bound(ops.context, &bound, holder, &slot), RC_OK);
	ck_assert(!bound);
	ck_assert_code(ops.answer(ops.context, &slot, one, package,
			   (const uint8_t *)"note", 4),
	    RC_OK);
	open_again();
	ck_assert_code(
	    ops.bound(ops.context, &bound, holder, &slot), RC_OK);
	ck_assert(bound);
	ck_assert_mem_eq(holder, one, 32);
	ck_assert_code(
	    ops.answered(ops.context, note, &n, one, package), RC_OK);
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(note, "note", 4);
	/* Another text: no, and its note is not kept either. */
	ck_assert_code(ops.answer(ops.context, &slot, two, package,
			   (const uint8_t *)"x", 1),
	    RC_CONFLICT);
	ck_assert_code(
	    ops.answered(ops.context, note, &n, two, package), RC_OK);
	ck_assert_uint_eq(n, 0);
	/* A second note for one package: no. The same text, another
	 * package: yes. */
	ck_assert_code(ops.answer(ops.context, &slot, one, package,
			   (const uint8_t *)"y", 1),
	    RC_CONFLICT);
	ck_assert_code(ops.answer(ops.context, &slot, one, two,
			   (const uint8_t *)"y", 1),
	    RC_OK);
	/* Another number, epoch, authority: free. Without a slot: always. */
	slot.number = 5;
	ck_assert_code(
	    ops.answer(ops.context, &slot, two, package, NULL, 0), RC_OK);
	slot.number = 4;
	slot.epoch = 2;
	ck_assert_code(
	    ops.answer(ops.context, &slot, two, package, NULL, 0), RC_OK);
	slot.slot[0] = '\0';
	ck_assert_code(
	    ops.answer(ops.context, &slot, two, package, NULL, 0), RC_OK);
	ck_assert_code(
	    ops.answer(ops.context, &slot, one, package, NULL, 0), RC_OK);
}
END_TEST

static void
raise_to(unsigned sequence, int floor, const struct store_position *position)
{
	struct slice a = {(const uint8_t *)"a", 1};
	struct release r = {.authority = a,
	    .product = {(const uint8_t *)"p", 1},
	    .epoch = 1,
	    .sequence = sequence,
	    .floor = (uint32_t)floor,
	    .withdraw = floor >= 0};
	char text[32];

	snprintf(text, sizeof text, "text %u\n", sequence);
	ck_assert_code(store_log_begin(store), RC_OK);
	ck_assert_code(store_log_release(store, &r, (uint8_t *)text,
			   strlen(text), false, HELP_NOW),
	    RC_OK);
	ck_assert_code(store_log_end(store, "a", "log", position), RC_OK);
}

static void
logged_is(uint32_t sequence, bool floor_known, uint32_t floor)
{
	struct record_logged l;
	struct slice a = {(const uint8_t *)"a", 1};

	ck_assert_code(ops.logged(ops.context, &l, a, 1,
			   (struct slice){(const uint8_t *)"p", 1}),
	    RC_OK);
	ck_assert_uint_eq(l.sequence, sequence);
	ck_assert_int_eq(l.floor_known, floor_known);
	ck_assert_uint_eq(l.floor, floor);
}

START_TEST(only_raised)
{
	struct store_position p = {.size = 5}, q;
	uint8_t text[64];
	size_t n;

	logged_is(0, false, 0);
	raise_to(4, -1, &p);
	raise_to(3, -1, NULL);
	raise_to(0, 2, NULL);
	raise_to(0, 1, NULL);
	p.size = 4;
	raise_to(6, -1, &p);
	open_again();
	logged_is(6, true, 2);
	ck_assert_code(store_log_position(store, &q, "a", "log"), RC_OK);
	ck_assert_uint_eq(q.size, 5); /* never back */
	ck_assert_code(store_log_position(store, &q, "b", "log"), RC_OK);
	ck_assert_uint_eq(q.size, 0);
	ck_assert_code(store_release_newest(store, text, sizeof text, &n,
			   (struct slice){(const uint8_t *)"a", 1}, 1,
			   (struct slice){(const uint8_t *)"p", 1}),
	    RC_OK);
	ck_assert_uint_eq(n, 7);
	ck_assert_mem_eq(text, "text 6\n", 7);
	/* What was begun and abandoned holds nothing. */
	ck_assert_code(store_log_begin(store), RC_OK);
	store_log_abandon(store);
	logged_is(6, true, 2);
}
END_TEST

START_TEST(freezes)
{
	bool frozen = true;

	ck_assert_code(store_record_frozen(store, &frozen), RC_OK);
	ck_assert(!frozen);
	ck_assert_code(ops.freeze(ops.context, true, "uid 1", 1), RC_OK);
	open_again();
	ck_assert_code(store_record_frozen(store, &frozen), RC_OK);
	ck_assert(frozen);
	ck_assert_code(ops.freeze(ops.context, false, "uid 1", 2), RC_OK);
	ck_assert_code(store_record_frozen(store, &frozen), RC_OK);
	ck_assert(!frozen);
}
END_TEST

START_TEST(ceremonies)
{
	const uint8_t id[32] = {1}, t[64] = {2}, u[64] = {3};
	const uint8_t *b = (const uint8_t *)"bundle";
	struct store_ceremony c;
	uint8_t roster[16], trust[16], of[32];
	size_t roster_n, trust_n;

	ck_assert_code(store_ceremony_find(store, &c, id), RC_OK);
	ck_assert_int_eq(c.state, CEREMONY_UNKNOWN);
	ck_assert_code(store_ceremony_confirm(store, id, t), RC_CONFLICT);
	ck_assert_code(
	    store_ceremony_accept(store, id, "a", b, 6, "uid 1", 1), RC_OK);
	ck_assert_code(
	    store_ceremony_accept(store, id, "a", b, 6, "uid 1", 1), RC_OK);
	ck_assert_code(
	    store_ceremony_accept(store, id, "a", b, 5, "uid 1", 1),
	    RC_CONFLICT);
	ck_assert_code(
	    store_ceremony_born(store, id, b, 1, b, 2, b, 3, false), RC_CONFLICT);
	ck_assert_code(store_ceremony_confirm(store, id, t), RC_OK);
	ck_assert_code(store_ceremony_confirm(store, id, t), RC_OK);
	ck_assert_code(store_ceremony_confirm(store, id, u), RC_CONFLICT);
	open_again();
	ck_assert_code(store_ceremony_find(store, &c, id), RC_OK);
	ck_assert_int_eq(c.state, CEREMONY_CONFIRMED);
	ck_assert_mem_eq(c.transcript, t, 64);
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"),
	    RC_OK);
	ck_assert_uint_eq(roster_n, 0);
	ck_assert_code(
	    store_ceremony_born(store, id, b, 1, b, 2, b, 3, false), RC_OK);
	ck_assert_code(
	    store_ceremony_born(store, id, b, 1, b, 2, b, 3, false), RC_OK);
	ck_assert_code(
	    store_ceremony_born(store, id, b, 4, b, 2, b, 3, false), RC_CONFLICT);
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"),
	    RC_OK);
	ck_assert_uint_eq(roster_n, 1);
	ck_assert_uint_eq(trust_n, 2);
	ck_assert_mem_eq(of, id, 32);
}
END_TEST

static unsigned candidates_n;

static enum rc
candidate(void *context, const uint8_t ceremony[static 32],
    const uint8_t *roster, size_t n)
{
	ck_assert_mem_eq(ceremony, context, 32);
	ck_assert_uint_eq(n, 2);
	ck_assert_mem_eq(roster, "R2", 2);
	candidates_n++;
	return RC_OK;
}

/* The roster of a reshare counts from when the log has it. */
START_TEST(reshares)
{
	uint8_t id[32] = {1}, next[32] = {2}, of[32], roster[16], trust[16];
	const uint8_t t[64] = {2};
	struct store_ceremony c;
	size_t roster_n, trust_n;

	ck_assert_code(store_ceremony_accept(store, id, "a",
			   (const uint8_t *)"one", 3, "uid 1", 1), RC_OK);
	ck_assert_code(store_ceremony_confirm(store, id, t), RC_OK);
	ck_assert_code(store_ceremony_born(store, id, (const uint8_t *)"R1", 2,
			   (const uint8_t *)"T1", 2, t, 3, false), RC_OK);
	ck_assert_code(store_ceremony_accept(store, next, "a",
			   (const uint8_t *)"two", 3, "uid 1", 1), RC_OK);
	ck_assert_code(store_ceremony_confirm(store, next, t), RC_OK);
	ck_assert_code(store_ceremony_born(store, next, (const uint8_t *)"R2",
			   2, NULL, 0, t, 3, true), RC_OK);
	open_again();
	ck_assert_code(store_ceremony_find(store, &c, next), RC_OK);
	ck_assert_int_eq(c.fate, FATE_CANDIDATE);
	candidates_n = 0;
	ck_assert_code(store_ceremony_candidates(store, "a", candidate, next),
	    RC_OK);
	ck_assert_uint_eq(candidates_n, 1);
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"), RC_OK);
	ck_assert_mem_eq(of, id, 32);
	ck_assert_mem_eq(roster, "R1", 2);
	ck_assert_code(store_ceremony_end(store, next, FATE_IN_FORCE), RC_OK);
	open_again();
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"), RC_OK);
	ck_assert_mem_eq(of, next, 32);
	ck_assert_mem_eq(roster, "R2", 2);
	ck_assert_mem_eq(trust, "T1", 2); /* of the birth */
	candidates_n = 0;
	ck_assert_code(store_ceremony_candidates(store, "a", candidate, next),
	    RC_OK);
	ck_assert_uint_eq(candidates_n, 0);
	/* said again after a kill: it stays what it is */
	ck_assert_code(store_ceremony_born(store, next, (const uint8_t *)"R2",
			   2, NULL, 0, t, 3, true), RC_OK);
	ck_assert_code(store_ceremony_find(store, &c, next), RC_OK);
	ck_assert_int_eq(c.fate, FATE_IN_FORCE);
}
END_TEST

/*
 * A new key waits like a reshare, with its trust text; once it is in force
 * nothing else of the authority is, not even a reshare that was accepted
 * later, nor the trust text of the birth.
 */
START_TEST(new_keys)
{
	uint8_t id[3][32] = {{1}, {2}, {3}}, of[32], roster[16], trust[16];
	static const char *const text[3][2] = {
	    {"R1", "T1"}, {"K2", "T2"}, {"R2", NULL}};
	const uint8_t t[64] = {2};
	struct store_ceremony c;
	size_t roster_n, trust_n;

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_code(store_ceremony_accept(store, id[i], "a",
				   (const uint8_t *)"one", 3, "uid 1", 1),
		    RC_OK);
		ck_assert_code(
		    store_ceremony_confirm(store, id[i], t), RC_OK);
		ck_assert_code(
		    store_ceremony_born(store, id[i],
			(const uint8_t *)text[i][0], 2,
			(const uint8_t *)text[i][1], text[i][1] ? 2 : 0, t, 3,
			i > 0),
		    RC_OK);
	}
	ck_assert_code(
	    store_ceremony_end(store, id[2], FATE_IN_FORCE), RC_OK);
	open_again();
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"), RC_OK);
	ck_assert_mem_eq(roster, "R2", 2);
	ck_assert_mem_eq(trust, "T1", 2); /* T2 is nobody's yet */
	ck_assert_code(
	    store_ceremony_trust(store, trust, 16, &trust_n, id[1]), RC_OK);
	ck_assert_mem_eq(trust, "T2", trust_n);
	ck_assert_code(
	    store_ceremony_trust(store, trust, 16, &trust_n, id[2]), RC_OK);
	ck_assert_uint_eq(trust_n, 0);
	ck_assert_code(store_ceremony_new_key(store, id[1]), RC_OK);
	open_again();
	ck_assert_code(store_ceremony_texts(store, of, roster, &roster_n,
			   trust, &trust_n, 16, "a"), RC_OK);
	ck_assert_mem_eq(of, id[1], 32);
	ck_assert_mem_eq(roster, "K2", 2);
	ck_assert_mem_eq(trust, "T2", 2);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_code(store_ceremony_find(store, &c, id[i]), RC_OK);
		ck_assert_int_eq(
		    c.fate, i == 1 ? FATE_IN_FORCE : FATE_OVER);
	}
}
END_TEST

/* ---- the vault ------------------------------------------------------------ */

static struct vault *
vault_new(void)
{
	char key[128], pass[128], sealed[2048];
	struct passphrase *p = secret_new(sizeof *p);
	struct text t;
	struct vault *v;
	struct why why = {""};
	uint8_t seed[32];

	memset(seed, 9, sizeof seed);
	snprintf(key, sizeof key, "%s/key", dir);
	snprintf(pass, sizeof pass, "%s/pass", dir);
	strcpy(p->b, "open");
	p->n = 4;
	text_init(&t, sealed, sizeof sealed);
	ck_assert_code(secret_seal(&t, "quorate/key", seed, 32, p,
			   SECRET_COST_FAST),
	    RC_OK);
	ck_assert_code(
	    file_write_atomic(key, sealed, t.n, 0600, &why), RC_OK);
	ck_assert_code(
	    file_write_atomic(pass, "open\n", 5, 0600, &why), RC_OK);
	secret_free(p);
	ck_assert_code(
	    vault_open(&v, key, pass, dir, NULL, &why), RC_OK);
	return v;
}

START_TEST(vault)
{
	struct vault *v = vault_new();
	struct frost_key_share share = {.id = 3}, back;
	uint8_t one[BIRTH_DKG_BYTES], two[BIRTH_DKG_BYTES], *sealed;
	const uint8_t id[32] = {7};
	char file[128];
	struct why why;
	size_t n;

	vault_show(v);
	ck_assert_uint_eq(vault_secrets(v)->seat.seed[31], 9);
	ck_assert_code(vault_share_read(v, &back, "acme.example/r", &why),
	    RC_FILE_ABSENT);
	memset(share.roster_id, 4, 32);
	memset(share.s.b, 5, 32);
	ck_assert_code(
	    vault_share_keep(v, &share, "acme.example/r", &why), RC_OK);
	ck_assert_code(
	    vault_share_keep(v, &share, "acme.example/r", &why), RC_OK);
	ck_assert_code(
	    vault_share_read(v, &back, "acme.example/r", &why), RC_OK);
	ck_assert_mem_eq(&back, &share, sizeof share);
	/* As dear to guess at as the key's own file, not dearer. */
	snprintf(file, sizeof file, "%s/share-acme.example+r", dir);
	ck_assert_code(file_read(&sealed, &n, file, 4096, &why), RC_OK);
	ck_assert_ptr_nonnull(
	    strstr((char *)sealed, "\nkdf argon2id 1 65536 "));
	free(sealed);
	share.s.b[0] ^= 1;
	ck_assert_code(vault_share_keep(v, &share, "acme.example/r", &why),
	    RC_FILE_EXISTS);
	/* The DKG key is the same until it is erased. */
	ck_assert_code(vault_dkg(v, one, id, &why), RC_OK);
	ck_assert_code(vault_dkg(v, two, id, &why), RC_OK);
	ck_assert_mem_eq(one, two, sizeof one);
	ck_assert_code(vault_dkg_erase(v, id, &why), RC_OK);
	ck_assert_code(vault_dkg_erase(v, id, &why), RC_OK);
	ck_assert_code(vault_dkg(v, two, id, &why), RC_OK);
	ck_assert_mem_ne(one, two, sizeof one);
	vault_hide(v);
	vault_close(v);
}
END_TEST

/* A child finds nothing. */
START_TEST(fork_wipes)
{
	struct vault *v = vault_new();
	int status;
	pid_t child;

	vault_show(v);
	memset(&vault_secrets(v)->seat.nonces, 0xaa,
	    sizeof vault_secrets(v)->seat.nonces);
	child = fork();
	if (child == 0) {
		const uint8_t *p = (const uint8_t *)vault_secrets(v);
		uint8_t any = 0;

		for (size_t i = 0; i < sizeof *vault_secrets(v); i++)
			any |= p[i];
		_exit(any == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_uint_eq(vault_secrets(v)->seat.seed[31], 9);
	vault_hide(v);
	vault_close(v);
}
END_TEST

/* A person counts once, for good; what waits is counted from its first row. */
START_TEST(people)
{
	uint8_t one[32];
	struct record_waiting w;

	memset(one, 1, sizeof one);
	ck_assert_code(ops.waiting(ops.context, &w, one, 5000), RC_OK);
	ck_assert_uint_eq(w.first_seen, 0);
	decide(1, RECORD_ASK, JUDGE_NONE, "policy");
	decide(2, RECORD_APPROVE, JUDGE_NONE, "policy");
	decide(2, RECORD_APPROVE, JUDGE_NONE, "policy");
	ck_assert_code(
	    ops.assent(ops.context, one, "anna", "shown", 5, 9), RC_OK);
	ck_assert_code(
	    ops.assent(ops.context, one, "anna", "other", 5, 10), RC_OK);
	ck_assert_code(ops.assent(ops.context, one, "bert", NULL, 0, 11), RC_OK);
	open_again();
	ck_assert_code(ops.waiting(ops.context, &w, one, 5000), RC_OK);
	ck_assert_uint_eq(w.first_seen, 7);
	ck_assert_uint_eq(w.assents, 2);
	ck_assert_uint_eq(w.approved_day, 1);
	ck_assert_code(ops.waiting(ops.context, &w, one,
			   w.first_seen + 200000),
	    RC_OK);
	ck_assert_uint_eq(w.approved_day, 0);
}
END_TEST

static void
file_copy(const char *to, const char *from)
{
	uint8_t *bytes;
	size_t n;

	ck_assert_code(file_read(&bytes, &n, from, 1 << 26, NULL), RC_OK);
	ck_assert_code(file_create_exclusive(to, bytes, n, 0600, NULL), RC_OK);
	free(bytes);
}

/* A copy of the file is found out once, where the file system says when a file
 * was made. */
START_TEST(copied)
{
	char there[sizeof path + 8];
	bool is = true;
	struct statx st;

	ck_assert_code(store_record_copied(store, &is, path), RC_OK);
	ck_assert(!is); /* it never said what it is */
	ck_assert_code(store_record_settled(store, path), RC_OK);
	open_again();
	ck_assert_code(store_record_copied(store, &is, path), RC_OK);
	ck_assert(!is);
	store_record_close(store);
	store = NULL;
	snprintf(there, sizeof there, "%s.moved", path);
	ck_assert_int_eq(rename(path, there), 0);
	ck_assert_int_eq(rename(there, path), 0);
	open_again();
	ck_assert_code(store_record_copied(store, &is, path), RC_OK);
	ck_assert(!is);
	store_record_close(store);
	store = NULL;
	ck_assert_int_eq(rename(path, there), 0);
	file_copy(path, there);
	open_again();
	ck_assert_code(store_record_copied(store, &is, path), RC_OK);
	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &st) == 0 &&
	    (st.stx_mask & STATX_BTIME) != 0)
		ck_assert(is);
	ck_assert_code(store_record_settled(store, path), RC_OK);
	ck_assert_code(store_record_copied(store, &is, path), RC_OK);
	ck_assert(!is);
	ck_assert_int_eq(unlink(there), 0);
}
END_TEST

static void
sql(const char *statements)
{
	static const char *const steps[] = {"", "", "", "", "", "", ""};
	struct db *db;
	struct why why;

	store_record_close(store);
	store = NULL;
	ck_assert_code(
	    db_open(&db, path, &(struct db_schema){steps, 7}, 0, &why), RC_OK);
	ck_assert_msg(db_run(db, statements) == RC_OK, "%s", statements);
	db_close(db);
	open_again();
}

static uint32_t
rows(void)
{
	uint8_t id[32];
	uint32_t n;

	store_record_last(store, &n, id);
	return n;
}

/* All of it as an export has it, with a head by k. */
static size_t
exported(char *file, size_t cap, const struct help_key *k)
{
	struct record_head head = {.party = {(const uint8_t *)k->vkey,
				       strlen(k->vkey)},
	    .time = HELP_NOW};
	struct text t;
	uint32_t next;

	text_init(&t, file, cap);
	store_record_last(store, &head.rows, head.id);
	record_head_build(&t, &head);
	help_sign(&t, k);
	text_string(&t, "\n");
	ck_assert_code(store_record_rows(store, &t, &next, 1, head.rows), RC_OK);
	ck_assert_uint_eq(next, head.rows + 1);
	return t.n;
}

static enum rc
judged(const char *file, size_t n, struct record_checked *out)
{
	size_t seen_n = record_seen_count(n);
	struct record_seen *seen = calloc(seen_n, sizeof *seen);
	enum rc rc;

	ck_assert_ptr_nonnull(seen);
	rc = record_check(out, seen, seen_n, (const uint8_t *)file, n, 0);
	free(seen);
	return rc;
}

static void
decide_text(const char *text, enum record_verb verb, uint8_t id[static 32])
{
	struct record_decision d = {.verb = verb,
	    .code = verb == RECORD_REFUSE ? JUDGE_PERSON : JUDGE_NONE,
	    .sentence = "",
	    .by = "J\xc3\xbcrg",
	    .evidence = "one line\nand another that says more",
	    .at = HELP_NOW,
	    .text = (const uint8_t *)text,
	    .text_n = strlen(text)};

	crypto_hash_sha256(id, d.text, d.text_n);
	memcpy(d.message, id, 32);
	ck_assert_code(ops.decide(ops.context, &d), RC_OK);
}

static const char a_text[] = "quorate/release@v1\nx 1\n";

/* Asked, approved, bound, a share and a line: as a seat does it. */
static void
a_release(const struct help_key *k, uint8_t id[static 32])
{
	const struct record_slot slot = {.authority = {(const uint8_t *)"a", 1},
	    .epoch = 1,
	    .slot = "product p",
	    .number = 4};
	struct message_share share = {0};
	char room[4096];
	struct text t;

	decide_text(a_text, RECORD_ASK, id);
	ck_assert_code(ops.assent(ops.context, id, "jo", "armour\n", 7, 8),
	    RC_OK);
	decide_text(a_text, RECORD_APPROVE, id);
	text_init(&t, room, sizeof room);
	memset(share.package, 9, 32);
	memcpy(share.message, id, 32);
	share_build(&t, &share);
	help_sign(&t, k);
	ck_assert_code(ops.begin(ops.context, HELP_NOW), RC_OK);
	ck_assert_code(ops.answer(ops.context, &slot, id, share.package,
			   (const uint8_t *)t.p, t.n),
	    RC_OK);
	text_init(&t, room, sizeof room);
	text_string(&t, a_text);
	help_sign(&t, k);
	ck_assert_code(
	    ops.note(ops.context, RECORD_LINE, id, t.p, t.n), RC_OK);
	ck_assert_code(
	    ops.note(ops.context, RECORD_LINE, id, t.p, t.n), RC_OK);
	ck_assert_code(ops.end(ops.context, true), RC_OK);
}

/* Every step has its row; an export of them is good; what an event that
 * failed had stored is not there, and not in the chain. */
START_TEST(chained)
{
	const struct store_position position = {.size = 7};
	static char file[65536];
	struct record_checked c;
	struct help_key k;
	uint8_t id[32];
	struct why why = {""};
	uint32_t n;

	help_key(&k, "alice.example", 1, KEY_ED25519);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	ck_assert_uint_eq(rows(), 1);
	a_release(&k, id);
	ck_assert_uint_eq(rows(), 7);
	ck_assert_code(ops.freeze(ops.context, true, "uid 1", 9), RC_OK);
	ck_assert_code(store_log_begin(store), RC_OK);
	ck_assert_code(store_log_end(store, "a", "log", &position), RC_OK);
	ck_assert_code(store_log_alarm(store, "a", "log", "a fork", "x", 1, 5),
	    RC_OK);
	ck_assert_uint_eq(rows(), 10);
	n = rows();
	ck_assert_code(ops.begin(ops.context, 1), RC_OK);
	ck_assert_code(ops.freeze(ops.context, false, "uid 1", 9), RC_OK);
	ck_assert_uint_eq(rows(), n + 1);
	ck_assert_code(ops.end(ops.context, false), RC_OK);
	ck_assert_uint_eq(rows(), n);
	open_again();
	ck_assert_uint_eq(rows(), n);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	ck_assert_code(store_record_whole(store, &why), RC_OK);
	ck_assert_code(judged(file, exported(file, sizeof file, &k), &c),
	    RC_OK);
	ck_assert_uint_eq(c.row, n);
	ck_assert_uint_eq(c.approved, 1);
	ck_assert_uint_eq(c.bound, 1);
	ck_assert_uint_eq(c.left, 2);
	ck_assert_uint_eq(c.alarms, 1);
}
END_TEST

/* A record of a version without a chain: all of it is in the chain after. */
START_TEST(migrated)
{
	static char file[65536];
	struct record_checked c;
	struct help_key k;
	uint8_t id[32], other[32];

	help_key(&k, "alice.example", 1, KEY_ED25519);
	a_release(&k, id);
	decide_text("quorate/release@v1\ny 1\n", RECORD_APPROVE, other);
	decide_text("quorate/release@v1\ny 1\n", RECORD_REFUSE, other);
	decide_text(a_text, RECORD_REFUSE, id);
	ck_assert_code(ops.freeze(ops.context, true, "uid 1", 9), RC_OK);
	sql("DROP TRIGGER row_stays; DELETE FROM row; DROP TRIGGER text_stays;"
	    " DELETE FROM text WHERE id NOT IN (SELECT text FROM decision)");
	ck_assert_uint_eq(rows(), 0);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	ck_assert_code(judged(file, exported(file, sizeof file, &k), &c),
	    RC_OK);
	ck_assert_uint_eq(c.approved, 2);
	ck_assert_uint_eq(c.refused, 2);
	ck_assert_uint_eq(c.bound, 1);
	ck_assert_uint_eq(c.left, 1); /* the share; lines were not kept */
	ck_assert_ptr_nonnull(strstr(file, "\nwhat assent\n"));
	ck_assert_ptr_nonnull(strstr(file, "\nwhat freeze\n"));
	ck_assert_ptr_nonnull(strstr(file, "\nwhat migrated\n"));
}
END_TEST

/* Whoever edits the database by hand is found out at the next start. */
START_TEST(damaged)
{
	static const char *const edits[] = {
	    "DROP TRIGGER row_stays; DELETE FROM row WHERE n = 3",
	    "DROP TRIGGER row_kept; UPDATE row SET bytes = CAST(bytes || x'0a' AS BLOB)"
	    " WHERE n = 2",
	    "DROP TRIGGER row_kept; UPDATE row SET id = zeroblob(32)"
	    " WHERE n = 7",
	    "DROP TRIGGER slot_stays; DELETE FROM slot",
	    "DROP TRIGGER slot_kept; UPDATE slot SET text = zeroblob(32)",
	};
	struct why why = {""};
	struct help_key k;
	uint8_t id[32];

	help_key(&k, "alice.example", 1, KEY_ED25519);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	a_release(&k, id);
	ck_assert_code(store_record_whole(store, &why), RC_OK);
	sql(edits[_i]);
	ck_assert_code(store_record_whole(store, &why), RC_RECORD_CHAIN);
	ck_assert_ptr_nonnull(strstr(why.text, "at row "));
}
END_TEST

/* What a log has of a product goes up, in each log by itself; an entry that is
 * read again after a kill is not judged again. */
START_TEST(progress)
{
	static const struct {
		const char *origin;
		uint64_t index;
		int sequence, floor; /* -1: not that kind */
		enum rc rc;
	} entries[] = {{"log", 3, 5, -1, RC_OK}, {"log", 3, 5, -1, RC_OK},
	    {"log", 4, 5, -1, RC_LOG_SEQUENCE}, {"log", 4, 5, -1, RC_OK},
	    {"log", 5, 4, -1, RC_LOG_SEQUENCE}, {"log", 6, 9, -1, RC_OK},
	    {"other", 1, 5, -1, RC_OK}, {"other", 2, 9, -1, RC_OK},
	    {"log", 7, -1, 11, RC_LOG_FLOOR}, {"log", 8, -1, 10, RC_OK},
	    {"log", 9, -1, 10, RC_LOG_FLOOR}, {"log", 10, -1, 2, RC_LOG_FLOOR},
	    {"log", 11, 10, -1, RC_OK}, {"log", 12, -1, 11, RC_OK},
	    /* read from behind its releases on: only what is known counts */
	    {"third", 7, -1, 11, RC_OK}, {"third", 8, 4, -1, RC_OK},
	    {"third", 9, 3, -1, RC_LOG_SEQUENCE}};
	struct release r = {.authority = {(const uint8_t *)"a", 1},
	    .product = {(const uint8_t *)"p", 1},
	    .epoch = 1};

	ck_assert_code(store_log_begin(store), RC_OK);
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		r.withdraw = entries[i].sequence < 0;
		r.sequence = (uint32_t)entries[i].sequence;
		r.floor = (uint32_t)entries[i].floor;
		ck_assert_code(store_log_progress(store, entries[i].origin,
				   entries[i].index, &r),
		    entries[i].rc);
	}
	/* of another epoch, and of another product */
	r = (struct release){.authority = r.authority,
	    .product = r.product,
	    .epoch = 2,
	    .sequence = 1};
	ck_assert_code(store_log_progress(store, "log", 13, &r), RC_OK);
	r.epoch = 1;
	r.product.p = (const uint8_t *)"q";
	ck_assert_code(store_log_progress(store, "log", 14, &r), RC_OK);
	ck_assert_code(store_log_end(store, "a", "log", NULL), RC_OK);
}
END_TEST

static void
ours_logged(uint32_t sequence, uint64_t proposed, uint64_t now)
{
	struct slice a = {(const uint8_t *)"a", 1};
	struct release r = {.authority = a,
	    .product = {(const uint8_t *)"p", 1},
	    .epoch = 1,
	    .sequence = sequence,
	    .proposed = proposed};
	const struct store_position at = {.size = sequence};

	ck_assert_code(store_log_begin(store), RC_OK);
	ck_assert_code(store_log_release(store, &r, (const uint8_t *)a_text,
			   strlen(a_text), true, now),
	    RC_OK);
	ck_assert_code(store_log_end(store, "a", "log", &at), RC_OK);
}

static void
unsure_is(uint32_t epoch, const char *product, bool restored, uint32_t unsure)
{
	struct record_logged l;

	ck_assert_code(ops.logged(ops.context, &l,
			   (struct slice){(const uint8_t *)"a", 1}, epoch,
			   (struct slice){(const uint8_t *)product, 1}),
	    RC_OK);
	ck_assert_int_eq(l.restored, restored);
	ck_assert_uint_eq(l.unsure, unsure);
}

/* A line of ours in the log that the record does not know: it is an old one,
 * for as long as what is missing could still be logged. */
START_TEST(restored)
{
	struct help_key k;
	uint8_t id[32];
	uint64_t at, now = clock_unix();
	char late[128];

	help_key(&k, "alice.example", 1, KEY_ED25519);
	ck_assert_code(store_record_party(store, k.vkey), RC_OK);
	a_release(&k, id);
	ours_logged(4, now, now); /* that one it knows */
	unsure_is(1, "p", false, 0);
	ours_logged(5, now - RESTORED_S, now); /* so old that it matters not */
	unsure_is(1, "p", false, 0);
	ours_logged(6, now, now);
	unsure_is(1, "p", true, UINT32_MAX); /* until the log was read */
	unsure_is(1, "q", true, UINT32_MAX);
	ck_assert_code(store_restored_based(store, "b", 1), RC_OK);
	unsure_is(1, "p", true, UINT32_MAX);
	ck_assert_code(store_restored_based(store, "a", 1), RC_OK);
	unsure_is(1, "p", true, 6);
	unsure_is(1, "q", true, 0);
	unsure_is(2, "p", false, 0); /* an epoch that there was not then */
	ours_logged(7, now - RESTORED_S, now); /* does not move it */
	open_again();
	unsure_is(1, "p", true, 6);
	ck_assert_code(store_restored_since(store, &at, "a"), RC_OK);
	ck_assert_uint_ge(at, now);
	/* it ends by itself, or by a person */
	ck_assert_code(ops.begin(ops.context, at + RESTORED_S - 1), RC_OK);
	unsure_is(1, "p", true, 6);
	ck_assert_code(ops.end(ops.context, true), RC_OK);
	ck_assert_code(ops.begin(ops.context, at + RESTORED_S), RC_OK);
	unsure_is(1, "p", false, 0);
	ck_assert_code(ops.end(ops.context, true), RC_OK);
	ck_assert_code(store_restored_lift(store, "a", "uid 1"), RC_OK);
	unsure_is(1, "p", false, 0);
	ck_assert_code(store_restored_since(store, &at, "a"), RC_OK);
	ck_assert_uint_eq(at, 0);
	/* found out again, later: from there on */
	ck_assert_code(store_restored(store, "a", "again", NULL), RC_OK);
	ck_assert_code(store_restored_based(store, "a", 3), RC_OK);
	unsure_is(1, "p", true, 7);
	snprintf(late, sizeof late, "UPDATE restored SET at = at - %u",
	    RESTORED_S);
	sql(late);
	unsure_is(1, "p", false, 0);
}
END_TEST

START_TEST(alarms)
{
	char sentence[64];
	uint64_t n;

	ck_assert_code(store_log_alarm(store, "a", "log", "one", "x", 1, 5),
	    RC_OK);
	ck_assert_code(store_log_alarm(store, "a", "log", "one", "y", 1, 6),
	    RC_OK);
	ck_assert_code(store_log_alarm(store, "a", "log", "two", "x", 1, 7),
	    RC_OK);
	open_again();
	ck_assert_code(
	    store_log_alarms(store, &n, sentence, sizeof sentence, "a"),
	    RC_OK);
	ck_assert_uint_eq(n, 2); /* the same one is said once */
	ck_assert_str_eq(sentence, "two");
	ck_assert_code(store_log_calm(store, &n, "b", "uid 1"), RC_OK);
	ck_assert_uint_eq(n, 0);
	ck_assert_code(store_log_calm(store, &n, "a", "uid 1"), RC_OK);
	ck_assert_uint_eq(n, 2);
	open_again();
	ck_assert_code(
	    store_log_alarms(store, &n, sentence, sizeof sentence, "a"),
	    RC_OK);
	ck_assert_uint_eq(n, 0);
	/* seen once more: said once more */
	ck_assert_code(store_log_alarm(store, "a", "log", "one", "x", 1, 8),
	    RC_OK);
	ck_assert_code(
	    store_log_alarms(store, &n, sentence, sizeof sentence, "a"),
	    RC_OK);
	ck_assert_uint_eq(n, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_record");
	TCase *tc = tcase_create("store_record");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, progress);
	tcase_add_test(tc, decisions);
	tcase_add_test(tc, kept);
	tcase_add_test(tc, answers);
	tcase_add_test(tc, only_raised);
	tcase_add_test(tc, copied);
	tcase_add_test(tc, freezes);
	tcase_add_test(tc, ceremonies);
	tcase_add_test(tc, reshares);
	tcase_add_test(tc, new_keys);
	tcase_add_test(tc, vault);
	tcase_add_test(tc, fork_wipes);
	tcase_add_test(tc, people);
	tcase_add_test(tc, restored);
	tcase_add_test(tc, alarms);
	tcase_add_test(tc, chained);
	tcase_add_test(tc, migrated);
	tcase_add_loop_test(tc, damaged, 0, 5);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
