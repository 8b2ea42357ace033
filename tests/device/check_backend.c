/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three doors to cryptography (verify/sha256.h, sha512.h, ed25519.h) with
 * somebody else's rooms behind them, as a platform with a hash engine or PSA
 * would have: this program is linked with verify/ but for its four files of
 * cryptography, and brings a backend on libsodium that counts its calls and
 * can be told to be another hash, or to refuse. If verify/ went past a door
 * anywhere, this would not link, or would not notice.
 */
#include <check.h>
#include <sodium.h>
#include "tests/unit/suite.h"
#include "tests/unit/world.h"
#include "verify/ed25519.h"
#include "verify/payload.h"
#include "verify/sha512.h"
#include "verify/verify.h"

static struct {
	unsigned sha256, sha512, signatures;
	uint8_t twist; /* another hash than SHA-256, unless 0 */
	bool refuse;
} backend;

void
sha256_init(struct sha256 *s)
{
	backend.sha256++;
	crypto_hash_sha256_init((void *)s);
}

void
sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n)
{
	if (n > 0)
		crypto_hash_sha256_update((void *)s, bytes, n);
}

void
sha256_final(struct sha256 *s, uint8_t out[static 32])
{
	crypto_hash_sha256_final((void *)s, out);
	out[31] ^= backend.twist;
}

void
sha512_init(struct sha512 *s)
{
	backend.sha512++;
	crypto_hash_sha512_init((void *)s);
}

void
sha512_update(struct sha512 *s, const uint8_t *bytes, size_t n)
{
	crypto_hash_sha512_update((void *)s, bytes, n);
}

void
sha512_final(struct sha512 *s, uint8_t out[static 64])
{
	crypto_hash_sha512_final((void *)s, out);
}

enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	backend.signatures++;
	return !backend.refuse &&
		       crypto_sign_verify_detached(sig, message, n, key) == 0
		   ? RC_OK
		   : RC_SIGNATURE_INVALID;
}

/* What world.h makes its keys and signatures with. */
void
ed25519_public(uint8_t pk[static 32], const uint8_t seed[static 32])
{
	uint8_t sk[64];

	crypto_sign_seed_keypair(pk, sk, seed);
}

void
ed25519_sign(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t *message, size_t n)
{
	uint8_t pk[32], sk[64];

	crypto_sign_seed_keypair(pk, sk, seed);
	crypto_sign_detached(sig, NULL, message, n, sk);
}

static struct world w;
static struct trust trust;
static char file[65536];
static size_t file_n;
static struct verified out;

/* Everything, made with the backend as it is now. */
static void
make(void)
{
	const struct proof_spec proof = {.index = 5, .size = 11};
	struct text t;
	uint8_t id[32];

	world_make(&w);
	text_id(id, w.trust);
	ck_assert_int_eq(trust_parse(&trust, (const uint8_t *)w.trust,
			     strlen(w.trust), id),
	    RC_OK);
	text_init(&t, file, sizeof file);
	file_make(&t, &w, WORLD_RELEASE, &proof);
	file_n = t.n;
}

static struct verify v;

static enum rc
feed(void)
{
	static const struct verify_device d = {
		.product = {{.name = {(const uint8_t *)"acme.example/camera",
				 19},
				.epoch = 1, .floor = 40, .sequence = 41},
			{.name = {(const uint8_t *)"acme.example/radio", 18},
				.epoch = 1, .sequence = 7}},
		.component = {{(const uint8_t *)"app", 3}},
		.product_n = 2,
		.component_n = 1,
	};

	backend.sha256 = backend.sha512 = backend.signatures = 0;
	verify_init_release(&v, &trust, &d);
	return verify_feed(&v, (const uint8_t *)file, file_n);
}

static enum rc
decide(void)
{
	enum rc rc = feed();

	return rc == RC_MORE ? verify_finish(&v, &out) : rc;
}

static enum rc
payload(void)
{
	struct payload p;
	enum rc rc = payload_init(&p, &out, 0);

	if (rc == RC_MORE)
		rc = payload_feed(&p, (const uint8_t *)"test", 4);
	return rc == RC_MORE ? payload_finish(&p) : rc;
}

START_TEST(every_signature_and_hash_is_the_backends)
{
	make();
	ck_assert_int_eq(decide(), RC_OK);
	/* two signers, the log, three witnesses */
	ck_assert_uint_eq(backend.signatures, 6);
	/* the leaf; twice the text's id and the path's four nodes */
	ck_assert_uint_eq(backend.sha256, 1 + 2 * (1 + 4));
	ck_assert_uint_eq(backend.sha512, 0); /* only under Ed25519 */
	backend.sha256 = 0;
	ck_assert_int_eq(payload(), RC_OK);
	ck_assert_uint_eq(backend.sha256, 1);
}
END_TEST

START_TEST(what_the_backend_refuses_is_refused)
{
	make();
	backend.refuse = true;
	ck_assert_int_eq(decide(), RC_SIGNATURE_INVALID);
	ck_assert_uint_eq(backend.signatures, 1);
	backend.refuse = false;
}
END_TEST

START_TEST(another_hash_is_used_throughout)
{
	/* a file of one hash is not in the tree of the other */
	make();
	backend.twist = 1;
	ck_assert_int_eq(decide(), RC_INCLUSION);
	/* all of it by the other: key ids, text ids, leaf, nodes */
	make();
	ck_assert_int_eq(decide(), RC_OK);
	/* but for the payload's digest, which is SHA-256 in WORLD_RELEASE */
	ck_assert_int_eq(payload(), RC_PAYLOAD_DIGEST);
	backend.twist = 0;
	ck_assert_int_eq(payload(), RC_OK);
}
END_TEST

START_TEST(a_step_too_few_or_too_many_is_a_fault)
{
	static const struct verified nothing;
	const uint32_t off[] = {1, 2, 0xffffffff, (uint32_t)RC_OK};
	unsigned i;

	make();
	for (i = 0; i < sizeof off / sizeof off[0]; i++) {
		ck_assert_int_eq(feed(), RC_MORE);
		v.flow += off[i];
		ck_assert_int_eq(verify_finish(&v, &out), RC_FAULT);
		ck_assert_mem_eq(&out, &nothing, sizeof out);
		ck_assert_int_ne(verify_finish(&v, &out), RC_OK);
	}
}
END_TEST

/* One of the two halves of a decision, changed behind its back. */
START_TEST(both_halves_must_agree)
{
	unsigned i, pass;
	const enum trust_list lists[] = {LIST_LOGS, LIST_COSIGNERS};

	make();
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < 2; i++) {
			ck_assert_int_eq(feed(), RC_MORE);
			v.mask[lists[i]][pass] = 0;
			ck_assert_int_eq(verify_finish(&v, &out),
			    i == 0 ? RC_LOG : RC_WITNESS_QUORUM);
		}
		ck_assert_int_eq(feed(), RC_MORE);
		v.included[pass] = RC_INCLUSION;
		ck_assert_int_eq(verify_finish(&v, &out), RC_INCLUSION);
	}
}
END_TEST

START_TEST(a_reader_of_releases_takes_no_trust_file)
{
	make();
	file_n = strlen(w.trust);
	memcpy(file, w.trust, file_n);
	ck_assert_int_eq(decide(), RC_KIND);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("backend");
	TCase *t = tcase_create("backend");

	if (sodium_init() < 0)
		return 3;
	tcase_add_test(t, every_signature_and_hash_is_the_backends);
	tcase_add_test(t, what_the_backend_refuses_is_refused);
	tcase_add_test(t, another_hash_is_used_throughout);
	tcase_add_test(t, a_step_too_few_or_too_many_is_a_fault);
	tcase_add_test(t, both_halves_must_agree);
	tcase_add_test(t, a_reader_of_releases_takes_no_trust_file);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
