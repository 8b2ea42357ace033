/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/verify.h"
#include "verify/mem.h"

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
 * copied to v->out by then.
 */

enum {
	S_TEXT,
	S_LINE_START, /* in the note's signature section */
	S_LINE,
	S_PROOF,
	S_CHECKPOINT,
	S_COSIGN_START,
	S_COSIGN,
};
enum { K_NONE, K_RELEASE, K_WITHDRAW, K_TRUST, K_ENDORSEMENT };

/* Where path, proof lines and checkpoint lie in the buffer. */
static uint8_t *
area(struct verify *v)
{
	return v->u.text + VERIFY_PATH_MAX * 32 + COSIGNATURE_HEAD_MAX;
}

static uint8_t *
text_buffer(struct verify *v)
{
	return v->kind == K_TRUST ? v->device->page : v->u.text;
}

void
verify_init(
    struct verify *v, const struct trust *t, const struct verify_device *d)
{
	memset(v, 0, sizeof *v);
	v->trust = t;
	v->device = d;
	v->rc = RC_MORE;
	merkle_leaf_init(&v->leaf);
	if ((t->kind != TRUST_VENDOR && t->kind != TRUST_OWNER) ||
	    d->product_n > DEVICE_PRODUCTS_MAX ||
	    d->component_n > DEVICE_COMPONENTS_MAX)
		v->rc = RC_DEVICE;
}

/* ---- text ------------------------------------------------------------- */

/* The effective record: a release of a later epoch starts from nothing. */
static void
record_now(const struct verify *v, unsigned product, uint32_t *floor,
    uint32_t *installed)
{
	const struct device_product *p = &v->device->product[product];
	bool later = v->trust->epoch > p->epoch;

	*floor = later ? 0 : p->floor;
	*installed = later ? 0 : p->sequence;
}

static bool
product_find(const struct verify *v, struct slice name, unsigned *index)
{
	for (*index = 0; *index < v->device->product_n; (*index)++)
		if (slice_equal(v->device->product[*index].name, name))
			return true;
	return false;
}

static enum rc
requires_check(const struct verify *v, const struct line *l)
{
	uint32_t floor, installed;
	unsigned i;

	if (!product_find(v, l->field[0], &i))
		return RC_REQUIRES;
	record_now(v, i, &floor, &installed);
	return installed >= l->number[0] ? RC_OK : RC_REQUIRES;
}

/* Anti-rollback: order is (epoch, sequence) and floor, nothing else. */
static enum rc
order_check(struct verify *v, const struct release *r)
{
	const struct device_product *p = &v->device->product[v->out.product];
	uint32_t floor, installed;
	struct walk w;
	struct line l;
	enum rc rc;

	record_now(v, v->out.product, &floor, &installed);
	if (r->sequence < floor)
		return RC_SEQUENCE_LOW;
	if (v->device->installed_unknown)
		return RC_OK;
	if (r->sequence == installed && memcmp(v->out.id, p->id, 32) != 0)
		return RC_SEQUENCE_SAME;
	if (r->has_from &&
	    (installed < r->from_low || installed > r->from_high))
		return RC_FROM;
	rc = walk_init(&w, v->u.text, v->text_n, "quorate/release@v1",
	    release_rules, release_rule_n, READER_DEVICE);
	while (rc == RC_OK) {
		rc = line_next_of(&w, RELEASE_RULE_REQUIRES, &l);
		if (rc == RC_OK)
			rc = requires_check(v, &l);
	}
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
release_decide(struct verify *v)
{
	const struct verify_device *d = v->device;
	struct release r;
	unsigned i;
	enum rc rc = release_parse(&r, v->u.text, v->text_n, READER_DEVICE);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(r.authority, trust_name(v->trust)))
		return RC_AUTHORITY;
	if (r.epoch != v->trust->epoch)
		return RC_EPOCH;
	if (!product_find(v, r.product, &i))
		return RC_PRODUCT;
	if (d->product[i].epoch > r.epoch) /* an old trust page */
		return RC_EPOCH;
	v->out.product = (uint8_t)i;
	v->out.epoch = r.epoch;
	v->out.sequence = r.sequence;
	v->out.floor = r.floor;
	v->expires = r.expires;
	if (r.withdraw)
		return RC_OK;
	v->out.component_n = d->component_n;
	rc = order_check(v, &r);
	for (i = 0; rc == RC_OK && i < d->component_n; i++)
		rc = release_payload(v->u.text, v->text_n, d->component[i],
		    &v->out.payload[i].size, v->out.payload[i].sha256);
	return rc;
}

/* An endorsement is a release text of the vendor that the owner is for. */
static enum rc
endorsement_decide(struct verify *v)
{
	struct slice name = trust_name(v->trust), vendor;
	struct release r;
	enum rc rc = release_parse(&r, v->u.text, v->text_n, READER_DEVICE);

	vendor = policy_name(v->trust->page,
	    (uint16_t)(name.p + name.n - v->trust->page + 5)); /* LF for SP */
	if (rc == RC_OK && !slice_equal(r.authority, vendor))
		rc = RC_AUTHORITY;
	v->out.epoch = r.epoch;
	v->out.sequence = r.sequence;
	return rc;
}

static bool
key_equal(const struct vkey *a, const struct vkey *b)
{
	return a->type == b->type && slice_equal(a->name, b->name) &&
	       memcmp(a->key, b->key, 32) == 0;
}

/* Whether the key is in a list of a trust text, by vkey. */
static bool
key_listed(const struct trust *t, enum trust_list list, const struct vkey *k)
{
	struct vkey other;
	unsigned i;

	for (i = 0; i < trust_count(t, list); i++) {
		trust_key(&other, t, list, i);
		if (key_equal(&other, k))
			return true;
	}
	return false;
}

/* The `previous` of a text that trust_read took: its fourth value. */
static bool
previous_is(const struct trust *t, const uint8_t id[static 32])
{
	const uint8_t *p = t->page;
	uint8_t previous[32];
	unsigned lines;

	for (lines = 0; lines < 4; p++)
		lines += *p == '\n';
	return slice_hex(policy_name(t->page,
			     (uint16_t)(p - t->page + 9)), /* previous SP */
		   previous, 32) &&
	       memcmp(previous, id, 32) == 0;
}

static enum rc
hop_decide(struct verify *v)
{
	struct trust *next = &v->u.next;
	const struct trust *held = v->trust;
	struct vkey k;
	unsigned i;
	enum rc rc =
	    trust_read(next, v->device->page, v->text_n, READER_DEVICE);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(trust_name(next), trust_name(held)))
		return RC_AUTHORITY;
	if (next->epoch < held->epoch || next->epoch - held->epoch > 1)
		return RC_EPOCH;
	if (held->revision == UINT32_MAX ||
	    next->revision != held->revision + 1)
		return RC_REVISION;
	if (!previous_is(next, held->id))
		return RC_PREVIOUS;
	for (i = 0; i < next->signer_n; i++) {
		trust_key(&k, next, LIST_SIGNERS, i);
		if (!key_listed(held, LIST_SIGNERS, &k))
			v->introduced |= (uint32_t)1 << i;
	}
	v->out.epoch = next->epoch;
	v->out.revision = next->revision;
	v->out.page_n = v->text_n;
	return RC_OK;
}

static enum rc
text_decide(struct verify *v)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, text_buffer(v), v->text_n);
	sha256_final(&s, v->out.id);
	if (v->kind == K_TRUST)
		return hop_decide(v);
	return v->kind == K_ENDORSEMENT ? endorsement_decide(v)
					: release_decide(v);
}

/* The first line is there: which kind, and where does its text wait? */
static enum rc
kind_decide(struct verify *v)
{
	struct slice s = {v->u.text, (size_t)v->text_n - 1};
	bool owner = v->trust->kind == TRUST_OWNER;

	if (slice_is(s, "quorate/release@v1")) {
		v->kind = owner ? K_ENDORSEMENT : K_RELEASE;
	} else if (!owner && slice_is(s, "quorate/withdraw@v1")) {
		v->kind = K_WITHDRAW;
	} else if (!owner && slice_is(s, "quorate/trust@v1")) {
		if (v->device->page == NULL || v->device->page_n < v->text_n)
			return RC_PAGE;
		v->kind = K_TRUST;
		memcpy(v->device->page, v->u.text, v->text_n);
	} else {
		return RC_KIND;
	}
	return RC_MORE;
}

static enum rc
text_byte(struct verify *v, uint8_t c)
{
	uint8_t *buffer = text_buffer(v);
	size_t room = v->kind == K_TRUST ? v->device->page_n : sizeof v->u.text;
	enum rc rc;

	if (c == '\n' && v->text_n > 0 && buffer[v->text_n - 1] == '\n') {
		v->state = S_LINE_START;
		rc = text_decide(v);
		return rc == RC_OK ? RC_MORE : rc;
	}
	if (v->text_n == room || v->text_n == UINT16_MAX)
		return RC_TEXT_LONG;
	buffer[v->text_n++] = c;
	return c == '\n' && v->kind == K_NONE ? kind_decide(v) : RC_MORE;
}

/* ---- signature lines -------------------------------------------------- */

/*
 * Try a finished line against a list of keys: a known pair must verify and
 * come once. `message` is what the list's keys sign.
 */
static enum rc
line_by_list(struct verify *v, const struct trust *t, enum trust_list list,
    uint32_t among, uint8_t *message, size_t n, uint32_t *mask)
{
	struct vkey k;
	uint64_t time = 0;
	unsigned i;
	enum rc rc;

	for (i = 0; i < trust_count(t, list); i++) {
		if (!(among >> i & 1))
			continue;
		trust_key(&k, t, list, i);
		if (!sigline_by(&v->sig, &k))
			continue;
		if (*mask >> i & 1)
			return RC_SIGLINE_REPEATED;
		rc = sigline_verify(&v->sig, &k, message, n, &time);
		if (rc != RC_OK)
			return rc;
		*mask |= (uint32_t)1 << i;
		if (list == LIST_COSIGNERS)
			v->cosigner_time[i] = time;
	}
	return RC_MORE;
}

static enum rc
note_line_done(struct verify *v)
{
	uint8_t *text = text_buffer(v);
	enum rc rc;

	if (v->kind != K_TRUST)
		return line_by_list(v, v->trust, LIST_SIGNERS, UINT32_MAX, text,
		    v->text_n, &v->signer_mask);
	rc = line_by_list(v, v->trust, LIST_ROOTS, UINT32_MAX, text, v->text_n,
	    &v->root_mask);
	if (rc == RC_MORE)
		rc = line_by_list(v, &v->u.next, LIST_ROOTS, UINT32_MAX, text,
		    v->text_n, &v->new_root_mask);
	if (rc == RC_MORE)
		rc = line_by_list(v, &v->u.next, LIST_SIGNERS, v->introduced,
		    text, v->text_n, &v->new_signer_mask);
	return rc;
}

static uint8_t
bits(uint32_t mask)
{
	uint8_t n = 0;

	for (; mask != 0; mask &= mask - 1)
		n++;
	return n;
}

/* All signature lines of the note have been read. */
static enum rc
quorum_decide(struct verify *v)
{
	const struct verify_device *d = v->device;

	if (v->line_n == 0)
		return RC_SIGLINE;
	if (v->kind == K_TRUST) {
		v->out.signers = bits(v->root_mask);
		if (!trust_satisfied(v->trust, TREE_ROOTS, v->root_mask) ||
		    !trust_satisfied(&v->u.next, TREE_ROOTS, v->new_root_mask))
			return RC_ROOT_QUORUM;
		return v->new_signer_mask == v->introduced ? RC_OK
							   : RC_INTRODUCED;
	}
	v->out.signers = bits(v->signer_mask);
	if (!trust_satisfied(v->trust, TREE_SIGNERS, v->signer_mask))
		return RC_QUORUM;
	if (v->kind == K_RELEASE && d->owner != NULL &&
	    (d->endorsed == NULL || memcmp(d->endorsed, v->out.id, 32) != 0))
		return RC_ENDORSEMENT;
	return RC_OK;
}

static enum rc
line_byte(struct verify *v, uint8_t c, bool checkpoint)
{
	unsigned max = checkpoint ? CHECKPOINT_SIGLINES_MAX : NOTE_SIGLINES_MAX;
	enum rc rc;

	if (v->state == S_LINE_START || v->state == S_COSIGN_START) {
		if (v->line_n == max)
			return RC_SIGLINES_MANY;
		v->line_n++;
		sigline_init(&v->sig);
		v->state++;
	}
	rc = sigline_feed(&v->sig, c);
	if (rc != RC_OK)
		return rc;
	v->state--;
	return RC_OK;
}

static enum rc
note_line_byte(struct verify *v, uint8_t c)
{
	enum rc rc;

	if (v->state == S_LINE_START && c == '\n') { /* end of the note */
		sha256_final(&v->leaf, v->leaf_hash);
		if (v->kind == K_ENDORSEMENT)
			return RC_TRAILING;
		rc = quorum_decide(v);
		v->state = S_PROOF;
		v->text_n = 0;
		v->line_n = 0;
		return rc == RC_OK ? RC_MORE : rc;
	}
	rc = line_byte(v, c, false);
	return rc == RC_OK ? note_line_done(v) : rc;
}

/* ---- proof and checkpoint --------------------------------------------- */

static enum rc
proof_line(struct verify *v)
{
	struct slice s = {area(v), v->text_n};

	if (v->line_n == 0)
		return slice_is(s, "c2sp.org/tlog-proof@v1") ? RC_MORE
							     : RC_PROOF;
	if (v->line_n == 1) { /* an `extra` line is refused */
		if (s.n < 7 || memcmp(s.p, "index ", 6) != 0)
			return RC_PROOF;
		s.p += 6;
		s.n -= 6;
		return slice_decimal(s, ((uint64_t)1 << 53) - 1, &v->index)
			   ? RC_MORE
			   : RC_PROOF;
	}
	if (v->path_n == VERIFY_PATH_MAX)
		return RC_PROOF_DEPTH;
	return slice_base64(s, v->u.text + 32 * (size_t)v->path_n++, 32)
		   ? RC_MORE
		   : RC_PROOF;
}

static enum rc
proof_byte(struct verify *v, uint8_t c)
{
	enum rc rc;

	if (c != '\n') {
		if (v->text_n == 44) /* a hash; the longest line there is */
			return RC_PROOF;
		area(v)[v->text_n++] = c;
		return RC_MORE;
	}
	if (v->text_n == 0 && v->line_n >= 2) {
		v->state = S_CHECKPOINT;
		v->line_n = 0;
		return RC_MORE;
	}
	rc = proof_line(v);
	v->text_n = 0;
	if (v->line_n < 2)
		v->line_n++;
	return rc;
}

/* Tree size and root are known: the path can be climbed. */
static enum rc
checkpoint_decide(struct verify *v)
{
	struct checkpoint c;
	uint8_t root[32];
	enum rc rc = checkpoint_parse(&c, area(v), v->text_n, false);

	if (rc != RC_OK)
		return rc;
	v->out.index = v->index;
	v->out.tree_size = c.size;
	rc = merkle_root_from_path(
	    root, v->leaf_hash, v->index, c.size, v->u.text, v->path_n);
	v->included = rc == RC_OK && memcmp(root, c.root, 32) == 0;
	return RC_MORE;
}

static enum rc
checkpoint_byte(struct verify *v, uint8_t c)
{
	if (c == '\n' && v->text_n > 0 && area(v)[v->text_n - 1] == '\n') {
		v->state = S_COSIGN_START;
		return checkpoint_decide(v);
	}
	if (v->text_n == CHECKPOINT_TEXT_MAX)
		return RC_CHECKPOINT;
	area(v)[v->text_n++] = c;
	return RC_MORE;
}

/* Only a key whose name is the origin may sign as the log. */
static uint32_t
logs_of_origin(struct verify *v)
{
	struct slice origin = policy_name(area(v), 0);
	uint32_t among = 0;
	struct vkey k;
	unsigned i;

	for (i = 0; i < v->trust->log_n; i++) {
		trust_key(&k, v->trust, LIST_LOGS, i);
		if (slice_equal(k.name, origin))
			among |= (uint32_t)1 << i;
	}
	return among;
}

static enum rc
cosign_byte(struct verify *v, uint8_t c)
{
	enum rc rc = line_byte(v, c, true);

	if (rc != RC_OK)
		return rc;
	rc = line_by_list(v, v->trust, LIST_LOGS, logs_of_origin(v), area(v),
	    v->text_n, &v->log_mask);
	if (rc == RC_MORE)
		rc = line_by_list(v, v->trust, LIST_COSIGNERS, UINT32_MAX,
		    area(v), v->text_n, &v->cosigner_mask);
	return rc;
}

/* ---- the end ---------------------------------------------------------- */

/* The largest T at which cosigners with time >= T satisfy the quorum. */
static uint64_t
proof_time(const struct verify *v)
{
	uint64_t best = 0;
	unsigned i, j;

	for (i = 0; i < v->trust->cosigner_n; i++) {
		uint64_t t = v->cosigner_time[i];
		uint32_t mask = 0;

		if (!(v->cosigner_mask >> i & 1) || t <= best)
			continue;
		for (j = 0; j < v->trust->cosigner_n; j++)
			if (v->cosigner_mask >> j & 1 &&
			    v->cosigner_time[j] >= t)
				mask |= (uint32_t)1 << j;
		if (trust_satisfied(v->trust, TREE_COSIGNERS, mask))
			best = t;
	}
	return best;
}

static enum rc
clock_decide(const struct verify *v)
{
	const struct verify_device *d = v->device;
	uint64_t seen = v->out.proof_time;

	if (d->time == 0)
		return RC_OK;
	if (v->kind == K_RELEASE && v->expires != 0 && d->time >= v->expires)
		return RC_EXPIRED;
	if (v->kind != K_TRUST && d->max_proof_age_s != 0 && d->time > seen &&
	    d->time - seen > d->max_proof_age_s)
		return RC_PROOF_OLD;
	if (seen > PROOF_AHEAD_MAX_S && seen - PROOF_AHEAD_MAX_S > d->time)
		return RC_PROOF_FUTURE;
	return RC_OK;
}

static enum rc
proof_decide(struct verify *v)
{
	volatile bool included = v->included;

	if (v->log_mask == 0)
		return RC_LOG;
	if (!trust_satisfied(v->trust, TREE_COSIGNERS, v->cosigner_mask))
		return RC_WITNESS_QUORUM;
	if (!included || !v->included)
		return RC_INCLUSION;
	v->out.witnesses = bits(v->cosigner_mask);
	v->out.proof_time = proof_time(v);
	return clock_decide(v);
}

/* The note ended and nothing follows: an endorsement, or a recovery. */
static enum rc
note_alone_decide(struct verify *v)
{
	enum rc rc = quorum_decide(v);

	if (rc != RC_OK || v->kind == K_ENDORSEMENT)
		return rc;
	if (v->kind != K_TRUST)
		return RC_TRUNCATED;
	if (!v->device->person || v->trust->recover == 0)
		return RC_PERSON;
	if (bits(v->root_mask) < v->trust->recover)
		return RC_ROOT_QUORUM;
	v->out.recovered = true;
	return RC_OK;
}

static enum rc
step(struct verify *v, uint8_t c)
{
	switch (v->state) {
	case S_TEXT:
		return text_byte(v, c);
	case S_LINE_START:
	case S_LINE:
		return note_line_byte(v, c);
	case S_PROOF:
		return proof_byte(v, c);
	case S_CHECKPOINT:
		return checkpoint_byte(v, c);
	default:
		return cosign_byte(v, c);
	}
}

enum rc
verify_feed(struct verify *v, const uint8_t *bytes, size_t n)
{
	size_t i = 0, from;

	while (v->rc == RC_MORE && i < n) {
		if (v->state >= S_PROOF) {
			v->rc = step(v, bytes[i++]);
			continue;
		}
		/* the note: hashed as the leaf, but for the LF that ends it */
		for (from = i; v->rc == RC_MORE && i < n && v->state < S_PROOF;
		     i++) {
			if (v->state == S_LINE_START && bytes[i] == '\n') {
				sha256_update(&v->leaf, bytes + from, i - from);
				from = i + 1;
			} else if (++v->note_n > NOTE_BYTES_MAX) {
				v->rc = RC_NOTE_LONG;
				break;
			}
			v->rc = step(v, bytes[i]);
		}
		if (v->state < S_PROOF)
			sha256_update(&v->leaf, bytes + from, i - from);
	}
	return v->rc;
}

enum rc
verify_finish(struct verify *v, struct verified *out)
{
	enum rc rc = v->rc;

	memset(out, 0, sizeof *out);
	if (rc == RC_MORE) {
		if (v->state == S_COSIGN_START && v->line_n > 0)
			rc = proof_decide(v);
		else if (v->state == S_LINE_START)
			rc = note_alone_decide(v);
		else
			rc = RC_TRUNCATED;
	}
	v->rc = rc == RC_OK ? RC_STATE : rc; /* a file is decided once */
	if (rc != RC_OK)
		return rc;
	*out = v->out;
	out->kind = v->kind == K_RELEASE    ? VERIFIED_RELEASE
		    : v->kind == K_WITHDRAW ? VERIFIED_WITHDRAW
		    : v->kind == K_TRUST    ? VERIFIED_TRUST
					    : VERIFIED_ENDORSEMENT;
	return RC_OK;
}
