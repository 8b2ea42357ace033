/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/verify.h"
#include "verify/mem.h"
#include "verify/tick.h"

/*
 * The decision, top to bottom, in the order in which the bytes come:
 *
 *   text        kind, authority, epoch, product, order, components
 *   lines       each signature as its line ends; then the signing quorum
 *   proof       index and path, kept until the tree size is known
 *   checkpoint  log and witnesses as their lines end
 *   the end     log, witness quorum, inclusion, clock
 *
 * While the path is read the text is gone: what is needed of it has been
 * copied to v->out by then. What only trust files need is in hop.c.
 *
 * Against a processor that is made to skip an instruction: whatever decides
 * is gone through twice, from the bytes on, and both results are added to
 * v->flow, as is the result of every signature that was checked. A good file
 * adds up to FLOW_GOOD, and verify_finish makes RC_OK of that sum. A branch
 * not taken changes what happens next; it does not change the sum. Inside
 * this file RC_MORE says that all is well so far; RC_OK is said once.
 */

enum {
	S_TEXT,
	S_LINE_START, /* in the note's signature section */
	S_LINE,
	S_PROOF,
	S_CHECKPOINT,
	S_COSIGN_START, /* as S_LINE_START and S_LINE, of four further */
	S_COSIGN,
};

/* text, quorum, inclusion and end, twice each */
#define FLOW_GOOD (UINT32_C(8) * RC_MORE)

static bool
same(const void *a, const void *b)
{
	return memcmp(a, b, 32) == 0;
}

/* Where the text, or the proof's line or the checkpoint, is collected. */
static uint8_t *
buffer(struct verify *v)
{
	if (v->state >= S_PROOF)
		return v->u.text + VERIFY_PATH_MAX * 32 + COSIGNATURE_HEAD_MAX;
	return v->out.kind == VERIFIED_TRUST ? v->device->page : v->u.text;
}

void
verify_init_release(
    struct verify *v, const struct trust *t, const struct verify_device *d)
{
	memset(v, 0, sizeof *v);
	v->trust = t;
	v->device = d;
	v->room = VERIFY_TEXT_MAX;
	merkle_leaf_init(&v->leaf);
	v->rc = (t->kind != TRUST_VENDOR && t->kind != TRUST_OWNER) ||
			d->product_n > DEVICE_PRODUCTS_MAX ||
			d->component_n > DEVICE_COMPONENTS_MAX
		    ? RC_DEVICE
		    : RC_MORE;
}

void
verify_init(
    struct verify *v, const struct trust *t, const struct verify_device *d)
{
	verify_init_release(v, t, d);
	v->hop = verify_hop;
}

/* Decide twice; the refusal, or RC_MORE. */
static enum rc
twice(struct verify *v, verify_reader *decide, unsigned what)
{
	enum rc rc = RC_MORE;
	unsigned pass;

	for (pass = 0; pass < 2 && rc == RC_MORE; pass++) {
		rc = decide(v, what, pass);
		v->flow += rc;
	}
	return rc;
}

/* ---- text ------------------------------------------------------------- */

static const struct device_product *
product_find(const struct verify *v, struct slice name)
{
	const struct device_product *p = v->device->product;
	const struct device_product *end = p + v->device->product_n;

	while (p < end && !slice_equal(p->name, name))
		p++;
	return p < end ? p : NULL;
}

/* What counts of a record: a release of a later epoch starts from nothing. */
static uint32_t
if_current(
    const struct verify *v, const struct device_product *p, uint32_t value)
{
	return v->trust->epoch > p->epoch ? 0 : value;
}

/* Beside the count of components: a product that is required is missing. */
enum { REQUIRED = 0x100 };

/* The first line is there. */
static enum rc
kind_decide(struct verify *v)
{
	enum release_kind kind = release_kind(v->u.text);
	bool owner = v->trust->kind == TRUST_OWNER;

	if (kind == RELEASE_RELEASE)
		v->out.kind = owner ? VERIFIED_ENDORSEMENT : VERIFIED_RELEASE;
	else if (owner)
		return RC_KIND;
	else if (kind == RELEASE_WITHDRAW)
		v->out.kind = VERIFIED_WITHDRAW;
	else
		return v->hop == NULL ? RC_KIND : v->hop(v, HOP_KIND, 0);
	return RC_MORE;
}

static uint32_t
installed_of(const struct verify *v, const struct device_product *p)
{
	return if_current(v, p, p->sequence);
}

/* A line that is as it should be, and of which there may be several. */
static void
line_count(struct verify *v, const struct line *l, unsigned *found)
{
	const struct verify_device *d = v->device;
	const struct device_product *p;
	unsigned i;

	if (l->rule == RELEASE_RULE_PAYLOAD)
		for (i = 0; i < d->component_n; i++) {
			struct verified_payload *out = &v->out.payload[i];

			if (!slice_equal(l->field[0], d->component[i]))
				continue;
			out->size = l->number[0];
			*found += slice_bytes(
			    l->field[2], out->sha256, SLICE_HEX | 32);
		}
	if (l->rule == RELEASE_RULE_REQUIRES) {
		p = product_find(v, l->field[0]);
		if (p == NULL || installed_of(v, p) < (uint32_t)l->number[0])
			*found |= REQUIRED;
	}
}

/*
 * The device's own objections come after those to the text, in the order of
 * the lines that they are about.
 */
static APART enum rc
release_decide(struct verify *v)
{
	const struct verify_device *d = v->device;
	const struct trust *t = v->trust;
	bool owner = t->kind == TRUST_OWNER;
	const struct device_product *p;
	uint32_t sequence, installed;
	const uint8_t *authority;
	struct release_walk w;
	unsigned found = 0;
	struct line l;
	enum rc rc;

	release_begin_device(&w, v->u.text, v->text_n,
	    v->out.kind == VERIFIED_WITHDRAW);
	while ((rc = release_next(&w, &l)) == RC_OK)
		if (!owner)
			line_count(v, &l, &found);
	if (rc != RC_MORE)
		return rc;

#define NUMBER(rule) (uint32_t)w.said[RELEASE_RULE_##rule].number[0]
#define NAME(rule)   w.said[RELEASE_RULE_##rule].name
	v->out.epoch = NUMBER(AUTHORITY);
	v->out.sequence = sequence = NUMBER(SEQUENCE);
	authority = trust_name_at(t->page);
	if (owner) { /* `for`, the next line */
		while (*authority++ != '\n')
			;
		authority += sizeof "for " - 1;
	}
	if (!policy_same(NAME(AUTHORITY).p, authority))
		return RC_AUTHORITY;
	if (owner) /* judged as a release when its file comes */
		return RC_MORE;
	if (v->out.epoch != t->epoch)
		return RC_EPOCH;
	p = product_find(v, NAME(PRODUCT));
	if (p == NULL)
		return RC_PRODUCT;
	v->out.product = (uint8_t)(p - d->product);
	if (p->epoch > t->epoch)
		return RC_EPOCH; /* an old trust page? */
	v->out.floor = NUMBER(FLOOR_ALONE);
	if (v->out.kind == VERIFIED_WITHDRAW)
		return RC_MORE;
	v->out.floor = NAME(FLOOR).n > 0 ? NUMBER(FLOOR) : sequence;
	v->expires = w.said[RELEASE_RULE_EXPIRES].number[0];
	v->out.component_n = d->component_n;
	/* anti-rollback: order is (epoch, sequence) and floor */
	if (sequence < if_current(v, p, p->floor))
		return RC_SEQUENCE_LOW;
	if (!d->installed_unknown) {
		installed = installed_of(v, p);
		if (sequence == installed && !same(v->out.id, p->id))
			return RC_SEQUENCE_SAME;
		if (NAME(FROM).n > 0 &&
		    (installed < NUMBER(FROM) ||
			installed > w.said[RELEASE_RULE_FROM].number[1]))
			return RC_FROM;
		if (found & REQUIRED)
			return RC_REQUIRES;
	}
	return (found & ~REQUIRED) == d->component_n ? RC_MORE : RC_COMPONENT;
#undef NUMBER
#undef NAME
}

/* Both passes must read the same: what they read is added and taken away. */
static enum rc
text_decide(struct verify *v, unsigned what, unsigned pass)
{
	const size_t n = offsetof(struct verify, note_n) -
	    offsetof(struct verify, introduced);
	uint32_t sum;
	enum rc rc;

	/* nobody has signed yet, whatever was written astray so far */
	memset(v->mask, 0, sizeof v->mask);
	text_sha256(v->out.id, buffer(v), v->text_n);
	rc = v->out.kind == VERIFIED_TRUST ? v->hop(v, HOP_TEXT, pass)
					   : release_decide(v);
	sum = words_sum(&v->introduced, n);
	v->flow += pass == what ? sum : -sum;
	return rc;
}

/* ---- signature lines -------------------------------------------------- */

/* The place of the key of the mask's list that the line is by, or -1. No two
 * are alike (trust.c). */
static int
key_find(struct vkey *k, const struct verify *v, enum verify_mask which)
{
	const struct trust *t = which > MASK_HELD ? &v->u.next : v->trust;
	int list = which & 3, i = t->count[list];

	while (--i >= 0) {
		memset(k, 0, sizeof *k); /* not the key of the one before */
		(void)trust_key_read(k, t, (unsigned)(32 * list + i));
		if (sigline_by(&v->sig, k))
			break;
	}
	return i;
}

/*
 * The halves of a mask come about apart: the second from another look for the
 * key, and from the result, which is read again. No register holds the
 * place of a mask while a key is read, where a skipped instruction would have
 * the key's name written to it.
 */
enum rc
verify_line_by(struct verify *v, enum verify_mask which)
{
	volatile unsigned own = which;
	volatile enum rc first, again;
	struct vkey k;
	int i = key_find(&k, v, which), twin;

	if (i < 0)
		return RC_MORE;
	/* a known pair must verify and come once */
	if (v->mask[own][0] >> i & 1)
		return RC_SIGLINE_REPEATED;
	/* a cosigner's key, which comes once the path is used, writes a time */
	first = again = sigline_verify(
	    &v->sig, &k, buffer(v), v->text_n, &v->u.time[i]);
	v->flow += first ^ RC_OK;
	twin = key_find(&k, v, (enum verify_mask)own);
	/* first this one, so that no compiler knows what RC_OK is below; and no
	 * register has this 1 */
	if (again == RC_OK)
		v->mask[own][1] |= (((uint32_t)again ^ RC_OK) + 1) << twin;
	if (first != RC_OK)
		return first;
	v->mask[own][0] |= (uint32_t)1 << i;
	return RC_MORE;
}

static enum rc
line_decide_signer(struct verify *v)
{
	const struct slice name = {v->sig.name, v->sig.name_n};
	enum rc rc = RC_MORE;

	if (v->state < S_PROOF)
		return v->out.kind == VERIFIED_TRUST
			   ? v->hop(v, HOP_LINE, 0)
			   : verify_line_by(v, (enum verify_mask)LIST_SIGNERS);
	/* only a key whose name is the origin may sign as the log */
	if (slice_equal(name, policy_name(buffer(v), 0)))
		rc = verify_line_by(v, (enum verify_mask)LIST_LOGS);
	return rc == RC_MORE ? verify_line_by(v, (enum verify_mask)LIST_COSIGNERS) : rc;
}

uint8_t
verify_bits(uint32_t mask)
{
	uint8_t n = 0;

	for (; mask != 0; mask &= mask - 1)
		n++;
	return n;
}

/* All signature lines of the note have been read. */
static enum rc
quorum_decide(struct verify *v, unsigned what, unsigned pass)
{
	const struct verify_device *d = v->device;
	bool hop = v->out.kind == VERIFIED_TRUST;
	enum trust_tree tree = hop ? TREE_ROOTS : TREE_SIGNERS;
	uint32_t mask = v->mask[tree][pass];

	(void)what;
	v->out.signers = verify_bits(mask);
	if (!trust_satisfied(v->trust, tree, mask))
		return hop ? RC_ROOT_QUORUM : RC_QUORUM;
	if (hop)
		return v->hop(v, HOP_QUORUM, pass);
	if (v->out.kind == VERIFIED_RELEASE && d->owner != NULL &&
	    (d->endorsed == NULL || !same(d->endorsed, v->out.id)))
		return RC_ENDORSEMENT;
	return RC_MORE;
}

/* ---- proof and checkpoint --------------------------------------------- */

/* A line with its LF: the first two together, then the path's hashes. An
 * `extra` line is refused. */
static enum rc
proof_line(struct verify *v, const uint8_t *line)
{
	static const char head[] = "c2sp.org/tlog-proof@v1\nindex ";
	const size_t head_n = sizeof head - 1;
	size_t n = v->text_n;

	if (v->line_n < 2) {
		v->line_n++;
		if (memcmp(line, head, n < head_n ? n : head_n) != 0)
			return RC_PROOF;
		if (n < head_n)
			return RC_MORE;
		v->text_n = 0;
		return slice_number((struct slice){line + head_n, n - 1 - head_n},
			   'D', &v->out.index) == RC_OK
			   ? RC_MORE
			   : RC_PROOF;
	}
	v->text_n = 0;
	if (n == 1) {
		v->state = S_CHECKPOINT;
		v->room = CHECKPOINT_TEXT_MAX;
		v->line_n = 0;
		return RC_MORE;
	}
	if (v->path_n == VERIFY_PATH_MAX)
		return RC_PROOF_DEPTH;
	return slice_bytes((struct slice){line, n - 1},
		   v->u.text + 32 * (size_t)v->path_n++, 32)
		   ? RC_MORE
		   : RC_PROOF;
}

/* Tree size and root are known: the path can be climbed. What comes of it is
 * said at the end, after log and witnesses. */
static enum rc
inclusion_decide(struct verify *v, unsigned what, unsigned pass)
{
	struct checkpoint c;
	uint8_t root[32];
	enum rc rc = checkpoint_plain(&c, buffer(v), v->text_n);

	(void)what;
	if (rc != RC_OK)
		return rc;
	v->out.tree_size = c.size;
	v->included[pass] = RC_INCLUSION;
	if (merkle_root_from_path(root, v->leaf_hash, v->out.index, c.size,
		v->u.text, v->path_n) == RC_OK &&
	    same(root, c.root))
		v->included[pass] = RC_MORE;
	return RC_MORE;
}

/* ---- the end ---------------------------------------------------------- */

/*
 * The largest T at which cosigners with time >= T satisfy the quorum; 0 where
 * all of them together do not. The earliest is dropped until it is lost.
 */
static uint64_t
proof_time(const struct verify *v, uint32_t mask)
{
	uint64_t best = 0;

	while (trust_satisfied(v->trust, TREE_COSIGNERS, mask)) {
		unsigned i, earliest = 0;

		best = UINT64_MAX;
		for (i = 0; i < TRUST_COSIGNERS_MAX; i++)
			if (mask >> i & 1 && v->u.time[i] < best) {
				best = v->u.time[i];
				earliest = i;
			}
		mask &= ~((uint32_t)1 << earliest);
	}
	return best;
}

static enum rc
clock_decide(const struct verify *v)
{
	const struct verify_device *d = v->device;
	uint64_t now = d->time, seen = v->out.proof_time;

	if (now == 0)
		return RC_MORE;
	/* 0, never, is the largest of all after a step down */
	if (v->out.kind == VERIFIED_RELEASE && now > v->expires - 1)
		return RC_EXPIRED;
	if (seen > now)
		return seen - now > PROOF_AHEAD_MAX_S ? RC_PROOF_FUTURE
						      : RC_MORE;
	return v->out.kind != VERIFIED_TRUST &&
		       now - seen > d->max_proof_age_s &&
		       d->max_proof_age_s != 0
		   ? RC_PROOF_OLD
		   : RC_MORE;
}

static enum rc
end_decide(struct verify *v, unsigned what, unsigned pass)
{
	uint32_t witnesses = v->mask[LIST_COSIGNERS][pass];
	enum rc rc;

	if (v->state == S_COSIGN_START && v->line_n > 0) {
		v->out.witnesses = verify_bits(witnesses);
		v->out.proof_time = proof_time(v, witnesses);
		if (v->mask[LIST_LOGS][pass] == 0)
			return RC_LOG;
		if (v->out.proof_time == 0)
			return RC_WITNESS_QUORUM;
		if (v->included[pass] != RC_MORE)
			return RC_INCLUSION;
		return clock_decide(v);
	}
	/* the note ended and nothing follows: an endorsement, or a recovery */
	if (v->state != S_LINE_START)
		return RC_TRUNCATED;
	if (v->line_n == 0)
		return RC_SIGLINE;
	rc = quorum_decide(v, what, pass);
	if (rc != RC_MORE)
		return rc;
	v->flow += 2 * RC_MORE; /* quorum, and for an inclusion */
	if (v->out.kind == VERIFIED_ENDORSEMENT)
		return RC_MORE;
	return v->out.kind == VERIFIED_TRUST ? v->hop(v, HOP_ALONE, pass)
					     : RC_TRUNCATED;
}

/* ---- bytes ------------------------------------------------------------ */

static APART enum rc
collect(struct verify *v, uint8_t c)
{
	uint8_t *b = buffer(v);
	size_t n = v->text_n;

	/* the empty line after text or checkpoint */
	if (c == '\n' && n > 0 && b[n - 1] == '\n' && v->state != S_PROOF)
		return twice(v, v->state++ == S_TEXT ? text_decide
						     : inclusion_decide,
		    0);
	if (n == v->room)
		return v->state == S_TEXT    ? RC_TEXT_LONG
		       : v->state == S_PROOF ? RC_PROOF
					     : RC_CHECKPOINT;
	b[n] = c;
	v->text_n++;
	if (c != '\n')
		return RC_MORE;
	if (v->state == S_PROOF)
		return proof_line(v, b);
	return v->out.kind == 0 ? kind_decide(v) : RC_MORE;
}

static enum rc
note_end(struct verify *v)
{
	enum rc rc;

	sha256_final(&v->leaf, v->leaf_hash);
	if (v->line_n == 0)
		return RC_SIGLINE;
	if (v->out.kind == VERIFIED_ENDORSEMENT)
		return RC_TRAILING;
	rc = twice(v, quorum_decide, 0);
	v->state = S_PROOF;
	v->room = 64; /* a hash is 44, the first two lines 46 at most */
	v->text_n = 0;
	v->line_n = 0;
	return rc;
}

static enum rc
step(struct verify *v, uint8_t c)
{
	unsigned most =
	    v->state >= S_PROOF ? CHECKPOINT_SIGLINES_MAX : NOTE_SIGLINES_MAX;
	unsigned where = v->state & 3;
	enum rc rc;

	if (where == S_LINE_START) {
		if (c == '\n' && v->state == S_LINE_START)
			return note_end(v);
		if (v->line_n++ == most)
			return RC_SIGLINES_MANY;
		sigline_init(&v->sig);
		v->state++;
	} else if (where != S_LINE) {
		return collect(v, c);
	}
	rc = sigline_feed(&v->sig, c);
	if (rc != RC_OK)
		return rc;
	v->state--;
	return line_decide_signer(v);
}

enum rc
verify_feed(struct verify *v, const uint8_t *bytes, size_t n)
{
	for (; v->rc == RC_MORE && n > 0; n--, bytes++) {
		v->rc = step(v, *bytes);
		v->flow += v->rc - RC_MORE;
		/* the note is the leaf, but for the LF that ends it */
		if (v->state < S_PROOF) {
			sha256_update(&v->leaf, bytes, 1);
			if (++v->note_n > NOTE_BYTES_MAX)
				v->rc = RC_NOTE_LONG;
		}
	}
	return v->rc;
}

enum rc
verify_finish(struct verify *v, struct verified *out)
{
	volatile uint32_t flow;

	memset(out, 0, sizeof *out);
	if (v->rc == RC_MORE)
		v->rc = twice(v, end_decide, 0);
	if (v->rc != RC_MORE)
		return v->rc;
	v->rc = RC_STATE; /* a file is decided once */
	flow = v->flow;
	if (flow != FLOW_GOOD)
		return RC_FAULT;
	*out = v->out;
	/* whoever came here past the branch above returns no RC_OK */
	return (enum rc)(flow - FLOW_GOOD + RC_OK);
}
