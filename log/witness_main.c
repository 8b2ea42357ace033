/* SPDX-License-Identifier: Apache-2.0 */
/* quorate-witnessd: cosigns the heads of the logs that it was told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/args.h"
#include "host/clock.h"
#include "host/config.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/http_server.h"
#include "host/say.h"
#include "host/secret.h"
#include "host/standard.h"
#include "host/tls_files.h"
#include "log/serve_witness.h"
#include "log/store_key.h"

static enum rc
take_vkey(void *base, const char *value, struct why *why)
{
	struct witness_log *l = base;
	size_t n = strlen(value);
	struct vkey *k = &l->key[l->key_n];
	char *kept = l->vkey[l->key_n];

	if (l->key_n == WITNESS_LOG_KEYS_MAX || n >= LOG_VKEY_MAX) {
		why_set(why, "too many keys, or too long");
		return RC_CONFIG;
	}
	strcpy(kept, value);
	if (vkey_parse(k, (struct slice){(uint8_t *)kept, n}, KEY_ED25519) !=
	    RC_OK) {
		why_set(why, "wants a vkey of type 0x01 (Ed25519)");
		return RC_CONFIG;
	}
	if (!slice_is(k->name, l->origin)) {
		why_set(why, "the key's name is not the origin '%s'",
		    l->origin);
		return RC_CONFIG;
	}
	l->key_n++;
	return RC_OK;
}

/* "NAME ID": whose entries a mirror judges. */
static enum rc
take_first(void *base, const char *value, struct why *why)
{
	struct witness_log *l = base;
	const char *space = strchr(value, ' ');
	struct slice name = {(const uint8_t *)value,
	    space != NULL ? (size_t)(space - value) : 0};

	if (l->first_n == WITNESS_FIRSTS_MAX || !slice_name(name) ||
	    strlen(space + 1) != 64 ||
	    !hex_decode(l->first[l->first_n].id, 32, space + 1, 64)) {
		why_set(why, "wants the name of an authority and the id of "
			     "its first trust text, at most %d times",
		    WITNESS_FIRSTS_MAX);
		return RC_CONFIG;
	}
	snprintf(l->first[l->first_n++].name, NAME_BYTES_MAX + 1, "%.*s",
	    (int)name.n, value);
	return RC_OK;
}

static void *
open_log(void *target, const char *instance, struct why *why)
{
	struct witness_server *w = target;
	struct slice origin = {(const uint8_t *)instance, strlen(instance)};
	struct witness_log *l;

	if (!slice_foreign(origin) || w->log_n == WITNESS_LOGS_MAX) {
		why_set(why, "not the origin of a log, or too many");
		return NULL;
	}
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	strcpy(l->origin, instance);
	l->tokens_ms = clock_ms();
	w->log[w->log_n++] = l;
	return l;
}

static const struct config_key witness_keys[] = {
    CONFIG_PATH("key", CONFIG_REQUIRED, struct witness_server, key_at.file),
    CONFIG_TEXT("key-credential", 0, struct witness_server,
	key_at.credential),
    CONFIG_PATH("passphrase-file", 0, struct witness_server,
	key_at.passphrase_file),
    CONFIG_TEXT("passphrase-credential", 0, struct witness_server,
	key_at.passphrase_credential),
    CONFIG_TEXT("listen", CONFIG_REQUIRED, struct witness_server, listen),
    CONFIG_PATH("state", CONFIG_REQUIRED, struct witness_server, state),
    CONFIG_PATH("tls-certificate", 0, struct witness_server, tls_certificate),
    CONFIG_PATH("tls-key", 0, struct witness_server, tls_key),
    CONFIG_NUMBER("rate", 0, struct witness_server, rate, 1, 1000000),
    CONFIG_NUMBER("connections", 0, struct witness_server, connections, 1,
	HTTP_CONNECTIONS_MAX),
    CONFIG_NUMBER("connections-per-ip", 0, struct witness_server,
	connections_per_ip, 1, HTTP_CONNECTIONS_MAX),
    {0}};
static const struct config_key log_keys[] = {
    CONFIG_CALL("vkey", CONFIG_REQUIRED | CONFIG_REPEATS, take_vkey),
    CONFIG_CALL("first-trust", CONFIG_REPEATS, take_first), {0}};
static const struct config_section sections[] = {
    {"witness", CONFIG_REQUIRED, NULL, witness_keys},
    {"log", CONFIG_INSTANCES | CONFIG_REQUIRED, open_log, log_keys},
    {0}};

static enum rc
setup_read(struct witness_server *w, const char *path, struct why *why)
{
	enum rc rc;

	w->rate = 1000;
	rc = config_read(w, sections, path, why);
	if (rc == RC_OK) {
		rc = http_listen_check(w->listen, why);
		if (rc == RC_OK)
			rc = tls_server_check(
			    w->tls_certificate, w->tls_key, why);
		if (rc != RC_OK)
			why_prefix(why, "%s: [witness]", path);
	}
	if (rc == RC_OK)
		rc = key_load(&w->seed, &w->key, w->vkey, &w->key_at,
		    KEY_COSIGNATURE, why);
	return rc;
}

static void
setup_free(struct witness_server *w)
{
	secret_free(w->seed);
	while (w->log_n > 0)
		free(w->log[--w->log_n]);
	free(w);
}

static int
serve(struct witness_server *w)
{
	struct why why = {""};
	int signal;

	if (witness_start(w, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	say(SAY_INFO, "witness %s, %u logs", w->vkey, w->log_n);
	daemon_ready("listening on %s", http_server_address(w->http));
	do
		signal = daemon_wait(0);
	while (signal == 1); /* SIGHUP: nothing to read again */
	witness_stop(w);
	return EXIT_OK;
}

int
main(int argc, char **argv)
{
	const char *config = NULL;
	bool check = false, mirror = false;
	const struct args_option options[] = {
	    {.name = "config", .value = "FILE", .required = true,
		.string = &config, .help = "the configuration"},
	    {.name = "check-config", .flag = &check,
		.help = "read it and the key, start nothing"},
	    {.name = "mirror", .flag = &mirror,
		.help = "be a mirror: take, keep and serve every entry, and "
			"sign only what is held"},
	    {0}};
	const struct args_command command = {.program = "quorate-witnessd",
	    .options = options,
	    .help = "Cosigns checkpoints of logs (C2SP tlog-witness): says "
		    "that each tree it signs\ncontinues the one before it, and "
		    "keeps evidence when one does not."};
	struct witness_server *w;
	struct why why = {""};
	int lock, code;

	standard_hold();
	say_init("quorate-witnessd");
	args_parse(NULL, &command, argc, argv);
	secret_process_harden();
	w = calloc(1, sizeof *w);
	if (w == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	if (setup_read(w, config, &why) != RC_OK) {
		setup_free(w);
		die(EXIT_USAGE, "%s", why.text);
	}
	if (check) {
		setup_free(w);
		return EXIT_OK;
	}
	w->mirror = mirror;
	if (dir_make(w->state, 0755, &why) != RC_OK ||
	    file_lock(&lock, w->state, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	daemon_begin();
	code = serve(w);
	file_unlock(lock);
	setup_free(w);
	return code;
}
