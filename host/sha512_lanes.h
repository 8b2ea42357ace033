/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside host/sha512_each.c only, once for each kind of vector: one block of
 * each of LANES texts (FIPS 180-4 section 6.4.2). Defined before: LANES;
 * TARGET, the attribute of the processor; COMPRESS, the name.
 *
 * state: eight words, of each its value in every lane. block: 128 bytes each.
 */
static TARGET void
COMPRESS(uint64_t *state, const uint8_t *const block[])
{
	typedef uint64_t vec
	    __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
	uint64_t word[16][LANES];
	vec w[16], s[8], t1, t2;

	/* All words are on their way before the first is read as a vector. */
	for (int i = 0; i < 16; i++)
		for (int lane = 0; lane < LANES; lane++) {
			uint64_t v;

			memcpy(&v, block[lane] + 8 * i, sizeof v);
			word[i][lane] = __builtin_bswap64(v);
		}
	memcpy(w, word, sizeof w);
	memcpy(s, state, sizeof s);
#define ROTATE(x, n) ((x) >> (n) | (x) << (64 - (n)))
	/* The working variables go around by their names, not by copies. */
#define V(letter, i) s[((letter) - (i) + 16) % 8]
#define ROUND(i)                                                               \
	t1 = V(7, i) +                                                         \
	    (ROTATE(V(4, i), 14) ^ ROTATE(V(4, i), 18) ^                       \
		ROTATE(V(4, i), 41)) +                                         \
	    (V(6, i) ^ (V(4, i) & (V(5, i) ^ V(6, i)))) + sha_k[r + i] + \
	    w[i];                                                              \
	t2 = (ROTATE(V(0, i), 28) ^ ROTATE(V(0, i), 34) ^                      \
		 ROTATE(V(0, i), 39)) +                                        \
	    ((V(0, i) & V(1, i)) | (V(2, i) & (V(0, i) | V(1, i))));           \
	V(3, i) += t1;                                                         \
	V(7, i) = t1 + t2
#define SCHEDULE(i)                                                            \
	w[i] += (ROTATE(w[(i + 1) % 16], 1) ^ ROTATE(w[(i + 1) % 16], 8) ^     \
		    w[(i + 1) % 16] >> 7) +                                    \
	    w[(i + 9) % 16] +                                                  \
	    (ROTATE(w[(i + 14) % 16], 19) ^ ROTATE(w[(i + 14) % 16], 61) ^     \
		w[(i + 14) % 16] >> 6)
	for (int r = 0; r < 80; r += 16) {
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			ROUND(i);
			/* the last is asked for by nobody, and costs nothing
			 * that a branch would not */
			SCHEDULE(i);
		}
	}
	for (int i = 0; i < 8; i++)
		((vec *)state)[i] += s[i];
}
#undef ROTATE
#undef V
#undef ROUND
#undef SCHEDULE
#undef LANES
#undef TARGET
#undef COMPRESS
