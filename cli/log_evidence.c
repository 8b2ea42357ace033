/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate log evidence`: what a witness keeps against its logs, as files that
 * stand alone. In the same form as an audit's: the head held, the head shown,
 * and the request that joins them.
 */
#include "cli/log.h"

#include <stdio.h>

#include "cli/cli.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "log/cosign.h"
#include "log/store_witness.h"
#include "verify/checkpoint.h"

struct given {
	const char *dir; /* NULL: only said */
	unsigned forks;
	struct why why;
};

static enum rc
part_write(struct given *g, const char *folder, const char *name,
    struct slice bytes)
{
	char path[FILE_PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return file_write_synced(path, bytes.p, bytes.n, 0644, false,
	    &g->why);
}

static enum rc
parts_write(struct given *g, const struct witness_evidence *e,
    const struct cosign_request *shown, const char *line, size_t line_n)
{
	char folder[FILE_PATH_MAX + 1];
	enum rc rc;

	snprintf(folder, sizeof folder, "%s/%llu-%s", g->dir,
	    (unsigned long long)e->number, e->fork ? "fork" : "unproven");
	rc = dir_make(folder, 0755, &g->why);
	if (rc == RC_OK)
		rc = part_write(g, folder, "why",
		    (struct slice){(const uint8_t *)line, line_n});
	if (rc == RC_OK && e->held.n > 0)
		rc = part_write(g, folder, "held", e->held);
	if (rc == RC_OK)
		rc = part_write(g, folder, "shown",
		    (struct slice){shown->note.bytes, shown->note.n});
	if (rc == RC_OK)
		rc = part_write(g, folder, "proof", e->body);
	return rc;
}

/* 0 where nothing was held. */
static enum rc
held_size(uint64_t *size, struct slice held)
{
	struct checkpoint head;
	struct note note;
	enum rc rc = RC_OK;

	*size = 0;
	if (held.n > 0)
		rc = note_split(&note, held.p, held.n);
	if (rc == RC_OK && held.n > 0)
		rc = checkpoint_parse(&head, note.bytes, note.text_n,
		    true);
	if (rc == RC_OK && held.n > 0)
		*size = head.size;
	return rc;
}

static enum rc
evidence_give(void *context, const struct witness_evidence *e)
{
	static struct cosign_request shown;
	char line[NAME_BYTES_MAX + 160];
	struct given *g = context;
	struct text t;
	uint64_t held;
	enum rc rc = cosign_request_parse(&shown, e->body.p, e->body.n);

	if (rc == RC_OK)
		rc = held_size(&held, e->held);
	if (rc != RC_OK) {
		why_set(&g->why, "evidence %llu is damaged",
		    (unsigned long long)e->number);
		return rc;
	}
	g->forks += e->fork;
	text_init(&t, line, sizeof line);
	text_printf(&t, "%s %llu log %.*s held %llu shown %llu time %llu\n",
	    e->fork ? "fork" : "unproven", (unsigned long long)e->number,
	    (int)e->origin.n, (const char *)e->origin.p,
	    (unsigned long long)held, (unsigned long long)shown.head.size,
	    (unsigned long long)e->time);
	fwrite(line, 1, t.n, stdout);
	return g->dir != NULL ? parts_write(g, e, &shown, line, t.n) : RC_OK;
}

int
log_evidence(int argc, char **argv)
{
	static const struct args_option no_options[] = {{0}};
	const struct args_command command = {
	    .program = "quorate log evidence",
	    .options = no_options,
	    .positionals = "STATE [DIR]",
	    .help = "Says what the witness whose state this is keeps against "
		    "its logs, and writes it\nto DIR: a folder each with the "
		    "checkpoint held, the one shown, and the proof that\ncame "
		    "with it. A fork is two checkpoints of one size, signed by "
		    "the log: it proves\nitself to anybody. What is unproven "
		    "may be somebody's wrong proof. The witness may\nbe "
		    "running. Exits 6 where there is a fork.",
	    .positional_min = 1,
	    .positional_max = 2};
	char path[FILE_PATH_MAX + 16];
	struct witness_store *s = NULL;
	struct given g = {.why = {""}};
	struct args_list at;
	enum rc rc;

	args_parse(&at, &command, argc, argv);
	g.dir = at.count > 1 ? at.at[1] : NULL;
	snprintf(path, sizeof path, "%s/witness.db", at.at[0]);
	if (!file_exists(path)) {
		say(SAY_ERROR, "'%s' is not the state of a witness", at.at[0]);
		return EXIT_ENVIRONMENT;
	}
	rc = witness_store_open(&s, at.at[0], NULL, true, &g.why);
	if (rc == RC_OK)
		rc = witness_store_evidence_each(s, evidence_give, &g);
	witness_store_close(s);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s",
		    rc_why(rc, &g.why));
		return exit_for(rc);
	}
	if (g.forks > 0)
		say(SAY_ERROR, "there is a fork: give its folder to the "
			       "authorities that name this log, and leave the "
			       "witness as it is");
	return g.forks > 0 ? EXIT_INCONSISTENT : EXIT_OK;
}
