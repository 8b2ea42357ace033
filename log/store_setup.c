/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a log: quorate-logd's, and the operator's commands'. */
#include "log/store_setup.h"

#include <string.h>

#include "host/config.h"
#include "host/http_server.h"
#include "host/text.h"
#include "host/tls_files.h"
#include "log/store_key.h"

static enum rc
take_first_trust(void *base, const char *value, struct why *why)
{
	struct log_authority *a = base;

	a->first_set = hex_decode(a->first, 32, value, strlen(value));
	if (a->first_set)
		return RC_OK;
	why_set(why, "wants the id of a trust text, 64 lowercase hex digits");
	return RC_CONFIG;
}

static enum rc
take_recovery(void *base, const char *value, struct why *why)
{
	struct log_authority *a = base;

	a->recovery_set = hex_decode(a->recovery, 32, value, strlen(value));
	if (a->recovery_set)
		return RC_OK;
	why_set(why, "wants the id of a trust text, 64 lowercase hex digits");
	return RC_CONFIG;
}

static enum rc
take_vkey(void *base, const char *value, struct why *why)
{
	struct log_witness *w = base;
	size_t n = strlen(value);

	if (n < sizeof w->vkey) {
		strcpy(w->vkey, value);
		if (vkey_parse(&w->key, (struct slice){(uint8_t *)w->vkey, n},
			KEY_COSIGNATURE) == RC_OK)
			return RC_OK;
	}
	why_set(why, "wants a vkey of type 0x04 (cosignature)");
	return RC_CONFIG;
}

static void *
open_authority(void *target, const char *instance, struct why *why)
{
	struct log_setup *s = target;
	struct slice name = {(const uint8_t *)instance, strlen(instance)};

	if (!slice_name(name) || s->authority_n == LOG_AUTHORITIES_MAX) {
		why_set(why, "not the name of an authority, or too many");
		return NULL;
	}
	strcpy(s->authority[s->authority_n].name, instance);
	return &s->authority[s->authority_n++];
}

static void *
open_witness(void *target, const char *instance, struct why *why)
{
	struct log_setup *s = target;
	struct slice name = {(const uint8_t *)instance, strlen(instance)};

	if (!slice_name(name) || s->witness_n == LOG_WITNESSES_MAX) {
		why_set(why, "not a name, or too many");
		return NULL;
	}
	strcpy(s->witness[s->witness_n].name, instance);
	return &s->witness[s->witness_n++];
}

static const struct config_key log_keys[] = {
    CONFIG_TEXT("origin", CONFIG_REQUIRED, struct log_setup, origin),
    CONFIG_PATH("key", CONFIG_REQUIRED, struct log_setup, key_at.file),
    CONFIG_TEXT("key-credential", 0, struct log_setup, key_at.credential),
    CONFIG_PATH("passphrase-file", 0, struct log_setup,
	key_at.passphrase_file),
    CONFIG_TEXT("passphrase-credential", 0, struct log_setup,
	key_at.passphrase_credential),
    CONFIG_PATH("next-key", 0, struct log_setup, next_at.file),
    CONFIG_TEXT("next-key-credential", 0, struct log_setup,
	next_at.credential),
    CONFIG_PATH("next-passphrase-file", 0, struct log_setup,
	next_at.passphrase_file),
    CONFIG_TEXT("next-passphrase-credential", 0, struct log_setup,
	next_at.passphrase_credential),
    CONFIG_TEXT("listen", CONFIG_REQUIRED, struct log_setup, listen),
    CONFIG_PATH("state", CONFIG_REQUIRED, struct log_setup, state),
    CONFIG_PATH("tls-certificate", 0, struct log_setup, tls_certificate),
    CONFIG_PATH("tls-key", 0, struct log_setup, tls_key),
    CONFIG_PATH("ca-file", 0, struct log_setup, ca_file),
    CONFIG_DURATION("interval", 0, struct log_setup, interval_ms, 1000,
	86400000),
    CONFIG_DURATION("patience", 0, struct log_setup, patience_ms, 10, 600000),
    CONFIG_DURATION("witness-timeout", 0, struct log_setup, witness_ms, 10,
	600000),
    CONFIG_DURATION("wait-for-more", 0, struct log_setup, more_ms, 0, 60000),
    CONFIG_DURATION("hold-up", 0, struct log_setup, hold_ms, 0, 2592000000),
    CONFIG_NUMBER("threads", 0, struct log_setup, threads, 1,
	LOG_READERS_MAX),
    CONFIG_NUMBER("connections", 0, struct log_setup, connections, 1,
	HTTP_CONNECTIONS_MAX),
    CONFIG_NUMBER("connections-per-ip", 0, struct log_setup,
	connections_per_ip, 1, HTTP_CONNECTIONS_MAX),
    {0}};
static const struct config_key authority_keys[] = {
    CONFIG_CALL("first-trust", CONFIG_REQUIRED, take_first_trust),
    CONFIG_CALL("recovery", 0, take_recovery),
    CONFIG_BOOL("allow-no-mirror", 0, struct log_authority, no_mirror),
    {0}};
static const struct config_key witness_keys[] = {
    CONFIG_CALL("vkey", CONFIG_REQUIRED, take_vkey),
    CONFIG_TEXT("url", CONFIG_REQUIRED, struct log_witness, url),
    CONFIG_TEXT("monitoring", 0, struct log_witness, monitoring),
    CONFIG_BOOL("ignore-unproven-size", 0, struct log_witness,
	ignore_unproven),
    {0}};
static const struct config_section sections[] = {
    {"log", CONFIG_REQUIRED, NULL, log_keys},
    {"authority", CONFIG_INSTANCES, open_authority, authority_keys},
    {"witness", CONFIG_INSTANCES, open_witness, witness_keys},
    {0}};

/* A scheme, a host, perhaps a path; kept without a slash at its end. */
static bool
prefix_take(char *url)
{
	size_t n = strlen(url);
	size_t scheme = strncmp(url, "http://", 7) == 0 ? 7
	    : strncmp(url, "https://", 8) == 0          ? 8
							: n;

	if (n > scheme && url[n - 1] == '/')
		url[--n] = '\0';
	return n > scheme && url[scheme] != '/' && url[n - 1] != '/' &&
	    strchr(url, ' ') == NULL;
}

/* What the tables cannot say. */
static enum rc
setup_check(struct log_setup *setup, const char *path, struct why *why)
{
	unsigned i, j;

	if (setup->more_ms > setup->witness_ms) {
		why_set(why, "%s: 'wait-for-more' is above 'witness-timeout', "
			     "after which nobody is waited for",
		    path);
		return RC_CONFIG;
	}
	for (i = 0; i < setup->witness_n; i++) {
		struct log_witness *w = &setup->witness[i];

		if (w->monitoring[0] == '\0')
			strcpy(w->monitoring, w->url);
		if (!prefix_take(w->url) || !prefix_take(w->monitoring)) {
			why_set(why, "%s: [witness %s]: 'url' and "
				     "'monitoring' want http:// or https:// "
				     "and a host",
			    path, w->name);
			return RC_CONFIG;
		}
		for (j = 0; j < i; j++)
			if (memcmp(setup->witness[i].key.key,
				setup->witness[j].key.key, 32) == 0) {
				why_set(why, "%s: [witness %s] and [witness "
					     "%s] have one key",
				    path, setup->witness[j].name,
				    setup->witness[i].name);
				return RC_CONFIG;
			}
	}
	for (i = 0; i < setup->authority_n; i++)
		if (setup->authority[i].no_mirror &&
		    (strlen(setup->authority[i].name) < 5 ||
			strcmp(setup->authority[i].name +
				strlen(setup->authority[i].name) - 5,
			    "/test") != 0)) {
			why_set(why, "%s: [authority %s]: 'allow-no-mirror' is "
				     "for names that end in /test",
			    path, setup->authority[i].name);
			return RC_CONFIG;
		}
	return RC_OK;
}

/* Public halves: each is a key of this log, and they are two. */
static enum rc
keys_check(const struct log_setup *setup, const char *path, struct why *why)
{
	unsigned i;

	for (i = 0; i < setup_key_n(setup); i++)
		if (!slice_is(setup_key(setup, i)->name, setup->origin)) {
			why_set(why, "%s: the key's name is not the origin "
				     "'%s'",
			    path, setup->origin);
			return RC_CONFIG;
		}
	if (setup_key_n(setup) > 1 &&
	    memcmp(setup->next_key.key, setup->key.key, 32) == 0) {
		why_set(why, "%s: 'key' and 'next-key' are one key", path);
		return RC_CONFIG;
	}
	return RC_OK;
}

enum rc
setup_read_public(struct log_setup *setup, const char *path, struct why *why)
{
	enum rc rc;

	setup->interval_ms = 300000;
	setup->patience_ms = 10000;
	setup->witness_ms = 5000;
	setup->hold_ms = 3600000;
	setup->threads = 2;
	rc = config_read(setup, sections, path, why);
	if (rc == RC_OK)
		rc = setup_check(setup, path, why);
	if (rc == RC_OK)
		rc = key_public(&setup->key, setup->vkey, &setup->key_at,
		    KEY_ED25519, why);
	if (rc == RC_OK && setup->next_at.file[0] != '\0')
		rc = key_public(&setup->next_key, setup->next_vkey,
		    &setup->next_at, KEY_ED25519, why);
	return rc == RC_OK ? keys_check(setup, path, why) : rc;
}

/* The passphrase of the key that takes over is the other one's, unless it is
 * said where it is. */
enum rc
setup_read(struct log_setup *setup, const char *path, struct why *why)
{
	struct key_place *next = &setup->next_at;
	enum rc rc = setup_read_public(setup, path, why);

	if (rc == RC_OK) {
		rc = http_listen_check(setup->listen, why);
		if (rc == RC_OK)
			rc = tls_server_check(
			    setup->tls_certificate, setup->tls_key, why);
		if (rc == RC_OK)
			rc = tls_ca_check(setup->ca_file, why);
		if (rc != RC_OK)
			why_prefix(why, "%s: [log]", path);
	}
	if (next->passphrase_file[0] == '\0' &&
	    next->passphrase_credential[0] == '\0') {
		strcpy(next->passphrase_file, setup->key_at.passphrase_file);
		strcpy(next->passphrase_credential,
		    setup->key_at.passphrase_credential);
	}
	if (rc == RC_OK)
		rc = key_load(&setup->seed, &setup->key, setup->vkey,
		    &setup->key_at, KEY_ED25519, why);
	if (rc == RC_OK && setup_key_n(setup) > 1)
		rc = key_load(&setup->next_seed, &setup->next_key,
		    setup->next_vkey, next, KEY_ED25519, why);
	return rc;
}
