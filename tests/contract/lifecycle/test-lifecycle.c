/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

/*
 * The same behaviour on every revision and every architecture, through the public headers alone and
 * against the mock, whose tables another hand wrote. A new row is a new column here by itself.
 */

struct bench {
	enum tsmreq_uapi uapi;
	enum tsmreq_arch arch;
	struct tsmreq_mock *mock;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;
	struct tsmreq_vdevice_id id;
	struct tsmreq_result ret;
};

static unsigned int benches;

static const char *where(const struct bench *b)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s/%s", tsmreq_uapi_to_string(b->uapi),
		 tsmreq_arch_to_string(b->arch));
	return text;
}

#define check(b, condition)                                       \
	do {                                                      \
		if (!(condition))                                 \
			fail_msg("%s: %s", where(b), #condition); \
	} while (0)

#define check_rc(b, call, want)                                                \
	do {                                                                   \
		int rc_ = (call);                                              \
		if (rc_ != (want))                                             \
			fail_msg("%s: %s is %s (%s), not %s", where(b), #call, \
				 tsmreq_errno_to_string(rc_),                  \
				 tsmreq_outcome_to_string((b)->ret.outcome),   \
				 tsmreq_errno_to_string(want));                \
	} while (0)

#define check_outcome(b, want) check(b, (b)->ret.outcome == TSMREQ_OUTCOME_##want)

static bool has(const struct bench *b, enum tsmreq_feature feature)
{
	return tsmreq_ctx_has(b->ctx, b->arch, feature);
}

static bool at_alloc(const struct bench *b)
{
	return has(b, TSMREQ_FEATURE_BIND_AT_ALLOC);
}

/* A device that is connected and not bound; where allocation binds, bound and unlocked. */
static void open_bench(struct bench *b, enum tsmreq_uapi uapi, enum tsmreq_arch arch,
		       enum tsmreq_mock_bound bound, enum tsmreq_tdi_state state, uint32_t flags)
{
	struct tsmreq_mock_opts mock = {.size = sizeof(mock), .uapi = uapi};
	struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .initial_state = state};
	struct tsmreq_mock_vdevice device = {
		.size = sizeof(device),
		.flags = flags | TSMREQ_MOCK_OBJECTS,
		.arch = arch,
		.bound = bound,
		.state = state,
		.virt_id = {0x100},
	};

	*b = (struct bench){.uapi = uapi, .arch = arch};
	assert_int_equal(tsmreq_mock_new(&b->mock, &mock), 0);
	assert_int_equal(tsmreq_mock_add_vdevice(b->mock, &device, &b->id), 0);
	/* no revision is named: every one has to be found by the probe */
	assert_int_equal(tsmreq_ctx_new_from_transport(&b->ctx, tsmreq_mock_get_transport(b->mock),
						       NULL),
			 0);
	assert_int_equal(tsmreq_ctx_get_uapi(b->ctx), uapi);
	assert_int_equal(tsmreq_vdev_new(&b->vdev, b->ctx, b->id, arch, &opts), 0);
	benches++;
}

static void close_bench(struct bench *b)
{
	tsmreq_vdev_free(b->vdev);
	tsmreq_ctx_free(b->ctx);
	tsmreq_mock_free(b->mock);
}

static void check_really(const struct bench *b, enum tsmreq_mock_bound want_bound,
			 enum tsmreq_tdi_state want_state)
{
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;

	assert_int_equal(tsmreq_mock_get_state(b->mock, b->id, &bound, &state), 0);
	check(b, bound == want_bound);
	check(b, state == want_state);
}

static void for_each_bench(void (*play)(enum tsmreq_uapi uapi, enum tsmreq_arch arch))
{
	enum tsmreq_uapi uapi;

	benches = 0;
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		struct tsmreq_uapi_info info;

		assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
		if (info.refusal != NULL)
			continue;
		for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++)
			play(uapi, (enum tsmreq_arch)arch);
	}
	print_message("# on %u benches\n", benches);
}

/* What the row cannot say is refused, and never reaches the kernel. */
static int expect(const struct bench *b, enum tsmreq_feature feature)
{
	return has(b, feature) ? 0 : -EOPNOTSUPP;
}

/* An SNP guest message with nothing in it. */
static void make_message(uint8_t *page, uint8_t type)
{
	memset(page, 0, TSMREQ_SEV_PAGE_SIZE);
	page[0x20] = 7;	   /* seqno */
	page[0x30] = 1;	   /* algo */
	page[0x31] = 1;	   /* header version */
	page[0x32] = 0x60; /* header size */
	page[0x34] = type;
	page[0x35] = 2;
	page[0x36] = 16;
}

static int send_page(struct bench *b, enum tsmreq_op op, uint8_t type)
{
	static uint8_t request[TSMREQ_SEV_PAGE_SIZE], answer[TSMREQ_SEV_PAGE_SIZE];
	struct tsmreq_buffer response = {.data = answer, .capacity = sizeof(answer)};
	int rc;

	make_message(request, type);
	rc = tsmreq_vdev_guest_req(b->vdev, op, TSMREQ_ARCH_SEV,
				   (struct tsmreq_bytes){request, sizeof(request)}, &response,
				   &b->ret);
	if (rc == 0) {
		check(b, response.size == sizeof(answer));
		check(b, answer[0x34] == type + 1);
		check(b, answer[0x20] == 8);
	}
	return rc;
}

static void walk_objects(struct bench *b)
{
	static const uint8_t nonce[TSMREQ_NONCE_SIZE] = {0x42};
	uint8_t first[4096], second[4096];
	int want = expect(b, TSMREQ_FEATURE_OBJECTS);
	/* the only object a TD is known to ask for */
	int lowest = b->arch == TSMREQ_ARCH_TDX ? TSMREQ_OBJECT_INTERFACE_REPORT
						: TSMREQ_OBJECT_VCA;

	for (int object = lowest; object <= TSMREQ_OBJECT_INTERFACE_REPORT; object++) {
		struct tsmreq_buffer room = {.data = first, .capacity = sizeof(first)};
		uint32_t size = 0;

		check_rc(b,
			 tsmreq_vdev_get_object_size(b->vdev, (enum tsmreq_object)object, &size,
						     &b->ret),
			 want);
		check(b, (size != 0) == (want == 0));
		check(b, size <= sizeof(first));
		check_rc(b,
			 tsmreq_vdev_read_object(b->vdev, (enum tsmreq_object)object, size, &room,
						 &b->ret),
			 want);
		check(b, room.size == size);
		/* not a byte less: it would be no object at all */
		room.capacity = size - 1;
		if (want == 0 && size > 1)
			check(b, tsmreq_vdev_read_object(b->vdev, (enum tsmreq_object)object, 0,
							 &room, &b->ret) < 0 &&
					 b->ret.outcome == TSMREQ_OUTCOME_FAILED);
	}

	/* fresh measurements are other bytes */
	want = expect(b, TSMREQ_FEATURE_REGEN);
	for (int i = 0; i < 2; i++) {
		struct tsmreq_buffer room = {.data = i ? second : first, .capacity = 4096};
		uint8_t mine[TSMREQ_NONCE_SIZE];

		memcpy(mine, nonce, sizeof(mine));
		mine[1] = (uint8_t)i;
		check_rc(b,
			 tsmreq_vdev_regenerate_object(
				 b->vdev, TSMREQ_OBJECT_MEASUREMENTS, TSMREQ_REGEN_RAW,
				 (struct tsmreq_bytes){mine, sizeof(mine)}, &b->ret),
			 want);
		check_rc(b,
			 tsmreq_vdev_regenerate_object(b->vdev, TSMREQ_OBJECT_INTERFACE_REPORT, 0,
						       (struct tsmreq_bytes){NULL, 0}, &b->ret),
			 want);
		if (want < 0)
			continue;
		check_rc(b,
			 tsmreq_vdev_read_object(b->vdev, TSMREQ_OBJECT_MEASUREMENTS, 0, &room,
						 &b->ret),
			 0);
	}
	if (want == 0)
		check(b, memcmp(first, second, sizeof(first)) != 0);
}

static void walk(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct tsmreq_mmio_range range = {
		.guest_base = {0x4000}, .guest_top = 0x8000, .host_base = 0x9000, .vcpu_fd = 5};
	bool sev = arch == TSMREQ_ARCH_SEV;
	enum tsmreq_tdi_state reached;
	struct bench b;
	uint64_t calls;

	open_bench(&b, uapi, arch, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	if (tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_BIND_AT_ALLOC)) {
		close_bench(&b);
		open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED, 0);
	}

	/* bind, lock */
	calls = tsmreq_mock_get_calls(b.mock);
	check_rc(&b, tsmreq_vdev_bind(b.vdev, &b.ret), 0);
	check_outcome(&b, COMPLETED);
	check(&b, tsmreq_mock_get_calls(b.mock) - calls == !at_alloc(&b));
	reached = at_alloc(&b) ? TSMREQ_TDI_UNLOCKED : TSMREQ_TDI_LOCKED;
	check(&b, tsmreq_vdev_get_state(b.vdev) == reached);
	check_really(&b, TSMREQ_MOCK_BOUND, reached);
	check_rc(&b, tsmreq_vdev_lock(b.vdev, &b.ret), expect(&b, TSMREQ_FEATURE_LOCK));
	if (has(&b, TSMREQ_FEATURE_LOCK)) {
		reached = TSMREQ_TDI_LOCKED;
		check(&b, tsmreq_vdev_get_state(b.vdev) == TSMREQ_TDI_LOCKED);
	} else {
		check_outcome(&b, NOT_SENT);
	}
	check_really(&b, TSMREQ_MOCK_BOUND, reached);

	/* evidence, memory */
	walk_objects(&b);
	if (sev)
		check_rc(&b, send_page(&b, TSMREQ_OP_VALIDATE_MMIO, 21),
			 expect(&b, TSMREQ_FEATURE_SEV_PAGES));
	else
		check_rc(&b, tsmreq_vdev_validate_mmio(b.vdev, &range, &b.ret),
			 expect(&b, TSMREQ_FEATURE_VALIDATE));
	check_rc(&b, tsmreq_vdev_request(b.vdev, 5, &b.ret),
		 expect(&b, TSMREQ_FEATURE_VDEV_REQUEST));

	/* run, DMA */
	if (reached == TSMREQ_TDI_LOCKED) {
		check_rc(&b, tsmreq_vdev_run(b.vdev, &b.ret), expect(&b, TSMREQ_FEATURE_RUN));
		if (has(&b, TSMREQ_FEATURE_RUN))
			reached = TSMREQ_TDI_RUN;
		check(&b, tsmreq_vdev_get_state(b.vdev) == reached);
		check_really(&b, TSMREQ_MOCK_BOUND, reached);
	}
	if (sev && has(&b, TSMREQ_FEATURE_SEV_DMA)) {
		check_rc(&b, send_page(&b, TSMREQ_OP_SEV_ENABLE_DMA, 25), 0);
		check_rc(&b, send_page(&b, TSMREQ_OP_SEV_DISABLE_DMA, 25), 0);
	}

	/* unlock, destroy */
	check_rc(&b, tsmreq_vdev_unlock(b.vdev, &b.ret), expect(&b, TSMREQ_FEATURE_UNLOCK));
	check(&b, tsmreq_vdev_get_state(b.vdev) == TSMREQ_TDI_UNLOCKED);
	check_really(&b, at_alloc(&b) ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
		     TSMREQ_TDI_UNLOCKED);
	check_rc(&b, tsmreq_vdev_unbind(b.vdev, &b.ret), expect(&b, TSMREQ_FEATURE_UNBIND));
	check_rc(&b, tsmreq_vdev_destroy(b.vdev, &b.ret), 0);
	check_rc(&b, tsmreq_vdev_lock(b.vdev, &b.ret), -ENOENT);
	check_outcome(&b, NOT_SENT);
	close_bench(&b);
}

static void a_device_is_locked_run_and_unlocked_everywhere(void **unused)
{
	(void)unused;
	for_each_bench(walk);
}

/* LOCK where it is, else RUN: the row's state change, and where it leads. */
static int change_state(struct bench *b, enum tsmreq_tdi_state *ret_target)
{
	if (has(b, TSMREQ_FEATURE_LOCK)) {
		*ret_target = TSMREQ_TDI_LOCKED;
		return tsmreq_vdev_lock(b->vdev, &b->ret);
	}
	*ret_target = TSMREQ_TDI_RUN;
	return tsmreq_vdev_run(b->vdev, &b->ret);
}

static void open_for_change(struct bench *b, enum tsmreq_uapi uapi, enum tsmreq_arch arch,
			    const char *fault)
{
	bool bound = tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_BIND_AT_ALLOC);

	open_bench(b, uapi, arch, bound ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
		   TSMREQ_TDI_UNLOCKED, TSMREQ_MOCK_ANY_STEP);
	assert_int_equal(tsmreq_mock_set_fault(b->mock, b->id.raw, fault), 0);
}

/* What is told may be unsure, but it is never wrong. */
static void an_effect_is_never_denied_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	static const char *const faults[] = {"backend:EIO", "after:EIO", "after:ENXIO", "copyout",
					     "copyout-once"};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		enum tsmreq_mock_bound bound;
		enum tsmreq_tdi_state target, really;
		struct bench b;
		int rc;

		open_for_change(&b, uapi, arch, faults[i]);
		rc = change_state(&b, &target);
		assert_int_equal(tsmreq_mock_get_state(b.mock, b.id, &bound, &really), 0);
		if (rc == 0) {
			/* scope rows copy nothing back: there is no copy to fail */
			check(&b, strncmp(faults[i], "copyout", 7) == 0);
			check(&b, really == target);
		} else {
			check_outcome(&b, UNCERTAIN);
			check(&b, tsmreq_vdev_is_uncertain(b.vdev));
			check(&b, tsmreq_vdev_get_state(b.vdev) == TSMREQ_TDI_UNKNOWN);
			check_rc(&b, change_state(&b, &target), -ESTALE);
			check_outcome(&b, NOT_SENT);
			/* cleaning up always works, and lifts nothing */
			assert_int_equal(tsmreq_mock_set_fault(b.mock, b.id.raw, ""), 0);
			check_rc(&b, tsmreq_vdev_unlock(b.vdev, &b.ret), 0);
			check(&b, tsmreq_vdev_is_uncertain(b.vdev));
			assert_int_equal(tsmreq_vdev_clear_uncertain(b.vdev, TSMREQ_TDI_UNLOCKED),
					 0);
			check_rc(&b, change_state(&b, &target), 0);
		}
		close_bench(&b);
	}
}

static void an_effect_is_never_denied(void **unused)
{
	(void)unused;
	for_each_bench(an_effect_is_never_denied_on);
}

static void a_no_is_a_no_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	static const struct {
		const char *fault;
		int error;
	} faults[] = {
		{"backend:EBUSY", EBUSY}, {"backend:EINVAL", EINVAL}, {"again-once", EAGAIN},
		{"intr-once", EINTR},	  {"gone", ENOENT},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		enum tsmreq_tdi_state target;
		struct bench b;
		int rc;

		open_for_change(&b, uapi, arch, faults[i].fault);
		rc = change_state(&b, &target);
		if (uapi == TSMREQ_UAPI_RFC1 && faults[i].error != ENOENT) {
			/* every error of its bind reads the same, so none can be believed */
			check(&b, rc == 0 || rc == -ENODEV);
		} else if (rc == 0) {
			/* the waits of bind cannot be interrupted */
			check(&b, faults[i].error == EINTR || faults[i].error == EAGAIN);
			check(&b, tsmreq_vdev_get_state(b.vdev) == target);
		} else {
			check(&b, rc == -faults[i].error);
			check_outcome(&b, FAILED);
			check(&b, !tsmreq_vdev_is_uncertain(b.vdev));
			check(&b, tsmreq_vdev_get_state(b.vdev) == TSMREQ_TDI_UNLOCKED);
		}
		close_bench(&b);
	}
}

static void a_no_is_a_no(void **unused)
{
	(void)unused;
	for_each_bench(a_no_is_a_no_on);
}

static void another_vms_device_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct bench b;

	if (tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_BIND_AT_ALLOC))
		return; /* there the allocation would have failed */
	open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND_OTHER, TSMREQ_TDI_UNLOCKED, 0);
	if (uapi == TSMREQ_UAPI_RFC1) {
		check_rc(&b, tsmreq_vdev_bind(b.vdev, &b.ret), -ENODEV);
		check_outcome(&b, UNCERTAIN);
	} else {
		check_rc(&b, tsmreq_vdev_bind(b.vdev, &b.ret), -EBUSY);
		check_outcome(&b, FAILED);
	}
	close_bench(&b);

	open_bench(&b, uapi, arch, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, TSMREQ_MOCK_NO_KVM);
	check(&b, tsmreq_vdev_bind(b.vdev, &b.ret) == -ENODEV);
	check_really(&b, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED);
	close_bench(&b);
}

static void another_vms_device_is_not_taken(void **unused)
{
	(void)unused;
	for_each_bench(another_vms_device_on);
}

static void the_tsms_own_no_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct bench b;

	if (!tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_TSM_CODE) ||
	    !tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_RUN))
		return;
	open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_mock_set_fault(b.mock, b.id.raw, "code:16"), 0);
	check_rc(&b, tsmreq_vdev_run(b.vdev, &b.ret), -EREMOTEIO);
	check_outcome(&b, COMPLETED);
	check(&b, b.ret.tsm_code == 0x16);
	check(&b, tsmreq_vdev_is_uncertain(b.vdev) == (arch == TSMREQ_ARCH_CCA));
	close_bench(&b);

	/* on failure, too, and apart from the errno */
	open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_mock_set_fault(b.mock, b.id.raw, "code:16"), 0);
	assert_int_equal(tsmreq_mock_set_fault(b.mock, b.id.raw, "backend:EIO"), 0);
	check_rc(&b, tsmreq_vdev_run(b.vdev, &b.ret), -EIO);
	check_outcome(&b, UNCERTAIN);
	check(&b, b.ret.tsm_code == 0x16);
	close_bench(&b);
}

static void the_tsms_own_no_is_kept_apart(void **unused)
{
	(void)unused;
	for_each_bench(the_tsms_own_no_on);
}

static void too_much_left_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct bench b;

	if (!tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_RESIDUE) ||
	    !tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_RUN))
		return;
	open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_mock_set_fault(b.mock, b.id.raw, "residue:4097"), 0);
	check_rc(&b, tsmreq_vdev_run(b.vdev, &b.ret), -EBADE);
	check_outcome(&b, UNCERTAIN);
	check(&b, b.ret.residue == 0);
	if (has(&b, TSMREQ_FEATURE_OBJECTS)) {
		uint32_t size;

		check_rc(&b, tsmreq_vdev_get_object_size(b.vdev, TSMREQ_OBJECT_VCA, &size, &b.ret),
			 -EBADE);
		check_outcome(&b, FAILED);
	}
	if (arch == TSMREQ_ARCH_SEV && has(&b, TSMREQ_FEATURE_SEV_PAGES)) {
		check_rc(&b, send_page(&b, TSMREQ_OP_VALIDATE_MMIO, 21), -EBADE);
		check_outcome(&b, UNCERTAIN);
	}
	close_bench(&b);
}

static void a_residue_over_the_offer_is_never_subtracted(void **unused)
{
	(void)unused;
	for_each_bench(too_much_left_on);
}

/* An object that is cached and has no bytes: the kernel's answer reads as "full". */
static void an_empty_object_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	uint8_t bytes[64];
	struct tsmreq_buffer room = {.data = bytes, .capacity = sizeof(bytes)};
	uint32_t size = 9;
	struct bench b;

	if (!tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_OBJECTS))
		return;
	open_bench(&b, uapi, arch, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_mock_set_object(b.mock, b.id, TSMREQ_OBJECT_INTERFACE_REPORT,
						(struct tsmreq_bytes){NULL, 0}),
			 0);
	check_rc(&b,
		 tsmreq_vdev_get_object_size(b.vdev, TSMREQ_OBJECT_INTERFACE_REPORT, &size, &b.ret),
		 -ENODATA);
	check_outcome(&b, COMPLETED);
	check(&b, size == 0);
	memset(bytes, 0xa5, sizeof(bytes));
	check_rc(&b,
		 tsmreq_vdev_read_object(b.vdev, TSMREQ_OBJECT_INTERFACE_REPORT, 0, &room, &b.ret),
		 -ENODATA);
	check(&b, room.size == 0);
	close_bench(&b);
}

static void an_empty_object_is_no_full_answer(void **unused)
{
	(void)unused;
	for_each_bench(an_empty_object_on);
}

/* From nothing: the VMM's own order of calls. */
static void allocate_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct tsmreq_viommu_args viommu = {.size = sizeof(viommu), .type = 3, .kvm_fd = 9};
	struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice), .virt_id = {0x100}};
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	uint32_t hwpt, dev;
	struct bench b = {.uapi = uapi, .arch = arch};

	assert_int_equal(tsmreq_mock_new(&b.mock, &opts), 0);
	assert_int_equal(tsmreq_mock_add_object(b.mock, TSMREQ_MOCK_HWPT, 0, &hwpt), 0);
	assert_int_equal(tsmreq_mock_add_object(b.mock, TSMREQ_MOCK_DEVICE, 0, &dev), 0);
	assert_int_equal(tsmreq_mock_set_device_arch(b.mock, dev, arch), 0);
	assert_int_equal(
		tsmreq_ctx_new_from_transport(&b.ctx, tsmreq_mock_get_transport(b.mock), NULL), 0);
	viommu.dev_id = dev;
	viommu.hwpt_id = hwpt;
	check_rc(&b, tsmreq_ctx_alloc_viommu(b.ctx, &viommu, &vdevice.viommu_id, &b.ret), 0);
	vdevice.dev_id = dev;
	check_rc(&b, tsmreq_ctx_alloc_vdevice(b.ctx, &vdevice, &b.id, &b.ret), 0);
	check_outcome(&b, COMPLETED);
	check_really(&b, at_alloc(&b) ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
		     at_alloc(&b) && arch == TSMREQ_ARCH_SEV ? TSMREQ_TDI_LOCKED
							     : TSMREQ_TDI_UNLOCKED);
	/* a device has one */
	check_rc(&b, tsmreq_ctx_alloc_vdevice(b.ctx, &vdevice, &b.id, &b.ret), -EEXIST);
	check_outcome(&b, FAILED);
	assert_int_equal(tsmreq_vdev_new(&b.vdev, b.ctx, b.id, arch, NULL), 0);
	check_rc(&b, tsmreq_vdev_bind(b.vdev, &b.ret), 0);
	/* leaf first */
	check_rc(&b, tsmreq_ctx_destroy(b.ctx, vdevice.viommu_id, &b.ret), -EBUSY);
	check_outcome(&b, FAILED);
	check_rc(&b, tsmreq_vdev_destroy(b.vdev, &b.ret), 0);
	check_rc(&b, tsmreq_ctx_destroy(b.ctx, vdevice.viommu_id, &b.ret), 0);
	benches++;
	close_bench(&b);
}

static void a_vmm_builds_and_takes_down_its_objects(void **unused)
{
	(void)unused;
	for_each_bench(allocate_on);
}

static void off_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = uapi, .flags = TSMREQ_MOCK_TSM_OFF};
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_ctx *ctx = NULL;

	(void)arch;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock), NULL),
			 -EOPNOTSUPP);
	assert_null(ctx);
	assert_true(tsmreq_mock_get_calls(mock) <= TSMREQ_PROBE_MAX);
	tsmreq_mock_free(mock);
	benches++;
}

static void a_kernel_without_tsm_is_told_apart(void **unused)
{
	(void)unused;
	for_each_bench(off_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_locked_run_and_unlocked_everywhere),
		cmocka_unit_test(an_effect_is_never_denied),
		cmocka_unit_test(a_no_is_a_no),
		cmocka_unit_test(another_vms_device_is_not_taken),
		cmocka_unit_test(the_tsms_own_no_is_kept_apart),
		cmocka_unit_test(a_residue_over_the_offer_is_never_subtracted),
		cmocka_unit_test(an_empty_object_is_no_full_answer),
		cmocka_unit_test(a_vmm_builds_and_takes_down_its_objects),
		cmocka_unit_test(a_kernel_without_tsm_is_told_apart),
	};

	return cmocka_run_group_tests_name("contract/lifecycle", tests, NULL, NULL);
}
