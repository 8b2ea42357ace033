/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole verifier, as hosts build it and as devices do, on files that a
 * mutator which knows their shape has altered: it edits a line, signs again
 * with the keys of the test authority (so that what is altered comes to the
 * checks behind the signatures), logs again, cuts, joins. Both builds say
 * the same, however the file is cut into pieces, and keep the contract of
 * verify.h (side.c). The only differences allowed are the device's smaller
 * buffers, and that it reads no key of BIP 340 (docs/formats.md, vkey).
 *
 * Input: a head of HEAD bytes, the device's settings, then the file.
 */
#include <assert.h>
#include "tests/fuzz/side.h"
#include "tests/unit/world.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerCustomMutator(
    uint8_t *bytes, size_t n, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max);

enum { HEAD = 8, FILE_MAX = 16384 };
enum { BY, FLAGS, SEQUENCE, FLOOR, EPOCH, RADIO, CUTS }; /* in the head */

static struct world world;
static char hop_text[4096], endorsed_text[4096];

static void
world_begin(void)
{
	uint8_t id[32];
	char hex[65];

	if (world.trust[0] != 0)
		return;
	world_make(&world);
	text_id(id, world.trust);
	hex_of(hex, id);
	snprintf(hop_text, sizeof hop_text, "%s",
	    with(with(with(world.trust, "previous -", with("previous X", "X",
							  hex)),
		     "revision 1", "revision 2"),
		"recover 2", "recover 3"));
	snprintf(endorsed_text, sizeof endorsed_text, "%s", WORLD_RELEASE);
}

/* ---- signatures, remembered ------------------------------------------- */

enum { VERDICTS = 256 };
static struct verdict {
	uint8_t of[32]; /* signature, key, message */
	int rc, taken;
	unsigned asked;
} verdicts[VERDICTS];

static int
judge(side_ed25519 *real, const uint8_t *sig, const uint8_t *key,
    const uint8_t *message, size_t n)
{
	struct verdict *v;
	struct sha256 s;
	uint8_t of[32];

	sha256_init(&s);
	sha256_update(&s, sig, 64);
	sha256_update(&s, key, 32);
	sha256_update(&s, message, n);
	sha256_final(&s, of);
	v = &verdicts[of[0]];
	if (!v->taken || memcmp(v->of, of, 32) != 0) {
		memcpy(v->of, of, 32);
		v->rc = real(sig, key, message, n);
		v->taken = 1;
		v->asked = 0;
	} else if (++v->asked % 512 == 3) { /* now and then, once more */
		assert(real(sig, key, message, n) == v->rc);
	}
	return v->rc;
}

/* ---- the check -------------------------------------------------------- */

static void
soundness(const struct side_result *r, const struct side_task *t)
{
	if (r->rc != RC_OK)
		return;
	assert(memcmp(r->id, t->id, 32) == 0);
	assert(r->signers >= (t->by_owner ? 1 : 2));
	if (r->kind == VERIFIED_ENDORSEMENT || r->recovered)
		return;
	assert(r->witnesses >= 2 && r->proof_time >= 1);
	assert(r->index < r->tree_size);
	if (r->kind == VERIFIED_RELEASE)
		assert(r->sequence >= r->floor &&
		    (t->epoch < r->epoch || r->sequence >= t->floor));
}

/* A field as long as a key of BIP 340: name, '+', 8 hex, '+', 64 base64. */
static bool
has_bip340(const uint8_t *text, size_t n)
{
	size_t i, plus = SIZE_MAX; /* the field's first */

	for (i = 0; i < n; i++) {
		if (text[i] == ' ' || text[i] == '\n') {
			if (plus != SIZE_MAX && i - plus == 74)
				return true;
			plus = SIZE_MAX;
		} else if (text[i] == '+' && plus == SIZE_MAX) {
			plus = i;
		}
	}
	return false;
}

/* The device's result is the host's, but for what it has no room or code for. */
static void
same(const struct side_result *device, const struct side_result *host,
    const uint8_t *text, size_t text_n)
{
	if (memcmp(device, host, sizeof *device) == 0)
		return;
	assert(device->rc == RC_PROOF_DEPTH ||
	    (device->rc == RC_TEXT_LONG && text_n > 1536) ||
	    (device->rc == RC_KEY_TYPE && has_bip340(text, text_n)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct side_result r[4];
	struct side_task t;
	struct sha256 s;
	uint8_t id[32];
	size_t text_n = 0;
	unsigned i;

	if (n < HEAD || n > HEAD + FILE_MAX)
		return 0;
	world_begin();
	memset(&t, 0, sizeof t);
	t.file = bytes + HEAD;
	t.file_n = n - HEAD;
	while (text_n + 1 < t.file_n &&
	    !(t.file[text_n] == '\n' && t.file[text_n + 1] == '\n'))
		text_n++;
	sha256_init(&s);
	sha256_update(&s, t.file, text_n + 1 < t.file_n ? text_n + 1 : 0);
	sha256_final(&s, id);
	t.id = id;
	t.trust = world.trust;
	t.owner = world.owner_text;
	t.by_owner = bytes[BY] & 1;
	t.flags = bytes[FLAGS];
	t.sequence = bytes[SEQUENCE] % 64;
	t.floor = bytes[FLOOR] % 64;
	t.epoch = bytes[EPOCH] % 3;
	t.radio = bytes[RADIO] % 16;
	for (i = 0; i < 4; i++) {
		t.cuts = i & 1 ? 1 + bytes[CUTS] * 256u + bytes[CUTS + 1] : 0;
		(i < 2 ? side_host : side_device)(&r[i], &t, judge);
		soundness(&r[i], &t);
	}
	assert(memcmp(&r[0], &r[1], sizeof r[0]) == 0);
	assert(memcmp(&r[2], &r[3], sizeof r[0]) == 0);
	same(&r[2], &r[0], t.file,
	    text_n + 1 < t.file_n ? text_n + 1 : t.file_n);
	return 0;
}

/* ---- the mutator ------------------------------------------------------ */

static uint64_t dice;

static uint32_t
roll(uint32_t below)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % below;
}

/* The text of the file at hand, NUL-terminated, or one that we know. */
static void
text_take(char *text, size_t cap, const uint8_t *file, size_t n)
{
	const char *const known[] = {WORLD_RELEASE, WORLD_WITHDRAW, hop_text};
	size_t i = 0;

	while (i + 1 < n && i < cap - 1 &&
	    !(file[i] == '\n' && file[i + 1] == '\n'))
		i++;
	if (i + 1 < n && i < cap - 1 && i > 0 && roll(16) != 0 &&
	    memchr(file, 0, i) == NULL) {
		memcpy(text, file, i + 1);
		text[i + 1] = 0;
		return;
	}
	snprintf(text, cap, "%s", known[roll(3)]);
}

/* One edit of one line, or of one field of it. */
static size_t
line_edit(char *b, size_t n, size_t cap)
{
	static const char *const lines[] = {"about\n", "floor 41\n",
	    "from 1 99\n", "requires acme.example/radio 3\n", "expires 9\n",
	    "payload net 4 " WORLD_DIGEST "\n", "x-y z\n", "floor 0\n",
	    "delta app " WORLD_DIGEST " 2 " WORLD_DIGEST "\n", "sequence 42\n",
	    "recover 2\n", "epoch 2\n", "group g all alice\n", "\n"};
	static const char *const fields[] = {"0", "1", "2", "41", "42", "43",
	    "4294967295", "4294967296", "9007199254740991",
	    "9007199254740992", "00", "-", "any", "all", "app", "net", "",
	    WORLD_DIGEST, "acme.example/camera", WORLD_NAME,
	    /* x of the generator, and no key at all */
	    "alice.example/k+e7412cf1+/3F1b3JhdGUvYmlwMzQweb5mfvncu6xVoGKVzocL"
	    "BwKb/NstzijZWfKBWxb4F5g=",
	    "alice.example/k+e7412cf1+/3F1b3JhdGUvYmlwMzQxeb5mfvncu6xVoGKVzocL"
	    "BwKb/NstzijZWfKBWxb4F5g="};
	size_t from = n > 0 ? roll((uint32_t)n) : 0, to, m;
	const char *w;

	while (from > 0 && b[from - 1] != '\n')
		from--;
	for (to = from; to < n && b[to] != '\n'; to++)
		;
	to += to < n;
	switch (roll(6)) {
	case 0: /* without it */
		memmove(b + from, b + to, n - to);
		return n - (to - from);
	case 1: /* twice */
		m = to - from;
		if (n + m > cap)
			return n;
		memmove(b + to, b + from, n - from);
		return n + m;
	case 2: /* a line before it */
		w = lines[roll(sizeof lines / sizeof lines[0])];
		to = from;
		break;
	default: /* another field */
		m = from + roll((uint32_t)(to - from) + 1);
		while (m > from && b[m - 1] != ' ')
			m--;
		from = m;
		while (m < to && b[m] != ' ' && b[m] != '\n')
			m++;
		to = m;
		w = fields[roll(sizeof fields / sizeof fields[0])];
	}
	m = strlen(w);
	if (n - (to - from) + m > cap)
		return n;
	memmove(b + from + m, b + to, n - to);
	memcpy(b + from, w, m);
	return n - (to - from) + m;
}

/* Sign and log a text as its kind wants it, or nearly so. */
static void
file_build(struct text *out, const char *text, bool owner)
{
	struct proof_spec p;
	const struct key *keys[8];
	bool hop = strncmp(text, "quorate/trust@v1\n", 17) == 0;
	bool spoilt = roll(4) == 0;
	unsigned n = 0, i;

	for (i = 0; i < 4; i++) {
		const struct key *k = owner ? &world.owner[i % 2]
		    : hop                   ? &world.root[i]
					    : &world.signer[i];

		if (owner ? i < 2 && roll(2) : i < 3 ? roll(4) != 0 : spoilt)
			keys[n++] = k;
	}
	if (spoilt && roll(3) == 0)
		keys[n++] = &world.stranger;
	if (n > 1 && roll(8) == 0)
		keys[n++] = keys[0];
	if (n > 1 && roll(2)) { /* any order will do */
		const struct key *k = keys[0];

		keys[0] = keys[n - 1];
		keys[n - 1] = k;
	}
	note_make(out, text, keys, n);
	if (owner || (hop && roll(4) == 0))
		return; /* an endorsement, a recovery */
	memset(&p, 0, sizeof p);
	p.size = 1 + roll(9);
	p.index = roll((uint32_t)p.size);
	p.log = &world.log[roll(2)];
	for (i = 0; i < 3; i++)
		p.time[i] = roll(3) ? 0 : WORLD_NOW - 4000 + roll(200000);
	if (spoilt) {
		p.cosigners = roll(8);
		p.wrong_leaf = roll(8) == 0;
		p.extra_hashes = roll(8) == 0 ? 1 + roll(34) : 0;
		p.origin = roll(8) == 0 ? "log.second.example" : NULL;
		p.extension = roll(8) == 0 ? "x\n" : NULL;
		p.index += roll(8) == 0;
	}
	proof_append(out, &world, &p);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	static char text[8192], built[65536];
	struct text t;
	size_t m;

	world_begin();
	dice = seed * 2654435761u + 1;
	roll(2);
	if (max < HEAD + 8)
		return 0;
	if (max > HEAD + FILE_MAX)
		max = HEAD + FILE_MAX;
	if (n > max)
		n = max;
	if (n < HEAD) {
		memset(bytes, 0, HEAD);
		bytes[EPOCH] = 1;
		bytes[SEQUENCE] = 41;
		bytes[FLOOR] = 40;
		bytes[RADIO] = 7;
		bytes[FLAGS] = SIDE_PAGE;
		n = HEAD;
	} else if (roll(6) == 0) {
		bytes[roll(HEAD)] = (uint8_t)roll(256);
	}
	switch (roll(8)) {
	case 0: /* as if we knew nothing */
		return HEAD +
		    LLVMFuzzerMutate(bytes + HEAD, n - HEAD, max - HEAD);
	case 1: /* the lines of a file, signed or not */
		return HEAD +
		    line_edit((char *)bytes + HEAD, n - HEAD, max - HEAD);
	default:
		break;
	}
	text_take(text, sizeof text, bytes + HEAD, n - HEAD);
	m = strlen(text);
	if (roll(8) == 0)
		m = LLVMFuzzerMutate((uint8_t *)text, m, sizeof text - 1);
	else if (roll(3) != 0)
		m = line_edit(text, m, sizeof text - 1);
	text[m] = 0;
	text_init(&t, built, sizeof built);
	file_build(&t, text, bytes[BY] & 1);
	if (t.full || t.n > max - HEAD)
		return n;
	memcpy(bytes + HEAD, built, t.n);
	return HEAD + t.n;
}
