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
 * A line of verdicts.txt: exit code, result or `ok`, arguments. Here: what all
 * parts use, the files of an authority of plain keys, a device's record.
 */
#include "tests/vectors/golden.h"
#include <errno.h>
#include <stdlib.h>
#include "verify/record.h"

static const char *folder;
static struct buf verdicts;

void
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

void
put_buf(const char *name, const struct buf *b)
{
	put(name, b->b, b->n);
}

/* result: `ok` or a name of verify/rc.h. */
void __attribute__((format(printf, 2, 3)))
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

void
digest(uint8_t out[32], const char *label)
{
	crypto_hash_sha256(out, (const uint8_t *)label, strlen(label));
}

void
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

struct authority a;
uint8_t firmware[FIRMWARE_BYTES], boot[48];
struct buf trust, hop, text, file, other, release;
struct proof proof;
struct by by;
static char trust_hex[65];

/* Any file as `quorate verify` takes it beside firmware.bin. */
void
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