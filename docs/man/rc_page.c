/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rc_page: writes rc(7) from verify/rc.h, at every build, so that the page
 * cannot miss a result. What to do next is what the command says.
 */
#include <stdio.h>
#include "cli/cli.h"
#include "verify/rc.h"

static void
item(const char *name, long number, const char *text, enum rc rc)
{
	const char *next = refuse_advice(rc);

	printf(".It Dv %s Pq %ld\n", name, number);
	for (; *text != '\0'; text++) /* no request, no escape */
		printf(*text == '\\' ? "\\e" : "%c", *text);
	printf(".\n");
	if (next != NULL)
		printf("Next: %s.\n", next);
}

#define ITEM(name, number, text) item(#name, number, text, name);
#define LIST(title, what, list)                     \
	printf(".Ss %s\n%s\n.Bl -tag -width Ds\n", title, what); \
	list(ITEM)                                  \
	printf(".El\n")

int
main(void)
{
	printf(".\\\" SPDX-License-Identifier: Apache-2.0\n"
	       ".\\\" Made from verify/rc.h.\n"
	       ".Dd November 29, 2026\n.Dt RC 7\n.Os\n"
	       ".Sh NAME\n.Nm rc\n.Nd results of Quorate\n"
	       ".Sh DESCRIPTION\n"
	       "Every function of Quorate that can refuse answers with one of "
	       "these results, and every\ndevice logs its number: what was "
	       "wrong, once a number is published, does not\nchange.\n"
	       "Commands print the name; what a device prints is up to its "
	       "boot loader.\n"
	       ".Pp\n"
	       "Success is a pattern that cleared or stuck memory does not "
	       "read as, and nothing else\nis success: compare by name.\n"
	       ".Bl -tag -width Ds\n.It Dv RC_OK Pq 0x%x\nDone.\n.El\n",
	    (unsigned)RC_OK);
	LIST("The device and every reader (1 to 99)",
	    "Refusals of files and images, in\n.Pa verify/ .", RC_LIST_VERIFY);
	LIST("Programs (100 to 199)",
	    "What failed around them: files, network, configuration.",
	    RC_LIST_HOST);
	LIST("The quorum (200 to 299)",
	    "Shares, ceremonies, messages between parties and coordinator.",
	    RC_LIST_QUORUM);
	LIST("The log (300 to 399)",
	    "Admission, and what a log or its readers found.", RC_LIST_LOG);
	LIST("A party's signer (400 to 499)",
	    "Why a signer does not answer.", RC_LIST_SIGNER);
	printf(".Sh SEE ALSO\n.Xr quorate 1\n");
	return 0;
}
