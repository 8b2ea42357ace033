/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes tests/vectors/golden/: one of each kind of file that quorate makes,
 * some that are refused, and verdicts.txt, what `quorate verify` must say of
 * them. Nothing is drawn: seeds are SHA-256 of labels, times are fixed, so
 * that every run writes the same bytes. Files with a proof and signatures by
 * plain Ed25519 keys are made with libsodium alone (tests/unit/notes_help.h).
 *
 *   make_golden DIRECTORY
 *
 * A line of verdicts.txt: exit code, result or `ok`, arguments.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "quorum/bip340.h"
#include "quorum/blame.h"
#include "quorum/bundle.h"
#include "quorum/ceremony.h"
#include "quorum/message.h"
#include "quorum/roster_frost.h"
#include "tests/unit/notes_help.h"
#include "verify/record.h"

static const char *folder;
static struct buf verdicts;

static void
put(const char *name, const void *b, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(b, 1, n, f) != n || fclose(f) != 0) {
		fprintf(
		    stderr, "cannot write '%s': %s\n", path, strerror(errno));
		exit(3);
	}
}

static void
put_buf(const char *name, const struct buf *b)
{
	put(name, b->b, b->n);
}

/* result: `ok` or a name of verify/rc.h. */
static void __attribute__((format(printf, 2, 3)))
verdict(const char *result, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	buf_printf(
	    &verdicts, "%d %s %s\n", strcmp(result, "ok") != 0, result, line);
}

static void
digest(uint8_t out[32], const char *label)
{
	crypto_hash_sha256(out, (const uint8_t *)label, strlen(label));
}

static void
stream(uint8_t *out, size_t n, const char *label)
{
	uint8_t d[32];
	size_t i;

	digest(d, label);
	for (i = 0; i < n; i++) {
		if (i > 0 && i % 32 == 0)
			crypto_hash_sha256(d, d, 32);
		out[i] = d[i % 32];
	}
}

/* ---- an authority of plain keys --------------------------------------- */

enum { FIRMWARE_BYTES = 300 };

static struct authority a;
static uint8_t firmware[FIRMWARE_BYTES], boot[48];
static struct buf trust, hop, text, file, other, release;
static struct proof proof;
static struct by by;
static char trust_hex[65];

/* Any file as `quorate verify` takes it beside firmware.bin. */
static void
release_verdict(const char *result, const char *name, const char *more)
{
	verdict(result, "firmware.bin --release %s --trust trust.note%s%s",
	    name, more[0] ? " " : "", more);
}

static void
trust_files(void)
{
	struct key old[2];
	struct by all = BY(&a.root[0], &a.root[1], &a.root[2], &a.signer[0],
	    &a.signer[1], &a.signer[2]);
	uint8_t id[32];

	trust_text(&trust, &a);
	put_buf("trust.text", &trust);
	text_id(id, &trust);
	sodium_bin2hex(trust_hex, sizeof trust_hex, id, 32);
	note_make(&file, &trust, &all);
	put_buf("trust.note", &file);
	proof.index = 0;
	proof.size = 1;
	proof_put(&file, &proof);
	put_buf("trust.file", &file);
	/* revision 2: another witness, r3 gives way to root4 */
	trust_next(&hop, &trust, 1);
	buf_swap(&hop, a.witness[1].vkey, a.witness[2].vkey);
	buf_swap(&hop, a.root[2].vkey, a.root[3].vkey);
	buf_swap(&hop, "proposed 1700000000", "proposed 1700100000");
	all = BY(&a.root[0], &a.root[1], &a.root[3]);
	proof.index = 12;
	proof.size = 13;
	proof.time[0] = proof.time[1] = 1700100010;
	file_make(&file, &hop, &all, &proof);
	put_buf("hop.file", &file);
	note_make(&file, &hop, &all);
	put_buf("recovery.file", &file);
	/* refused: by old roots only, by one root, not the next */
	all = BY(&a.root[0], &a.root[2]);
	file_make(&file, &hop, &all, &proof);
	put_buf("forged-hop-old-roots.file", &file);
	all = BY(&a.root[3]);
	note_make(&file, &hop, &all);
	put_buf("forged-recovery-one-root.file", &file);
	other = hop;
	buf_swap(&other, "revision 2", "revision 3");
	all = BY(&a.root[0], &a.root[1]);
	file_make(&file, &other, &all, &proof);
	put_buf("forged-hop-skipped.file", &file);
	/* the next epoch: bob's key is replaced, so the release key is new */
	trust_next(&text, &trust, 1);
	buf_swap(&text, "epoch 1", "epoch 2");
	buf_swap(&text, a.signer[1].vkey, a.signer[3].vkey);
	all = BY(&a.root[0], &a.root[1], &a.signer[3]);
	file_make(&file, &text, &all, &proof);
	put_buf("epoch.file", &file);
	all = BY(&a.root[0], &a.root[1]);
	file_make(&file, &text, &all, &proof);
	put_buf("forged-epoch-unintroduced.file", &file);
	/* a trust text that its own roots did not sign */
	all = BY(&a.root[0], &a.signer[0], &a.signer[1], &a.signer[2]);
	note_make(&file, &trust, &all);
	put_buf("forged-trust.note", &file);
	old[0] = a.root[0];
	old[0].seed[0] ^= 1;
	all = BY(&old[0], &a.root[1], &a.root[2], &a.signer[0], &a.signer[1],
	    &a.signer[2]);
	note_make(&file, &trust, &all);
	put_buf("forged-trust-signature.note", &file);
	proof = proof_usual(&a);
}

/* The release of firmware.bin, its note, its proof and checkpoint. */
static void
release_files(void)
{
	size_t at;

	release_text(&release, firmware, sizeof firmware);
	buf_swap(&release, "about\n",
	    "from 1 6\nrequires acme/base 2\nexpires 1800000000\nabout\n");
	buf_printf(&release, "source https://git.acme.example/pump.git v1.7.0 "
			     "0123456789abcdef0123456789abcdef01234567 ");
	buf_hex(&release, a.log[0].public, 32);
	buf_printf(&release, "\nx-ticket PUMP-1207\n");
	by = BY(&a.signer[0], &a.signer[2]);
	put_buf("release.text", &release);
	note_make(&file, &release, &by);
	put_buf("release.note", &file);
	at = file.n + 1;
	proof_put(&file, &proof);
	put_buf("release.release", &file);
	put("release.tlog-proof", file.b + at, file.n - at);
	at = (size_t)(strstr(file.b, "\n\nlog.example") - file.b) + 2;
	put("checkpoint.note", file.b + at, file.n - at);
	release_verdict("ok", "release.release", "--time 1700000100");
	release_verdict("ok", "release.release", "--time 0");
	release_verdict("ok", "release.release",
	    "--time 0 --installed 6 --have acme/base=2 --floor 7");
	release_verdict("RC_FROM", "release.release",
	    "--time 0 --installed 8 --floor 5 --have acme/base=2");
	release_verdict("RC_REQUIRES", "release.release",
	    "--time 0 --installed 6 --have acme/base=1");
	release_verdict(
	    "RC_REQUIRES", "release.release", "--time 0 --installed 6");
	release_verdict("RC_SEQUENCE_SAME", "release.release",
	    "--time 0 --installed 7 --have acme/base=2");
	release_verdict(
	    "RC_SEQUENCE_LOW", "release.release", "--time 0 --floor 8");
	release_verdict("RC_EXPIRED", "release.release", "--time 1800000000");
	release_verdict("RC_PROOF_OLD", "release.release",
	    "--time 1700000101 --max-proof-age 100s");
	release_verdict(
	    "ok", "release.release", "--time 1700000100 --max-proof-age 100s");
	release_verdict(
	    "RC_PROOF_FUTURE", "release.release", "--time 1699913599");
	release_verdict(
	    "RC_COMPONENT", "release.release", "--time 0 --component boot");
	verdict("ok",
	    "firmware.bin --release release.release --trust "
	    "trust.file --trust-id %s --time 0",
	    trust_hex);
	verdict("RC_PAGE_ID",
	    "firmware.bin --release release.release --trust trust.note "
	    "--trust-id %064d --time 0",
	    0);
	verdict("ok", "firmware-long.bin --release release.release --trust "
		      "trust.note --time 0 --prefix");
	verdict("RC_PAYLOAD_LONG", "firmware-long.bin --release "
				   "release.release --trust trust.note "
				   "--time 0");
	verdict("RC_PAYLOAD_SHORT", "firmware-short.bin --release "
				    "release.release --trust trust.note "
				    "--time 0");
	verdict("RC_PAYLOAD_DIGEST", "firmware-other.bin --release "
				     "release.release --trust trust.note "
				     "--time 0");
	/* trust that is followed, or not */
	release_verdict("RC_WITNESS_QUORUM", "second-witness.release",
	    "--time 0 --hop hop.file");
	release_verdict("ok", "release.release", "--time 0 --hop hop.file");
	release_verdict(
	    "ok", "release.release", "--time 0 --person --hop recovery.file");
	release_verdict(
	    "RC_PERSON", "release.release", "--time 0 --hop recovery.file");
	release_verdict("RC_ROOT_QUORUM", "release.release",
	    "--time 0 --person --hop forged-recovery-one-root.file");
	release_verdict("RC_ROOT_QUORUM", "release.release",
	    "--time 0 --hop forged-hop-old-roots.file");
	release_verdict("RC_REVISION", "release.release",
	    "--time 0 --hop forged-hop-skipped.file");
	release_verdict("RC_REVISION", "release.release",
	    "--time 0 --hop hop.file --hop hop.file");
	release_verdict("RC_PROOF_FUTURE", "release.release",
	    "--time 1700000100 --hop hop.file");
	release_verdict(
	    "RC_EPOCH", "release.release", "--time 0 --hop epoch.file");
	release_verdict("ok", "epoch.release", "--time 0 --hop epoch.file");
	release_verdict("RC_EPOCH", "epoch.release", "--time 0");
	release_verdict("RC_INTRODUCED", "epoch.release",
	    "--time 0 --hop forged-epoch-unintroduced.file");
	verdict("RC_ROOT_QUORUM", "firmware.bin --release release.release "
				  "--trust forged-trust.note --time 0");
	verdict("RC_SIGNATURE_INVALID",
	    "firmware.bin --release release.release --trust "
	    "forged-trust-signature.note --time 0");
	/* cosigned by the witness that the hop drops */
	proof.cosigners = BY(&a.witness[1], &a.mirror);
	file_make(&file, &release, &by, &proof);
	put_buf("second-witness.release", &file);
	release_verdict("ok", "second-witness.release", "--time 0");
	proof = proof_usual(&a);
	text = release;
	buf_swap(&text, "acme/test 1", "acme/test 2");
	by = BY(&a.signer[0], &a.signer[3]);
	file_make(&file, &text, &by, &proof);
	put_buf("epoch.release", &file);
	/* two components, a delta, many signers and cosigners */
	by = BY(&a.signer[2], &a.signer[1], &a.signer[3], &a.signer[0]);
	text = release;
	{
		static struct buf line;
		uint8_t d[32];

		line.n = 0;
		buf_printf(&line, "payload boot %zu ", sizeof boot);
		crypto_hash_sha256(d, boot, sizeof boot);
		buf_hex(&line, d, 32);
		digest(d, "base image");
		buf_printf(&line, "\ndelta app ");
		buf_hex(&line, d, 32);
		digest(d, "delta");
		buf_printf(&line, " 77 ");
		buf_hex(&line, d, 32);
		buf_printf(&line, "\nfrom");
		buf_swap(&text, "from", line.b);
	}
	proof.index = 70000;
	proof.size = 70001;
	proof.cosigners =
	    BY(&a.witness[2], &a.mirror, &a.witness[1], &a.witness[0]);
	proof.time[1] = HELP_TIME + 60;
	file_make(&file, &text, &by, &proof);
	put_buf("components.release", &file);
	release_verdict("ok", "components.release", "--time 0 --component app");
	release_verdict("RC_COMPONENT", "components.release", "--time 0");
	verdict("ok", "boot.bin --release components.release --trust "
		      "trust.note --component boot --time 0");
	proof = proof_usual(&a);
}

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

static void
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

static void
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

/* ---- a group key, its ceremony, its roster ---------------------------- */

/*
 * 2 of 3 parties over a polynomial whose two coefficients come from labels: a
 * dealer, which the product does not have.
 */
static const char *const party_names[] = {"ann", "ben", "cy"};
static struct key party[3];
static uint8_t coefficient[2][32];
static struct point group_point, share[3];
static struct key group;
static struct ceremony_bundle ceremony;
static char ceremony_text[32768], scratch[65536];
static struct buf roster, group_trust, group_release;

static void
scalar_of(uint8_t out[32], const char *label)
{
	uint8_t wide[64];

	crypto_hash_sha512(wide, (const uint8_t *)label, strlen(label));
	crypto_core_ed25519_scalar_reduce(out, wide);
}

static void
point_of(struct point *out, const char *label)
{
	uint8_t s[32];

	scalar_of(s, label);
	crypto_scalarmult_ed25519_base_noclamp(out->b, s);
}

/* A line by the group key, whose scalar the dealer knows. */
static void
group_line(struct buf *out, const struct buf *t)
{
	uint8_t blob[68], r[32], wide[64], k[32];
	crypto_hash_sha512_state s;

	memcpy(blob, group.id, 4);
	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(&s, (const uint8_t *)"group nonce", 11);
	crypto_hash_sha512_update(&s, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&s, wide);
	crypto_core_ed25519_scalar_reduce(r, wide);
	crypto_scalarmult_ed25519_base_noclamp(blob + 4, r);
	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(&s, blob + 4, 32);
	crypto_hash_sha512_update(&s, group.public, 32);
	crypto_hash_sha512_update(&s, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&s, wide);
	crypto_core_ed25519_scalar_reduce(k, wide);
	crypto_core_ed25519_scalar_mul(k, k, coefficient[0]);
	crypto_core_ed25519_scalar_add(blob + 36, r, k);
	buf_printf(out, "\xe2\x80\x94 %s ", group.name);
	buf_base64(out, blob, 68);
	buf_printf(out, "\n");
}

static void
group_deal(void)
{
	uint8_t x[32] = {0}, s[32], blob[33] = {1}, d[32];
	crypto_hash_sha256_state hash;
	char b64[64];
	unsigned i;

	scalar_of(coefficient[0], "group coefficient 0");
	scalar_of(coefficient[1], "group coefficient 1");
	crypto_scalarmult_ed25519_base_noclamp(group_point.b, coefficient[0]);
	for (i = 0; i < 3; i++) {
		x[0] = (uint8_t)(i + 1);
		crypto_core_ed25519_scalar_mul(s, x, coefficient[1]);
		crypto_core_ed25519_scalar_add(s, s, coefficient[0]);
		crypto_scalarmult_ed25519_base_noclamp(share[i].b, s);
	}
	strcpy(group.name, "acme.example/group");
	group.type = 1;
	memcpy(group.public, group_point.b, 32);
	memcpy(blob + 1, group_point.b, 32);
	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(
	    &hash, (const uint8_t *)"acme.example/group\n", 19);
	crypto_hash_sha256_update(&hash, blob, 33);
	crypto_hash_sha256_final(&hash, d);
	memcpy(group.id, d, 4);
	sodium_bin2base64(
	    b64, sizeof b64, blob, 33, sodium_base64_VARIANT_ORIGINAL);
	snprintf(group.vkey, sizeof group.vkey,
	    "acme.example/group+%02x%02x%02x%02x+%.44s", d[0], d[1], d[2], d[3],
	    b64);
}

/* The trust text with the group as a signer, and `vkey` for its key. */
static void
group_trust_text(struct buf *t, const char *vkey)
{
	static struct buf from, to;

	trust_text(t, &a);
	buf_swap(t, "name acme/test", "name acme/group");
	from.n = to.n = 0;
	buf_printf(&from, "signer alice %s DE\nsigner bob %s FR\n",
	    a.signer[0].vkey, a.signer[1].vkey);
	buf_printf(&to, "signer release %s -\n", vkey);
	buf_swap(t, from.b, to.b);
	buf_swap(t, "group signers 2 alice bob carol",
	    "group signers all release carol");
	buf_swap(t, "text-max", "shared release\ntext-max");
}

/*
 * NAME-draft.note, NAME.bundle and NAME.code, which is the draft with the
 * parties' cards and the template. suite: its line, or nothing.
 */
static void
ceremony_make(struct ceremony_bundle *out, char *room, size_t cap,
    const char *name, const char *kind, const char *suite)
{
	static const char *const labels[] = {"DE", "FR", "JP"};
	static struct buf draft, template;
	struct text bundle;
	char file_name[64];
	uint8_t id[32];
	unsigned i;

	group_trust_text(&template, "@");
	text_id(id, &template);
	draft.n = 0;
	buf_printf(&draft,
	    "quorate/%s@v1\nauthority acme/group 1\nsigner release\n"
	    "key acme.example/group\n%sproposed 1699990000\n"
	    "deadline 1700000000\n",
	    kind, suite);
	for (i = 0; i < 3; i++)
		buf_printf(&draft, "party %s %s %s\n", party_names[i],
		    party[i].vkey, labels[i]);
	buf_printf(&draft, "group parties 2 ann ben cy\nquorum parties\n"
			   "trust ");
	buf_hex(&draft, id, 32);
	buf_printf(&draft, "\n");
	by = BY(&a.root[0]);
	note_make(&file, &draft, &by);
	snprintf(file_name, sizeof file_name, "%s-draft.note", name);
	put_buf(file_name, &file);
	text_init(&bundle, room, cap);
	bundle_put(&bundle, file.b, file.n);
	for (i = 0; i < 3; i++) {
		text.n = 0;
		buf_printf(&text,
		    "quorate/party@v1\nname %s\nvkey %s\nlabel %s\n"
		    "contact %s@acme.example\n",
		    party_names[i], party[i].vkey, labels[i], party_names[i]);
		by = BY(&party[i]);
		note_make(&file, &text, &by);
		bundle_put(&bundle, file.b, file.n);
	}
	bundle_put(&bundle, template.b, template.n);
	assert(!bundle.full);
	snprintf(file_name, sizeof file_name, "%s.bundle", name);
	put(file_name, bundle.p, bundle.n);
	assert(ceremony_open(out, (const uint8_t *)bundle.p, bundle.n) ==
	       RC_OK);
	snprintf(file_name, sizeof file_name, "%s.code", name);
	put(file_name, out->code, strlen(out->code));
}

static void
ceremony_files(void)
{
	char name[64], label[64];
	unsigned i;

	group_deal();
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "acme.example/%s", party_names[i]);
		snprintf(label, sizeof label, "quorate test party %u", i);
		key_make(&party[i], name, 1, label);
	}
	ceremony_make(&ceremony, ceremony_text, sizeof ceremony_text,
	    "ceremony", "ceremony", "");
}

/* What the ceremony bore: roster, trust, and a release by the group. */
static void
group_files(void)
{
	static struct frost_roster along;
	static struct roster parsed;
	struct text t;
	struct by lines;
	uint8_t record[32];
	unsigned i;

	digest(record, "record of the ceremony");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(
	    &t, &ceremony.ceremony, &group_point, share, record);
	assert(!t.full);
	buf_set(&roster, t.p);
	/* its shares are along the tree of the group's key */
	assert(roster_parse(&parsed, (const uint8_t *)roster.b, roster.n) ==
	       RC_OK);
	assert(roster_frost(&along, &parsed) == RC_OK);
	file.n = 0;
	buf_printf(&file, "%s\n", roster.b);
	group_line(&file, &roster);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], roster.b, roster.n, 0);
	put_buf("roster.note", &file);
	proof.index = 1;
	proof.size = 2;
	proof_put(&file, &proof);
	put_buf("roster.file", &file);

	text_init(&t, scratch, sizeof scratch);
	ceremony_trust_build(&t, &ceremony.ceremony, ceremony.template.p,
	    ceremony.template.n, &group_point);
	assert(!t.full);
	buf_set(&group_trust, t.p);
	lines = BY(&a.root[0], &a.root[1], &a.root[2]);
	note_make(&file, &group_trust, &lines);
	group_line(&file, &group_trust);
	line_put(&file, &a.signer[2], group_trust.b, group_trust.n, 0);
	put_buf("group-trust.note", &file);

	release_text(&group_release, firmware, sizeof firmware);
	buf_swap(&group_release, "acme/test", "acme/group");
	buf_printf(&group_release, "roster release 1\n");
	proof = proof_usual(&a);
	file.n = 0;
	buf_printf(&file, "%s\n", group_release.b);
	group_line(&file, &group_release);
	lines = BY(&a.signer[2], &party[0], &party[2]);
	for (i = 0; i < 3; i++)
		line_put(
		    &file, lines.k[i], group_release.b, group_release.n, 0);
	proof_put(&file, &proof);
	put_buf("group.release", &file);
	verdict("ok", "firmware.bin --release group.release --trust "
		      "group-trust.note --time 0");
	verdict("RC_AUTHORITY", "firmware.bin --release group.release --trust "
				"trust.note --time 0");
	/* the parties' lines are no group's */
	note_make(&file, &group_release, &lines);
	proof_put(&file, &proof);
	put_buf("forged-group.release", &file);
	verdict("RC_QUORUM", "firmware.bin --release forged-group.release "
			     "--trust group-trust.note --time 0");
}

/* The same ceremony, rehearsed: texts that nobody takes for the above. */
static void
rehearsal_files(void)
{
	static struct ceremony_bundle rehearsal;
	static char room[32768];
	static struct roster parsed;
	struct text t;
	uint8_t record[32], id[32];
	unsigned i;

	ceremony_make(&rehearsal, room, sizeof room, "rehearsal", "rehearsal",
	    "");
	digest(record, "record of the rehearsal");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(
	    &t, &rehearsal.ceremony, &group_point, share, record);
	assert(!t.full);
	buf_set(&text, t.p);
	assert(roster_parse(&parsed, (const uint8_t *)text.b, text.n) ==
	       RC_KIND);
	assert(roster_parse_rehearsal(
		   &parsed, (const uint8_t *)text.b, text.n) == RC_OK);
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	group_line(&file, &text);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], text.b, text.n, 0);
	put_buf("rehearsal-roster.note", &file);
	text_id(id, &text);
	text_init(&t, scratch, sizeof scratch);
	ceremony_rehearsed_build(&t, &rehearsal.ceremony, id);
	assert(!t.full);
	buf_set(&text, t.p);
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	group_line(&file, &text);
	put_buf("rehearsed.note", &file);
}

/* ---- the same over secp256k1 ------------------------------------------ */

static struct scalar curve_coefficient[2];
static struct vkey curve_key;

/* A line by that group, whose key the dealer has as one person's. */
static void
curve_line(struct buf *out, const struct buf *t)
{
	uint8_t blob[68], aux[32];

	memcpy(blob, curve_key.id, 4);
	digest(aux, "curve aux");
	assert(bip340_sign(blob + 4, curve_coefficient[0].b, aux,
		   (const uint8_t *)t->b, t->n) == RC_OK);
	buf_printf(out, "\xe2\x80\x94 acme.example/group ");
	buf_base64(out, blob, sizeof blob);
	buf_printf(out, "\n");
}

static void
curve_deal(struct point *key, struct point points[3])
{
	const struct suite *suite = &suite_secp256k1;
	struct scalar x, s, zero;
	uint8_t wide[64];
	unsigned i;

	suite->scalar_set(&zero, 0);
	for (i = 0; i < 2; i++) {
		stream(wide, sizeof wide, i == 0 ? "curve coefficient 0"
						 : "curve coefficient 1");
		suite->scalar_wide(&curve_coefficient[i], wide);
	}
	assert(suite->point_base(key, &curve_coefficient[0]));
	if (point_is_odd(key)) { /* the key's x is written, so it is even */
		for (i = 0; i < 2; i++)
			suite->scalar_sub(&curve_coefficient[i], &zero,
			    &curve_coefficient[i]);
		assert(suite->point_base(key, &curve_coefficient[0]));
	}
	assert(!point_is_odd(key));
	for (i = 0; i < 3; i++) {
		suite->scalar_set(&x, i + 1);
		suite->scalar_mul(&s, &x, &curve_coefficient[1]);
		suite->scalar_add(&s, &s, &curve_coefficient[0]);
		assert(suite->point_base(&points[i], &s));
	}
}

static void
curve_files(void)
{
	static struct ceremony_bundle curve;
	static char room[32768];
	static struct frost_roster along;
	static struct roster parsed;
	struct point key, points[3];
	struct by lines;
	uint8_t record[32];
	struct text t;
	unsigned i;

	ceremony_make(&curve, room, sizeof room, "curve", "ceremony",
	    "suite secp256k1\n");
	curve_deal(&key, points);
	digest(record, "record of the curve");
	text_init(&t, scratch, sizeof scratch);
	ceremony_roster_build(&t, &curve.ceremony, &key, points, record);
	assert(!t.full);
	buf_set(&text, t.p);
	assert(roster_parse(&parsed, (const uint8_t *)text.b, text.n) ==
	       RC_OK);
	assert(roster_frost(&along, &parsed) == RC_OK);
	curve_key = parsed.key;
	file.n = 0;
	buf_printf(&file, "%s\n", text.b);
	curve_line(&file, &text);
	for (i = 0; i < 3; i++)
		line_put(&file, &party[i], text.b, text.n, 0);
	put_buf("curve-roster.note", &file);

	text_init(&t, scratch, sizeof scratch);
	ceremony_trust_build(&t, &curve.ceremony, curve.template.p,
	    curve.template.n, &key);
	assert(!t.full);
	buf_set(&text, t.p);
	lines = BY(&a.root[0], &a.root[1], &a.root[2]);
	note_make(&file, &text, &lines);
	curve_line(&file, &text);
	line_put(&file, &a.signer[2], text.b, text.n, 0);
	put_buf("curve-trust.note", &file);
}

/* ---- protocol notes --------------------------------------------------- */

static struct slice
word(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* Write what a builder made; with a key, as its note. */
static void
protocol(const char *kind, const struct text *t, const struct key *by_whom)
{
	char name[64];

	assert(!t->full);
	buf_set(&text, t->p);
	if (by_whom == NULL) {
		snprintf(name, sizeof name, "%s.text", kind);
		put_buf(name, &text);
		return;
	}
	by = (struct by){{by_whom}, 1};
	note_make(&file, &text, &by);
	snprintf(name, sizeof name, "%s.note", kind);
	put_buf(name, &file);
}

#define PROTOCOL(kind, m, who)                           \
	do {                                             \
		struct text t_;                          \
		text_init(&t_, scratch, sizeof scratch); \
		kind##_build(&t_, m);                    \
		protocol(#kind, &t_, who);               \
	} while (0)

static struct slice
slice_of_buf(const struct buf *b)
{
	return (struct slice){(const uint8_t *)b->b, b->n};
}

/* RFC 9591's hashes: the context, a word, up to three pieces. */
static void
frost_hash(uint8_t out[64], const char *what, const struct slice *piece,
    unsigned n)
{
	crypto_hash_sha512_state s;
	unsigned i;

	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(
	    &s, (const uint8_t *)"FROST-ED25519-SHA512-v1", 23);
	crypto_hash_sha512_update(&s, (const uint8_t *)what, strlen(what));
	for (i = 0; i < n; i++)
		crypto_hash_sha512_update(&s, piece[i].p, piece[i].n);
	crypto_hash_sha512_final(&s, out);
}

/* What ann owes to the package, parties 1 and 3: section 5.2, by hand. */
static void
ann_share(uint8_t z[32], const struct message_package *p, const struct buf *t)
{
	uint8_t listed[2 * 96], prefix[32 + 64 + 64], id[32], wide[64];
	uint8_t rho[2][32], sum[32], one[32], c[32], s[32];
	crypto_hash_sha512_state hash;
	struct slice pieces[2];
	unsigned i;

	memset(listed, 0, sizeof listed);
	for (i = 0; i < 2; i++) {
		listed[96 * i] = (uint8_t)p->list[i].id;
		memcpy(listed + 96 * i + 32, p->list[i].d.b, 32);
		memcpy(listed + 96 * i + 64, p->list[i].e.b, 32);
	}
	memcpy(prefix, group.public, 32);
	pieces[0] = (struct slice){(const uint8_t *)t->b, t->n};
	frost_hash(prefix + 32, "msg", pieces, 1);
	pieces[0] = (struct slice){listed, sizeof listed};
	frost_hash(prefix + 96, "com", pieces, 1);
	for (i = 0; i < 2; i++) {
		pieces[0] = (struct slice){prefix, sizeof prefix};
		pieces[1] = (struct slice){listed + 96 * i, 32};
		frost_hash(wide, "rho", pieces, 2);
		crypto_core_ed25519_scalar_reduce(rho[i], wide);
		assert(crypto_scalarmult_ed25519_noclamp(
			   one, rho[i], p->list[i].e.b) == 0);
		crypto_core_ed25519_add(one, one, p->list[i].d.b);
		if (i == 0)
			memcpy(sum, one, 32);
		else
			crypto_core_ed25519_add(sum, sum, one);
	}
	crypto_hash_sha512_init(&hash);
	crypto_hash_sha512_update(&hash, sum, 32);
	crypto_hash_sha512_update(&hash, group.public, 32);
	crypto_hash_sha512_update(&hash, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&hash, wide);
	crypto_core_ed25519_scalar_reduce(c, wide);
	/* her share, times 3 / (3 - 1), times the challenge */
	crypto_core_ed25519_scalar_add(s, coefficient[0], coefficient[1]);
	memset(id, 0, sizeof id);
	id[0] = 2;
	assert(crypto_core_ed25519_scalar_invert(one, id) == 0);
	id[0] = 3;
	crypto_core_ed25519_scalar_mul(one, one, id);
	crypto_core_ed25519_scalar_mul(s, s, one);
	crypto_core_ed25519_scalar_mul(s, s, c);
	scalar_of(one, "ann E");
	crypto_core_ed25519_scalar_mul(one, one, rho[0]);
	crypto_core_ed25519_scalar_add(s, s, one);
	scalar_of(one, "ann D");
	crypto_core_ed25519_scalar_add(z, s, one);
}

/* The five items, and whether they convict. */
static void
blame_file(const char *name, enum rc want, const struct message_blame *blame,
    const struct buf *package, const struct buf *share_note)
{
	static struct blame_case proven;
	struct bundle b;
	struct text t;

	text_init(&t, scratch, sizeof scratch);
	blame_put(&t, blame, slice_of_buf(package), slice_of_buf(share_note),
	    slice_of_buf(&group_release), slice_of_buf(&roster));
	assert(!t.full);
	assert(bundle_init(&b, (const uint8_t *)t.p, t.n) == RC_OK);
	assert(blame_check(&proven, &b) == want);
	put(name, t.p, t.n);
}

static void
protocol_files(void)
{
	static struct buf package_text, share_note;
	static struct message_package package;
	static struct message_status status;
	uint8_t release_id[32], roster_id[32];
	static char roster_hex[65];
	struct message_approve approve = {0};
	struct message_refuse refuse = {0};
	struct message_commit commit = {0};
	struct message_share own = {0};
	struct message_blame blame = {0};
	struct message_poll poll = {0};
	struct message_read read = {0};
	struct message_inbox inbox = {0};
	struct message_purpose purpose = {0};
	struct message_signature signature = {0};
	uint8_t d[32];

	text_id(release_id, &group_release);
	text_id(roster_id, &roster);
	sodium_bin2hex(roster_hex, sizeof roster_hex, roster_id, 32);
	memcpy(approve.release, release_id, 32);
	PROTOCOL(approve, &approve, &party[0]);

	memcpy(refuse.release, release_id, 32);
	refuse.code = word("person");
	refuse.reason = word("ann wants to see the test report first");
	PROTOCOL(refuse, &refuse, &party[1]);

	memcpy(commit.message, release_id, 32);
	memcpy(commit.roster, roster_id, 32);
	digest(d, "boot of ann");
	memcpy(commit.boot, d, sizeof commit.boot);
	commit.serial = 1;
	point_of(&commit.d, "ann D");
	point_of(&commit.e, "ann E");
	PROTOCOL(commit, &commit, &party[0]);

	memcpy(package.message, release_id, 32);
	memcpy(package.roster, roster_id, 32);
	package.has_roster = true;
	package.session = 1;
	package.list_n = 2;
	package.list[0].id = 1;
	package.list[0].d = commit.d;
	package.list[0].e = commit.e;
	package.list[1].id = 3;
	point_of(&package.list[1].d, "cy D");
	point_of(&package.list[1].e, "cy E");
	PROTOCOL(package, &package, NULL);
	package_text = text;

	memcpy(own.message, release_id, 32);
	memcpy(own.roster, roster_id, 32);
	text_id(own.package, &text);
	memcpy(own.boot, commit.boot, sizeof own.boot);
	own.d = commit.d;
	own.e = commit.e;
	scalar_of(own.z.b, "ann z");
	PROTOCOL(share, &own, &party[0]);

	blame.party = word(party[0].vkey);
	memcpy(blame.message, release_id, 32);
	memcpy(blame.package, own.package, 32);
	text_id(blame.share, &text);
	blame.code = word("share");
	share_note = file;
	PROTOCOL(blame, &blame, NULL);
	blame_file("blame.bundle", RC_OK, &blame, &package_text, &share_note);
	/* of one who sent what she was asked for */
	ann_share(own.z.b, &package, &group_release);
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		share_build(&t, &own);
		buf_set(&text, t.p);
	}
	by = BY(&party[0]);
	note_make(&share_note, &text, &by);
	text_id(blame.share, &text);
	blame_file("forged-blame.bundle", RC_BLAME, &blame, &package_text,
	    &share_note);

	package.has_roster = false;
	package.list_n = 0;
	package.name_n = 1;
	package.name[0] = word(a.signer[2].name);
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		package_build(&t, &package);
		protocol("package-plain", &t, NULL);
	}

	poll.authority = word("acme/group");
	poll.epoch = 1;
	memcpy(poll.boot, commit.boot, sizeof poll.boot);
	poll.time = HELP_TIME;
	poll.after = word("0");
	PROTOCOL(poll, &poll, &party[0]);

	read.path = word("/v1/proposals/"
			 "00112233445566778899aabbccddeeff"
			 "00112233445566778899aabbccddeeff?wait=20&change=3");
	read.time = HELP_TIME;
	PROTOCOL(read, &read, &a.root[0]);

	memcpy(status.release, release_id, 32);
	status.change = 4;
	status.state = word("open");
	status.product = word("acme/pump");
	status.sequence = 7;
	status.roster = word(roster_hex);
	status.session = 1;
	status.need = word("all release carol; release: 2 of 3");
	status.approved_n = 2;
	status.approved[0] = word("acme.example/ann");
	status.approved[1] = word("acme.example/cy");
	status.refused_n = 1;
	status.refused[0] = word("acme.example/ben");
	status.refused_code[0] = word("person");
	status.said_n = 1;
	status.said[0] = word("acme.example/ben");
	status.said_words[0] = word("not before the recall is over");
	status.awaited_n = 1;
	status.awaited[0] = word("acme.example/carol");
	PROTOCOL(status, &status, NULL);

	inbox.cursor = word("7");
	inbox.time = HELP_TIME;
	PROTOCOL(inbox, &inbox, NULL);

	digest(purpose.message, "message of a purpose");
	memcpy(purpose.release, release_id, 32);
	purpose.signer = word("release");
	purpose.purpose = word("mcuboot");
	purpose.component = word("app");
	PROTOCOL(purpose, &purpose, &a.root[0]);

	memcpy(signature.message, purpose.message, 32);
	memcpy(signature.release, release_id, 32);
	signature.signer = purpose.signer;
	signature.purpose = purpose.purpose;
	signature.component = purpose.component;
	stream(signature.key, 32, "key of a purpose");
	stream(signature.signature, 64, "signature of a purpose");
	PROTOCOL(signature, &signature, NULL);
}

static void
ceremony_messages(void)
{
	static struct message_deal deal;
	static struct message_birth birth;
	static struct message_reshare reshare;
	static struct message_choice choice;
	struct message_accept accept = {0};
	struct message_confirm confirm = {0};
	struct message_complaint complaint = {0};
	const char *const *names = party_names;
	const uint8_t *id = ceremony.ceremony.id;
	uint8_t wide[64];
	unsigned i;

	memcpy(accept.ceremony, id, 32);
	point_of(&accept.key, "ann P");
	PROTOCOL(accept, &accept, &party[0]);

	memcpy(deal.ceremony, id, 32);
	deal.dealing.commitment_n = 2;
	point_of(&deal.dealing.commitment[0], "ann C0");
	point_of(&deal.dealing.commitment[1], "ann C1");
	stream(deal.pop, 64, "ann pop");
	point_of(&deal.dealing.ephemeral, "ann ephemeral");
	deal.dealing.share_n = 3;
	for (i = 0; i < 3; i++) {
		deal.dealing.share_name[i] = word(names[i]);
		stream(deal.dealing.share[i], 48, names[i]);
	}
	PROTOCOL(deal, &deal, &party[0]);

	memcpy(confirm.ceremony, id, 32);
	crypto_hash_sha512(wide, (const uint8_t *)"transcript", 10);
	memcpy(confirm.transcript, wide, 64);
	stream(confirm.signature, 64, "ann confirms");
	PROTOCOL(confirm, &confirm, &party[0]);

	memcpy(complaint.ceremony, id, 32);
	complaint.dealer = word("ben");
	complaint.reason = word("ciphertext");
	PROTOCOL(complaint, &complaint, &party[0]);

	/* the ciphertext of ben for ann, opened */
	complaint.opened_n = 2;
	for (i = 0; i < 2; i++) {
		point_of(&complaint.opened[i], i == 0 ? "ann S0" : "ann S1");
		stream(complaint.proof[i], 64, i == 0 ? "ann 0" : "ann 1");
	}
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		complaint_build(&t, &complaint);
		protocol("complaint-opened", &t, &party[0]);
	}

	memcpy(reshare.ceremony, id, 32);
	memcpy(reshare.context, wide, 64);
	reshare.dealing = deal.dealing;
	PROTOCOL(reshare, &reshare, &party[0]);

	memcpy(choice.ceremony, id, 32);
	choice.number = 1;
	memcpy(choice.context, wide, 64);
	choice.dealing_n = 2;
	for (i = 0; i < 2; i++) {
		choice.dealer[i] = word(names[2 * i]);
		digest(choice.dealing[i], names[2 * i]);
	}
	PROTOCOL(choice, &choice, NULL);

	memcpy(birth.ceremony, id, 32);
	birth.change = 3;
	birth.state = word("dealing");
	birth.code = word(ceremony.code);
	birth.accepted_n = 3;
	for (i = 0; i < 3; i++)
		birth.accepted[i] = word(names[i]);
	birth.dealt_n = 1;
	birth.dealt[0] = word("ann");
	birth.roster = birth.trust = word("-");
	PROTOCOL(birth, &birth, NULL);
}

/* A device that runs 6 and has written 7 (release.release) to slot 1. */
static void
record_file(void)
{
	struct record r = {.generation = 12,
	    .epoch = 1,
	    .floor = 4,
	    .good = 0,
	    .trial = 1,
	    .state = RECORD_PENDING,
	    .trust_n = (uint16_t)trust.n,
	    .image = {{1, 6, 4, 280, {0}, {0}},
		{1, 7, 5, FIRMWARE_BYTES, {0}, {0}}}};
	uint8_t b[RECORD_SIZE];

	text_id(r.trust_id, &trust);
	digest(r.image[0].id, "text of release 6");
	digest(r.image[0].sha256, "image of release 6");
	text_id(r.image[1].id, &release);
	crypto_hash_sha256(r.image[1].sha256, firmware, sizeof firmware);
	record_encode(b, &r);
	put("record.bin", b, sizeof b);
}

int
main(int argc, char **argv)
{
	uint8_t longer[FIRMWARE_BYTES + 20];

	if (argc != 2) {
		fprintf(stderr, "usage: make_golden DIRECTORY\n");
		return 2;
	}
	if (sodium_init() < 0)
		return 3;
	folder = argv[1];
	authority_make(&a);
	proof = proof_usual(&a);
	stream(longer, sizeof longer, "firmware of a pump");
	memcpy(firmware, longer, sizeof firmware);
	stream(boot, sizeof boot, "boot of a pump");
	put("firmware.bin", firmware, sizeof firmware);
	put("firmware-long.bin", longer, sizeof longer);
	put("firmware-short.bin", longer, sizeof firmware - 1);
	longer[150] ^= 1;
	put("firmware-other.bin", longer, sizeof firmware);
	put("boot.bin", boot, sizeof boot);
	trust_files();
	release_files();
	record_file();
	forged_files();
	other_files();
	ceremony_files();
	group_files();
	rehearsal_files();
	curve_files();
	protocol_files();
	ceremony_messages();
	put_buf("verdicts.txt", &verdicts);
	return 0;
}
