/* SPDX-License-Identifier: MIT */
/* wraps: pthread_mutex_lock */
#include "storm.h"

#include "guest/guest.h"

/*
 * Everything at once. Eight vCPUs ask for whatever their architecture has, of 64 devices that two
 * threads of the VMM attach, detach, reset, renumber and move meanwhile, while a clock runs fast
 * and calls fail now and then. What holds whatever happens is looked at where it happens; the rest
 * when all is over. test-races [SEED [EXITS]]: the same dice again, if not the same schedule.
 */

#define PATIENCE 60 /* seconds until an answer counts as lost */

static uint64_t seed = 20260101;
static uint64_t exits = 2000; /* a vCPU's */

/* Before each lock another thread may come in: what needed one since the last is seen. */
int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	static _Thread_local unsigned int locks;

	if (locks++ % 8 == 0)
		sched_yield();
	return __real_pthread_mutex_lock(lock);
}

/* ---- a vCPU */

#define BUFFERS	  16u
#define TD_STATUS 8u /* in the buffer; the error follows */

struct vcpu_thread {
	struct storm *storm;
	uint32_t index;
	uint64_t seed, area;
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	unsigned int buffer;	/* TDX: the next of its ring, and what it was told in each */
	uint16_t told[BUFFERS]; /* 0: nothing */
	uint64_t handle;	/* CCA: the last one it was given */
	time_t started;
};

static uint64_t roll(struct vcpu_thread *vcpu, uint64_t sides)
{
	return storm_roll(&vcpu->seed, sides);
}

/* Whatever is waited for comes, or is lost. */
static bool waits(struct vcpu_thread *vcpu, const char *what)
{
	if (time(NULL) - vcpu->started > PATIENCE)
		storm_wrong(vcpu->storm, "vCPU %u waits for %s", vcpu->index, what);
	sched_yield();
	return !LOOK(vcpu->storm->is_wrong);
}

/* A device by its name of a moment ago, or one that nobody has. */
static uint32_t some_name(struct vcpu_thread *vcpu)
{
	if (roll(vcpu, 32) == 0)
		return NOBODY;
	return LOOK(storm_pick(vcpu->storm, &vcpu->seed)->name);
}

static struct tsmreq_exit exit_of(const struct vcpu_thread *vcpu, enum tsmreq_exit_form form)
{
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = form,
		.vcpu = vcpu->index,
		.vcpu_fd = -1,
	};
}

static struct tsmreq_exit run_exit(struct vcpu_thread *vcpu)
{
	struct tsmreq_exit exit = exit_of(vcpu, TSMREQ_EXIT_KVM_RUN);

	exit.run = vcpu->run;
	exit.run_size = sizeof(vcpu->run);
	return exit;
}

/* The VMM's own part: it has the device to itself, and may use the vDevice. */
static int act(struct vcpu_thread *vcpu, struct tsmreq_job *job)
{
	const struct tsmreq_call *call = tsmreq_job_get_call(job);
	struct tsmreq_vdev *vdev = storm_dev(vcpu->storm, call->dev.raw)->vdev;
	struct tsmreq_answer answer = {.rc = -ENOENT};

	if (call->kind == TSMREQ_CALL_BIND)
		answer.rc = tsmreq_vdev_lock(vdev, &answer.result);
	else if (call->kind == TSMREQ_CALL_UNBIND)
		answer.rc = tsmreq_vdev_unlock(vdev, &answer.result);
	/* busy: what only trying again cures is no end, so it gives up */
	if (answer.rc == -EINTR || answer.rc == -EAGAIN || answer.rc == -EBUSY)
		answer.rc = -EIO;
	return tsmreq_job_finish(job, &answer);
}

static int run_to_its_end(struct vcpu_thread *vcpu, struct tsmreq_job *job, enum tsmreq_step step)
{
	int rc;

	do
		rc = tsmreq_job_run(job);
	while (rc == -EAGAIN && waits(vcpu, "run"));
	if (rc == 0 && step == TSMREQ_STEP_VMM)
		rc = act(vcpu, job);
	/* the device went: that is its end */
	return step == TSMREQ_STEP_VMM && rc == -ENODEV ? 0 : rc;
}

/* From the exit to its answer, by one of the ways that lead there. */
static enum tsmreq_step carry(struct vcpu_thread *vcpu, const struct tsmreq_exit *exit,
			      struct tsmreq_reply *ret)
{
	struct storm *storm = vcpu->storm;
	struct tsmreq_job *job;
	enum tsmreq_step step, told;
	int rc;

	ADD(storm->exits, 1);
	rc = tsmreq_guest_prepare(storm->guest, exit, &job, &step);
	told = step;
	if (rc == 0 && step == TSMREQ_STEP_DEFERRED)
		ADD(storm->deferrals, 1);
	if (rc == 0 && job && step != TSMREQ_STEP_VMM && roll(vcpu, 4) == 0) {
		do
			rc = tsmreq_guest_handle(storm->guest, exit, &job, &step, ret);
		while (rc == -EAGAIN && waits(vcpu, "handle"));
	} else if (rc == 0 && job) {
		if (step == TSMREQ_STEP_RUN_NOW || step == TSMREQ_STEP_VMM)
			rc = run_to_its_end(vcpu, job, step);
		if (rc == 0 && step != TSMREQ_STEP_DEFERRED && roll(vcpu, 2))
			rc = tsmreq_job_settle(job);
		if (rc == 0)
			rc = tsmreq_job_answer(job, ret);
	}
	if (rc < 0)
		storm_wrong(storm, "vCPU %u: %s, %d", vcpu->index, tsmreq_step_to_string(told), rc);
	return told;
}

/* ---- a Realm */

static uint64_t rhi(struct vcpu_thread *vcpu, const uint64_t x[6], uint64_t *ret_x1)
{
	struct tsmreq_exit exit = exit_of(vcpu, TSMREQ_EXIT_RHI);
	struct tsmreq_reply reply = {0};

	exit.rhi.nr = (uint32_t)x[0];
	memcpy(exit.rhi.x, x, 6 * sizeof(*x));
	(void)carry(vcpu, &exit, &reply);
	if (reply.rhi.x[2] || reply.rhi.x[3])
		storm_wrong(vcpu->storm, "x2 and x3 are not 0");
	*ret_x1 = reply.rhi.x[1];
	return reply.rhi.x[0];
}

static void expect(struct vcpu_thread *vcpu, const char *what, uint64_t status, uint64_t x1,
		   uint32_t allowed)
{
	const uint64_t bit = status == TSMREQ_RHI_NOT_SUPPORTED ? 31 : status;

	if (bit > 31 || !(allowed & 1u << bit))
		storm_wrong(vcpu->storm, "%s is answered %llu", what, (unsigned long long)status);
	if (status && x1)
		storm_wrong(vcpu->storm, "%s is answered %llu with x1 %llu", what,
			    (unsigned long long)status, (unsigned long long)x1);
}

/* What each call can be answered, of 0 to 11; by a kernel, whose errno may be any, 2, 5, 8 and -1.
 */
#define STATUS(n) (1u << (n))
#define ALWAYS	  (STATUS(3) | STATUS(6) | STATUS(9))
#define KERNELS	  (ALWAYS | STATUS(2) | STATUS(5) | STATUS(8) | STATUS(31))

/* Asks until it is told, or gives up; what was told is told again. */
static void wait_for_end(struct vcpu_thread *vcpu, uint64_t dev, uint64_t handle)
{
	const uint64_t resume[6] = {TSMREQ_RHI_VDEV_CONTINUE, dev, handle};
	const uint64_t abort[6] = {TSMREQ_RHI_VDEV_ABORT, dev};
	uint64_t status, again, x1;

	do {
		if (roll(vcpu, 64) == 0) {
			status = rhi(vcpu, abort, &x1);
			expect(vcpu, "ABORT", status, x1, ALWAYS | STATUS(0) | STATUS(10));
			if (status == 0)
				return;
		}
		status = rhi(vcpu, resume, &x1);
		expect(vcpu, "CONTINUE", status, x1, KERNELS | STATUS(0) | STATUS(1));
	} while (status == TSMREQ_RHI_INCOMPLETE && waits(vcpu, "CONTINUE"));
	/* renumbered, and it may be back */
	if (status == 3)
		return;
	again = rhi(vcpu, resume, &x1);
	/* unless somebody else started another one, reset the device or took it away */
	if (again != status && again != 3 && again != 6 && again != 9)
		storm_wrong(vcpu->storm, "an end is told as %llu, then as %llu",
			    (unsigned long long)status, (unsigned long long)again);
}

static void start_long_call(struct vcpu_thread *vcpu, const uint64_t x[6], uint32_t allowed)
{
	uint64_t x1, status = rhi(vcpu, x, &x1);

	if (status != TSMREQ_RHI_INCOMPLETE) {
		expect(vcpu, "a long call", status, x1, allowed);
		return;
	}
	if (!x1 || vcpu->storm->mode == MODE_SYNC)
		storm_wrong(vcpu->storm, "INCOMPLETE with handle %llu", (unsigned long long)x1);
	vcpu->handle = x1;
	/* now and then it forgets all about it */
	if (roll(vcpu, 4))
		wait_for_end(vcpu, x[1], x1);
}

/* Whatever is under way, of whomever. A device that never went is found. */
static void realm_aborts(struct vcpu_thread *vcpu, uint64_t dev)
{
	const uint32_t gone = storm_is_steady(storm_dev(vcpu->storm, dev)) ? 0 : STATUS(3);
	uint64_t x1;
	const uint64_t status = rhi(vcpu, (uint64_t[6]){TSMREQ_RHI_VDEV_ABORT, dev}, &x1);

	if (vcpu->storm->mode != MODE_SYNC)
		expect(vcpu, "ABORT", status, x1, STATUS(0) | STATUS(9) | STATUS(10) | gone);
}

static void realm_asks(struct vcpu_thread *vcpu, uint64_t dev)
{
	const uint64_t object = roll(vcpu, 6), destination = vcpu->area + 0x1000;
	uint64_t x1, status;

	switch (roll(vcpu, 9)) {
	case 0:
		status = rhi(vcpu, (uint64_t[6]){TSMREQ_RHI_FEATURES}, &x1);
		if (status != tsmreq_guest_get_features(vcpu->storm->guest))
			storm_wrong(vcpu->storm, "FEATURES is answered %llx",
				    (unsigned long long)status);
		break;
	case 1:
		status = rhi(vcpu, (uint64_t[6]){TSMREQ_RHI_OBJECT_SIZE, dev, object}, &x1);
		if (status)
			expect(vcpu, "SIZE", status, x1, KERNELS | STATUS(4) | STATUS(11));
		break;
	case 2:
		status = rhi(vcpu,
			     (uint64_t[6]){TSMREQ_RHI_OBJECT_READ, dev, object, destination,
					   roll(vcpu, 0x2000), roll(vcpu, 64)},
			     &x1);
		if (status)
			expect(vcpu, "READ", status, x1,
			       KERNELS | STATUS(4) | STATUS(7) | STATUS(11));
		break;
	case 3:
		start_long_call(vcpu,
				(uint64_t[6]){TSMREQ_RHI_VDEV_GET_MEASUREMENTS, dev, vcpu->area},
				KERNELS | STATUS(0));
		break;
	case 4:
		start_long_call(vcpu, (uint64_t[6]){TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, dev},
				KERNELS | STATUS(0));
		break;
	case 5:
		status = rhi(vcpu,
			     (uint64_t[6]){TSMREQ_RHI_VDEV_CONTINUE, dev,
					   roll(vcpu, 2) ? vcpu->handle : roll(vcpu, 9)},
			     &x1);
		if (vcpu->storm->mode != MODE_SYNC)
			expect(vcpu, "CONTINUE", status, x1, KERNELS | STATUS(0) | STATUS(1));
		break;
	case 6:
		realm_aborts(vcpu, dev);
		break;
	default:
		start_long_call(vcpu,
				(uint64_t[6]){TSMREQ_RHI_VDEV_SET_TDI_STATE, dev, roll(vcpu, 3)},
				KERNELS | STATUS(0));
		break;
	}
}

static void realm_maps(struct vcpu_thread *vcpu, uint64_t dev)
{
	const uint64_t base = BAR + (dev - NAME) % DEVICES * BAR_SIZE;
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.dev = {dev},
		.u.mmio = {.base = {base + 0x1000 * roll(vcpu, 18)},
			   .size = 0x1000,
			   .host_base = HOST},
	};
	const struct tsmreq_exit exit = run_exit(vcpu);
	struct tsmreq_reply reply = {0};
	uint64_t rejected, response;

	memset(vcpu->run, 0, sizeof(vcpu->run));
	if (tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &call, vcpu->run, sizeof(vcpu->run)) < 0 ||
	    tsmreq_kvm_preset(TSMREQ_KVM_CCA_V7, vcpu->run, sizeof(vcpu->run)) < 0)
		storm_wrong(vcpu->storm, "no such exit");
	rejected = tsmreq_load_le64(vcpu->run + 80);
	(void)carry(vcpu, &exit, &reply);
	response = tsmreq_load_le64(vcpu->run + 80);
	if (reply.action != TSMREQ_ACTION_RESUME || (response && response != rejected))
		storm_wrong(vcpu->storm, "a validation: %s, response %llu",
			    tsmreq_action_to_string(reply.action), (unsigned long long)response);
}

static void realm_faults(struct vcpu_thread *vcpu, uint64_t dev)
{
	const bool ram = roll(vcpu, 4) == 0;
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.u.fault = {.base = {ram ? vcpu->area : BAR + (dev - NAME) % DEVICES * BAR_SIZE},
			    .size = 0x1000},
	};
	const struct tsmreq_exit exit = run_exit(vcpu);
	struct tsmreq_reply reply = {0};

	memset(vcpu->run, 0, sizeof(vcpu->run));
	if (tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &call, vcpu->run, sizeof(vcpu->run)) < 0)
		storm_wrong(vcpu->storm, "no such exit");
	(void)carry(vcpu, &exit, &reply);
	if (ram ? reply.action != TSMREQ_ACTION_CONVERT
		: reply.action != TSMREQ_ACTION_STOP && reply.action != TSMREQ_ACTION_REENTER)
		storm_wrong(vcpu->storm, "a memory fault: %s",
			    tsmreq_action_to_string(reply.action));
}

static void realm(struct vcpu_thread *vcpu)
{
	const uint64_t dev = some_name(vcpu);

	switch (roll(vcpu, 8)) {
	case 0:
		realm_maps(vcpu, dev);
		break;
	case 1:
		realm_faults(vcpu, dev);
		break;
	default:
		realm_asks(vcpu, dev);
		break;
	}
}

/* ---- a TD */

/* Until the status is there, or nobody would wait any longer. */
static bool is_told(struct vcpu_thread *vcpu, uint64_t gpa, uint64_t since)
{
	while (storm_load_byte(vcpu->storm, gpa + TD_STATUS) == TSMREQ_TDCM_WAIT) {
		if (storm_now_ms(vcpu->storm) >= since + TDX_GIVE_UP_MS)
			return false;
		if (!waits(vcpu, "TDCM"))
			return false;
	}
	return true;
}

static uint16_t told_in(struct vcpu_thread *vcpu, uint64_t gpa)
{
	const uint8_t status = storm_load_byte(vcpu->storm, gpa + TD_STATUS);

	return (uint16_t)(status | storm_load_byte(vcpu->storm, gpa + TD_STATUS + 1) << 8);
}

/* COMPLETED, or an error of the list. */
static bool is_an_answer(uint16_t told)
{
	const uint8_t status = (uint8_t)told, error = (uint8_t)(told >> 8);

	if (status == TSMREQ_TDCM_COMPLETED)
		return error == 0;
	return status == TSMREQ_TDCM_ERROR && error >= 10 && error <= 15;
}

static struct tsmreq_exit tdcm(struct vcpu_thread *vcpu, uint8_t operation, uint64_t gpa,
			       uint64_t size)
{
	const uint8_t header[TSMREQ_TDCM_HEADER_SIZE] = {operation};
	struct tsmreq_exit exit = exit_of(vcpu, TSMREQ_EXIT_GHCI);

	storm_store(vcpu->storm, gpa, header, sizeof(header));
	exit.ghci = (struct tsmreq_ghci_exit){
		.r11 = TSMREQ_GHCI_LEAF_TDCM,
		.r12 = some_name(vcpu),
		.r13 = gpa | UINT64_C(1) << 51,
		.r14 = size,
		.r15 = roll(vcpu, 2) ? VECTOR : 0,
	};
	return exit;
}

/* A buffer of a ring, so that a late word in one that was answered is seen when its turn comes. */
static void td(struct vcpu_thread *vcpu)
{
	static const uint8_t operations[] = {1, 2, 2, 2, 3, 4, 5, 5, 6, 7, 7, 9};
	const uint8_t operation = operations[roll(vcpu, sizeof(operations))];
	const unsigned int buffer = vcpu->buffer++ % BUFFERS;
	const uint64_t gpa = vcpu->area + 0x4000 * (uint64_t)buffer;
	const uint64_t since = storm_now_ms(vcpu->storm);
	uint16_t *told = &vcpu->told[buffer];
	struct tsmreq_reply reply = {0};
	struct tsmreq_exit exit;

	if (*told && told_in(vcpu, gpa) != *told)
		storm_wrong(vcpu->storm, "vCPU %u: an answer became %04x", vcpu->index,
			    told_in(vcpu, gpa));
	exit = tdcm(vcpu, operation, gpa, 0x4000);
	(void)carry(vcpu, &exit, &reply);
	*told = 0;
	/* it gave up on the last call there, and the clock does not know yet */
	if (reply.r10 == TSMREQ_GHCI_INVALID_OPERAND)
		return;
	if (reply.r10)
		storm_wrong(vcpu->storm, "TDCM: r10 %llx", (unsigned long long)reply.r10);
	if (!is_told(vcpu, gpa, since))
		return;
	*told = told_in(vcpu, gpa);
	if (!is_an_answer(*told))
		storm_wrong(vcpu->storm, "TDCM %u is answered %04x", operation, *told);
}

/* ---- an SNP guest */

static struct tsmreq_call snp_call(struct vcpu_thread *vcpu)
{
	static const struct {
		enum tsmreq_call_kind kind;
		uint8_t type;
	} calls[] = {{TSMREQ_CALL_TDI_INFO, 19},     {TSMREQ_CALL_VALIDATE_MMIO, 21},
		     {TSMREQ_CALL_MMIO_CONFIG, 23},  {TSMREQ_CALL_SET_DMA, 25},
		     {TSMREQ_CALL_BIND, 0},	     {TSMREQ_CALL_UNBIND, 0},
		     {TSMREQ_CALL_SET_TDI_STATE, 0}, {TSMREQ_CALL_SET_TDI_STATE, 0}};
	const size_t i = (size_t)roll(vcpu, sizeof(calls) / sizeof(calls[0]));
	struct tsmreq_call call = {
		.kind = calls[i].kind,
		.arch = TSMREQ_ARCH_SEV,
		.shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP,
		.dev = {some_name(vcpu)},
	};

	if (call.kind == TSMREQ_CALL_SET_TDI_STATE)
		call.u.state.target = roll(vcpu, 2) ? TSMREQ_TDI_RUN : TSMREQ_TDI_UNLOCKED;
	if (!calls[i].type)
		return call;
	call.shape = TSMREQ_SHAPE_VMGEXIT_TIO;
	call.message = (struct tsmreq_sev_message){
		.seqno = 1 + roll(vcpu, 1000), .type = calls[i].type, .version = 1, .size = 16};
	call.read[0] =
		(struct tsmreq_span){{vcpu->area + 0x1000}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0};
	call.write[0] =
		(struct tsmreq_span){{vcpu->area + 0x2000}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0};
	if (call.kind == TSMREQ_CALL_TDI_INFO) {
		call.u.tdi_info.want = TSMREQ_WANT_STATE | TSMREQ_WANT_MEASUREMENTS;
		call.u.tdi_info.data.raw = vcpu->area + 0x4000;
		call.u.tdi_info.pages = 2;
	} else if (call.kind == TSMREQ_CALL_SET_DMA) {
		call.u.dma.enable = roll(vcpu, 2) ? TSMREQ_YES : TSMREQ_NO;
		call.u.dma.vtom = UINT64_C(1) << 41;
	} else {
		call.u.mmio = (struct tsmreq_call_mmio){
			.base = {BAR}, .size = 0x10000, .to_private = TSMREQ_YES, .range = 0};
	}
	return call;
}

/* Success is a response page to this very message, and nothing less. */
static void look_at_response(struct vcpu_thread *vcpu, const struct tsmreq_call *call, bool success)
{
	uint8_t page[TSMREQ_SEV_PAGE_SIZE];
	const struct tsmreq_bytes bytes = {page, sizeof(page)};
	const struct tsmreq_gpa gpa = {vcpu->area + 0x2000};

	if (!success || !call->message.type)
		return;
	(void)storm_read_shared(vcpu->storm, gpa, page, sizeof(page));
	if (tsmreq_snp_check_response(call, bytes, 0) < 0)
		storm_wrong(vcpu->storm, "a message succeeds without a response");
}

static void snp_in_run(struct vcpu_thread *vcpu, const struct tsmreq_call *call)
{
	const struct tsmreq_exit exit = run_exit(vcpu);
	struct tsmreq_reply reply = {0};
	uint32_t fw_err;

	memset(vcpu->run, 0, sizeof(vcpu->run));
	vcpu->run[TSMREQ_KVM_RUN_EXIT_REASON] = 42;
	if (tsmreq_vmgexit_encode_call(TSMREQ_GHCB_TIO_A, call, vcpu->run + TSMREQ_KVM_RUN_EXIT,
				       TSMREQ_VMGEXIT_SIZE) < 0)
		storm_wrong(vcpu->storm, "no such exit");
	if (carry(vcpu, &exit, &reply) == TSMREQ_STEP_NOT_OURS)
		storm_wrong(vcpu->storm, "an exit of TIO's is not ours");
	fw_err = tsmreq_load_le32(vcpu->run + TSMREQ_KVM_RUN_EXIT + (call->message.type ? 52 : 12));
	look_at_response(vcpu, call, fw_err == 0);
}

static void snp_on_page(struct vcpu_thread *vcpu, struct tsmreq_call *call)
{
	struct tsmreq_exit exit = exit_of(vcpu, TSMREQ_EXIT_GHCB);
	uint8_t page[TSMREQ_GHCB_SIZE] = {0};
	struct tsmreq_reply reply = {0};

	call->shape = TSMREQ_SHAPE_GHCB_PAGE;
	if (tsmreq_ghcb_encode_call(TSMREQ_GHCB_TIO_A, call, page, sizeof(page)) < 0)
		storm_wrong(vcpu->storm, "no such page");
	storm_store(vcpu->storm, vcpu->area, page, sizeof(page));
	exit.ghcb.raw = vcpu->area;
	(void)carry(vcpu, &exit, &reply);
	if (reply.ghcb.info1 && reply.ghcb.info1 != TSMREQ_GHCB_MALFORMED)
		storm_wrong(vcpu->storm, "SW_EXITINFO1 %llu", (unsigned long long)reply.ghcb.info1);
	look_at_response(vcpu, call, !reply.ghcb.info1 && !reply.ghcb.info2);
}

static void snp(struct vcpu_thread *vcpu)
{
	static const uint8_t nothing[TSMREQ_SEV_PAGE_SIZE];
	struct tsmreq_call call = snp_call(vcpu);
	uint8_t page[TSMREQ_SEV_PAGE_SIZE];

	if (call.message.type) {
		if (tsmreq_snp_encode_message(&call, page, sizeof(page)) < 0)
			storm_wrong(vcpu->storm, "no such message");
		storm_store(vcpu->storm, vcpu->area + 0x1000, page, sizeof(page));
		storm_store(vcpu->storm, vcpu->area + 0x2000, nothing, sizeof(nothing));
	}
	if (roll(vcpu, 2))
		snp_in_run(vcpu, &call);
	else
		snp_on_page(vcpu, &call);
}

static void *run_vcpu(void *arg)
{
	struct vcpu_thread *vcpu = arg;
	const enum tsmreq_arch arch = vcpu->storm->opts.arch;

	for (uint64_t i = 0; i < exits && !LOOK(vcpu->storm->is_wrong); i++) {
		if (arch == TSMREQ_ARCH_CCA)
			realm(vcpu);
		else if (arch == TSMREQ_ARCH_TDX)
			td(vcpu);
		else
			snp(vcpu);
	}
	return NULL;
}

/* ---- the VMM */

struct vmm_thread {
	struct storm *storm;
	uint64_t seed;
	time_t started;
};

/* The first half belongs to one thread at a time, and can be renumbered; the rest to whoever. */
static bool is_shared(const struct dev *dev)
{
	return dev->index >= DEVICES / 2;
}

/* Nobody runs on it: the VMM looks what became of it. */
static void mend(struct dev *dev)
{
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;

	if (tsmreq_mock_get_state(dev->storm->mock, dev->id, &bound, &state) == 0 &&
	    tsmreq_vdev_is_uncertain(dev->vdev))
		(void)!tsmreq_vdev_clear_uncertain(dev->vdev, state);
}

/* It was detached: unbound, it may come again. */
static void give_back(struct dev *dev)
{
	struct tsmreq_result result;

	(void)!tsmreq_vdev_unlock(dev->vdev, &result);
	mend(dev);
}

static bool until_drained(struct vmm_thread *vmm, struct dev *dev, unsigned int before)
{
	while (LOOK(dev->drained) == before) {
		if (time(NULL) - vmm->started > PATIENCE)
			storm_wrong(vmm->storm, "device %u never drains", dev->index);
		if (LOOK(vmm->storm->is_wrong))
			return false;
		sched_yield();
	}
	PUT(dev->quiet, true);
	for (unsigned int i = 0; i < 3; i++)
		sched_yield();
	return true;
}

static void check(struct dev *dev, const char *what, bool good, int rc)
{
	if (!good)
		storm_wrong(dev->storm, "device %u: %s answers %d", dev->index, what, rc);
}

/* begin, DRAINED, end: told once, and nothing is sent from there on. */
static void detach_in_steps(struct vmm_thread *vmm, struct dev *dev)
{
	const struct tsmreq_guest_dev name = {LOOK(dev->name)};
	const unsigned int before = LOOK(dev->drained);
	int rc = tsmreq_guest_detach_begin(vmm->storm->guest, name);

	check(dev, "detach_begin", rc == 0, rc);
	if (!until_drained(vmm, dev, before))
		return;
	rc = tsmreq_guest_detach_end(vmm->storm->guest, name);
	check(dev, "detach_end", rc == 0, rc);
	check(dev, "DRAINED", LOOK(dev->drained) == before + 1, (int)(LOOK(dev->drained) - before));
	PUT(dev->quiet, false);
	give_back(dev);
	rc = storm_attach(dev);
	check(dev, "attach", rc == 0, rc);
}

static void reset_in_steps(struct vmm_thread *vmm, struct dev *dev)
{
	const struct tsmreq_guest_dev name = {LOOK(dev->name)};
	const unsigned int before = LOOK(dev->drained);
	struct tsmreq_result result;
	int rc = tsmreq_guest_reset_begin(vmm->storm->guest, name);

	check(dev, "reset_begin", rc == 0, rc);
	if (!until_drained(vmm, dev, before))
		return;
	mend(dev);
	/* what the unbind is told is the kernel's affair */
	PUT(dev->quiet, false);
	rc = tsmreq_guest_reset_end(vmm->storm->guest, name, &result);
	check(dev, "reset_end",
	      rc == 0 || (rc != -ENOENT && result.outcome != TSMREQ_OUTCOME_COMPLETED) ||
		      rc == -EREMOTEIO,
	      rc);
	check(dev, "DRAINED", LOOK(dev->drained) == before + 1, (int)(LOOK(dev->drained) - before));
}

static void renumber(struct vmm_thread *vmm, struct dev *dev)
{
	const uint32_t from = LOOK(dev->name), to = from ^ ELSEWHERE;
	const int rc = tsmreq_guest_renumber(vmm->storm->guest, (struct tsmreq_guest_dev){from},
					     (struct tsmreq_guest_dev){to});

	check(dev, "renumber", rc == 0, rc);
	PUT(dev->name, to);
}

/* Whoever comes first. */
static void end_shared(struct vmm_thread *vmm, struct dev *dev)
{
	const struct tsmreq_guest_dev name = {LOOK(dev->name)};
	struct tsmreq_result result;
	int rc;

	if (storm_is_steady(dev) || storm_roll(&vmm->seed, 2)) {
		rc = tsmreq_guest_reset(vmm->storm->guest, name, &result);
		check(dev, "reset", rc <= 0, rc);
		return;
	}
	rc = tsmreq_guest_detach(vmm->storm->guest, name);
	check(dev, "detach", rc == 0 || rc == -ENOENT, rc);
	if (rc < 0)
		return;
	give_back(dev);
	rc = storm_attach(dev);
	check(dev, "attach", rc == 0, rc);
}

static void end_own(struct vmm_thread *vmm, struct dev *dev)
{
	if (pthread_mutex_trylock(&dev->ends))
		return;
	switch (storm_is_steady(dev) ? 0 : storm_roll(&vmm->seed, 3)) {
	case 0:
		reset_in_steps(vmm, dev);
		break;
	case 1:
		detach_in_steps(vmm, dev);
		break;
	default:
		renumber(vmm, dev);
		break;
	}
	pthread_mutex_unlock(&dev->ends);
}

static void move_bars(struct vmm_thread *vmm, struct dev *dev)
{
	const uint64_t base =
		BAR + (uint64_t)dev->index * BAR_SIZE + 0x1000 * storm_roll(&vmm->seed, 4);
	const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {{{base}, BAR_SIZE}};
	const int rc = tsmreq_guest_set_bars(vmm->storm->guest,
					     (struct tsmreq_guest_dev){LOOK(dev->name)}, bars);

	check(dev, "set_bars", rc == 0 || rc == -ENOENT, rc);
}

static void *run_vmm(void *arg)
{
	struct vmm_thread *vmm = arg;
	struct tsmreq_guest *guest = vmm->storm->guest;
	struct tsmreq_guest_counters counters;
	uint64_t next;

	while (!LOOK(vmm->storm->over) && !LOOK(vmm->storm->is_wrong)) {
		struct dev *dev = storm_pick(vmm->storm, &vmm->seed);

		switch (storm_roll(&vmm->seed, 8)) {
		case 0:
			move_bars(vmm, dev);
			break;
		case 1:
			/* nothing that hurts, so that all of it is looked at */
			(void)tsmreq_guest_config_write_ok(
				guest, (struct tsmreq_guest_dev){LOOK(dev->name)}, 4, 2, 6, 6);
			break;
		case 2:
			tsmreq_guest_get_counters(guest, &counters);
			(void)tsmreq_guest_next_deadline(guest, &next);
			break;
		default:
			if (is_shared(dev))
				end_shared(vmm, dev);
			else
				end_own(vmm, dev);
			break;
		}
		sched_yield();
	}
	return NULL;
}

/* The VMM's loop: time passes, what is done is settled. */
static void *run_clock(void *arg)
{
	struct storm *storm = arg;
	const struct timespec moment = {0, 50000};
	uint64_t dice = seed;

	while (!LOOK(storm->stands_still)) {
		/* now and then nobody has looked at it for long */
		const uint64_t step = storm_roll(&dice, 8) ? 100 : TDX_GIVE_UP_MS;
		const uint64_t now = ADD(storm->now, storm_roll(&dice, step));

		if (storm->opts.arch == TSMREQ_ARCH_TDX)
			(void)tsmreq_guest_expire(storm->guest, now);
		if (storm->mode == MODE_WORKERS)
			(void)tsmreq_guest_dispatch(storm->guest);
		nanosleep(&moment, NULL);
	}
	return NULL;
}

/* ---- when it is over */

/* Everything drains, and then there is nothing left. */
static void detach_all(struct storm *storm)
{
	for (unsigned int i = 0; i < DEVICES; i++) {
		const struct tsmreq_guest_dev name = {LOOK(storm->devs[i].name)};
		int rc = tsmreq_guest_detach_begin(storm->guest, name);

		while (rc != -ENOENT) {
			rc = tsmreq_guest_detach_end(storm->guest, name);
			if (rc == 0)
				break;
			(void)tsmreq_guest_dispatch(storm->guest);
			sched_yield();
		}
		check(&storm->devs[i], "the last detach", rc == 0, rc);
	}
}

/* What the library believes of a TDI is so, or it does not know. */
static void look_at_books(struct storm *storm)
{
	for (unsigned int i = 0; i < DEVICES; i++) {
		const struct dev *dev = &storm->devs[i];
		enum tsmreq_mock_bound bound;
		enum tsmreq_tdi_state truth;

		assert_int_equal(tsmreq_mock_get_state(storm->mock, dev->id, &bound, &truth), 0);
		if (!tsmreq_vdev_is_uncertain(dev->vdev))
			assert_int_equal(tsmreq_vdev_get_state(dev->vdev), truth);
	}
}

static void look_at_counters(struct storm *storm)
{
	struct tsmreq_guest_counters counters;
	struct tally *tally = &storm->tally;

	tsmreq_guest_get_counters(storm->guest, &counters);
	assert_int_equal(counters.exits, LOOK(storm->exits));
	assert_int_equal(counters.not_ours, 0);
	assert_int_equal(counters.completed, LOOK(tally->completed));
	assert_int_equal(counters.failed, LOOK(tally->failed));
	assert_int_equal(counters.uncertain, LOOK(tally->uncertain));
	assert_true(counters.deferred <= LOOK(storm->deferrals));
	assert_int_equal(LOOK(storm->guest->snapshot_bytes), 0);
	assert_int_equal(LOOK(storm->guest->flight.count), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(storm->mock), 0);
	/* the dice have fallen so that all of it was met */
	assert_true(counters.completed > 100 && counters.refused > 100);
	if (storm->mode != MODE_SYNC && storm->opts.arch != TSMREQ_ARCH_SEV)
		assert_true(counters.deferred > 100);
}

static void storm(enum tsmreq_arch arch, enum mode mode)
{
	struct storm *storm = storm_new(arch, mode, seed);
	struct vcpu_thread vcpus[VCPUS];
	struct vmm_thread vmms[2];
	pthread_t threads[VCPUS], vmm_threads[2], clock;

	if (mode == MODE_OFFLOAD)
		storm_start_pool(storm);
	for (uint32_t i = 0; i < VCPUS; i++) {
		vcpus[i] = (struct vcpu_thread){.storm = storm,
						.index = i,
						.seed = seed + i,
						.area = i * AREA,
						.started = time(NULL)};
		assert_int_equal(pthread_create(&threads[i], NULL, run_vcpu, &vcpus[i]), 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		vmms[i] = (struct vmm_thread){storm, seed + VCPUS + i, time(NULL)};
		assert_int_equal(pthread_create(&vmm_threads[i], NULL, run_vmm, &vmms[i]), 0);
	}
	assert_int_equal(pthread_create(&clock, NULL, run_clock, storm), 0);
	for (unsigned int i = 0; i < VCPUS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	PUT(storm->over, true);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(vmm_threads[i], NULL), 0);
	/* not before: a thread that waits for a device to drain needs the others to go on */
	PUT(storm->stands_still, true);
	assert_int_equal(pthread_join(clock, NULL), 0);
	if (LOOK(storm->is_wrong))
		fail_msg("%s (seed %llu)", storm->wrong, (unsigned long long)seed);
	detach_all(storm);
	if (mode == MODE_OFFLOAD)
		storm_stop_pool(storm);
	look_at_counters(storm);
	if (LOOK(storm->is_wrong))
		fail_msg("%s (seed %llu)", storm->wrong, (unsigned long long)seed);
	if (mode == MODE_WORKERS)
		look_at_books(storm);
	storm_free(storm);
}

static void a_realm_alone(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_CCA, MODE_SYNC);
}

static void a_realm_with_workers(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_CCA, MODE_WORKERS);
}

static void a_realm_with_a_pool(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_CCA, MODE_OFFLOAD);
}

static void a_td_alone(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_TDX, MODE_SYNC);
}

static void a_td_with_workers(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_TDX, MODE_WORKERS);
}

static void a_td_with_a_pool(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_TDX, MODE_OFFLOAD);
}

static void an_snp_guest_alone(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_SEV, MODE_SYNC);
}

static void an_snp_guest_with_workers(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_SEV, MODE_WORKERS);
}

static void an_snp_guest_whose_vmm_binds(void **unused)
{
	(void)unused;
	storm(TSMREQ_ARCH_SEV, MODE_OFFLOAD);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realm_alone),
		cmocka_unit_test(a_realm_with_workers),
		cmocka_unit_test(a_realm_with_a_pool),
		cmocka_unit_test(a_td_alone),
		cmocka_unit_test(a_td_with_workers),
		cmocka_unit_test(a_td_with_a_pool),
		cmocka_unit_test(an_snp_guest_alone),
		cmocka_unit_test(an_snp_guest_with_workers),
		cmocka_unit_test(an_snp_guest_whose_vmm_binds),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		exits = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
