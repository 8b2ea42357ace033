/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/boot/ on a flash that never loses power: what a device's life looks
 * like, and every refusal. Cuts are tests/device/power.c.
 */
#include <check.h>
#include "tests/device/boot_world.h"
#include "tests/unit/suite.h"

static struct world w;
static struct sim sim;
static struct boot_flash flash;
static struct boot b;
static unsigned slot;

static void
born(void)
{
	sim_init(&sim, WORLD_SECTOR, 8, 1);
	sim.locked_from = w.config.record[0].at;
	sim.locked_to = w.config.confirm.at;
	flash = sim_flash(&sim);
	ck_assert(world_provision(&b, &w, &flash, NULL) == RC_OK);
}

static void
power_on(void)
{
	sim_on(&sim);
	ck_assert(boot_open(&b, &w.config, &flash) == RC_OK);
}

/* The image in the slot that is started now. */
static int
start(void)
{
	unsigned i;

	ck_assert(boot_choose(&b, &slot) == RC_OK);
	ck_assert(sim.locked);
	for (i = 0; i < IMAGES; i++)
		if (memcmp(sim.now + w.config.slot[slot].at, w.image[i],
			w.image_n[i]) == 0)
			return (int)i;
	return -1;
}

static void
confirm(void)
{
	static struct records s;

	ck_assert(boot_confirm(&s, &w.config, &flash, slot) == RC_OK);
}

/* Install, run and confirm. */
static void
live(enum world_image image)
{
	power_on();
	ck_assert(world_install(&b, &w, image) == RC_OK);
	ck_assert_int_eq(start(), (int)image);
	confirm();
	power_on();
	ck_assert(b.trial == RC_OK);
	ck_assert_int_eq(start(), (int)image);
}

START_TEST(a_life)
{
	born();
	power_on();
	ck_assert(boot_choose(&b, &slot) == RC_NO_IMAGE);
	live(V1);
	ck_assert_uint_eq(slot, 0);
	ck_assert_uint_eq(b.store.record.floor, 1);
	live(V2);
	ck_assert_uint_eq(slot, 1);
	ck_assert_uint_eq(b.store.record.floor, 2);
	power_on();
	ck_assert(world_install(&b, &w, V1) == RC_SEQUENCE_LOW);
	ck_assert_int_eq(start(), V2);
	live(V3);
	ck_assert_uint_eq(slot, 0);
	power_on(); /* again: nothing to do, and nothing is written */
	sim.programmed = 0;
	ck_assert(world_install(&b, &w, V3) == RC_OK);
	ck_assert_int_eq(start(), V3);
	ck_assert_uint_eq(sim.programmed, 0);
	ck_assert_uint_eq(sim.repeated, 0);
}
END_TEST

START_TEST(not_confirmed_goes_back)
{
	unsigned i;

	born();
	live(V1);
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert_uint_eq(b.store.record.floor, 1);
	ck_assert_int_eq(start(), V2);
	power_on();
	ck_assert(b.trial == RC_UNCONFIRMED);
	ck_assert_int_eq(start(), V1);
	ck_assert_uint_eq(b.store.record.floor, 1);
	power_on();
	ck_assert(b.trial == RC_MORE);
	ck_assert_int_eq(start(), V1);
	/* a medium that was left in wears nothing out */
	for (i = 1; i < BOOT_TRIES_MAX; i++) {
		power_on();
		ck_assert(world_install(&b, &w, V2) == RC_OK);
		ck_assert_int_eq(start(), V2);
		power_on();
		ck_assert(b.trial == RC_UNCONFIRMED);
		ck_assert_int_eq(start(), V1);
	}
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_UNCONFIRMED);
	ck_assert(world_take(&b, &w.release[V2].b, w.image[V2],
		      w.image_n[V2], true) == RC_OK);
	ck_assert_int_eq(start(), V2);
	confirm();
	power_on();
	ck_assert(b.trial == RC_OK);
	ck_assert_int_eq(start(), V2);
}
END_TEST

START_TEST(only_the_trial_speaks_for_itself)
{
	born();
	live(V1);
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert_int_eq(start(), V2);
	slot ^= 1; /* the good image claims it */
	confirm();
	power_on();
	ck_assert(b.trial == RC_UNCONFIRMED);
	/* the word of an earlier start is not believed for this one */
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert_int_eq(start(), V2);
	confirm();
	{
		static uint8_t word[WORLD_SECTOR];

		memcpy(word, sim.now + w.config.confirm.at, sizeof word);
		sim_on(&sim);
		ck_assert(flash_erase(&flash, &w.config.confirm) == RC_OK);
		power_on();
		ck_assert(b.trial == RC_UNCONFIRMED);
		ck_assert(world_install(&b, &w, V2) == RC_OK);
		ck_assert_int_eq(start(), V2);
		memcpy(sim.now + w.config.confirm.at, word, sizeof word);
	}
	power_on();
	ck_assert(b.trial == RC_UNCONFIRMED);
}
END_TEST

START_TEST(first_image_is_tried_again)
{
	born();
	power_on();
	ck_assert(world_install(&b, &w, V1) == RC_OK);
	ck_assert_int_eq(start(), V1);
	power_on();
	ck_assert(b.trial == RC_UNCONFIRMED);
	ck_assert_int_eq(start(), V1); /* there is nothing else */
	confirm();
	power_on();
	ck_assert(b.trial == RC_OK);
	ck_assert_uint_eq(b.store.record.good, 0);
}
END_TEST

START_TEST(broken_slots)
{
	born();
	live(V1);
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	sim.now[w.config.slot[1].at + 3000] ^= 1; /* before it ever ran */
	ck_assert_int_eq(start(), V1);
	ck_assert(b.slot_rc[1] == RC_PAYLOAD_DIGEST);
	power_on(); /* installed again, it is written again */
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert_int_eq(start(), V2);
	confirm();
	power_on();
	sim.now[w.config.slot[1].at + 5] ^= 1; /* the good image rots */
	ck_assert(boot_choose(&b, &slot) == RC_NO_IMAGE); /* V1: the floor */
	power_on();
	ck_assert(world_install(&b, &w, V3) == RC_OK);
	ck_assert_int_eq(start(), V3);
	/* its own slot was rewritten, the other's remains were worth more */
	ck_assert_uint_eq(slot, 1);
}
END_TEST

START_TEST(way_back_above_the_floor)
{
	static struct buf text, file;
	struct by by = BY(&w.a.signer[0], &w.a.signer[1]);

	born();
	live(V1);
	world_release_text(&text, &w, V2, 1, 2);
	buf_swap(&text, "sequence 2\n", "sequence 2\nfloor 1\n");
	file_make(&file, &text, &by, &w.proof);
	power_on();
	ck_assert(world_take(&b, &file, w.image[V2], w.image_n[V2], false) ==
		  RC_OK);
	ck_assert_int_eq(start(), V2);
	confirm();
	power_on();
	ck_assert_uint_eq(b.store.record.floor, 1);
	sim.now[w.config.slot[1].at + 5] ^= 1;
	ck_assert_int_eq(start(), V1); /* the release kept this way open */
	confirm();
	power_on();
	ck_assert(b.trial == RC_OK);
	ck_assert_int_eq(start(), V1);
	ck_assert(b.store.record.good == 0);
}
END_TEST

START_TEST(nothing_is_written_for_a_forgery)
{
	static struct buf f;
	struct by two = BY(&w.a.signer[0], &w.a.signer[1]);
	struct by one = BY(&w.a.signer[0]);
	static struct buf text;
	struct proof p = w.proof;

	born();
	live(V1);
	power_on();
	sim.programmed = sim.erased = 0;
	world_release_text(&text, &w, V2, 1, 2);
	file_make(&f, &text, &one, &w.proof);
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_QUORUM);
	note_make(&f, &text, &two);
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_TRUNCATED);
	p.cosigners = BY(&w.a.witness[0]);
	file_make(&f, &text, &two, &p);
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_WITNESS_QUORUM);
	f = w.release[V2].b;
	f.n -= 1;
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_TRUNCATED);
	buf_swap(&text, "acme/pump", "acme/tank");
	file_make(&f, &text, &two, &w.proof);
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_PRODUCT);
	ck_assert(world_install(&b, &w, E2V1) == RC_EPOCH);
	world_release_text(&text, &w, V2, 1, 2);
	buf_swap(&text, "payload app ", "payload app 9");
	file_make(&f, &text, &two, &w.proof);
	ck_assert(world_take(&b, &f, w.image[V2], w.image_n[V2], false) ==
		  RC_SLOT);
	ck_assert_uint_eq(sim.programmed + sim.erased, 0);
	ck_assert_int_eq(start(), V1);
	ck_assert_uint_eq(sim.programmed + sim.erased, 0);
}
END_TEST

START_TEST(another_image_is_not_started)
{
	born();
	live(V1);
	power_on();
	ck_assert(world_take(&b, &w.release[V2].b, w.image[V3],
		      w.image_n[V3], false) == RC_PAYLOAD_DIGEST);
	ck_assert(world_take(&b, &w.release[V2].b, w.image[V2],
		      w.image_n[V2] - 1, false) == RC_PAYLOAD_SHORT);
	ck_assert(b.store.record.trial == RECORD_NONE);
	ck_assert_int_eq(start(), V1);
}
END_TEST

START_TEST(hops)
{
	born();
	live(V1);
	power_on();
	ck_assert(world_take(&b, &w.recovery.b, NULL, 0, false) == RC_PERSON);
	ck_assert(world_take(&b, &w.hop.b, NULL, 0, false) == RC_OK);
	ck_assert(b.out.kind == VERIFIED_TRUST && !b.out.recovered);
	ck_assert_uint_eq(b.store.record.page, 1);
	ck_assert_mem_eq(b.store.record.trust_id, w.hop.id, 32);
	ck_assert(world_take(&b, &w.hop.b, NULL, 0, false) == RC_REVISION);
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert_int_eq(start(), V2);
	confirm();
	power_on();
	/* a page that rots is not believed, and the device still starts */
	sim.now[w.config.page[1].at + 20] ^= 1;
	ck_assert(world_install(&b, &w, V3) != RC_OK);
	ck_assert_int_eq(start(), V2);

	born();
	live(V1);
	power_on();
	ck_assert(world_take(&b, &w.recovery.b, NULL, 0, true) == RC_OK);
	ck_assert(b.out.recovered);
	live(V2);
}
END_TEST

START_TEST(a_new_epoch_counts_from_one)
{
	struct record back;

	born();
	live(V3);
	power_on();
	ck_assert(world_take(&b, &w.hop_epoch.b, NULL, 0, false) == RC_OK);
	ck_assert(world_install(&b, &w, V2) == RC_EPOCH);
	ck_assert(world_install(&b, &w, E2V1) == RC_OK);
	ck_assert_int_eq(start(), E2V1);
	power_on(); /* not confirmed: the image of the earlier epoch starts */
	ck_assert(b.trial == RC_UNCONFIRMED);
	ck_assert_int_eq(start(), V3);
	ck_assert(b.store.record.epoch == 1 && b.store.record.floor == 3);
	live(E2V1);
	ck_assert(b.store.record.epoch == 2 && b.store.record.floor == 1);
	/* neither the floor nor the page of the epoch before comes back */
	power_on();
	back = b.store.record;
	back.floor = 0;
	ck_assert(records_put(&b.store, &back) == RC_STATE);
	back.epoch = 1;
	back.floor = 9;
	ck_assert(records_put(&b.store, &back) == RC_STATE);
	back = b.store.record;
	back.page = 0;
	back.trust_n = (uint16_t)w.trust.n;
	text_id(back.trust_id, &w.trust);
	ck_assert(records_put(&b.store, &back) == RC_OK);
	ck_assert(world_install(&b, &w, V2) == RC_EPOCH);
	ck_assert(world_take(&b, &w.hop_epoch.b, NULL, 0, false) == RC_EPOCH);
	ck_assert_int_eq(start(), E2V1);
}
END_TEST

START_TEST(withdraws)
{
	born();
	live(V1);
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_OK);
	ck_assert(world_take(&b, &w.withdraw.b, NULL, 0, false) == RC_OK);
	ck_assert_uint_eq(b.store.record.floor, 3);
	ck_assert_int_eq(start(), V1); /* it runs on; V2 never runs */
	power_on();
	ck_assert(world_install(&b, &w, V2) == RC_SEQUENCE_LOW);
	ck_assert(world_install(&b, &w, V1) == RC_SEQUENCE_LOW);
	live(V3);
}
END_TEST

START_TEST(owners)
{
	static struct buf text, owner, endorsement, other;
	struct key key, stranger;
	struct medium m;
	struct boot_source s = {medium_read, &m};
	struct by by;

	key_make(&key, "owner.example/boss", 1, "owner");
	key_make(&stranger, "owner.example/boss", 1, "stranger");
	owner.n = 0;
	buf_printf(&owner,
	    "quorate/owner@v1\nname owner/test\nfor acme/test\nrevision 1\n"
	    "previous -\nsigner boss %s DE\nquorum boss\nabout\n"
	    "proposed 1700000000\n",
	    key.vkey);
	sim_init(&sim, WORLD_SECTOR, 8, 1);
	flash = sim_flash(&sim);
	ck_assert(world_provision(&b, &w, &flash, &owner) == RC_OK);
	power_on();
	ck_assert(world_install(&b, &w, V1) == RC_ENDORSEMENT);
	world_release_text(&text, &w, V1, 1, 1);
	by = BY(&stranger);
	note_make(&endorsement, &text, &by);
	m = (struct medium){(const uint8_t *)endorsement.b, endorsement.n};
	ck_assert(boot_endorse(&b, &s) != RC_OK);
	ck_assert(world_install(&b, &w, V1) == RC_ENDORSEMENT);
	by = BY(&key);
	note_make(&other, &text, &by);
	m = (struct medium){(const uint8_t *)other.b, other.n};
	ck_assert(boot_endorse(&b, &s) == RC_OK);
	ck_assert(world_install(&b, &w, V2) == RC_ENDORSEMENT); /* another */
	ck_assert(world_install(&b, &w, V1) == RC_OK);
	ck_assert_int_eq(start(), V1);
	born(); /* nobody owns this one */
	power_on();
	m = (struct medium){(const uint8_t *)other.b, other.n};
	ck_assert(boot_endorse(&b, &s) == RC_PAGE);
}
END_TEST

START_TEST(births)
{
	struct boot_config c = w.config;
	struct boot_birth birth = {.epoch = 1};
	uint8_t id[32] = {0};

	sim_init(&sim, WORLD_SECTOR, 8, 1);
	flash = sim_flash(&sim);
	ck_assert(boot_open(&b, &c, &flash) == RC_RECORD);
	ck_assert(boot_choose(&b, &slot) == RC_STATE);
	ck_assert(world_install(&b, &w, V1) == RC_STATE);
	birth.trust = (struct slice){(const uint8_t *)w.trust.b, w.trust.n};
	birth.trust_id = id;
	ck_assert(boot_provision(&b, &c, &flash, &birth) == RC_PAGE_ID);
	text_id(id, &w.trust);
	birth.epoch = 2;
	ck_assert(boot_provision(&b, &c, &flash, &birth) == RC_EPOCH);
	ck_assert(boot_open(&b, &c, &flash) == RC_RECORD);
	birth.epoch = 1;
	birth.floor = 2; /* of the day: 1 was withdrawn before this birth */
	ck_assert(boot_provision(&b, &c, &flash, &birth) == RC_OK);
	ck_assert(boot_provision(&b, &c, &flash, &birth) == RC_PROVISIONED);
	power_on();
	ck_assert(world_install(&b, &w, V1) == RC_SEQUENCE_LOW);
	ck_assert(world_install(&b, &w, V2) == RC_OK);

	c.page[1].at = c.page[0].at + 1024; /* overlap */
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
	c = w.config;
	c.record[0].size = 1024;
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
	c = w.config;
	c.slot[0].sector = 3000;
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
	c = w.config;
	flash.unit = 24;
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
	flash.unit = 512;
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
	flash.unit = 8;
	c.component.n = 0;
	ck_assert(boot_open(&b, &c, &flash) == RC_LAYOUT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("boot");
	TCase *t = tcase_create("boot");

	if (sodium_init() < 0)
		return 3;
	world_make(&w);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_life);
	tcase_add_test(t, not_confirmed_goes_back);
	tcase_add_test(t, only_the_trial_speaks_for_itself);
	tcase_add_test(t, first_image_is_tried_again);
	tcase_add_test(t, broken_slots);
	tcase_add_test(t, way_back_above_the_floor);
	tcase_add_test(t, nothing_is_written_for_a_forgery);
	tcase_add_test(t, another_image_is_not_started);
	tcase_add_test(t, hops);
	tcase_add_test(t, a_new_epoch_counts_from_one);
	tcase_add_test(t, withdraws);
	tcase_add_test(t, owners);
	tcase_add_test(t, births);
	suite_add_tcase(s, t);
	return suite_run(s);
}
