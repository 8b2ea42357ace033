/* SPDX-License-Identifier: Apache-2.0 */
/* log/tile.c: paths, widths, bundles, nodes (C2SP tlog-tiles). */
#include "tests/unit/log_help.h"
#include "log/tile.h"
#include "tests/unit/suite.h"

static const struct {
	struct tile t;
	const char *path;
} paths[] = {
    {{.number = 0, .width = 256, .level = 0}, "tile/0/000"},
    {{.number = 999, .width = 256, .level = 0}, "tile/0/999"},
    {{.number = 1000, .width = 256, .level = 1}, "tile/1/x001/000"},
    {{.number = 999999, .width = 256, .level = 1}, "tile/1/x999/999"},
    {{.number = 1000000, .width = 256, .level = 2}, "tile/2/x001/x000/000"},
    {{.number = 1234067, .width = 255, .level = 6},
	"tile/6/x001/x234/067.p/255"},
    {{.number = 7, .width = 1, .entries = true}, "tile/entries/007.p/1"},
    {{.number = 273, .width = 112, .entries = true}, "tile/entries/273.p/112"},
    {{.number = (UINT64_C(1) << 45) - 1, .width = 256},
	"tile/0/x035/x184/x372/x088/831"},
};

START_TEST(path_both_ways)
{
	char path[TILE_PATH_MAX];
	struct tile t;

	tile_path(path, &paths[_i].t);
	ck_assert_str_eq(path, paths[_i].path);
	ck_assert(tile_parse(&t, path, strlen(path)));
	ck_assert_uint_eq(t.number, paths[_i].t.number);
	ck_assert_uint_eq(t.width, paths[_i].t.width);
	ck_assert_uint_eq(t.level, paths[_i].t.level);
	ck_assert_uint_eq(t.entries, paths[_i].t.entries);
}
END_TEST

static const char *const bad[] = {"tile/0/1", "tile/0/0000", "tile/0/x000/000",
    "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
    "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/", "tile/0/000/",
    "tile/0/001/000", "tile/0/x001/x000", "tile/0/x1/000", "tile/7/000",
    "tile/64/000", "tile/-1/000", "tile/entries/0", "tile/entries/000.q/1",
    "tile/data/000", "/tile/0/000", "tile/0/000 ", "tile/0/000.p/1x",
    "tile/0/00a", "tile/", "tile/0", "tile/0/", "tile/entries/", "",
    "tile/0/x035/x184/x372/x088/832", "tile/0/x999/x999/x999/x999/x999/999",
    "tile/0/000.p/+1", "tile/0//000", "tile/0/xx001/000"};

START_TEST(path_refused)
{
	struct tile t;

	ck_assert_msg(!tile_parse(&t, bad[_i], strlen(bad[_i])), "%s", bad[_i]);
}
END_TEST

START_TEST(widths)
{
	/* the examples of the specification */
	ck_assert_uint_eq(tile_width(0, 272, 70000), 256);
	ck_assert_uint_eq(tile_width(0, 273, 70000), 112);
	ck_assert_uint_eq(tile_width(0, 274, 70000), 0);
	ck_assert_uint_eq(tile_width(1, 0, 70000), 256);
	ck_assert_uint_eq(tile_width(1, 1, 70000), 17);
	ck_assert_uint_eq(tile_width(2, 0, 70000), 1);
	ck_assert_uint_eq(tile_width(3, 0, 70000), 0);
	ck_assert_uint_eq(tile_width(0, 0, 256), 256);
	ck_assert_uint_eq(tile_width(0, 1, 256), 0);
	ck_assert_uint_eq(tile_width(1, 0, 256), 1);
	ck_assert_uint_eq(tile_width(0, 1, 257), 1);
	ck_assert_uint_eq(tile_width(1, 0, 257), 1);
	ck_assert_uint_eq(tile_width(0, 0, 0), 0);
	ck_assert_uint_eq(tile_width(1, 0, 255), 0);
	ck_assert_uint_eq(
	    tile_width(6, 0, (UINT64_C(1) << 53) - 1), 31);
}
END_TEST

START_TEST(bundles)
{
	static const uint8_t b[] = {0, 1, 'a', 0, 0, 0, 2, 'b', 'c'};
	const uint8_t *e;
	size_t at = 0, n = 0;

	ck_assert(tile_bundle_next(&e, &n, &at, b, sizeof b));
	ck_assert(n == 1 && *e == 'a');
	ck_assert(tile_bundle_next(&e, &n, &at, b, sizeof b));
	ck_assert(n == 0);
	ck_assert(tile_bundle_next(&e, &n, &at, b, sizeof b));
	ck_assert(n == 2 && e[1] == 'c' && at == sizeof b);
	ck_assert(!tile_bundle_next(&e, &n, &at, b, sizeof b) && e != NULL);
	/* cut at every byte: never past the end, and it is told */
	for (size_t cut = 0; cut < sizeof b; cut++) {
		bool whole = cut == 0 || cut == 3 || cut == 5;

		at = 0;
		while (tile_bundle_next(&e, &n, &at, b, cut))
			ck_assert(e + n <= b + cut);
		ck_assert_int_eq(e != NULL, whole);
	}
}
END_TEST

START_TEST(nodes)
{
	static struct help_tree tree;
	static struct tile_nodes t;
	uint8_t want[32];

	for (unsigned i = 0; i < 256; i++) {
		merkle_leaf(tree.leaf[i], (uint8_t *)&i, 1);
		tile_nodes_append(&t, tree.leaf[i]);
	}
	for (unsigned j = 0; j <= 8; j++)
		for (unsigned i = 0; i < 256u >> j; i++) {
			help_mth(want, &tree, (uint64_t)i << j,
			    (uint64_t)(i + 1) << j);
			ck_assert_mem_eq(tile_node(&t, j, i), want, 32);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tile");
	TCase *t = tcase_create("tile");

	tcase_add_loop_test(t, path_both_ways, 0,
	    sizeof paths / sizeof paths[0]);
	tcase_add_loop_test(t, path_refused, 0, sizeof bad / sizeof bad[0]);
	tcase_add_test(t, widths);
	tcase_add_test(t, bundles);
	tcase_add_test(t, nodes);
	suite_add_tcase(s, t);
	return suite_run(s);
}
