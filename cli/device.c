/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate trust --device`: what a device is built with (a C header) or
 * provisioned with (the raw page), from a trust file whose proof holds. A
 * text that no log shows must not get into a device: nobody could say later
 * which trust it was born with.
 */
#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/cli.h"
#include "cli/lint.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "verify/record.h"

/* verify.h's default; hosts are built with more. */
enum { PRODUCTS_MAX = 4 };

struct product {
	struct slice name;
	uint64_t floor;
};

struct device_facts {
	const struct trust *t;
	const struct proof *proof;
	struct product product[PRODUCTS_MAX];
	unsigned product_n;
};

/* ---- the header ------------------------------------------------------- */

static bool
is_test(const struct trust *t)
{
	struct slice name = trust_name(t);

	return name.n >= 5 && memcmp(name.p + name.n - 5, "/test", 5) == 0;
}

static void
put_bytes(struct text *out, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		text_printf(out, "%s0x%02x,%s", i % 12 == 0 ? "    " : "",
		    bytes[i], i % 12 == 11 || i + 1 == n ? "\n" : " ");
}

static void
put_number(struct text *out, const char *field, unsigned value)
{
	text_printf(out, "    .%s = %u,\n", field, value);
}

/* The used part of an array; the compiler's zeros are the rest. */
static void
put_array(struct text *out, const char *field, const void *p, size_t each,
    unsigned n)
{
	const uint8_t *b = p;
	const uint16_t *w = p;
	unsigned i;

	if (n == 0)
		return;
	text_printf(out, "    .%s = {", field);
	for (i = 0; i < n; i++)
		text_printf(
		    out, "%s%u", i > 0 ? ", " : "", each == 1 ? b[i] : w[i]);
	text_string(out, "},\n");
}

/* Field by field and by name: a header of another version does not compile. */
static void
put_trust(struct text *out, const struct trust *t)
{
	text_string(out, "static const struct trust quorate_trust = {\n"
			 "    .page = quorate_trust_page,\n");
#define NUMBER(f)   put_number(out, #f, t->f)
#define ARRAY(f, n) put_array(out, #f, t->f, sizeof t->f[0], n)
	NUMBER(epoch);
	NUMBER(revision);
	NUMBER(page_n);
	NUMBER(kind);
	NUMBER(signer_n);
	NUMBER(root_n);
	NUMBER(log_n);
	NUMBER(cosigner_n);
	NUMBER(group_n);
	NUMBER(recover);
	NUMBER(signer_groups);
	NUMBER(root_groups);
	NUMBER(quorum);
	NUMBER(root_quorum);
	NUMBER(witness_quorum);
	ARRAY(id, 32);
	ARRAY(signer_at, t->signer_n);
	ARRAY(root_at, t->root_n);
	ARRAY(log_at, t->log_n);
	ARRAY(cosigner_at, t->cosigner_n);
	ARRAY(group_at, t->group_n);
	ARRAY(signer_parent, t->signer_n);
	ARRAY(root_parent, t->root_n);
	ARRAY(cosigner_parent, t->cosigner_n);
	ARRAY(group_parent, t->group_n);
	ARRAY(group_k, t->group_n);
#undef NUMBER
#undef ARRAY
	text_string(out, "};\n");
}

static void
put_products(struct text *out, const struct device_facts *d)
{
	unsigned i;

	if (d->product_n == 0)
		return;
	text_printf(out,
	    "\n/* The floors of the day, for a device that has no record yet. "
	    "*/\nenum { QUORATE_PRODUCTS = %u };\n"
	    "static const struct device_product "
	    "quorate_product[QUORATE_PRODUCTS] = {\n",
	    d->product_n);
	for (i = 0; i < d->product_n; i++)
		text_printf(out,
		    "    {.name = {(const uint8_t *)\"%.*s\", %zu},\n"
		    "\t.epoch = %u,\n\t.floor = %llu},\n",
		    SLICE(d->product[i].name), d->product[i].name.n,
		    d->t->epoch, (unsigned long long)d->product[i].floor);
	text_string(out, "};\n");
}

/* A log's name may hold any sign, and must not end the comment. */
static void
put_comment(struct text *out, struct slice s)
{
	for (; s.n > 0; s.p++, s.n--)
		text_printf(out, "%c", *s.p == '*' ? '?' : *s.p);
}

static void
header_build(struct text *out, const struct device_facts *d)
{
	const struct trust *t = d->t;
	char id[65];
	struct text h;

	text_init(&h, id, sizeof id);
	text_hex(&h, t->id, 32);
	text_printf(out,
	    "/*\n * Trust of %.*s, epoch %u, revision %u.\n * id %s\n"
	    " * index %llu in ",
	    SLICE(trust_name(t)), t->epoch, t->revision, id,
	    (unsigned long long)d->proof->index);
	put_comment(out, d->proof->checkpoint.origin);
	text_string(out,
	    "\n * Made by `quorate trust --device`.\n"
	    " *\n * quorate_trust is the parsed text, for verify_init. A "
	    "device that keeps the text\n * in a page of its own takes "
	    "quorate_trust_page and _id, for trust_parse.\n */\n"
	    "#ifndef QUORATE_TRUST_H\n#define QUORATE_TRUST_H\n"
	    "#include <stdint.h>\n#include \"verify/verify.h\"\n\n");
	if (is_test(t))
		text_string(out,
		    "#ifndef QUORATE_ALLOW_TEST_AUTHORITY\n"
		    "#error \"this trust text is a test authority's: its keys "
		    "protect nothing\"\n#endif\n\n");
	text_printf(out,
	    "enum { QUORATE_TRUST_BYTES = %u };\n"
	    "static const uint8_t quorate_trust_id[32] = {\n",
	    t->page_n);
	put_bytes(out, t->id, 32);
	text_string(out, "};\nstatic const uint8_t "
			 "quorate_trust_page[QUORATE_TRUST_BYTES] = {\n");
	put_bytes(out, t->page, t->page_n);
	text_string(out, "};\n\n");
	put_trust(out, t);
	put_products(out, d);
	text_string(out, "#endif\n");
}

/* ---- the first record ------------------------------------------------- */

/* As a record area begins: the same record twice (docs/formats.md). */
static void
record_write(const char *path, const struct device_facts *d)
{
	struct record first = {.generation = 1,
	    .epoch = d->t->epoch,
	    .floor = (uint32_t)d->product[0].floor,
	    .good = RECORD_NONE,
	    .trial = RECORD_NONE,
	    .trust_n = d->t->page_n};
	uint8_t pair[2 * RECORD_SIZE];

	memcpy(first.trust_id, d->t->id, sizeof first.trust_id);
	record_encode(pair, &first);
	memcpy(pair + RECORD_SIZE, pair, RECORD_SIZE);
	output_write(path, pair, sizeof pair);
}

/* ---- what is there already -------------------------------------------- */

/*
 * Whether a dump holds this trust text: the header as it would be written,
 * or a page, with nothing but erased flash behind the text.
 */
static int
dump_check(const char *path, const struct device_facts *d,
    const struct text *header)
{
	const struct trust *t = d->t;
	struct trust again;
	struct blob b;
	size_t i;
	enum rc rc;

	blob_load(&b, path);
	if (b.n >= 2 && memcmp(b.p, "/*", 2) == 0) {
		if (b.n != header->n || memcmp(b.p, header->p, b.n) != 0)
			return refuse(path, RC_PAGE_ID,
			    "not the header of this trust file and floors");
		return EXIT_OK;
	}
	if (b.n < t->page_n)
		return refuse(path, RC_PAGE_ID, "%zu bytes, the text has %u",
		    b.n, t->page_n);
	for (i = t->page_n; i < b.n; i++)
		if (b.p[i] != b.p[t->page_n] || (b.p[i] + 1) % 256 > 1)
			return refuse(path, RC_TRAILING, "byte %zu", i);
	/* as the device does at every start */
	rc = trust_parse(&again, b.p, t->page_n, t->id);
	if (rc != RC_OK)
		return refuse(path, rc == RC_PAGE_ID ? rc : RC_PAGE_ID, NULL);
	return EXIT_OK;
}

/* ---- the command ------------------------------------------------------ */

/* PRODUCT=N */
static void
floors_read(struct device_facts *d, const struct args_list *list)
{
	size_t i, k;

	for (i = 0; i < list->count; i++) {
		struct slice number, name = slice_of(list->at[i]);
		struct product *p = &d->product[d->product_n];
		const uint8_t *is = memchr(name.p, '=', name.n);

		if (is == NULL)
			die(EXIT_USAGE, "--floor '%s': PRODUCT=N is wanted",
			    list->at[i]);
		number.p = is + 1;
		number.n = (size_t)(name.p + name.n - number.p);
		name.n = (size_t)(is - name.p);
		if (d->product_n == PRODUCTS_MAX)
			die(EXIT_USAGE, "--floor: a device has %d products",
			    PRODUCTS_MAX);
		if (!slice_name(name))
			die(EXIT_USAGE, "--floor '%.*s': no name of a product",
			    SLICE(name));
		if (!slice_decimal(number, UINT32_MAX, &p->floor))
			die(EXIT_USAGE, "--floor '%s': a number up to %u is "
			    "wanted", list->at[i], UINT32_MAX);
		for (k = 0; k < d->product_n; k++)
			if (slice_equal(d->product[k].name, name))
				die(EXIT_USAGE, "--floor: '%.*s' twice",
				    SLICE(name));
		p->name = name;
		d->product_n++;
	}
}

/* The trust file: a signed note, and a proof that satisfies the text before
 * it, in revision 1 the text itself. */
static int
trust_file_proven(struct trust_file *f, struct proof *proof, const char *file,
    const char *previous)
{
	static struct trust_file before;
	struct proof_facts facts;
	struct trust device;
	enum rc rc = trust_file_load(f, file);

	if (rc == RC_OK && f->rest == f->blob.n)
		rc = RC_TRUNCATED;
	if (rc == RC_OK)
		rc = trust_parse(&device, f->blob.p, f->note.text_n, f->t.id);
	if (rc == RC_OK)
		rc = proof_read(
		    proof, f->blob.p + f->rest, f->blob.n - f->rest);
	if (rc != RC_OK)
		return refuse(file, rc, NULL);
	if (f->t.revision > 1 && previous == NULL)
		die(EXIT_USAGE,
		    "'%s' is revision %u: its proof is the work of the "
		    "text before; name that with --previous",
		    file, f->t.revision);
	if (previous != NULL) {
		rc = trust_file_load(&before, previous);
		if (rc != RC_OK)
			return refuse(previous, rc, NULL);
	}
	rc = proof_check(
	    &facts, proof, previous != NULL ? &before.t : &f->t, &f->note);
	return rc == RC_OK ? EXIT_OK : refuse(file, rc, NULL);
}

/* What is printed: which text it is, where it was logged, what is below it. */
static void
facts_print(const struct device_facts *d, const char *file)
{
	struct text t;
	char id[65];

	text_init(&t, id, sizeof id);
	text_hex(&t, d->t->id, 32);
	printf("id %s\nindex %llu\nlog %.*s\n", id,
	    (unsigned long long)d->proof->index,
	    SLICE(d->proof->checkpoint.origin));
	for (unsigned i = 0; i < d->product_n; i++)
		printf("floor %.*s %u %llu\n", SLICE(d->product[i].name),
		    d->t->epoch, (unsigned long long)d->product[i].floor);
	if (d->t->page_n > LINT_PAGE_BYTES)
		say(SAY_WARNING,
		    "%s: %u bytes: a device needs a page larger "
		    "than the default of %d",
		    file, d->t->page_n, LINT_PAGE_BYTES);
}

/* One file by two names would be the later of the two. */
static void
outputs_check(const char *trust, const char *out, const char *page,
    const char *record)
{
	const char *made[] = {out, page, record};
	size_t i;

	for (i = 0; i < sizeof made / sizeof made[0]; i++)
		if (made[i] != NULL && file_same(made[i], trust))
			die(EXIT_USAGE, "'%s' is the trust file and would be "
					"replaced; name another", made[i]);
	if (record != NULL &&
	    (strcmp(page, record) == 0 || file_same(page, record)))
		die(EXIT_USAGE, "--page and --record are one file: '%s'",
		    page);
}

int
trust_device(int argc, char **argv)
{
	const char *previous = NULL, *out = NULL, *page = NULL, *check = NULL;
	const char *record = NULL;
	struct args_list floors = {.count = 0};
	const struct args_option options[] = {
	    {.name = "output",
		.letter = 'o',
		.value = "FILE.h",
		.string = &out,
		.help = "write a C header"},
	    {.name = "page",
		.value = "FILE",
		.string = &page,
		.help = "write the raw page"},
	    {.name = "check",
		.value = "FILE",
		.string = &check,
		.help = "say whether FILE is that header, or that page and "
			"erased flash"},
	    {.name = "record",
		.value = "FILE",
		.string = &record,
		.help = "with --page: write the first record of the one "
			"product of --floor"},
	    {.name = "floor",
		.value = "PRODUCT=N",
		.list = &floors,
		.help = "the floor of the day, into header or record; "
			"repeatable"},
	    {.name = "previous",
		.value = "FILE",
		.string = &previous,
		.help = "the text before, which a later revision's proof "
			"is checked against"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate trust --device",
	    .positionals = "TRUSTFILE",
	    .help = "Makes what a device is built or provisioned with, of a "
		    "trust file: the signed note\nwith its proof. Prints id, "
		    "log and index.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	static char bytes[6 * UINT16_MAX + 16384];
	struct device_facts d = {.product_n = 0};
	static struct trust_file f;
	static struct proof proof;
	struct args_list files;
	struct text header;
	int code;

	args_parse(&files, &command, argc, argv);
	if ((out != NULL) + (page != NULL) + (check != NULL) != 1)
		die(EXIT_USAGE, "one of -o, --page and --check is wanted");
	if (record != NULL && (page == NULL || floors.count != 1))
		die(EXIT_USAGE, "--record: --page and one --floor are wanted");
	if (page != NULL && record == NULL && floors.count > 0)
		die(EXIT_USAGE, "--floor: a page has no floors; they are the "
		    "record's: --record");
	outputs_check(files.at[0], out, page, record);
	floors_read(&d, &floors);
	code = trust_file_proven(&f, &proof, files.at[0], previous);
	if (code != EXIT_OK)
		return code;
	d.t = &f.t;
	d.proof = &proof;
	text_init(&header, bytes, sizeof bytes);
	header_build(&header, &d);
	if (out != NULL)
		output_write(out, header.p, header.n);
	else if (page != NULL)
		output_write(page, f.t.page, f.t.page_n);
	else
		code = dump_check(check, &d, &header);
	if (code != EXIT_OK)
		return code;
	if (record != NULL)
		record_write(record, &d);
	facts_print(&d, files.at[0]);
	return EXIT_OK;
}
