/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One test for every row of docs/threat-model.md that the device answers,
 * named after the row. Each plays the attack against the decision and wants
 * the refusal by its number; where a refusal could be had by refusing
 * everything, the honest file beside it is taken. unit/threat_model.test.sh
 * holds the page and this file against each other.
 */
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

#define NAME(s) ((struct slice){(const uint8_t *)(s), sizeof(s) - 1})

/* A row that another row's attack answers too. */
#define SAME_AS(id, attack) \
	START_TEST(test_##id) { attack(); } END_TEST

/* The usual release, edited, signed and logged as well as any. */
static void
release_is(enum rc want, const char *from, const char *to)
{
	release_text(&text, "firmware", 8);
	if (from != NULL)
		buf_swap(&text, from, to);
	ck_assert_file(want);
}

static void
good(void)
{
	release_is(RC_OK, NULL, NULL);
}

/* The verified release of the usual file, for what follows it. */
static void
verified(struct verified *out)
{
	release_text(&text, "firmware", 8);
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(out), RC_OK);
}

static enum rc
stream(const struct verified *r, unsigned component, const char *bytes,
    size_t n)
{
	struct payload p;
	enum rc rc = payload_init(&p, r, component);

	if (rc == RC_MORE)
		rc = payload_feed(&p, (const uint8_t *)bytes, n);
	return rc == RC_MORE ? payload_finish(&p) : rc;
}

/* Follow `text` to the next revision as a device does: decide, keep the
 * page, parse what was kept. */
static void
follow(void)
{
	struct verified out;

	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_TRUST);
	held_text.n = 0;
	buf_put(&held_text, page, out.page_n);
	ck_assert_int_eq(trust_parse(&held, (const uint8_t *)held_text.b,
			     held_text.n, out.id),
	    RC_OK);
}

/* ---- 0. fields of the manifest ---------------------------------------- */

START_TEST(test_F1)
{
	release_is(RC_KIND, "release@v1", "release@v2");
	release_is(RC_KIND, "release@v1", "release@v10");
	release_is(RC_KIND, "quorate/release@v1", "quorate/roster@v1");
	good();
}
END_TEST

/* The same keys sign for two authorities. */
START_TEST(test_F2)
{
	release_is(RC_AUTHORITY, "acme/test 1", "acme/tesu 1");
	release_is(RC_AUTHORITY, "acme/test 1", "acme/test/x 1");
	good();
	buf_swap(&held_text, "name acme/test", "name acme/tesu");
	held_read();
	ck_assert_verdict(RC_AUTHORITY);
	/* nor do its roots move a device into another authority */
	hop("name acme/tesu", "name acme/test");
	ck_assert_file(RC_AUTHORITY);
}
END_TEST

static void
another_product(void)
{
	release_is(RC_PRODUCT, "acme/pump", "acme/pump2");
	release_is(RC_PRODUCT, "acme/pump", "acme/pum");
	release_is(RC_LINE_REPEATED, "product acme/pump\n",
	    "product acme/pumo\nproduct acme/pump\n");
	good();
}
SAME_AS(F3, another_product)
SAME_AS(F4, another_product)

/* A field that picks out one device does not exist. */
static void
a_device_is_named(void)
{
	release_is(RC_LINE_UNKNOWN, "version",
	    "device 00112233445566778899aabbccddeeff\nversion");
	release_is(RC_LINE_UNKNOWN, "about", "device 17\nabout");
	release_is(RC_LINE_UNKNOWN, "about", "x-device 17\nabout");
	good();
}
SAME_AS(F5, a_device_is_named)

/* Lower, equal with another text, and in an epoch gone by. */
static void
a_rollback(void)
{
	uint8_t id[32];

	device.product[0].floor = device.product[0].sequence = 7;
	release_is(RC_SEQUENCE_LOW, "sequence 7", "sequence 6");
	release_is(RC_SEQUENCE_SAME, NULL, NULL);
	text_id(id, &text);
	memcpy(device.product[0].id, id, 32);
	ck_assert_verdict(RC_OK); /* the installed text, once more */
	release_is(RC_SEQUENCE_SAME, "version 1.7.0", "version 1.7.1");
	release_is(RC_OK, "sequence 7", "sequence 8");
	/* the record is of epoch 2, the trust page and the file of epoch 1 */
	device.product[0].epoch = 2;
	release_is(RC_EPOCH, "sequence 7", "sequence 9");
}
SAME_AS(F6, a_rollback)

static void
a_wrong_precursor(void)
{
	struct verified r;

	release_is(RC_FROM, "about", "from 3 5\nabout");
	release_is(RC_FROM, "about", "from 7 9\nabout");
	release_is(RC_NUMBER, "about", "from 6 5\nabout");
	release_is(RC_OK, "about", "from 6 6\nabout");
	device.product[0].sequence = 0; /* nothing installed */
	release_is(RC_FROM, "about", "from 1 9\nabout");
	release_is(RC_OK, "about", "from 0 9\nabout");
	/* a delta that was applied to another base gives other bytes */
	verified(&r);
	ck_assert_int_eq(stream(&r, 0, "firmwarf", 8), RC_PAYLOAD_DIGEST);
}
SAME_AS(F7, a_wrong_precursor)

/* Size and digest of a component, byte for byte. */
static void
extra_data(void)
{
	struct verified r;

	verified(&r);
	ck_assert_int_eq(stream(&r, 0, "firmware", 8), RC_OK);
	ck_assert_int_eq(stream(&r, 0, "firmware!", 9), RC_PAYLOAD_LONG);
	ck_assert_int_eq(stream(&r, 0, "firmwar", 7), RC_PAYLOAD_SHORT);
	ck_assert_int_eq(stream(&r, 0, "firmwbre", 8), RC_PAYLOAD_DIGEST);
	ck_assert_int_eq(stream(&r, 0, NULL, 0), RC_PAYLOAD_SHORT);
	ck_assert_int_eq(stream(&r, 1, "firmware", 8), RC_COMPONENT);
}
SAME_AS(F8, extra_data)

START_TEST(test_F9)
{
	static const char delta[] =
	    "delta app "
	    "0000000000000000000000000000000000000000000000000000000000000000 "
	    "5 "
	    "1111111111111111111111111111111111111111111111111111111111111111";
	char line[300];
	struct verified r;

	/* of a component that the release does not have */
	snprintf(line, sizeof line, "%s\nabout", delta);
	memcpy(line + 6, "apq", 3);
	release_is(RC_COMPONENT, "about", line);
	/* two from one base */
	snprintf(line, sizeof line, "%s\n%s\nabout", delta, delta);
	*strrchr(line, '5') = '6';
	release_is(RC_NAME_REPEATED, "about", line);
	/* the delta's own bytes are not the component's */
	snprintf(line, sizeof line, "%s\nabout", delta);
	release_is(RC_OK, "about", line);
	verified(&r);
	ck_assert_int_eq(stream(&r, 0, "delta", 5), RC_PAYLOAD_SHORT);
}
END_TEST

static void
a_dependency(void)
{
	device.product[1] = (struct device_product){
	    .name = NAME("acme/radio"), .epoch = 1, .sequence = 3};
	device.product_n = 2;
	release_is(RC_REQUIRES, "about", "requires acme/radio 4\nabout");
	release_is(RC_REQUIRES, "about", "requires acme/unknown 0\nabout");
	release_is(RC_REQUIRES, "about",
	    "requires acme/radio 3\nrequires acme/rim 1\nabout");
	release_is(RC_OK, "about", "requires acme/radio 3\nabout");
	/* of an epoch gone by counts as nothing */
	hop("epoch 1", "epoch 2");
	follow();
	by = BY(&a.signer[0], &a.signer[2]);
	release_text(&text, "firmware", 8);
	buf_swap(&text, "acme/test 1", "acme/test 2");
	buf_swap(&text, "about", "requires acme/radio 3\nabout");
	ck_assert_file(RC_REQUIRES);
}
SAME_AS(F10, a_dependency)

static void
expired(void)
{
	device.time = HELP_TIME + 100;
	release_is(RC_EXPIRED, "about", "expires 1700000100\nabout");
	release_is(RC_EXPIRED, "about", "expires 1700000099\nabout");
	release_is(RC_NUMBER, "about", "expires 0\nabout");
	release_is(RC_OK, "about", "expires 1700000101\nabout");
	device.time = 0; /* no clock: nothing is held against it */
	release_is(RC_OK, "about", "expires 1700000099\nabout");
}
SAME_AS(F11, expired)

/* A release names the epoch whose signers signed it. */
START_TEST(test_F12)
{
	release_is(RC_EPOCH, "acme/test 1", "acme/test 2");
	hop("epoch 1", "epoch 2");
	follow();
	by = BY(&a.signer[0], &a.signer[2]);
	release_is(RC_EPOCH, NULL, NULL);
	release_is(RC_EPOCH, "acme/test 1", "acme/test 3");
	release_is(RC_OK, "acme/test 1", "acme/test 2");
}
END_TEST

/* Vendor alone, owner alone, both, both over different texts. */
static void
an_owner_is_asked(void)
{
	struct trust vendor = held;
	struct verified out;
	uint8_t endorsed[32];

	owner_make();
	device.owner = &owner;
	release_is(RC_ENDORSEMENT, NULL, NULL); /* the vendor alone */

	held = owner; /* half an owner is none */
	by = BY(&owner_key[0]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_QUORUM); /* nor is the vendor */
	by = BY(&owner_key[0], &owner_key[1]);
	note_make(&file, &text, &by);
	ck_assert_int_eq(verdict(&out), RC_OK);
	memcpy(endorsed, out.id, 32);

	ck_assert_file(RC_TRAILING); /* an endorsement ends with its lines */
	withdraw_text(&text); /* and is of a release */
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_KIND);
	release_text(&text, "firmware", 8);
	note_make(&file, &text, &by);

	held = vendor; /* the owner alone */
	device.endorsed = endorsed;
	ck_assert_verdict(RC_QUORUM);
	ck_assert_file(RC_QUORUM);

	by = BY(&a.signer[0], &a.signer[2]); /* both, over one text */
	good();
	/* both, over different texts */
	release_is(RC_ENDORSEMENT, "version 1.7.0", "version 1.7.1");
	release_is(RC_ENDORSEMENT, "proposed", "notes "
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "\nproposed");
}
SAME_AS(F13, an_owner_is_asked)

/* Evidence belongs below `about`, where signers read it. */
START_TEST(test_F14)
{
	static const char attest[] = "attest slsa "
	    "0000000000000000000000000000000000000000000000000000000000000000";
	char line[200];

	snprintf(line, sizeof line, "%s\nabout", attest);
	release_is(RC_LINE_UNKNOWN, "about", line);
	snprintf(line, sizeof line, "about\n%s", attest);
	release_is(RC_OK, "about", line);
	/* and is signed as all else is: nobody adds it afterwards */
	release_text(&text, "firmware", 8);
	file_make(&file, &text, &by, &proof);
	buf_swap(&file, "about", line);
	ck_assert_verdict(RC_SIGNATURE_INVALID);
}
END_TEST

/* Lower than the sequence keeps a way back open, equal closes it. */
static void
the_floor(void)
{
	struct verified out;

	release_is(RC_FLOOR, "floor 5", "floor 8");
	/* installed 6, floor 5: the way back to 5 was chosen, 4 was not */
	release_is(RC_OK, "sequence 7", "sequence 5");
	release_is(RC_FLOOR, "sequence 7", "sequence 4");
	release_text(&text, "firmware", 8);
	buf_swap(&text, "sequence 7\nfloor 5", "sequence 4\nfloor 4");
	ck_assert_file(RC_SEQUENCE_LOW);
	/* without a line the floor is the sequence: once confirmed, no way */
	release_text(&text, "firmware", 8);
	buf_swap(&text, "floor 5\n", "");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_uint_eq(out.floor, 7);
	device.product[0].floor = out.floor;
	device.product[0].sequence = out.sequence;
	release_is(RC_SEQUENCE_LOW, "sequence 7", "sequence 6");
}
SAME_AS(F15, the_floor)

START_TEST(test_F16)
{
	static const char notes[] = "notes "
	    "0000000000000000000000000000000000000000000000000000000000000000";
	char line[200];

	snprintf(line, sizeof line, "%s\nabout", notes);
	release_is(RC_LINE_UNKNOWN, "about", line);
	snprintf(line, sizeof line, "about\n%s", notes);
	release_is(RC_OK, "about", line);
}
END_TEST

/* Withdrawn is what is below the floor that a withdraw raises. */
START_TEST(test_F17)
{
	struct verified out;

	withdraw_text(&text);
	by = BY(&a.signer[0]); /* withdrawing takes the quorum, too */
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[2]);
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_WITHDRAW);
	ck_assert_uint_eq(out.floor, 8);
	good();
	device.product[0].floor = out.floor;
	release_is(RC_SEQUENCE_LOW, NULL, NULL);
}
END_TEST

/* Above `about` the list is closed, below it grows without any device. */
START_TEST(test_F18)
{
	static const char *const lines[] = {"critical 7", "flag", "x",
	    "payloads app", "sourc http://x y", "About"};
	char line[100];
	size_t i;

	for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		snprintf(line, sizeof line, "%s\nabout", lines[i]);
		release_is(RC_LINE_UNKNOWN, "about", line);
		snprintf(line, sizeof line, "about\n%s", lines[i]);
		release_is(RC_OK, "about", line);
	}
	/* what belongs below it does not stand above it */
	release_is(RC_LINE_UNKNOWN, "about", "x-note hello\nabout");
	release_is(RC_LINE_UNKNOWN, "about", "proposed 1700000000\nabout");
	/* but below it there still are lines only, and one `about` */
	release_is(RC_LINE, "about", "about\n leading");
	release_is(RC_BYTE, "about", "about\ntab\there");
	release_is(RC_LINE_REPEATED, "about", "about\nabout");
	release_is(RC_LINE_UNKNOWN, "about\n", "");
}
END_TEST

/* ---- 1. TUF's attacks -------------------------------------------------- */

static void
unsigned_and_strangers(void)
{
	struct key forged = a.signer[0];

	by = BY(&a.signer[3], &a.root[0], &a.log[0]);
	release_is(RC_QUORUM, NULL, NULL);
	by.n = 0;
	release_is(RC_SIGLINE, NULL, NULL); /* a note has a line */
	forged.seed[0] ^= 1;                /* the right name, another key */
	by = BY(&forged, &a.signer[1], &a.signer[2]);
	release_is(RC_SIGNATURE_INVALID, NULL, NULL);
	by = BY(&a.signer[0], &a.signer[1]);
	good();
}
SAME_AS(TUF_arbitrary_installation, unsigned_and_strangers)

static void
below_the_threshold(void)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		by = BY(&a.signer[i]);
		release_is(RC_QUORUM, NULL, NULL);
		by = BY(&a.signer[i], &a.signer[3]);
		release_is(RC_QUORUM, NULL, NULL);
		by = BY(&a.signer[i], &a.signer[(i + 1) % 3]);
		good();
	}
}
SAME_AS(TUF_key_compromise_below_the_threshold, below_the_threshold)

/* The whole signing quorum, in secret: no log, no witnesses, no mirror. */
static void
signed_but_unseen(void)
{
	by = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	release_text(&text, "firmware", 8);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_TRUNCATED); /* not logged at all */
	proof.logs = BY(&a.signer[0]);
	ck_assert_file(RC_LOG); /* in a log of its own */
	proof.logs = BY(&a.log[0]);
	proof.cosigners.n = 0;
	ck_assert_file(RC_WITNESS_QUORUM); /* a log's view for one victim */
	proof.cosigners = BY(&a.witness[2]);
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.witness[0], &a.witness[1]);
	ck_assert_file(RC_WITNESS_QUORUM); /* no mirror stores it */
	proof.cosigners = BY(&a.mirror);
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.mirror, &a.witness[1]);
	ck_assert_file(RC_OK);
}
SAME_AS(TUF_key_compromise_at_the_threshold, signed_but_unseen)
SAME_AS(TUF_rollback_of_content, a_rollback)

/* An older trust text, an older epoch; the log's size is only reported. */
START_TEST(test_TUF_rollback_of_metadata)
{
	struct buf first = held_text;
	struct verified out;

	hop("epoch 1", "epoch 2");
	follow();
	text = first;
	ck_assert_file(RC_EPOCH);
	trust_next(&text, &first, 1); /* revision 2, in the epoch before */
	ck_assert_file(RC_EPOCH);
	by = BY(&a.signer[0], &a.signer[2]);
	device.product[0].epoch = 2;
	release_is(RC_EPOCH, NULL, NULL);
	release_text(&text, "firmware", 8);
	buf_swap(&text, "acme/test 1", "acme/test 2");
	proof.size = 1u << 20;
	ck_assert_file(RC_OK);
	proof.size = 6;
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_uint_eq(out.tree_size, 6);
}
END_TEST

/* An old view of the log: refused with a clock and a limit; else reported. */
static void
frozen(void)
{
	struct verified out;

	device.max_proof_age_s = 3600;
	device.time = HELP_TIME + 3601;
	release_is(RC_PROOF_OLD, NULL, NULL);
	proof.time[0] = HELP_TIME + 3000; /* one fresh witness is no quorum */
	release_is(RC_PROOF_OLD, NULL, NULL);
	proof.time[1] = HELP_TIME + 2000;
	good();
	proof.time[0] = proof.time[1] = 0;
	device.time = HELP_TIME + 3600;
	good();
	device.time = 0; /* no clock: taken, and its age is told */
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_uint_eq(out.proof_time, HELP_TIME);
	/* a clock that was set back to hide the age is found out */
	device.time = HELP_TIME - 86401;
	ck_assert_verdict(RC_PROOF_FUTURE);
	device.time = 1;
	ck_assert_verdict(RC_PROOF_FUTURE);
	device.time = HELP_TIME - 86400;
	ck_assert_verdict(RC_OK);
}
SAME_AS(TUF_indefinite_freeze, frozen)

/* The greatest number there is, once installed, leaves nothing above it: the
 * cure is an epoch, and the old epoch does not come back. */
START_TEST(test_TUF_fast_forward)
{
	struct verified out;

	release_is(RC_NUMBER, "sequence 7", "sequence 4294967296");
	release_text(&text, "firmware", 8);
	buf_swap(&text, "sequence 7\nfloor 5", "sequence 4294967295");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	device.product[0].sequence = out.sequence;
	device.product[0].floor = out.floor;
	memcpy(device.product[0].id, out.id, 32);
	release_is(RC_SEQUENCE_LOW, NULL, NULL);
	release_is(RC_SEQUENCE_LOW, "sequence 7", "sequence 4294967294");

	hop("epoch 1", "epoch 2");
	follow();
	by = BY(&a.signer[0], &a.signer[2]);
	release_is(RC_EPOCH, NULL, NULL); /* signed for what is past */
	release_text(&text, "firmware", 8);
	buf_swap(&text, "acme/test 1", "acme/test 2");
	buf_swap(&text, "sequence 7\nfloor 5", "sequence 1");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	device.product[0].epoch = out.epoch;
	device.product[0].sequence = out.sequence;
	device.product[0].floor = out.floor;
	memcpy(device.product[0].id, out.id, 32);
	/* the number that was spent may be used in the new epoch */
	release_text(&text, "firmware", 8);
	buf_swap(&text, "acme/test 1", "acme/test 2");
	ck_assert_file(RC_OK);
	buf_swap(&text, "sequence 7\nfloor 5", "sequence 1");
	buf_swap(&text, "version 1", "version 2");
	ck_assert_file(RC_SEQUENCE_SAME);
	buf_swap(&text, "acme/test 2", "acme/test 1");
	ck_assert_file(RC_EPOCH);
	/* tree size and index near their greatest are just numbers */
	release_text(&text, "firmware", 8);
	buf_swap(&text, "acme/test 1", "acme/test 2");
	proof.size = 1u << 31;
	proof.index = (1u << 31) - 1;
	ck_assert_file(RC_OK);
}
END_TEST

/* Two components, each good, of two releases. */
START_TEST(test_TUF_mix_and_match)
{
	struct verified one, two;
	char both[2][300];
	uint8_t d[32];
	size_t i;

	device.component[1] = NAME("boot");
	device.component_n = 2;
	for (i = 0; i < 2; i++) {
		crypto_hash_sha256(
		    d, (const uint8_t *)(i == 0 ? "boot-one" : "boot-two"), 8);
		memcpy(both[i], "payload boot 8 ", 15);
		sodium_bin2hex(both[i] + 15, 65, d, 32);
		strcat(both[i], "\nabout");
		release_text(&text, i == 0 ? "firm-one" : "firm-two", 8);
		buf_swap(&text, "about", both[i]);
		file_make(&file, &text, &by, &proof);
		ck_assert_int_eq(verdict(i == 0 ? &one : &two), RC_OK);
	}
	ck_assert_int_eq(stream(&two, 0, "firm-two", 8), RC_OK);
	ck_assert_int_eq(stream(&two, 1, "boot-two", 8), RC_OK);
	ck_assert_int_eq(stream(&two, 1, "boot-one", 8), RC_PAYLOAD_DIGEST);
	ck_assert_int_eq(stream(&one, 0, "firm-two", 8), RC_PAYLOAD_DIGEST);
	ck_assert_int_eq(stream(&two, 1, "firm-two", 8), RC_PAYLOAD_DIGEST);
	release_is(RC_COMPONENT, NULL, NULL); /* with one of them only */
}
END_TEST

SAME_AS(TUF_wrong_software, another_product)
SAME_AS(TUF_extraneous_dependencies, a_dependency)

/* Bytes without end, behind every beginning of a file; and good lines without
 * end. Each ends in a refusal before a note's and a proof's greatest size. */
static unsigned
endless(size_t prefix, const char *more, size_t n)
{
	static struct verify v;
	unsigned fed = 0, most = 61440 + 64 * 300 + 10000;
	enum rc rc;

	verify_init(&v, &held, &device);
	rc = verify_feed(&v, (const uint8_t *)file.b, prefix);
	ck_assert_int_eq(rc, RC_MORE);
	while (rc == RC_MORE && fed < most) {
		rc = verify_feed(&v, (const uint8_t *)more, n);
		fed += (unsigned)n;
	}
	ck_assert_int_ne(rc, RC_MORE);
	return (unsigned)rc;
}

static void
endless_data(void)
{
	static const char hash[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	static struct buf stranger;
	size_t i, note, path;

	release_text(&text, "firmware", 8);
	note_make(&file, &text, &by);
	note = file.n;
	file_make(&file, &text, &by, &proof);
	path = (size_t)(strstr(file.b, "index 5\n") + 8 - file.b);
	for (i = 0; i < file.n; i += 5) {
		endless(i, "a", 1);
		endless(i, "\n", 1);
		endless(i, "x y\n", 4);
	}
	ck_assert_int_eq(endless(text.n, "x y\n", 4),
	    SMALL ? RC_TEXT_LONG : RC_NOTE_LONG);
	stranger.n = 0;
	line_put(&stranger, &a.signer[3], text.b, text.n, 0);
	ck_assert_int_eq(
	    endless(note, stranger.b, stranger.n), RC_SIGLINES_MANY);
	ck_assert_int_eq(endless(file.n, stranger.b, stranger.n),
	    RC_SIGLINES_MANY);
	ck_assert_int_eq(
	    endless(path, hash, sizeof hash - 1), RC_PROOF_DEPTH);
}
SAME_AS(TUF_endless_data, endless_data)

/* Any mirror may serve the file: nothing but its bytes counts, and a file
 * without its end or with a byte of another is no file. */
static void
a_mirror_that_lies(void)
{
	struct verified out;
	size_t i;

	good();
	for (i = 0; i < file.n; i += 3)
		ck_assert_int_ne(
		    run(file.b, i, 0, file.n, &out), RC_OK);
	for (i = 0; i < file.n; i += 3) {
		file.b[i] ^= 8;
		ck_assert_int_ne(run(file.b, file.n, 0, 64, &out), RC_OK);
		file.b[i] ^= 8;
	}
	ck_assert_int_eq(run(file.b, file.n, 0, 64, &out), RC_OK);
}
SAME_AS(TUF_malicious_mirror, a_mirror_that_lies)

/* One key counted twice: in the file, in the text under two names or ids,
 * and in another spelling. */
static void
one_key_twice(void)
{
	struct key again = a.signer[0], odd = a.signer[0];

	by = BY(&a.signer[0], &a.signer[0]);
	release_is(RC_SIGLINE_REPEATED, NULL, NULL);
	key_make(&again, "acme.example/alice2", 1, "quorate test signer 0");
	ck_assert_mem_eq(again.public, a.signer[0].public, 32);
	ck_assert_int_ne(memcmp(again.id, a.signer[0].id, 4), 0);
	by = BY(&a.signer[0], &again);
	release_is(RC_QUORUM, NULL, NULL);
	/* a trust text that counts it twice is none */
	hop(a.signer[1].vkey, again.vkey);
	ck_assert_file(RC_KEY_ROLE);
	hop(a.root[0].vkey, again.vkey);
	ck_assert_file(RC_KEY_ROLE);
	/* the identity, spelt y = p + 1: no key at all */
	memset(odd.public, 0xff, 32);
	odd.public[0] = 0xee;
	odd.public[31] = 0x7f;
	key_spell(&odd);
	hop(a.signer[1].vkey, odd.vkey);
	by.k[by.n++] = &odd;
	ck_assert_file(RC_SIGNATURE_INVALID);
}
SAME_AS(TUF_wrong_threshold_counting, one_key_twice)
SAME_AS(TUF_targeted_attack, signed_but_unseen)

/* What is in flash is not believed for having been checked at the factory. */
static void
another_page(void)
{
	uint8_t id[32];
	struct trust t;

	text_id(id, &held_text);
	ck_assert_int_eq(trust_parse(&t, (const uint8_t *)held_text.b,
			     held_text.n, id),
	    RC_OK);
	buf_swap(&held_text, "group signers 2", "group signers 1");
	ck_assert_int_eq(trust_parse(&t, (const uint8_t *)held_text.b,
			     held_text.n, id),
	    RC_PAGE_ID);
}
SAME_AS(TUF_root_of_trust_bootstrap, another_page)

/* ---- 2. threats of RFC 9124 ------------------------------------------- */

SAME_AS(THREAT_IMG_EXPIRED, a_rollback)

/* The device was away: newer than what it has, and yet old. */
START_TEST(test_THREAT_IMG_EXPIRED_OFFLINE)
{
	expired();
	frozen();
}
END_TEST
SAME_AS(THREAT_IMG_INCOMPATIBLE, another_product)

/* Components stand for type and place: one of another type or place is not
 * the one that the device asks for. */
static void
another_component(void)
{
	device.component[0] = NAME("app.a");
	release_is(RC_COMPONENT, "payload app ", "payload app.b ");
	release_is(RC_COMPONENT, "payload app ", "payload app.a.zip ");
	release_is(RC_COMPONENT, NULL, NULL);
	release_is(RC_OK, "payload app ", "payload app.a ");
}
SAME_AS(THREAT_IMG_FORMAT, another_component)
SAME_AS(THREAT_IMG_LOCATION, another_component)

/* Where the bytes came from is not looked at; what they are is. */
static void
redirected(void)
{
	struct verified r;

	release_is(RC_LINE_UNKNOWN, "about",
	    "location http://evil.example/app\nabout");
	verified(&r);
	ck_assert_int_eq(stream(&r, 0, "evilware", 8), RC_PAYLOAD_DIGEST);
}
SAME_AS(THREAT_NET_REDIRECT, redirected)
SAME_AS(THREAT_NET_ONPATH, a_mirror_that_lies)

/* Swapped after it was verified: asked again at boot, it is found out. */
static void
replaced(void)
{
	struct verified r;
	uint8_t d[32];

	verified(&r);
	crypto_hash_sha256(d, (const uint8_t *)"firmware", 8);
	ck_assert_int_eq(payload_is(&r, 0, 8, d), RC_OK);
	crypto_hash_sha256(d, (const uint8_t *)"firmw@re", 8);
	ck_assert_int_eq(payload_is(&r, 0, 8, d), RC_PAYLOAD_DIGEST);
	crypto_hash_sha256(d, (const uint8_t *)"firmware+", 9);
	ck_assert_int_ne(payload_is(&r, 0, 9, d), RC_OK);
	memset(&r, 0, sizeof r); /* what a refusal leaves says nothing good */
	memset(d, 0, sizeof d);
	ck_assert_int_ne(payload_is(&r, 0, 0, d), RC_OK);
}
SAME_AS(THREAT_IMG_REPLACE, replaced)

START_TEST(test_THREAT_IMG_NON_AUTH)
{
	unsigned_and_strangers();
	signed_but_unseen();
}
END_TEST
SAME_AS(THREAT_UPD_WRONG_PRECURSOR, a_wrong_precursor)
SAME_AS(THREAT_UPD_UNAPPROVED, an_owner_is_asked)

/* Encrypted for the way: digest and size are of what is installed. */
static void
ciphertext(void)
{
	struct verified r;

	verified(&r);
	ck_assert_int_eq(
	    stream(&r, 0, "\xd1\x07\x3b\xee\x90\x11\x5a\x42", 8),
	    RC_PAYLOAD_DIGEST);
}
SAME_AS(THREAT_IMG_DISCLOSURE, ciphertext)

/* There is no override: nobody adds a line to what others signed, and an
 * owner approves the same text or none. */
START_TEST(test_THREAT_MFST_OVERRIDE)
{
	release_text(&text, "firmware", 8);
	file_make(&file, &text, &by, &proof);
	buf_swap(&file, "floor 5", "floor 6");
	ck_assert_verdict(RC_SIGNATURE_INVALID);
	file_make(&file, &text, &by, &proof);
	buf_swap(&file, "about\n", "about\nx-override all\n");
	ck_assert_verdict(RC_SIGNATURE_INVALID);
	an_owner_is_asked();
}
END_TEST
SAME_AS(THREAT_IMG_EXTRA, extra_data)

/* A stolen key is one of several, and goes with the next trust text. */
static void
a_stolen_key(void)
{
	below_the_threshold();
	hop(a.signer[1].vkey, a.signer[3].vkey);
	buf_swap(&text, "epoch 1", "epoch 2");
	by = BY(&a.root[0], &a.root[2]);
	ck_assert_file(RC_INTRODUCED);
	by = BY(&a.root[0], &a.root[2], &a.signer[3]);
	follow();
	by = BY(&a.signer[0], &a.signer[1]);
	release_is(RC_QUORUM, "acme/test 1", "acme/test 2");
	by = BY(&a.signer[0], &a.signer[3]);
	release_is(RC_OK, "acme/test 1", "acme/test 2");
	/* a root goes the same way: the old roots and the new ones sign */
	trust_next(&text, &held_text, 2);
	buf_swap(&text, a.root[2].vkey, a.root[3].vkey);
	by = BY(&a.root[0], &a.root[2]);
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[3]);
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[2], &a.root[3]);
	ck_assert_file(RC_OK);
}
SAME_AS(THREAT_KEY_EXPOSURE, a_stolen_key)

/* Changed after the parties read it. */
static void
modified(void)
{
	static const char *const edits[][2] = {{"version 1.7.0", "version 1.7.9"},
	    {"sequence 7", "sequence 8"}, {"app 8 ", "app 9 "},
	    {"proposed 17", "proposed 18"}, {"acme/pump\n", "acme/pump\nversion "}};
	size_t i;

	for (i = 0; i + 1 < sizeof edits / sizeof edits[0]; i++) {
		release_text(&text, "firmware", 8);
		file_make(&file, &text, &by, &proof);
		buf_swap(&file, edits[i][0], edits[i][1]);
		ck_assert_verdict(RC_SIGNATURE_INVALID);
	}
}
SAME_AS(THREAT_MFST_MODIFICATION, modified)

/* The caller's buffer is overwritten after every call (run() does), and the
 * result is of what was fed; a page that changes afterwards is refused. */
START_TEST(test_THREAT_MFST_TOCTOU)
{
	struct verified out;
	uint8_t id[32];
	struct trust t;

	verified(&out);
	text_id(id, &text);
	ck_assert_mem_eq(out.id, id, 32);
	hop("epoch 1", "epoch 2");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(trust_parse(&t, page, out.page_n, out.id), RC_OK);
	page[out.page_n - 2] ^= 1; /* text-max, which a device skips */
	ck_assert_int_eq(
	    trust_parse(&t, page, out.page_n, out.id), RC_PAGE_ID);
}
END_TEST

/* ---- 3. requirements of RFC 9124 -------------------------------------- */

SAME_AS(REQ_SEC_SEQUENCE, a_rollback)
SAME_AS(REQ_SEC_COMPATIBLE, another_product)
SAME_AS(REQ_SEC_EXP, expired)
SAME_AS(REQ_SEC_AUTHENTIC, unsigned_and_strangers)
SAME_AS(REQ_SEC_AUTH_IMG_TYPE, another_component)
SAME_AS(REQ_SEC_AUTH_IMG_LOC, another_component)
SAME_AS(REQ_SEC_AUTH_REMOTE_LOC, redirected)
SAME_AS(REQ_SEC_AUTH_EXEC, replaced)
SAME_AS(REQ_SEC_AUTH_PRECURSOR, a_wrong_precursor)
SAME_AS(REQ_SEC_RIGHTS, an_owner_is_asked)
SAME_AS(REQ_SEC_IMG_CONFIDENTIALITY, ciphertext)
SAME_AS(REQ_SEC_KEY_ROTATION, a_stolen_key)
SAME_AS(REQ_SEC_MFST_CONST, modified)
SAME_AS(REQ_USE_DELEGATION, a_stolen_key)
SAME_AS(REQ_USE_MFST_OVERRIDE_REMOTE, redirected)
SAME_AS(REQ_USE_MFST_COMPONENT, another_component)
SAME_AS(REQ_USE_MFST_MULTI_AUTH, an_owner_is_asked)
SAME_AS(REQ_USE_IMG_VERSIONS, a_wrong_precursor)
SAME_AS(REQ_USE_IMG_SELECT, another_component)

/* The application is asked after the decision, before a payload byte. */
START_TEST(test_REQ_USE_MFST_PRE_CHECK)
{
	struct verified r;
	struct payload p;

	release_text(&text, "firmware", 8);
	file_make(&file, &text, &by, &proof);
	buf_swap(&file, "version 1", "version 2");
	ck_assert_int_eq(verdict(&r), RC_SIGNATURE_INVALID);
	/* of a refused file no payload can be begun */
	ck_assert_int_eq(payload_init(&p, &r, 0), RC_COMPONENT);
	verified(&r);
	ck_assert_uint_eq(r.payload[0].size, 8); /* known before a fetch */
}
END_TEST

/* A text that people read goes by its digest, which is signed. */
START_TEST(test_REQ_USE_MFST_TEXT)
{
	char line[100] = "about\nnotes ";

	memset(line + 12, '0', 64);
	release_text(&text, "firmware", 8);
	buf_swap(&text, "about", line);
	ck_assert_file(RC_OK);
	buf_swap(&file, "notes 0", "notes 1");
	ck_assert_verdict(RC_SIGNATURE_INVALID);
}
END_TEST

/* The decoding of a payload (nested, compressed) ends in the installed
 * bytes, and those are held. */
SAME_AS(REQ_USE_IMG_FORMAT, ciphertext)
SAME_AS(REQ_USE_IMG_NESTED, ciphertext)
SAME_AS(REQ_USE_PARSE, endless_data)

/* Receipts are the application's; nothing that a refusal leaves could be
 * reported as an installed release. */
START_TEST(test_REQ_SEC_REPORTING)
{
	static const struct verified nothing;
	struct verified out;

	release_text(&text, "firmware", 8);
	by = BY(&a.signer[0]);
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_QUORUM);
	ck_assert_mem_eq(&out, &nothing, sizeof out);
}
END_TEST

/* A staging channel is a product of its own: its files install nowhere else. */
START_TEST(test_REQ_SEC_MFST_CHECK)
{
	release_is(RC_PRODUCT, "acme/pump", "acme/pump/staging");
	good();
}
END_TEST

/* ---- 4. what the design brings in -------------------------------------- */

/* A key that signed a naked digest signed no release. */
START_TEST(test_N1)
{
	uint8_t id[32], blob[68], public[32], secret[64];
	size_t form;

	release_text(&text, "firmware", 8);
	text_id(id, &text);
	for (form = 0; form < 3; form++) {
		crypto_sign_seed_keypair(public, secret, a.signer[2].seed);
		by = BY(&a.signer[0]);
		note_make(&file, &text, &by);
		memcpy(blob, a.signer[2].id, 4);
		if (form == 0) /* the digest; the text without its last LF; it */
			crypto_sign_detached(blob + 4, NULL, id, 32, secret);
		else
			crypto_sign_detached(blob + 4, NULL,
			    (const uint8_t *)text.b,
			    text.n - (form == 1 ? 1 : 0), secret);
		buf_printf(&file, "\xe2\x80\x94 %s ", a.signer[2].name);
		buf_base64(&file, blob, sizeof blob);
		buf_printf(&file, "\n");
		proof_put(&file, &proof);
		ck_assert_verdict(form == 2 ? RC_OK : RC_SIGNATURE_INVALID);
	}
}
END_TEST

/* A signature made in one role or over one kind of text, used in another. */
START_TEST(test_N2)
{
	static struct buf other;
	struct key k = a.signer[0];

	/* the signers' lines over a withdraw, under a release */
	withdraw_text(&other);
	note_make(&file, &other, &by);
	other = file;
	release_text(&text, "firmware", 8);
	file.n = 0;
	buf_put(&file, text.b, text.n);
	buf_put(&file, strstr(other.b, "\n\n") + 1,
	    other.n - (size_t)(strstr(other.b, "\n\n") + 1 - other.b));
	proof_put(&file, &proof);
	ck_assert_verdict(RC_SIGNATURE_INVALID);
	/* a witness's cosignature form, under a signer's name and id */
	k.type = 4;
	other.n = 0;
	buf_put(&other, text.b, text.n);
	buf_put(&other, "\n", 1);
	line_put(&other, &k, text.b, text.n, HELP_TIME);
	file = other;
	proof_put(&file, &proof);
	ck_assert_verdict(RC_SIGLINE_LENGTH);
	/* the log's key signs a release, a signer's key the checkpoint */
	by = BY(&a.log[0], &a.signer[0]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[2]);
	proof.logs = BY(&a.signer[0], &a.signer[2]);
	ck_assert_file(RC_LOG);
}
END_TEST

SAME_AS(N7, signed_but_unseen)

/* One log refuses: a file with another listed log's proof is as good. */
START_TEST(test_N8)
{
	struct key far;

	key_make(&far, "far.example/log", 1, "quorate test far log");
	proof.logs = BY(&far);
	proof.origin = far.name;
	release_is(RC_LOG, NULL, NULL); /* not listed */
	log_add(&far);
	held_read();
	good();
	proof.origin = a.log[0].name; /* under its own origin only */
	release_is(RC_LOG, NULL, NULL);
}
END_TEST

/* Proofs at their ends: one entry, no path, beyond the tree, too long. */
START_TEST(test_N9)
{
	static const char hash[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	char line[80];

	proof.size = 1;
	proof.index = 0;
	good();
	snprintf(line, sizeof line, "index 0\n%s", hash);
	buf_swap(&file, "index 0\n", line); /* a node more */
	ck_assert_verdict(RC_INCLUSION);
	proof.size = 2;
	good();
	buf_swap(&file, "index 0\n", "index 1\n"); /* the other leaf's */
	ck_assert_verdict(RC_INCLUSION);
	file_make(&file, &text, &by, &proof);
	buf_swap(&file, "index 0\n", "index 2\n"); /* beyond the tree */
	ck_assert_verdict(RC_INCLUSION);
	file_make(&file, &text, &by, &proof);
	memmove(strstr(file.b, "index 0\n") + 8, strstr(file.b, "index 0\n") +
		8 + sizeof hash - 1,
	    strlen(strstr(file.b, "index 0\n") + 8 + sizeof hash - 1) + 1);
	file.n -= sizeof hash - 1; /* no path at all */
	ck_assert_verdict(RC_INCLUSION);
	file_make(&file, &text, &by, &proof);
	snprintf(line, sizeof line, "index 0\n%s", hash);
	buf_swap(&file, "index 0\n", line);
	ck_assert_verdict(RC_INCLUSION);
	buf_swap(&file, "index 0\n", "index 9007199254740992\n");
	ck_assert_verdict(RC_PROOF);
}
END_TEST

/* A cosignature from far ahead: refused with a clock, and never a floor. */
START_TEST(test_N10)
{
	struct verified out;

	device.time = HELP_TIME;
	proof.time[0] = proof.time[1] = HELP_TIME + 86401;
	release_is(RC_PROOF_FUTURE, NULL, NULL);
	proof.time[0] = proof.time[1] = (1ull << 53) - 1;
	release_is(RC_PROOF_FUTURE, NULL, NULL);
	proof.time[0] = 1ull << 53; /* no time of a cosignature */
	ck_assert_file(RC_SIGNATURE_INVALID);
	proof.time[0] = (1ull << 53) - 1; /* one is ahead: the quorum is not */
	proof.time[1] = HELP_TIME;
	good();
	proof.time[1] = (1ull << 53) - 1;
	device.time = 0; /* taken without a clock; afterwards nothing is lost */
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	device.product[0].sequence = out.sequence;
	device.product[0].floor = out.floor;
	proof.time[0] = proof.time[1] = HELP_TIME;
	device.time = HELP_TIME;
	release_is(RC_OK, "sequence 7", "sequence 8");
}
END_TEST

/* Values for one device have no place in what is signed. */
SAME_AS(N13, a_device_is_named)

/* Three epochs, followed offline one after the other; skipped; replayed. */
START_TEST(test_N14)
{
	static struct buf first, hops[3];
	char *previous;
	unsigned i;

	first = held_text;
	for (i = 0; i < 3; i++) {
		char from[32], to[32];

		trust_next(&text, &held_text, i + 1);
		snprintf(from, sizeof from, "epoch %u\n", i + 1);
		snprintf(to, sizeof to, "epoch %u\n", i + 2);
		buf_swap(&text, from, to);
		by = BY(&a.root[0], &a.root[2]);
		hops[i] = text;
		follow();
		ck_assert_uint_eq(held.epoch, i + 2);
		ck_assert_uint_eq(held.revision, i + 2);
		for (unsigned j = 0; j <= i; j++) { /* replayed */
			text = hops[j];
			ck_assert_file(j == i ? RC_REVISION : RC_EPOCH);
		}
		by = BY(&a.signer[0], &a.signer[2]);
		release_is(RC_EPOCH, NULL, NULL);
		snprintf(to, sizeof to, "acme/test %u", i + 2);
		release_is(RC_OK, "acme/test 1", to);
	}
	held_text = first; /* skipped: by a revision, by an epoch, by both */
	held_read();
	by = BY(&a.root[0], &a.root[2]);
	text = hops[1];
	ck_assert_file(RC_EPOCH);
	text = hops[2];
	ck_assert_file(RC_EPOCH);
	hop("epoch 1", "epoch 2");
	buf_swap(&text, "revision 2", "revision 3");
	ck_assert_file(RC_REVISION);
	hop("epoch 1", "epoch 2"); /* of another first text */
	previous = strstr(text.b, "previous ") + 9;
	*previous = *previous == '0' ? '1' : '0';
	ck_assert_file(RC_PREVIOUS);
	text = hops[0];
	ck_assert_file(RC_OK);
}
END_TEST

/* A second line by one key is refused, whichever of the two is good. */
START_TEST(test_N15)
{
	struct key bad = a.signer[0];

	bad.seed[0] ^= 1;
	by = BY(&bad, &a.signer[0], &a.signer[2]);
	release_is(RC_SIGNATURE_INVALID, NULL, NULL);
	by = BY(&a.signer[0], &bad, &a.signer[2]);
	release_is(RC_SIGLINE_REPEATED, NULL, NULL);
	by = BY(&a.signer[0], &a.signer[0], &a.signer[2]);
	release_is(RC_SIGLINE_REPEATED, NULL, NULL);
}
END_TEST

/* A jurisdiction's signers alone: labels are for people, the tree is what a
 * device asks. */
START_TEST(test_N16)
{
	buf_swap(&held_text, "group signers 2 alice bob carol",
	    "group north any alice bob\ngroup signers all north carol");
	held_read();
	by = BY(&a.signer[0], &a.signer[1]);
	release_is(RC_QUORUM, NULL, NULL);
	by = BY(&a.signer[2]);
	release_is(RC_QUORUM, NULL, NULL);
	by = BY(&a.signer[1], &a.signer[2]);
	good();
}
END_TEST

/* ---- beyond the sheet: hops and recovery ------------------------------- */

/* A hop that the old log, or the old witnesses, never saw. */
START_TEST(test_HOP_unseen)
{
	struct key far;

	key_make(&far, "far.example/log", 1, "quorate test far log");
	hop(a.log[0].vkey, far.vkey); /* the new text names another log */
	proof.logs = BY(&far);
	proof.origin = far.name;
	ck_assert_file(RC_LOG);
	hop(a.witness[0].vkey, a.witness[2].vkey);
	proof = proof_usual(&a);
	proof.cosigners = BY(&a.witness[2], &a.mirror);
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.witness[0], &a.mirror);
	ck_assert_file(RC_OK);
	device.person = VERIFY_PERSON; /* a person does not mend a bad proof */
	proof.cosigners = BY(&a.witness[2], &a.mirror);
	ck_assert_file(RC_WITNESS_QUORUM);
}
END_TEST

/* Log and witnesses are gone: a person and enough roots, or nobody. */
START_TEST(test_HOP_recover)
{
	hop("epoch 1", "epoch 2");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_PERSON);
	device.person = VERIFY_PERSON;
	ck_assert_verdict(RC_OK);
	by = BY(&a.root[0], &a.signer[0], &a.signer[1], &a.signer[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_ROOT_QUORUM);
	buf_swap(&held_text, "recover 2", "recover 3");
	held_read();
	hop("epoch 1", "epoch 2"); /* a root quorum, and not as many as that */
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_ROOT_QUORUM);
	buf_swap(&held_text, "recover 3\n", "");
	held_read();
	hop("epoch 1", "epoch 2");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_PERSON);
	device.page = NULL; /* a device without room follows no hop at all */
	ck_assert_verdict(RC_PAGE);
	device.page = page;
	/* and no release comes without a proof, whoever stands there */
	release_text(&text, "firmware", 8);
	by = BY(&a.signer[0], &a.signer[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_TRUNCATED);
}
END_TEST

/* A key that no device can verify: the text that names it is refused at that
 * line, with a result that says why. */
START_TEST(keys_of_bip340_are_for_hosts)
{
	static const char text_of[] =
	    "quorate/trust@v1\nname acme/test\nepoch 1\nrevision 1\n"
	    "previous -\nsigner k alice.example/k+e7412cf1+/3F1b3JhdGUvYmlw"
	    "MzQweb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5g= CH\n";
	struct trust t;

	ck_assert_int_eq(trust_read(&t, (const uint8_t *)text_of,
			     sizeof text_of - 1, READER_DEVICE),
	    RC_KEY_TYPE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("threats");
	TCase *t = tcase_create("threats");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, keys_of_bip340_are_for_hosts);
	tcase_add_test(t, test_F1);
	tcase_add_test(t, test_F2);
	tcase_add_test(t, test_F3);
	tcase_add_test(t, test_F4);
	tcase_add_test(t, test_F5);
	tcase_add_test(t, test_F6);
	tcase_add_test(t, test_F7);
	tcase_add_test(t, test_F8);
	tcase_add_test(t, test_F9);
	tcase_add_test(t, test_F10);
	tcase_add_test(t, test_F11);
	tcase_add_test(t, test_F12);
	tcase_add_test(t, test_F13);
	tcase_add_test(t, test_F14);
	tcase_add_test(t, test_F15);
	tcase_add_test(t, test_F16);
	tcase_add_test(t, test_F17);
	tcase_add_test(t, test_F18);
	tcase_add_test(t, test_TUF_arbitrary_installation);
	tcase_add_test(t, test_TUF_key_compromise_below_the_threshold);
	tcase_add_test(t, test_TUF_key_compromise_at_the_threshold);
	tcase_add_test(t, test_TUF_rollback_of_content);
	tcase_add_test(t, test_TUF_rollback_of_metadata);
	tcase_add_test(t, test_TUF_indefinite_freeze);
	tcase_add_test(t, test_TUF_fast_forward);
	tcase_add_test(t, test_TUF_mix_and_match);
	tcase_add_test(t, test_TUF_wrong_software);
	tcase_add_test(t, test_TUF_extraneous_dependencies);
	tcase_add_test(t, test_TUF_endless_data);
	tcase_add_test(t, test_TUF_malicious_mirror);
	tcase_add_test(t, test_TUF_wrong_threshold_counting);
	tcase_add_test(t, test_TUF_targeted_attack);
	tcase_add_test(t, test_TUF_root_of_trust_bootstrap);
	tcase_add_test(t, test_THREAT_IMG_EXPIRED);
	tcase_add_test(t, test_THREAT_IMG_EXPIRED_OFFLINE);
	tcase_add_test(t, test_THREAT_IMG_INCOMPATIBLE);
	tcase_add_test(t, test_THREAT_IMG_FORMAT);
	tcase_add_test(t, test_THREAT_IMG_LOCATION);
	tcase_add_test(t, test_THREAT_NET_REDIRECT);
	tcase_add_test(t, test_THREAT_NET_ONPATH);
	tcase_add_test(t, test_THREAT_IMG_REPLACE);
	tcase_add_test(t, test_THREAT_IMG_NON_AUTH);
	tcase_add_test(t, test_THREAT_UPD_WRONG_PRECURSOR);
	tcase_add_test(t, test_THREAT_UPD_UNAPPROVED);
	tcase_add_test(t, test_THREAT_IMG_DISCLOSURE);
	tcase_add_test(t, test_THREAT_MFST_OVERRIDE);
	tcase_add_test(t, test_THREAT_IMG_EXTRA);
	tcase_add_test(t, test_THREAT_KEY_EXPOSURE);
	tcase_add_test(t, test_THREAT_MFST_MODIFICATION);
	tcase_add_test(t, test_THREAT_MFST_TOCTOU);
	tcase_add_test(t, test_REQ_SEC_SEQUENCE);
	tcase_add_test(t, test_REQ_SEC_COMPATIBLE);
	tcase_add_test(t, test_REQ_SEC_EXP);
	tcase_add_test(t, test_REQ_SEC_AUTHENTIC);
	tcase_add_test(t, test_REQ_SEC_AUTH_IMG_TYPE);
	tcase_add_test(t, test_REQ_SEC_AUTH_IMG_LOC);
	tcase_add_test(t, test_REQ_SEC_AUTH_REMOTE_LOC);
	tcase_add_test(t, test_REQ_SEC_AUTH_EXEC);
	tcase_add_test(t, test_REQ_SEC_AUTH_PRECURSOR);
	tcase_add_test(t, test_REQ_SEC_RIGHTS);
	tcase_add_test(t, test_REQ_SEC_IMG_CONFIDENTIALITY);
	tcase_add_test(t, test_REQ_SEC_KEY_ROTATION);
	tcase_add_test(t, test_REQ_SEC_MFST_CONST);
	tcase_add_test(t, test_REQ_USE_DELEGATION);
	tcase_add_test(t, test_REQ_USE_MFST_OVERRIDE_REMOTE);
	tcase_add_test(t, test_REQ_USE_MFST_COMPONENT);
	tcase_add_test(t, test_REQ_USE_MFST_MULTI_AUTH);
	tcase_add_test(t, test_REQ_USE_IMG_VERSIONS);
	tcase_add_test(t, test_REQ_USE_IMG_SELECT);
	tcase_add_test(t, test_REQ_USE_MFST_PRE_CHECK);
	tcase_add_test(t, test_REQ_USE_MFST_TEXT);
	tcase_add_test(t, test_REQ_USE_IMG_FORMAT);
	tcase_add_test(t, test_REQ_USE_IMG_NESTED);
	tcase_add_test(t, test_REQ_USE_PARSE);
	tcase_add_test(t, test_REQ_SEC_REPORTING);
	tcase_add_test(t, test_REQ_SEC_MFST_CHECK);
	tcase_add_test(t, test_N1);
	tcase_add_test(t, test_N2);
	tcase_add_test(t, test_N7);
	tcase_add_test(t, test_N8);
	tcase_add_test(t, test_N9);
	tcase_add_test(t, test_N10);
	tcase_add_test(t, test_N13);
	tcase_add_test(t, test_N14);
	tcase_add_test(t, test_N15);
	tcase_add_test(t, test_N16);
	tcase_add_test(t, test_HOP_unseen);
	tcase_add_test(t, test_HOP_recover);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
