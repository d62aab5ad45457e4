/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "rev/probe.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/*
 * Which revision answers? Every argument names object 0, which never exists, so no request can
 * reach a device; the order in which the handlers complain tells them apart. The table of
 * doc/UAPI.md, section "Probe", in code.
 */

/* What a probe argument holds besides its size; everything else is 0. */
struct argument {
	char name;
	uint8_t size;
	uint8_t at[2];
	uint8_t value[2];
};

static const struct argument arguments[] = {
	{'S', 8, {4, 4}, {0, 0}},    {'A', 16, {8, 12}, {0, 0}},  {'B', 48, {8, 12}, {1, 1}},
	{'C', 48, {8, 12}, {0, 0}},  {'D', 48, {8, 12}, {3, 1}},  {'E', 48, {8, 12}, {5, 1}},
	{'F', 48, {8, 12}, {6, 1}},  {'G', 40, {20, 24}, {1, 0}}, {'H', 40, {8, 12}, {0x63, 0}},
	{'J', 48, {40, 44}, {1, 0}},
};

/* How a slot behaves, from A, B, C and J. */
enum slot_class {
	SLOT_OTHER,
	SLOT_ABSENT,
	SLOT_TSM_OP,
	SLOT_TSM_OP_OFF,
	SLOT_REQUEST_OP,     /* op-based request */
	SLOT_LOOKUP_40,	     /* looks its object up first, 40 bytes */
	SLOT_LOOKUP_48,	     /* the same, 48 bytes */
	SLOT_REQUEST_OFF_40, /* compiled out */
	SLOT_REQUEST_OFF_48,
};

struct class_pattern {
	enum slot_class class;
	int a, b, c, j;
};

static const struct class_pattern class_patterns[] = {
	{SLOT_TSM_OP, ENOENT, EOPNOTSUPP, ENOENT, E2BIG},
	{SLOT_TSM_OP_OFF, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, E2BIG},
	{SLOT_TSM_OP_OFF, ENODEV, ENODEV, ENODEV, E2BIG},
	{SLOT_REQUEST_OP, EINVAL, ENOENT, EINVAL, EINVAL},
	{SLOT_LOOKUP_40, EINVAL, ENOENT, ENOENT, E2BIG},
	{SLOT_LOOKUP_48, EINVAL, ENOENT, ENOENT, ENOENT},
	{SLOT_REQUEST_OFF_40, EINVAL, EOPNOTSUPP, EOPNOTSUPP, E2BIG},
	{SLOT_REQUEST_OFF_48, EINVAL, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP},
	{SLOT_REQUEST_OFF_48, EINVAL, ENODEV, ENODEV, ENODEV},
};

/* What each revision's request answers to three more. The numbers must be its row's as well. */
struct row_pattern {
	enum tsmreq_uapi uapi;
	enum slot_class class;
	int answers[3]; /* to the letters of more_letters() */
};

static const struct row_pattern row_patterns[] = {
	{TSMREQ_UAPI_RFC1, SLOT_LOOKUP_48, {ENOENT, ENOENT, EINVAL}},
	{TSMREQ_UAPI_V2, SLOT_LOOKUP_40, {ENOENT, ENOENT, ENOENT}},
	{TSMREQ_UAPI_V4, SLOT_LOOKUP_40, {ENOENT, EOPNOTSUPP, ENOENT}},
	{TSMREQ_UAPI_V5, SLOT_LOOKUP_40, {EINVAL, EOPNOTSUPP, EINVAL}},
	{TSMREQ_UAPI_V5_CODE, SLOT_LOOKUP_48, {EINVAL, EINVAL, EINVAL}},
	{TSMREQ_UAPI_V5_CODE, SLOT_LOOKUP_48, {EINVAL, EINVAL, EOPNOTSUPP}}, /* minimum 40 */
	{TSMREQ_UAPI_JUNE, SLOT_REQUEST_OP, {ENOENT, ENOENT, EINVAL}},
	{TSMREQ_UAPI_V6_LIKE, SLOT_REQUEST_OP, {EINVAL, EINVAL, EINVAL}},
	{TSMREQ_UAPI_V6_OBJECTS, SLOT_REQUEST_OP, {EINVAL, ENOENT, ENOENT}},
	{TSMREQ_UAPI_CCA_V7, SLOT_REQUEST_OP, {EINVAL, ENOENT, ENOENT}},
};

static const char *more_letters(enum slot_class class)
{
	if (class == SLOT_REQUEST_OP)
		return "DEF";
	return class == SLOT_LOOKUP_40 ? "EGH" : "EFG";
}

#define SLOTS	   3
#define FIRST_SLOT UAPI_NR_95

struct session {
	const struct tsmreq_transport *transport;
	struct tsmreq_probe *probe;
	enum slot_class class[SLOTS];
	int a[SLOTS], j[SLOTS];
	bool succeeded; /* an unrelated ioctl has taken the number: stop */
};

/* Sends one letter; answers the positive errno, or 0 when the ioctl succeeded. */
static int ask(struct session *s, unsigned int nr, char name)
{
	_Alignas(8) uint8_t arg[REV_ARG_MAX] = {0};
	struct tsmreq_probe_answer *answer = &s->probe->answers[s->probe->count++];
	const struct argument *a = arguments;
	int rc;

	while (a->name != name)
		a++;
	tsmreq_store_le32(arg, a->size);
	for (int i = 0; i < 2; i++)
		tsmreq_store_le32(arg + a->at[i], a->value[i]);

	rc = s->transport->submit(s->transport->userdata, UAPI_CMD(nr), arg);

	answer->name = (uint32_t)name;
	answer->cmd = UAPI_CMD(nr);
	answer->rc = rc;
	if (rc >= 0)
		s->succeeded = true;
	return rc < 0 ? -rc : 0;
}

static enum slot_class classify(int a, int b, int c, int j)
{
	for (size_t i = 0; i < sizeof(class_patterns) / sizeof(class_patterns[0]); i++) {
		const struct class_pattern *p = &class_patterns[i];

		if (p->a == a && p->b == b && p->c == c && p->j == j)
			return p->class;
	}
	return SLOT_OTHER;
}

static void look_at_slots(struct session *s)
{
	for (unsigned int i = 0; i < SLOTS && !s->succeeded; i++)
		s->a[i] = ask(s, FIRST_SLOT + i, 'A');
	for (unsigned int i = 0; i < SLOTS && !s->succeeded; i++) {
		int b, c;

		if (s->a[i] == ENOTTY) {
			s->class[i] = SLOT_ABSENT;
			continue;
		}
		b = ask(s, FIRST_SLOT + i, 'B');
		c = s->succeeded ? 0 : ask(s, FIRST_SLOT + i, 'C');
		s->j[i] = s->succeeded ? 0 : ask(s, FIRST_SLOT + i, 'J');
		s->class[i] = classify(s->a[i], b, c, s->j[i]);
	}
}

/* 0x97 was never TSM_OP; 0x95 and 0x97 have other ioctls that look their object up first. */
static bool is_tsm_op(const struct session *s, unsigned int i)
{
	return s->class[i] == SLOT_TSM_OP && FIRST_SLOT + i != UAPI_NR_97;
}

static bool is_request(const struct session *s, unsigned int i)
{
	bool lookup = s->class[i] == SLOT_LOOKUP_40 || s->class[i] == SLOT_LOOKUP_48;

	return s->class[i] == SLOT_REQUEST_OP || (lookup && FIRST_SLOT + i == UAPI_NR_96);
}

/* The one slot that @is says yes to: its number, 0 for none, -1 for several. */
static int only_slot(const struct session *s, bool (*is)(const struct session *, unsigned int))
{
	int nr = 0;

	for (unsigned int i = 0; i < SLOTS; i++) {
		if (!is(s, i))
			continue;
		if (nr != 0)
			return -1;
		nr = (int)(FIRST_SLOT + i);
	}
	return nr;
}

static void find_row(struct session *s, int op_nr, int request_nr)
{
	enum slot_class class = s->class[(unsigned int)request_nr - FIRST_SLOT];
	uint32_t op_cmd = op_nr != 0 ? UAPI_CMD((unsigned int)op_nr) : 0;
	const char *letters = more_letters(class);
	int seen[3];

	for (int i = 0; i < 3; i++) {
		seen[i] = ask(s, (unsigned int)request_nr, letters[i]);
		if (s->succeeded)
			return;
	}
	for (size_t i = 0; i < sizeof(row_patterns) / sizeof(row_patterns[0]); i++) {
		const struct row_pattern *p = &row_patterns[i];
		const struct rev_row *row = tsmreq_rev_find(p->uapi);

		/* never the nearest match: class, answers and both numbers */
		if (p->class == class && memcmp(p->answers, seen, sizeof(seen)) == 0 &&
		    row->tsm_op_cmd == op_cmd &&
		    row->request_cmd == UAPI_CMD((unsigned int)request_nr)) {
			s->probe->verdict = TSMREQ_VERDICT_ROW;
			s->probe->uapi = p->uapi;
		}
	}
}

static bool is_off(const struct session *s)
{
	return s->class[0] == SLOT_TSM_OP_OFF || s->class[1] == SLOT_TSM_OP_OFF ||
	       s->class[1] == SLOT_REQUEST_OFF_40 || s->class[1] == SLOT_REQUEST_OFF_48 ||
	       s->class[2] == SLOT_REQUEST_OFF_48;
}

/* 0x95 may be NOIOMMU_GET_PA, whatever its handler says. */
static bool is_none(const struct session *s)
{
	return s->class[1] == SLOT_ABSENT && s->class[2] == SLOT_ABSENT &&
	       (s->class[0] == SLOT_ABSENT || (s->a[0] == EINVAL && s->j[0] == E2BIG));
}

void tsmreq_rev_probe(const struct tsmreq_transport *transport, struct tsmreq_probe *ret)
{
	struct session s = {.transport = transport, .probe = ret};
	int op_nr, request_nr;

	memset(ret, 0, sizeof(*ret));
	ret->verdict = TSMREQ_VERDICT_NOT_IOMMUFD;
	if (ask(&s, UAPI_NR_DESTROY, 'S') != ENOENT)
		return;

	ret->verdict = TSMREQ_VERDICT_UNKNOWN;
	look_at_slots(&s);
	if (s.succeeded)
		return;
	op_nr = only_slot(&s, is_tsm_op);
	request_nr = only_slot(&s, is_request);
	if (request_nr > 0)
		find_row(&s, op_nr, request_nr);
	else if (op_nr == 0 && request_nr == 0 && is_off(&s))
		ret->verdict = TSMREQ_VERDICT_OFF;
	else if (op_nr == 0 && request_nr == 0 && is_none(&s))
		ret->verdict = TSMREQ_VERDICT_NONE;
}
