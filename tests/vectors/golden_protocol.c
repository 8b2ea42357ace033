/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What parties and coordinator say to each other, evidence against one of them,
 * and the messages of ceremonies.
 */
#include "tests/vectors/golden.h"
#include "quorum/blame.h"

/* ---- protocol notes --------------------------------------------------- */

static struct slice
word(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* Write what a builder made; with a key, as its note. */
static void
protocol(const char *kind, const struct text *t, const struct key *by_whom)
{
	char name[64];

	assert(!t->full);
	buf_set(&text, t->p);
	if (by_whom == NULL) {
		snprintf(name, sizeof name, "%s.text", kind);
		put_buf(name, &text);
		return;
	}
	by = (struct by){{by_whom}, 1};
	note_make(&file, &text, &by);
	snprintf(name, sizeof name, "%s.note", kind);
	put_buf(name, &file);
}

#define PROTOCOL(kind, m, who)                           \
	do {                                             \
		struct text t_;                          \
		text_init(&t_, scratch, sizeof scratch); \
		kind##_build(&t_, m);                    \
		protocol(#kind, &t_, who);               \
	} while (0)

static struct slice
slice_of_buf(const struct buf *b)
{
	return (struct slice){(const uint8_t *)b->b, b->n};
}

/* RFC 9591's hashes: the context, a word, up to three pieces. */
static void
frost_hash(uint8_t out[64], const char *what, const struct slice *piece,
    unsigned n)
{
	crypto_hash_sha512_state s;
	unsigned i;

	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(
	    &s, (const uint8_t *)"FROST-ED25519-SHA512-v1", 23);
	crypto_hash_sha512_update(&s, (const uint8_t *)what, strlen(what));
	for (i = 0; i < n; i++)
		crypto_hash_sha512_update(&s, piece[i].p, piece[i].n);
	crypto_hash_sha512_final(&s, out);
}

static void
point_of(struct point *out, const char *label)
{
	uint8_t s[32];

	scalar_of(s, label);
	crypto_scalarmult_ed25519_base_noclamp(out->b, s);
}

/* What ann owes to the package, parties 1 and 3: section 5.2, by hand. */
static void
ann_share(uint8_t z[32], const struct message_package *p, const struct buf *t)
{
	uint8_t listed[2 * 96], prefix[32 + 64 + 64], id[32], wide[64];
	uint8_t rho[2][32], sum[32], one[32], c[32], s[32];
	crypto_hash_sha512_state hash;
	struct slice pieces[2];
	unsigned i;

	memset(listed, 0, sizeof listed);
	for (i = 0; i < 2; i++) {
		listed[96 * i] = (uint8_t)p->list[i].id;
		memcpy(listed + 96 * i + 32, p->list[i].d.b, 32);
		memcpy(listed + 96 * i + 64, p->list[i].e.b, 32);
	}
	memcpy(prefix, group.public, 32);
	pieces[0] = (struct slice){(const uint8_t *)t->b, t->n};
	frost_hash(prefix + 32, "msg", pieces, 1);
	pieces[0] = (struct slice){listed, sizeof listed};
	frost_hash(prefix + 96, "com", pieces, 1);
	for (i = 0; i < 2; i++) {
		pieces[0] = (struct slice){prefix, sizeof prefix};
		pieces[1] = (struct slice){listed + 96 * i, 32};
		frost_hash(wide, "rho", pieces, 2);
		crypto_core_ed25519_scalar_reduce(rho[i], wide);
		assert(crypto_scalarmult_ed25519_noclamp(
			   one, rho[i], p->list[i].e.b) == 0);
		crypto_core_ed25519_add(one, one, p->list[i].d.b);
		if (i == 0)
			memcpy(sum, one, 32);
		else
			crypto_core_ed25519_add(sum, sum, one);
	}
	crypto_hash_sha512_init(&hash);
	crypto_hash_sha512_update(&hash, sum, 32);
	crypto_hash_sha512_update(&hash, group.public, 32);
	crypto_hash_sha512_update(&hash, (const uint8_t *)t->b, t->n);
	crypto_hash_sha512_final(&hash, wide);
	crypto_core_ed25519_scalar_reduce(c, wide);
	/* her share, times 3 / (3 - 1), times the challenge */
	crypto_core_ed25519_scalar_add(s, coefficient[0], coefficient[1]);
	memset(id, 0, sizeof id);
	id[0] = 2;
	assert(crypto_core_ed25519_scalar_invert(one, id) == 0);
	id[0] = 3;
	crypto_core_ed25519_scalar_mul(one, one, id);
	crypto_core_ed25519_scalar_mul(s, s, one);
	crypto_core_ed25519_scalar_mul(s, s, c);
	scalar_of(one, "ann E");
	crypto_core_ed25519_scalar_mul(one, one, rho[0]);
	crypto_core_ed25519_scalar_add(s, s, one);
	scalar_of(one, "ann D");
	crypto_core_ed25519_scalar_add(z, s, one);
}

/* The five items, and whether they convict. */
static void
blame_file(const char *name, enum rc want, const struct message_blame *blame,
    const struct buf *package, const struct buf *share_note)
{
	static struct blame_case proven;
	struct bundle b;
	struct text t;

	text_init(&t, scratch, sizeof scratch);
	blame_put(&t, blame, slice_of_buf(package), slice_of_buf(share_note),
	    slice_of_buf(&group_release), slice_of_buf(&roster));
	assert(!t.full);
	assert(bundle_init(&b, (const uint8_t *)t.p, t.n) == RC_OK);
	assert(blame_check(&proven, &b) == want);
	put(name, t.p, t.n);
}

void
protocol_files(void)
{
	static struct buf package_text, share_note;
	static struct message_package package;
	static struct message_status status;
	uint8_t release_id[32], roster_id[32];
	static char roster_hex[65];
	struct message_approve approve = {0};
	struct message_refuse refuse = {0};
	struct message_commit commit = {0};
	struct message_share own = {0};
	struct message_blame blame = {0};
	struct message_poll poll = {0};
	struct message_read read = {0};
	struct message_inbox inbox = {0};
	struct message_purpose purpose = {0};
	struct message_signature signature = {0};
	uint8_t d[32];

	text_id(release_id, &group_release);
	text_id(roster_id, &roster);
	sodium_bin2hex(roster_hex, sizeof roster_hex, roster_id, 32);
	memcpy(approve.release, release_id, 32);
	PROTOCOL(approve, &approve, &party[0]);

	memcpy(refuse.release, release_id, 32);
	refuse.code = word("person");
	refuse.reason = word("ann wants to see the test report first");
	PROTOCOL(refuse, &refuse, &party[1]);

	memcpy(commit.message, release_id, 32);
	memcpy(commit.roster, roster_id, 32);
	digest(d, "boot of ann");
	memcpy(commit.boot, d, sizeof commit.boot);
	commit.serial = 1;
	point_of(&commit.d, "ann D");
	point_of(&commit.e, "ann E");
	PROTOCOL(commit, &commit, &party[0]);

	memcpy(package.message, release_id, 32);
	memcpy(package.roster, roster_id, 32);
	package.has_roster = true;
	package.session = 1;
	package.list_n = 2;
	package.list[0].id = 1;
	package.list[0].d = commit.d;
	package.list[0].e = commit.e;
	package.list[1].id = 3;
	point_of(&package.list[1].d, "cy D");
	point_of(&package.list[1].e, "cy E");
	PROTOCOL(package, &package, NULL);
	package_text = text;

	memcpy(own.message, release_id, 32);
	memcpy(own.roster, roster_id, 32);
	text_id(own.package, &text);
	memcpy(own.boot, commit.boot, sizeof own.boot);
	own.d = commit.d;
	own.e = commit.e;
	scalar_of(own.z.b, "ann z");
	PROTOCOL(share, &own, &party[0]);

	blame.party = word(party[0].vkey);
	memcpy(blame.message, release_id, 32);
	memcpy(blame.package, own.package, 32);
	text_id(blame.share, &text);
	blame.code = word("share");
	share_note = file;
	PROTOCOL(blame, &blame, NULL);
	blame_file("blame.bundle", RC_OK, &blame, &package_text, &share_note);
	/* of one who sent what she was asked for */
	ann_share(own.z.b, &package, &group_release);
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		share_build(&t, &own);
		buf_set(&text, t.p);
	}
	by = BY(&party[0]);
	note_make(&share_note, &text, &by);
	text_id(blame.share, &text);
	blame_file("forged-blame.bundle", RC_BLAME, &blame, &package_text,
	    &share_note);

	package.has_roster = false;
	package.list_n = 0;
	package.name_n = 1;
	package.name[0] = word(a.signer[2].name);
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		package_build(&t, &package);
		protocol("package-plain", &t, NULL);
	}

	poll.authority = word("acme/group");
	poll.epoch = 1;
	memcpy(poll.boot, commit.boot, sizeof poll.boot);
	poll.time = HELP_TIME;
	poll.after = word("0");
	PROTOCOL(poll, &poll, &party[0]);

	read.path = word("/v1/proposals/"
			 "00112233445566778899aabbccddeeff"
			 "00112233445566778899aabbccddeeff?wait=20&change=3");
	read.time = HELP_TIME;
	PROTOCOL(read, &read, &a.root[0]);

	memcpy(status.release, release_id, 32);
	status.change = 4;
	status.state = word("open");
	status.product = word("acme/pump");
	status.sequence = 7;
	status.roster = word(roster_hex);
	status.session = 1;
	status.need = word("all release carol; release: 2 of 3");
	status.approved_n = 2;
	status.approved[0] = word("acme.example/ann");
	status.approved[1] = word("acme.example/cy");
	status.refused_n = 1;
	status.refused[0] = word("acme.example/ben");
	status.refused_code[0] = word("person");
	status.said_n = 1;
	status.said[0] = word("acme.example/ben");
	status.said_words[0] = word("not before the recall is over");
	status.awaited_n = 1;
	status.awaited[0] = word("acme.example/carol");
	PROTOCOL(status, &status, NULL);

	inbox.cursor = word("7");
	inbox.time = HELP_TIME;
	PROTOCOL(inbox, &inbox, NULL);

	digest(purpose.message, "message of a purpose");
	memcpy(purpose.release, release_id, 32);
	purpose.signer = word("release");
	purpose.purpose = word("mcuboot");
	purpose.component = word("app");
	PROTOCOL(purpose, &purpose, &a.root[0]);

	memcpy(signature.message, purpose.message, 32);
	memcpy(signature.release, release_id, 32);
	signature.signer = purpose.signer;
	signature.purpose = purpose.purpose;
	signature.component = purpose.component;
	stream(signature.key, 32, "key of a purpose");
	stream(signature.signature, 64, "signature of a purpose");
	PROTOCOL(signature, &signature, NULL);
}

void
ceremony_messages(void)
{
	static struct message_deal deal;
	static struct message_birth birth;
	static struct message_reshare reshare;
	static struct message_choice choice;
	struct message_accept accept = {0};
	struct message_confirm confirm = {0};
	struct message_complaint complaint = {0};
	const char *const *names = party_names;
	const uint8_t *id = ceremony.ceremony.id;
	uint8_t wide[64];
	unsigned i;

	memcpy(accept.ceremony, id, 32);
	point_of(&accept.key, "ann P");
	PROTOCOL(accept, &accept, &party[0]);

	memcpy(deal.ceremony, id, 32);
	deal.dealing.commitment_n = 2;
	point_of(&deal.dealing.commitment[0], "ann C0");
	point_of(&deal.dealing.commitment[1], "ann C1");
	stream(deal.pop, 64, "ann pop");
	point_of(&deal.dealing.ephemeral, "ann ephemeral");
	deal.dealing.share_n = 3;
	for (i = 0; i < 3; i++) {
		deal.dealing.share_name[i] = word(names[i]);
		stream(deal.dealing.share[i], 48, names[i]);
	}
	PROTOCOL(deal, &deal, &party[0]);

	memcpy(confirm.ceremony, id, 32);
	crypto_hash_sha512(wide, (const uint8_t *)"transcript", 10);
	memcpy(confirm.transcript, wide, 64);
	stream(confirm.signature, 64, "ann confirms");
	PROTOCOL(confirm, &confirm, &party[0]);

	memcpy(complaint.ceremony, id, 32);
	complaint.dealer = word("ben");
	complaint.reason = word("ciphertext");
	PROTOCOL(complaint, &complaint, &party[0]);

	/* the ciphertext of ben for ann, opened */
	complaint.opened_n = 2;
	for (i = 0; i < 2; i++) {
		point_of(&complaint.opened[i], i == 0 ? "ann S0" : "ann S1");
		stream(complaint.proof[i], 64, i == 0 ? "ann 0" : "ann 1");
	}
	{
		struct text t;

		text_init(&t, scratch, sizeof scratch);
		complaint_build(&t, &complaint);
		protocol("complaint-opened", &t, &party[0]);
	}

	memcpy(reshare.ceremony, id, 32);
	memcpy(reshare.context, wide, 64);
	reshare.dealing = deal.dealing;
	PROTOCOL(reshare, &reshare, &party[0]);

	memcpy(choice.ceremony, id, 32);
	choice.number = 1;
	memcpy(choice.context, wide, 64);
	choice.dealing_n = 2;
	for (i = 0; i < 2; i++) {
		choice.dealer[i] = word(names[2 * i]);
		digest(choice.dealing[i], names[2 * i]);
	}
	PROTOCOL(choice, &choice, NULL);

	memcpy(birth.ceremony, id, 32);
	birth.change = 3;
	birth.state = word("dealing");
	birth.code = word(ceremony.code);
	birth.accepted_n = 3;
	for (i = 0; i < 3; i++)
		birth.accepted[i] = word(names[i]);
	birth.dealt_n = 1;
	birth.dealt[0] = word("ann");
	birth.roster = birth.trust = word("-");
	PROTOCOL(birth, &birth, NULL);
}
