/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H
#include "cli/trust_file.h"
#include "host/file.h"
#include "host/http_client.h"
#include "log/client.h"
#include "log/store_audit.h"

/*
 * One look at a log, all of it: fetched, verified and judged from the last
 * look on. What `quorate audit` does once and `quorate monitor` for ever.
 */
enum { AUDIT_TRUSTS_MAX = 16, AUDIT_FAULTS_MAX = 64 };

/* Something wrong with more than one entry. */
struct audit_fault {
	const char *what; /* "fork", "stale": docs/formats.md section 7 */
	enum rc rc;
	struct why why;
};

struct audit {
	/* what is wanted */
	const char *url; /* or a folder */
	char dir[FILE_PATH_MAX - 200];
	struct trust_file trust[AUDIT_TRUSTS_MAX]; /* first texts */
	unsigned trust_n;
	const struct args_list *witnesses, *against;
	const char *payloads; /* URL prefix; NULL */
	bool sources;
	uint64_t max_age_s, timeout_ms;
	bool progress;
	/* what is there */
	struct http_client *client;
	struct audit_store *store;
	int lock;
	/* of the last look */
	uint8_t *bytes; /* the checkpoint shown */
	struct note note;
	struct checkpoint head;
	uint64_t time; /* proof time, least over the authorities; 0 */
	uint64_t before; /* size before this look */
	struct tlog_reader *reader; /* of the head, once it was believed */
	unsigned broken_n, fault_n, fault_more; /* more: counted only */
	struct audit_fault fault[AUDIT_FAULTS_MAX];
};

/* Opens the folder; dies when it cannot. */
void audit_begin(struct audit *a);
void audit_end(struct audit *a);

/*
 * EXIT_OK, EXIT_REFUSED, EXIT_INCONSISTENT; EXIT_ENVIRONMENT: nothing can be
 * said, why says what failed.
 */
enum exit_code audit_look(struct audit *a, struct why *why);

/* What was seen, for programs: the lines of docs/formats.md section 7. */
void audit_print(struct audit *a, enum exit_code code);

/* An entry of the log as it was last believed, with its proof: a complete
 * file. malloc'd. */
enum rc audit_file(struct audit *a, uint64_t index, struct blob *file)
    __attribute__((warn_unused_result));

/* Entries from..to-1, from the folder. */
enum rc audit_entries(struct audit *a, uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why) __attribute__((warn_unused_result));

/* Options that both commands have; what they set is in *a and the lists. */
struct audit_words {
	struct args_list trusts, witnesses, against;
	const char *state;
	uint64_t max_age_ms, timeout_ms;
};
void audit_take(struct audit *a, struct audit_words *w, const char *url);
#endif
