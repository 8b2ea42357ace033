/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures under a purpose: `quorate sign mcuboot app=FILE` asks for one
 * and writes it in the form that its verifier reads, `quorate key purpose`
 * shows the key that this verifier needs. docs/formats.md section 9,
 * "Purposes". Nothing that the coordinator says is believed: the key follows
 * from the trust text and the signed bytes from the release, both here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/coordinator.h"
#include "cli/settings.h"
#include "cli/web.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/rc_text.h"
#include "quorum/purpose.h"
#include "verify/ed25519.h"

enum { SPKI_HEAD = 12, SPKI_BYTES = SPKI_HEAD + 32, MCUBOOT_TLVS = 4 + 36 + 36 + 68 };

struct purpose_command {
	struct settings settings;
	struct trust_file trust;
	const char *trust_path, *signer, *release, *out;
	uint64_t wait_ms;
	struct slice purpose, component;
	const char *file; /* of the component; NULL */
};

/* ---- the key ---------------------------------------------------------- */

static void
trust_fill(struct purpose_command *c)
{
	enum rc rc;

	settings_load(&c->settings);
	c->trust_path = settings_trust(&c->settings, c->trust_path);
	rc = trust_file_load(&c->trust, c->trust_path);
	if (rc == RC_OK && c->trust.t.kind != TRUST_VENDOR)
		rc = RC_KIND;
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s", c->trust_path, rc_text(rc));
}

/* The shared signer that is asked for: the one, where there is only one. */
static void
signer_find(struct purpose_command *c, struct vkey *k)
{
	const struct trust *t = &c->trust.t;
	struct slice found = {0};
	unsigned index = 0, n = 0;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	while (rc == RC_OK &&
	    (rc = line_next_of(&w, TRUST_RULE_SHARED, &l)) == RC_OK) {
		if (c->signer != NULL && !slice_is(l.field[0], c->signer))
			continue;
		n++;
		found = l.field[0];
	}
	if (n == 0)
		die(EXIT_REFUSED, "%s: %s%s: purposes are of shared signers",
		    c->trust_path, c->signer != NULL ? "no shared signer " : "no shared signer",
		    c->signer != NULL ? c->signer : "");
	if (n > 1)
		die(EXIT_USAGE, "%s has several shared signers: '--signer "
				"NAME' says which",
		    c->trust_path);
	for (unsigned i = 0; i < t->signer_n; i++)
		if (slice_equal(trust_leaf(t, LIST_SIGNERS, i), found))
			index = i;
	trust_key(k, t, LIST_SIGNERS, index);
	if (k->type != KEY_ED25519)
		die(EXIT_REFUSED,
		    "%s: '%.*s' is a key of secp256k1, and neither MCUboot "
		    "nor ssh-keygen verifies its signatures",
		    c->trust_path, SLICE(found));
	c->signer = strndup((const char *)found.p, found.n);
	if (c->signer == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
}

static void
key_find(struct point *out, struct purpose_command *c)
{
	struct point group = {{0}, 0};
	struct vkey k;
	enum rc rc;

	signer_find(c, &k);
	memcpy(group.b, k.key, sizeof group.b);
	rc = purpose_key(out, &suite_ed25519, &group, c->purpose);
	if (rc != RC_OK)
		die(EXIT_REFUSED, "%s: %s", c->trust_path, rc_text(rc));
}

static void
purpose_parse_name(struct purpose_command *c, const char *name)
{
	c->purpose = slice_of(name);
	if (purpose_of_name(c->purpose) == PURPOSE_NONE)
		die(EXIT_USAGE,
		    "unknown purpose '%s': mcuboot and sshsig are known", name);
}

/* SubjectPublicKeyInfo of RFC 8410: MCUboot's hash of a key is over it. */
static void
spki_make(uint8_t out[static SPKI_BYTES], const struct point *key)
{
	static const uint8_t head[SPKI_HEAD] = {0x30, 0x2a, 0x30, 0x05, 0x06,
	    0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, key->b, sizeof key->b);
}

static void
ssh_string(struct text *t, const void *bytes, size_t n)
{
	const uint8_t length[4] = {0, 0, (uint8_t)(n >> 8), (uint8_t)n};

	text_put(t, length, sizeof length);
	text_put(t, bytes, n);
}

static void
ssh_key(struct text *t, const struct point *key)
{
	ssh_string(t, "ssh-ed25519", 11);
	ssh_string(t, key->b, sizeof key->b);
}

static void
key_write(struct text *t, const struct purpose_command *c,
    const struct point *key)
{
	char bytes[128];
	struct text blob;
	uint8_t spki[SPKI_BYTES];

	if (purpose_of_name(c->purpose) == PURPOSE_MCUBOOT) {
		spki_make(spki, key);
		text_string(t, "-----BEGIN PUBLIC KEY-----\n");
		text_base64(t, spki, sizeof spki);
		text_string(t, "\n-----END PUBLIC KEY-----\n");
		return;
	}
	text_init(&blob, bytes, sizeof bytes);
	ssh_key(&blob, key);
	text_string(t, "ssh-ed25519 ");
	text_base64(t, (const uint8_t *)blob.p, blob.n);
	text_printf(t, " %.*s/%s\n", SLICE(trust_name(&c->trust.t)),
	    c->signer);
}

int
key_purpose(int argc, char **argv)
{
	static struct purpose_command c;
	const struct args_option options[] = {
	    {.name = "trust",
		.value = "FILE",
		.string = &c.trust_path,
		.help = "the trust text (default: that of quorate.ini)"},
	    {.name = "signer",
		.value = "NAME",
		.string = &c.signer,
		.help = "which shared signer's, where there are several"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &c.out,
		.help = "where to write it (default: standard output)"},
	    {0}};
	const struct args_command command = {.program = "quorate key purpose",
	    .positionals = "mcuboot|sshsig",
	    .help = "Shows the key that a group key signs under for one "
		    "purpose, in the form that\nits verifier reads: PEM for "
		    "MCUboot, a line of OpenSSH for SSHSIG.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list names;
	struct point key;
	char bytes[1024];
	struct text t;

	args_parse(&names, &command, argc, argv);
	purpose_parse_name(&c, names.at[0]);
	trust_fill(&c);
	key_find(&key, &c);
	text_init(&t, bytes, sizeof bytes);
	key_write(&t, &c, &key);
	output_write(c.out, t.p, t.n);
	return EXIT_OK;
}

/* ---- the forms -------------------------------------------------------- */

static void
put16(struct text *t, unsigned value)
{
	const uint8_t b[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

	text_put(t, b, sizeof b);
}

static void
tlv(struct text *t, unsigned type, const void *bytes, size_t n)
{
	put16(t, type);
	put16(t, (unsigned)n);
	text_put(t, bytes, n);
}

static uint64_t
little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/*
 * The payload, before anybody is asked: the released bytes, and an image's
 * header, image and protected TLVs, no more, whose lengths the header says.
 */
static void
mcuboot_load(struct blob *b, const struct purpose_command *c,
    const struct purpose_line *line)
{
	uint8_t hash[32];

	*b = (struct blob){NULL, 0};
	if (c->file == NULL || line->purpose != PURPOSE_MCUBOOT)
		return;
	blob_load(b, c->file);
	sha256_of(hash, b->p, b->n);
	if (b->n != line->size || memcmp(hash, line->sha256, 32) != 0)
		die(EXIT_REFUSED, "%s: %s", c->file,
		    rc_text(b->n > line->size ? RC_PAYLOAD_LONG
				: b->n < line->size ? RC_PAYLOAD_SHORT
						    : RC_PAYLOAD_DIGEST));
	if (b->n < 32 || little(b->p, 4) != 0x96f3b83d ||
	    little(b->p + 8, 2) + little(b->p + 10, 2) +
		    little(b->p + 12, 4) !=
		b->n)
		die(EXIT_REFUSED,
		    "'%s' is no MCUboot image up to its protected TLVs: "
		    "'imgtool sign --vector-to-sign payload' writes one",
		    c->file);
}

/* The signed image: behind the payload goes what MCUboot 2 reads in hash
 * mode. */
static void
mcuboot_write(const struct purpose_command *c, const struct blob *b,
    const struct point *key, const uint8_t sig[static 64])
{
	uint8_t spki[SPKI_BYTES], hash[32];
	struct text t;
	char *bytes;

	bytes = malloc(b->n + MCUBOOT_TLVS + 1);
	if (bytes == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	text_init(&t, bytes, b->n + MCUBOOT_TLVS + 1);
	text_put(&t, b->p, b->n);
	put16(&t, 0x6907);
	put16(&t, MCUBOOT_TLVS);
	sha256_of(hash, b->p, b->n);
	tlv(&t, 0x10, hash, sizeof hash);
	spki_make(spki, key);
	sha256_of(hash, spki, sizeof spki);
	tlv(&t, 0x01, hash, sizeof hash); /* right before its signature */
	tlv(&t, 0x24, sig, 64);
	output_write(c->out, t.p, t.n);
	free(bytes);
}

/* PROTOCOL.sshsig, armoured in lines of 70. */
static void
sshsig_write(const struct purpose_command *c, const struct point *key,
    const uint8_t sig[static 64])
{
	static const uint8_t version[4] = {0, 0, 0, 1};
	char bytes[512], inner_bytes[128], base64[512], armour[1024];
	struct text blob, inner, b64, t;

	text_init(&blob, bytes, sizeof bytes);
	text_put(&blob, "SSHSIG", 6);
	text_put(&blob, version, sizeof version);
	text_init(&inner, inner_bytes, sizeof inner_bytes);
	ssh_key(&inner, key);
	ssh_string(&blob, inner.p, inner.n);
	ssh_string(&blob, "file", 4);
	ssh_string(&blob, "", 0);
	ssh_string(&blob, "sha256", 6);
	text_init(&inner, inner_bytes, sizeof inner_bytes);
	ssh_string(&inner, "ssh-ed25519", 11);
	ssh_string(&inner, sig, 64);
	ssh_string(&blob, inner.p, inner.n);
	text_init(&b64, base64, sizeof base64);
	text_base64(&b64, (const uint8_t *)blob.p, blob.n);
	text_init(&t, armour, sizeof armour);
	text_string(&t, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t i = 0; i < b64.n; i += 70)
		text_printf(&t, "%.70s\n", b64.p + i);
	text_string(&t, "-----END SSH SIGNATURE-----\n");
	output_write(c->out, t.p, t.n);
}

/* The 64 bytes alone, as `imgtool sign --fix-sig` takes them. */
static void
bare_write(const struct purpose_command *c, const uint8_t sig[static 64])
{
	char bytes[128];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	text_base64(&t, sig, 64);
	text_string(&t, "\n");
	output_write(c->out, t.p, t.n);
}

/* ---- asking ----------------------------------------------------------- */

/* The request's text and the release file; r is what it says. */
static void
request_make(struct text *t, struct purpose_request *r,
    const struct purpose_command *c, const struct signing_key *key)
{
	struct message_purpose ask = {.signer = slice_of(c->signer),
	    .purpose = c->purpose,
	    .component = c->component};
	struct note note;
	struct verified verified;
	struct bundle b;
	struct blob file;
	size_t rest;
	enum rc rc;

	blob_load(&file, c->release);
	rc = note_split_file(&note, &rest, file.p, file.n);
	if (rc == RC_OK && rest == 0)
		rc = RC_PROOF;
	if (rc == RC_OK) {
		note_id(ask.release, &note);
		purpose_id(ask.message, ask.release, ask.purpose,
		    ask.component);
		purpose_build(t, &ask);
		message_sign(t, &key->pub.key, key->seed);
		text_string(t, "\n");
		text_put(t, file.p, file.n);
		rc = t->full ? RC_NOTE_LONG
			     : bundle_init(&b, (const uint8_t *)t->p, t->n);
	}
	if (rc == RC_OK)
		rc = purpose_take(r, &b);
	if (rc == RC_OK && b.at != b.end)
		rc = RC_TRAILING;
	if (rc == RC_OK)
		rc = purpose_file_check(
		    &verified, r, &c->trust.t, clock_unix());
	if (rc == RC_PURPOSE)
		die(EXIT_REFUSED,
		    "%s: RC_PURPOSE: it has no line 'sign %.*s %.*s'",
		    c->release, SLICE(c->purpose), SLICE(c->component));
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s: %s", c->release, rc_name(rc),
		    rc_text(rc));
	blob_release(&file);
}

/* By the key that follows from the trust, over the bytes that follow from
 * the release: or it is nothing. */
static void
signature_check(uint8_t sig[static 64], const struct blob *b,
    const struct purpose_request *r, const struct point *key)
{
	struct message_signature m;
	enum rc rc = signature_parse(&m, b->p, b->n);

	if (rc == RC_OK)
		rc = ed25519_verify(m.signature, key->b, r->line.message,
		    r->line.message_n);
	if (rc != RC_OK)
		die(EXIT_REFUSED, "what the coordinator sent: %s: %s",
		    rc_name(rc), rc_text(rc));
	memcpy(sig, m.signature, 64);
}

static int
obtain(struct purpose_command *c)
{
	static char bytes[PURPOSE_BYTES_MAX + 1];
	struct coordinator_access access = {
	    .url = c->settings.coordinator, .purpose = true};
	struct purpose_request r;
	struct signing_key key;
	struct why why = {""};
	struct blob body, payload, signature = {NULL, 0};
	struct point point;
	struct text t;
	uint8_t sig[64];
	int code;
	enum rc rc;

	if (c->settings.coordinator[0] == '\0')
		die(EXIT_USAGE, "no [coordinator] in quorate.ini");
	if (c->settings.proposer_key[0] == '\0')
		die(EXIT_USAGE, "no [proposer] in quorate.ini: its key signs "
				"what goes to the coordinator");
	key_find(&point, c);
	signing_key_open(&key, c->settings.proposer_key, NULL, NULL);
	access.key = &key;
	text_init(&t, bytes, sizeof bytes);
	request_make(&t, &r, c, &key);
	mcuboot_load(&payload, c, &r.line);
	rc = coordinator_post(
	    &body, access.url, "/v1/proposals", t.p, t.n, &why);
	blob_release(&body);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s", rc_why(rc, &why));
		code = rc == RC_HTTP ? EXIT_POLICY : EXIT_ENVIRONMENT;
	} else {
		code = coordinator_resume(
		    &signature, &access, r.ask.message, c->wait_ms);
	}
	signing_key_close(&key);
	if (code != EXIT_OK)
		return code;
	signature_check(sig, &signature, &r, &point);
	blob_release(&signature);
	if (purpose_of_name(c->purpose) == PURPOSE_SSHSIG)
		sshsig_write(c, &point, sig);
	else if (c->file != NULL)
		mcuboot_write(c, &payload, &point, sig);
	else
		bare_write(c, sig);
	blob_release(&payload);
	return EXIT_OK;
}

int
sign_purpose(int argc, char **argv)
{
	static struct purpose_command c;
	const struct args_option options[] = {
	    {.name = "release",
		.value = "FILE.release",
		.string = &c.release,
		.required = true,
		.help = "the release file, with its proof"},
	    {.name = "trust",
		.value = "FILE",
		.string = &c.trust_path,
		.help = "the trust text (default: that of quorate.ini)"},
	    {.name = "signer",
		.value = "NAME",
		.string = &c.signer,
		.help = "which shared signer, where there are several"},
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &c.wait_ms,
		.help = "how long to wait for the quorum"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &c.out,
		.help = "where to write it (default: standard output)"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate sign",
	    .positionals = "mcuboot|sshsig COMPONENT[=FILE]",
	    .help = "Has the quorum sign what a `sign` line of a logged "
		    "release allows. mcuboot with FILE,\nthe payload: writes "
		    "the signed image; without: the signature in base64.\n"
		    "sshsig: writes the signature, which ssh-keygen checks "
		    "against the payload.",
	    .options = options,
	    .positional_min = 2,
	    .positional_max = 2};
	struct args_list words;
	const char *equals;

	c.wait_ms = 60000;
	args_parse(&words, &command, argc, argv);
	purpose_parse_name(&c, words.at[0]);
	c.component = slice_of(words.at[1]);
	equals = strchr(words.at[1], '=');
	if (equals != NULL) {
		c.component.n = (size_t)(equals - words.at[1]);
		c.file = equals + 1;
	}
	if (!slice_name(c.component))
		die(EXIT_USAGE, "'%s' is no component's name", words.at[1]);
	trust_fill(&c);
	return obtain(&c);
}
