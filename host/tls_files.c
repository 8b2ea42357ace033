/* SPDX-License-Identifier: Apache-2.0 */
#include "host/tls_files.h"

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/say.h"

enum {
	PEM_BYTES_MAX = 4194304, /* the system's own authorities are 0.2 MiB */
	SOON_S = 14 * 86400,
	KEY_ID_BYTES = 20,
};

static void
day_text(char out[static 32], time_t t)
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		strcpy(out, "some day");
}

/* Whether it is in its time; says so unless quiet. */
static bool
time_check(gnutls_x509_crt_t c, const char *path, bool quiet)
{
	time_t now = (time_t)clock_unix();
	time_t from = gnutls_x509_crt_get_activation_time(c);
	time_t to = gnutls_x509_crt_get_expiration_time(c);
	const char *what = now < from ? "is not valid before"
	    : now >= to		      ? "has expired on"
	    : now + SOON_S > to	      ? "expires on"
				      : NULL;
	char day[32];

	if (what != NULL && !quiet) {
		day_text(day, now < from ? from : to);
		say(SAY_WARNING, "'%s': the certificate %s %s", path, what,
		    day);
	}
	return now >= from && now < to;
}

/* All certificates of a file, at least one; to be freed with list_free. */
static enum rc
list_read(gnutls_x509_crt_t **list, unsigned *count, const char *path,
    struct why *why)
{
	uint8_t *pem = NULL;
	size_t n;
	int got;
	enum rc rc = file_read(&pem, &n, path, PEM_BYTES_MAX, why);

	*list = NULL;
	*count = 0;
	if (rc != RC_OK)
		return rc;
	got = gnutls_x509_crt_list_import2(list, count,
	    &(gnutls_datum_t){pem, (unsigned)n}, GNUTLS_X509_FMT_PEM, 0);
	free(pem);
	if (got >= 0 && *count > 0)
		return RC_OK;
	*count = 0;
	if (got == GNUTLS_E_NO_CERTIFICATE_FOUND)
		why_set(why, "'%s' holds no certificate: a PEM file with "
			     "BEGIN CERTIFICATE is wanted", path);
	else
		why_set(why, "'%s': a certificate in it cannot be read: %s",
		    path, gnutls_strerror(got));
	return RC_CONFIG;
}

static void
list_free(gnutls_x509_crt_t *list, unsigned count)
{
	while (count > 0)
		gnutls_x509_crt_deinit(list[--count]);
	gnutls_free(list);
}

static enum rc
key_read(gnutls_x509_privkey_t *key, const char *path, struct why *why)
{
	uint8_t *pem = NULL;
	size_t n = 0;
	int got = gnutls_x509_privkey_init(key);
	enum rc rc = got < 0 ? RC_MEMORY
			     : file_read(&pem, &n, path, PEM_BYTES_MAX, why);

	if (rc == RC_OK) {
		got = gnutls_x509_privkey_import2(*key,
		    &(gnutls_datum_t){pem, (unsigned)n}, GNUTLS_X509_FMT_PEM,
		    NULL, GNUTLS_PKCS_PLAIN);
		explicit_bzero(pem, n);
		free(pem);
		if (got < 0) {
			why_set(why, "'%s' is no private key without a "
				     "passphrase, in PEM: %s",
			    path, gnutls_strerror(got));
			rc = RC_CONFIG;
		}
	}
	if (rc != RC_OK) {
		gnutls_x509_privkey_deinit(*key);
		*key = NULL;
	}
	return rc;
}

static bool
key_fits(gnutls_x509_crt_t c, gnutls_x509_privkey_t key)
{
	uint8_t of_c[KEY_ID_BYTES], of_key[KEY_ID_BYTES];
	size_t c_n = sizeof of_c, key_n = sizeof of_key;

	return gnutls_x509_crt_get_key_id(c, GNUTLS_KEYID_USE_SHA1, of_c,
		   &c_n) == 0 &&
	    gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA1, of_key,
		&key_n) == 0 &&
	    c_n == key_n && memcmp(of_c, of_key, c_n) == 0;
}

enum rc
tls_server_check(const char *certificate, const char *key, struct why *why)
{
	gnutls_x509_crt_t *list = NULL;
	gnutls_x509_privkey_t own = NULL;
	unsigned count = 0, i;
	enum rc rc;

	if (certificate[0] == '\0' && key[0] == '\0')
		return RC_OK;
	if (certificate[0] == '\0' || key[0] == '\0') {
		why_set(why, "'tls-certificate' and 'tls-key' go together");
		return RC_CONFIG;
	}
	rc = list_read(&list, &count, certificate, why);
	if (rc == RC_OK)
		rc = key_read(&own, key, why);
	if (rc == RC_OK && !key_fits(list[0], own)) {
		for (i = 1; i < count && !key_fits(list[i], own); i++)
			;
		why_set(why, i < count
			? "'%s': the server's own certificate, which '%s' is "
			  "the key of, must be the first"
			: "'%s': its first certificate is not of the key in "
			  "'%s'",
		    certificate, key);
		rc = RC_CONFIG;
	}
	for (i = 0; rc == RC_OK && i < count; i++)
		(void)time_check(list[i], certificate, false);
	if (own != NULL)
		gnutls_x509_privkey_deinit(own);
	list_free(list, count);
	return rc;
}

/* Of many authorities some are always out of their time: that is worth a
 * word only when none is left. */
enum rc
tls_ca_check(const char *ca_file, struct why *why)
{
	gnutls_x509_crt_t *list = NULL;
	unsigned count = 0, i, good = 0;
	enum rc rc;

	if (ca_file[0] == '\0')
		return RC_OK;
	rc = list_read(&list, &count, ca_file, why);
	for (i = 0; i < count; i++)
		good += time_check(list[i], ca_file, true);
	if (rc == RC_OK && good == 0)
		for (i = 0; i < count; i++)
			(void)time_check(list[i], ca_file, false);
	list_free(list, count);
	return rc;
}
