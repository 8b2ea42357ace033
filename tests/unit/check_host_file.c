/* SPDX-License-Identifier: Apache-2.0 */
/* host/file.h: whole files, written once, one process per directory. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/file.h"
#include "tests/unit/suite.h"

static char dir[64], path[128];
static struct why why;

static void
setup(void)
{
	strcpy(dir, "/tmp/quorate-check-XXXXXX");
	ck_assert_ptr_ne(mkdtemp(dir), NULL);
	snprintf(path, sizeof path, "%s/file", dir);
	memset(&why, 0, sizeof why);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static unsigned
entries(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
ck_content(const char *want)
{
	uint8_t *bytes;
	size_t n;

	ck_assert_int_eq(file_read(&bytes, &n, path, 1000, &why), RC_OK);
	ck_assert_uint_eq(n, strlen(want));
	ck_assert_str_eq((char *)bytes, want);
	free(bytes);
}

START_TEST(write_then_read)
{
	struct stat st;
	uint8_t *bytes, into[4];
	size_t n;

	ck_assert_int_eq(file_write_atomic(path, "abc", 3, 0640, &why), RC_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_content("abc");
	ck_assert_int_eq(file_write_atomic(path, "", 0, 0600, &why), RC_OK);
	ck_content("");
	ck_assert_int_eq(file_write_atomic(path, "abcd", 4, 0600, &why), RC_OK);
	ck_assert_int_eq(file_read(&bytes, &n, path, 4, &why), RC_OK);
	free(bytes);
	ck_assert_int_eq(file_read(&bytes, &n, path, 3, &why), RC_FILE_LONG);
	ck_assert_ptr_eq(bytes, NULL);
	ck_assert_int_eq(file_read_into(into, &n, 4, path, &why), RC_OK);
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(into, "abcd", 4);
	ck_assert_int_eq(file_read_into(into, &n, 3, path, &why),
	    RC_FILE_LONG);
	ck_assert_mem_eq(into, "\0\0\0d", 4);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(large_and_odd_files)
{
	static uint8_t big[300000];
	uint8_t *bytes, digest[32];
	uint64_t size;
	size_t n;

	big[299999] = 7;
	ck_assert_int_eq(file_write_atomic(path, big, sizeof big, 0600, &why),
	    RC_OK);
	ck_assert_int_eq(file_read(&bytes, &n, path, SIZE_MAX, &why), RC_OK);
	ck_assert_uint_eq(n, sizeof big);
	ck_assert_mem_eq(bytes, big, n);
	free(bytes);
	ck_assert_int_eq(file_read(&bytes, &n, path, sizeof big - 1, &why),
	    RC_FILE_LONG);
	/* claims no size, has bytes: the guess must not be the limit */
	ck_assert_int_eq(file_read(&bytes, &n, "/proc/self/status", 100000,
			     &why), RC_OK);
	ck_assert_uint_gt(n, 100);
	free(bytes);
	ck_assert_int_eq(file_read(&bytes, &n, "/proc/self/status", 10, &why),
	    RC_FILE_LONG);
	ck_assert_int_eq(file_read(&bytes, &n, dir, 10, &why), RC_FILE);
	ck_assert_int_eq(file_read(&bytes, &n, "/dev/zero", 10, &why),
	    RC_FILE);
	ck_assert_int_eq(file_read(&bytes, &n, "/nowhere/x", 10, &why),
	    RC_FILE_ABSENT);
	ck_assert_str_eq(why.text, "cannot open '/nowhere/x': No such file or "
				   "directory");
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_read(&bytes, &n, path, 10, &why), RC_FILE);
	unlink(path);
	ck_assert_int_eq(file_write_atomic(path, "abc", 3, 0600, &why), RC_OK);
	ck_assert_int_eq(file_sha256(digest, &size, path, &why), RC_OK);
	ck_assert_uint_eq(size, 3);
	ck_assert_mem_eq(digest, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40"
	    "\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff"
	    "\x61\xf2\x00\x15\xad", 32);
}
END_TEST

START_TEST(create_never_replaces)
{
	ck_assert_int_eq(file_create_exclusive(path, "abc", 3, 0600, &why),
	    RC_OK);
	ck_assert_int_eq(file_create_exclusive(path, "abc", 3, 0600, &why),
	    RC_FILE_EXISTS);
	ck_content("abc");
	ck_assert_uint_eq(entries(), 1);
	unlink(path);
	ck_assert_int_eq(symlink("/nowhere", path), 0);
	ck_assert_int_eq(file_create_exclusive(path, "abc", 3, 0600, &why),
	    RC_FILE_EXISTS);
}
END_TEST

START_TEST(write_once_is_idempotent)
{
	ck_assert_int_eq(file_write_synced(path, "abc", 3, 0644, false, &why),
	    RC_OK);
	ck_assert_int_eq(file_write_synced(path, "abc", 3, 0644, true, &why),
	    RC_OK);
	ck_assert_int_eq(file_write_synced(path, "abd", 3, 0644, false, &why),
	    RC_FILE_EXISTS);
	ck_assert_int_eq(file_write_synced(path, "ab", 2, 0644, false, &why),
	    RC_FILE_EXISTS);
	ck_assert_int_eq(file_write_synced(path, "abcd", 4, 0644, false, &why),
	    RC_FILE_EXISTS);
	ck_content("abc");
	ck_assert_int_eq(file_sync_dir(dir, &why), RC_OK);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(failed_writes_leave_nothing)
{
	char inside[160];

	ck_assert_int_eq(file_write_atomic("/nowhere/x", "a", 1, 0600, &why),
	    RC_FILE);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(inside, sizeof inside, "%s/x", path);
	ck_assert_int_eq(file_write_atomic(inside, "a", 1, 0600, &why), RC_OK);
	ck_assert_int_eq(file_write_atomic(path, "a", 1, 0600, &why), RC_FILE);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(what_is_no_file_stays)
{
	char link_to[160];
	struct stat st;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_replaceable(path, &why), RC_FILE);
	ck_assert_int_eq(file_write_atomic(path, "a", 1, 0600, &why), RC_FILE);
	ck_assert_ptr_ne(strstr(why.text, "not a regular file"), NULL);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert_uint_eq(entries(), 1);
	unlink(path);
	ck_assert_int_eq(file_replaceable(path, &why), RC_OK);
	/* by a link that is kept, as a person means it */
	snprintf(link_to, sizeof link_to, "%s/link", dir);
	ck_assert_int_eq(symlink("file", link_to), 0);
	ck_assert(!file_same(path, link_to)); /* it is not there yet */
	ck_assert_int_eq(file_write_atomic(path, "a", 1, 0600, &why), RC_OK);
	ck_assert(file_same(path, link_to));
	ck_assert_int_eq(file_write_given(link_to, "bc", 2, 0600, &why), RC_OK);
	ck_content("bc");
	ck_assert_int_eq(lstat(link_to, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(entries(), 2);
	ck_assert_int_eq(
	    file_write_given("/dev/full", "a", 1, 0600, &why), RC_FILE);
	ck_assert(!file_same(path, "/dev/full"));
}
END_TEST

/* Readers beside a writer see one of the two contents, whole. */
START_TEST(replacement_is_atomic)
{
	static char a[20000], b[30000];
	uint8_t *bytes;
	int status, i;
	size_t n;
	pid_t pid;

	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	ck_assert_int_eq(file_write_atomic(path, a, sizeof a, 0600, &why),
	    RC_OK);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < 200; i++)
			if (file_write_atomic(path, i % 2 ? a : b,
				i % 2 ? sizeof a : sizeof b, 0600,
				NULL) != RC_OK)
				_exit(1);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ck_assert_int_eq(file_read(&bytes, &n, path, 100000, &why),
		    RC_OK);
		ck_assert_uint_eq(n, bytes[0] == 'a' ? sizeof a : sizeof b);
		ck_assert_mem_eq(bytes, bytes[0] == 'a' ? a : b, n);
		free(bytes);
	}
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(directories)
{
	char deep[160];
	struct stat st;

	snprintf(deep, sizeof deep, "%s/a//b/c/", dir);
	ck_assert_int_eq(dir_make(deep, 0750, &why), RC_OK);
	ck_assert_int_eq(dir_make(deep, 0700, &why), RC_OK);
	ck_assert_int_eq(stat(deep, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0750);
	ck_assert_int_eq(dir_make("/", 0700, &why), RC_OK);
	ck_assert_int_eq(file_write_atomic(path, "", 0, 0600, &why), RC_OK);
	ck_assert_int_eq(dir_make(path, 0700, &why), RC_FILE);
	snprintf(deep, sizeof deep, "%s/x/y", path);
	ck_assert_int_eq(dir_make(deep, 0700, &why), RC_FILE);
	ck_assert_int_eq(dir_make("", 0700, &why), RC_FILE);
}
END_TEST

START_TEST(removal)
{
	ck_assert_int_eq(file_remove(path, &why), RC_OK);
	ck_assert_int_eq(file_write_atomic(path, "", 0, 0600, &why), RC_OK);
	ck_assert(file_exists(path));
	ck_assert_int_eq(file_remove(path, &why), RC_OK);
	ck_assert(!file_exists(path));
	ck_assert_int_eq(file_remove(dir, &why), RC_FILE);
}
END_TEST

START_TEST(one_process_per_directory)
{
	char want[200];
	int lock, status;
	pid_t pid;

	ck_assert_int_eq(file_lock(&lock, dir, &why), RC_OK);
	pid = fork();
	if (pid == 0) {
		int second;

		snprintf(want, sizeof want, "'%s' is in use by another process "
					    "(pid %ld)", dir, (long)getppid());
		/* the inherited descriptor is the parent's lock */
		_exit(file_lock(&second, dir, &why) == RC_LOCKED &&
			    second == -1 && strcmp(why.text, want) == 0
			? 0
			: 1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	file_unlock(lock);
	ck_assert_int_eq(file_lock(&lock, dir, &why), RC_OK);
	file_unlock(lock);
	file_unlock(-1);
	ck_assert_int_eq(file_lock(&lock, "/nowhere", &why), RC_FILE);
	ck_assert_int_eq(lock, -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/file");
	TCase *c = tcase_create("file");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, write_then_read);
	tcase_add_test(c, large_and_odd_files);
	tcase_add_test(c, create_never_replaces);
	tcase_add_test(c, write_once_is_idempotent);
	tcase_add_test(c, failed_writes_leave_nothing);
	tcase_add_test(c, what_is_no_file_stays);
	tcase_add_test(c, replacement_is_atomic);
	tcase_add_test(c, directories);
	tcase_add_test(c, removal);
	tcase_add_test(c, one_process_per_directory);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
