/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the golden files: one of each kind of note and file, forged ones,
 * and verdicts.txt, which says what `quorate verify` answers to each. Keys
 * come from fixed seeds and times are constants, so the bytes are the same
 * everywhere; a ctest compares them with tests/vectors/golden/. They change
 * only with a reason in NEWS.
 *
 *	make_golden DIR
 */
#include <errno.h>
#include <sys/stat.h>

#include "tests/unit/world.h"

enum { FILE_BYTES = 100000 };

static struct world w;
static const char *dir;
static FILE *verdicts;
static char bytes[FILE_BYTES];
static struct text out;

static void
stop(const char *what, const char *name)
{
	fprintf(stderr, "make_golden: cannot %s '%s'\n", what, name);
	exit(3);
}

static void
save_bytes(const char *name, const void *p, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		stop("write", path);
}

static void
begin(void)
{
	text_init(&out, bytes, sizeof bytes);
}

static void
save(const char *name)
{
	if (out.full)
		stop("hold", name);
	save_bytes(name, out.p, out.n);
}

/* `quorate verify ARGS` in the golden folder answers with rc. */
static void
verdict(const char *rc, const char *args)
{
	fprintf(verdicts, "%s -> %s\n", args, rc);
}

/* A device that the sample release suits. */
#define BY_TRUST   " --trust trust.note --time 1763700000"
#define SUITS      " --installed 41 --floor 30 --have acme.example/radio=7"
#define APP_WITH   "app.bin --release "
#define GOOD_PROOF (&(struct proof_spec){.index = 5, .size = 13})

static void
release_of(const char *name, const char *text, const struct key *const *keys,
    unsigned n, const struct proof_spec *p)
{
	begin();
	note_make(&out, text, keys, n);
	proof_append(&out, &w, p);
	save(name);
}

/* A release file that is the good one but for its text. */
static void
forged_text(const char *name, const char *text, const char *rc)
{
	const struct key *keys[] = {&w.signer[0], &w.signer[1]};
	char args[512];

	release_of(name, text, keys, 2, GOOD_PROOF);
	snprintf(args, sizeof args, APP_WITH "%s" BY_TRUST SUITS, name);
	verdict(rc, args);
}

static void
forged_proof(const char *name, const struct proof_spec *p, const char *rc)
{
	const struct key *keys[] = {&w.signer[0], &w.signer[1]};
	char args[512];

	release_of(name, WORLD_RELEASE, keys, 2, p);
	snprintf(args, sizeof args, APP_WITH "%s" BY_TRUST SUITS, name);
	verdict(rc, args);
}

/* The good release file with a piece of its bytes replaced. */
static void
forged_bytes(const char *name, const char *from, const char *to, const char *rc)
{
	const char *changed;
	char args[512];

	begin();
	file_make(&out, &w, WORLD_RELEASE, GOOD_PROOF);
	changed = with(out.p, from, to);
	save_bytes(name, changed, strlen(changed));
	snprintf(args, sizeof args, APP_WITH "%s" BY_TRUST SUITS, name);
	verdict(rc, args);
}

static void
forged_signers(
    const char *name, const struct key *const *keys, unsigned n, const char *rc)
{
	char args[512];

	release_of(name, WORLD_RELEASE, keys, n, GOOD_PROOF);
	snprintf(args, sizeof args, APP_WITH "%s" BY_TRUST SUITS, name);
	verdict(rc, args);
}

/* ---- trust ------------------------------------------------------------ */

static char two[8192], three[8192];

/* The successor of a text: revision, previous, epoch. */
static void
successor(
    char next[static 8192], const char *text, unsigned revision, unsigned epoch)
{
	char hex[65], head[256];
	uint8_t id[32];

	text_id(id, text);
	hex_of(hex, id);
	snprintf(head, sizeof head, "epoch %u\nrevision %u\nprevious %s\n",
	    epoch, revision, hex);
	snprintf(next, 8192, "%.*s%s%s", (int)(strstr(text, "epoch ") - text),
	    text, head, strstr(text, "signer alice"));
}

static void
trusts(void)
{
	const struct key *first[] = {
	    &w.root[0], &w.root[1], &w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *next[] = {&w.root[0], &w.root[2], &w.signer[3]};
	static char dora[8192];
	char line[512], dora_line[512];

	begin();
	note_make(&out, w.trust, first, 5);
	save("trust.note");
	proof_append(&out, &w, &(struct proof_spec){.size = 1});
	save("trust.file");
	/* revision 2: recover goes */
	successor(two, w.trust, 2, 1);
	snprintf(two, sizeof two, "%s", with(two, "recover 2\n", ""));
	begin();
	note_make(&out, two, next, 2);
	save("recovered.note"); /* without proof, for who has a person */
	proof_append(&out, &w, &(struct proof_spec){.index = 1, .size = 2});
	save("trust-2.file");
	/* revision 3, epoch 2: dora in carol's place */
	successor(three, two, 3, 2);
	snprintf(line, sizeof line, "signer carol %s BR\n", w.signer[2].vkey);
	snprintf(dora_line, sizeof dora_line, "signer dora %s BR\n",
	    w.signer[3].vkey);
	snprintf(dora, sizeof dora, "%s",
	    with(with(three, line, dora_line), "alice bob carol",
		"alice bob dora"));
	begin();
	note_make(&out, dora, next, 3);
	proof_append(&out, &w, &(struct proof_spec){.index = 2, .size = 3});
	save("trust-3.file");
	begin();
	note_make(&out, dora, next, 2);
	proof_append(&out, &w, &(struct proof_spec){.index = 2, .size = 3});
	save("trust-3-unintroduced.file");
	begin();
	note_make(&out, two, next, 1);
	proof_append(&out, &w, &(struct proof_spec){.index = 1, .size = 2});
	save("trust-2-one-root.file");
	begin();
	note_make(&out, two, next, 2);
	proof_append(&out, &w,
	    &(struct proof_spec){.index = 1, .size = 2, .wrong_leaf = true});
	save("trust-2-unseen.file");
}

static void
trust_verdicts(void)
{
#define HOP "app.bin" BY_TRUST SUITS " --hop "
	verdict("RC_OK", HOP "trust-2.file");
	verdict("RC_EPOCH", HOP "trust-2.file --hop trust-3.file");
	verdict("RC_REVISION", HOP "trust-3.file");
	verdict("RC_REVISION", HOP "trust-2.file --hop trust-2.file");
	verdict("RC_ROOT_QUORUM", HOP "trust-2-one-root.file");
	verdict("RC_INCLUSION", HOP "trust-2-unseen.file");
	verdict("RC_INTRODUCED",
	    HOP "trust-2.file --hop trust-3-unintroduced.file");
	verdict("RC_PERSON", HOP "recovered.note");
	verdict("RC_OK", HOP "recovered.note --person");
	verdict("RC_ROOT_QUORUM",
	    "app.bin --trust trust-one-root.note --time 1763700000");
	verdict("RC_INTRODUCED",
	    "app.bin --trust trust-unintroduced.note --time 1763700000");
	verdict("RC_OK", "app.bin --trust trust.file --time 1763700000" SUITS);
}

/* Notes that no reader believes, though their user names them. */
static void
trusts_unbelieved(void)
{
	const struct key *keys[] = {
	    &w.root[0], &w.root[1], &w.signer[0], &w.signer[1], &w.signer[2]};
	const struct key *one[] = {
	    &w.root[0], &w.signer[0], &w.signer[1], &w.signer[2]};

	begin();
	note_make(&out, w.trust, one, 4);
	save("trust-one-root.note");
	begin();
	note_make(&out, w.trust, keys, 4);
	save("trust-unintroduced.note");
}

/* ---- the kinds -------------------------------------------------------- */

static void
kinds(void)
{
	const struct key *signers[] = {&w.signer[0], &w.signer[1]};
	const struct key *owner[] = {&w.owner[0]};
	const struct key *party[] = {&w.signer[0]};
	char text[4096], hex[65];
	uint8_t id[32];

	save_bytes("app.bin", "test", 4);
	save_bytes("app-longer.bin", "test and more", 13);
	save_bytes("app-altered.bin", "tent", 4);
	begin();
	note_make(&out, WORLD_RELEASE, signers, 2);
	save("release.note");
	proof_append(&out, &w, GOOD_PROOF);
	save("app.bin.release");
	/* the parts of the proof, as other tools want them */
	save_bytes("app.bin.tlog-proof", strstr(out.p, "c2sp.org/"),
	    strlen(strstr(out.p, "c2sp.org/")));
	save_bytes("checkpoint", strstr(out.p, "\n" WORLD_LOG "\n") + 1,
	    strlen(strstr(out.p, "\n" WORLD_LOG "\n")) - 1);
	begin();
	note_make(&out, WORLD_WITHDRAW, signers, 2);
	proof_append(&out, &w, &(struct proof_spec){.index = 3, .size = 4});
	save("withdraw.file");
	begin();
	note_make(&out, w.owner_text, owner, 1);
	save("owner.note");
	begin();
	note_make(&out, WORLD_RELEASE, owner, 1);
	save("endorsement.note");
	text_id(id, WORLD_RELEASE);
	hex_of(hex, id);
	snprintf(text, sizeof text,
	    "quorate/objection@v1\nauthority " WORLD_NAME " 1\nabout\n"
	    "proposed 1763699000\nrelease %s\n"
	    "reason the source is not the one that was read\n",
	    hex);
	begin();
	note_make(&out, text, party, 1);
	save("objection.note");
	snprintf(text, sizeof text,
	    "quorate/party@v1\nname alice\nvkey %s\nlabel CH\n"
	    "contact alice at alice.example, +41 00 000 00 00\n",
	    w.signer[0].vkey);
	begin();
	note_make(&out, text, party, 1);
	save("alice.party");
}

static void
release_verdicts(void)
{
	char args[512], hex[65];
	uint8_t id[32];

	text_id(id, WORLD_RELEASE);
	hex_of(hex, id);
#define APP "app.bin" BY_TRUST
	verdict("RC_OK", APP);
	verdict("RC_OK", APP SUITS);
	verdict("RC_OK", "app.bin.release" BY_TRUST);
	verdict("RC_OK", "withdraw.file" BY_TRUST);
	verdict("RC_TRUNCATED", "release.note" BY_TRUST);
	verdict("RC_OK", APP SUITS " --component app");
	verdict("RC_COMPONENT", APP SUITS " --component boot");
	verdict("RC_PRODUCT", APP " --product acme.example/tv");
	verdict("RC_PAYLOAD_LONG",
	    "app-longer.bin --release app.bin.release" BY_TRUST);
	verdict("RC_OK",
	    "app-longer.bin --release app.bin.release --prefix" BY_TRUST);
	verdict("RC_PAYLOAD_DIGEST",
	    "app-altered.bin --release app.bin.release" BY_TRUST);
	verdict("RC_SEQUENCE_SAME",
	    APP " --installed 42 --floor 0 --have acme.example/radio=7");
	verdict("RC_SEQUENCE_LOW", APP " --installed 43");
	verdict("RC_SEQUENCE_LOW", APP " --floor 43");
	verdict("RC_FROM", APP " --installed 29 --have acme.example/radio=7");
	verdict("RC_REQUIRES", APP " --installed 41");
	verdict(
	    "RC_REQUIRES", APP " --installed 41 --have acme.example/radio=6");
	verdict("RC_EXPIRED", "app.bin --trust trust.note --time 1800000000");
	verdict("RC_PROOF_OLD", "app.bin --trust trust.note --time 1763800000"
				" --max-proof-age 1d");
	verdict("RC_LOG_AGE", "app.bin --trust trust.note --time 1763698000");
	verdict(
	    "RC_PROOF_FUTURE", "app.bin --trust trust.note --time 1763600000");
	verdict("RC_OK", "app.bin --trust trust.note --time 0");
	verdict("RC_ENDORSEMENT", APP " --owner owner.note");
	verdict(
	    "RC_OK", APP " --owner owner.note --endorsement endorsement.note");
	verdict(
	    "RC_QUORUM", APP " --owner owner.note --endorsement release.note");
	snprintf(args, sizeof args,
	    APP " --installed 42:%s --floor 0 --have acme.example/radio=7",
	    hex);
	verdict("RC_FROM", args);
	snprintf(args, sizeof args, APP " --trust-id %s", hex);
	verdict("RC_PAGE_ID", args);
	text_id(id, w.trust);
	hex_of(hex, id);
	snprintf(args, sizeof args, APP " --trust-id %s", hex);
	verdict("RC_OK", args);
}

/* ---- forged ----------------------------------------------------------- */

static void
forged_texts(void)
{
	forged_text("unknown-line.release",
	    with(WORLD_RELEASE, "about\n", "critical yes\nabout\n"),
	    "RC_LINE_UNKNOWN");
	forged_text("unknown-below.release",
	    with(WORLD_RELEASE, "proposed 1763699000\n",
		"proposed 1763699000\ncritical yes\n"),
	    "RC_LINE_UNKNOWN"); /* a host's reader; a device takes it */
	forged_text("x-line.release",
	    with(WORLD_RELEASE, "proposed 1763699000\n",
		"proposed 1763699000\nx-ci run 77\n"),
	    "RC_OK");
	forged_text("leading-zero.release",
	    with(WORLD_RELEASE, "sequence 42", "sequence 042"), "RC_FIELD");
	forged_text("floor-above.release",
	    with(WORLD_RELEASE, "floor 40", "floor 43"), "RC_FLOOR");
	forged_text("other-epoch.release",
	    with(WORLD_RELEASE, WORLD_NAME " 1", WORLD_NAME " 2"), "RC_EPOCH");
	forged_text("other-authority.release",
	    with(WORLD_RELEASE, WORLD_NAME, "evil.example/release"),
	    "RC_AUTHORITY");
	forged_text("second-about.release",
	    with(WORLD_RELEASE, "about\n", "about\nabout\n"),
	    "RC_LINE_REPEATED");
	forged_text("no-payload.release",
	    with(WORLD_RELEASE, "payload app 4 " WORLD_DIGEST "\n", ""),
	    "RC_LINE_MISSING");
	forged_text("carriage-return.release",
	    with(WORLD_RELEASE, "version 1.4.2\n", "version 1.4.2\r\n"),
	    "RC_BYTE");
}

static void
forged_lines(void)
{
	const struct key *one[] = {&w.signer[0]};
	const struct key *twice[] = {&w.signer[0], &w.signer[1], &w.signer[0]};
	const struct key *stranger[] = {
	    &w.stranger, &w.signer[0], &w.signer[1]};
	const struct key *roots[] = {
	    &w.signer[0], &w.root[0], &w.root[1], &w.root[2]};

	forged_signers("one-signer.release", one, 1, "RC_QUORUM");
	forged_signers("twice.release", twice, 3, "RC_SIGLINE_REPEATED");
	forged_signers("stranger.release", stranger, 3, "RC_OK");
	forged_signers("roots-sign.release", roots, 4, "RC_QUORUM");
	forged_bytes("altered-text.release", "version 1.4.2", "version 1.4.3",
	    "RC_SIGNATURE_INVALID");
	forged_bytes("altered-name.release", "\xe2\x80\x94 bob.example ",
	    "\xe2\x80\x94 bbb.example ", "RC_QUORUM");
	forged_bytes("hyphen.release", "\xe2\x80\x94 bob.example ",
	    "- bob.example ", "RC_SIGLINE");
}

static void
forged_proofs(void)
{
	forged_proof("second-log.release",
	    &(struct proof_spec){.index = 9, .size = 10, .log = &w.log[1]},
	    "RC_OK");
	forged_proof("foreign-log.release",
	    &(struct proof_spec){
		.index = 1, .size = 2, .origin = "log.third.example"},
	    "RC_LOG");
	forged_proof("no-mirror.release",
	    &(struct proof_spec){
		.index = 1, .size = 2, .cosigners = WITNESS_1 | WITNESS_2},
	    "RC_WITNESS_QUORUM");
	forged_proof("one-witness.release",
	    &(struct proof_spec){
		.index = 1, .size = 2, .cosigners = WITNESS_2 | MIRROR_1},
	    "RC_OK");
	forged_proof("not-logged.release",
	    &(struct proof_spec){.index = 1, .size = 2, .wrong_leaf = true},
	    "RC_INCLUSION");
	forged_proof("path-longer.release",
	    &(struct proof_spec){.index = 1, .size = 2, .extra_hashes = 1},
	    "RC_INCLUSION");
	forged_proof("path-too-long.release",
	    &(struct proof_spec){.index = 1, .size = 2, .extra_hashes = 53},
	    "RC_PROOF_DEPTH");
	forged_proof("extension.release",
	    &(struct proof_spec){.index = 1, .size = 2, .extension = "more\n"},
	    "RC_CHECKPOINT");
	forged_bytes(
	    "extra.release", "index 5\n", "extra AAAA\nindex 5\n", "RC_PROOF");
	forged_bytes("index.release", "index 5\n", "index 6\n", "RC_INCLUSION");
	forged_bytes("size.release", "\n" WORLD_LOG "\n13\n",
	    "\n" WORLD_LOG "\n14\n", "RC_SIGNATURE_INVALID");
	forged_bytes("unneeded-renamed.release", "\xe2\x80\x94 w1.example/w ",
	    "\xe2\x80\x94 x1.example/w ", "RC_OK");
	forged_bytes("needed-renamed.release", "\xe2\x80\x94 m1.example/m ",
	    "\xe2\x80\x94 x1.example/m ", "RC_WITNESS_QUORUM");
}

int
main(int argc, char **argv)
{
	char path[4096];

	if (argc != 2)
		stop("write to", "no folder");
	dir = argv[1];
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		stop("make", dir);
	snprintf(path, sizeof path, "%s/verdicts.txt", dir);
	verdicts = fopen(path, "w");
	if (verdicts == NULL)
		stop("write", path);
	world_make(&w);
	save_bytes("trust.text", w.trust, strlen(w.trust));
	kinds();
	release_verdicts();
	trusts();
	trusts_unbelieved();
	trust_verdicts();
	forged_texts();
	forged_lines();
	forged_proofs();
	if (fclose(verdicts) != 0)
		stop("write", path);
	return 0;
}
