/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microseconds of CPU for each signature: the exact batch against
 * ed25519_verify one by one, turn by turn in the same run. Prints and judges
 * nothing.
 *
 *   batch [TURNS]
 */
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/batch.h"
#include "host/sign.h"
#include "verify/ed25519.h"

enum { MAX = 1024, MESSAGE = 300 };

static uint8_t seed[MAX][32], key[MAX][32], sig[MAX][64],
    message[MAX][MESSAGE];
static struct batch_item items[MAX];

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
prepare(size_t keys)
{
	for (size_t i = 0; i < MAX; i++) {
		memset(seed[i], (int)(i % keys), 32);
		memcpy(seed[i], &(uint32_t){(uint32_t)(i % keys)}, 4);
		ed25519_public(key[i], seed[i]);
		randombytes_buf(message[i], MESSAGE);
		ed25519_sign(sig[i], seed[i], message[i], MESSAGE);
		items[i] = (struct batch_item){
		    key[i], sig[i], message[i], MESSAGE, RC_MORE};
	}
}

static void
run(size_t n, size_t keys, bool cached, bool spoiled, int turns)
{
	struct batch_cache *cache = cached ? batch_cache_new(4 * MAX) : NULL;
	double single = 0, batch = 0, t;
	size_t good = 0;

	prepare(keys);
	if (spoiled)
		for (size_t i = 0; i < n; i += 64)
			sig[i][40] ^= 1;
	if (cached)
		ed25519_verify_batch(items, n, cache);
	for (int turn = 0; turn < turns; turn++) {
		t = cpu_us();
		for (size_t i = 0; i < n; i++)
			good += ed25519_verify(sig[i], key[i], message[i],
				    MESSAGE) == RC_OK;
		single += cpu_us() - t;
		t = cpu_us();
		ed25519_verify_batch(items, n, cache);
		batch += cpu_us() - t;
		for (size_t i = 0; i < n; i++)
			good -= items[i].rc == RC_OK;
	}
	if (good != 0)
		printf("the verdicts differ\n");
	single /= (double)turns * (double)n;
	batch /= (double)turns * (double)n;
	printf("batch %4zu  %s%s  single %6.2f us  batch %6.2f us  ratio "
	       "%.2f\n",
	    n, keys == MAX ? (cached ? "all keys differ, cached" :
				       "all keys differ, unseen")
			   : "four keys              ",
	    spoiled ? ", one in 64 bad" : "", single, batch, single / batch);
	batch_cache_free(cache);
}

int
main(int argc, char **argv)
{
	int turns = argc > 1 ? atoi(argv[1]) : 20;

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	for (size_t n = 64; n <= 1024; n *= 4)
		run(n, 4, true, false, turns);
	for (size_t n = 64; n <= 1024; n *= 4)
		run(n, MAX, true, false, turns);
	for (size_t n = 64; n <= 1024; n *= 4)
		run(n, MAX, false, false, turns);
	for (size_t n = 64; n <= 1024; n *= 4)
		run(n, 4, true, true, turns);
	return EXIT_SUCCESS;
}
