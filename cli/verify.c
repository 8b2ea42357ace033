/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate verify`: the device's own decision (verify/), fed from files, and
 * what hosts hold texts to besides: the lines below `about`, and a payload
 * file that is exactly the payload.
 */
#include "cli/verify.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/settings.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "verify/payload.h"
#include "verify/verify.h"

enum { PROPOSED_AHEAD_MAX_S = 600 };
#define FLOOR_UNSAID UINT64_MAX

struct verify_command {
	const char *file, *release, *trust, *trust_id, *owner, *endorsement;
	const char *component, *product, *installed;
	struct args_list hops, have;
	uint64_t floor, time, max_proof_age_ms;
	bool prefix, json, person;

	struct trust_file trust_file, owner_file;
	struct trust held;
	struct blob blob; /* the release file */
	struct note note;
	struct release text;
	struct verify_device device;
	struct verified out;
	uint8_t endorsed[32];
	bool has_payload_file;
};

/* ---- answers ---------------------------------------------------------- */

static int
verdict_refused(const struct verify_command *c, const char *file, enum rc rc,
    const char *more)
{
	json_t *j;

	if (c->json) {
		j = json_pack("{s:i,s:b,s:s,s:s,s:i,s:s}", "quorate-verify", 1,
		    "ok", 0, "file", file, "result", rc_name(rc), "number",
		    (int)rc, "sentence", rc_text(rc));
		json_dumpf(j, stdout, JSON_COMPACT);
		printf("\n");
		json_decref(j);
	}
	/* it is given no page, as it is to say of a release: a hop has its own */
	if (more == NULL && rc == RC_PAGE)
		more = "a trust text; '--hop FILE' follows one";
	return more != NULL ? refuse(file, rc, "%s", more)
			    : refuse(file, rc, NULL);
}

static bool
text_has(const struct verify_command *c, unsigned rule)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, c->note.bytes, c->note.text_n,
	    "quorate/release@v1", release_rules, release_rule_n, READER_DEVICE);

	return rc == RC_OK && line_next_of(&w, rule, &l) == RC_OK;
}

static void
unchecked_put(char out[static 128], const char *what)
{
	size_t n = strlen(out);

	snprintf(out + n, 128 - n, "%s%s", n > 0 ? "," : "", what);
}

/* What the verdict did not look at, or `-`. */
static void
unchecked_list(const struct verify_command *c, char out[static 128])
{
	out[0] = '\0';
	if (c->text.withdraw) {
		snprintf(out, 128, c->time == 0 ? "clock" : "-");
		return;
	}
	if (c->device.installed_unknown) {
		unchecked_put(out, "installed");
		if (text_has(c, RELEASE_RULE_FROM))
			unchecked_put(out, "from");
		if (text_has(c, RELEASE_RULE_REQUIRES))
			unchecked_put(out, "requires");
	}
	if (c->time == 0)
		unchecked_put(out, "clock");
	if (!c->has_payload_file)
		unchecked_put(out, "payload");
	if (out[0] == '\0')
		unchecked_put(out, "-");
}

static void
verdict_json(const struct verify_command *c, const char *unchecked)
{
	const struct verified *v = &c->out;
	char id[65];
	struct text t;
	json_t *j;

	text_init(&t, id, sizeof id);
	text_hex(&t, v->id, 32);
	j = json_pack("{s:i,s:b,s:s,s:s,s:s%,s:I,s:I,s:I,s:I,s:I,s:i,s:i,s:I,"
		      "s:s}",
	    "quorate-verify", 1, "ok", 1, "kind",
	    c->text.withdraw ? "withdraw" : "release", "id", id, "product",
	    c->text.product.p, c->text.product.n, "sequence",
	    (json_int_t)v->sequence, "epoch", (json_int_t)v->epoch, "floor",
	    (json_int_t)v->floor, "index", (json_int_t)v->index, "tree-size",
	    (json_int_t)v->tree_size, "signers", v->signers, "witnesses",
	    v->witnesses, "proof-time", (json_int_t)v->proof_time, "unchecked",
	    unchecked);
	if (!c->text.withdraw)
		json_object_set_new(j, "version",
		    json_stringn(
			(const char *)c->text.version.p, c->text.version.n));
	json_dumpf(j, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(j);
}

static int
verdict_good(const struct verify_command *c)
{
	const struct verified *v = &c->out;
	char unchecked[128], stamp[32];

	unchecked_list(c, unchecked);
	if (c->json) {
		verdict_json(c, unchecked);
		return EXIT_OK;
	}
	time_text(stamp, v->proof_time);
	printf("verified product %.*s ", SLICE(c->text.product));
	if (c->text.withdraw)
		printf("withdraw floor %u ", v->floor);
	else
		printf("version %.*s sequence %u ", SLICE(c->text.version),
		    v->sequence);
	printf("epoch %u index %llu witnesses %u proof %s unchecked %s\n",
	    v->epoch, (unsigned long long)v->index, v->witnesses, stamp,
	    unchecked);
	return EXIT_OK;
}

/* ---- trust ------------------------------------------------------------ */

static enum rc
feed(struct verified *out, const struct trust *t, const struct verify_device *d,
    const struct blob *b)
{
	struct verify *v = malloc(sizeof *v);
	enum rc rc;

	if (v == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	verify_init(v, t, d);
	rc = verify_feed(v, b->p, b->n);
	rc = verify_finish(v, out);
	free(v);
	return rc;
}

/* What only hosts ask of a trust text that a hop brought. */
static enum rc
hop_host_rules(const struct verify_command *c, struct trust *t,
    const uint8_t *page, size_t n)
{
	struct walk w;
	struct line l;
	enum rc rc = trust_read(t, page, n, READER_HOST);

	if (rc != RC_OK || c->time == 0)
		return rc;
	rc = walk_init(&w, page, n, "quorate/trust@v1", trust_rules,
	    trust_rule_n, READER_HOST);
	if (rc == RC_OK)
		rc = line_next_of(&w, TRUST_RULE_PROPOSED, &l);
	if (rc == RC_OK && l.number[0] > c->time + PROPOSED_AHEAD_MAX_S)
		rc = RC_LOG_AGE;
	return rc;
}

static int
hop(struct verify_command *c, const char *path)
{
	struct verify_device d = {.time = c->time,
	    .person = c->person ? VERIFY_PERSON : 0,
	    .page = malloc(UINT16_MAX),
	    .page_n = UINT16_MAX};
	struct verified out;
	struct blob b;
	enum rc rc;

	if (d.page == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	blob_load(&b, path);
	rc = blob_is(&b, "quorate/trust@v1") ? feed(&out, &c->held, &d, &b)
					     : RC_KIND;
	if (rc == RC_OK) /* the page stays: held borrows from it */
		rc = hop_host_rules(c, &c->held, d.page, out.page_n);
	blob_release(&b);
	/* what a log answered is judged by its proof, person or not */
	if (c->person && (rc == RC_LOG || rc == RC_WITNESS_QUORUM))
		return verdict_refused(c, path, rc, "as 'recover' allows, the "
		    "note is taken alone: give it without the log's proof");
	return rc == RC_OK ? EXIT_OK : verdict_refused(c, path, rc, NULL);
}

static int
trust_load(struct verify_command *c)
{
	uint8_t id[32];
	int code = EXIT_OK;
	size_t i;
	enum rc rc = trust_file_load(&c->trust_file, c->trust);

	if (rc == RC_OK && c->trust_file.t.kind != TRUST_VENDOR)
		rc = RC_KIND;
	if (rc != RC_OK)
		return verdict_refused(c, c->trust, rc, NULL);
	c->held = c->trust_file.t;
	if (c->trust_id != NULL) {
		if (!slice_hex(slice_of(c->trust_id), id, 32))
			die(EXIT_USAGE, "'--trust-id' wants 64 hex digits");
		if (memcmp(id, c->held.id, 32) != 0)
			return verdict_refused(
			    c, c->trust, RC_PAGE_ID, "--trust-id");
	}
	for (i = 0; code == EXIT_OK && i < c->hops.count; i++)
		code = hop(c, c->hops.at[i]);
	return code;
}

/* The owner's text and what it endorsed. */
static int
owner_load(struct verify_command *c)
{
	struct verified out;
	struct blob b;
	enum rc rc;

	if (c->owner == NULL)
		return EXIT_OK;
	rc = trust_file_load(&c->owner_file, c->owner);
	if (rc == RC_OK && c->owner_file.t.kind != TRUST_OWNER)
		rc = RC_KIND;
	if (rc == RC_OK)
		rc = trust_roles_kept(&c->owner_file.t, &c->held);
	if (rc != RC_OK)
		return verdict_refused(c, c->owner, rc, NULL);
	c->device.owner = &c->owner_file.t;
	if (c->endorsement == NULL)
		return EXIT_OK;
	blob_load(&b, c->endorsement);
	rc = feed(&out, &c->owner_file.t, &c->device, &b);
	blob_release(&b);
	if (rc != RC_OK)
		return verdict_refused(c, c->endorsement, rc, NULL);
	memcpy(c->endorsed, out.id, 32);
	c->device.endorsed = c->endorsed;
	return EXIT_OK;
}

/* ---- the device that we play ------------------------------------------ */

static void
installed_parse(struct verify_command *c, struct device_product *p)
{
	struct slice s, id;
	uint64_t sequence;

	c->device.installed_unknown = c->installed == NULL;
	if (c->installed == NULL)
		return;
	s = slice_of(c->installed);
	id.p = memchr(s.p, ':', s.n);
	if (id.p != NULL) {
		id.n = s.n - (size_t)(id.p - s.p) - 1;
		id.p++;
		s.n = (size_t)(id.p - s.p) - 1;
		if (!slice_hex(id, p->id, 32))
			die(EXIT_USAGE,
			    "'--installed %s': an id has 64 hex "
			    "digits",
			    c->installed);
	}
	if (!slice_decimal(s, UINT32_MAX, &sequence))
		die(EXIT_USAGE, "'--installed' wants SEQUENCE or SEQUENCE:ID");
	p->sequence = (uint32_t)sequence;
}

/* --have PRODUCT=SEQ, as far as the release asks for the product. */
static void
have_add(struct verify_command *c, const char *have)
{
	struct device_product *p;
	struct slice name = slice_of(have), number;
	uint64_t sequence;
	struct walk w;
	struct line l;
	enum rc rc;

	number.p = memchr(name.p, '=', name.n);
	if (number.p == NULL)
		die(EXIT_USAGE, "'--have' wants PRODUCT=SEQUENCE");
	number.n = name.n - (size_t)(number.p - name.p) - 1;
	name.n -= number.n + 1;
	number.p++;
	if (!slice_name(name) || !slice_decimal(number, UINT32_MAX, &sequence))
		die(EXIT_USAGE, "'--have %s': PRODUCT=SEQUENCE is wanted",
		    have);
	rc = walk_init(&w, c->note.bytes, c->note.text_n, "quorate/release@v1",
	    release_rules, release_rule_n, READER_DEVICE);
	while (rc == RC_OK) {
		rc = line_next_of(&w, RELEASE_RULE_REQUIRES, &l);
		if (rc != RC_OK || !slice_equal(l.field[0], name) ||
		    c->device.product_n == DEVICE_PRODUCTS_MAX)
			continue;
		p = &c->device.product[c->device.product_n++];
		p->name = name;
		p->epoch = c->held.epoch;
		p->sequence = (uint32_t)sequence;
	}
}

/* Which component FILE is: the named one, or the only one. */
static enum rc
component_choose(struct verify_command *c)
{
	struct walk w;
	struct line l;
	enum rc rc;

	if (!c->has_payload_file || c->text.withdraw)
		return c->has_payload_file ? RC_KIND : RC_OK;
	c->device.component_n = 1;
	if (c->component != NULL) {
		c->device.component[0] = slice_of(c->component);
		return RC_OK;
	}
	if (c->text.payload_n != 1)
		return RC_COMPONENT;
	rc = walk_init(&w, c->note.bytes, c->note.text_n, "quorate/release@v1",
	    release_rules, release_rule_n, READER_DEVICE);
	if (rc == RC_OK)
		rc = line_next_of(&w, RELEASE_RULE_PAYLOAD, &l);
	if (rc == RC_OK)
		c->device.component[0] = l.field[0];
	return rc;
}

/*
 * Read the text far enough to know which device it is for; whatever is wrong
 * with it is left for the decision to say, in its own order.
 */
static enum rc
device_fill(struct verify_command *c)
{
	struct device_product *p = &c->device.product[0];
	const uint8_t *end;
	size_t i;

	c->device.time = c->time;
	c->device.max_proof_age_s = c->max_proof_age_ms / 1000;
	c->device.product_n = 1;
	p->name = slice_of(c->product != NULL ? c->product : "-");
	p->epoch = c->held.epoch;
	installed_parse(c, p);
	/* what an installed release without a `floor` line has set */
	p->floor = c->floor == FLOOR_UNSAID ? p->sequence : (uint32_t)c->floor;
	end = memmem(c->blob.p, c->blob.n, "\n\n", 2);
	if (end == NULL)
		return RC_OK;
	c->note.bytes = c->blob.p;
	c->note.text_n = (size_t)(end - c->blob.p) + 1;
	if (release_parse(&c->text, c->blob.p, c->note.text_n, READER_DEVICE) !=
	    RC_OK)
		return RC_OK;
	if (c->product == NULL)
		p->name = c->text.product;
	for (i = 0; c->installed != NULL && i < c->have.count; i++)
		have_add(c, c->have.at[i]);
	return component_choose(c);
}

/* ---- payload ---------------------------------------------------------- */

static enum rc
payload_check(const struct verify_command *c)
{
	uint8_t chunk[65536];
	uint64_t left = c->out.payload[0].size;
	struct payload p;
	size_t n;
	FILE *f = fopen(c->file, "rb");
	enum rc rc = payload_init(&p, &c->out, 0);

	if (f == NULL)
		die(EXIT_ENVIRONMENT, "cannot open '%s': %m", c->file);
	while (rc == RC_MORE) {
		n = sizeof chunk;
		if (c->prefix && left < n)
			n = (size_t)left;
		n = fread(chunk, 1, n, f);
		if (n == 0)
			break;
		rc = payload_feed(&p, chunk, n);
		left -= n;
	}
	if (ferror(f))
		die(EXIT_ENVIRONMENT, "cannot read '%s': %m", c->file);
	fclose(f);
	return rc == RC_MORE ? payload_finish(&p) : rc;
}

/* ---- the command ------------------------------------------------------ */

/* Which file is what: a note by itself, or FILE and FILE.release. */
static void
files_choose(struct verify_command *c)
{
	static char beside[FILE_PATH_MAX + 1];
	uint8_t head[16] = {0};
	FILE *f;

	c->has_payload_file = true;
	if (c->release == NULL) {
		f = fopen(c->file, "rb");
		if (f == NULL)
			die(EXIT_ENVIRONMENT, "cannot open '%s': %m", c->file);
		if (fread(head, 1, 8, f) == 8 &&
		    memcmp(head, "quorate/", 8) == 0) {
			c->release = c->file;
			c->has_payload_file = false;
		}
		fclose(f);
	}
	if (c->release == NULL) {
		if (snprintf(beside, sizeof beside, "%s.release", c->file) >=
		    (int)sizeof beside)
			die(EXIT_USAGE, "'%s' is too long a name", c->file);
		c->release = beside;
	}
	blob_load(&c->blob, c->release);
}

static int
decide(struct verify_command *c)
{
	enum rc chosen = device_fill(c), rc;

	rc = feed(&c->out, &c->held, &c->device, &c->blob);
	if (rc == RC_OK && c->out.kind != VERIFIED_RELEASE &&
	    c->out.kind != VERIFIED_WITHDRAW)
		rc = RC_KIND;
	if (rc == RC_OK)
		rc = release_parse(
		    &c->text, c->blob.p, c->note.text_n, READER_HOST);
	if (rc == RC_OK && c->time != 0 &&
	    c->text.proposed > c->time + PROPOSED_AHEAD_MAX_S)
		rc = RC_LOG_AGE;
	if (rc == RC_OK)
		rc = chosen;
	if (rc != RC_OK)
		return verdict_refused(c, c->release, rc, NULL);
	if (c->has_payload_file)
		rc = payload_check(c);
	return rc == RC_OK ? verdict_good(c)
			   : verdict_refused(c, c->file, rc, NULL);
}

static int
verify_run(struct verify_command *c)
{
	int code;

	files_choose(c);
	code = trust_load(c);
	if (code == EXIT_OK)
		code = owner_load(c);
	return code == EXIT_OK ? decide(c) : code;
}

int
verify_self(const char *release, const char *trust, const char *payload,
    const char *component)
{
	static struct verify_command c;

	memset(&c, 0, sizeof c);
	c.floor = FLOOR_UNSAID;
	c.time = clock_unix();
	c.trust = trust;
	c.release = release;
	c.file = payload != NULL ? payload : release;
	c.component = component;
	c.has_payload_file = payload != NULL;
	blob_load(&c.blob, release);
	if (trust_load(&c) != EXIT_OK)
		return EXIT_REFUSED;
	return decide(&c);
}

int
run_verify(int argc, char **argv)
{
	static struct verify_command c; /* large; one thread */
	static struct settings settings;
	const struct args_option options[] = {
	    {.name = "release",
		.value = "FILE",
		.string = &c.release,
		.help = "the release file (default: FILE.release)"},
	    {.name = "trust",
		.value = "FILE",
		.string = &c.trust,
		.help = "the trust text that you believe, as note or file"},
	    {.name = "trust-id",
		.value = "ID",
		.string = &c.trust_id,
		.help = "the id that it must have"},
	    {.name = "hop",
		.value = "FILE",
		.list = &c.hops,
		.help = "trust files to follow from there, oldest first"},
	    {.name = "person",
		.flag = &c.person,
		.help = "take a hop without proof, as 'recover' allows"},
	    {.name = "product",
		.value = "NAME",
		.string = &c.product,
		.help = "the product that it must be for"},
	    {.name = "component",
		.value = "NAME",
		.string = &c.component,
		.help = "which of the release's components FILE is"},
	    {.name = "prefix",
		.flag = &c.prefix,
		.help = "FILE may go on after the released bytes"},
	    {.name = "installed",
		.value = "SEQ[:ID]",
		.string = &c.installed,
		.help = "what is installed now"},
	    {.name = "floor",
		.value = "SEQ",
		.number = &c.floor,
		.help = "the lowest sequence that may be installed "
			"(default: the installed one)"},
	    {.name = "have",
		.value = "PRODUCT=SEQ",
		.list = &c.have,
		.help = "another product that is installed"},
	    {.name = "time",
		.value = "TIME",
		.number = &c.time,
		.help = "unix time to judge by; 0: no clock (default: now)"},
	    {.name = "max-proof-age",
		.value = "30d",
		.duration_ms = &c.max_proof_age_ms,
		.help = "refuse an older proof"},
	    {.name = "owner",
		.value = "FILE",
		.string = &c.owner,
		.help = "an owner's text: the release must be endorsed"},
	    {.name = "endorsement",
		.value = "FILE",
		.string = &c.endorsement,
		.help = "the owner's endorsement"},
	    {.name = "json", .flag = &c.json, .help = "one JSON object"}, {0}};
	const struct args_command command = {.program = "quorate verify",
	    .positionals = "FILE",
	    .help = "May FILE be installed? FILE is a payload, its release "
		    "beside it; or a release\nor withdraw file alone.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list files;

	c.floor = FLOOR_UNSAID;
	c.time = clock_unix();
	args_parse(&files, &command, argc, argv);
	c.file = files.at[0];
	if (c.floor != FLOOR_UNSAID && c.floor > UINT32_MAX)
		die(EXIT_USAGE, "'--floor' is a sequence");
	if (c.trust == NULL) {
		settings_load(&settings);
		c.trust = settings_trust(&settings, NULL);
	}
	return verify_run(&c);
}
