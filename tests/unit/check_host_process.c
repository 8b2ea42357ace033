/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host/secret.h and daemon.h do to a process: no dumps, guarded pages,
 * passphrases without echo, signals in order. Every test runs in a child.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/daemon.h"
#include "host/secret.h"
#include "tests/unit/suite.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Check has handlers for these, which would end the whole run. */
static void
signals_default(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signals_default();
		_exit(fn());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int
hardened(void)
{
	struct rlimit limit;

	secret_process_harden();
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		return 1;
	if (!SANITIZED && prctl(PR_GET_DUMPABLE) != 0)
		return 2;
	return 0;
}

START_TEST(no_dumps)
{
	ck_assert_int_eq(in_child(hardened), 0);
}
END_TEST

static int
pages(void)
{
	uint8_t *p = secret_new(100);
	int i;

	for (i = 0; i < 100; i++)
		if (p[i] != 0)
			return 1;
	p[99] = 7;
	secret_hide(p);
	secret_show(p);
	if (p[99] != 7)
		return 2;
	secret_edit(p);
	p[99] = 8;
	secret_free(p);
	secret_free(NULL);
	return 0;
}

static int
read_hidden(void)
{
	volatile uint8_t *p = secret_new(100);

	secret_hide((void *)(uintptr_t)p);
	return p[0];
}

static int
write_shown(void)
{
	volatile uint8_t *p = secret_new(100);

	secret_show((void *)(uintptr_t)p);
	p[0] = 1;
	return 0;
}

static int
read_behind(void)
{
	volatile uint8_t *p = secret_new(64);

	return p[64] | p[4096];
}

START_TEST(guarded_pages)
{
	ck_assert_int_eq(in_child(pages), 0);
	if (SANITIZED)
		return; /* would report the crashes that are wanted */
	ck_assert(WIFSIGNALED(in_child(read_hidden)));
	ck_assert(WIFSIGNALED(in_child(write_shown)));
	ck_assert(WIFSIGNALED(in_child(read_behind)));
}
END_TEST

static const char *pass_want;
static bool pass_confirm;

static int
pass_read(void)
{
	struct passphrase *p = secret_new(sizeof *p);
	enum rc rc = passphrase_read(p, NULL, "Passphrase", pass_confirm, NULL);
	int bad = rc != RC_OK || p->n != strlen(pass_want) ||
	    memcmp(p->b, pass_want, p->n) != 0;

	secret_free(p);
	return !bad ? 0 : rc == RC_PASSPHRASE ? 1 : rc == RC_FILE ? 3 : 2;
}

static int
no_terminal(void)
{
	setsid();
	return pass_read();
}

/* A terminal whose user answers every prompt with the next line; what the
 * screen showed. */
static int
with_terminal(char *screen, size_t cap, const char *const lines[2])
{
	size_t have = 0, next = 0;
	struct pollfd p;
	int status, tty;
	ssize_t n;
	pid_t pid = forkpty(&tty, NULL, NULL, NULL);

	if (pid == 0) {
		signals_default();
		_exit(pass_read());
	}
	p = (struct pollfd){.fd = tty, .events = POLLIN};
	while (poll(&p, 1, 5000) == 1 &&
	    (n = read(tty, screen + have, cap - 1 - have)) > 0) {
		have += (size_t)n;
		screen[have] = '\0';
		if (have >= 2 && strcmp(screen + have - 2, ": ") == 0 &&
		    next < 2) {
			clock_sleep_ms(50); /* as a person would */
			ck_assert_int_gt(write(tty, lines[next],
					     strlen(lines[next])), 0);
			next++;
		}
	}
	screen[have] = '\0';
	waitpid(pid, &status, 0);
	close(tty);
	return status;
}

START_TEST(passphrase_from_the_terminal)
{
	static const char *const same[] = {"horse\n", "horse\n"};
	static const char *const differ[] = {"horse\n", "Horse\n"};
	static const char *const interrupt[] = {"hor\003", ""};
	char screen[1000];

	unsetenv("QUORATE_PASSPHRASE_FILE");
	pass_want = "horse";
	pass_confirm = false;
	ck_assert_int_eq(with_terminal(screen, sizeof screen, same), 0);
	ck_assert_str_eq(screen, "Passphrase: \r\n");
	pass_confirm = true;
	ck_assert_int_eq(with_terminal(screen, sizeof screen, same), 0);
	ck_assert_str_eq(screen,
	    "Passphrase: \r\nPassphrase (again): \r\n");
	ck_assert_int_eq(WEXITSTATUS(with_terminal(screen, sizeof screen,
			     differ)), 1);
	ck_assert_int_eq(WTERMSIG(with_terminal(screen, sizeof screen,
			     interrupt)), SIGINT);
	ck_assert_int_eq(WEXITSTATUS(in_child(no_terminal)), 3);
}
END_TEST

static int
daemon_life(void)
{
	daemon_begin();
	if (daemon_wait(50) != 0)
		return 1;
	raise(SIGPIPE); /* ignored */
	kill(getpid(), SIGHUP);
	if (daemon_wait(0) != SIGHUP)
		return 2;
	kill(getpid(), SIGTERM);
	if (daemon_wait(0) != SIGTERM)
		return 3;
	kill(getpid(), SIGINT); /* the second one kills */
	return 4;
}

START_TEST(signals_in_order)
{
	int status = in_child(daemon_life);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
}
END_TEST

static int
daemon_says_ready(void)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 2);
	daemon_ready("on %s", "127.0.0.1:1");
	return 0;
}

START_TEST(readiness_is_told)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char dir[] = "/tmp/quorate-check-XXXXXX", got[32];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_ptr_ne(mkdtemp(dir), NULL);
	snprintf(a.sun_path, sizeof a.sun_path, "%s/n", dir);
	ck_assert_int_eq(bind(fd, (void *)&a, sizeof a), 0);
	setenv("NOTIFY_SOCKET", a.sun_path, 1);
	ck_assert_int_eq(in_child(daemon_says_ready), 0);
	unsetenv("NOTIFY_SOCKET");
	ck_assert_int_eq(recv(fd, got, sizeof got, MSG_DONTWAIT), 7);
	ck_assert_mem_eq(got, "READY=1", 7);
	close(fd);
	unlink(a.sun_path);
	rmdir(dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/process");
	TCase *c = tcase_create("process");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, no_dumps);
	tcase_add_test(c, guarded_pages);
	tcase_add_test(c, passphrase_from_the_terminal);
	tcase_add_test(c, signals_in_order);
	tcase_add_test(c, readiness_is_told);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
