/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets in memory and at rest. A sealed file is read by taking its lines
 * apart, writing the header again from what was found, and comparing: so it
 * has one spelling, and every byte of it is either fixed or authenticated.
 */
#include "host/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "host/file.h"
#include "host/say.h"

#define SALT_BYTES   crypto_pwhash_SALTBYTES
#define NONCE_BYTES  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define KEY_BYTES    crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define TAG_BYTES    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BODY_MAX     (SECRET_PLAIN_MAX + TAG_BYTES)
#define LINE_CHARS   64
#define HEADER_MAX   320
#define KDF_OPS_MAX  4
#define KDF_MEM_MIN  65536
#define KDF_MEM_MAX  1073741824

_Static_assert(SECRET_SEALED_MAX > HEADER_MAX + BASE64_CHARS(BODY_MAX) +
	BASE64_CHARS(BODY_MAX) / LINE_CHARS + 2, "the largest fits");

/* A leak checker must attach to its own process; those builds hold no real
 * secrets. */
#if defined(__SANITIZE_ADDRESS__)
#define SECRET_DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SECRET_DUMPABLE 1
#endif
#endif
#ifndef SECRET_DUMPABLE
#define SECRET_DUMPABLE 0
#endif

void
secret_process_harden(void)
{
	struct rlimit none = {0, 0};

	if (sodium_init() < 0)
		die(EXIT_ENVIRONMENT, "cannot initialise libsodium");
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, SECRET_DUMPABLE) != 0)
		die(EXIT_ENVIRONMENT, "cannot forbid core dumps: %s",
		    strerror(errno));
}

void *
secret_new(size_t n)
{
	void *p = sodium_init() < 0 ? NULL : sodium_malloc(n);

	/* sodium_malloc locks too, and does not say when that fails */
	if (p == NULL || sodium_mlock(p, n) != 0)
		die(EXIT_ENVIRONMENT, "no guarded memory for secrets; raise "
				      "the limit of locked memory");
	memset(p, 0, n);
	return p;
}

void
secret_free(void *secret)
{
	sodium_free(secret);
}

static void
secret_protect(int failed)
{
	if (failed != 0)
		die(EXIT_ENVIRONMENT, "cannot change the protection of "
				      "memory: %s", strerror(errno));
}

void
secret_hide(void *secret)
{
	secret_protect(sodium_mprotect_noaccess(secret));
}

void
secret_show(void *secret)
{
	secret_protect(sodium_mprotect_readonly(secret));
}

void
secret_edit(void *secret)
{
	secret_protect(sodium_mprotect_readwrite(secret));
}

struct sealed {
	char kind[SECRET_KIND_MAX + 1];
	uint64_t ops, mem;
	uint8_t salt[SALT_BYTES], nonce[NONCE_BYTES];
};

static bool
kind_valid(const char *kind)
{
	size_t n = strlen(kind);

	return n >= 1 && n <= SECRET_KIND_MAX &&
	    strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789._/-") == n;
}

static void
put_header(struct text *t, const struct sealed *s)
{
	text_printf(t, "quorate-sealed-v1\nkind %s\nkdf argon2id %llu %llu ",
	    s->kind, (unsigned long long)s->ops, (unsigned long long)s->mem);
	text_base64(t, s->salt, sizeof s->salt);
	text_string(t, "\nnonce ");
	text_base64(t, s->nonce, sizeof s->nonce);
	text_string(t, "\n");
}

static enum rc
derive(uint8_t *key, const struct sealed *s, const struct passphrase *pass)
{
	if (crypto_pwhash(key, KEY_BYTES, pass->b, pass->n, s->salt, s->ops,
		(size_t)s->mem, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return RC_MEMORY;
	return RC_OK;
}

enum rc
secret_seal(struct text *out, const char *kind, const uint8_t *plain, size_t n,
    const struct passphrase *pass, enum secret_cost cost)
{
	static const uint64_t ops[] = {1, 2, 3, 4};
	static const uint64_t mem[] = {65536, 67108864, 268435456, 1073741824};
	char header[HEADER_MAX], body[BASE64_CHARS(BODY_MAX) + 1];
	uint8_t sealed[BODY_MAX], *key;
	unsigned long long sealed_n = 0;
	struct sealed s = {.ops = ops[cost], .mem = mem[cost]};
	struct text head, lines;
	enum rc rc;
	size_t i, k;

	if (!kind_valid(kind))
		return RC_FIELD;
	if (n > SECRET_PLAIN_MAX)
		return RC_FILE_LONG;
	strcpy(s.kind, kind);
	key = secret_new(KEY_BYTES);
	randombytes_buf(s.salt, sizeof s.salt);
	randombytes_buf(s.nonce, sizeof s.nonce);
	text_init(&head, header, sizeof header);
	put_header(&head, &s);
	rc = derive(key, &s, pass);
	if (rc != RC_OK)
		goto out;
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, &sealed_n, plain, n,
	    (const uint8_t *)head.p, head.n, NULL, s.nonce, key);
	text_init(&lines, body, sizeof body);
	text_base64(&lines, sealed, (size_t)sealed_n);
	text_put(out, head.p, head.n);
	for (i = 0; i < lines.n; i += k) {
		k = lines.n - i < LINE_CHARS ? lines.n - i : LINE_CHARS;
		text_put(out, lines.p + i, k);
		text_put(out, "\n", 1);
	}
	rc = out->full ? RC_FILE_LONG : RC_OK;
out:
	secret_free(key);
	return rc;
}

/* The field behind `label`, up to the next `end`; moves *at past it. NULL
 * if it is not there. The bytes are not looked at. */
static const char *
take(const char **at, const char *limit, const char *label, char end, size_t *n)
{
	size_t label_n = strlen(label);
	const char *field, *stop;

	if ((size_t)(limit - *at) < label_n || memcmp(*at, label, label_n) != 0)
		return NULL;
	field = *at + label_n;
	stop = memchr(field, end, (size_t)(limit - field));
	if (stop == NULL)
		return NULL;
	*n = (size_t)(stop - field);
	*at = stop + 1;
	return field;
}

static bool
take_bytes(const char **at, const char *limit, const char *label, uint8_t *out,
    size_t out_n)
{
	size_t n = 0, have = 0;
	const char *field = take(at, limit, label, '\n', &n);

	return field != NULL && base64_decode(out, &have, out_n, field, n) &&
	    have == out_n;
}

static bool
take_number(const char **at, const char *limit, const char *label,
    uint64_t *value, uint64_t max)
{
	size_t n = 0;
	const char *field = take(at, limit, label, ' ', &n);

	return field != NULL && decimal_decode(value, max, field, n);
}

static bool
cost_bearable(const struct sealed *s)
{
	return s->ops >= 1 && s->ops <= KDF_OPS_MAX && s->mem >= KDF_MEM_MIN &&
	    s->mem <= KDF_MEM_MAX && (s->mem & (s->mem - 1)) == 0;
}

/* *body is where the header ends. */
static bool
header_parse(struct sealed *s, const char **body, const char *text, size_t n)
{
	const char *at = text, *limit = text + n, *kind;
	char header[HEADER_MAX];
	struct text again;
	size_t kind_n = 0;

	memset(s, 0, sizeof *s);
	kind = take(&at, limit, "quorate-sealed-v1\nkind ", '\n', &kind_n);
	if (kind == NULL || kind_n > SECRET_KIND_MAX)
		return false;
	memcpy(s->kind, kind, kind_n);
	if (!kind_valid(s->kind) ||
	    !take_number(&at, limit, "kdf argon2id ", &s->ops, KDF_OPS_MAX) ||
	    !take_number(&at, limit, "", &s->mem, KDF_MEM_MAX) ||
	    !take_bytes(&at, limit, "", s->salt, sizeof s->salt) ||
	    !take_bytes(&at, limit, "nonce ", s->nonce, sizeof s->nonce) ||
	    !cost_bearable(s))
		return false;
	text_init(&again, header, sizeof header);
	put_header(&again, s);
	*body = at;
	return !again.full && again.n == (size_t)(at - text) &&
	    memcmp(again.p, text, again.n) == 0;
}

/* Full lines, then one of 1..64 characters, then the end. */
static bool
body_parse(uint8_t *out, size_t *n, const char *body, size_t body_n)
{
	char joined[BASE64_CHARS(BODY_MAX)];
	size_t have = 0, i = 0, k;

	*n = 0;
	while (i < body_n) {
		k = body_n - i < LINE_CHARS + 1 ? body_n - i : LINE_CHARS + 1;
		if (k < 2 || body[i + k - 1] != '\n' ||
		    have + k - 1 > sizeof joined)
			return false;
		memcpy(joined + have, body + i, k - 1);
		have += k - 1;
		i += k;
	}
	return base64_decode(out, n, BODY_MAX, joined, have) && *n >= TAG_BYTES;
}

enum rc
secret_open(uint8_t *plain, size_t *n, size_t cap, const char *kind,
    const char *sealed, size_t sealed_n, const struct passphrase *pass)
{
	uint8_t bytes[BODY_MAX], *key;
	unsigned long long plain_n = 0;
	const char *body = sealed;
	size_t bytes_n = 0;
	struct sealed s;
	enum rc rc;

	*n = 0;
	if (cap > 0)
		memset(plain, 0, cap);
	if (sealed_n > SECRET_SEALED_MAX ||
	    !header_parse(&s, &body, sealed, sealed_n) ||
	    strcmp(s.kind, kind) != 0 ||
	    !body_parse(bytes, &bytes_n, body,
		sealed_n - (size_t)(body - sealed)))
		return RC_SEALED;
	if (bytes_n - TAG_BYTES > cap)
		return RC_FILE_LONG;
	key = secret_new(KEY_BYTES);
	rc = derive(key, &s, pass);
	if (rc != RC_OK)
		goto out;
	rc = RC_PASSPHRASE;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &plain_n, NULL,
		bytes, bytes_n, (const uint8_t *)sealed,
		(unsigned long long)(body - sealed), s.nonce, key) != 0)
		goto out;
	*n = (size_t)plain_n;
	rc = RC_OK;
out:
	if (rc != RC_OK && cap > 0)
		sodium_memzero(plain, cap);
	secret_free(key);
	return rc;
}

void
secret_sealed_kind(char kind[static SECRET_KIND_MAX + 1], const char *sealed,
    size_t sealed_n)
{
	const char *body;
	struct sealed s;

	kind[0] = '\0';
	if (header_parse(&s, &body, sealed, sealed_n))
		strcpy(kind, s.kind);
}

/* One LF at the end is the editor's. */
static enum rc
passphrase_check(struct passphrase *pass, const char *from, struct why *why)
{
	size_t i;

	if (pass->n > 0 && pass->b[pass->n - 1] == '\n')
		pass->n--;
	for (i = 0; i < pass->n; i++)
		if ((unsigned char)pass->b[i] < 0x20)
			break;
	if (pass->n > 0 && pass->n <= PASSPHRASE_MAX && i == pass->n) {
		pass->b[pass->n] = '\0';
		return RC_OK;
	}
	why_set(why, "the passphrase from %s is %s", from,
	    pass->n == 0 ? "empty"
			 : "longer than 1024 bytes or has a control byte");
	return RC_PASSPHRASE;
}

static volatile sig_atomic_t tty_signal;

static void
tty_interrupted(int number)
{
	tty_signal = number;
}

static const int tty_signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
#define TTY_SIGNALS (sizeof tty_signals / sizeof tty_signals[0])

/* One line; without SA_RESTART a signal ends the read, so that the terminal
 * gets its echo back before the signal does its work. */
static ssize_t
tty_line(int tty, struct passphrase *pass)
{
	struct sigaction act = {.sa_handler = tty_interrupted};
	struct sigaction old[TTY_SIGNALS];
	struct termios was, quiet;
	ssize_t n = -1;
	size_t i;

	if (tcgetattr(tty, &was) != 0)
		return -1;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ISIG;
	tty_signal = 0;
	for (i = 0; i < TTY_SIGNALS; i++)
		sigaction(tty_signals[i], &act, &old[i]);
	if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0)
		n = read(tty, pass->b, sizeof pass->b);
	tcsetattr(tty, TCSAFLUSH, &was);
	for (i = 0; i < TTY_SIGNALS; i++)
		sigaction(tty_signals[i], &old[i], NULL);
	if (tty_signal != 0)
		raise(tty_signal);
	pass->n = n > 0 ? (size_t)n : 0;
	return n;
}

static enum rc
tty_ask(int tty, struct passphrase *pass, const char *prompt, const char *more,
    struct why *why)
{
	dprintf(tty, "%s%s: ", prompt, more);
	if (tty_line(tty, pass) < 0) {
		why_set(why, "cannot read from the terminal");
		return RC_PASSPHRASE;
	}
	dprintf(tty, "\n");
	return passphrase_check(pass, "the terminal", why);
}

static enum rc
tty_read(struct passphrase *pass, const char *prompt, bool confirm,
    struct why *why)
{
	struct passphrase *again = NULL;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum rc rc;

	if (tty < 0) {
		why_set(why, "no passphrase: there is no terminal; name a "
			     "file in QUORATE_PASSPHRASE_FILE");
		return RC_FILE; /* nothing was said that could be wrong */
	}
	rc = tty_ask(tty, pass, prompt, "", why);
	if (rc == RC_OK && confirm) {
		again = secret_new(sizeof *again);
		rc = tty_ask(tty, again, prompt, " (again)", why);
		if (rc == RC_OK &&
		    (again->n != pass->n ||
			sodium_memcmp(again->b, pass->b, pass->n) != 0)) {
			why_set(why, "the two passphrases differ");
			rc = RC_PASSPHRASE;
		}
		secret_free(again);
	}
	close(tty);
	return rc;
}

enum rc
passphrase_read(struct passphrase *pass, const char *file, const char *prompt,
    bool confirm, struct why *why)
{
	const char *from = file;
	enum rc rc;

	sodium_memzero(pass, sizeof *pass);
	if (from == NULL)
		from = getenv("QUORATE_PASSPHRASE_FILE");
	if (from == NULL || from[0] == '\0') {
		rc = tty_read(pass, prompt, confirm, why);
	} else {
		rc = file_read_into((uint8_t *)pass->b, &pass->n,
		    sizeof pass->b, from, why);
		if (rc == RC_OK)
			rc = passphrase_check(pass, from, why);
		if (rc == RC_OK && file_exposed(from))
			say(SAY_WARNING, "everybody on this machine can read "
					 "the passphrase in '%s': chmod 600", from);
	}
	if (rc != RC_OK)
		sodium_memzero(pass, sizeof *pass);
	return rc;
}
