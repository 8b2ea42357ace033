/* SPDX-License-Identifier: Apache-2.0 */
/* What a `source` line says of a repository here: for `release --source`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "signer/evidence_git.h"

/* What every party's signer would refuse is not printed for a text. */
static void
line_check(const char *url, const char *ref)
{
	if (!source_url_good(url))
		die(EXIT_USAGE, "'--url %s' is not an https or file URL, which "
				"alone the parties fetch", url);
	if (strncmp(ref, "refs/", 5) != 0 || strpbrk(ref, " \t\n") != NULL)
		die(EXIT_USAGE, "'--ref %s' is not a whole ref, as "
				"refs/tags/v1.4.2 is", ref);
}

int
run_source(int argc, char **argv)
{
	const char *url = NULL, *ref = NULL;
	const struct args_option options[] = {
	    {.name = "url",
		.value = "URL",
		.string = &url,
		.required = true,
		.help = "where the parties fetch it: an https or file URL"},
	    {.name = "ref",
		.value = "REF",
		.string = &ref,
		.required = true,
		.help = "the whole ref, such as refs/tags/v1.4.2"},
	    {0}};
	const struct args_command command = {.program = "quorate source",
	    .positionals = "DIRECTORY",
	    .help = "Prints the source line of a ref in a git repository "
		    "here: URL, ref, commit and the digest of its tree.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list directory;
	char commit[SOURCE_COMMIT_MAX + 1], line[2048];
	struct why why = {""};
	uint8_t tree[32];
	uint64_t files;
	struct text t;
	enum rc rc;

	args_parse(&directory, &command, argc, argv);
	line_check(url, ref);
	rc = git_tree_here(
	    commit, tree, &files, directory.at[0], ref, &why);
	if (rc != RC_OK)
		return refuse(directory.at[0], rc, "%s", why.text);
	text_init(&t, line, sizeof line);
	text_printf(&t, "%s %s %s ", url, ref, commit);
	text_hex(&t, tree, sizeof tree);
	text_string(&t, "\n");
	if (t.full)
		die(EXIT_USAGE, "the URL or the ref is too long");
	output_write(NULL, t.p, t.n);
	say(SAY_INFO, "%llu files", (unsigned long long)files);
	return EXIT_OK;
}
