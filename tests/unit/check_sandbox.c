/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/serve_sandbox.c: the break-out table. A child enters the sandbox of
 * an evidence process (with and without network) and tries; the errno of
 * each attempt is asserted, and that the same attempt works outside.
 */
#include "signer/serve_sandbox.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit/sandbox_acts.h"
#include "tests/unit/suite.h"

static char base[32];
static char inside[64], outside[64];

static int
try_write_inside(void)
{
	return create_rc(inside);
}
static int
try_write_outside(void)
{
	return create_rc(outside);
}
static int
try_escape_by_link(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/link", inside);
	(void)symlink(share, path);
	return open_rc(path, O_RDONLY);
}
static int
try_rename_out(void)
{
	char from[128], to[128];

	snprintf(from, sizeof from, "%s/file", inside);
	snprintf(to, sizeof to, "%s/file", outside);
	if (open_rc(from, O_WRONLY | O_CREAT) != 0)
		return -1;
	return result(rename(from, to));
}
static int
try_exec(void)
{
	static char *argv[] = {(char *)"true", NULL};

	execv("/bin/true", argv);
	return errno; /* outside, the child ends with 0 here */
}
static int
try_mount(void)
{
	return mount_rc(inside);
}
static int
try_unshare(void)
{
	return result(unshare(CLONE_NEWNS));
}
static int
try_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}
static int
try_big_file(void)
{
	char path[128];
	int fd, e;

	signal(SIGXFSZ, SIG_IGN);
	snprintf(path, sizeof path, "%s/big", inside);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		return -1;
	e = result(pwrite(fd, "x", 1, 2 << 20));
	close(fd);
	return e;
}
static int
try_memory(void)
{
	void *p = malloc((size_t)6 << 30);
	int e = p == NULL ? ENOMEM : 0;

	free(p);
	return e;
}

static const struct row {
	const char *what;
	int (*try)(void);
	int with_network, without; /* errno; 0: allowed */
} rows[] = {
    {"read the share file", read_share, EACCES, EACCES},
    {"write in its directory", try_write_inside, 0, 0},
    {"write outside it", try_write_outside, EACCES, EACCES},
    {"follow a link out of it", try_escape_by_link, EACCES, EACCES},
    {"rename out of it", try_rename_out, EACCES, EACCES},
    {"open an internet socket", open_tcp, 0, EPERM},
    {"open an IPv6 socket", open_tcp6, 0, EPERM},
    {"open a packet socket", open_packet, EPERM, EPERM},
    {"open a unix socket", open_unix, EPERM, EPERM},
    {"trace the seat", trace, EPERM, EPERM},
    {"read the seat's memory", read_memory, EPERM, EPERM},
    {"open the seat's memory", open_memory, EACCES, EACCES},
    {"execute a program", try_exec, EPERM, EPERM},
    {"mount", try_mount, EPERM, EPERM},
    {"leave its name space", try_unshare, EPERM, EPERM},
    {"gain privileges", try_privileges, EPERM, EPERM},
    {"write a large file", try_big_file, EFBIG, EFBIG},
    {"take much memory", try_memory, ENOMEM, ENOMEM},
};
enum { ROW_N = sizeof rows / sizeof rows[0] };

/* In a child, whose exit status is the errno. */
static int
attempt(const struct row *row, const struct sandbox *box)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct why why = {""};

		if (box != NULL && sandbox_enter(box, &why) != RC_OK) {
			fprintf(stderr, "%s\n", why.text);
			_exit(255);
		}
		_exit(row->try());
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "%s: a signal", row->what);
	return WEXITSTATUS(status);
}

static void
setup(void)
{
	int fd;

	strcpy(base, "/tmp/quorate-sandbox.XXXXXX"); /* each test its own */
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(inside, sizeof inside, "%s/in", base);
	snprintf(outside, sizeof outside, "%s/out", base);
	snprintf(share, sizeof share, "%s/share", outside);
	ck_assert_int_eq(mkdir(inside, 0700), 0);
	ck_assert_int_eq(mkdir(outside, 0700), 0);
	fd = open(share, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	other = fork(); /* the seat's part is played by a sleeping child */
	if (other == 0)
		for (;;)
			pause();
}

static void
teardown(void)
{
	char command[96];

	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	snprintf(command, sizeof command, "rm -rf %s", base);
	(void)!system(command);
}

/* A sanitizer wants terabytes, and files of /proc. */
#if !defined(__SANITIZE_ADDRESS__)
static struct sandbox
evidence_box(bool network)
{
	return (struct sandbox){.read = {"/etc", "/usr", "/lib", "/lib64",
				    "/dev/urandom", "/proc/self"},
	    .write = {inside},
	    .network = network,
	    .memory_bytes = (uint64_t)3 << 30,
	    .file_bytes = 1 << 20};
}

START_TEST(table)
{
	const struct row *row = &rows[_i];
	struct sandbox with = evidence_box(true), without = evidence_box(false);
	int w = attempt(row, &with), wo = attempt(row, &without);

	printf("%-26s with network: %-24s without: %s\n", row->what,
	    w == 0 ? "allowed" : strerror(w), wo == 0 ? "allowed" : strerror(wo));
	fflush(stdout);
	ck_assert_int_eq(w, row->with_network);
	ck_assert_int_eq(wo, row->without);
}
END_TEST
#endif

/* What the table refuses is refused by the sandbox and by nothing else. */
START_TEST(outside_it)
{
	const struct row *row = &rows[_i];

	if (getuid() != 0 || row->try == try_mount ||
	    row->try == try_unshare || row->try == read_memory ||
	    row->try == open_packet)
		return; /* wants privileges that a test may lack */
	ck_assert_msg(attempt(row, NULL) == 0, "%s", row->what);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *tc = tcase_create("sandbox");

	tcase_add_checked_fixture(tc, setup, teardown);
#if !defined(__SANITIZE_ADDRESS__)
	tcase_add_loop_test(tc, table, 0, ROW_N);
#endif
	tcase_add_loop_test(tc, outside_it, 0, ROW_N);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
