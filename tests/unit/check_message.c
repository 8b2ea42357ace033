/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every protocol note, both ways. One property carries most of it: whatever
 * a parser takes, the builder writes again byte for byte; so there is one
 * spelling, and nothing of a text is overlooked.
 */
#include "quorum/message.h"
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/ceremony.h"
#include "tests/unit/message_kinds.h"
#include "tests/unit/suite.h"

static uint64_t state = 7;

static uint64_t
draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
below(unsigned n)
{
	return (unsigned)(draw() % n);
}

static void
draw_bytes(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)draw();
}

static struct slice
name(unsigned i)
{
	static char names[MESSAGE_PARTIES_MAX][32];

	snprintf(names[i], sizeof names[i], "p%03u.example/x", i);
	return (struct slice){(const uint8_t *)names[i], strlen(names[i])};
}

static struct slice
word(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* ---- one sample of each kind, of any size ---- */

union any {
	MESSAGE_KINDS(MESSAGE_MEMBER)
};

static void
sample_approve(struct message_approve *m)
{
	draw_bytes(m->release, 32);
}

static void
sample_refuse(struct message_refuse *m)
{
	draw_bytes(m->release, 32);
	m->code = word("product");
	if (below(2))
		m->reason = word("we do not know  it");
}

static void
sample_commit(struct message_commit *m)
{
	draw_bytes(m, sizeof *m);
	m->serial = 1 + below(1000);
}

static void
sample_package(struct message_package *m)
{
	unsigned n = 1 + below(MESSAGE_PARTIES_MAX);

	draw_bytes(m->message, 32);
	m->session = 1 + below(9);
	m->has_roster = below(2);
	if (!m->has_roster) {
		m->name_n = n;
		for (unsigned i = 0; i < n; i++)
			m->name[i] = name(i);
		return;
	}
	draw_bytes(m->roster, 32);
	m->list_n = n;
	for (unsigned i = 0; i < n; i++) {
		draw_bytes(&m->list[i], sizeof m->list[i]);
		m->list[i].id =
		    (uint8_t)(i + 1 + MESSAGE_PARTIES_MAX - n);
	}
}

static void
sample_share(struct message_share *m)
{
	draw_bytes(m, sizeof *m);
}

static void
sample_blame(struct message_blame *m)
{
	static char key[256];
	uint8_t raw[32];
	struct text t;

	draw_bytes(m->message, 96);
	draw_bytes(raw, 32);
	text_init(&t, key, sizeof key);
	text_vkey(&t, name(3), KEY_ED25519, raw);
	m->party = word(key);
	m->code = word("share");
}

static void
sample_poll(struct message_poll *m)
{
	m->authority = word("acme.example/release");
	m->epoch = 1 + below(4);
	draw_bytes(m->boot, sizeof m->boot);
	m->time = draw() >> 12;
	m->after = word(below(2) ? "0" : "00aabbcc.17");
}

static void
sample_read(struct message_read *m)
{
	m->path = word("/v1/proposals/00");
	m->time = draw() >> 12;
}

static void
sample_status(struct message_status *m)
{
	draw_bytes(m->release, 32);
	m->change = 1 + below(100);
	m->state = word("open");
	m->product = word("acme.example/camera");
	m->sequence = below(3);
	if (below(2))
		m->roster = word("-");
	m->session = below(3);
	m->need = word("3 of 5");
	m->approved_n = below(MESSAGE_PARTIES_MAX + 1);
	m->refused_n = below(9);
	m->said_n = below(9);
	m->blamed_n = below(9);
	m->awaited_n = below(9);
	for (unsigned i = 0; i < MESSAGE_PARTIES_MAX; i++) {
		m->approved[i] = m->refused[i] = name(i);
		m->said[i] = m->blamed[i] = m->awaited[i] = name(i);
		m->said_words[i] = word("not \"this\" one");
		m->refused_code[i] = word("policy");
		m->blamed_code[i] = word("share");
	}
	m->want_n = below(MESSAGE_WANTS_MAX + 1);
	for (unsigned i = 0; i < MESSAGE_WANTS_MAX; i++) {
		draw_bytes(m->want[i], 32);
		m->want[i][0] = (uint8_t)i; /* ascending */
	}
	if (below(2))
		m->reason = word("x y");
}

static void
sample_inbox(struct message_inbox *m)
{
	m->cursor = word("00aabbcc.17");
	m->time = draw() >> 12;
}

static void
sample_accept(struct message_accept *m)
{
	draw_bytes(m, sizeof *m);
}

/* Its bytes are drawn already. */
static void
sample_dealing(struct message_dealing *m)
{
	m->commitment_n = 1 + below(MESSAGE_PARTIES_MAX);
	m->share_n = 1 + below(MESSAGE_PARTIES_MAX);
	for (unsigned i = 0; i < m->share_n; i++)
		m->share_name[i] = name(MESSAGE_PARTIES_MAX - 1 - i);
}

static void
sample_deal(struct message_deal *m)
{
	draw_bytes(m, sizeof *m);
	sample_dealing(&m->dealing);
}

static void
sample_confirm(struct message_confirm *m)
{
	draw_bytes(m, sizeof *m);
}

static void
sample_complaint(struct message_complaint *m)
{
	draw_bytes(m->ceremony, 32);
	m->dealer = name(2);
	m->reason = word("ciphertext");
	if (below(2)) {
		m->opened_n = 2;
		draw_bytes(m->opened, sizeof m->opened);
		draw_bytes(m->proof, sizeof m->proof);
	}
}

static void
sample_reshare(struct message_reshare *m)
{
	draw_bytes(m, sizeof *m);
	sample_dealing(&m->dealing);
}

static void
sample_choice(struct message_choice *m)
{
	draw_bytes(m, sizeof *m);
	m->number = 1 + below(9);
	m->dealing_n = 1 + below(MESSAGE_PARTIES_MAX);
	for (unsigned i = 0; i < m->dealing_n; i++)
		m->dealer[i] = name(i);
}

static void
sample_birth(struct message_birth *m)
{
	draw_bytes(m->ceremony, 32);
	m->change = 1 + below(100);
	m->state = word("dealing");
	m->code = word("babab-babab");
	m->accepted_n = below(MESSAGE_PARTIES_MAX + 1);
	m->dealt_n = below(9);
	m->confirmed_n = below(9);
	m->lined_n = below(9);
	m->blamed_n = below(9);
	for (unsigned i = 0; i < MESSAGE_PARTIES_MAX; i++)
		m->accepted[i] = m->dealt[i] = m->confirmed[i] = name(i);
	for (unsigned i = 0; i < MESSAGE_PARTIES_MAX; i++) {
		m->lined[i] = m->blamed[i] = name(i);
		m->blamed_code[i] = word("dealing");
	}
	m->roster = m->trust = word("-");
	m->awaited_n = below(9);
	m->took_n = below(MESSAGE_PARTIES_MAX + 1);
	for (unsigned i = 0; i < MESSAGE_PARTIES_MAX; i++)
		m->awaited[i] = m->took[i] = name(i);
	m->step_n = below(MESSAGE_STEPS_MAX + 1);
	for (unsigned i = 0; i < MESSAGE_STEPS_MAX; i++) {
		m->step[i] = word("signing");
		m->step_s[i] = below(100000);
	}
}

static void
sample_rehearsed(struct message_rehearsed *m)
{
	draw_bytes(m, sizeof *m);
	m->authority = name(1);
	m->epoch = 1 + below(9);
}

static void
sample_purpose(struct message_purpose *m)
{
	draw_bytes(m->message, 32);
	draw_bytes(m->release, 32);
	m->signer = word("release");
	m->purpose = word("mcuboot");
	m->component = word("app.a");
}

static void
sample_signature(struct message_signature *m)
{
	draw_bytes(m, sizeof *m);
	m->signer = word("release");
	m->purpose = word("sshsig");
	m->component = word("app.a");
}

/* The same function of every kind, without its type. */
#define SAMPLE(k, upper)                                                       \
	static void k##_sample_any(union any *m)                               \
	{                                                                      \
		memset(m, 0, sizeof *m);                                       \
		sample_##k(&m->k);                                             \
	}
MESSAGE_KINDS(SAMPLE)
MESSAGE_KINDS(MESSAGE_CODEC)

#define ROW(k, upper)                                                          \
	{                                                                      \
		MESSAGE_##upper, k##_sample_any, k##_parse_any, k##_build_any  \
	},
static const struct {
	enum message_kind kind;
	void (*sample)(union any *m);
	enum rc (*parse)(union any *m, const uint8_t *p, size_t n);
	void (*build)(struct text *t, const union any *m);
} kinds[] = {MESSAGE_KINDS(ROW)};
enum { KINDS = sizeof kinds / sizeof kinds[0] };
/* drafts of both kinds, and a rehearsal's roster: unit/check_ceremony and
 * unit/check_rehearsal */
_Static_assert(KINDS == MESSAGE_RELEASE - MESSAGE_APPROVE - 3, "every kind");

static char first[STATUS_BYTES_MAX], second[STATUS_BYTES_MAX];
static union any any;

START_TEST(round_trip)
{
	for (unsigned k = 0; k < KINDS; k++)
		for (unsigned i = 0; i < 20; i++) {
			struct text a, b;

			kinds[k].sample(&any);
			text_init(&a, first, sizeof first);
			kinds[k].build(&a, &any);
			ck_assert(!a.full);
			ck_assert_int_eq(
			    message_kind_of((const uint8_t *)first, a.n),
			    kinds[k].kind);
			ck_assert_int_eq(kinds[k].parse(&any,
					     (const uint8_t *)first, a.n),
			    RC_OK);
			text_init(&b, second, sizeof second);
			kinds[k].build(&b, &any);
			ck_assert_uint_eq(a.n, b.n);
			ck_assert_mem_eq(first, second, a.n);
		}
}
END_TEST

/* Bytes from at to the end of its line, LF included if there is one. */
static size_t
line_bytes(const char *p, size_t at, size_t n)
{
	const char *lf = memchr(p + at, '\n', n - at);

	return lf == NULL ? n - at : (size_t)(lf + 1 - (p + at));
}

/* Damage that a text may survive only as another text of the same kind. */
static size_t
damage(char *p, size_t n)
{
	static const char alphabet[] = " \n+=-/09afz~\x1f\x7f";
	size_t at = below((unsigned)n), len;

	switch (below(6)) {
	case 0:
		p[at] = (char)draw();
		return n;
	case 1:
		p[at] = alphabet[below(sizeof alphabet - 1)];
		return n;
	case 2: /* a byte goes */
		memmove(p + at, p + at + 1, n - at - 1);
		return n - 1;
	case 3: /* a byte comes */
		memmove(p + at + 1, p + at, n - at);
		p[at] = alphabet[below(sizeof alphabet - 1)];
		return n + 1;
	case 4: /* a line twice */
		while (at > 0 && p[at - 1] != '\n')
			at--;
		len = line_bytes(p, at, n);
		memmove(p + at + len, p + at, n - at);
		return n + len;
	default: /* a line goes */
		while (at > 0 && p[at - 1] != '\n')
			at--;
		len = line_bytes(p, at, n);
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	}
}

START_TEST(fuzz)
{
	unsigned long tries = 0, taken = 0;

	for (unsigned k = 0; k < KINDS; k++)
		for (unsigned i = 0; i < 3000; i++) {
			struct text a, b;
			size_t n;

			kinds[k].sample(&any);
			text_init(&a, first, sizeof first);
			kinds[k].build(&a, &any);
			n = a.n;
			for (unsigned j = 1 + below(3); j > 0 && n > 1; j--)
				n = damage(first, n);
			/* exactly as many bytes as there are: for ASan */
			uint8_t *copy = malloc(n);

			ck_assert_ptr_nonnull(copy);
			memcpy(copy, first, n);
			tries++;
			if (kinds[k].parse(&any, copy, n) == RC_OK) {
				taken++;
				text_init(&b, second, sizeof second);
				kinds[k].build(&b, &any);
				ck_assert_uint_eq(b.n, n);
				ck_assert_mem_eq(second, copy, n);
			}
			free(copy);
		}
	printf("# %lu damaged texts, %lu still texts\n", tries, taken);
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_lt(taken, tries / 2);
}
END_TEST

START_TEST(package_shape)
{
	static const char head[] =
	    "quorate/package@v1\nmessage "
	    "0000000000000000000000000000000000000000000000000000000000000000\n"
	    "roster ";
	static const struct {
		const char *rest;
		enum rc rc;
	} cases[] = {
	    {"-\nsession 1\nname a\n", RC_OK},
	    {"-\nsession 1\nname a\nname b\n", RC_OK},
	    {"-\nsession 1\nname b\nname a\n", RC_LINE_ORDER},
	    {"-\nsession 0\nname a\n", RC_NUMBER},
	    {"-\nsession 1\n", RC_FIELD},
	    {"-\nsession 1\nsigner 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	     "AA= AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", RC_FIELD},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[512];
		int n = snprintf(
		    text, sizeof text, "%s%s", head, cases[i].rest);

		ck_assert_int_eq(package_parse(&any.package,
				     (const uint8_t *)text, (size_t)n),
		    cases[i].rc);
	}
}
END_TEST

/* ---- envelopes and bundles ---- */

static void
keys(struct vkey *k, uint8_t seed[static 32], const char *who)
{
	memset(seed, who[0], 32);
	k->name = word(who);
	k->type = KEY_ED25519;
	ed25519_public(k->key, seed);
	vkey_id(k->id, k->name, k->type, k->key);
}

START_TEST(signatures)
{
	uint8_t seed[2][32];
	struct vkey k[2];
	struct message m;
	char buffer[2048];
	struct text t;

	keys(&k[0], seed[0], "alice.example");
	keys(&k[1], seed[1], "bob.example");
	kinds[0].sample(&any);
	text_init(&t, buffer, sizeof buffer);
	approve_build(&t, &any.approve);
	ck_assert_int_eq(
	    message_open(&m, (const uint8_t *)buffer, t.n), RC_OK);
	ck_assert(!m.is_signed);
	ck_assert_int_eq(message_verify(&m, &k[0]), RC_SENDER);
	message_sign(&t, &k[0], seed[0]);
	ck_assert_int_eq(
	    message_open(&m, (const uint8_t *)buffer, t.n), RC_OK);
	ck_assert_int_eq(m.kind, MESSAGE_APPROVE);
	ck_assert_int_eq(message_verify(&m, &k[0]), RC_OK);
	ck_assert_int_eq(message_verify(&m, &k[1]), RC_SENDER);
	buffer[30] ^= 1;
	ck_assert_int_eq(
	    message_open(&m, (const uint8_t *)buffer, t.n), RC_OK);
	ck_assert_int_eq(message_verify(&m, &k[0]), RC_SIGNATURE_INVALID);
	buffer[30] ^= 1;
	/* a second line: no sender */
	text_sigline(&t, k[1].name, k[1].id, (const uint8_t *)buffer);
	ck_assert_int_eq(message_open(&m, (const uint8_t *)buffer, t.n),
	    RC_SIGLINES_MANY);
	for (size_t n = 0; n < t.n; n++) /* no prefix crashes */
		(void)!message_open(&m, (const uint8_t *)buffer, n);
}
END_TEST

START_TEST(bundles)
{
	static const struct {
		const char *bytes;
		int items; /* -1: refused */
	} cases[] = {{"", 0}, {"a\n", 1}, {"a\n\nb\n", 2}, {"\n", -1},
	    {"a", -1}, {"a\n\n", -1}, {"\na\n", -1}, {"a\n\n\nb\n", -1},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=\n", 1},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=\n\nb\n", 2},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=\n\n", -1},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=\n\xe2\x80\x94 n AAAAAAA=\n\nb\n",
		2},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=\nb\n", -1},
	    {"a\n\n\xe2\x80\x94 n AAAAAAA=", -1},
	    {"b\n\na\n\n\xe2\x80\x94 n AAAAAAA=\n\n\xe2\x80\x94\n", 3}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bundle_item item;
		struct bundle b;
		char again[256];
		struct text t;
		int items = 0;
		enum rc rc;

		text_init(&t, again, sizeof again);
		ck_assert_int_eq(
		    bundle_init(&b, (const uint8_t *)cases[i].bytes,
			strlen(cases[i].bytes)),
		    RC_OK);
		while ((rc = bundle_next(&b, &item)) == RC_OK) {
			bundle_put(&t, item.whole.p, item.whole.n);
			items++;
		}
		if (cases[i].items < 0) {
			ck_assert_msg(rc != RC_MORE, "case %zu", i);
			continue;
		}
		ck_assert_msg(rc == RC_MORE, "case %zu: %d", i, (int)rc);
		ck_assert_int_eq(items, cases[i].items);
		ck_assert_str_eq(again, cases[i].bytes);
	}
	{
		struct bundle b;

		ck_assert_int_eq(bundle_init(&b, NULL, BUNDLE_BYTES_MAX + 1),
		    RC_BUNDLE);
	}
}
END_TEST

START_TEST(bundle_fuzz)
{
	static const char pieces[][24] = {"a\n", "\n", "\xe2\x80\x94 ",
	    "n AAAAAAA=\n", "b\n", "\n\n", "x"};

	for (unsigned i = 0; i < 200000; i++) {
		char bytes[256], again[512];
		struct bundle_item item;
		struct bundle b;
		struct text t, u;
		enum rc rc;

		text_init(&t, bytes, sizeof bytes);
		for (unsigned j = below(10); j > 0; j--)
			text_string(&t, pieces[below(7)]);
		text_init(&u, again, sizeof again);
		rc = bundle_init(&b, (const uint8_t *)bytes, t.n);
		while (rc == RC_OK &&
		    (rc = bundle_next(&b, &item)) == RC_OK)
			bundle_put(&u, item.whole.p, item.whole.n);
		if (rc == RC_MORE)
			ck_assert_str_eq(bytes, again);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("notes");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 120);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, fuzz);
	tcase_add_test(t, package_shape);
	tcase_add_test(t, signatures);
	tcase_add_test(t, bundles);
	tcase_add_test(t, bundle_fuzz);
	suite_add_tcase(s, t);
	return suite_run(s);
}
