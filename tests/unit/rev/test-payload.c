/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <tsmreq/vdev.h>

#include "rev/rev.h"

/* The bytes behind the request pointer. The backends compare sizes, so every one is exact. */

static const struct tsmreq_mmio_range range = {
	.guest_base = {0x1817161514131211},
	.guest_top = 0x2827262524232221,
	.host_base = 0x3837363534333231,
};
#define RANGE "11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28 31 32 33 34 35 36 37 38 "

#define NONCE ((const void *)(uintptr_t)POINTER_R)
#define FLAGS 0x4847464544434241
#define REGEN "41 42 43 44 45 46 47 48 " POINTER_R_HEX /* flags, pointer to the nonce */

#define VCPU	 0x57565554
#define VCPU_HEX "54 55 56 57 "

/* What a typed call wants, in one struct, so that one table can ask for anything. */
struct intent {
	enum tsmreq_op op;
	enum tsmreq_object object;
	enum tsmreq_tdi_state target;
	uint64_t flags;
	const void *nonce;
	int32_t vcpu_fd;
};

static int build(const struct rev_speaker *by, const struct intent *intent, struct rev_payload *ret)
{
	struct tsmreq_mmio_range with_vcpu = range;

	with_vcpu.vcpu_fd = intent->vcpu_fd;
	switch (intent->op) {
	case TSMREQ_OP_OBJECT_INFO:
		return tsmreq_rev_payload_size(by, intent->object, ret);
	case TSMREQ_OP_READ_OBJECT:
		return tsmreq_rev_payload_read(by, intent->object, ret);
	case TSMREQ_OP_REGEN_OBJECT:
		return tsmreq_rev_payload_regen(by, intent->object, intent->flags, intent->nonce,
						ret);
	case TSMREQ_OP_VALIDATE_MMIO:
		return tsmreq_rev_payload_validate(by, &with_vcpu, ret);
	case TSMREQ_OP_SET_TDI_STATE:
		return tsmreq_rev_payload_state(by, intent->target, ret);
	case TSMREQ_OP_VDEV_REQUEST:
		return tsmreq_rev_payload_vcpu(by, intent->vcpu_fd, ret);
	case TSMREQ_OP_SEV_ENABLE_DMA:
	case TSMREQ_OP_SEV_DISABLE_DMA:
	case TSMREQ_OP_SEV_MMIO_CONFIG:
	case TSMREQ_OP_FORCE_S32_:
		break;
	}
	fail_msg("op %d is a message page: nobody builds it", (int)intent->op);
	return 0;
}

/* Everything an intent can hold, so that what does not belong into a payload would be seen. */
static struct intent intent_of(enum tsmreq_op op)
{
	return (struct intent){
		.op = op,
		.object = TSMREQ_OBJECT_INTERFACE_REPORT,
		.target = TSMREQ_TDI_RUN,
		.flags = FLAGS,
		.nonce = NONCE,
		.vcpu_fd = VCPU,
	};
}

static struct intent about(enum tsmreq_op op, enum tsmreq_object object)
{
	struct intent intent = intent_of(op);

	intent.object = object;
	/* as the typed call does it: the interface report has neither */
	if (op == TSMREQ_OP_REGEN_OBJECT && object == TSMREQ_OBJECT_INTERFACE_REPORT) {
		intent.flags = 0;
		intent.nonce = NULL;
	}
	return intent;
}

static struct intent into(enum tsmreq_tdi_state target)
{
	struct intent intent = intent_of(TSMREQ_OP_SET_TDI_STATE);

	intent.target = target;
	return intent;
}

/* What building @intent answers; its bytes are @want, or nothing for a refusal. */
static void expect(const char *name, enum tsmreq_uapi uapi, enum tsmreq_arch arch, uint32_t quirks,
		   const struct intent *intent, int rc, const char *want)
{
	struct rev_payload payload;
	int got;

	memset(&payload, UNWRITTEN, sizeof(payload));
	got = build(&(struct rev_speaker){tsmreq_rev_find(uapi), arch, quirks}, intent, &payload);
	if (got != rc)
		fail_msg("revision %d arch %d quirks %x, %s: %d instead of %d", (int)uapi,
			 (int)arch, quirks, name, got, rc);
	if (rc == 0)
		assert_wire(name, payload.bytes, payload.size, want);
}

static const enum tsmreq_uapi all_rows[] = {
	TSMREQ_UAPI_RFC1,    TSMREQ_UAPI_V2,	     TSMREQ_UAPI_V4,
	TSMREQ_UAPI_V5,	     TSMREQ_UAPI_V5_CODE,    TSMREQ_UAPI_JUNE,
	TSMREQ_UAPI_V6_LIKE, TSMREQ_UAPI_V6_OBJECTS, TSMREQ_UAPI_CCA_V7,
};
static const enum tsmreq_uapi april_rows[] = {TSMREQ_UAPI_V4, TSMREQ_UAPI_V5, TSMREQ_UAPI_V5_CODE};
static const enum tsmreq_uapi op_rows[] = {TSMREQ_UAPI_JUNE, TSMREQ_UAPI_V6_LIKE,
					   TSMREQ_UAPI_V6_OBJECTS, TSMREQ_UAPI_CCA_V7};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define REFUSED -EOPNOTSUPP, NULL

/* A payload set: every op on CCA, the VCA object left out. */
struct set {
	const char *size, *read, *report, *measurements, *vcpu, *validate, *run;
};

static const struct set type_set = {
	.size = "01 00*3",
	.read = "01 00*3 00*4 00*8",
};
static const struct set march_set = {
	.size = "01 00*3 01 00*3",
	.read = "02 00*3 01 00*3 00*8",
	.report = "03 00*3",
	.measurements = "04 00*3 00*4 " REGEN,
	.vcpu = "05 00*3 " VCPU_HEX,
	.validate = "06 00*3 " VCPU_HEX RANGE,
	.run = "07 00*3 02 00*3",
};
static const struct set april_set = {
	.size = "01 00*3 01 00*3",
	.read = "02 00*3 01 00*3 00*8",
	.report = "03 00*3",
	.measurements = "04 00*3 00*4 " REGEN,
	.validate = "05 00*3 00*4 " RANGE,
	.run = "06 00*3 02 00*3",
};
static const struct set op_set = {
	.size = "01 00*3",
	.read = "01 00*3 00*4 00*8",
	.report = "03 00*3 00*4 00*8 00*8",
	.measurements = "02 00*3 00*4 " REGEN,
	.validate = RANGE,
	.run = "02 00*3",
};

static void expect_set(enum tsmreq_uapi uapi, uint32_t quirks, const struct set *set)
{
	const struct {
		const char *name;
		struct intent intent;
		const char *bytes;
	} cases[] = {
		{"size", about(TSMREQ_OP_OBJECT_INFO, TSMREQ_OBJECT_CERTIFICATE), set->size},
		{"read", about(TSMREQ_OP_READ_OBJECT, TSMREQ_OBJECT_CERTIFICATE), set->read},
		{"regenerate the report",
		 about(TSMREQ_OP_REGEN_OBJECT, TSMREQ_OBJECT_INTERFACE_REPORT), set->report},
		{"regenerate measurements",
		 about(TSMREQ_OP_REGEN_OBJECT, TSMREQ_OBJECT_MEASUREMENTS), set->measurements},
		{"vCPU request", intent_of(TSMREQ_OP_VDEV_REQUEST), set->vcpu},
		{"validate", intent_of(TSMREQ_OP_VALIDATE_MMIO), set->validate},
		{"run", intent_of(TSMREQ_OP_SET_TDI_STATE), set->run},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(cases[i].name, uapi, TSMREQ_ARCH_CCA, quirks, &cases[i].intent,
		       cases[i].bytes ? 0 : -EOPNOTSUPP, cases[i].bytes);
}

static void rfc1_has_sizes_and_objects_only(void **unused)
{
	(void)unused;
	expect_set(TSMREQ_UAPI_RFC1, 0, &type_set);
}

static void v2_speaks_march(void **unused)
{
	(void)unused;
	expect_set(TSMREQ_UAPI_V2, 0, &march_set);
}

static void v4_to_v5_code_speak_april(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(april_rows); i++)
		expect_set(april_rows[i], 0, &april_set);
}

static void june_and_later_speak_ops(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(op_rows); i++)
		expect_set(op_rows[i], 0, &op_set);
}

static void a_quirk_turns_a_scope_row_s_set(void **unused)
{
	(void)unused;
	expect_set(TSMREQ_UAPI_V2, TSMREQ_QUIRK_PAYLOAD_APRIL, &april_set);
	expect_set(TSMREQ_UAPI_V2, TSMREQ_QUIRK_PAYLOAD_MARCH, &march_set);
	for (size_t i = 0; i < COUNT(april_rows); i++) {
		expect_set(april_rows[i], TSMREQ_QUIRK_PAYLOAD_MARCH, &march_set);
		expect_set(april_rows[i], TSMREQ_QUIRK_PAYLOAD_APRIL, &april_set);
	}
}

static void a_set_s_quirk_means_nothing_outside_the_scope_era(void **unused)
{
	(void)unused;
	expect_set(TSMREQ_UAPI_RFC1, TSMREQ_QUIRK_PAYLOAD_MARCH, &type_set);
	expect_set(TSMREQ_UAPI_RFC1, TSMREQ_QUIRK_PAYLOAD_APRIL, &type_set);
	for (size_t i = 0; i < COUNT(op_rows); i++) {
		expect_set(op_rows[i], TSMREQ_QUIRK_PAYLOAD_MARCH, &op_set);
		expect_set(op_rows[i], TSMREQ_QUIRK_PAYLOAD_APRIL, &op_set);
	}
}

static void march_wants_the_vcpu_and_nobody_else(void **unused)
{
	struct intent validate = intent_of(TSMREQ_OP_VALIDATE_MMIO);
	struct intent request = intent_of(TSMREQ_OP_VDEV_REQUEST);

	(void)unused;
	validate.vcpu_fd = -1;
	request.vcpu_fd = -1;
	expect("validate, no vCPU", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, 0, &validate, -EINVAL, NULL);
	expect("request, no vCPU", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, 0, &request, -EINVAL, NULL);
	expect("validate, no vCPU", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, TSMREQ_QUIRK_PAYLOAD_MARCH,
	       &validate, -EINVAL, NULL);
	expect("validate, no vCPU", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, TSMREQ_QUIRK_PAYLOAD_APRIL,
	       &validate, 0, april_set.validate);
	expect("validate, no vCPU", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, 0, &validate, 0,
	       april_set.validate);
	expect("validate, no vCPU", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &validate, 0,
	       op_set.validate);
	/* where there is no such request, that is what is said */
	expect("request, no vCPU", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, 0, &request, REFUSED);
	expect("request, no vCPU", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &request, REFUSED);

	/* 0 is a descriptor */
	validate.vcpu_fd = 0;
	request.vcpu_fd = 0;
	expect("validate, vCPU 0", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, 0, &validate, 0,
	       "06 00*3 00*4 " RANGE);
	expect("request, vCPU 0", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, 0, &request, 0, "05 00*3 00*4");
}

static void objects_travel_by_their_number(void **unused)
{
	static const struct {
		enum tsmreq_object object;
		const char *bytes;
	} objects[] = {
		{TSMREQ_OBJECT_CERTIFICATE, "01 00*3"},
		{TSMREQ_OBJECT_MEASUREMENTS, "02 00*3"},
		{TSMREQ_OBJECT_INTERFACE_REPORT, "03 00*3"},
	};
	static const uint32_t quirks[] = {0, TSMREQ_QUIRK_VCA_IS_0, TSMREQ_QUIRK_VCA_IS_4};

	(void)unused;
	for (size_t i = 0; i < COUNT(objects); i++) {
		struct intent size = about(TSMREQ_OP_OBJECT_INFO, objects[i].object);

		for (size_t q = 0; q < COUNT(quirks); q++) {
			expect("rfc1", TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, quirks[q], &size, 0,
			       objects[i].bytes);
			expect("cca-v7", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, quirks[q], &size, 0,
			       objects[i].bytes);
		}
	}
}

static void the_vca_is_4_on_rfc1_and_v2_and_0_elsewhere_unless_a_quirk_says_so(void **unused)
{
	/* by the row: where the object's number stands in a size request, and what it is */
	static const struct {
		enum tsmreq_uapi uapi;
		const char *as_0, *as_4;
		bool is_4;
	} rows[] = {
		{TSMREQ_UAPI_RFC1, "00 00*3", "04 00*3", true},
		{TSMREQ_UAPI_V2, "01 00*3 00 00*3", "01 00*3 04 00*3", true},
		{TSMREQ_UAPI_V4, "01 00*3 00 00*3", "01 00*3 04 00*3", false},
		{TSMREQ_UAPI_V5, "01 00*3 00 00*3", "01 00*3 04 00*3", false},
		{TSMREQ_UAPI_V5_CODE, "01 00*3 00 00*3", "01 00*3 04 00*3", false},
		{TSMREQ_UAPI_JUNE, "00 00*3", "04 00*3", false},
		{TSMREQ_UAPI_V6_OBJECTS, "00 00*3", "04 00*3", false},
		{TSMREQ_UAPI_CCA_V7, "00 00*3", "04 00*3", false},
	};
	struct intent size = about(TSMREQ_OP_OBJECT_INFO, TSMREQ_OBJECT_VCA);

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect("the row", rows[i].uapi, TSMREQ_ARCH_CCA, 0, &size, 0,
		       rows[i].is_4 ? rows[i].as_4 : rows[i].as_0);
		expect("said 0", rows[i].uapi, TSMREQ_ARCH_CCA, TSMREQ_QUIRK_VCA_IS_0, &size, 0,
		       rows[i].as_0);
		expect("said 4", rows[i].uapi, TSMREQ_ARCH_CCA, TSMREQ_QUIRK_VCA_IS_4, &size, 0,
		       rows[i].as_4);
	}
}

static void the_vca_is_read_by_the_same_number(void **unused)
{
	struct intent read = about(TSMREQ_OP_READ_OBJECT, TSMREQ_OBJECT_VCA);

	(void)unused;
	expect("rfc1", TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, 0, &read, 0, "04 00*15");
	expect("v2", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, 0, &read, 0, "02 00*3 04 00*11");
	expect("v5", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, 0, &read, 0, "02 00*3 00*12");
	expect("cca-v7", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &read, 0, "00*16");
	expect("cca-v7", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_QUIRK_VCA_IS_4, &read, 0,
	       "04 00*15");
}

static void the_op_era_says_every_state_in_a_word(void **unused)
{
	struct intent unlocked = into(TSMREQ_TDI_UNLOCKED);
	struct intent locked = into(TSMREQ_TDI_LOCKED);
	struct intent run = into(TSMREQ_TDI_RUN);

	(void)unused;
	expect("CCA", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &unlocked, 0, "00*4");
	expect("CCA", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &locked, 0, "01 00*3");
	expect("CCA", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, 0, &run, 0, "02 00*3");
	expect("TDX", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, 0, &unlocked, 0, "00*4");
	expect("TDX", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, 0, &locked, 0, "01 00*3");
	expect("TDX", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, 0, &run, 0, "02 00*3");
}

static void sev_says_run_and_stop_in_a_byte_and_nothing_else(void **unused)
{
	static const uint32_t quirks[] = {0, TSMREQ_QUIRK_PAYLOAD_MARCH, TSMREQ_QUIRK_PAYLOAD_APRIL,
					  TSMREQ_QUIRK_VCA_IS_4};
	const struct {
		const char *name;
		struct intent intent;
		const char *bytes;
	} cases[] = {
		{"run", into(TSMREQ_TDI_RUN), "01"},
		{"stop", into(TSMREQ_TDI_UNLOCKED), "00"},
		{"lock", into(TSMREQ_TDI_LOCKED), NULL},
		/* by message page, in the guest's own bytes */
		{"size", intent_of(TSMREQ_OP_OBJECT_INFO), NULL},
		{"read", intent_of(TSMREQ_OP_READ_OBJECT), NULL},
		{"regenerate", intent_of(TSMREQ_OP_REGEN_OBJECT), NULL},
		{"validate", intent_of(TSMREQ_OP_VALIDATE_MMIO), NULL},
		{"vCPU request", intent_of(TSMREQ_OP_VDEV_REQUEST), NULL},
	};

	(void)unused;
	/* from v2 on: rfc1 has no request of SEV's */
	for (size_t i = 1; i < COUNT(all_rows); i++)
		for (size_t q = 0; q < COUNT(quirks); q++)
			for (size_t c = 0; c < COUNT(cases); c++)
				expect(cases[c].name, all_rows[i], TSMREQ_ARCH_SEV, quirks[q],
				       &cases[c].intent, cases[c].bytes ? 0 : -EOPNOTSUPP,
				       cases[c].bytes);
}

static void tdx_borrows_state_size_and_read_of_the_op_era(void **unused)
{
	const struct {
		const char *name;
		struct intent intent;
		const char *bytes;
	} cases[] = {
		{"run", intent_of(TSMREQ_OP_SET_TDI_STATE), "02 00*3"},
		{"size", intent_of(TSMREQ_OP_OBJECT_INFO), "03 00*3"},
		{"read", intent_of(TSMREQ_OP_READ_OBJECT), "03 00*15"},
		{"regenerate", intent_of(TSMREQ_OP_REGEN_OBJECT), NULL},
		{"validate", intent_of(TSMREQ_OP_VALIDATE_MMIO), NULL},
		{"vCPU request", intent_of(TSMREQ_OP_VDEV_REQUEST), NULL},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(op_rows); i++)
		for (size_t c = 0; c < COUNT(cases); c++)
			expect(cases[c].name, op_rows[i], TSMREQ_ARCH_TDX, 0, &cases[c].intent,
			       cases[c].bytes ? 0 : -EOPNOTSUPP, cases[c].bytes);
}

/* The state that a caller's own bytes ask for. */
static const struct {
	const char *name;
	enum tsmreq_uapi uapi;
	enum tsmreq_arch arch;
	const char *bytes;
	enum tsmreq_tdi_state want;
} targets[] = {
	{"CCA unlock", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "00*4", TSMREQ_TDI_UNLOCKED},
	{"CCA lock", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "01 00*3", TSMREQ_TDI_LOCKED},
	{"CCA run", TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, "02 00*3", TSMREQ_TDI_RUN},
	{"CCA error is no request", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "03 00*3",
	 TSMREQ_TDI_UNKNOWN},
	{"CCA no state", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "04 00*3", TSMREQ_TDI_UNKNOWN},
	{"CCA every bit", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "ff*4", TSMREQ_TDI_UNKNOWN},
	{"CCA sign", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "00*3 80", TSMREQ_TDI_UNKNOWN},
	{"CCA second byte", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "02 01 00*2", TSMREQ_TDI_UNKNOWN},
	{"CCA short", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "02 00*2", TSMREQ_TDI_UNKNOWN},
	{"CCA a byte", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "00", TSMREQ_TDI_UNKNOWN},
	{"CCA long", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "00*5", TSMREQ_TDI_UNKNOWN},
	{"CCA scope form", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "06 00*3 02 00*3",
	 TSMREQ_TDI_UNKNOWN},
	{"CCA nothing", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, "", TSMREQ_TDI_UNKNOWN},
	{"TDX unlock", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, "00*4", TSMREQ_TDI_UNLOCKED},
	{"TDX run", TSMREQ_UAPI_V6_OBJECTS, TSMREQ_ARCH_TDX, "02 00*3", TSMREQ_TDI_RUN},
	{"TDX opaque", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, "00*16", TSMREQ_TDI_UNKNOWN},
	{"TDX nothing", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, "", TSMREQ_TDI_UNKNOWN},

	{"v2 run", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, "07 00*3 02 00*3", TSMREQ_TDI_RUN},
	{"v4 lock", TSMREQ_UAPI_V4, TSMREQ_ARCH_CCA, "06 00*3 01 00*3", TSMREQ_TDI_LOCKED},
	{"v5 run", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "06 00*3 02 00*3", TSMREQ_TDI_RUN},
	{"v5 unlock", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "06 00*3 00*4", TSMREQ_TDI_UNLOCKED},
	{"v5-code run", TSMREQ_UAPI_V5_CODE, TSMREQ_ARCH_CCA, "06 00*3 02 00*3", TSMREQ_TDI_RUN},
	{"v5 no state", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "06 00*3 03 00*3", TSMREQ_TDI_UNKNOWN},
	{"v5 short", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "06 00*3 02 00*2", TSMREQ_TDI_UNKNOWN},
	{"v5 long", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "06 00*3 02 00*4", TSMREQ_TDI_UNKNOWN},
	{"v5 op form", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "02 00*3", TSMREQ_TDI_UNKNOWN},
	{"v5 size of measurements", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "01 00*3 02 00*3",
	 TSMREQ_TDI_UNKNOWN},
	{"v2 vCPU request", TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, "05 00*3 02 00*3", TSMREQ_TDI_UNKNOWN},
	{"v5 no request type", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "08 00*3 02 00*3",
	 TSMREQ_TDI_UNKNOWN},
	{"v5 nothing", TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, "", TSMREQ_TDI_UNKNOWN},

	/* 1 runs; the driver takes every other byte for a stop */
	{"SEV run", TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV, "01", TSMREQ_TDI_RUN},
	{"SEV stop", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "00", TSMREQ_TDI_UNLOCKED},
	{"SEV 2", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "02", TSMREQ_TDI_UNLOCKED},
	{"SEV ff", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "ff", TSMREQ_TDI_UNLOCKED},
	{"SEV scope run", TSMREQ_UAPI_V5, TSMREQ_ARCH_SEV, "01", TSMREQ_TDI_RUN},
	{"SEV nothing", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "", TSMREQ_TDI_UNKNOWN},
	{"SEV two bytes", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "01 00", TSMREQ_TDI_UNKNOWN},
	{"SEV Arm's form", TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, "02 00*3", TSMREQ_TDI_UNKNOWN},
	{"SEV 8 bytes", TSMREQ_UAPI_V5, TSMREQ_ARCH_SEV, "01 00*7", TSMREQ_TDI_UNKNOWN},
};

static void the_target_is_told_from_bytes_of_the_exact_form_only(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(targets); i++) {
		uint8_t wire[WIRE_MAX];
		size_t size = wire_parse(targets[i].bytes, wire);
		/* a room of its own: reading past it is seen by the sanitizer and valgrind */
		uint8_t *bytes = size ? malloc(size) : NULL;
		enum tsmreq_tdi_state got;

		if (size)
			memcpy(bytes, wire, size);
		got = tsmreq_rev_payload_target(tsmreq_rev_find(targets[i].uapi), targets[i].arch,
						(struct tsmreq_bytes){bytes, size});
		free(bytes);
		if (got != targets[i].want)
			fail_msg("%s: %d instead of %d", targets[i].name, (int)got,
				 (int)targets[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc1_has_sizes_and_objects_only),
		cmocka_unit_test(v2_speaks_march),
		cmocka_unit_test(v4_to_v5_code_speak_april),
		cmocka_unit_test(june_and_later_speak_ops),
		cmocka_unit_test(a_quirk_turns_a_scope_row_s_set),
		cmocka_unit_test(a_set_s_quirk_means_nothing_outside_the_scope_era),
		cmocka_unit_test(march_wants_the_vcpu_and_nobody_else),
		cmocka_unit_test(objects_travel_by_their_number),
		cmocka_unit_test(
			the_vca_is_4_on_rfc1_and_v2_and_0_elsewhere_unless_a_quirk_says_so),
		cmocka_unit_test(the_vca_is_read_by_the_same_number),
		cmocka_unit_test(the_op_era_says_every_state_in_a_word),
		cmocka_unit_test(sev_says_run_and_stop_in_a_byte_and_nothing_else),
		cmocka_unit_test(tdx_borrows_state_size_and_read_of_the_op_era),
		cmocka_unit_test(the_target_is_told_from_bytes_of_the_exact_form_only),
	};

	return cmocka_run_group_tests_name("rev/payload", tests, NULL, NULL);
}
