/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer, so that every build has it: the
 * seeds as they are, then `count` mutations of them, the same ones each time
 * for the same number. A target's own mutator makes half of them. With clang,
 * -DQUORATE_FUZZ=ON links libFuzzer instead.
 *
 *   fuzz_NAME COUNT SEEDFILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(
    uint8_t *bytes, size_t n, size_t max, unsigned seed);

enum { INPUT_MAX = 1 << 16, SEEDS_MAX = 2048 };

static uint64_t state = 1;

static uint32_t
draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

struct seed {
	uint8_t *bytes;
	size_t n;
};

static size_t
mutate(uint8_t *b, size_t n, size_t max, const struct seed *other)
{
	static const char *const words[] = {"\n\n", " ", "\n", "0", "-",
	    "about\n", "quorate/", "any", "all", "4294967296",
	    "9007199254740992", "=", "\xe2\x80\x94 ", "+", "x-a\n"};
	unsigned times = 1 + draw(4);

	while (times-- > 0) {
		size_t at = n > 0 ? draw((uint32_t)n) : 0;
		size_t span = n > at ? 1 + draw((uint32_t)(n - at)) : 0;
		const char *w;

		switch (draw(7)) {
		case 0:
			if (n > 0)
				b[at] ^= (uint8_t)(1u << draw(8));
			break;
		case 1:
			if (n > 0)
				b[at] = (uint8_t)draw(256);
			break;
		case 2: /* cut a piece out */
			if (span > 64)
				span = 1 + draw(64);
			if (span > 0) {
				memmove(b + at, b + at + span, n - at - span);
				n -= span;
			}
			break;
		case 3: /* say a piece twice */
			if (span > 256)
				span = 1 + draw(256);
			if (n + span <= max) {
				memmove(b + at + span, b + at, n - at);
				n += span;
			}
			break;
		case 4:
			w = words[draw(sizeof words / sizeof words[0])];
			span = strlen(w);
			if (n + span <= max) {
				memmove(b + at + span, b + at, n - at);
				memcpy(b + at, w, span);
				n += span;
			}
			break;
		case 5:
			n = at;
			break;
		default: /* the rest from somewhere else */
			if (other->n > 0) {
				size_t from = draw((uint32_t)other->n);

				span = other->n - from;
				if (at + span > max)
					span = max - at;
				memcpy(b + at, other->bytes + from, span);
				n = at + span;
			}
		}
	}
	return n;
}

/* What libFuzzer gives to a target's own mutator. */
size_t
LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max)
{
	const struct seed none = {NULL, 0};

	return mutate(bytes, n, max, &none);
}

static struct seed
seed_read(const char *path)
{
	static uint8_t input[INPUT_MAX];
	struct seed s;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		fprintf(stderr, "cannot read '%s'\n", path);
		exit(3);
	}
	s.n = fread(input, 1, INPUT_MAX, f);
	fclose(f);
	s.bytes = malloc(s.n + 1);
	if (s.bytes == NULL)
		exit(3);
	memcpy(s.bytes, input, s.n);
	return s;
}

int
main(int argc, char **argv)
{
	static struct seed seeds[SEEDS_MAX];
	static uint8_t input[INPUT_MAX];
	unsigned long count, i;
	unsigned seed_n = 1; /* the first seed is empty */

	if (argc < 2) {
		fprintf(stderr, "usage: %s COUNT SEEDFILE...\n", argv[0]);
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	if (argc - 2 >= SEEDS_MAX) {
		fprintf(stderr, "at most %d seeds\n", SEEDS_MAX - 1);
		return 2;
	}
	for (i = 2; i < (unsigned long)argc; i++)
		seeds[seed_n++] = seed_read(argv[i]);
	for (i = 0; i < seed_n + count; i++) {
		const struct seed *s =
		    &seeds[i < seed_n ? i : draw(seed_n)];
		uint8_t *exact;
		size_t n = s->n;

		if (n > 0)
			memcpy(input, s->bytes, n);
		if (i >= seed_n && LLVMFuzzerCustomMutator != NULL && draw(2))
			n = LLVMFuzzerCustomMutator(
			    input, n, INPUT_MAX, draw(1u << 31));
		else if (i >= seed_n)
			n = mutate(input, n, INPUT_MAX, &seeds[draw(seed_n)]);
		/* its own allocation, so that a read past the end is seen */
		exact = malloc(n > 0 ? n : 1);
		if (exact == NULL)
			return 3;
		memcpy(exact, input, n);
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	printf("%lu inputs from %u seeds\n", count + seed_n, seed_n);
	for (i = 0; i < seed_n; i++)
		free(seeds[i].bytes);
	return 0;
}
