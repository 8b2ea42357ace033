/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/append.h"
#include "cli/coordinator.h"
#include "cli/upload.h"
#include "cli/verify.h"
#include "cli/web.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "verify/release.h"
#include "verify/roster.h"

/* ---- step one: the text ----------------------------------------------- */

/* Authority and epoch: from the trust text, held against quorate.ini. */
static int
authority_fill(struct release_command *c)
{
	static char name[NAME_BYTES_MAX + 1];
	struct settings *s = &c->settings;
	enum rc rc;

	c->trust_path = settings_trust(s, c->trust_path);
	rc = trust_file_load(&c->trust, c->trust_path);
	if (rc == RC_OK && c->trust.t.kind != TRUST_VENDOR)
		rc = RC_KIND;
	if (rc != RC_OK)
		return refuse(c->trust_path, rc, NULL);
	snprintf(name, sizeof name, "%.*s", SLICE(trust_name(&c->trust.t)));
	if (s->authority[0] != '\0' && strcmp(s->authority, name) != 0)
		die(EXIT_ENVIRONMENT,
		    "%s: [authority] name is '%s', but '%s' "
		    "is of '%s'",
		    s->path, s->authority, c->trust_path, name);
	if (s->epoch != 0 && s->epoch != c->trust.t.epoch)
		die(EXIT_ENVIRONMENT,
		    "%s: [authority] epoch is %llu, but '%s' "
		    "is of epoch %u",
		    s->path, (unsigned long long)s->epoch, c->trust_path,
		    c->trust.t.epoch);
	c->request.authority = name;
	c->request.epoch = c->trust.t.epoch;
	return EXIT_OK;
}

static void
logs_fill(struct release_command *c)
{
	unsigned i;

	if (c->logs.count == 0)
		for (i = 0; i < c->settings.log_n; i++)
			c->logs.at[c->logs.count++] = c->settings.log[i].url;
}

/* The serial of the roster that quorate.ini names, where no --roster is. */
static void
rosters_fill(struct release_command *c)
{
	static char pair[NAME_BYTES_MAX + 16];
	static struct roster r;
	const char *path = c->settings.roster;
	struct note note;
	struct blob b;
	size_t rest;
	enum rc rc;

	if (c->request.rosters.count > 0 || path[0] == '\0')
		return;
	blob_load(&b, path); /* stays: r borrows from it */
	rc = note_split_file(&note, &rest, b.p, b.n);
	if (rc == RC_OK)
		rc = roster_parse(&r, b.p, note.text_n);
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s: %s", path, rc_text(rc));
	snprintf(pair, sizeof pair, "%.*s=%u", SLICE(r.signer), r.serial);
	c->request.rosters.at[c->request.rosters.count++] = pair;
}

/* One above the highest sequence of the product in this epoch, of all logs.
 * A hint: a wrong one is refused by signers and log. */
static uint64_t
sequence_next(const struct release_command *c)
{
	uint64_t next = 1;
	struct why why = {""};
	struct release r;
	struct note note;
	struct blob b;
	size_t i, rest;
	enum rc rc;

	if (c->logs.count == 0)
		die(EXIT_USAGE, "'--sequence next' asks the log, and "
				"quorate.ini names none");
	for (i = 0; i < c->logs.count; i++) {
		rc = log_latest(
		    &b, c->logs.at[i], c->request.product, &why);
		if (rc == RC_FILE_ABSENT)
			continue;
		if (rc == RC_OK)
			rc = note_split_file(&note, &rest, b.p, b.n);
		if (rc == RC_OK)
			rc = release_parse(&r, b.p, note.text_n, READER_DEVICE);
		if (rc != RC_OK)
			die(EXIT_ENVIRONMENT,
			    "cannot tell the next sequence: %s",
			    rc_why(rc, &why));
		if (r.epoch == c->request.epoch && !r.withdraw &&
		    r.sequence >= next)
			next = (uint64_t)r.sequence + 1;
		blob_release(&b);
	}
	return next;
}

/* `text-max` of the trust text, 0 where there is none. */
static uint64_t
text_max(const struct trust *t)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	if (rc == RC_OK)
		rc = line_next_of(&w, TRUST_RULE_TEXT_MAX, &l);
	return rc == RC_OK ? l.number[0] : 0;
}

static int
text_check(const struct release_command *c)
{
	uint64_t max = text_max(&c->trust.t);

	if (max != 0 && c->t.n > max)
		return refuse("release", RC_LOG_TEXT_MAX, "%zu of %llu bytes",
		    c->t.n, (unsigned long long)max);
	return EXIT_OK;
}

/* ---- step two: the signed note ---------------------------------------- */

/* A note that was signed by hand, its lines put in canonical order. */
static int
note_load(struct release_command *c, struct blob *out)
{
	static struct order order;
	struct order_with with = {.trust = &c->trust.t};
	struct sigline stranger;
	struct note note;
	struct text t;
	struct blob b;
	unsigned lines;
	uint32_t mask;
	enum rc rc;

	blob_load(&b, c->note_path);
	rc = note_split(&note, b.p, b.n);
	if (rc == RC_OK)
		rc = order_of(&order, b.p, note.text_n, &with);
	out->p = malloc(NOTE_BYTES_MAX + 1);
	if (out->p == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	text_init(&t, (char *)out->p, NOTE_BYTES_MAX + 1);
	if (rc == RC_OK)
		rc = order_merge(&t, &lines, &stranger, &order, &note, 1);
	if (rc == RC_LOG_LINE) {
		/* parties of a shared signer: the log knows their order */
		text_init(&t, (char *)out->p, NOTE_BYTES_MAX + 1);
		text_put(&t, b.p, b.n);
		rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = lines_by(
		    &mask, &note, &c->trust.t, LIST_SIGNERS, UINT32_MAX);
	if (rc == RC_OK && !trust_satisfied(&c->trust.t, TREE_SIGNERS, mask))
		rc = RC_QUORUM;
	out->n = t.n;
	blob_release(&b);
	return rc == RC_OK ? EXIT_OK : refuse(c->note_path, rc, NULL);
}

static bool
both_are(struct slice a, struct slice b, const char *keyword)
{
	struct slice key = slice_of(keyword);

	return slice_equal(slice_word(&a), key) &&
	    slice_equal(slice_word(&b), key);
}

/* Whether a text that is there is ours but for when, and for a number that
 * the log was asked for: the release that the same command made before. */
static bool
text_alike(const struct release_command *c, struct slice a)
{
	bool moves = c->request.expires != NULL && c->request.expires[0] == '+';
	struct slice b = {(uint8_t *)c->t.p, c->t.n}, x, y;

	while (a.n > 0 && b.n > 0) {
		x = slice_line(&a);
		y = slice_line(&b);
		if (!slice_equal(x, y) && !both_are(x, y, "proposed") &&
		    !(c->sequence_next && both_are(x, y, "sequence")) &&
		    !(moves && both_are(x, y, "expires")))
			return false;
	}
	return a.n == 0 && b.n == 0;
}

static void
text_take(struct release_command *c, const uint8_t *p, size_t n)
{
	text_init(&c->t, c->text, sizeof c->text);
	text_put(&c->t, p, n);
}

static void
pending_name(struct release_command *c)
{
	snprintf(c->pending, sizeof c->pending, "%s.pending", c->out);
}

/* If it is of the text with this id: whoever ends that drops it. */
static void
pending_find(struct release_command *c, const uint8_t id[static 32])
{
	uint8_t *kept, its[32];
	size_t n;

	pending_name(c);
	if (file_read(&kept, &n, c->pending, NOTE_BYTES_MAX, NULL) == RC_OK) {
		sha256_of(its, kept, n);
		free(kept);
		if (memcmp(its, id, 32) == 0)
			return;
	}
	c->pending[0] = '\0';
}

/*
 * The output of an earlier run that did end: a pipeline that is run again
 * releases nothing new. Its note goes the rest of the way, which any log
 * answers with the entry that it has.
 */
static bool
done_take(struct release_command *c, struct blob *out)
{
	const struct trust *t = &c->trust.t;
	struct note note;
	struct blob b;
	uint8_t id[32];
	uint32_t mask;
	size_t rest;

	if (file_read(&b.p, &b.n, c->out, CLI_FILE_MAX, NULL) != RC_OK)
		return false;
	if (note_split_file(&note, &rest, b.p, b.n) != RC_OK ||
	    !text_alike(c, (struct slice){b.p, note.text_n}) ||
	    lines_by(&mask, &note, t, LIST_SIGNERS, UINT32_MAX) != RC_OK ||
	    !trust_satisfied(t, TREE_SIGNERS, mask)) {
		blob_release(&b);
		return false;
	}
	say(SAY_INFO, "'%s' is this text already, signed: nothing is "
		      "proposed; without that file it would be a new one", c->out);
	sha256_of(id, b.p, note.text_n);
	pending_find(c, id); /* not every log had it */
	text_take(c, b.p, note.text_n);
	*out = (struct blob){b.p, note.n};
	return true;
}

/*
 * The text of an earlier run that did not end: ours, then it is taken up; or
 * another, then that one is to be superseded, and hex is its id.
 */
static const char *
pending_take(struct release_command *c, char hex[static 65])
{
	uint8_t *kept, id[32];
	const char *supersedes = NULL;
	struct text t;
	size_t n;

	pending_name(c);
	if (file_read(&kept, &n, c->pending, NOTE_BYTES_MAX, NULL) == RC_OK) {
		if (text_alike(c, (struct slice){kept, n})) {
			say(SAY_INFO, "taking up what is in '%s'", c->pending);
			text_take(c, kept, n);
		} else {
			sha256_of(id, kept, n);
			text_init(&t, hex, 65);
			text_hex(&t, id, 32);
			supersedes = hex;
		}
		free(kept);
	}
	output_write(c->pending, c->t.p, c->t.n);
	return supersedes;
}

/* When nothing is left to be taken up. */
static void
pending_drop(const struct release_command *c)
{
	struct why why;

	if (c->pending[0] != '\0' && file_exists(c->pending) &&
	    file_remove(c->pending, &why) != RC_OK)
		say(SAY_WARNING, "%s", why.text);
}

/* Parties want to see files: from coordinator_await. */
static void
on_wanted(void *context, const struct message_status *status)
{
	upload_wanted(context, status);
}

static int
submit(char hex[static 65], struct release_command *c,
    const struct coordinator_access *access, const char *supersedes)
{
	struct why why = {""};
	uint8_t id[32];
	struct text t;
	enum rc rc = coordinator_submit(id, access, (const uint8_t *)c->t.p,
	    c->t.n, supersedes, &why);

	if (rc != RC_OK) {
		say(SAY_ERROR, "%s", rc_why(rc, &why));
		return rc == RC_BUSY || rc == RC_HTTP ? EXIT_POLICY
						      : EXIT_ENVIRONMENT;
	}
	text_init(&t, hex, 65);
	text_hex(&t, id, 32);
	return EXIT_OK;
}

static int
obtain(struct blob *note, struct release_command *c,
    const struct coordinator_access *access)
{
	char hex[65];
	const char *supersedes;
	uint8_t id[32];
	int code;

	if (c->resume != NULL) {
		if (!hex_decode(id, 32, c->resume, strlen(c->resume)))
			die(EXIT_USAGE, "'--resume' wants the id that "
					"--detach printed");
		pending_find(c, id);
		return coordinator_resume(note, access, id, c->wait_ms);
	}
	supersedes = pending_take(c, hex);
	if (c->detach || c->upload) {
		code = submit(hex, c, access, supersedes);
		if (code == EXIT_OK && c->upload &&
		    upload_all(access->context) != RC_OK)
			code = EXIT_ENVIRONMENT;
		if (code == EXIT_OK && c->detach)
			printf("%s\n", hex);
		if (code != EXIT_OK || c->detach)
			return code;
		supersedes = NULL; /* it has been */
	}
	code = coordinator_obtain(note, access, (const uint8_t *)c->t.p,
	    c->t.n, supersedes, c->wait_ms);
	if (code == EXIT_POLICY) /* dead, or never taken: not to be resumed */
		pending_drop(c);
	return code;
}

int
release_obtain(struct blob *note, struct release_command *c)
{
	static struct upload upload;
	struct coordinator_access access = {.url = c->settings.coordinator,
	    .wanted = on_wanted, .context = &upload};
	struct signing_key key;
	int code;

	if (c->settings.coordinator[0] == '\0')
		die(EXIT_USAGE,
		    "no [coordinator] in quorate.ini: write the text with "
		    "--draft-only, have it signed with 'quorate sign' and "
		    "'quorate merge', and come back with --note");
	if (c->settings.proposer_key[0] == '\0')
		die(EXIT_USAGE, "no [proposer] in quorate.ini: its key signs "
				"what goes to the coordinator");
	signing_key_open(&key, c->settings.proposer_key, NULL, NULL);
	access.key = &key;
	upload.access = &access;
	upload.request = &c->request;
	code = obtain(note, c, &access);
	signing_key_close(&key);
	return code;
}

/* ---- step three: the logs --------------------------------------------- */

/* Appends to all; the first file that comes is kept. */
static int
append_all(const struct release_command *c, const struct blob *b)
{
	struct why why = {""};
	struct blob file;
	struct note note;
	bool written = false;
	int code = EXIT_OK;
	size_t i;
	enum rc rc = note_split(&note, b->p, b->n);

	if (rc != RC_OK)
		return refuse("note", rc, NULL);
	if (c->logs.count == 0)
		die(EXIT_USAGE, "no [log] in quorate.ini and no --log URL");
	for (i = 0; i < c->logs.count; i++) {
		rc = log_append(
		    &file, c->logs.at[i], b->p, b->n, c->wait_ms, &why);
		if (rc != RC_OK) {
			say(SAY_ERROR, "%s: %s", rc_name(rc), why.text);
			code = (int)log_exit(rc);
			continue;
		}
		if (!written)
			output_write(c->out, file.p, file.n);
		written = true;
		blob_release(&file);
	}
	if (written && code != EXIT_OK)
		say(SAY_WARNING,
		    "%s is complete, but not every log has it; "
		    "say it again later",
		    c->out);
	return code;
}

/* ---- step four: what came back ---------------------------------------- */

static int
verify_all(const struct release_command *c)
{
	const struct args_list *p = &c->request.payloads;
	char component[NAME_BYTES_MAX + 1];
	const char *equals;
	int code = EXIT_OK;
	size_t i;

	if (p->count == 0)
		return verify_self(c->out, c->trust_path, NULL, NULL);
	for (i = 0; code == EXIT_OK && i < p->count; i++) {
		equals = strchr(p->at[i], '=');
		if (equals == NULL)
			die(EXIT_USAGE, "'%s': COMPONENT=FILE is wanted",
			    p->at[i]);
		snprintf(component, sizeof component, "%.*s",
		    (int)(equals - p->at[i]), p->at[i]);
		code =
		    verify_self(c->out, c->trust_path, equals + 1, component);
	}
	return code;
}

/*
 * Before anything is proposed: a release that is logged and cannot be written
 * would be another one the next time. And what is released is not the place
 * where its release file goes.
 */
static void
output_check(const struct release_command *c)
{
	const struct args_list *p = &c->request.payloads;
	const char *equals;
	struct why why = {""};
	size_t i;

	if (!c->draft_only && !c->signed_only && strcmp(c->out, "-") == 0)
		die(EXIT_USAGE, "'-o -': the release file is read again when "
				"the logs have answered; name a file");
	if (!c->draft_only && !c->signed_only &&
	    file_replaceable(c->out, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	for (i = 0; i < p->count; i++) {
		equals = strchr(p->at[i], '=');
		if (equals != NULL && file_same(equals + 1, c->out))
			die(EXIT_USAGE, "'-o %s' would replace what is "
					"released; name another file", c->out);
	}
}

static void
id_print(const struct release_command *c)
{
	uint8_t id[32];
	char hex[65];
	struct text t;

	sha256_of(id, c->t.p, c->t.n);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, id, 32);
	printf("%s\n", hex);
}

static int
release_finish(struct release_command *c)
{
	struct blob note = {NULL, 0};
	bool done;
	int code;

	output_check(c);
	if (c->draft_only) {
		output_write(c->out, c->t.p, c->t.n);
		return EXIT_OK;
	}
	done = c->note_path == NULL && c->resume == NULL &&
	    done_take(c, &note);
	if (done && c->detach)
		id_print(c);
	if (done && (c->detach || c->signed_only)) {
		blob_release(&note);
		return EXIT_OK; /* the file may have its proof: it stays */
	}
	code = done ? EXIT_OK
	    : c->note_path != NULL ? note_load(c, &note)
				   : release_obtain(&note, c);
	if (code == EXIT_OK && c->detach)
		return code;
	if (code == EXIT_OK && c->signed_only) {
		output_write(c->out, note.p, note.n);
		blob_release(&note);
		pending_drop(c);
		return code;
	}
	if (code == EXIT_OK)
		code = append_all(c, &note);
	blob_release(&note);
	if (code == EXIT_OK)
		code = verify_all(c);
	if (code == EXIT_OK || code == EXIT_POLICY)
		pending_drop(c);
	return code;
}

/* ---- the commands ----------------------------------------------------- */

static struct release_command command_state; /* large; one thread */

/* What stands in the tables of both. */
#define ROSTER_OPTION                                                         \
	{.name = "roster", .value = "SIGNER=SERIAL",                          \
	    .list = &command_state.request.rosters,                           \
	    .help = "the roster of a shared signer"}
#define TEXT_OPTIONS                                                          \
	{.name = "proposed", .value = "TIME",                                 \
	    .number = &command_state.request.proposed,                        \
	    .help = "unix time of the text (default: now)"},                  \
	{.name = "trust", .value = "FILE",                                    \
	    .string = &command_state.trust_path,                              \
	    .help = "the trust text (default: that of quorate.ini)"},         \
	{.name = "draft-only", .flag = &command_state.draft_only,             \
	    .help = "write the unsigned text and stop"},                      \
	{.name = "note", .value = "FILE", .string = &command_state.note_path, \
	    .help = "a note that was signed by hand: log and check it"}
#define LOG_OPTION                                                            \
	{.name = "log", .value = "URL", .base_url = true,                     \
	    .list = &command_state.logs,                                      \
	    .help = "a log (default: those of quorate.ini)"}

static void
defaults_fill(struct release_command *c)
{
	c->request.floor = NUMBER_ABSENT;
	c->request.proposed = clock_unix();
	c->wait_ms = 60000;
}

/* What the command line leaves to quorate.ini. */
static int
settings_fill(struct release_command *c)
{
	int code;

	settings_load(&c->settings);
	code = authority_fill(c);
	if (code == EXIT_OK)
		logs_fill(c);
	return code;
}

static int
build_and_finish(struct release_command *c,
    enum rc (*build)(
	struct text *, const struct release_request *, struct why *))
{
	struct why why = {""};
	int code;
	enum rc rc;

	text_init(&c->t, c->text, sizeof c->text);
	if (c->note_path == NULL && c->resume == NULL) {
		rc = build(&c->t, &c->request, &why);
		if (rc != RC_OK)
			return refuse("release", rc, "%s", why.text);
		code = text_check(c);
		if (code != EXIT_OK)
			return code;
	}
	return release_finish(c);
}

static void
sequence_fill(struct release_command *c, const char *sequence)
{
	if (sequence == NULL || c->request.product == NULL ||
	    c->request.version == NULL)
		die(EXIT_USAGE, "--product, --version and --sequence are "
				"wanted, or --note; see 'quorate release "
				"--help'");
	/* it becomes part of a URL before any text is read */
	if (!slice_name(slice_of(c->request.product)))
		die(EXIT_USAGE, "'--product %s' is no product's name",
		    c->request.product);
	c->sequence_next = strcmp(sequence, "next") == 0;
	if (c->sequence_next)
		c->request.sequence = sequence_next(c);
	else if (!slice_decimal(
		     slice_of(sequence), UINT32_MAX, &c->request.sequence))
		die(EXIT_USAGE, "'--sequence' wants a number or 'next'");
}

static void
payloads_check(const struct args_list *p)
{
	const char *equals;
	size_t i;

	if (p->count == 0)
		die(EXIT_USAGE, "COMPONENT=FILE is wanted: what is released?");
	for (i = 0; i < p->count; i++) {
		equals = strchr(p->at[i], '=');
		if (equals == NULL || equals == p->at[i] || equals[1] == '\0')
			die(EXIT_USAGE, "'%s': COMPONENT=FILE is wanted, as in "
					"app=firmware.bin", p->at[i]);
	}
}

int
run_release(int argc, char **argv)
{
	struct release_command *c = &command_state;
	struct release_request *r = &c->request;
	const char *sequence = NULL, *set = NULL;
	const struct args_option options[] = {
	    {.name = "set",
		.value = "FILE",
		.string = &set,
		.help = "several at once, a line each (quorate release --set "
			"FILE --help)"},
	    {.name = "product",
		.value = "NAME",
		.string = &r->product,
		.help = "the product, such as acme.example/camera-x2"},
	    {.name = "version",
		.value = "TEXT",
		.string = &r->version,
		.help = "what people call it"},
	    {.name = "sequence",
		.value = "N|next",
		.string = &sequence,
		.help = "what devices call it; next asks the log"},
	    {.name = "floor",
		.value = "N",
		.number = &r->floor,
		.help = "nothing below is accepted again (default: the "
			"sequence)"},
	    {.name = "from",
		.value = "A-B",
		.string = &r->from,
		.help = "installed sequences that it may replace"},
	    {.name = "requires",
		.value = "PRODUCT=N",
		.list = &r->requires_,
		.help = "another product's lowest installed sequence"},
	    {.name = "expires",
		.value = "TIME|+90d",
		.string = &r->expires,
		.help = "refused from then on by devices with a clock"},
	    {.name = "delta",
		.value = "COMPONENT:BASE=FILE",
		.list = &r->deltas,
		.help = "a difference to a base file"},
	    ROSTER_OPTION,
	    {.name = "source",
		.value = "'URL REF COMMIT TREE'",
		.list = &r->sources,
		.help = "what it was made from"},
	    {.name = "notes",
		.value = "FILE",
		.string = &r->notes,
		.help = "release notes"},
	    {.name = "attest",
		.value = "TYPE=FILE",
		.list = &r->attestations,
		.help = "an attestation"},
	    {.name = "sign",
		.value = "PURPOSE:COMPONENT",
		.list = &r->purposes,
		.help = "a typed signature that this also permits"},
	    TEXT_OPTIONS,
	    {.name = "signed-only",
		.flag = &c->signed_only,
		.help = "write the signed note and stop: nothing is logged"},
	    {.name = "detach",
		.flag = &c->detach,
		.help = "propose, print the id, do not wait"},
	    {.name = "upload",
		.flag = &c->upload,
		.help = "send the files to the coordinator at once, not when a "
			"party wants to see them"},
	    {.name = "resume",
		.value = "ID",
		.string = &c->resume,
		.help = "take up a release that was proposed with --detach"},
	    LOG_OPTION,
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &c->wait_ms,
		.help = "how long to wait for the quorum, and for each log"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &c->out,
		.required = true,
		.help = "the release file, or the text"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate release",
	    .positionals = "COMPONENT=FILE...",
	    .help = "Builds a release text, has it signed, logs it and checks "
		    "the result.",
	    .options = options,
	    .positional_max = RELEASE_PAYLOADS_MAX};
	int code;

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--set", 5) == 0 &&
		    (argv[i][5] == '\0' || argv[i][5] == '='))
			return release_set(argc, argv);
	defaults_fill(c);
	args_parse(&r->payloads, &command, argc, argv);
	if (c->note_path == NULL && c->resume == NULL)
		payloads_check(&r->payloads);
	code = settings_fill(c);
	if (code != EXIT_OK)
		return code;
	if (c->note_path == NULL && c->resume == NULL) {
		rosters_fill(c);
		sequence_fill(c, sequence);
	}
	return build_and_finish(c, release_text);
}

int
run_withdraw(int argc, char **argv)
{
	struct release_command *c = &command_state;
	struct release_request *r = &c->request;
	const struct args_option options[] = {{.name = "product",
						  .value = "NAME",
						  .string = &r->product,
						  .help = "the product"},
	    {.name = "floor",
		.value = "N",
		.number = &r->floor,
		.help = "nothing below this sequence is accepted again"},
	    {.name = "release",
		.value = "ID",
		.list = &r->withdrawn,
		.help = "the id of a release that this is about"},
	    {.name = "reason",
		.value = "TEXT",
		.string = &r->reason,
		.help = "one line, in public"},
	    ROSTER_OPTION,
	    TEXT_OPTIONS,
	    LOG_OPTION,
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &c->wait_ms,
		.help = "how long to wait for each log"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &c->out,
		.required = true,
		.help = "the withdraw file, or the text"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate withdraw",
	    .help = "Builds a text that raises a product's floor, has it "
		    "signed, logs it and checks\nthe result.",
	    .options = options};
	int code;

	defaults_fill(c);
	args_parse(NULL, &command, argc, argv);
	if (c->note_path == NULL &&
	    (r->floor == NUMBER_ABSENT || r->product == NULL ||
		r->reason == NULL))
		die(EXIT_USAGE, "--product, --floor and --reason are wanted, "
				"or --note");
	code = settings_fill(c);
	if (code != EXIT_OK)
		return code;
	if (c->note_path == NULL)
		rosters_fill(c);
	return build_and_finish(c, withdraw_text);
}
