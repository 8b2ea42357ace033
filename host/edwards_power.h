/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_EDWARDS_POWER_H
#define HOST_EDWARDS_POWER_H
/*
 * Inside host/edwards_avx2.c and host/edwards_ifma.c only: the power
 * (p - 5) / 8 of many field elements. Who includes this has defined TARGET,
 * the attribute of his processor; LANES and struct fe4, so many elements;
 * FOURS; square, multiply, load and store.
 */
#include <stddef.h>

/* Up to FOURS fours in turns: while one waits for itself the next runs. */
struct fours {
	struct fe4 f[FOURS];
	int n;
};

static TARGET __attribute__((noinline)) void
square_times(struct fours *out, const struct fours *a, int times)
{
	struct fours r = *a;

	while (times-- > 0)
		for (int i = 0; i < r.n; i++)
			square(&r.f[i], &r.f[i]);
	*out = r;
}

static TARGET __attribute__((noinline)) void
times(struct fours *out, const struct fours *a, const struct fours *b)
{
	for (int i = 0; i < a->n; i++)
		multiply(&out->f[i], &a->f[i], &b->f[i]);
	out->n = a->n;
}

/* a^(2^252 - 3), by the chain of host/edwards.c. */
static TARGET void
power_p58(struct fours *out, const struct fours *a)
{
	struct fours t, u, five, ten, twenty, fifty, hundred;

	square_times(&t, a, 1);
	square_times(&u, &t, 2);
	times(&u, &u, a); /* 9 */
	times(&t, &u, &t);
	square_times(&t, &t, 1);
	times(&five, &t, &u); /* 2^5 - 1 */
	square_times(&t, &five, 5);
	times(&ten, &t, &five);
	square_times(&t, &ten, 10);
	times(&twenty, &t, &ten);
	square_times(&t, &twenty, 20);
	times(&t, &t, &twenty); /* 2^40 - 1 */
	square_times(&t, &t, 10);
	times(&fifty, &t, &ten);
	square_times(&t, &fifty, 50);
	times(&hundred, &t, &fifty);
	square_times(&t, &hundred, 100);
	times(&t, &t, &hundred); /* 2^200 - 1 */
	square_times(&t, &t, 50);
	times(&t, &t, &fifty);
	square_times(&t, &t, 2);
	times(out, &t, a);
}

static TARGET void
power_p58_each(struct edwards_fe *const a[], size_t n)
{
	struct edwards_fe *lane[FOURS * LANES], spare[LANES];
	struct fours f;

	for (size_t from = 0; from < n; from += FOURS * LANES) {
		size_t turn = n - from < FOURS * LANES ? n - from
						       : FOURS * LANES;

		f.n = (int)((turn + LANES - 1) / LANES);
		for (size_t i = 0; i < FOURS * LANES; i++) {
			lane[i] = i < turn ? a[from + i] : &spare[i % LANES];
			if (i >= turn)
				*lane[i] = *a[from];
		}
		for (int i = 0; i < f.n; i++)
			load(&f.f[i], lane + LANES * i);
		power_p58(&f, &f);
		for (int i = 0; i < f.n; i++)
			store(lane + LANES * i, &f.f[i]);
	}
}
#endif
