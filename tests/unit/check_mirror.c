/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/mirror.c: proofs of subtrees, against the definition, against RFC 6962
 * where they coincide, and against the vector of the project's tlog fact
 * sheet (computed there with Python's hashlib); what log and mirror send
 * each other; and the gzip that it may come in.
 */
#include "host/gzip.h"
#include "log/mirror.h"
#include "tests/unit/log_help.h"
#include "tests/unit/suite.h"

static struct help_tree tree;
static const struct tlog_source source = {help_node, &tree};

START_TEST(published_subtree)
{
	static const char *const want[] = {
	    "ErKJK72chPgiJ1FNfxmyV5u/Sr6UYvtddZagz5KxWNQ=",
	    "W4axf6TLjzl0MubQzBpiXkXMiNJQyBXtWOWL+c4KDRg=",
	    "jIKmtdQNHO73uZ8dsGCwzNnBmfGcFLcpuix4FedVddU=",
	    "6fDuvH5TAMn6CJnyaW9xITLUaaYmHv1NBzZHWy2+JoU="};
	uint8_t hash[32], proof[MIRROR_PROOF_MAX * 32], b[32];
	unsigned n, i;

	help_leaves(&tree, 14);
	ck_assert_rc(tlog_subtree(hash, 8, 13, &source), RC_OK);
	help_base64(b, "oP2rX5/A8oTk7S2lAXnOd4D9cXm6Eg2mjSvSVjr0MkA=");
	ck_assert_mem_eq(hash, b, 32);
	ck_assert_rc(tlog_subtree_proof(proof, &n, 8, 13, 14, &source),
	    RC_OK);
	ck_assert_uint_eq(n, 4);
	for (i = 0; i < 4; i++) {
		help_base64(b, want[i]);
		ck_assert_mem_eq(proof + 32 * i, b, 32);
	}
}
END_TEST

/* Every subtree of every size: made, checked, and nothing else accepted. */
START_TEST(all_subtrees)
{
	uint8_t hash[32], root[32], proof[MIRROR_PROOF_MAX * 32];
	uint8_t other[TLOG_PROOF_MAX * 32];
	uint64_t size, s, e, width;
	unsigned n, m, k;

	help_leaves(&tree, 34);
	for (size = 1; size <= 34; size++)
		for (s = 0; s < size; s++)
			for (e = s + 1; e <= size; e++) {
				for (width = 1; width < e - s; width *= 2)
					;
				if (s % width != 0) {
					ck_assert_rc(tlog_subtree_proof(proof,
						&n, s, e, size, &source),
					    RC_CONSISTENCY);
					continue;
				}
				ck_assert_rc(tlog_root(root, size, &source),
				    RC_OK);
				ck_assert_rc(tlog_subtree(hash, s, e, &source),
				    RC_OK);
				ck_assert_rc(tlog_subtree_proof(proof, &n, s,
					e, size, &source), RC_OK);
				ck_assert_rc(tlog_subtree_check(s, e, hash,
					size, root, proof, n), RC_OK);
				ck_assert_rc(tlog_subtree_check(s, e, hash,
					size, root, proof, n + 1),
				    RC_CONSISTENCY);
				for (k = 0; k < n; k++) {
					proof[32 * k] ^= 1;
					ck_assert_rc(tlog_subtree_check(s, e,
						hash, size, root, proof, n),
					    RC_CONSISTENCY);
					proof[32 * k] ^= 1;
				}
				if (n > 0)
					ck_assert_rc(tlog_subtree_check(s, e,
						hash, size, root, proof,
						n - 1), RC_CONSISTENCY);
				hash[31] ^= 1;
				ck_assert_rc(tlog_subtree_check(s, e, hash,
					size, root, proof, n),
				    RC_CONSISTENCY);
				/* from the start: RFC 6962's consistency */
				if (s > 0 || e == size)
					continue;
				ck_assert_rc(tlog_consistency(other, &m, e,
					size, &source), RC_OK);
				ck_assert_uint_eq(m, n);
				ck_assert_mem_eq(other, proof, 32 * (size_t)n);
			}
}
END_TEST

START_TEST(uploads)
{
	uint8_t body[256];
	struct slice origin = {(const uint8_t *)"log.test/one", 12};
	struct mirror_upload u;
	struct mirror_package p;
	size_t n = mirror_upload_head(body, origin, 255, 257), at, k;

	ck_assert_uint_eq(n, 32);
	ck_assert_rc(mirror_upload_parse(&u, body, n), RC_OK);
	ck_assert(slice_equal(u.origin, origin));
	ck_assert(u.start == 255 && u.end == 257 && u.at == n);
	for (k = 0; k < n; k++)
		ck_assert_rc(mirror_upload_parse(&u, body, k), RC_FIELD);
	/* two packages, cut at 256: one entry each */
	memcpy(body + n, "\0\3abc\1", 6);
	memset(body + n + 6, 7, 32);
	memcpy(body + n + 38, "\0\0\0", 3);
	at = n;
	ck_assert_rc(mirror_package_next(&p, &at, body, n + 41, 255, 257),
	    RC_OK);
	ck_assert(p.from == 255 && p.to == 256 && p.proof_n == 1 &&
	    p.entries.n == 5 && p.proof[31] == 7);
	ck_assert_rc(mirror_package_next(&p, &at, body, n + 41, 256, 257),
	    RC_OK);
	ck_assert(p.to == 257 && p.proof_n == 0 && at == n + 41);
	for (k = n; k < n + 38; k++) {
		at = n;
		ck_assert_rc(mirror_package_next(&p, &at, body, k, 255, 257),
		    RC_MORE);
	}
	body[n + 5] = 64;
	at = n;
	ck_assert_rc(mirror_package_next(&p, &at, body, n + 41, 255, 257),
	    RC_FIELD);
	mirror_upload_head(body, origin, 258, 257);
	ck_assert_rc(mirror_upload_parse(&u, body, n), RC_FIELD);
	mirror_upload_head(body, origin, 0, (uint64_t)1 << 53);
	ck_assert_rc(mirror_upload_parse(&u, body, n), RC_FIELD);
	mirror_upload_head(body, (struct slice){(uint8_t *)"a b", 3}, 0, 1);
	ck_assert_rc(mirror_upload_parse(&u, body, 23), RC_FIELD);
}
END_TEST

START_TEST(infos)
{
	static const char *const bad[] = {"", "1\n2\n", "1\n2\n\n\n", "1\n2\nx",
	    "01\n2\n\n", "1\n-2\n\n", "1 \n2\n\n"};
	char bytes[MIRROR_INFO_MAX];
	struct mirror_info i;
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	mirror_info_text(&t, 12, 7);
	ck_assert_rc(mirror_info_parse(&i, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert(i.pending == 12 && i.next == 7 && i.ticket.n == 0);
	ck_assert_rc(mirror_info_parse(&i, (uint8_t *)"1\n2\nAAAA\n", 9),
	    RC_OK);
	ck_assert_uint_eq(i.ticket.n, 4);
	for (unsigned k = 0; k < sizeof bad / sizeof bad[0]; k++)
		ck_assert_rc(mirror_info_parse(&i, (const uint8_t *)bad[k],
			strlen(bad[k])), RC_FIELD);
}
END_TEST

/* `printf 'hello\nhello\n' | gzip` */
START_TEST(gzip)
{
	static const uint8_t packed[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3,
	    0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0xca, 0x00, 0x93, 0x00, 0x77,
	    0x0c, 0xc7, 0x2f, 0x0c, 0, 0, 0};
	uint8_t *out, copy[sizeof packed + 1];
	size_t n, k;

	ck_assert_rc(gzip_read(&out, &n, packed, sizeof packed, 12), RC_OK);
	ck_assert_uint_eq(n, 12);
	ck_assert_mem_eq(out, "hello\nhello\n", 12);
	free(out);
	ck_assert_rc(gzip_read(&out, &n, packed, sizeof packed, 11),
	    RC_FILE_LONG);
	ck_assert_ptr_null(out);
	for (k = 0; k < sizeof packed; k++)
		ck_assert(gzip_read(&out, &n, packed, k, 4096) != RC_OK);
	memcpy(copy, packed, sizeof packed);
	copy[sizeof packed] = 'x';
	ck_assert_rc(gzip_read(&out, &n, copy, sizeof copy, 4096), RC_FIELD);
	copy[sizeof packed - 6] ^= 1; /* its check */
	ck_assert(gzip_read(&out, &n, copy, sizeof packed, 4096) != RC_OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mirror");
	TCase *t = tcase_create("mirror");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, published_subtree);
	tcase_add_test(t, all_subtrees);
	tcase_add_test(t, uploads);
	tcase_add_test(t, infos);
	tcase_add_test(t, gzip);
	suite_add_tcase(s, t);
	return suite_run(s);
}
