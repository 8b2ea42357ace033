/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/boot.h"
#include "verify/boot/confirm.h"
#include "verify/mem.h"
#include "verify/tick.h"

static const struct record *
record_of(const struct boot *b)
{
	return &b->store.record;
}

/* What is to be the record, as it is so far. */
static struct record *
record_next(struct boot *b)
{
	b->next = b->store.record;
	return &b->next;
}

static size_t
whole_units(const struct boot *b, size_t n)
{
	size_t unit = b->flash->unit;

	return (n + unit - 1) / unit * unit;
}

/* ---- layout ----------------------------------------------------------- */

static bool
area_ok(const struct boot_area *a, uint32_t size_min, uint16_t unit)
{
	return a->size >= size_min && a->size <= UINT32_MAX - a->at &&
	       a->at % unit == 0 && a->size % unit == 0 &&
	       (a->sector == 0 ||
		   (a->sector % unit == 0 && a->size % a->sector == 0));
}

static bool
apart(const struct boot_area *a, const struct boot_area *b)
{
	return a->at + a->size <= b->at || b->at + b->size <= a->at;
}

static enum rc
layout_check(const struct boot_config *c, const struct boot_flash *f)
{
	const struct boot_area *all[8] = {&c->slot[0], &c->slot[1],
	    &c->record[0], &c->record[1], &c->page[0], &c->page[1], &c->confirm,
	    &c->owner};
	static const uint16_t least[8] = {1, 1, BOOT_RECORD_AREA_MIN,
	    BOOT_RECORD_AREA_MIN, 1, 1, BOOT_CONFIRM_SIZE, 0};
	unsigned i, j;

	if (f->unit == 0 || f->unit > BOOT_UNIT_MAX ||
	    (f->unit & (f->unit - 1)) != 0 || c->product.n == 0 ||
	    c->component.n == 0 || c->other_n > DEVICE_PRODUCTS_MAX - 1)
		return RC_LAYOUT;
	for (i = 0; i < 8; i++) {
		if (!area_ok(all[i], least[i], f->unit))
			return RC_LAYOUT;
		for (j = 0; j < i; j++)
			if (!apart(all[i], all[j]))
				return RC_LAYOUT;
	}
	return RC_OK;
}

static void
boot_init(struct boot *b, const struct boot_config *c,
    const struct boot_flash *f)
{
	memset(b, 0, sizeof *b);
	b->config = c;
	b->flash = f;
	b->trial = b->slot_rc[0] = b->slot_rc[1] = RC_MORE;
}

/* ---- slots ------------------------------------------------------------ */

/*
 * What the slot holds is the image of the record, byte for byte. Nobody's
 * RC_OK but the digest's comparison comes out of here: were it in a variable
 * on the way, one skipped instruction would hand out the flash's.
 */
static enum rc
slot_check(struct boot *b, unsigned slot, const struct record_image *image)
{
	const struct boot_area *a = &b->config->slot[slot];
	uint32_t done, step;
	struct verified v;
	struct payload p;

	record_verified(&v, image);
	if (payload_init(&p, &v, 0) != RC_MORE || image->size > a->size)
		return RC_SLOT;
	for (done = 0; done < image->size; done += step) {
		step = image->size - done;
		if (step > BOOT_CHUNK)
			step = BOOT_CHUNK;
		VERIFY_TICK();
		if (b->flash->read(b->flash->context, a->at + done,
			b->work.chunk, step) != RC_OK)
			return RC_FLASH;
		if (payload_feed(&p, b->work.chunk, step) != RC_MORE)
			return RC_FAULT;
	}
	return payload_finish(&p);
}

/* Exactly `size` bytes of the source, then ff to the unit and to the end. */
static enum rc
slot_write(struct boot *b, unsigned slot, const struct boot_source *image,
    uint32_t size)
{
	const struct boot_area *a = &b->config->slot[slot];
	enum rc rc = flash_erase(b->flash, a);
	uint32_t done = 0, step;

	for (; rc == RC_OK && done < size; done += step) {
		step = size - done;
		if (step > BOOT_CHUNK)
			step = BOOT_CHUNK;
		VERIFY_TICK();
		memset(b->work.chunk, 0xff, BOOT_CHUNK);
		if (image->read(image->context, b->work.chunk, step) != step)
			return RC_PAYLOAD_SHORT;
		rc = b->flash->program(b->flash->context, a->at + done,
		    b->work.chunk, whole_units(b, step));
	}
	return rc;
}

/* ---- a trial's end ---------------------------------------------------- */

static bool
confirmed(struct boot *b)
{
	size_t n = whole_units(b, BOOT_CONFIRM_SIZE);

	confirm_encode(b->work.chunk, n, record_of(b));
	return flash_is(b->flash, b->config->confirm.at, b->work.chunk, n);
}

/* Decided once, and written down before anything follows from it. */
static enum rc
trial_end(struct boot *b)
{
	enum rc said = confirmed(b) ? RC_OK : RC_UNCONFIRMED, rc;
	struct record *next = record_next(b);

	if (record_of(b)->state != RECORD_TRYING)
		return RC_FAULT; /* asked before, and that was skipped */
	if (said == RC_OK)
		record_confirm(next);
	else
		next->state = RECORD_FAILED;
	rc = records_put(&b->store, next);
	if (rc == RC_OK)
		b->trial = said;
	return rc;
}

enum rc
boot_open(
    struct boot *b, const struct boot_config *c, const struct boot_flash *f)
{
	enum rc rc = layout_check(c, f);

	boot_init(b, c, f);
	if (rc == RC_OK)
		rc = records_open(&b->store, f, c->record);
	if (rc == RC_OK && record_of(b)->state == RECORD_TRYING)
		rc = trial_end(b);
	return rc;
}

/* ---- files ------------------------------------------------------------ */

/* A page of which nothing is believed but its id, which the record holds. */
static enum rc
page_load(struct boot *b, const struct boot_area *a, uint16_t n,
    const uint8_t id[static 32])
{
	enum rc rc = RC_PAGE;

	if (n != 0 && n <= a->size && n <= sizeof b->held)
		rc = b->flash->read(b->flash->context, a->at, b->held, n);
	if (rc == RC_OK)
		rc = trust_parse(&b->trust, b->held, n, id);
	return rc;
}

static void
device_describe(struct boot *b, uint64_t time, uint32_t person)
{
	const struct boot_config *c = b->config;
	struct verify_device *d = &b->device;
	unsigned i;

	memset(d, 0, sizeof *d);
	d->product[0].name = c->product;
	record_product(&d->product[0], record_of(b));
	for (i = 0; i < c->other_n; i++)
		d->product[i + 1] = c->others[i];
	d->product_n = (uint8_t)(c->other_n + 1);
	d->component[0] = c->component;
	d->component_n = 1;
	d->time = time;
	d->max_proof_age_s = c->max_proof_age_s;
	d->person = person;
	d->page = b->spare;
	d->page_n = sizeof b->spare;
	/* the decision only asks whether there is an owner: whose word
	 * `endorsed` is was settled by boot_endorse */
	d->owner = record_of(b)->owner_n != 0 ? &b->trust : NULL;
	d->endorsed = b->has_endorsed ? b->endorsed : NULL;
}

static enum rc
file_verify(struct boot *b, const struct boot_source *file)
{
	uint8_t some[64];
	size_t n;
	enum rc rc = RC_MORE;

	verify_init(&b->work.verify, &b->trust, &b->device);
	do {
		VERIFY_TICK();
		n = file->read(file->context, some, sizeof some);
		if (n > 0)
			rc = verify_feed(&b->work.verify, some, n);
	} while (n == sizeof some && rc == RC_MORE);
	return verify_finish(&b->work.verify, &b->out);
}

static bool
id_is(const uint8_t a[static 32], const uint8_t b[static 32])
{
	return memcmp(a, b, 32) == 0;
}

static enum rc
record_write(struct boot *b)
{
	if (memcmp(&b->next, record_of(b), sizeof b->next) == 0)
		return RC_OK; /* padding that differs costs one write */
	return records_put(&b->store, &b->next);
}

/*
 * For all that does not raise the floor, and obeys another text only when it
 * turns to the other page: else something was stored at a wrong place.
 */
static enum rc
record_put(struct boot *b)
{
	const struct record *r = record_of(b), *next = &b->next;

	if (next->epoch != r->epoch || next->floor != r->floor ||
	    (next->page == r->page && !id_is(next->trust_id, r->trust_id)))
		return RC_FAULT;
	return record_write(b);
}

static void
trial_forget(struct record *r)
{
	r->trial = RECORD_NONE;
	r->state = RECORD_IDLE;
	r->tries = 0;
}

/* The image is in its slot, as far as one can know without hashing it. */
static bool
on_trial(const struct record *r, const uint8_t id[static 32])
{
	return r->trial != RECORD_NONE && id_is(r->image[r->trial & 1].id, id);
}

/*
 * The slot that may be overwritten: never the good image's, unless that image
 * is no longer there. Then what else is there is more worth than its remains.
 */
static uint8_t
slot_spare(struct boot *b, struct record *r)
{
	uint8_t good = r->good;

	if (good == RECORD_NONE)
		return r->trial != RECORD_NONE ? r->trial ^ 1 : 0;
	if (slot_check(b, good & 1, &r->image[good & 1]) == RC_OK)
		return good ^ 1;
	r->good = RECORD_NONE;
	return good;
}

static enum rc
image_install(struct boot *b, const struct boot_source *source)
{
	const struct verified *v = &b->out;
	struct record *next = record_next(b);
	struct record_image image;
	uint8_t tries = 0, slot;
	enum rc rc;

	image.epoch = v->epoch;
	image.sequence = v->sequence;
	image.floor = v->floor;
	image.size = (uint32_t)v->payload[0].size;
	memcpy(image.id, v->id, 32);
	memcpy(image.sha256, v->payload[0].sha256, 32);
	slot = slot_spare(b, next);
	if (on_trial(next, v->id)) { /* once more into the same slot */
		slot = next->trial;
		tries = next->tries;
	}
	if (v->payload[0].size == 0 ||
	    v->payload[0].size > b->config->slot[slot & 1].size)
		return RC_SLOT;

	/* the record vouches for no slot that is being written */
	trial_forget(next);
	memset(&next->image[slot & 1], 0, sizeof image);
	rc = record_put(b);
	if (rc == RC_OK)
		rc = slot_write(b, slot & 1, source, image.size);
	if (rc == RC_OK)
		rc = slot_check(b, slot & 1, &image);
	if (rc != RC_OK)
		return rc;
	next = record_next(b);
	next->image[slot & 1] = image;
	next->trial = slot;
	next->tries = tries;
	next->state = RECORD_PENDING;
	return record_put(b);
}

static enum rc
release_take(
    struct boot *b, const struct boot_source *image, uint32_t person)
{
	const struct record *r = record_of(b);
	struct record *next = record_next(b);

	if (r->good != RECORD_NONE && id_is(r->image[r->good & 1].id, b->out.id))
		return RC_OK; /* it runs already */
	if (!on_trial(r, b->out.id))
		return image_install(b, image);
	if (r->state == RECORD_PENDING)
		return RC_OK; /* it waits already */
	if (r->tries >= BOOT_TRIES_MAX && person != BOOT_PERSON)
		return RC_UNCONFIRMED; /* or a medium left in wears us out */
	if (slot_check(b, r->trial & 1, &r->image[r->trial & 1]) != RC_OK)
		return image_install(b, image);
	next->state = RECORD_PENDING;
	return record_put(b);
}

static enum rc
withdraw_take(struct boot *b)
{
	struct record *next = record_next(b);
	const struct record_image *i = &next->image[next->trial & 1];

	if (b->out.component_n != 0)
		return RC_KIND; /* a release: kind was compared once only */
	record_raise(next, b->out.epoch, b->out.floor);
	if (next->trial != RECORD_NONE &&
	    !record_allows(next, i->epoch, i->sequence))
		trial_forget(next);
	return record_write(b);
}

/* The new text into the spare page, then one write of one record. */
static enum rc
hop_take(struct boot *b)
{
	struct record *next = record_next(b);
	uint8_t to = next->page ^ 1;
	const struct boot_area *a = &b->config->page[to & 1];
	uint16_t n = b->out.page_n, done, step;
	enum rc rc = RC_PAGE;

	if (n != 0 && whole_units(b, n) <= a->size)
		rc = flash_erase(b->flash, a);
	for (done = 0; rc == RC_OK && done < n; done += step) {
		step = n - done;
		if (step > BOOT_CHUNK)
			step = BOOT_CHUNK;
		memset(b->work.chunk, 0xff, BOOT_CHUNK);
		memcpy(b->work.chunk, b->spare + done, step);
		rc = flash_write(b->flash, a->at + done, b->work.chunk,
		    whole_units(b, step));
	}
	if (rc == RC_OK) /* what is in flash is the text of this id */
		rc = page_load(b, a, n, b->out.id);
	if (rc != RC_OK)
		return rc;
	next->page = to;
	next->trust_n = n;
	memcpy(next->trust_id, b->out.id, 32);
	return record_put(b);
}

enum rc
boot_take(struct boot *b, const struct boot_source *file,
    const struct boot_source *image, uint64_t time, uint32_t person)
{
	const struct record *r = record_of(b);
	enum rc rc;

	memset(&b->out, 0, sizeof b->out);
	if (r->generation == 0 || r->state == RECORD_TRYING)
		return RC_STATE;
	rc = page_load(
	    b, &b->config->page[r->page & 1], r->trust_n, r->trust_id);
	if (rc == RC_OK && b->trust.epoch < r->epoch)
		rc = RC_EPOCH;
	if (rc != RC_OK)
		return rc;
	device_describe(b, time, person);
	rc = file_verify(b, file);
	if (rc != RC_OK)
		return rc;
	if (b->out.kind != VERIFIED_TRUST && b->out.product != 0)
		return RC_PRODUCT; /* another boot loader's */
	if (b->out.recovered && person != BOOT_PERSON)
		return RC_PERSON; /* the decision had only a bool */
	switch (b->out.kind) {
	case VERIFIED_RELEASE:
		return release_take(b, image, person);
	case VERIFIED_WITHDRAW:
		return withdraw_take(b);
	case VERIFIED_TRUST:
		return hop_take(b);
	default:
		return RC_KIND;
	}
}

enum rc
boot_endorse(struct boot *b, const struct boot_source *file)
{
	const struct record *r = record_of(b);
	enum rc rc = page_load(b, &b->config->owner, r->owner_n, r->owner_id);

	b->has_endorsed = false;
	if (rc == RC_OK && b->trust.kind != TRUST_OWNER)
		rc = RC_KIND;
	if (rc != RC_OK)
		return rc;
	device_describe(b, 0, 0);
	rc = file_verify(b, file);
	if (rc != RC_OK)
		return rc;
	if (b->out.kind != VERIFIED_ENDORSEMENT)
		return RC_KIND;
	memcpy(b->endorsed, b->out.id, 32);
	b->has_endorsed = true;
	return RC_OK;
}

/* ---- which slot ------------------------------------------------------- */

/* From here on the image has one start in which to confirm itself. */
static enum rc
trial_start(struct boot *b, uint8_t slot)
{
	struct record *next = record_next(b);
	enum rc rc = flash_erase(b->flash, &b->config->confirm);

	if (next->trial != slot)
		next->tries = 0;
	next->trial = slot;
	next->state = RECORD_TRYING;
	if (next->tries < UINT8_MAX)
		next->tries++;
	return rc == RC_OK ? record_put(b) : rc;
}

/* It is not what it was when it was written, or withdrawn since: whoever
 * installs it again writes it again. If that cannot be noted it is only
 * looked at once more. */
static void
trial_failed(struct boot *b)
{
	struct record *next = record_next(b);

	next->state = RECORD_FAILED;
	if (record_put(b) != RC_OK)
		VERIFY_TICK();
}

/* Whether the slot may be started, and its record entry says so. */
static bool
startable(struct boot *b, uint8_t slot)
{
	const struct record_image *i = &record_of(b)->image[slot & 1];
	enum rc rc = RC_NO_IMAGE;

	if (slot == RECORD_NONE)
		return false;
	if (i->size != 0)
		rc = slot_check(b, slot & 1, i);
	b->slot_rc[slot & 1] = rc;
	return rc == RC_OK;
}

/* An image that is not the good one: never below the floor. */
static bool
startable_again(struct boot *b, uint8_t slot)
{
	const struct record *r = record_of(b);
	const struct record_image *i = &r->image[slot & 1];

	return slot != RECORD_NONE && slot != r->good &&
	       record_allows(r, i->epoch, i->sequence) && startable(b, slot);
}

static uint8_t
slot_find(struct boot *b)
{
	const struct record *r = record_of(b);
	uint8_t s;

	if (r->state == RECORD_PENDING) {
		if (startable_again(b, r->trial) &&
		    trial_start(b, r->trial) == RC_OK)
			return r->trial;
		trial_failed(b);
	}
	if (startable(b, r->good))
		return r->good;
	/* the good image is broken or there is none yet: anything that was
	 * verified, is whole and not below the floor is better than nothing */
	for (s = 0; s < 2; s++)
		if (startable_again(b, s) && trial_start(b, s) == RC_OK)
			return s;
	return RECORD_NONE;
}

enum rc
boot_choose(struct boot *b, unsigned *slot)
{
	unsigned found;

	*slot = RECORD_NONE;
	if (record_of(b)->generation == 0)
		return RC_STATE;
	found = slot_find(b);
	*slot = found;
	if (b->flash->lock(b->flash->context) != RC_OK)
		return RC_FLASH;
	if (found > 1 || b->slot_rc[found & 1] != RC_OK)
		return RC_NO_IMAGE;
	/* read once more, so that no single instruction decides */
	found = *(volatile unsigned *)slot;
	return found > 1 ? RC_NO_IMAGE : b->slot_rc[found & 1];
}

/* ---- the factory ------------------------------------------------------ */

static enum rc
text_store(struct boot *b, const struct boot_area *a, struct slice text,
    const uint8_t *id, enum trust_kind kind)
{
	enum rc rc = RC_PAGE;

	if (text.n != 0 && text.n <= sizeof b->spare &&
	    whole_units(b, text.n) <= a->size)
		rc = trust_parse(&b->trust, text.p, text.n, id);
	if (rc == RC_OK && b->trust.kind != kind)
		rc = RC_KIND;
	if (rc == RC_OK)
		rc = flash_erase(b->flash, a);
	if (rc != RC_OK)
		return rc;
	memset(b->spare, 0xff, sizeof b->spare);
	memcpy(b->spare, text.p, text.n);
	return flash_write(
	    b->flash, a->at, b->spare, whole_units(b, text.n));
}

enum rc
boot_provision(struct boot *b, const struct boot_config *c,
    const struct boot_flash *f, const struct boot_birth *birth)
{
	struct record first;
	enum rc rc = layout_check(c, f);

	boot_init(b, c, f);
	if (rc != RC_OK)
		return rc;
	rc = records_open(&b->store, f, c->record);
	if (rc == RC_OK)
		return RC_PROVISIONED;
	if (rc != RC_RECORD)
		return rc;
	/* a birth that was cut may have left a record that reads well next
	 * time: it must not outlive the page that it names */
	rc = flash_erase(f, &c->record[0]);
	if (rc == RC_OK)
		rc = flash_erase(f, &c->record[1]);
	if (rc != RC_OK)
		return rc;
	memset(&first, 0, sizeof first);
	first.good = first.trial = RECORD_NONE;
	first.epoch = birth->epoch;
	first.floor = birth->floor;
	first.trust_n = (uint16_t)birth->trust.n;
	rc = text_store(
	    b, &c->page[0], birth->trust, birth->trust_id, TRUST_VENDOR);
	if (rc == RC_OK)
		memcpy(first.trust_id, birth->trust_id, 32);
	if (rc == RC_OK && b->trust.epoch < birth->epoch)
		rc = RC_EPOCH;
	if (rc == RC_OK && birth->owner.n != 0) {
		first.owner_n = (uint16_t)birth->owner.n;
		rc = text_store(
		    b, &c->owner, birth->owner, birth->owner_id, TRUST_OWNER);
		if (rc == RC_OK)
			memcpy(first.owner_id, birth->owner_id, 32);
	}
	return rc == RC_OK ? records_put(&b->store, &first) : rc;
}
