/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a quorum costs: "K/N NAME MICROSECONDS" of CPU a line, the least of
 * some turns, from bytes. tests/bench/quorum.sh puts ZF's figures for the
 * same work beside them. Keys come from a dealer here: what is measured does
 * not see the difference.
 *
 *   round1      one nonce pair
 *   round2      one share of a signature, its own check of z included
 *   aggregate   session from the package, shares added up, verified
 *   share       one share checked in an open session
 *   blame       aggregate, with one liar in the middle
 *   part3       dealings decoded: shares checked, added up, roster computed
 *   part3-decode   the same from bytes
 *   genesis     the ceremony's own calls for all dealings, decryption included
 *   reshare     the same to another roster of that shape, from a minimal set
 *   roster      a roster's points opened and checked, once for all its work
 */
#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/edwards.h"
#include "quorum/dkg.h"
#include "quorum/frost.h"
#include "quorum/reshare.h"

static const struct suite *const suite = &suite_ed25519;
static const uint8_t boot[FROST_BOOT_ID_BYTES] = {1};
static uint8_t message[600];

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double began, least;

static void
start(void)
{
	began = cpu_us();
}

static void
stop(void)
{
	double took = cpu_us() - began;

	least = took < least ? took : least;
}

static void
print(const char *quorum, const char *name)
{
	printf("%s %s %.2f\n", quorum, name, least);
	fflush(stdout);
	least = 1e18;
}

static void
must(enum rc got, enum rc want)
{
	if (got == want)
		return;
	fprintf(stderr, "bench: result %d, wanted %d\n", (int)got, (int)want);
	exit(EXIT_FAILURE);
}

static void
random_scalar(struct scalar *s)
{
	uint8_t wide[64];

	randombytes_buf(wide, sizeof wide);
	suite->scalar_wide(s, wide);
}

struct play {
	struct frost_roster roster;
	struct frost_key_share share[FROST_PARTIES_MAX];
	struct frost_nonces nonce[FROST_PARTIES_MAX];
	struct signing_package pkg;
	struct scalar z[FROST_PARTIES_MAX];
};

static void
play_deal(struct play *p, const struct tree *tree)
{
	struct scalar c[TREE_COMMITMENTS_MAX], s[TREE_LEAVES_MAX];
	struct point commitment[TREE_COMMITMENTS_MAX];

	memset(p, 0, sizeof *p);
	p->roster.suite = suite;
	p->roster.id[0] = 9;
	p->roster.tree = *tree;
	for (unsigned i = 0; i < tree->commitments; i++) {
		random_scalar(&c[i]);
		suite->point_base(&commitment[i], &c[i]);
	}
	p->roster.key = commitment[0];
	tree_shares(tree, suite, c, s);
	for (unsigned i = 0; i < tree->leaves; i++)
		tree_point(tree, suite, commitment, i + 1, &p->roster.share[i]);
	for (unsigned i = 0; i < tree->leaves; i++) {
		p->share[i].id = (uint8_t)(i + 1);
		p->share[i].s = s[i];
		memcpy(p->share[i].roster_id, p->roster.id, 32);
	}
	must(frost_roster_check(&p->roster), RC_OK);
	for (unsigned i = 0; i < tree->leaves; i++)
		must(
		    frost_key_share_check(&p->share[i], &p->roster), RC_OK);
}

static void
play_commit(struct play *p, unsigned id, struct frost_commitment *c)
{
	struct frost_binding b;
	uint8_t r[64];

	randombytes_buf(r, sizeof r);
	crypto_hash_sha256(b.message_id, message, sizeof message);
	memcpy(b.roster_id, p->roster.id, sizeof b.roster_id);
	memcpy(b.boot_id, boot, sizeof boot);
	must(frost_commit(&p->nonce[id - 1], c, suite, &p->share[id - 1], &b,
		 r, r + 32),
	    RC_OK);
}

static void
signing(const char *name, const struct tree *tree, int turns)
{
	static struct play p;
	static struct frost_session session;
	const uint8_t cost[TREE_LEAVES_MAX] = {0};
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}}, set, culprits;
	struct frost_commitment c;
	uint8_t sig[64];
	unsigned middle = 0, first;

	play_deal(&p, tree);
	if (!tree_minimal_set(tree, &all, cost, &set))
		abort();
	memcpy(p.pkg.roster_id, p.roster.id, 32);
	p.pkg.message = message;
	p.pkg.message_bytes = sizeof message;
	for (unsigned id = 1; id <= tree->leaves; id++)
		if (tree_set_has(&set, id))
			play_commit(&p, id, &p.pkg.list[p.pkg.count++]);
	first = p.pkg.list[0].id;
	for (int i = 0; i < turns; i++) {
		struct frost_nonces keep = p.nonce[first - 1];

		start();
		play_commit(&p, first, &c);
		stop();
		p.nonce[first - 1] = keep;
	}
	print(name, "round1");
	for (size_t i = p.pkg.count; i-- > 0;) {
		unsigned id = p.pkg.list[i].id;
		int n = i == 0 ? turns : 1;

		while (n-- > 0) {
			struct frost_nonces keep = p.nonce[id - 1];

			start();
			must(frost_sign(&p.z[id - 1], &p.nonce[id - 1],
				 &p.share[id - 1], &p.roster, boot, &p.pkg),
			    RC_OK);
			stop();
			p.nonce[id - 1] = keep;
		}
	}
	print(name, "round2");
	for (int i = 0; i < turns; i++) {
		start();
		must(frost_session_open(&session, NULL, &p.roster, &p.pkg),
		    RC_OK);
		must(frost_aggregate(sig, &culprits, &session, &p.roster,
			 message, sizeof message, p.z),
		    RC_OK);
		stop();
	}
	print(name, "aggregate");
	for (int i = 0; i < turns; i++) {
		start();
		must(frost_share_check(
			 &session, &p.roster, first, &p.z[first - 1]),
		    RC_OK);
		stop();
	}
	print(name, "share");
	middle = p.pkg.list[p.pkg.count / 2].id;
	p.z[middle - 1].b[0] ^= 1;
	for (int i = 0; i < turns; i++) {
		start();
		must(frost_session_open(&session, NULL, &p.roster, &p.pkg),
		    RC_OK);
		must(frost_aggregate(sig, &culprits, &session, &p.roster,
			 message, sizeof message, p.z),
		    RC_SHARE_INVALID);
		stop();
		if (tree_set_count(&culprits) != 1 ||
		    !tree_set_has(&culprits, middle))
			abort();
	}
	print(name, "blame");
}

static void
flat(struct tree *t, unsigned k, unsigned n)
{
	uint8_t members[TREE_LEAVES_MAX];

	for (unsigned i = 0; i < n; i++)
		members[i] = (uint8_t)i;
	must(tree_init(t, n), RC_OK);
	must(tree_add_group(t, k, members, n), RC_OK);
	must(tree_finish(t, TREE_GROUP(0)), RC_OK);
}

static void
open_all(struct public_point *out, const struct point *p, unsigned n)
{
	struct public_point *to[TREE_COMMITMENTS_MAX];
	const struct point *from[TREE_COMMITMENTS_MAX];
	bool good[TREE_COMMITMENTS_MAX];

	for (unsigned i = 0; i < n; i++) {
		to[i] = &out[i];
		from[i] = &p[i];
	}
	if (!suite->public_open_each(to, good, from, n))
		abort();
}

/*
 * What ZF's part 3 does, on the functions that dkg.c and reshare.c use: every
 * dealer's share against its commitments, their sum, the roster from it. The
 * receiver is in the middle, as in bench-zf; its own dealing is among them.
 */
static void
part3(const char *name, const struct tree *tree, int turns)
{
	static struct point wire[FROST_PARTIES_MAX][TREE_COMMITMENTS_MAX];
	static struct public_point open[FROST_PARTIES_MAX]
				       [TREE_COMMITMENTS_MAX];
	static struct public_point sum[TREE_COMMITMENTS_MAX];
	static struct public_point y[TREE_LEAVES_MAX];
	static struct scalar got[FROST_PARTIES_MAX];
	struct scalar c[TREE_COMMITMENTS_MAX], s[TREE_LEAVES_MAX], share;
	struct frost_roster roster = {.suite = suite, .tree = *tree};
	unsigned n = tree->leaves, t = tree->commitments, me = n / 2 + 1;
	struct public_point want;
	struct point left, right;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < t; k++) {
			random_scalar(&c[k]);
			suite->point_base(&wire[i][k], &c[k]);
		}
		tree_shares(tree, suite, c, s);
		got[i] = s[me - 1];
	}
	for (int decode = 0; decode < 2; decode++) {
		for (int turn = 0; turn < turns; turn++) {
			if (decode)
				start();
			for (unsigned i = 0; i < n; i++)
				open_all(open[i], wire[i], t);
			if (!decode)
				start();
			/* the sum first; single dealers only if it fails */
			suite->scalar_set(&share, 0);
			memcpy(sum, open[0], sizeof sum);
			for (unsigned i = 0; i < n; i++) {
				suite->scalar_add(&share, &share, &got[i]);
				for (unsigned k = 0; i > 0 && k < t; k++)
					suite->public_add(&sum[k], &sum[k],
					    &open[i][k]);
			}
			tree_public_point(tree, suite, sum, me, &want);
			suite->public_close(&right, &want, 1);
			suite->point_base(&left, &share);
			if (memcmp(&left, &right, sizeof left) != 0)
				abort();
			must(tree_public_points(tree, suite, sum, y), RC_OK);
			suite->public_close(roster.share, y, n);
			suite->public_close(&roster.key, sum, 1);
			must(tree_public_check(tree, suite, &sum[0], y),
			    RC_OK);
			stop();
		}
		print(name, decode ? "part3-decode" : "part3");
	}
}

/* The ceremony's own calls, for one party: dealings checked, its shares
 * decrypted, all added up. */
static void
genesis(const char *name, const struct tree *tree)
{
	static struct dkg_ceremony ceremony;
	static struct dkg_dealing dealing[DKG_PARTIES_MAX];
	static struct dkg_key key[DKG_PARTIES_MAX];
	static struct point keys[DKG_PARTIES_MAX];
	static struct dkg_sum sum;
	static struct frost_roster roster;
	struct frost_key_share share;
	struct dkg_secret secret;
	uint8_t random[64];
	unsigned culprit;

	for (unsigned i = 0; i < tree->leaves; i++) {
		randombytes_buf(random, sizeof random);
		must(dkg_key_make(&key[i], random), RC_OK);
		keys[i] = key[i].p;
	}
	must(dkg_init(&ceremony, &culprit, &suite_ed25519, tree, keys, random, sizeof random),
	    RC_OK);
	for (unsigned i = 0; i < tree->leaves; i++) {
		randombytes_buf(random, sizeof random);
		dkg_secret_make(&secret, &ceremony, &key[i], random);
		must(dkg_deal(&dealing[i], &ceremony, i + 1, &key[i], &secret),
		    RC_OK);
	}
	start();
	dkg_sum_init(&sum, 1);
	for (unsigned i = 0; i < tree->leaves; i++)
		must(dkg_sum_add(&sum, &ceremony, &key[0], &dealing[i]),
		    RC_OK);
	must(dkg_finish(&roster, &share, &ceremony, &sum), RC_OK);
	stop();
	print(name, "genesis");
}

static void
reshare(const char *name, const struct tree *tree)
{
	static struct play before;
	static struct dkg_ceremony ceremony;
	static struct dkg_dealing dealing[DKG_PARTIES_MAX];
	static struct dkg_key key[DKG_PARTIES_MAX];
	static struct point keys[DKG_PARTIES_MAX];
	static struct frost_roster after;
	const uint8_t cost[TREE_LEAVES_MAX] = {0};
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}}, chosen;
	struct frost_key_share share;
	struct dkg_secret secret;
	uint8_t random[64];
	unsigned culprit;

	play_deal(&before, tree);
	if (!tree_minimal_set(tree, &all, cost, &chosen))
		abort();
	for (unsigned i = 0; i < tree->leaves; i++) {
		randombytes_buf(random, sizeof random);
		must(dkg_key_make(&key[i], random), RC_OK);
		keys[i] = key[i].p;
	}
	must(reshare_init(
		 &ceremony, &culprit, &before.roster, tree, keys, random),
	    RC_OK);
	for (unsigned i = 0; i < tree->leaves; i++) {
		if (!tree_set_has(&chosen, i + 1))
			continue;
		must(reshare_dealer(&ceremony, i + 1, &keys[i]), RC_OK);
		randombytes_buf(random, sizeof random);
		reshare_secret_make(&secret, &ceremony, &key[i], random,
		    &before.share[i]);
		must(dkg_deal(&dealing[i], &ceremony, i + 1, &key[i], &secret),
		    RC_OK);
	}
	start();
	for (unsigned i = 0; i < tree->leaves; i++)
		if (tree_set_has(&chosen, i + 1))
			must(dkg_dealing_check(&ceremony, &dealing[i]), RC_OK);
	must(reshare_finish(&after, &share, &culprit, &ceremony,
		 &before.roster, &chosen, dealing, 1, &key[0]),
	    RC_OK);
	stop();
	print(name, "reshare");
	start();
	must(frost_roster_check(&before.roster), RC_OK);
	stop();
	print(name, "roster");
}

/* Seven of ten jurisdictions, in each seven of ten parties. */
static void
ten_by_ten(struct tree *t)
{
	uint8_t members[10];

	must(tree_init(t, 100), RC_OK);
	for (unsigned g = 0; g < 10; g++) {
		for (unsigned i = 0; i < 10; i++)
			members[i] = (uint8_t)(10 * g + i);
		must(tree_add_group(t, 7, members, 10), RC_OK);
	}
	for (unsigned g = 0; g < 10; g++)
		members[g] = TREE_GROUP(g);
	must(tree_add_group(t, 7, members, 10), RC_OK);
	must(tree_finish(t, TREE_GROUP(10)), RC_OK);
}

int
main(int argc, char **argv)
{
	static const struct {
		unsigned k, n;
	} quorums[] = {{2, 3}, {3, 5}, {5, 7}, {7, 10}, {34, 50}, {67, 100}};
	struct tree t;

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	(void)argv;
	edwards_vectors_most(argc > 1 ? EDWARDS_PLAIN : EDWARDS_IFMA);
	least = 1e18;
	for (size_t i = 0; i < sizeof quorums / sizeof *quorums; i++) {
		unsigned k = quorums[i].k, n = quorums[i].n;
		char name[16];

		snprintf(name, sizeof name, "%u/%u", k, n);
		flat(&t, k, n);
		signing(name, &t, k > 10 ? 20 : 60);
		part3(name, &t, k > 10 ? 3 : 20);
		genesis(name, &t);
		reshare(name, &t);
	}
	ten_by_ten(&t);
	signing("10x10", &t, 20);
	part3("10x10", &t, 3);
	genesis("10x10", &t);
	reshare("10x10", &t);
	return EXIT_SUCCESS;
}
