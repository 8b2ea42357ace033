/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PROTOCOL.sshsig: a blob of length-prefixed strings, base64 between two
 * rules. What is signed is "SSHSIG", name space, reserved, the hash's name
 * and the message's hash, so that one signature is good in one name space
 * only. A hardware key signs that once more under its application, a byte of
 * flags and a counter (PROTOCOL.u2f).
 */
#include "signer/sshsig.h"
#include <sodium.h>
#include <string.h>
#include "host/text.h"
#include "verify/ed25519.h"

static const char rule_begin[] = "-----BEGIN SSH SIGNATURE-----";
static const char rule_end[] = "-----END SSH SIGNATURE-----";
static const char type_plain[] = "ssh-ed25519";
static const char type_hardware[] = "sk-ssh-ed25519@openssh.com";
enum { FLAG_TOUCHED = 1 };

/* ---- length-prefixed strings ----------------------------------------- */

static bool
take(struct slice *from, size_t n, struct slice *out)
{
	if (from->n < n)
		return false;
	*out = (struct slice){from->p, n};
	from->p += n;
	from->n -= n;
	return true;
}

static bool
take_u32(struct slice *from, uint32_t *out)
{
	struct slice b;

	if (!take(from, 4, &b))
		return false;
	*out = (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 |
	    (uint32_t)b.p[2] << 8 | b.p[3];
	return true;
}

static bool
take_string(struct slice *from, struct slice *out)
{
	uint32_t n;

	return take_u32(from, &n) && take(from, n, out);
}

static bool
key_take(struct slice blob, struct ssh_key *key)
{
	struct slice type, point, application;

	memset(key, 0, sizeof *key);
	if (!take_string(&blob, &type) || !take_string(&blob, &point) ||
	    point.n != sizeof key->key)
		return false;
	key->hardware = slice_is(type, type_hardware);
	if (!key->hardware && !slice_is(type, type_plain))
		return false;
	memcpy(key->key, point.p, sizeof key->key);
	if (!key->hardware)
		return blob.n == 0;
	if (!take_string(&blob, &application) || blob.n != 0 ||
	    application.n == 0 || application.n > SSH_APPLICATION_MAX ||
	    memchr(application.p, 0, application.n) != NULL)
		return false;
	memcpy(key->application, application.p, application.n);
	return true;
}

/* ---- a signature ------------------------------------------------------ */

static struct slice
line_take(struct slice *rest)
{
	const uint8_t *lf =
	    rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
	struct slice line = {
	    rest->p, lf == NULL ? rest->n : (size_t)(lf - rest->p)};
	size_t used = line.n + (lf != NULL);

	rest->p += used;
	rest->n -= used;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--; /* what came by mail */
	return line;
}

static enum rc
armor_open(struct sshsig *s, const uint8_t *armor, size_t n, struct why *why)
{
	char digits[SSHSIG_ARMOR_MAX];
	char *at = digits;
	struct slice rest = {armor, n}, line;

	if (n > SSHSIG_ARMOR_MAX || !slice_is(line_take(&rest), rule_begin)) {
		why_set(why, "not an SSH signature");
		return RC_SSHSIG;
	}
	for (;;) {
		line = line_take(&rest);
		if (slice_is(line, rule_end))
			break;
		if (line.n == 0 || line.n > 76) {
			why_set(why, "the SSH signature's armour is damaged");
			return RC_SSHSIG;
		}
		memcpy(at, line.p, line.n);
		at += line.n;
	}
	while (rest.n > 0)
		if (line_take(&rest).n > 0) {
			why_set(why, "bytes after the SSH signature");
			return RC_SSHSIG;
		}
	if (base64_decode(s->blob, &s->n, sizeof s->blob, digits,
		(size_t)(at - digits)))
		return RC_OK;
	why_set(why, "the SSH signature's base64 is damaged");
	return RC_SSHSIG;
}

enum rc
sshsig_parse(
    struct sshsig *s, const uint8_t *armor, size_t n, struct why *why)
{
	struct slice at, magic, key, reserved, sig, type;
	uint32_t version;
	enum rc rc;

	memset(s, 0, sizeof *s);
	rc = armor_open(s, armor, n, why);
	if (rc != RC_OK)
		return rc;
	at = (struct slice){s->blob, s->n};
	if (!take(&at, 6, &magic) || !slice_is(magic, "SSHSIG") ||
	    !take_u32(&at, &version) || version != 1 ||
	    !take_string(&at, &key) || !take_string(&at, &s->name_space) ||
	    !take_string(&at, &reserved) || !take_string(&at, &s->hash) ||
	    !take_string(&at, &sig) || at.n != 0 || reserved.n != 0) {
		why_set(why, "not a version 1 SSH signature");
		return RC_SSHSIG;
	}
	if (!key_take(key, &s->key)) {
		why_set(why, "the signing key is neither ssh-ed25519 nor "
			     "sk-ssh-ed25519");
		return RC_SSHSIG;
	}
	if (!take_string(&sig, &type) ||
	    !slice_is(type, s->key.hardware ? type_hardware : type_plain) ||
	    !take_string(&sig, &s->signature) || s->signature.n != 64) {
		why_set(why, "the signature is not one of its key");
		return RC_SSHSIG;
	}
	if (s->key.hardware) {
		struct slice flags;

		if (!take(&sig, 1, &flags) || !take_u32(&sig, &s->counter)) {
			why_set(why, "the hardware signature is cut short");
			return RC_SSHSIG;
		}
		s->flags = flags.p[0];
	}
	if (sig.n != 0) {
		why_set(why, "bytes after the signature");
		return RC_SSHSIG;
	}
	return RC_OK;
}

static void
put_string(struct text *t, const void *p, size_t n)
{
	const uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 8), (uint8_t)n};

	text_put(t, head, sizeof head);
	text_put(t, p, n);
}

enum rc
sshsig_verify(const struct sshsig *s, const char *name_space,
    const uint8_t *message, size_t n)
{
	uint8_t digest[64], outer[32 + 1 + 4 + 32];
	char room[SSH_PRINCIPALS_MAX + 256];
	struct text data;
	size_t digest_n = 0;

	if (!slice_is(s->name_space, name_space))
		return RC_SSHSIG;
	if (slice_is(s->hash, "sha512")) {
		crypto_hash_sha512(digest, message, n);
		digest_n = 64;
	} else if (slice_is(s->hash, "sha256")) {
		crypto_hash_sha256(digest, message, n);
		digest_n = 32;
	} else {
		return RC_SSHSIG;
	}
	text_init(&data, room, sizeof room);
	text_put(&data, "SSHSIG", 6);
	put_string(&data, s->name_space.p, s->name_space.n);
	put_string(&data, "", 0);
	put_string(&data, s->hash.p, s->hash.n);
	put_string(&data, digest, digest_n);
	if (data.full)
		return RC_SSHSIG;
	if (!s->key.hardware)
		return ed25519_verify(s->signature.p, s->key.key,
		    (const uint8_t *)data.p, data.n);
	if (!(s->flags & FLAG_TOUCHED))
		return RC_SSHSIG;
	crypto_hash_sha256(outer, (const uint8_t *)s->key.application,
	    strlen(s->key.application));
	outer[32] = s->flags;
	for (unsigned i = 0; i < 4; i++)
		outer[33 + i] = (uint8_t)(s->counter >> (24 - 8 * i));
	crypto_hash_sha256(outer + 37, (const uint8_t *)data.p, data.n);
	return ed25519_verify(
	    s->signature.p, s->key.key, outer, sizeof outer);
}

/* ---- allowed signers --------------------------------------------------- */

/* The next word; a quoted part of it may hold spaces. */
static struct slice
word_take(struct slice *rest)
{
	struct slice word;
	bool quoted = false;

	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t')) {
		rest->p++;
		rest->n--;
	}
	word = (struct slice){rest->p, 0};
	while (rest->n > 0 &&
	    (quoted || (*rest->p != ' ' && *rest->p != '\t'))) {
		if (*rest->p == '"')
			quoted = !quoted;
		rest->p++;
		rest->n--;
		word.n++;
	}
	return word;
}

/* name="value": the value, or false. */
static bool
option_is(struct slice option, const char *name, struct slice *value)
{
	size_t n = strlen(name);

	if (option.n < n + 3 || memcmp(option.p, name, n) != 0 ||
	    option.p[n] != '=' || option.p[n + 1] != '"' ||
	    option.p[option.n - 1] != '"')
		return false;
	*value = (struct slice){option.p + n + 2, option.n - n - 3};
	return memchr(value->p, '"', value->n) == NULL;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static uint64_t
days_of(unsigned year, unsigned month, unsigned day)
{
	uint64_t y = year - (month <= 2), m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	    1 - 719468;
}

/* YYYYMMDD[HHMM[SS]][Z] */
static bool
date_read(struct slice s, uint64_t *out)
{
	unsigned part[6] = {0};
	static const uint8_t width[] = {4, 2, 2, 2, 2, 2};
	size_t at = 0;

	if (s.n > 0 && s.p[s.n - 1] == 'Z')
		s.n--;
	if (s.n != 8 && s.n != 12 && s.n != 14)
		return false;
	for (unsigned i = 0; i < 6 && at < s.n; i++)
		for (unsigned d = 0; d < width[i]; d++, at++) {
			if (s.p[at] < '0' || s.p[at] > '9')
				return false;
			part[i] = part[i] * 10 + s.p[at] - '0';
		}
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > 31 || part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*out = days_of(part[0], part[1], part[2]) * 86400 + part[3] * 3600 +
	    part[4] * 60 + part[5];
	return true;
}

static bool
option_take(struct ssh_signer *s, struct slice option)
{
	struct slice value;

	if (option_is(option, "namespaces", &value)) {
		if (value.n > SSH_PRINCIPALS_MAX)
			return false;
		memcpy(s->name_spaces, value.p, value.n);
		s->name_spaces[value.n] = '\0';
		return value.n > 0;
	}
	if (option_is(option, "valid-after", &value))
		return date_read(value, &s->after);
	if (option_is(option, "valid-before", &value))
		return date_read(value, &s->before);
	return false;
}

/* Options are one word: name="value",name="value". */
static bool
options_take(struct ssh_signer *s, struct slice word)
{
	while (word.n > 0) {
		struct slice option = {word.p, 0};
		bool quoted = false;

		while (word.n > 0 && (quoted || *word.p != ',')) {
			if (*word.p == '"')
				quoted = !quoted;
			word.p++;
			word.n--;
			option.n++;
		}
		if (!option_take(s, option))
			return false;
		if (word.n > 0) { /* the comma */
			word.p++;
			word.n--;
			if (word.n == 0)
				return false;
		}
	}
	return true;
}

/* Words that name a key's type, of whatever kind. */
static bool
type_like(struct slice word)
{
	static const char *const starts[] = {
	    "ssh-", "sk-ssh-", "ecdsa-", "sk-ecdsa-"};

	for (unsigned i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (word.n > strlen(starts[i]) &&
		    memcmp(word.p, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static enum rc
signer_line(struct ssh_signers *out, struct slice line, struct why *why)
{
	struct slice principals = word_take(&line), word = word_take(&line);
	struct ssh_signer *s = &out->at[out->count];
	uint8_t blob[256];
	bool hardware;
	size_t n;

	memset(s, 0, sizeof *s);
	if (principals.n > SSH_PRINCIPALS_MAX) {
		why_set(why, "its names are too long");
		return RC_SSHSIG;
	}
	memcpy(s->principals, principals.p, principals.n);
	if (!type_like(word)) {
		if (!options_take(s, word)) {
			why_set(why, "'%.*s' is no option that is known here",
			    (int)word.n, (const char *)word.p);
			return RC_SSHSIG;
		}
		word = word_take(&line);
	}
	if (!slice_is(word, type_plain) && !slice_is(word, type_hardware)) {
		if (!type_like(word)) {
			why_set(why, "no key stands on it");
			return RC_SSHSIG;
		}
		out->other++;
		return RC_OK;
	}
	hardware = slice_is(word, type_hardware);
	word = word_take(&line);
	if (!base64_decode(
		blob, &n, sizeof blob, (const char *)word.p, word.n) ||
	    !key_take((struct slice){blob, n}, &s->key) ||
	    s->key.hardware != hardware) {
		why_set(why, "its key is damaged");
		return RC_SSHSIG;
	}
	out->count++;
	return RC_OK;
}

enum rc
ssh_signers_parse(struct ssh_signers *out, const uint8_t *text, size_t n,
    struct why *why)
{
	struct slice rest = {text, n};
	unsigned number = 0;

	memset(out, 0, sizeof *out);
	if (n > SSH_SIGNERS_FILE_MAX || (n > 0 && memchr(text, 0, n) != NULL)) {
		why_set(why, "not a file of allowed signers");
		return RC_SSHSIG;
	}
	while (rest.n > 0) {
		struct slice line = line_take(&rest), look = line;
		enum rc rc;

		number++;
		look = word_take(&look);
		if (look.n == 0 || *look.p == '#')
			continue;
		if (out->count == SSH_SIGNERS_MAX) {
			why_set(why, "line %u: more than %d keys", number,
			    SSH_SIGNERS_MAX);
			return RC_LIMIT;
		}
		rc = signer_line(out, line, why);
		if (rc != RC_OK) {
			why_prefix(why, "line %u", number);
			return rc;
		}
	}
	return RC_OK;
}

/* Whether a comma-separated list names it. */
static bool
listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; *at != '\0';) {
		size_t word = strcspn(at, ",");

		if (word == n && memcmp(at, name, n) == 0)
			return true;
		at += word;
		at += *at == ',';
	}
	return false;
}

const struct ssh_signer *
ssh_signers_find(const struct ssh_signers *s, const struct ssh_key *key,
    const char *name_space, uint64_t at)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct ssh_signer *k = &s->at[i];

		if (k->key.hardware == key->hardware &&
		    memcmp(k->key.key, key->key, sizeof key->key) == 0 &&
		    strcmp(k->key.application, key->application) == 0 &&
		    (k->name_spaces[0] == '\0' ||
			listed(k->name_spaces, name_space)) &&
		    (k->after == 0 || at >= k->after) &&
		    (k->before == 0 || at < k->before))
			return k;
	}
	return NULL;
}
