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
#include <tsmreq/guest.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

/*
 * The order of a teardown, as doc/GUEST.md has it, on every row and architecture, from a device in
 * RUN: it works; whoever comes too early is told EBUSY and has broken nothing; and a VFIO
 * descriptor that is closed first, wherever in the order, is survived.
 */

#define DEV ((struct tsmreq_guest_dev){0x100})

struct stack {
	enum tsmreq_uapi uapi;
	enum tsmreq_arch arch;
	struct tsmreq_mock *mock;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;
	struct tsmreq_guest *guest;
	struct tsmreq_vdevice_id vdevice;
	uint32_t device, hwpt, viommu, nested;
	unsigned int gone; /* how often that was told */
};

static const char *word(int rc)
{
	return rc ? tsmreq_errno_to_string(rc) : "0";
}

#define check_rc(stack, call, want)                                                               \
	do {                                                                                      \
		const int rc_ = (call), want_ = (want);                                           \
		if (rc_ != want_)                                                                 \
			fail_msg("%s %s: %s is %s, not %s", tsmreq_uapi_to_string((stack)->uapi), \
				 tsmreq_arch_to_string((stack)->arch), #call, word(rc_),          \
				 word(want_));                                                    \
	} while (0)

/* ---- what a VMM lends: no exit comes here */

static int no_read(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	(void)userdata;
	(void)gpa;
	(void)dst;
	(void)size;
	return -EFAULT;
}

static int no_write(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	(void)userdata;
	(void)gpa;
	(void)src;
	(void)size;
	return -EFAULT;
}

static enum tsmreq_memory no_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	(void)userdata;
	(void)gpa;
	(void)size;
	return TSMREQ_MEMORY_NONE;
}

static uint64_t now_ms(void *userdata)
{
	(void)userdata;
	return 1;
}

static void device_event(void *userdata, struct tsmreq_guest_dev dev,
			 enum tsmreq_device_event event, int rc)
{
	struct stack *stack = userdata;

	(void)dev;
	(void)rc;
	stack->gone += event == TSMREQ_DEVICE_GONE;
}

/* ---- up */

/* Stage 1 in the guest's hands, over the vIOMMU: VFIO's and the VMM's business, so by hand. */
static void nest(struct stack *stack)
{
	const struct tsmreq_transport *door = tsmreq_mock_get_transport(stack->mock);
	const uint64_t ste[2] = {0, 0};
	struct {
		uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
		uint64_t data;
		uint32_t fault_id, reserved2;
	} alloc = {
		.size = sizeof(alloc),
		.dev_id = stack->device,
		.pt_id = stack->viommu,
		.data_type = 2,
		.data_len = sizeof(ste),
		.data = (uintptr_t)ste,
	};

	check_rc(stack, door->submit(door->userdata, 0x3b89, &alloc), 0);
	stack->nested = alloc.out_hwpt_id;
}

static void make_objects(struct stack *stack)
{
	struct tsmreq_viommu_args viommu = {.size = sizeof(viommu), .type = 3, .kvm_fd = 9};
	struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice), .virt_id = DEV};
	struct tsmreq_mock *mock = stack->mock;
	struct tsmreq_result result;

	check_rc(stack, tsmreq_mock_add_object(mock, TSMREQ_MOCK_HWPT, 0, &stack->hwpt), 0);
	check_rc(stack, tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 0, &stack->device), 0);
	check_rc(stack, tsmreq_mock_set_device_arch(mock, stack->device, stack->arch), 0);
	viommu.dev_id = vdevice.dev_id = stack->device;
	viommu.hwpt_id = stack->hwpt;
	check_rc(stack, tsmreq_ctx_alloc_viommu(stack->ctx, &viommu, &stack->viommu, &result), 0);
	nest(stack);
	vdevice.viommu_id = stack->viommu;
	check_rc(stack, tsmreq_ctx_alloc_vdevice(stack->ctx, &vdevice, &stack->vdevice, &result),
		 0);
}

static enum tsmreq_tdi_state really(struct stack *stack)
{
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;

	check_rc(stack, tsmreq_mock_get_state(stack->mock, stack->vdevice, &bound, &state), 0);
	return state;
}

/* Locked, by allocation where that does it; then run, where the row has a word for it. */
static void make_device_run(struct stack *stack)
{
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .initial_state = really(stack)};
	struct tsmreq_result result;

	check_rc(stack,
		 tsmreq_vdev_new(&stack->vdev, stack->ctx, stack->vdevice, stack->arch, &opts), 0);
	if (opts.initial_state == TSMREQ_TDI_UNLOCKED)
		check_rc(stack, tsmreq_vdev_lock(stack->vdev, &result), 0);
	if (tsmreq_ctx_has(stack->ctx, stack->arch, TSMREQ_FEATURE_RUN))
		check_rc(stack, tsmreq_vdev_run(stack->vdev, &result), 0);
	assert_int_not_equal(really(stack), TSMREQ_TDI_UNLOCKED);
}

static void make_guest(struct stack *stack)
{
	const struct tsmreq_guest_ops ops = {
		.size = sizeof(ops),
		.userdata = stack,
		.read_shared = no_read,
		.write_shared = no_write,
		.get_memory = no_memory,
		.now_ms = now_ms,
		.device_event = device_event,
	};
	const struct tsmreq_guest_opts opts = {
		.size = sizeof(opts),
		.ops = &ops,
		.arch = stack->arch,
		.uapi = stack->uapi,
		.gpa_width = 52,
		.shared_base = UINT64_C(1) << 40,
	};
	const struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.vdev = stack->vdev,
		.dev = DEV,
		.virt_id = DEV,
		.flags = TSMREQ_DEVICE_PARTIAL,
	};

	check_rc(stack, tsmreq_guest_new(&stack->guest, &opts), 0);
	check_rc(stack, tsmreq_guest_attach(stack->guest, &device), 0);
}

static struct stack *build(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	struct stack *stack = calloc(1, sizeof(*stack));

	stack->uapi = uapi;
	stack->arch = arch;
	check_rc(stack, tsmreq_mock_new(&stack->mock, &opts), 0);
	check_rc(stack,
		 tsmreq_ctx_new_from_transport(&stack->ctx, tsmreq_mock_get_transport(stack->mock),
					       NULL),
		 0);
	make_objects(stack);
	make_device_run(stack);
	make_guest(stack);
	return stack;
}

/* ---- down */

enum {
	RESET,
	DETACH,
	VDEVICE,
	NESTED,
	VIOMMU,
	HWPT,
	VFIO,
	STEPS,
};

static int take(struct stack *stack, unsigned int step)
{
	struct tsmreq_result result;

	switch (step) {
	case RESET:
		return tsmreq_guest_reset(stack->guest, DEV, &result);
	case DETACH:
		return tsmreq_guest_detach(stack->guest, DEV);
	case VDEVICE:
		return tsmreq_vdev_destroy(stack->vdev, &result);
	case NESTED:
		return tsmreq_ctx_destroy(stack->ctx, stack->nested, &result);
	case VIOMMU:
		return tsmreq_ctx_destroy(stack->ctx, stack->viommu, &result);
	case HWPT:
		return tsmreq_ctx_destroy(stack->ctx, stack->hwpt, &result);
	default:
		/* the kernel's part of close(2) */
		return tsmreq_mock_set_fault(stack->mock, stack->device, "gone");
	}
}

static void end(struct stack *stack)
{
	tsmreq_guest_free(stack->guest);
	tsmreq_vdev_free(stack->vdev);
	tsmreq_ctx_free(stack->ctx);
	tsmreq_mock_free(stack->mock);
	free(stack);
}

static void for_each(void (*play)(enum tsmreq_uapi uapi, enum tsmreq_arch arch))
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;

	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
		for (int arch = TSMREQ_ARCH_CCA; !info.refusal && arch <= TSMREQ_ARCH_TDX; arch++)
			play(uapi, (enum tsmreq_arch)arch);
	}
}

static void in_order_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct stack *stack = build(uapi, arch);

	for (unsigned int step = 0; step < STEPS; step++) {
		check_rc(stack, take(stack, step), 0);
		/* before anything is unmapped or closed */
		if (step == RESET)
			assert_int_equal(really(stack), TSMREQ_TDI_UNLOCKED);
	}
	assert_int_equal(stack->gone, 0);
	end(stack);
}

static void the_documented_order_works(void **unused)
{
	(void)unused;
	for_each(in_order_on);
}

static void too_early_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	struct stack *stack = build(uapi, arch);

	for (unsigned int step = 0; step < STEPS; step++) {
		/* what others stand on: a vIOMMU until both of its own are gone */
		if (step <= NESTED)
			check_rc(stack, take(stack, VIOMMU), -EBUSY);
		if (step <= VIOMMU)
			check_rc(stack, take(stack, HWPT), -EBUSY);
		/* and a vDevice while the kernel works on it */
		if (step == VDEVICE) {
			check_rc(stack,
				 tsmreq_mock_set_fault(stack->mock, stack->vdevice.raw, "busy"), 0);
			check_rc(stack, take(stack, VDEVICE), -EBUSY);
			check_rc(stack, tsmreq_mock_set_fault(stack->mock, stack->vdevice.raw, ""),
				 0);
		}
		check_rc(stack, take(stack, step), 0);
	}
	end(stack);
}

static void who_comes_too_early_is_told_and_breaks_nothing(void **unused)
{
	(void)unused;
	for_each(too_early_on);
}

static void closed_first_on(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	for (unsigned int at = 0; at < STEPS; at++) {
		struct stack *stack = build(uapi, arch);

		for (unsigned int step = 0; step < VFIO; step++) {
			const bool lost = step >= at && at <= VDEVICE;

			if (step == at)
				check_rc(stack, take(stack, VFIO), 0);
			/* the vDevice went along, for ever */
			check_rc(stack, take(stack, step),
				 lost && (step == RESET || step == VDEVICE) ? -ENOENT : 0);
			if (lost && step == RESET)
				check_rc(stack, take(stack, RESET), -ENOENT);
		}
		assert_int_equal(stack->gone, at == RESET);
		end(stack);
	}
}

static void a_vfio_descriptor_closed_first_is_survived(void **unused)
{
	(void)unused;
	for_each(closed_first_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_order_works),
		cmocka_unit_test(who_comes_too_early_is_told_and_breaks_nothing),
		cmocka_unit_test(a_vfio_descriptor_closed_first_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
