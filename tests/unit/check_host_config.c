/* SPDX-License-Identifier: Apache-2.0 */
/* host/config.h: what is not exactly right is an error with its line. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/config.h"
#include "tests/unit/suite.h"

struct party {
	char name[16], key[24];
	uint64_t weight;
};

struct settings {
	char state[40], listen[16];
	uint64_t wait_ms;
	bool mirror;
	struct party parties[2];
	size_t party_count;
	char tags[64];
};

static struct settings settings;
static struct why why;

static enum rc
tag_take(void *base, const char *value, struct why *w)
{
	struct settings *s = base;

	if (strchr(value, '*') == NULL) {
		why_set(w, "a pattern needs a star");
		return RC_FIELD;
	}
	strcat(s->tags, value);
	return RC_OK;
}

static void *
party_open(void *target, const char *instance, struct why *w)
{
	struct settings *s = target;
	struct party *p = &s->parties[s->party_count];

	if (s->party_count == 2) {
		why_set(w, "more than 2 parties");
		return NULL;
	}
	s->party_count++;
	snprintf(p->name, sizeof p->name, "%s", instance);
	p->weight = 1;
	return p;
}

static const struct config_key top_keys[] = {
    CONFIG_PATH("state", CONFIG_REQUIRED, struct settings, state),
    CONFIG_TEXT("listen", 0, struct settings, listen),
    CONFIG_DURATION("wait", 0, struct settings, wait_ms, 1000, 60000), {0}};
static const struct config_key mirror_keys[] = {
    CONFIG_BOOL("enabled", 0, struct settings, mirror),
    CONFIG_CALL("tag", CONFIG_REPEATS, tag_take), {0}};
static const struct config_key party_keys[] = {
    CONFIG_TEXT("key", CONFIG_REQUIRED, struct party, key),
    CONFIG_NUMBER("weight", 0, struct party, weight, 1, 9), {0}};
static const struct config_section sections[] = {
    {"", 0, NULL, top_keys}, {"mirror", 0, NULL, mirror_keys},
    {"party", CONFIG_INSTANCES | CONFIG_REQUIRED, party_open, party_keys},
    {0}};

static enum rc
parse(const char *text)
{
	memset(&settings, 0, sizeof settings);
	memset(&why, 0, sizeof why);
	return config_parse(&settings, sections, "etc/x.ini", text,
	    strlen(text), &why);
}

START_TEST(everything_lands)
{
	ck_assert_int_eq(parse("# a comment\n"
			       "state = data\n"
			       "; another\n"
			       "listen=[::1]:80\n"
			       "wait\t= \t20s \n"
			       "\n"
			       "[mirror]\n"
			       "enabled = yes\n"
			       "tag = a*\n"
			       "tag = # b*\n"
			       "  \t\n"
			       "[party alice]\n"
			       "key = alice+12=ab==\n"
			       "weight = 9\n"
			       "[party bob]\n"
			       "key = bob;1\n"), RC_OK);
	ck_assert_str_eq(settings.state, "etc/data");
	ck_assert_str_eq(settings.listen, "[::1]:80");
	ck_assert_uint_eq(settings.wait_ms, 20000);
	ck_assert(settings.mirror);
	ck_assert_str_eq(settings.tags, "a*# b*");
	ck_assert_str_eq(settings.parties[0].key, "alice+12=ab==");
	ck_assert_uint_eq(settings.parties[0].weight, 9);
	ck_assert_str_eq(settings.parties[1].name, "bob");
	ck_assert_str_eq(settings.parties[1].key, "bob;1");
	ck_assert_uint_eq(settings.parties[1].weight, 1);
	ck_assert_int_eq(parse("state = /abs\n[party a]\nkey = k\n"), RC_OK);
	ck_assert_str_eq(settings.state, "/abs");
}
END_TEST

#define PARTY "[party a]\nkey = k\n"

static const char *const errors[][2] = {
    {"state = d\nstat = e\n" PARTY, "2: unknown key 'stat'"},
    {"state = d\nState = e\n" PARTY, "2: unknown key 'State'"},
    {"state = d\nstate = d\n" PARTY, "2: 'state' is given twice"},
    {"state =\n" PARTY, "1: 'state' has no value"},
    {"state\n" PARTY, "1: wanted 'key = value'"},
    {"= d\n" PARTY, "1: wanted 'key = value'"},
    {"state: d\n" PARTY, "1: wanted 'key = value'"},
    {"\n\n" PARTY, "1: 'state' is missing"},
    {"state = d\n", "1: there is no [party NAME]"},
    {"state = d\n" PARTY "[party a]\nkey = l\n",
	"4: [party a] stands here twice"},
    {"state = d\n[party a]\n", "2: [party a] 'key' is missing"},
    {"state = d\n[party a]\n[party b]\nkey = k\n",
	"2: [party a] 'key' is missing"},
    {"state = d\n" PARTY "[party b]\nkey = k\n[party c]\nkey = k\n",
	"6: [party c]: more than 2 parties"},
    {"state = d\n[party]\nkey = k\n",
	"2: [party] wants one name, as in [party alice]"},
    {"state = d\n[party a b]\nkey = k\n",
	"2: [party a b] wants one name, as in [party alice]"},
    {"state = d\n[party ]\nkey = k\n",
	"2: [party ] wants one name, as in [party alice]"},
    {"state = d\n[mirror x]\n" PARTY,
	"2: [mirror x] takes no name: write [mirror]"},
    {"state = d\n[mirror]\n[mirror]\n" PARTY, "3: [mirror] stands here twice"},
    {"state = d\n[mirrors]\n" PARTY, "2: unknown section [mirrors]"},
    {"state = d\n[]\n" PARTY, "2: a heading is written [section]"},
    {"state = d\n[mirror\n" PARTY, "2: a heading is written [section]"},
    {"state = d\n[mirror] # x\n" PARTY, "2: a heading is written [section]"},
    {"state = d\n[ mirror]\n" PARTY, "2: unknown section [ mirror]"},
    {"state = d\n" PARTY "weight = 0\n", "4: 'weight' wants 1 to 9"},
    {"state = d\n" PARTY "weight = 10\n", "4: 'weight' wants 1 to 9"},
    {"state = d\n" PARTY "weight = 01\n", "4: 'weight' wants a number"},
    {"state = d\n" PARTY "weight = 1 # x\n", "4: 'weight' wants a number"},
    {"state = d\n" PARTY "mirror = yes\n",
	"4: unknown key 'mirror' in [party a]"},
    {"state = d\nwait = 10\n" PARTY,
	"2: 'wait' wants a time such as 5ms, 3s, 2m, 1h or 7d"},
    {"state = d\nwait = 61s\n" PARTY, "2: 'wait' wants 1000 to 60000 ms"},
    {"state = d\n[mirror]\nenabled = true\n" PARTY,
	"3: 'enabled' wants yes or no"},
    {"state = d\n[mirror]\ntag = a\n" PARTY,
	"3: 'tag': a pattern needs a star"},
    {"state = d\nlisten = 0123456789012345\n" PARTY,
	"2: 'listen' is longer than 15 bytes"},
    {"state = 012345678901234567890123456789012345\n" PARTY,
	"1: 'state' is longer than 39 bytes"},
    {"state = d\n" PARTY " continued\n", "4: a line may not be indented"},
    {"state = d\r\n" PARTY, "1: byte 0x0d in column 10"},
    {"\xef\xbb\xbfstate = d\n" PARTY, "1: byte 0xef in column 1"},
    {"state = d\n[party a]\nkey = k", "3: the last line does not end"}};

START_TEST(error_with_its_line)
{
	char want[WHY_BYTES_MAX];

	ck_assert_int_eq(parse(errors[_i][0]), RC_CONFIG);
	snprintf(want, sizeof want, "etc/x.ini:%s", errors[_i][1]);
	ck_assert_str_eq(why.text, want);
}
END_TEST

START_TEST(lines_have_a_ceiling)
{
	char text[1200];

	memset(text, '#', sizeof text);
	text[1023] = '\n';
	text[1024] = '\0';
	strcat(text, "state = d\n" PARTY);
	ck_assert_int_eq(parse(text), RC_OK);
	memset(text, '#', 1024);
	text[1024] = '\n';
	ck_assert_int_eq(parse(text), RC_CONFIG);
	ck_assert_ptr_ne(strstr(why.text, "1: a line longer"), NULL);
}
END_TEST

START_TEST(many_sections_do_not_move_the_title)
{
	struct config_section many[] = {
	    {"party", CONFIG_INSTANCES, NULL, party_keys}, {0}};
	char text[20000] = "";
	struct party p;
	size_t i, n = 0;

	for (i = 0; i < 500; i++)
		n += (size_t)sprintf(text + n, "[party p%zu]\nkey = k\n", i);
	ck_assert_int_eq(config_parse(&p, many, "x", text, n, &why), RC_OK);
	n += (size_t)sprintf(text + n, "[party q]\n");
	ck_assert_int_eq(config_parse(&p, many, "x", text, n, &why), RC_CONFIG);
	ck_assert_str_eq(why.text, "x:1001: [party q] 'key' is missing");
}
END_TEST

START_TEST(from_a_file)
{
	char path[] = "/tmp/quorate-check-XXXXXX";
	static const char text[] = "state = d\n" PARTY;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	memset(&settings, 0, sizeof settings);
	ck_assert_int_eq(config_read(&settings, sections, path, &why), RC_OK);
	ck_assert_str_eq(settings.state, "/tmp/d");
	unlink(path);
	ck_assert_int_eq(config_read(&settings, sections, path, &why),
	    RC_FILE_ABSENT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/config");
	TCase *c = tcase_create("config");

	tcase_add_test(c, everything_lands);
	tcase_add_loop_test(c, error_with_its_line, 0,
	    sizeof errors / sizeof errors[0]);
	tcase_add_test(c, lines_have_a_ceiling);
	tcase_add_test(c, many_sections_do_not_move_the_title);
	tcase_add_test(c, from_a_file);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
