/* SPDX-License-Identifier: Apache-2.0 */
/* The three descriptors that a program is started with. */
#include "host/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/say.h"

/* stdin for writing and stdout for reading only: whoever uses them shall
 * fail, not find an end of file or be believed. */
static const int standard_flags[] = {O_WRONLY, O_RDONLY, O_WRONLY};

void
standard_hold(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", standard_flags[fd]) != fd)
			die(EXIT_ENVIRONMENT,
			    "descriptor %d is closed, and there is no "
			    "/dev/null", fd);
}

int
standard_end(int code)
{
	int error = fflush(stdout) != 0 ? errno : 0;

	if (code != EXIT_OK || (error == 0 && !ferror(stdout)))
		return code;
	die(EXIT_ENVIRONMENT, "cannot write to standard output%s%s",
	    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}
