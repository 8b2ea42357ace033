/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_SUITE_H
#define QUORUM_SUITE_H
/*
 * A ciphersuite: field, group, hashes, context string, nothing else. All
 * that is above this header works for every suite (RFC 9591 section 6).
 *
 * Scalars and points are held in their wire encoding. A scalar or point that
 * came from outside goes through scalar_check or point_check before it goes
 * anywhere else; every other function takes checked ones.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "verify/rc.h"

struct scalar {
	uint8_t b[32];
};

/*
 * b is what a signature, a challenge and our notes hold. Where that is not
 * the whole point, prefix has SEC1's byte, which goes first on the wire;
 * else it is zero. An array of points is not their wire form.
 */
struct point {
	uint8_t b[32];
	uint8_t prefix;
};
_Static_assert(sizeof(struct scalar) == 32, "scalar");
_Static_assert(sizeof(struct point) == 33, "point");
#define SUITE_POINT_MAX 33

/* SEC1 says so with a prefix of 3; a point without prefix has no parity. */
static inline bool
point_is_odd(const struct point *p)
{
	return p->prefix == 3;
}

/*
 * A point that everybody may see, decoded: what its suite keeps between
 * operations so that nothing is decoded twice. Only its suite looks inside.
 */
struct public_point {
	uint64_t w[20];
};

/* The same for a point that stands in one share check after another. */
struct public_twin {
	struct public_point p, high;
};

#define SUITE_DIGEST_MAX 64
#define SUITE_TERMS_MAX	 191 /* of one public_combine */

/* One stretch of what is hashed. */
struct piece {
	const void *bytes;
	size_t n;
};

/* H1..H5 of RFC 9591; the first three give scalars, the others digests. */
enum suite_hash {
	SUITE_H1_RHO,
	SUITE_H2_CHALLENGE,
	SUITE_H3_NONCE,
	SUITE_H4_MESSAGE,
	SUITE_H5_COMMITMENTS,
};

/*
 * Functions of scalars, point_base and point_mul take the same time whatever
 * their scalars are, so these may be secret. scalar_invert and all that is
 * called public_ take any time: for public data only, never near a share, a
 * nonce or a coefficient. Outputs may alias inputs.
 */
struct suite {
	const char *name;
	size_t point_bytes;
	size_t digest_bytes; /* of H4, H5 */

	/* Canonical, that is, below the order. Zero passes. */
	bool (*scalar_check)(const struct scalar *a);
	void (*scalar_set)(struct scalar *out, uint64_t value);
	void (*scalar_add)(struct scalar *out, const struct scalar *a,
	    const struct scalar *b);
	void (*scalar_sub)(struct scalar *out, const struct scalar *a,
	    const struct scalar *b);
	void (*scalar_mul)(struct scalar *out, const struct scalar *a,
	    const struct scalar *b);
	/* a is not zero, and public. */
	void (*scalar_invert)(struct scalar *out, const struct scalar *a);
	/* 64 bytes modulo the order. */
	void (*scalar_wide)(struct scalar *out, const uint8_t wide[static 64]);

	/* Canonical encoding, prime order, not the identity. */
	bool (*point_check)(const struct point *p);
	void (*point_identity)(struct point *out);
	bool (*point_is_identity)(const struct point *p);
	/*
	 * out = a B. False, and out the identity, if a is zero.
	 */
	bool (*point_base)(struct point *out, const struct scalar *a);
	/*
	 * out = a p. False, and out the identity, if a is zero or p is the
	 * identity or was never checked.
	 */
	bool (*point_mul)(struct point *out, const struct scalar *a,
	    const struct point *p);
	/* The identity is taken and can come out. */
	void (*point_add)(struct point *out, const struct point *p,
	    const struct point *r);
	void (*point_sub)(struct point *out, const struct point *p,
	    const struct point *r);

	/* point_check and decoding in one. out is the identity if it fails. */
	bool (*public_open)(struct public_point *out, const struct point *p);
	/* n of them, each where its pointers say, for less; good[i]: whether
	 * the i-th is one. True if all are. */
	bool (*public_open_each)(struct public_point *const out[],
	    bool good[], const struct point *const p[], size_t n);
	/* For what was checked before, or computed here: no second check of
	 * its order. The identity is taken. */
	void (*public_take)(struct public_point *out, const struct point *p);
	/* Back to the encodings, n at once. */
	void (*public_close)(
	    struct point *out, const struct public_point *p, size_t n);
	bool (*public_is_identity)(const struct public_point *p);
	bool (*public_equal)(
	    const struct public_point *p, const struct public_point *r);
	void (*public_add)(struct public_point *out,
	    const struct public_point *p, const struct public_point *r);
	void (*public_sub)(struct public_point *out,
	    const struct public_point *p, const struct public_point *r);
	/* k p, for a small k. */
	void (*public_small)(struct public_point *out,
	    const struct public_point *p, unsigned k);
	/* base B + sum of a[i] p[i], n at most SUITE_TERMS_MAX; base may be
	 * NULL for zero. */
	void (*public_combine)(struct public_point *out,
	    const struct scalar *base, const struct scalar *a,
	    const struct public_point *p, size_t n);

	void (*public_twin)(
	    struct public_twin *out, const struct public_point *p);
	/*
	 * What a share misses by, times a factor that is not zero and that
	 * the suite chooses from rho: factor (d + rho e + w y - z B). z may
	 * be NULL for zero.
	 */
	void (*public_miss)(struct public_point *out, struct scalar *factor,
	    const struct scalar *z, const struct public_point *d,
	    const struct scalar *rho, const struct public_point *e,
	    const struct scalar *w, const struct public_twin *y);

	void (*hash_scalar)(struct scalar *out, enum suite_hash which,
	    const struct piece *pieces, size_t count);
	/* hash_scalar of pieces and last[i], n times: what they begin with
	 * alike is hashed once. All of it is public. */
	void (*hash_each)(struct scalar *const out[], enum suite_hash which,
	    const struct piece *pieces, size_t count,
	    const struct piece *last, size_t n);
	void (*hash_digest)(uint8_t out[static SUITE_DIGEST_MAX],
	    enum suite_hash which, const struct piece *pieces, size_t count);

	/* The signature under its ordinary verifier: RC_OK or
	 * RC_SIGNATURE_INVALID. */
	enum rc (*verify)(const uint8_t sig[static 64],
	    const struct point *key, const uint8_t *message, size_t n);
};

/* FROST(Ed25519, SHA-512), RFC 9591 section 6.1. */
extern const struct suite suite_ed25519;

/*
 * FROST(secp256k1, SHA-256) with BIP 340 signatures: "TR" of ZF frost and of
 * noble, without the tap tweak. Public keys stand for their even Y.
 */
extern const struct suite suite_secp256k1;

/* Returns the end of what it wrote, suite->point_bytes. */
static inline uint8_t *
point_put(const struct suite *suite, uint8_t *wire, const struct point *p)
{
	if (suite->point_bytes == sizeof *p)
		*wire++ = p->prefix;
	memcpy(wire, p->b, sizeof p->b);
	return wire + sizeof p->b;
}

/* Bytes from outside, still to be checked. */
static inline void
point_read(const struct suite *suite, struct point *out, const uint8_t *wire)
{
	out->prefix = suite->point_bytes == sizeof *out ? wire[0] : 0;
	memcpy(out->b, wire + (suite->point_bytes - sizeof out->b),
	    sizeof out->b);
}
#endif
