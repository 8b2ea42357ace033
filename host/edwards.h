/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_EDWARDS_H
#define HOST_EDWARDS_H
/*
 * The group of Ed25519 for PUBLIC data only. Everything here takes a time
 * that depends on its arguments: hand it no secret scalar, nonce or share,
 * ever. Secrets stay with libsodium.
 *
 * What it is for: libsodium's public functions decode and encode a point at
 * every step and know no multi-scalar multiplication. Rounds of FROST, blame,
 * ceremonies, admission and audit work on points that everybody may see.
 *
 * A point is held decoded. It comes from edwards_decode* or from these
 * functions, and from nowhere else. Scalars are 32 bytes, little endian,
 * below 2^253. Outputs may alias inputs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edwards_fe {
	uint64_t v[5]; /* radix 2^51 */
};

/* Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
struct edwards {
	struct edwards_fe x, y, z, t;
};
_Static_assert(sizeof(struct edwards) == 160, "edwards");

/*
 * The canonical encoding of a curve point, of whatever order. False, and
 * out is the identity, if it is not one.
 */
bool edwards_decode(struct edwards *out, const uint8_t bytes[static 32])
    __attribute__((warn_unused_result));

/*
 * The same for points of prime order only: the identity, small and mixed
 * orders are refused. Exact, not "times eight"; the accept set is that of
 * crypto_core_ed25519_is_valid_point.
 */
bool edwards_decode_prime(struct edwards *out, const uint8_t bytes[static 32])
    __attribute__((warn_unused_result));

/*
 * The same for n points, each where its pointers say, in a third of the time
 * where the processor has vectors. good[i]: whether the i-th is one. True if
 * all are.
 */
bool edwards_decode_prime_each(struct edwards *const out[], bool good[],
    const uint8_t *const bytes[], size_t n) __attribute__((warn_unused_result));

/* Which vectors of the processor serve; and from now on no better ones than
 * these: for tests and benches, before there are threads. */
enum edwards_vectors { EDWARDS_PLAIN, EDWARDS_AVX2, EDWARDS_IFMA };
enum edwards_vectors edwards_vectors(void);
void edwards_vectors_most(enum edwards_vectors limit);

/* Below the order of the generator. */
bool edwards_scalar_canonical(const uint8_t s[static 32]);

void edwards_encode(uint8_t bytes[static 32], const struct edwards *p);

/* n encodings, one inversion for every EDWARDS_ENCODE_MAX of them. */
#define EDWARDS_ENCODE_MAX 128
void edwards_encode_each(
    uint8_t (*bytes)[32], const struct edwards *p, size_t n);

void edwards_identity(struct edwards *out);
bool edwards_is_identity(const struct edwards *p);
bool edwards_equal(const struct edwards *p, const struct edwards *q);
void edwards_negate(struct edwards *out, const struct edwards *p);
void edwards_add(
    struct edwards *out, const struct edwards *p, const struct edwards *q);
void edwards_sub(
    struct edwards *out, const struct edwards *p, const struct edwards *q);

/* k p for a small k: a party's position in a polynomial. */
void edwards_mul_small(
    struct edwards *out, const struct edwards *p, unsigned k);

/*
 * Multi-scalar multiplication: base B + sum of scalar[i] p[i], B the
 * generator. base may be NULL for zero. Straus with one doubling chain up to
 * EDWARDS_STRAUS_MAX points (with IFMA two dozen), with up to 300 KiB of
 * stack; Pippenger above, with a temporary copy on the heap (without memory:
 * Straus in turns). Scalars below 2^128 cost half, if few that are not stand
 * after them.
 */
#define EDWARDS_STRAUS_MAX 192
void edwards_msm(struct edwards *out, const uint8_t *base,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n);

/*
 * Equations of points of prime order, to be compared with nothing, may be
 * multiplied by any factor that is not zero; one that makes a scalar of 253
 * bits into two of EDWARDS_HALF spares half of the doublings.
 *
 * edwards_halve: factor times s is product modulo the order, or its negative
 * (then true); both below 2^EDWARDS_HALF, and factor is not zero.
 *
 * edwards_equation: factor p + (+-)product q + s y - minus_base B, s and
 * minus_base below 2^253; minus_base may be NULL.
 */
#define EDWARDS_HALF 127
struct edwards_twin {
	struct edwards p, high; /* high: 2^EDWARDS_HALF p */
};
void edwards_twin_make(struct edwards_twin *out, const struct edwards *p);

bool edwards_halve(uint8_t factor[static 32], uint8_t product[static 32],
    const uint8_t s[static 32]);

void edwards_equation(struct edwards *out, const uint8_t *minus_base,
    const uint8_t factor[static 32], const struct edwards *p,
    const uint8_t product[static 32], bool negative, const struct edwards *q,
    const uint8_t s[static 32], const struct edwards_twin *y);
#endif
