/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/sshsig.c. tests/vectors/ssh was made by ssh-keygen; hardware keys
 * are acted by a plain key here, by PROTOCOL.u2f, since no test has one.
 */
#include "signer/sshsig.h"
#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "host/file.h"
#include "host/text.h"
#include "tests/unit/suite.h"

static struct sshsig sig;
static struct ssh_signers signers;

static uint8_t *
vector(const char *name, size_t *n)
{
	char path[512];
	uint8_t *bytes;

	snprintf(path, sizeof path, "%s/tests/vectors/ssh/%s", QUORATE_SOURCE,
	    name);
	ck_assert_int_eq(file_read(&bytes, n, path, 65536, NULL), RC_OK);
	return bytes;
}

START_TEST(of_ssh_keygen)
{
	static const char *const files[] = {"file.sig", "git-sha256.sig"};
	static const char *const spaces[] = {"file", "git"};
	size_t armor_n, message_n, allowed_n;
	uint8_t *armor = vector(files[_i], &armor_n);
	uint8_t *message = vector("message", &message_n);
	uint8_t *allowed = vector("allowed", &allowed_n);
	const struct ssh_signer *who;

	ck_assert_int_eq(sshsig_parse(&sig, armor, armor_n, NULL), RC_OK);
	ck_assert_int_eq(
	    sshsig_verify(&sig, spaces[_i], message, message_n), RC_OK);
	ck_assert_int_eq(sshsig_verify(&sig, "other", message, message_n),
	    RC_SSHSIG);
	ck_assert_int_eq(
	    sshsig_verify(&sig, spaces[_i], message, message_n - 1),
	    RC_SIGNATURE_INVALID);
	ck_assert_int_eq(
	    ssh_signers_parse(&signers, allowed, allowed_n, NULL), RC_OK);
	ck_assert_uint_eq(signers.count, 1);
	who = ssh_signers_find(&signers, &sig.key, spaces[_i], 1);
	ck_assert_ptr_nonnull(who);
	ck_assert_str_eq(who->principals, "maker@example.com,maker");
	ck_assert_ptr_null(ssh_signers_find(&signers, &sig.key, "mail", 1));
	/* a change anywhere is refused, or is in the armour's line breaks */
	for (size_t i = 0; i < armor_n; i++) {
		uint8_t was = armor[i];

		armor[i] ^= 1;
		if (sshsig_parse(&sig, armor, armor_n, NULL) == RC_OK)
			ck_assert_msg(sshsig_verify(&sig, spaces[_i], message,
					  message_n) != RC_OK ||
				ssh_signers_find(&signers, &sig.key,
				    spaces[_i], 1) == NULL,
			    "byte %zu", i);
		armor[i] = was;
	}
	for (size_t n = 0; n + 1 < armor_n; n++)
		ck_assert_int_eq(
		    sshsig_parse(&sig, armor, n, NULL), RC_SSHSIG);
	free(armor);
	free(message);
	free(allowed);
}
END_TEST

/* ---- made here, so that every field can be wrong ------------------------ */

struct make {
	const char *magic, *type, *sig_type, *space, *reserved, *hash;
	const char *application; /* NULL: a plain key */
	unsigned version, flags, more, key_more, sig_short;
};
static const struct make good = {"SSHSIG", "ssh-ed25519", "ssh-ed25519",
    "git", "", "sha512", NULL, 1, 1, 0, 0, 0};
static uint8_t public[32], secret[64];

static void
put_u32(struct text *t, size_t n)
{
	const uint8_t b[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 8), (uint8_t)n};

	text_put(t, b, 4);
}

static void
put(struct text *t, const void *p, size_t n)
{
	put_u32(t, n);
	text_put(t, p, n);
}

#define PUT(t, s) put(t, s, strlen(s))

static void
key_blob(struct text *t, const struct make *m)
{
	PUT(t, m->type);
	put(t, public, 32);
	if (m->application != NULL)
		PUT(t, m->application);
	for (unsigned i = 0; i < m->key_more; i++)
		text_put(t, "x", 1);
}

/* The armour of a signature over message, as PROTOCOL.sshsig says. */
static size_t
make(char *out, size_t cap, const struct make *m, const char *message)
{
	char room[2048], key[512], inner[512], signed_[1024];
	struct text blob, k, s, tbs, armor;
	uint8_t digest[64], raw[64], outer[69];
	bool sha256 = strcmp(m->hash, "sha256") == 0;

	if (sha256)
		crypto_hash_sha256(
		    digest, (const uint8_t *)message, strlen(message));
	else
		crypto_hash_sha512(
		    digest, (const uint8_t *)message, strlen(message));
	text_init(&tbs, signed_, sizeof signed_);
	text_put(&tbs, "SSHSIG", 6);
	PUT(&tbs, m->space);
	PUT(&tbs, m->reserved);
	PUT(&tbs, m->hash);
	put(&tbs, digest, sha256 ? 32 : 64);
	if (m->application != NULL) {
		crypto_hash_sha256(outer, (const uint8_t *)m->application,
		    strlen(m->application));
		outer[32] = (uint8_t)m->flags;
		memcpy(outer + 33, "\0\0\1\2", 4);
		crypto_hash_sha256(outer + 37, (const uint8_t *)tbs.p, tbs.n);
		crypto_sign_detached(raw, NULL, outer, sizeof outer, secret);
	} else {
		crypto_sign_detached(
		    raw, NULL, (const uint8_t *)tbs.p, tbs.n, secret);
	}
	text_init(&k, key, sizeof key);
	key_blob(&k, m);
	text_init(&s, inner, sizeof inner);
	PUT(&s, m->sig_type);
	put(&s, raw, 64 - m->sig_short);
	if (m->application != NULL) {
		const uint8_t flags = (uint8_t)m->flags;

		text_put(&s, &flags, 1);
		text_put(&s, "\0\0\1\2", 4);
	}
	text_init(&blob, room, sizeof room);
	text_string(&blob, m->magic);
	put_u32(&blob, m->version);
	put(&blob, k.p, k.n);
	PUT(&blob, m->space);
	PUT(&blob, m->reserved);
	PUT(&blob, m->hash);
	put(&blob, s.p, s.n);
	for (unsigned i = 0; i < m->more; i++)
		text_put(&blob, "x", 1);
	text_init(&armor, out, cap);
	text_string(&armor, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t at = 0; at < blob.n; at += 51) {
		text_base64(&armor, (const uint8_t *)blob.p + at,
		    blob.n - at < 51 ? blob.n - at : 51);
		text_string(&armor, "\n");
	}
	text_string(&armor, "-----END SSH SIGNATURE-----\n");
	ck_assert(!armor.full && !blob.full);
	return armor.n;
}

static enum rc
verdict(const struct make *m)
{
	char armor[4096];
	size_t n = make(armor, sizeof armor, m, "message");
	enum rc rc = sshsig_parse(&sig, (const uint8_t *)armor, n, NULL);

	return rc == RC_OK ? sshsig_verify(&sig, "git",
				 (const uint8_t *)"message", 7)
			   : rc;
}

START_TEST(fields)
{
	struct make m = good;

	ck_assert_int_eq(verdict(&m), RC_OK);
	m.hash = "sha256";
	ck_assert_int_eq(verdict(&m), RC_OK);
#define REFUSED(field, value)                                                  \
	m = good;                                                              \
	m.field = value;                                                       \
	ck_assert_int_eq(verdict(&m), RC_SSHSIG)
	REFUSED(magic, "SSHSIH");
	REFUSED(version, 2);
	REFUSED(type, "ssh-ed25518");
	REFUSED(sig_type, "ssh-rsa");
	REFUSED(space, "file");
	REFUSED(reserved, "r");
	REFUSED(hash, "sha1");
	REFUSED(more, 1);
	REFUSED(key_more, 1);
	REFUSED(sig_short, 1);
}
END_TEST

START_TEST(hardware)
{
	struct make m = good;
	char file[512], blob[256];
	struct text t, k;

	m.type = m.sig_type = "sk-ssh-ed25519@openssh.com";
	m.application = "ssh:";
	ck_assert_int_eq(verdict(&m), RC_OK);
	ck_assert(sig.key.hardware);
	/* and the list of signers has it as a hardware key only */
	text_init(&k, blob, sizeof blob);
	key_blob(&k, &m);
	text_init(&t, file, sizeof file);
	text_string(&t, "h@example.com sk-ssh-ed25519@openssh.com ");
	text_base64(&t, (const uint8_t *)k.p, k.n);
	text_string(&t, " a comment\n");
	ck_assert_int_eq(
	    ssh_signers_parse(&signers, (const uint8_t *)t.p, t.n, NULL),
	    RC_OK);
	ck_assert_ptr_nonnull(ssh_signers_find(&signers, &sig.key, "git", 1));
	ck_assert_int_eq(verdict(&good), RC_OK);
	ck_assert_ptr_null(ssh_signers_find(&signers, &sig.key, "git", 1));
	m.flags = 0; /* nobody touched it */
	ck_assert_int_eq(verdict(&m), RC_SSHSIG);
	m.flags = 5;
	ck_assert_int_eq(verdict(&m), RC_OK);
	m.application = "ssh:2";
	ck_assert_int_eq(verdict(&m), RC_OK);
	ck_assert_ptr_null(ssh_signers_find(&signers, &sig.key, "git", 1));
	m.sig_type = "ssh-ed25519"; /* a plain signature by a hardware key */
	ck_assert_int_eq(verdict(&m), RC_SSHSIG);
}
END_TEST

#define KEY                                                                    \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

START_TEST(lists)
{
	static const struct {
		const char *text;
		enum rc want;
		unsigned count, other;
	} cases[] = {
	    {"", RC_OK, 0, 0},
	    {"# a word\n\n  \n", RC_OK, 0, 0},
	    {"a " KEY, RC_OK, 1, 0},
	    {"a,b " KEY " more words\nc " KEY "\n", RC_OK, 2, 0},
	    {"a namespaces=\"git,file\" " KEY, RC_OK, 1, 0},
	    {"a namespaces=\"git\",valid-after=\"20240101\" " KEY, RC_OK, 1, 0},
	    {"a ssh-rsa AAAA\n", RC_OK, 0, 1},
	    {"a cert-authority " KEY, RC_SSHSIG, 0, 0},
	    {"a namespaces=git " KEY, RC_SSHSIG, 0, 0},
	    {"a namespaces=\"git\", " KEY, RC_SSHSIG, 0, 0},
	    {"a valid-after=\"2024\" " KEY, RC_SSHSIG, 0, 0},
	    {"a valid-before=\"20241301\" " KEY, RC_SSHSIG, 0, 0},
	    {"a\n", RC_SSHSIG, 0, 0},
	    {"a ssh-ed25519\n", RC_SSHSIG, 0, 0},
	    {"a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==\n", RC_SSHSIG, 0, 0},
	    {"a sk-ssh-ed25519@openssh.com "
	     "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc"
	     "HR4f\n", RC_SSHSIG, 0, 0},
	    {"a nonsense\n", RC_SSHSIG, 0, 0},
	};
	struct why why = {""};

	ck_assert_int_eq(ssh_signers_parse(&signers,
			     (const uint8_t *)cases[_i].text,
			     strlen(cases[_i].text), &why),
	    cases[_i].want);
	if (cases[_i].want == RC_OK) {
		ck_assert_uint_eq(signers.count, cases[_i].count);
		ck_assert_uint_eq(signers.other, cases[_i].other);
	} else {
		ck_assert(strncmp(why.text, "line 1: ", 8) == 0);
	}
}
END_TEST

START_TEST(dates)
{
	static const char text[] =
	    "a valid-after=\"20240101Z\",valid-before=\"202403010130\" " KEY "\n";
	struct ssh_key key = {0};

	for (unsigned i = 0; i < 32; i++)
		key.key[i] = (uint8_t)i;
	ck_assert_int_eq(ssh_signers_parse(&signers, (const uint8_t *)text,
			     sizeof text - 1, NULL),
	    RC_OK);
	/* date -u -d 2024-01-01 +%s; 2024 has a 29th of February */
	ck_assert_ptr_null(ssh_signers_find(&signers, &key, "git", 1704067199));
	ck_assert_ptr_nonnull(
	    ssh_signers_find(&signers, &key, "git", 1704067200));
	ck_assert_ptr_nonnull(
	    ssh_signers_find(&signers, &key, "git", 1709256599));
	ck_assert_ptr_null(ssh_signers_find(&signers, &key, "git", 1709256600));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sshsig");
	TCase *tc = tcase_create("sshsig");

	if (sodium_init() < 0)
		return 1;
	crypto_sign_keypair(public, secret);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, of_ssh_keygen, 0, 2);
	tcase_add_test(tc, fields);
	tcase_add_test(tc, hardware);
	tcase_add_loop_test(tc, lists, 0, 17);
	tcase_add_test(tc, dates);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
