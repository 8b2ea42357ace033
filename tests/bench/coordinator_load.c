/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorate-coordinatord under load: PARTIES processes, each a party with its
 * own key, share and connection that polls as docs/formats.md section 9 says,
 * and RELEASES proposals at once. Prints what the daemon took, and judges
 * nothing but that every release is signed. Stops itself after LIMIT_S.
 *
 *	coordinator-load [K N RELEASES]     (67 100 20)
 */
#define WORLD_ACTORS_MAX 128
#define WORLD_TEXTS_MAX	 64
#include "tests/unit/daemon_world.h"
#include <sys/prctl.h>

#define LIMIT_S 240
#define IDLE_S	10

static unsigned quorum = 67, parties = 100, releases = 20;
static pid_t child[WORLD_ACTORS_MAX];

/* A party waits for news at the coordinator, not in between. */
static void
post_and_wait(struct world *w, const char *path, const void *bytes, size_t n,
    struct text *out)
{
	struct daemon *d = w->transport;
	struct http_answer a = {0};
	struct why why = {""};
	char url[256];

	w->now = clock_unix();
	snprintf(url, sizeof url, "%s%s%s", d->url, path,
	    strcmp(path, "/v1/poll") == 0 ? "?wait=20" : "");
	w->last = http_post(d->client, url, NULL, bytes, n, 60000,
	    BUNDLE_BYTES_MAX, &a, &why);
	if (w->last != RC_OK)
		fprintf(stderr, "%s: %u %s\n", path, a.status, why.text);
	ck_assert_rc(w->last, RC_OK);
	if (out != NULL)
		text_put(out, a.body, a.body_n);
	http_answer_release(&a);
}

static void
party(struct world *w, unsigned i)
{
	struct daemon *d = w->transport;
	time_t end = time(NULL) + LIMIT_S + 60;

	signal(SIGTERM, SIG_DFL); /* Check ends the whole group by it */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	w->random ^= UINT64_C(0x9e3779b97f4a7c15) * (i + 1); /* own nonces */
	ck_assert_rc(http_client_new(&d->client, NULL), RC_OK);
	w->post = post_and_wait;
	while (time(NULL) < end) {
		/* the time of a poll is written before it is sent */
		w->now = clock_unix();
		(void)actor_step(w, &w->actor[i]);
	}
	_exit(0);
}

struct cost {
	double cpu_s;
	unsigned long peak_kib, now_kib;
};

static struct cost
cost_of(pid_t pid)
{
	struct cost c = {0, 0, 0};
	unsigned long user = 0, system = 0;
	char path[64], line[1024], *at;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	fclose(f);
	at = strrchr(line, ')');
	ck_assert_int_eq(sscanf(at + 1,
			     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			     "%lu %lu", &user, &system),
	    2);
	c.cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL) {
		(void)!sscanf(line, "VmHWM: %lu", &c.peak_kib);
		(void)!sscanf(line, "VmRSS: %lu", &c.now_kib);
	}
	fclose(f);
	return c;
}

static struct world *
load_world(struct daemon *d)
{
	static char names[1024], group[2048];
	struct world *w = world_new(4711);
	struct text t, g;

	memset(d, 0, sizeof *d);
	text_init(&t, names, sizeof names);
	text_init(&g, group, sizeof group);
	text_printf(&g, "group many %u", quorum);
	for (unsigned i = 0; i < parties; i++) {
		text_printf(&t, "%sp%u", i > 0 ? " " : "", i);
		text_printf(&g, " p%u", i);
	}
	text_string(&g, "\nquorum many\n");
	world_roster(w, "release", names, group);
	world_trust(w, "", "quorum release\n");
	w->now = clock_unix();
	w->transport = d;
	w->post = http_post_bytes;
	daemon_config(d, w);
	daemon_start(d);
	return w;
}

static unsigned
signed_count(struct world *w, char (*id)[65])
{
	struct message_status st;
	struct slice rest;
	unsigned n = 0;

	for (unsigned i = 0; i < releases; i++) {
		status_get(w, id[i], "", &st, &rest);
		n += slice_is(st.state, "signed");
	}
	return n;
}

START_TEST(load)
{
	static char id[COORD_PROPOSALS_MAX][65];
	struct daemon d;
	struct world *w = load_world(&d);
	struct cost before, idle, after;
	unsigned done = 0;
	double began, took;
	char product[64];

	for (unsigned i = 0; i < parties; i++) {
		child[i] = fork();
		ck_assert_int_ge(child[i], 0);
		if (child[i] == 0)
			party(w, i);
	}
	clock_sleep_ms(5000); /* all are there, and wait */
	before = cost_of(d.pid);
	clock_sleep_ms(IDLE_S * 1000);
	idle = cost_of(d.pid);
	printf("%u parties waiting: %.2f %% of a core, %.1f MiB\n", parties,
	    100 * (idle.cpu_s - before.cpu_s) / IDLE_S,
	    (double)idle.now_kib / 1024);
	fflush(stdout);
	began = (double)clock_ms();
	for (unsigned i = 0; i < releases; i++) {
		snprintf(product, sizeof product, "acme.example/p%u", i);
		propose(w, product, id[i]);
	}
	while (done < releases &&
	    (double)clock_ms() - began < LIMIT_S * 1000) {
		clock_sleep_ms(500);
		done = signed_count(w, id);
	}
	took = ((double)clock_ms() - began) / 1000;
	after = cost_of(d.pid);
	printf("%u releases at once, %u of %u: %u signed in %.1f s, %.2f s of "
	       "CPU (%.1f ms a release), peak %.1f MiB\n",
	    releases, quorum, parties, done, took, after.cpu_s - idle.cpu_s,
	    1000 * (after.cpu_s - idle.cpu_s) / releases,
	    (double)after.peak_kib / 1024);
	for (unsigned i = 0; i < parties; i++)
		(void)kill(child[i], SIGTERM);
	for (unsigned i = 0; i < parties; i++)
		(void)waitpid(child[i], NULL, 0);
	daemon_kill(&d, SIGTERM);
	daemon_end(&d);
	world_free(w);
	ck_assert_uint_eq(done, releases);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *s = suite_create("coordinator-load");
	TCase *tc = tcase_create("load");
	SRunner *r = srunner_create(s);
	int failed;

	if (argc == 4) {
		quorum = (unsigned)atoi(argv[1]);
		parties = (unsigned)atoi(argv[2]);
		releases = (unsigned)atoi(argv[3]);
	}
	if (sodium_init() < 0 || (argc != 1 && argc != 4) || quorum < 2 ||
	    parties < quorum || parties > 100 || releases < 1 ||
	    releases > COORD_PROPOSALS_MAX)
		return 2;
	tcase_set_timeout(tc, LIMIT_S + 60);
	tcase_add_test(tc, load);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_MINIMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
