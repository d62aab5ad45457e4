/* SPDX-License-Identifier: MIT */
#include "mock/trouble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mock/engine.h"

/* ---- words that act at once ---- */

/* As when VFIO's descriptor is closed: a device takes its vDevice with it. */
static int lose(struct mock_engine *engine, struct mock_object *object)
{
	if (object->kind == TSMREQ_MOCK_DEVICE && object->vdevice != NULL)
		tsmreq_mock_iommufd_drop(engine, object->vdevice, true);
	else if (object->kind != TSMREQ_MOCK_DEVICE && object->users != 0)
		return -EBUSY;
	tsmreq_mock_iommufd_drop(engine, object, true);
	return 0;
}

/* The TSM's driver is removed, or told to disconnect: unbound on the way out. */
static void disconnect(struct mock_tdi *tdi)
{
	tdi->connected = false;
	tdi->bound = TSMREQ_MOCK_UNBOUND;
	tdi->state = TSMREQ_TDI_UNLOCKED;
}

static void lose_bytes(struct mock_tdi *tdi)
{
	for (unsigned int i = 0; i < MOCK_OBJECTS; i++)
		if (tdi->objects[i].fetched)
			(void)tsmreq_mock_tdi_cache(tdi, (enum tsmreq_object)i, NULL, 0);
}

static bool is_event(const char *word)
{
	return strcmp(word, "backend-gone") == 0 || strcmp(word, "tdi-error") == 0 ||
	       strcmp(word, "empty") == 0;
}

static int befall_tdi(struct mock_object *object, const char *word)
{
	struct mock_tdi *tdi = tsmreq_mock_object_find_tdi(object);

	if (tdi == NULL)
		return -EINVAL;
	if (strcmp(word, "backend-gone") == 0)
		disconnect(tdi);
	else if (strcmp(word, "empty") == 0)
		lose_bytes(tdi);
	else
		tdi->state = TSMREQ_TDI_ERROR;
	return 0;
}

int tsmreq_mock_trouble_befall(struct mock_engine *engine, uint32_t id, const char *word)
{
	struct mock_object *object = tsmreq_mock_object_find(&engine->objects, id);
	struct mock_fault fault;
	int err;

	if (object == NULL)
		return -ENOENT;
	if (strcmp(word, "gone") == 0)
		return lose(engine, object);
	if (is_event(word))
		return befall_tdi(object, word);
	fault = object->fault;
	err = tsmreq_mock_fault_add(&fault, word);
	if (err == 0)
		object->fault = fault;
	return err;
}

/* ---- a script ---- */

/* A number and the blanks behind it. */
static int take_number(const char **at, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (**at < '0' || **at > '9')
		return -EINVAL;
	for (; **at >= '0' && **at <= '9'; (*at)++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(**at - '0'), &number) || number > max)
			return -EINVAL;
	if (**at != ' ')
		return -EINVAL;
	*at += strspn(*at, " ");
	*ret = number;
	return 0;
}

static bool is_word(const char *word)
{
	struct mock_fault scratch = {0};

	return strcmp(word, "gone") == 0 || is_event(word) ||
	       tsmreq_mock_fault_add(&scratch, word) == 0;
}

/* "none" stands for the word that ends all faults: a line cannot end in nothing. */
static int parse_event(const char *line, size_t length, struct mock_event *ret)
{
	const char *end = line + length;
	uint64_t id;
	size_t size;

	if (take_number(&line, UINT64_MAX, &ret->call) != 0 ||
	    take_number(&line, MOCK_ID_MAX, &id) != 0 || line >= end)
		return -EINVAL;
	ret->id = (uint32_t)id;
	size = (size_t)(end - line);
	if (size >= sizeof(ret->word))
		return -EINVAL;
	memcpy(ret->word, line, size);
	ret->word[size] = '\0';
	if (strcmp(ret->word, "none") == 0)
		ret->word[0] = '\0';
	return is_word(ret->word) ? 0 : -EINVAL;
}

static int add_event(struct mock_trouble *trouble, const struct mock_event *event)
{
	struct mock_event *events;

	if (trouble->count > 0 && event->call < trouble->events[trouble->count - 1].call)
		return -EINVAL;
	events = realloc(trouble->events, (trouble->count + 1) * sizeof(*events));
	if (events == NULL)
		return -ENOMEM;
	trouble->events = events;
	trouble->events[trouble->count++] = *event;
	return 0;
}

static int parse_script(struct mock_trouble *trouble, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		struct mock_event event = {0};
		int err = 0;

		if (length > 0 && *text != '#')
			err = parse_event(text, length, &event);
		if (err == 0 && length > 0 && *text != '#')
			err = add_event(trouble, &event);
		if (err != 0)
			return err;
		text += length + (text[length] == '\n');
	}
	return 0;
}

int tsmreq_mock_trouble_script(struct mock_trouble *trouble, const char *text)
{
	struct mock_trouble fresh = {.seed = trouble->seed, .permille = trouble->permille};
	int err = parse_script(&fresh, text);

	if (err != 0) {
		tsmreq_mock_trouble_release(&fresh);
		return err;
	}
	tsmreq_mock_trouble_release(trouble);
	*trouble = fresh;
	return 0;
}

/* What befalls an object that is not there befalls nobody. */
void tsmreq_mock_trouble_play(struct mock_engine *engine, uint64_t call)
{
	struct mock_trouble *trouble = &engine->trouble;

	while (trouble->next < trouble->count && trouble->events[trouble->next].call <= call) {
		const struct mock_event *event = &trouble->events[trouble->next++];

		if (event->call == call)
			(void)tsmreq_mock_trouble_befall(engine, event->id, event->word);
	}
}

void tsmreq_mock_trouble_release(struct mock_trouble *trouble)
{
	free(trouble->events);
	*trouble = (struct mock_trouble){0};
}

/* ---- dice ---- */

/* splitmix64 */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t roll(struct mock_trouble *trouble, uint32_t sides)
{
	return (uint32_t)(next(&trouble->seed) % sides);
}

/* Those a TSM is known for, or any there is. */
static int draw_errno(struct mock_trouble *trouble)
{
	static const int known[] = {EIO, ENXIO, EPROTO, ENOMEM, EBUSY, EINVAL, EFAULT, ETIMEDOUT};

	if (roll(trouble, 4) != 0)
		return -known[roll(trouble, sizeof(known) / sizeof(known[0]))];
	return -(int)(1 + roll(trouble, EHWPOISON));
}

/* A little, a page more or less, and what turns an int over. */
static uint32_t draw_residue(struct mock_trouble *trouble)
{
	switch (roll(trouble, 3)) {
	case 0:
		return roll(trouble, 64);
	case 1:
		return roll(trouble, 8192);
	default:
		return UINT32_MAX - roll(trouble, 0x80000000u);
	}
}

struct mock_fault *tsmreq_mock_trouble_draw(struct mock_trouble *trouble,
					    struct mock_object *object, struct mock_fault *drawn)
{
	struct mock_tdi *tdi = tsmreq_mock_object_find_tdi(object);

	if (trouble->permille == 0 || roll(trouble, 1000) >= trouble->permille)
		return &object->fault;
	switch (roll(trouble, 9)) {
	case 0:
		drawn->backend = draw_errno(trouble);
		break;
	case 1:
		drawn->after = draw_errno(trouble);
		break;
	case 2:
		drawn->copyout = true;
		break;
	case 3:
		/* and the next ones, too */
		object->fault.intr_left = 1 + roll(trouble, 3);
		return &object->fault;
	case 4:
		drawn->again_once = true;
		break;
	case 5:
		drawn->resp_unwritable = true;
		break;
	case 6:
		drawn->has_residue = true;
		drawn->residue = draw_residue(trouble);
		break;
	case 7:
		drawn->code = next(&trouble->seed);
		break;
	default:
		drawn->delay_ms = 1;
		/* for good, so not often */
		if (tdi != NULL && roll(trouble, 8) == 0)
			disconnect(tdi);
		break;
	}
	return drawn;
}
