/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot loader of the test board. Its command line stands for what a
 * board would find on its pins and in its medium:
 *
 *   born TRUST ID     the factory: TRUST is a page, ID the file of its id
 *   person            somebody holds the button
 *   cut N             the power goes inside the N-th flash operation
 *   take FILE IMAGE   an update lies in the medium; IMAGE may be `-`
 *
 * Says what it does and why not, in one line each, and starts an image.
 */
#include "tests/device/boot/board.h"
#include "verify/mem.h"

extern uint32_t board_stack_top[];
void board_reset(void);
void board_fault(void);

__attribute__((section(".vectors"), used)) static const void *const
    vectors[16] = {board_stack_top, board_reset, board_fault, board_fault,
	board_fault, board_fault, board_fault};

static struct boot b;
static struct boot_config config;
static struct boot_flash flash;
static uint32_t flash_state[2];

void
board_fault(void)
{
	board_put("board: fault\r\n");
	board_exit(4);
}

static void
say(const char *what, enum rc rc)
{
	const char *name = "?", *why = "?";

	switch (rc) {
#define X(n, number, text) \
	case n: \
		name = #n; \
		why = text; \
		break;
		RC_LIST_VERIFY(X)
#undef X
	case RC_OK:
		name = "ok";
		why = "";
		break;
	default:
		break;
	}
	board_put("boot: ");
	board_put(what);
	board_put(": ");
	board_put(name);
	if (*why != 0)
		board_put(", ");
	board_put(why);
	board_put("\r\n");
}

static size_t
medium_read(void *context, uint8_t *to, size_t n)
{
	int handle = *(int *)context;

	return handle < 0 ? 0 : board_read(handle, to, n);
}

static size_t
whole_file(const char *name, uint8_t *to, size_t n)
{
	int handle = board_open(name);

	return handle < 0 ? 0 : board_read(handle, to, n);
}

static void
born(const char *page, const char *id)
{
	static uint8_t text[BOOT_PAGE_MAX], id_bytes[32];
	struct boot_birth birth;

	memset(&birth, 0, sizeof birth);
	birth.trust.p = text;
	birth.trust.n = whole_file(page, text, sizeof text);
	birth.trust_id = id_bytes;
	whole_file(id, id_bytes, sizeof id_bytes);
	birth.epoch = 1;
	say("provision", boot_provision(&b, &config, &flash, &birth));
}

static void
take(const char *file, const char *image, bool person)
{
	int file_handle = board_open(file), image_handle = board_open(image);
	struct boot_source f = {medium_read, &file_handle};
	struct boot_source i = {medium_read, &image_handle};
	enum rc rc = boot_take(&b, &f, &i, 0, person ? BOOT_PERSON : 0);

	say(file, rc);
	if (rc != RC_OK)
		return;
	if (b.out.kind == VERIFIED_TRUST)
		board_put("boot: trust is now revision ");
	else
		board_put("boot: taken, sequence ");
	board_number(b.out.kind == VERIFIED_TRUST ? b.out.revision
						  : b.out.sequence);
	board_put("\r\n");
}

static char *
word(char **at)
{
	char *w = *at, *end = w;

	while (*end != 0 && *end != ' ')
		end++;
	*at = *end != 0 ? end + 1 : end;
	*end = 0;
	return w;
}

static bool
is(const char *a, const char *b_)
{
	while (*a != 0 && *a == *b_) {
		a++;
		b_++;
	}
	return *a == *b_;
}

static void
start(unsigned slot)
{
	uint32_t at = BOARD_FLASH_AT + config.slot[slot].at;
	void (*application)(unsigned, uint32_t *);

	board_put("boot: starting slot ");
	board_number(slot);
	board_put(", floor ");
	board_number(b.store.record.floor);
	board_put("\r\n");
	application = (void (*)(unsigned, uint32_t *))(at | 1); /* Thumb */
	application(slot, flash_state);
}

void
board_reset(void)
{
	static char args[512];
	char *at = args, *w;
	bool person = false, open = false;
	unsigned slot;
	enum rc rc;

	board_flash_load();
	board_config(&config);
	board_flash(&flash, flash_state);
	board_args(args, sizeof args);
	word(&at); /* the program's name */
	while (*(w = word(&at)) != 0) {
		if (is(w, "born")) {
			char *page = word(&at);

			born(page, word(&at));
			continue;
		}
		if (is(w, "person")) {
			person = true;
			continue;
		}
		if (is(w, "cut")) {
			uint32_t n = 0;

			for (w = word(&at); *w != 0; w++)
				n = 10 * n + (uint32_t)(*w - '0');
			board_cut(flash_state, n);
			continue;
		}
		if (!open) {
			rc = boot_open(&b, &config, &flash);
			if (rc != RC_OK)
				say("record", rc);
			open = true;
			if (b.trial != RC_MORE)
				say("trial", b.trial);
		}
		if (is(w, "take")) {
			char *file = word(&at);

			take(file, word(&at), person);
		}
	}
	if (!open) {
		rc = boot_open(&b, &config, &flash);
		if (rc != RC_OK)
			say("record", rc);
		if (b.trial != RC_MORE)
			say("trial", b.trial);
	}
	rc = boot_choose(&b, &slot);
	if (rc == RC_OK && slot <= 1)
		start(slot);
	say("start", rc);
	board_exit(1);
}
