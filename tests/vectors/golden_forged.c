/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releases and hops that are refused, each for one thing; then the other kinds
 * that people sign: withdraws, objections, party notes, owners.
 */
#include "tests/vectors/golden.h"

/* ---- refused releases ------------------------------------------------- */

/* The release with one piece of its text altered, signed and logged anew. */
static void
forged_text(
    const char *name, const char *result, const char *from, const char *to)
{
	char path[64];

	text = release;
	buf_swap(&text, from, to);
	by = BY(&a.signer[0], &a.signer[2]);
	proof = proof_usual(&a);
	file_make(&file, &text, &by, &proof);
	snprintf(path, sizeof path, "forged-%s.release", name);
	put_buf(path, &file);
	release_verdict(result, path, "--time 0");
}

/* by and proof as they are set. */
static void
forged_lines(const char *name, const char *result)
{
	char path[64];

	file_make(&file, &release, &by, &proof);
	snprintf(path, sizeof path, "forged-%s.release", name);
	put_buf(path, &file);
	release_verdict(result, path, "--time 0");
	by = BY(&a.signer[0], &a.signer[2]);
	proof = proof_usual(&a);
}

/* The good file with bytes altered. */
static void
forged_bytes(
    const char *name, const char *result, const char *from, const char *to)
{
	char path[64];

	by = BY(&a.signer[0], &a.signer[2]);
	proof = proof_usual(&a);
	file_make(&file, &release, &by, &proof);
	buf_swap(&file, from, to);
	snprintf(path, sizeof path, "forged-%s.release", name);
	put_buf(path, &file);
	release_verdict(result, path, "--time 0");
}

void
forged_files(void)
{
	struct key wrong = a.signer[2], witness = a.witness[1];
	char *at;

	forged_text("kind", "RC_KIND", "release@v1", "release@v2");
	forged_text("authority", "RC_AUTHORITY", "acme/test 1", "acme/tess 1");
	forged_text("epoch", "RC_EPOCH", "acme/test 1", "acme/test 2");
	forged_text("floor", "RC_FLOOR", "floor 5", "floor 8");
	forged_text("number", "RC_FIELD", "sequence 7", "sequence 07");
	forged_text(
	    "number-large", "RC_NUMBER", "sequence 7", "sequence 4294967296");
	forged_text("from", "RC_NUMBER", "from 1 6", "from 6 1");
	forged_text("expires", "RC_NUMBER", "expires 1800000000", "expires 0");
	forged_text("order", "RC_LINE_MISSING", "sequence 7\nfloor 5",
	    "floor 5\nsequence 7");
	forged_text(
	    "unknown-line", "RC_LINE_UNKNOWN", "from 1 6", "urgent\nfrom 1 6");
	forged_text(
	    "extension-above", "RC_LINE_UNKNOWN", "about", "x-a\nabout");
	forged_text(
	    "about-twice", "RC_LINE_REPEATED", "about\n", "about\nabout\n");
	forged_text(
	    "below-about", "RC_LINE_MISSING", "proposed 1700000000\n", "");
	forged_text("source", "RC_FIELD", " v1.7.0 0", " v1.7.0 g");
	forged_text("two-spaces", "RC_FIELD", "floor 5", "floor  5");
	forged_text("outer-space", "RC_LINE", "floor 5", "floor 5 ");
	forged_text("carriage-return", "RC_BYTE", "floor 5", "floor 5\r");
	forged_text("utf8", "RC_BYTE", "version 1.7.0", "version \xc3\xa9");

	by = BY(&a.signer[0]);
	forged_lines("one-signer", "RC_QUORUM");
	by = BY(&a.signer[0], &a.signer[3]);
	forged_lines("stranger", "RC_QUORUM");
	by = BY(&a.root[0], &a.root[1], &a.root[2]);
	forged_lines("roots", "RC_QUORUM");
	by = BY(&a.signer[0], &a.signer[2], &a.signer[0]);
	forged_lines("signs-twice", "RC_SIGLINE_REPEATED");
	wrong.seed[0] ^= 1;
	by = BY(&a.signer[0], &a.signer[1], &wrong);
	forged_lines("signature", "RC_SIGNATURE_INVALID");
	proof.logs = BY(&a.log[1]);
	forged_lines("log", "RC_LOG");
	proof.origin = "log.example/other";
	forged_lines("origin", "RC_LOG");
	proof.cosigners = BY(&a.witness[0], &a.witness[1]);
	forged_lines("no-mirror", "RC_WITNESS_QUORUM");
	proof.cosigners.n = 0;
	forged_lines("no-witness", "RC_WITNESS_QUORUM");
	witness.seed[0] ^= 1;
	proof.cosigners = BY(&a.witness[0], &a.mirror, &witness);
	forged_lines("cosignature", "RC_SIGNATURE_INVALID");
	proof.time[0] = (uint64_t)1 << 53;
	forged_lines("cosignature-time", "RC_SIGNATURE_INVALID");

	forged_bytes(
	    "text-changed", "RC_SIGNATURE_INVALID", "sequence 7", "sequence 9");
	forged_bytes("index", "RC_INCLUSION", "index 5", "index 4");
	forged_bytes("index-zero", "RC_PROOF", "index 5", "index 05");
	forged_bytes("extra", "RC_PROOF", "index 5", "extra AAAA\nindex 5");
	forged_bytes("path-long", "RC_INCLUSION", "index 5\n",
	    "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	forged_bytes(
	    "proof-version", "RC_PROOF", "tlog-proof@v1", "tlog-proof@v2");
	forged_bytes(
	    "checkpoint-size", "RC_CHECKPOINT", "acme\n7\n", "acme\n07\n");
	forged_bytes("checkpoint-changed", "RC_SIGNATURE_INVALID", "acme\n7\n",
	    "acme\n8\n");
	forged_bytes("trailing", "RC_SIGLINE", "Witness.example/W1",
	    "\nWitness.example/W1");
	forged_bytes("name-plus", "RC_SIGLINE", "\xe2\x80\x94 Witness",
	    "\xe2\x80\x94 Wit+ness");
	/* a third line put under the note after it was logged */
	file_make(&file, &release, &by, &proof);
	other.n = 0;
	line_put(&other, &a.signer[1], release.b, release.n, 0);
	buf_printf(&other, "\nc2sp.org");
	buf_swap(&file, "\nc2sp.org", other.b);
	put_buf("forged-line-added.release", &file);
	release_verdict(
	    "RC_INCLUSION", "forged-line-added.release", "--time 0");
	/* cut behind the note, within a line, and one byte too many */
	file_make(&file, &release, &by, &proof);
	at = strstr(file.b, "\nc2sp.org");
	put("forged-no-proof.release", file.b, (size_t)(at - file.b));
	release_verdict("RC_TRUNCATED", "forged-no-proof.release", "--time 0");
	put("forged-cut.release", file.b, file.n - 1);
	release_verdict("RC_TRUNCATED", "forged-cut.release", "--time 0");
	buf_printf(&file, "\n");
	put_buf("forged-empty-line.release", &file);
	release_verdict("RC_SIGLINE", "forged-empty-line.release", "--time 0");
	put("forged-empty.release", "", 0);
	release_verdict("RC_TRUNCATED", "forged-empty.release", "--time 0");
}

/* ---- withdraw, objection, party, owner -------------------------------- */

void
other_files(void)
{
	struct key owner[2];
	uint8_t id[32];

	withdraw_text(&text);
	by = BY(&a.signer[1], &a.signer[2]);
	file_make(&file, &text, &by, &proof);
	put_buf("withdraw.withdraw", &file);
	verdict("ok", "withdraw.withdraw --trust trust.note --time 0");
	verdict("RC_PROOF_OLD", "withdraw.withdraw --trust trust.note "
				"--time 1700000011 --max-proof-age 10s");
	by = BY(&a.signer[1]);
	file_make(&file, &text, &by, &proof);
	put_buf("forged-withdraw.withdraw", &file);
	verdict("RC_QUORUM",
	    "forged-withdraw.withdraw --trust trust.note --time 0");

	text.n = 0;
	text_id(id, &release);
	buf_printf(&text, "quorate/objection@v1\nauthority acme/test 1\nabout\n"
			  "proposed 1700000300\nrelease ");
	buf_hex(&text, id, 32);
	buf_printf(&text, "\nreason I was told not to look at the diff\n");
	by = BY(&a.signer[1]);
	note_make(&file, &text, &by);
	put_buf("objection.note", &file);

	text.n = 0;
	buf_printf(&text,
	    "quorate/party@v1\nname alice\nvkey %s\nlabel DE\n"
	    "contact alice@acme.example, or the desk downstairs\n",
	    a.signer[0].vkey);
	by = BY(&a.signer[0]);
	note_make(&file, &text, &by);
	put_buf("party.note", &file);

	key_make(&owner[0], "clinic.example/it", 1, "quorate test owner 0");
	key_make(&owner[1], "clinic.example/head", 1, "quorate test owner 1");
	text.n = 0;
	buf_printf(&text,
	    "quorate/owner@v1\nname clinic/1\nfor acme/test\nrevision 1\n"
	    "previous -\nsigner it %s DE\nsigner head %s DE\n"
	    "group both all it head\nquorum both\nabout\nproposed %u\n",
	    owner[0].vkey, owner[1].vkey, (unsigned)HELP_TIME);
	by = BY(&owner[0], &owner[1]);
	note_make(&file, &text, &by);
	put_buf("owner.note", &file);
	note_make(&file, &release, &by);
	put_buf("endorsement.note", &file);
	by = BY(&owner[1]);
	note_make(&file, &release, &by);
	put_buf("forged-endorsement.note", &file);
	release_verdict("ok", "release.release",
	    "--time 0 --owner owner.note --endorsement endorsement.note");
	release_verdict(
	    "RC_ENDORSEMENT", "release.release", "--time 0 --owner owner.note");
	release_verdict("RC_QUORUM", "release.release",
	    "--time 0 --owner owner.note --endorsement "
	    "forged-endorsement.note");
	release_verdict("RC_ENDORSEMENT", "components.release",
	    "--time 0 --component app --owner owner.note --endorsement "
	    "endorsement.note");
}
