/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate monitor`: audits again and again, and runs a command for each
 * thing that somebody may want to know. An event is told at least once: the
 * folder remembers how far the hook was told, and moves on when it ended
 * well.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit.h"
#include "cli/child.h"
#include "cli/web.h"
#include "host/clock.h"
#include "host/daemon.h"
#include "host/rc_text.h"

enum { HOOK_MS = 60000 };

struct monitor {
	struct audit a;
	const char *hook;
	struct args_list products;
	uint64_t interval_ms, silence_ms;
	uint64_t last_ms; /* when there was something good and new */
	bool silent;
	unsigned broken_told;
	char fault_told[AUDIT_FAULTS_MAX][32 + 40];
	unsigned fault_told_n;
};

struct event {
	const char *kind; /* release, withdraw, objection, trust, broken, back ... */
	uint64_t index;
	const char *authority, *product, *id, *why;
	uint32_t sequence;
};

/* A sentence may have in it what a server answered: one line, of characters
 * that do nothing to a terminal or a mail. */
static void
plain_put(char out[static 600], const char *name, const char *s)
{
	char *p = out;

	snprintf(out, 600, "%s=%.560s", name, s);
	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

/* QUORATE_... in its environment, the note or nothing on its stdin. */
static bool
tell(struct monitor *m, const struct event *e, const uint8_t *note, size_t n)
{
	char text[9][600];
	char *env[10], *argv[] = {(char *)"/bin/sh", (char *)"-c",
	    (char *)(uintptr_t)m->hook, NULL};
	struct why why = {""};
	unsigned k = 0, i;
	enum rc rc;

	say(strcmp(e->kind, "release") == 0 || strcmp(e->kind, "back") == 0
		? SAY_INFO
		: SAY_WARNING,
	    "%s%s%s%s%s", e->kind, e->product != NULL ? " " : "",
	    e->product != NULL ? e->product : "",
	    e->why != NULL ? ": " : "", e->why != NULL ? e->why : "");
	if (m->hook == NULL)
		return true;
	snprintf(text[k++], 600, "QUORATE_EVENT=%s", e->kind);
	snprintf(text[k++], 600, "QUORATE_LOG=%s", m->a.url);
	if (e->index != UINT64_MAX)
		snprintf(text[k++], 600, "QUORATE_INDEX=%llu",
		    (unsigned long long)e->index);
	if (e->authority != NULL)
		snprintf(text[k++], 600, "QUORATE_AUTHORITY=%s", e->authority);
	if (e->product != NULL)
		snprintf(text[k++], 600, "QUORATE_PRODUCT=%s", e->product);
	if (e->sequence > 0)
		snprintf(text[k++], 600, "QUORATE_SEQUENCE=%u",
		    (unsigned)e->sequence);
	if (e->id != NULL)
		snprintf(text[k++], 600, "QUORATE_ID=%s", e->id);
	if (e->why != NULL)
		plain_put(text[k++], "QUORATE_WHY", e->why);
	for (i = 0; i < k; i++)
		env[i] = text[i];
	env[k] = NULL;
	rc = child_run(argv, env, note, n, NULL, 0, NULL, HOOK_MS, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "the hook: %s", why.text);
	return rc == RC_OK;
}

/* `acme/pump` or `acme/` and a star. Without a list everything. */
static bool
watched(const struct monitor *m, struct slice product)
{
	size_t i, n;

	for (i = 0; i < m->products.count; i++) {
		const char *p = m->products.at[i];

		n = strlen(p);
		if (n > 0 && p[n - 1] == '*'
			? product.n >= n - 1 &&
			    memcmp(product.p, p, n - 1) == 0
			: slice_is(product, p))
			return true;
	}
	return m->products.count == 0;
}

static void
copy(char out[static NAME_BYTES_MAX + 1], struct slice s)
{
	snprintf(out, NAME_BYTES_MAX + 1, "%.*s", SLICE(s));
}

static enum rc
entry_tell(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct monitor *m = context;
	char authority[NAME_BYTES_MAX + 1], product[NAME_BYTES_MAX + 1];
	char id[65], why[300];
	struct event e = {.index = index, .authority = authority, .id = id};
	struct objection o;
	struct release r;
	struct trust trust;
	struct note note;
	uint8_t hash[32];
	struct text t;
	bool told = true;

	if (note_split(&note, entry, n) != RC_OK)
		return audit_store_tell(m->a.store, index + 1);
	note_id(hash, &note);
	text_init(&t, id, sizeof id);
	text_hex(&t, hash, 32);
	if (release_parse(&r, entry, note.text_n, READER_HOST) == RC_OK) {
		copy(authority, r.authority);
		copy(product, r.product);
		e.kind = r.withdraw ? "withdraw" : "release";
		e.product = product;
		e.sequence = r.withdraw ? r.floor : r.sequence;
		if (watched(m, r.product))
			told = tell(m, &e, entry, n);
	} else if (objection_parse(&o, entry, note.text_n) == RC_OK) {
		copy(authority, o.authority);
		snprintf(why, sizeof why, "%.*s", SLICE(o.reason));
		e.kind = "objection";
		e.why = why;
		text_init(&t, id, sizeof id); /* of what it is about */
		text_hex(&t, o.release, 32);
		told = tell(m, &e, entry, n);
	} else if (trust_read(&trust, entry, note.text_n, READER_HOST) ==
	    RC_OK) {
		copy(authority, trust_name(&trust));
		e.kind = "trust";
		e.sequence = trust.revision;
		told = tell(m, &e, entry, n);
	}
	if (!told)
		return RC_STOPPED; /* again next time */
	return audit_store_tell(m->a.store, index + 1);
}

struct broken_tell {
	struct monitor *m;
	unsigned seen;
};

static enum rc
broken_tell(void *context, const struct audit_broken *b)
{
	struct broken_tell *t = context;
	struct event e = {.kind = "broken", .index = b->index, .why = b->why};

	if (t->seen++ < t->m->broken_told)
		return RC_OK;
	if (!tell(t->m, &e, NULL, 0))
		return RC_STOPPED;
	t->m->broken_told++;
	return RC_OK;
}

/* A fault is told once, until it is gone. */
static void
faults_tell(struct monitor *m)
{
	char now[AUDIT_FAULTS_MAX][32 + 40];
	unsigned i, j;

	for (i = 0; i < m->a.fault_n; i++) {
		const struct audit_fault *f = &m->a.fault[i];
		struct event e = {.kind = f->what, .index = UINT64_MAX,
		    .why = f->why.text};
		bool known = false;

		snprintf(now[i], sizeof now[i], "%s %s", f->what,
		    rc_name(f->rc));
		for (j = 0; j < m->fault_told_n; j++)
			known = known || strcmp(now[i], m->fault_told[j]) == 0;
		if (!known && !tell(m, &e, NULL, 0))
			now[i][0] = '\0';
	}
	memcpy(m->fault_told, now, sizeof now);
	m->fault_told_n = m->a.fault_n;
}

/* Nothing could be asked, or nothing answered well, for too long; and that
 * this is over, to whoever was told of it. */
static void
silence_tell(struct monitor *m, bool well, const struct why *why)
{
	struct event e = {.kind = "silence", .index = UINT64_MAX,
	    .why = why->text};
	struct why since;

	if (well) {
		why_set(&since, "a good head again, after %llu s",
		    (unsigned long long)(clock_ms() - m->last_ms) / 1000);
		e.kind = "back";
		e.why = since.text;
		if (m->silent && !tell(m, &e, NULL, 0))
			return; /* again next time */
		m->last_ms = clock_ms();
		m->silent = false;
	} else if (!m->silent && clock_ms() - m->last_ms >= m->silence_ms) {
		m->silent = tell(m, &e, NULL, 0);
	}
}

static enum exit_code
monitor_round(struct monitor *m)
{
	struct broken_tell broken = {m, 0};
	struct why why = {""};
	enum exit_code code = audit_look(&m->a, &why);
	uint64_t told;
	enum rc rc;

	if (code == EXIT_ENVIRONMENT)
		say(SAY_WARNING, "%s", why.text);
	else if (m->a.fault_n > 0)
		why = m->a.fault[0].why;
	silence_tell(m, m->a.time > 0, &why);
	if (code == EXIT_ENVIRONMENT)
		return code;
	faults_tell(m);
	rc = audit_store_broken(m->a.store, broken_tell, &broken);
	if (rc == RC_OK)
		rc = audit_store_told(m->a.store, &told);
	if (rc == RC_OK && m->a.reader != NULL) {
		if (told == UINT64_MAX) /* the past is no news */
			rc = audit_store_tell(m->a.store, m->a.head.size);
		else if (told < m->a.head.size)
			rc = audit_entries(&m->a, told, m->a.head.size,
			    entry_tell, m, &why);
	}
	if (rc == RC_DATABASE)
		die(EXIT_ENVIRONMENT, "%s: the database refused", m->a.dir);
	return code;
}

int
run_monitor(int argc, char **argv)
{
	static struct monitor m = {
	    .interval_ms = 60000, .silence_ms = 3600000};
	static struct audit_words w = {
	    .max_age_ms = 86400000, .timeout_ms = 30000};
	bool once = false;
	const char *hook = NULL;
	const struct args_option options[] = {
	    {.name = "trust", .value = "NOTE", .list = &w.trusts,
		.help = "the first trust text of an authority; repeated for "
			"more"},
	    {.name = "state", .value = "DIR", .string = &w.state,
		.help = "as of `quorate audit`"},
	    {.name = "product", .value = "NAME", .list = &m.products,
		.help = "whose releases are told of: a name, or a beginning "
			"and *; repeated (default: all)"},
	    {.name = "hook", .value = "COMMAND", .string = &hook,
		.help = "run by sh for each event, QUORATE_... in its "
			"environment"},
	    {.name = "interval", .value = "60s",
		.duration_ms = &m.interval_ms, .help = "between two looks"},
	    {.name = "silence", .value = "1h", .duration_ms = &m.silence_ms,
		.help = "how long without a good head before that is told"},
	    {.name = "witness", .value = "URL", .base_url = true,
		.list = &w.witnesses,
		.help = "as of `quorate audit`"},
	    {.name = "max-age", .value = "24h", .duration_ms = &w.max_age_ms,
		.help = "how old the head's cosignatures may be"},
	    {.name = "timeout", .value = "30s", .duration_ms = &w.timeout_ms,
		.help = "for each request"},
	    {.name = "once", .flag = &once,
		.help = "one look; the exit code is that of `quorate audit`"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate monitor",
	    .positionals = "URL|DIR", .positional_min = 1,
	    .positional_max = 1, .options = options,
	    .help = "Audits a log for ever and runs a command for each "
		    "release of the watched\nproducts, each withdraw, "
		    "objection and trust text, and whatever is wrong."};
	struct args_list urls, no_files = {.count = 0};
	enum exit_code code;
	int signal_n = 0;

	args_parse(&urls, &command, argc, argv);
	daemon_begin();
	audit_take(&m.a, &w, urls.at[0]);
	m.a.against = &no_files;
	m.hook = hook;
	m.last_ms = clock_ms();
	audit_begin(&m.a);
	do {
		code = monitor_round(&m);
		if (once)
			break;
		signal_n = daemon_wait(m.interval_ms);
	} while (signal_n == 0 || signal_n == SIGHUP);
	audit_end(&m.a);
	return once ? (int)code : EXIT_OK;
}
