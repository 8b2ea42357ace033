/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load for a log: releases of plain keys, made and signed before the clock
 * starts, posted over so many connections; every answer must be a file.
 *
 *	log-load URL KEYS COUNT CONNECTIONS FIRST
 *
 * KEYS: seeds are the SHA-256 of the names (see note_maker.c), comma
 * separated. Prints `add-to-file ns/op bytes`, percentiles and the rate.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/say.h"
#include "host/sign.h"
#include "host/text.h"
#include "log/client.h"
#include "verify/sha256.h"

static const char *url;
static struct job {
	char note[2048];
	size_t n, file_n;
	uint64_t us;
} *jobs;
static unsigned job_n;
static atomic_uint job_next, failed;

static void
sha256(uint8_t out[static 32], const void *bytes, size_t n)
{
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, bytes, n);
	sha256_final(&h, out);
}

static void
job_make(struct job *j, const char *keys, unsigned sequence)
{
	uint8_t digest[32], seed[32], blob[68], key[32];
	struct text t;
	size_t text_n, n;

	sha256(digest, &sequence, sizeof sequence);
	text_init(&t, j->note, sizeof j->note);
	text_printf(&t,
	    "quorate/release@v1\nauthority acme.example/test 1\n"
	    "product acme.example/load-%u\nversion 1.0\nsequence 1\n"
	    "payload app 1048576 ",
	    sequence);
	text_hex(&t, digest, 32);
	text_printf(&t, "\nabout\nproposed %llu\n",
	    (unsigned long long)clock_unix());
	text_n = t.n;
	text_string(&t, "\n");
	for (; *keys != '\0'; keys += n + (keys[n] == ',')) {
		struct slice name;

		n = strcspn(keys, ",");
		name = (struct slice){(const uint8_t *)keys, n};
		sha256(seed, keys, n);
		ed25519_public(key, seed);
		vkey_id(blob, name, KEY_ED25519, key);
		ed25519_sign(blob + 4, seed, (uint8_t *)j->note, text_n);
		sigline_text(&t, name, blob, sizeof blob);
	}
	j->n = t.n;
}

static void *
work(void *context)
{
	struct http_client *client;
	unsigned i;

	(void)context;
	if (http_client_new(&client, NULL) != RC_OK)
		return NULL;
	while ((i = atomic_fetch_add(&job_next, 1)) < job_n) {
		struct job *j = &jobs[i];
		uint64_t from = clock_us();
		struct why why = {""};
		uint8_t *file;
		enum rc rc = tlog_add(client, url, (uint8_t *)j->note, j->n,
		    30000, &file, &j->file_n, &why);

		j->us = clock_us() - from;
		if (rc != RC_OK && atomic_fetch_add(&failed, 1) == 0)
			say(SAY_ERROR, "%s", why.text);
		free(file);
	}
	http_client_free(client);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return (x->us > y->us) - (x->us < y->us);
}

int
main(int argc, char **argv)
{
	pthread_t thread[256];
	unsigned threads, first;
	uint64_t from, all;

	say_init("log-load");
	if (argc != 6)
		die(EXIT_USAGE, "see the head of tests/bench/log_load.c");
	url = argv[1];
	job_n = (unsigned)atoi(argv[3]);
	threads = (unsigned)atoi(argv[4]);
	first = (unsigned)atoi(argv[5]);
	jobs = calloc(job_n, sizeof *jobs);
	if (jobs == NULL || threads == 0 || threads > 256)
		die(EXIT_USAGE, "no memory, or not 1 to 256 connections");
	for (unsigned i = 0; i < job_n; i++)
		job_make(&jobs[i], argv[2], first + i);
	from = clock_us();
	for (unsigned i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	all = clock_us() - from;
	qsort(jobs, job_n, sizeof *jobs, compare);
	printf("add-to-file-%u %llu %zu\n", threads,
	    (unsigned long long)(all * 1000 / job_n), jobs[0].n);
	printf("# %u connections: %.0f/s, p50 %.2f ms, p99 %.2f ms, "
	       "max %.2f ms, %u failed\n",
	    threads, job_n * 1e6 / (double)all, jobs[job_n / 2].us / 1e3,
	    jobs[job_n - 1 - job_n / 100].us / 1e3, jobs[job_n - 1].us / 1e3,
	    failed);
	free(jobs);
	return failed != 0;
}
