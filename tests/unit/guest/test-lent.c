/* SPDX-License-Identifier: MIT */
#include "kit.h"

/*
 * Under which step each operation is called. A VMM that holds a lock over prepare, settle and
 * answer holds it over what they call; the table of doc/GUEST.md is this one (tests/check/docs.py).
 */

#define PREPARE 1u
#define RUN	2u /* and the ends that unbind */
#define AFTER	4u /* settle, answer, expire */

enum op {
	READ_SHARED,
	WRITE_SHARED,
	GET_MEMORY,
	MAP_SHARED,
	UNMAP_SHARED,
	NOW_MS,
	INJECT,
	MAKE_PRIVATE,
	UNDO_PRIVATE,
	BEFORE_LOCK,
	AFTER_UNLOCK,
	MMIO_ALLOWED,
	READ_OBJECT,
	GET_LAYER,
	OFFLOAD,
	DEVICE_EVENT,
	LOG,
	TRACE,
	OPS
};

static const struct {
	const char *name;
	unsigned int steps;
} lent[OPS] = {
	[READ_SHARED] = {"read_shared", PREPARE},
	[WRITE_SHARED] = {"write_shared", AFTER},
	[GET_MEMORY] = {"get_memory", PREPARE | RUN},
	[MAP_SHARED] = {"map_shared", AFTER},
	[UNMAP_SHARED] = {"unmap_shared", AFTER},
	[NOW_MS] = {"now_ms", PREPARE | RUN | AFTER},
	[INJECT] = {"inject", AFTER},
	[MAKE_PRIVATE] = {"make_private", RUN},
	[UNDO_PRIVATE] = {"undo_private", RUN},
	[BEFORE_LOCK] = {"before_lock", RUN},
	[AFTER_UNLOCK] = {"after_unlock", RUN},
	[MMIO_ALLOWED] = {"mmio_allowed", PREPARE | RUN},
	[READ_OBJECT] = {"read_object", RUN},
	[GET_LAYER] = {"get_layer", RUN},
	[OFFLOAD] = {"offload", RUN | AFTER},
	[DEVICE_EVENT] = {"device_event", PREPARE | RUN | AFTER},
	[LOG] = {"log", RUN},
	[TRACE] = {"trace", AFTER},
};

static unsigned int step, seen[OPS];

static void note(enum op op)
{
	assert_int_not_equal(step, 0);
	seen[op] |= step;
}

/* ---- the kit's operations, with somebody who watches */

static int read_shared(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	note(READ_SHARED);
	return kit_read(userdata, gpa, dst, size);
}

static int write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	note(WRITE_SHARED);
	return kit_write(userdata, gpa, src, size);
}

static enum tsmreq_memory get_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	note(GET_MEMORY);
	return kit_get_memory(userdata, gpa, size);
}

/* Of large pieces only, so that write_shared() has its turn, too. */
static void *map_shared(void *userdata, struct tsmreq_gpa gpa, size_t size)
{
	note(MAP_SHARED);
	return size > 64 ? ((struct kit *)userdata)->memory + gpa.raw : NULL;
}

static void unmap_shared(void *userdata, void *mapping, size_t size)
{
	(void)userdata;
	(void)mapping;
	(void)size;
	note(UNMAP_SHARED);
}

static uint64_t now_ms(void *userdata)
{
	note(NOW_MS);
	return kit_now(userdata);
}

static int inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	note(INJECT);
	return kit_inject(userdata, vcpu, vector);
}

static int make_private(void *userdata, struct tsmreq_guest_dev dev,
			const struct tsmreq_mmio_range *range)
{
	note(MAKE_PRIVATE);
	return kit_make_private(userdata, dev, range);
}

static void undo_private(void *userdata, struct tsmreq_guest_dev dev,
			 const struct tsmreq_mmio_range *range)
{
	note(UNDO_PRIVATE);
	kit_undo_private(userdata, dev, range);
}

static int before_lock(void *userdata, struct tsmreq_guest_dev dev)
{
	note(BEFORE_LOCK);
	return kit_before_lock(userdata, dev);
}

static void after_unlock(void *userdata, struct tsmreq_guest_dev dev)
{
	note(AFTER_UNLOCK);
	kit_after_unlock(userdata, dev);
}

static bool mmio_allowed(void *userdata, struct tsmreq_guest_dev dev,
			 const struct tsmreq_call_mmio *mmio)
{
	note(MMIO_ALLOWED);
	return kit_mmio_allowed(userdata, dev, mmio);
}

static int read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		       struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	note(READ_OBJECT);
	return kit_source(userdata, dev, object, nonce, dst);
}

static uint32_t get_layer(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_call_kind kind,
			  int rc)
{
	(void)userdata;
	(void)dev;
	(void)kind;
	(void)rc;
	note(GET_LAYER);
	return TSMREQ_TDCM_ERROR_TDISP_MESSAGE;
}

static int offload(void *userdata, struct tsmreq_job *job)
{
	note(OFFLOAD);
	return kit_offload(userdata, job);
}

static void device_event(void *userdata, struct tsmreq_guest_dev dev,
			 enum tsmreq_device_event event, int rc)
{
	note(DEVICE_EVENT);
	kit_event(userdata, dev, event, rc);
}

static void say(void *userdata, int priority, const char *message)
{
	(void)userdata;
	(void)priority;
	(void)message;
	note(LOG);
}

static void trace(void *userdata, const struct tsmreq_guest_trace *line)
{
	(void)userdata;
	(void)line;
	note(TRACE);
}

static struct kit *set_up(enum tsmreq_arch arch, enum tsmreq_uapi uapi)
{
	struct kit *kit = kit_new(arch, uapi);

	kit->ops = (struct tsmreq_guest_ops){
		sizeof(kit->ops), kit,		read_shared,  write_shared, get_memory,
		map_shared,	  unmap_shared, now_ms,	      inject,	    make_private,
		undo_private,	  before_lock,	after_unlock, mmio_allowed, read_object,
		get_layer,	  offload,	device_event, say,	    trace,
	};
	return kit;
}

/* ---- the steps, by name */

/* The pool's thread, for all that was handed to it. */
static void run_offloaded(struct kit *kit)
{
	while (kit->taken < kit->offloads) {
		struct tsmreq_job *job = kit->offloaded[kit->taken++ % 64];

		step = RUN;
		while (tsmreq_job_run(job) == -EAGAIN)
			continue;
		step = AFTER;
		assert_int_equal(tsmreq_job_settle(job), 0);
	}
	step = 0;
}

/* To the answer; what is deferred is in the pool then. */
static void begin(struct kit *kit, const struct tsmreq_exit *exit)
{
	enum tsmreq_step next;
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	step = PREPARE;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, exit, &job, &next), 0);
	step = RUN;
	while (next == TSMREQ_STEP_RUN_NOW && tsmreq_job_run(job) == -EAGAIN) {
		run_offloaded(kit); /* it let the device go */
		step = RUN;
	}
	step = AFTER;
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	step = 0;
}

static void go(struct kit *kit, struct tsmreq_exit exit)
{
	begin(kit, &exit);
	run_offloaded(kit);
}

static void end(struct kit *kit, uint64_t dev)
{
	struct tsmreq_result result;

	step = RUN;
	assert_true(tsmreq_guest_reset(kit->guest, kit_dev(dev), &result) <= 0);
	step = 0;
	kit_free(kit);
}

/* ---- what guests do */

static void set_state(struct kit *kit, enum tsmreq_tdi_state target)
{
	go(kit, kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, (uint64_t)target, 0, 0, 0));
}

static void a_realm(void)
{
	struct kit *kit = set_up(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];

	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	/* there and back: LOCK says that the guest has another name for it */
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0x208)), 0);
	go(kit, kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x208, TSMREQ_TDI_LOCKED, 0, 0, 0));
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x208), kit_dev(KIT_DEV)), 0);
	go(kit, kit_rhi_exit(TSMREQ_RHI_VDEV_GET_MEASUREMENTS, KIT_DEV, 0x2000, 0, 0, 0));
	go(kit, kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x3000, 0x1000, 0));
	go(kit, kit_tio_exit(kit, run, KIT_BAR, 0x1000));
	kit_set_fault(kit, "backend:EIO");
	go(kit, kit_tio_exit(kit, run, KIT_BAR, 0x1000));
	kit_set_fault(kit, "");
	set_state(kit, TSMREQ_TDI_UNLOCKED);
	end(kit, KIT_DEV);
}

/* While vCPU 0's call is in the kernel: the pool is done with the other device, and vCPU 1 asks. */
static void meanwhile(struct kit *kit)
{
	const unsigned int before = step;
	struct tsmreq_exit exit;

	kit->at_submit = NULL;
	run_offloaded(kit);
	exit = kit_tdcm_exit(kit, 7, 0x14000, 0x51);
	exit.vcpu = 1;
	begin(kit, &exit);
	step = before;
}

static void a_td(void)
{
	struct kit *kit = set_up(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	struct tsmreq_exit exit;
	struct tsmreq_vdev *other;

	kit->opts.max_jobs = 1;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	go(kit, kit_tdcm_exit(kit, 2, 0x2000, 0x51)); /* BIND */
	go(kit, kit_tdcm_exit(kit, 4, 0x2000, 0x51)); /* GET_TDI_REPORT */
	kit_set_fault(kit, "backend:EIO");
	go(kit, kit_tdcm_exit(kit, 5, 0x2000, 0x51)); /* START_TDI */
	kit_set_fault(kit, "");
	go(kit, kit_tdcm_exit(kit, 7, 0x2000, 0x51)); /* UNBIND */
	assert_int_equal(tsmreq_vdev_clear_uncertain(kit->vdev, TSMREQ_TDI_UNLOCKED), 0);

	/* nobody runs it in time */
	exit = kit_tdcm_exit(kit, 2, 0x2000, 0x51);
	begin(kit, &exit);
	step = AFTER;
	assert_int_equal(tsmreq_guest_expire(kit->guest, kit->now + 9000), 1);
	run_offloaded(kit);

	/* another device has the only job to spare; the call runs now, and is interrupted */
	go(kit, kit_tdcm_exit(kit, 2, 0x2000, 0x51));
	kit_set_fault(kit, "intr-once");
	other = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_attach(kit, 0x200, other), 0);
	exit = kit_tdcm_exit(kit, 2, 0x14000, 0x51);
	exit.ghci.r12 = 0x200;
	exit.vcpu = 2;
	begin(kit, &exit);
	kit->at_submit = meanwhile;
	go(kit, kit_tdcm_exit(kit, 5, 0x2000, 0x51));
	assert_null(kit->at_submit);
	end(kit, KIT_DEV);
	tsmreq_vdev_free(other);
}

static void an_snp_guest(void)
{
	struct kit *kit = set_up(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	struct tsmreq_call bind = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];

	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	go(kit, kit_ghcb_exit(kit, &bind));
	info.u.tdi_info.data.raw = 0x10000;
	info.u.tdi_info.pages = 4;
	info.u.tdi_info.want = TSMREQ_WANT_REPORT;
	kit->source[TSMREQ_OBJECT_INTERFACE_REPORT] = (struct tsmreq_bytes){run, sizeof(run)};
	go(kit, kit_sev_exit(kit, run, &info));
	end(kit, KIT_DEV);
}

static void each_operation_is_called_where_the_guide_says(void **unused)
{
	(void)unused;
	a_realm();
	a_td();
	an_snp_guest();
	/* a device may come to its end under any call: told under prepare, too, but not here */
	seen[DEVICE_EVENT] |= PREPARE;
	for (int op = 0; op < OPS; op++)
		if (seen[op] != lent[op].steps)
			fail_msg("%s: called under %u, not %u", lent[op].name, seen[op],
				 lent[op].steps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_is_called_where_the_guide_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
