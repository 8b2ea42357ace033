/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's life with the power going at every instant of it.
 *
 * Each life is a list of things to do (install, hop, withdraw ...) that the
 * boot core does on flash_sim.h, power cycle after power cycle, until all is
 * done. It is lived once without a cut, to count the flash operations; then
 * again for each operation and each way in which it can be cut; then with
 * pairs and triples of cuts drawn at random. After every cut:
 *
 *   the device starts, and what it starts is a verified image, whole, in
 *   bytes that read the same for ever, and not below the floor;
 *   epoch, floor, trust revision, record generation and the confirmed image
 *   never go back, seen from outside;
 *   doing the same again finishes the life, and three more power cycles
 *   later it still stands.
 *
 *   power full|sample [SEED [UNIT [LIFE]]]   prints how many cuts of which
 *                                            kind; LIFE from 0
 */
#include "tests/device/boot_world.h"

/*
 * The same few signatures are checked in every life; each is really checked
 * once (the linker wraps the door), and its verdict kept by the digest of
 * everything that went in.
 */
enum rc __real_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);
enum rc __wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);

enum rc
__wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
{
	static struct {
		uint8_t of[32];
		enum rc rc;
	} known[64];
	static unsigned known_n;
	crypto_hash_sha256_state s;
	uint8_t of[32];
	unsigned i;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, sig, 64);
	crypto_hash_sha256_update(&s, key, 32);
	crypto_hash_sha256_update(&s, message, n);
	crypto_hash_sha256_final(&s, of);
	for (i = 0; i < known_n; i++)
		if (memcmp(known[i].of, of, 32) == 0)
			return known[i].rc;
	i = known_n < 64 ? known_n++ : 0;
	memcpy(known[i].of, of, 32);
	known[i].rc = __real_ed25519_verify(sig, key, message, n);
	return known[i].rc;
}

enum { CYCLES_MAX = 24, STEPS_MAX = 6, TRACE_MAX = 400, FATES_MAX = 3 };

enum what { INSTALL, INSTALL_BAD, HOP, RECOVER, HOP_EPOCH, WITHDRAW, END };
struct step {
	enum what what;
	enum world_image image;
};
struct life {
	const char *name;
	bool unborn; /* begins before the factory has written anything */
	struct step step[STEPS_MAX];
};

static const struct life lives[] = {
    {"first install", true, {{INSTALL, V1}, {END, 0}}},
    {"install and confirm", false, {{INSTALL, V2}, {END, 0}}},
    {"not confirmed, then the next", false,
	{{INSTALL_BAD, V2}, {INSTALL, V3}, {END, 0}}},
    {"hop, then install", false, {{HOP, 0}, {INSTALL, V2}, {END, 0}}},
    {"recovery, then install", false,
	{{RECOVER, 0}, {INSTALL, V2}, {END, 0}}},
    {"new epoch, counted from one", false,
	{{INSTALL, V3}, {HOP_EPOCH, 0}, {INSTALL, E2V1}, {END, 0}}},
    {"withdraw", false, {{WITHDRAW, 0}, {INSTALL, V3}, {END, 0}}},
};
enum { LIVES = sizeof lives / sizeof lives[0] };

struct op {
	uint32_t n; /* bytes */
};

static struct world w;
static struct sim born[LIVES], sim;
static struct boot_flash flash;
static struct boot b;
static const struct life *life;

/* What the world has seen of the device, and may not be taken back. */
static struct {
	uint32_t epoch, floor, generation, revision, good_epoch, good_sequence;
	bool bad_failed;
} seen;

static struct sim_fate fate[FATES_MAX];
static unsigned fate_n, fate_at, cycle_n, cut_bytes;
static uint32_t at_op[FATES_MAX];
static char where[256];
static unsigned long tried[4], torn[TURNS_OTHER + 1], parts[3], lives_lived,
    pairs_lived, cuts_done, starts, repeated,
    people;

static void
wrong(const char *what)
{
	unsigned i;

	fprintf(stderr, "power: %s: %s (%s, cycle %u)\n", life->name, what,
	    where, cycle_n);
	for (i = 0; i < fate_n; i++)
		fprintf(stderr, "  cut %u: op %u kind %d part %d tear %d done %u\n",
		    i, at_op[i], fate[i].cut, fate[i].part, fate[i].tear,
		    fate[i].done);
	exit(1);
}

/* ---- what must hold --------------------------------------------------- */

static uint32_t
revision_of(const uint8_t id[32])
{
	uint8_t first[32];

	text_id(first, &w.trust);
	if (memcmp(id, first, 32) == 0)
		return 1;
	if (memcmp(id, w.hop.id, 32) != 0 && memcmp(id, w.hop_epoch.id, 32) != 0)
		wrong("a trust text that nobody gave it");
	return 2;
}

static void
observe(void)
{
	const struct record *r = &b.store.record;
	uint32_t revision = revision_of(r->trust_id);

	if (r->epoch < seen.epoch ||
	    (r->epoch == seen.epoch && r->floor < seen.floor))
		wrong("epoch or floor went back");
	if (r->generation < seen.generation)
		wrong("the record went back");
	if (revision < seen.revision)
		wrong("the trust went back");
	seen.epoch = r->epoch;
	seen.floor = r->floor;
	seen.generation = r->generation;
	seen.revision = revision;
	if (r->good == RECORD_NONE)
		return;
	if (r->image[r->good].epoch < seen.good_epoch ||
	    (r->image[r->good].epoch == seen.good_epoch &&
		r->image[r->good].sequence < seen.good_sequence))
		wrong("the confirmed image went back");
	seen.good_epoch = r->image[r->good].epoch;
	seen.good_sequence = r->image[r->good].sequence;
}

/* The image in a slot that was given out to be started. */
static enum world_image
image_in(unsigned slot)
{
	uint32_t at = w.config.slot[slot].at;
	unsigned i;
	size_t j;

	for (i = 0; i < IMAGES; i++) {
		if (memcmp(sim.now + at, w.image[i], w.image_n[i]) != 0)
			continue;
		for (j = 0; j < w.image_n[i]; j++)
			if (sim.tear[at + j] != 0)
				wrong("an image that may read otherwise");
		return (enum world_image)i;
	}
	wrong("no image that was verified");
	return IMAGES;
}

/* ---- one life --------------------------------------------------------- */

static bool
installed(enum world_image image)
{
	const struct record *r = &b.store.record;

	return r->good != RECORD_NONE &&
	       memcmp(r->image[r->good].id, w.release[image].id, 32) == 0;
}

static bool
step_done(const struct step *s)
{
	switch (s->what) {
	case INSTALL:
		return installed(s->image) ||
		       b.store.record.epoch > (s->image == E2V1 ? 2 : 1);
	case INSTALL_BAD:
		return seen.bad_failed;
	case HOP:
	case RECOVER:
	case HOP_EPOCH:
		return seen.revision >= 2;
	case WITHDRAW:
		return seen.floor >= 3;
	default:
		return true;
	}
}

static enum rc
step_take(const struct step *s)
{
	switch (s->what) {
	case HOP:
		return world_take(&b, &w.hop.b, NULL, 0, false);
	case RECOVER:
		return world_take(&b, &w.recovery.b, NULL, 0, true);
	case HOP_EPOCH:
		return world_take(&b, &w.hop_epoch.b, NULL, 0, false);
	case WITHDRAW:
		return world_take(&b, &w.withdraw.b, NULL, 0, false);
	default: /* after three trials that were cut, a person */
		if (b.store.record.tries >= BOOT_TRIES_MAX)
			people++;
		return world_take(&b, &w.release[s->image].b,
		    w.image[s->image], w.image_n[s->image],
		    b.store.record.tries >= BOOT_TRIES_MAX);
	}
}

/* The image runs: it says so, or it does not. */
static void
application(unsigned slot)
{
	static struct records s;
	enum world_image image = image_in(slot);
	const struct step *step;

	starts++;
	for (step = life->step; step->what != END; step++)
		if (step->what == INSTALL_BAD && step->image == image)
			return;
	if (boot_confirm(&s, &w.config, &flash, slot) != RC_OK)
		wrong("the application cannot confirm");
}

/* One power cycle. True when there is nothing left to do. */
static bool
power_cycle(void)
{
	const struct step *s;
	unsigned slot;
	enum rc rc = boot_open(&b, &w.config, &flash);

	if (rc == RC_RECORD && life->unborn && seen.generation == 0) {
		/* RC_PROVISIONED: a torn record read well now, and was made
		 * sure of */
		rc = world_provision(&b, &w, &flash, NULL);
		if (rc != RC_OK && rc != RC_PROVISIONED)
			wrong("it cannot be provisioned");
		rc = boot_open(&b, &w.config, &flash);
	}
	if (rc != RC_OK)
		wrong("no record");
	observe();
	if (b.trial == RC_UNCONFIRMED &&
	    memcmp(b.store.record.image[b.store.record.trial].id,
		w.release[V2].id, 32) == 0)
		seen.bad_failed = true;
	for (s = life->step; s->what != END; s++) {
		if (step_done(s))
			continue;
		rc = step_take(s);
		if (rc != RC_OK) {
			snprintf(where, sizeof where, "rc %d in step %d",
			    (int)rc, (int)(s - life->step));
			wrong("what was cut does not finish");
		}
		observe();
		if (!step_done(s))
			break;
	}
	rc = boot_choose(&b, &slot);
	if (rc != RC_OK) {
		snprintf(where, sizeof where, "rc %d, slots %d %d, state %#x",
		    (int)rc, (int)b.slot_rc[0], (int)b.slot_rc[1],
		    b.store.record.state);
		wrong("nothing to start");
	}
	observe();
	application(slot);
	return s->what == END;
}

/* From the state of `from`, with up to three cuts; true when it is over. */
static void
live(const struct life *l, const struct sim *from)
{
	volatile unsigned after = 0; /* cycles since all was done */

	life = l;
	sim = *from;
	flash = sim_flash(&sim);
	memset(&seen, 0, sizeof seen);
	fate_at = 0;
	sim.ops = 0;
	for (cycle_n = 0; cycle_n < CYCLES_MAX && after < 4; cycle_n++) {
		sim_on(&sim);
		memset(&sim.fate, 0, sizeof sim.fate);
		if (fate_at < fate_n)
			sim.fate = fate[fate_at];
		if (setjmp(sim.off) == 0) {
			if (power_cycle())
				after++;
			/* a reset: what is left of the fate goes on */
			if (fate_at < fate_n)
				fate[fate_at].op = sim.fate.op;
		} else {
			cuts_done++;
			cut_bytes = sim.op_bytes;
			at_op[fate_at++] = sim.ops;
			after = 0;
		}
	}
	if (after < 4)
		wrong("it never ends");
	repeated += sim.repeated;
	lives_lived++;
}

/* ---- all lives -------------------------------------------------------- */

/* Without a cut, operation by operation. */
static unsigned
trace(const struct life *l, const struct sim *from, struct op *op)
{
	unsigned n = 0;

	for (;; n++) {
		fate_n = 1;
		fate[0] = (struct sim_fate){.op = n + 1, .cut = CUT_BEFORE};
		live(l, from);
		if (fate_at == 0)
			return n; /* the life is shorter: it never came */
		if (n == TRACE_MAX)
			wrong("longer than the trace");
		op[n] = (struct op){cut_bytes};
	}
}

static void
one(const struct life *l, const struct sim *from, const struct sim_fate *f)
{
	fate_n = 1;
	fate[0] = *f;
	live(l, from);
	tried[f->cut]++;
	if (f->cut == CUT_INSIDE) {
		torn[f->tear]++;
		parts[f->part]++;
	}
}

static void
draw(struct sim_fate *f, struct sim *random, uint32_t ops, const struct op *op)
{
	uint32_t n;

	memset(f, 0, sizeof *f);
	f->op = 1 + sim_draw(random, ops);
	n = op != NULL ? op[f->op - 1].n : 1024;
	f->cut = sim_draw(random, 8) == 0 ? CUT_BEFORE + sim_draw(random, 2)
					  : CUT_INSIDE;
	f->tear = STEADY + sim_draw(random, 5);
	f->part = sim_draw(random, 3);
	/* often all of it, or nearly: a write that reads as done */
	f->done = sim_draw(random, 3) == 0 ? n : sim_draw(random, n + 1);
}

/* Every operation, every way. step: bytes from one prefix to the next. */
static void
every(const struct life *l, const struct sim *from, const struct op *op,
    unsigned op_n, uint32_t step)
{
	struct sim_fate f;
	unsigned i, again;

	memset(&f, 0, sizeof f);
	for (i = 0; i < op_n; i++) {
		uint32_t fine = op[i].n > 512 ? 16 * step : step, stride;

		f.op = i + 1;
		for (f.cut = CUT_BEFORE; f.cut <= CUT_AFTER; f.cut++)
			one(l, from, &f);
		f.cut = CUT_INSIDE;
		for (f.tear = STEADY; f.tear <= TURNS_OTHER; f.tear++) {
			/* every prefix; what reads whole or not at all differs
			 * less from one to the next */
			stride = f.tear < COIN || fine > 16 ? fine : 16 * fine;
			for (f.part = PART_PREFIX; f.part <= PART_SUFFIX; f.part++)
				for (f.done = 0; f.done <= op[i].n;
				     f.done += stride)
					one(l, from, &f);
			f.part = PART_PREFIX;
			f.done = op[i].n;
			for (again = 0; again < (step < 128 ? 4 : 1); again++)
				one(l, from, &f);
			f.part = PART_RANDOM;
			for (again = 0; again < (step < 128 ? 8 : 2); again++)
				one(l, from, &f);
		}
	}
}

int
main(int argc, char **argv)
{
	static struct op op[TRACE_MAX + 1];
	bool full = argc > 1 && strcmp(argv[1], "full") == 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	static const uint32_t units[] = {8, 32, 1, 256};
	unsigned long left;
	struct sim random;
	unsigned u, i, j, n, ops;

	if (argc < 2 || sodium_init() < 0)
		return 2;
	world_make(&w);
	sim_init(&random, WORLD_SECTOR, 8, seed);
	for (u = 0; u < (full ? 4 : 1); u++) {
		if (argc > 3 && units[u] != strtoul(argv[3], NULL, 10))
			continue;
		for (i = 0; i < LIVES; i++) {
			static const struct life first = {
			    "v1", true, {{INSTALL, V1}, {END, 0}}};

			if (argc > 4 && i != strtoul(argv[4], NULL, 10))
				continue;
			sim_init(&sim, WORLD_SECTOR, units[u], seed + i);
			sim.locked_from = w.config.record[0].at;
			sim.locked_to = w.config.confirm.at;
			fate_n = 0;
			born[i] = sim;
			if (!lives[i].unborn) {
				live(&first, &born[i]);
				born[i] = sim;
			}
			ops = trace(&lives[i], &born[i], op);
			every(&lives[i], &born[i], op, ops,
			    full ? (u == 0 ? 1 : 16) : 512);
			for (left = full ? 10000 : 250; left > 0; left--) {
				n = 2 + (left % 4 == 0);
				for (j = 0; j < n; j++)
					draw(&fate[j], &random,
					    j == 0 ? ops : 16,
					    j == 0 ? op : NULL);
				fate_n = n;
				live(&lives[i], &born[i]);
				pairs_lived++;
			}
			printf("unit %3u  %-30s %3u operations\n", units[u],
			    lives[i].name, ops);
			fflush(stdout);
		}
	}
	printf("single cuts: %lu before, %lu after, %lu inside\n",
	    tried[CUT_BEFORE], tried[CUT_AFTER], tried[CUT_INSIDE]);
	printf("inside: %lu prefixes, %lu suffixes, %lu random bits; they read "
	       "%lu steadily, %lu bit by bit, %lu as by a coin, %lu in turns\n",
	    parts[0], parts[1], parts[2], torn[STEADY], torn[BITS], torn[COIN],
	    torn[TURNS] + torn[TURNS_OTHER]);
	printf("two or three cuts, drawn: %lu lives\n", pairs_lived);
	printf("a person was asked for after three trials that were cut: %lu\n",
	    people);
	printf("power: %lu lives, %lu cuts, %lu starts, all of verified images; "
	       "%lu units finished with the same bytes\n",
	    lives_lived, cuts_done, starts, repeated);
	return 0;
}
