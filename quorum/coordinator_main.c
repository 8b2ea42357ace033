/* SPDX-License-Identifier: Apache-2.0 */
/* quorate-coordinatord: collects approvals and shares. It has no key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/args.h"
#include "host/config.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/http_server.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "host/standard.h"
#include "host/text.h"
#include "host/tls_files.h"
#include "quorum/serve.h"
#include "quorum/store.h"
#include <sodium.h>

struct setup {
	struct coordinator *c;
	char listen[256], state[FILE_PATH_MAX + 1];
	char certificate[FILE_PATH_MAX + 1], key[FILE_PATH_MAX + 1];
	bool read_auth;
	uint64_t blob_mib, blobs_mib, blob_keep_ms;
	const char *config;
	struct section {
		struct setup *setup;
		char name[NAME_BYTES_MAX + 1];
		bool has_key;
	} section;
};

static struct setup setup = {.read_auth = true,
    .blob_mib = 1024,
    .blobs_mib = 8192,
    .blob_keep_ms = 7ull * 86400000};

/* ---- the tables ---- */

/* Files are named from the configuration's folder, as everywhere. */
static void
path_from(char *out, size_t n, const char *config, const char *value)
{
	const char *slash = strrchr(config, '/');

	if (value[0] == '/' || slash == NULL)
		snprintf(out, n, "%s", value);
	else
		snprintf(out, n, "%.*s/%s", (int)(slash - config), config,
		    value);
}

/* A text, a note of it, or a file with its proof: what is named is believed. */
static enum rc
text_take(struct section *s, const char *value, bool trust, struct why *why)
{
	struct coordinator *c = s->setup->c;
	char path[FILE_PATH_MAX + 1];
	struct note note;
	struct why inner = {""};
	struct trust t;
	uint8_t *bytes;
	size_t n, rest;
	enum rc rc;

	path_from(path, sizeof path, s->setup->config, value);
	rc = file_read(&bytes, &n, path, 2 * NOTE_BYTES_MAX, &inner);
	if (rc != RC_OK) {
		why_set(why, "%s", inner.text);
		return RC_CONFIG;
	}
	if (note_split_file(&note, &rest, bytes, n) == RC_OK)
		n = note.text_n;
	rc = trust ? trust_read(&t, bytes, n, READER_HOST) : RC_OK;
	if (rc == RC_OK && trust && !slice_is(trust_name(&t), s->name)) {
		why_set(why, "'%s' is the trust of another authority", path);
		free(bytes);
		return RC_CONFIG;
	}
	if (rc == RC_OK)
		rc = trust ? coordinator_authority(c, bytes, n)
			   : coordinator_roster(c, bytes, n);
	if (rc != RC_OK)
		why_set(why, "'%s': %s", path, rc_text(rc));
	free(bytes);
	return rc == RC_OK ? RC_OK : RC_CONFIG;
}

static enum rc
take_trust(void *base, const char *value, struct why *why)
{
	return text_take(base, value, true, why);
}

static enum rc
take_roster(void *base, const char *value, struct why *why)
{
	return text_take(base, value, false, why);
}

static enum rc
key_result(struct section *s, enum rc rc, struct why *why)
{
	s->has_key = rc == RC_OK;
	if (rc != RC_OK)
		why_set(why, rc == RC_LIMIT ? "too many of these"
					    : "not a vkey of type 0x01");
	return rc == RC_OK ? RC_OK : RC_CONFIG;
}

static enum rc
take_proposer(void *base, const char *value, struct why *why)
{
	struct section *s = base;

	return key_result(s, coordinator_proposer(s->setup->c, value), why);
}

static enum rc
take_party(void *base, const char *value, struct why *why)
{
	struct section *s = base;

	return key_result(s, coordinator_party(s->setup->c, value), why);
}

/* Names of products, spaces between; a name may end in a star. */
static enum rc
take_products(void *base, const char *value, struct why *why)
{
	struct section *s = base;
	char list[1024];

	if (!s->has_key) {
		why_set(why, "'vkey' stands before 'products'");
		return RC_CONFIG;
	}
	snprintf(list, sizeof list, "%s", value);
	for (char *save = NULL, *p = strtok_r(list, " ", &save); p != NULL;
	     p = strtok_r(NULL, " ", &save))
		if (coordinator_pattern(s->setup->c, p) != RC_OK) {
			why_set(why, "'%s' is no name of a product, nor one "
				     "that ends in *, or there are more than "
				     "%u", p, COORD_PATTERNS_MAX);
			return RC_CONFIG;
		}
	return RC_OK;
}

static void *
open_section(void *target, const char *instance, struct why *why)
{
	struct setup *s = target;
	struct slice name = {(const uint8_t *)instance, strlen(instance)};

	if (!slice_name(name)) {
		why_set(why, "'%s' is not a name", instance);
		return NULL;
	}
	s->section.setup = s;
	s->section.has_key = false;
	memcpy(s->section.name, instance, name.n + 1);
	return &s->section;
}

static const struct config_key main_keys[] = {
    CONFIG_TEXT("listen", CONFIG_REQUIRED, struct setup, listen),
    CONFIG_PATH("state", CONFIG_REQUIRED, struct setup, state),
    CONFIG_BOOL("read-auth", 0, struct setup, read_auth),
    CONFIG_NUMBER("blob-mib", 0, struct setup, blob_mib, 0, 1048576),
    CONFIG_NUMBER("blobs-mib", 0, struct setup, blobs_mib, 0, 1073741824),
    CONFIG_DURATION("blob-keep", 0, struct setup, blob_keep_ms, 0,
	3650ull * 86400000),
    CONFIG_PATH("tls-certificate", 0, struct setup, certificate),
    CONFIG_PATH("tls-key", 0, struct setup, key), {0}};
static const struct config_key authority_keys[] = {
    CONFIG_CALL("trust", CONFIG_REPEATS, take_trust),
    CONFIG_CALL("roster", CONFIG_REPEATS, take_roster), {0}};
static const struct config_key proposer_keys[] = {
    CONFIG_CALL("vkey", CONFIG_REQUIRED, take_proposer),
    CONFIG_CALL("products", CONFIG_REQUIRED, take_products), {0}};
static const struct config_key party_keys[] = {
    CONFIG_CALL("vkey", CONFIG_REQUIRED, take_party), {0}};
static const struct config_section sections[] = {
    {"coordinator", CONFIG_REQUIRED, NULL, main_keys},
    {"authority", CONFIG_INSTANCES, open_section, authority_keys},
    {"proposer", CONFIG_INSTANCES, open_section, proposer_keys},
    {"party", CONFIG_INSTANCES, open_section, party_keys}, {0}};

/* ---- running ---- */

static void
run(struct setup *s)
{
	struct serve_options options = {.listen = s->listen,
	    .tls_certificate = s->certificate[0] ? s->certificate : NULL,
	    .tls_key = s->key[0] ? s->key : NULL,
	    .read_auth = s->read_auth};
	char blobs_dir[FILE_PATH_MAX + 16];
	struct blobs_options kept = {.dir = blobs_dir,
	    .each_max = s->blob_mib << 20,
	    .total_max = s->blobs_mib << 20,
	    .keep_s = s->blob_keep_ms / 1000};
	struct store *store;
	struct serve *serve;
	struct why why = {""};
	uint8_t token[4];
	uint32_t count;
	int lock, signal;

	if (dir_make(s->state, 0700, &why) != RC_OK ||
	    file_lock(&lock, s->state, &why) != RC_OK ||
	    coord_store_open(&store, s->state, &count, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	snprintf(blobs_dir, sizeof blobs_dir, "%s/blobs", s->state);
	if (s->blobs_mib > 0 &&
	    blobs_open(&options.blobs, &kept, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	randombytes_buf(token, sizeof token);
	coordinator_init(s->c, token, count);
	if (coord_store_replay(store, s->c, &why) != RC_OK ||
	    serve_start(&serve, s->c, store, &options, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	daemon_ready("listening on %s", serve_address(serve));
	do {
		signal = daemon_wait(1000);
		serve_tick(serve);
	} while (signal == 0 || signal == 1 /* SIGHUP: nothing to reread */);
	serve_stop(serve);
	blobs_close(options.blobs);
	coord_store_close(store);
	file_unlock(lock);
}

int
main(int argc, char **argv)
{
	const char *config = NULL;
	bool check = false;
	const struct args_option options[] = {
	    {.name = "config", .value = "FILE", .required = true,
		.string = &config, .help = "what to serve, and for whom"},
	    {.name = "check-config", .flag = &check,
		.help = "read the configuration, say what is wrong, stop"},
	    {0}};
	const struct args_command command = {.program = "quorate-coordinatord",
	    .help = "Collects the approvals and shares of a quorum. It has no "
		    "key.",
	    .options = options};
	struct why why = {""};

	standard_hold();
	say_init("quorate-coordinatord");
	args_parse(NULL, &command, argc, argv);
	secret_process_harden();
	daemon_begin();
	setup.c = calloc(1, sizeof *setup.c);
	if (setup.c == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	setup.config = config;
	if (config_read(&setup, sections, config, &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	if (tls_server_check(setup.certificate, setup.key, &why) != RC_OK)
		die(EXIT_USAGE, "%s: [coordinator]: %s", config, why.text);
	if (http_listen_check(setup.listen, &why) != RC_OK)
		die(EXIT_USAGE, "%s: [coordinator]: %s", config, why.text);
	if (check)
		printf("ok\n");
	else
		run(&setup);
	free(setup.c);
	return standard_end(EXIT_OK);
}
