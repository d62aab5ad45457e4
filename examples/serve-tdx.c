/* SPDX-License-Identifier: MIT */
/*
 * A TD binds its device, reads the interface report, starts and unbinds it. Every call that needs
 * the kernel is deferred: the vCPU goes on at once and polls a byte of its buffer. A BIND that
 * takes too long is answered by the clock before the TD gives up, and undone when it comes after
 * all.
 */
#include "small-vm.h"

#define GPA_WIDTH   52
#define BUFFER	    0x8000u /* of the TD's, in shared memory; its pages */
#define BUFFER_SIZE 0x11000u
#define STATUS	    (BUFFER + 8) /* the byte the TD polls, and the error behind it */
#define VECTOR	    0x51

static const struct tsmreq_ghci_opts ghci = {sizeof(ghci), GPA_WIDTH, TSMREQ_GHCI_TDCM};

/* What the VMM has beside the guest room: a clock, and a queue for a thread pool. */
struct td_vm {
	struct small_vm vm;
	uint64_t now;
	struct tsmreq_job *queue[4];
	unsigned int queued;
};

/* ---- what is lent; userdata is struct small_vm, which comes first ---- */

static uint64_t now_ms(void *userdata)
{
	return ((struct td_vm *)userdata)->now;
}

static int inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	(void)userdata;
	printf("  interrupt %#x for vCPU %u\n", vector, vcpu);
	return 0;
}

/* Must not block. A job that is not taken is answered at once: come again. */
static int offload(void *userdata, struct tsmreq_job *job)
{
	struct td_vm *td = userdata;

	if (td->queued == sizeof(td->queue) / sizeof(td->queue[0]))
		return -EAGAIN;
	td->queue[td->queued++] = job;
	return 0;
}

/* What a thread of the pool does with each (qemu-style.c has real ones). */
static int run_queue(struct td_vm *td)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < td->queued; i++) {
		do /* interrupted before anything was sent: the same bytes again */
			rc = tsmreq_job_run(td->queue[i]);
		while (rc == -EAGAIN);
		if (rc == 0)
			rc = tsmreq_job_settle(td->queue[i]);
	}
	td->queued = 0;
	return rc;
}

/* The VMM's timer. */
static void tick(struct td_vm *td)
{
	uint64_t deadline;

	if (!tsmreq_guest_next_deadline(td->vm.guest, &deadline))
		return;
	printf("  the timer is due at %llu ms, and so it is\n", (unsigned long long)deadline);
	td->now = deadline;
	printf("  answered by the clock: %u\n", tsmreq_guest_expire(td->vm.guest, td->now));
}

/* ---- the VMM's loop ---- */

/* Registers in, R10 out. No KVM is known to carry this leaf in kvm_run. */
static int serve(struct td_vm *td, const struct tsmreq_ghci_exit *registers, uint64_t *ret_r10)
{
	const struct tsmreq_exit exit = {
		.size = sizeof(exit), .form = TSMREQ_EXIT_GHCI, .ghci = *registers, .vcpu_fd = -1};
	enum tsmreq_call_kind kind;
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	rc = tsmreq_guest_prepare(td->vm.guest, &exit, &job, &step);
	if (rc < 0 || step == TSMREQ_STEP_NOT_OURS)
		return rc < 0 ? rc : -ENOTSUP;
	kind = tsmreq_job_get_call(job)->kind;
	if (step == TSMREQ_STEP_RUN_NOW)
		rc = tsmreq_job_run(job);
	if (rc == 0)
		rc = tsmreq_job_answer(job, &reply);
	if (rc < 0)
		return rc;
	printf("%-13s  %-8s  R10 %s\n", tsmreq_call_kind_to_string(kind),
	       tsmreq_step_to_string(step), tsmreq_ghci_r10_to_string(reply.r10));
	*ret_r10 = reply.r10;
	return 0;
}

/* ---- the guest ---- */

/* The command into the buffer, then TDG.VP.VMCALL<TDCM>. */
static int ask(struct td_vm *td, enum tsmreq_call_kind kind)
{
	struct tsmreq_call call = {
		.kind = kind,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.vector = VECTOR,
		.dev = {VM_DEV},
		.write[0] = {{BUFFER}, BUFFER_SIZE, TSMREQ_SPAN_TDCM_BUFFER, 0},
	};
	struct tsmreq_buffer command = {td->vm.ram + BUFFER, BUFFER_SIZE, 0};
	struct tsmreq_ghci_exit registers;
	uint64_t r10;
	int rc;

	if (kind == TSMREQ_CALL_SET_TDI_STATE)
		call.u.state.target = TSMREQ_TDI_RUN;
	if (kind == TSMREQ_CALL_READ_OBJECT)
		call.u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT;
	memset(td->vm.ram + BUFFER, 0, BUFFER_SIZE);
	rc = tsmreq_ghci_encode_command(&call, &command);
	if (rc == 0)
		rc = tsmreq_ghci_encode_call(&ghci, &call, &registers);
	if (rc == 0)
		rc = serve(td, &registers, &r10);
	return rc == 0 && r10 != TSMREQ_GHCI_SUCCESS ? -EPROTO : rc;
}

static void look(const struct td_vm *td)
{
	static const char *const words[] = {"WAIT", "COMPLETED", "ERROR"};
	const uint8_t *status = td->vm.ram + STATUS;

	printf("guest: status %s", words[*status % 3]);
	if (*status == TSMREQ_TDCM_ERROR)
		printf(", %s", tsmreq_tdcm_error_to_string(status[1]));
	printf("\n");
}

/* One call, and its answer once the pool has had its turn. */
static int ask_and_wait(struct td_vm *td, enum tsmreq_call_kind kind)
{
	int rc = ask(td, kind);

	if (rc == 0)
		rc = run_queue(td);
	look(td);
	return rc == 0 && td->vm.ram[STATUS] != TSMREQ_TDCM_COMPLETED ? -EPROTO : rc;
}

static int play(struct td_vm *td)
{
	static const enum tsmreq_call_kind life[] = {
		TSMREQ_CALL_CHECK_SUPPORT, TSMREQ_CALL_BIND,   TSMREQ_CALL_READ_OBJECT,
		TSMREQ_CALL_SET_TDI_STATE, TSMREQ_CALL_UNBIND,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(life) / sizeof(life[0]); i++)
		rc = ask_and_wait(td, life[i]);
	return rc;
}

/* While the kernel is at it: the timer fires, and the TD takes its buffer back. */
static void give_up(struct small_vm *vm)
{
	struct td_vm *td = (struct td_vm *)vm;

	vm->meanwhile = NULL;
	tick(td);
	look(td);
	memset(vm->ram + BUFFER, 0xaa, BUFFER_SIZE);
}

static int play_late(struct td_vm *td)
{
	enum tsmreq_mock_bound bound = TSMREQ_MOCK_BOUND;
	enum tsmreq_tdi_state state;
	int rc = ask(td, TSMREQ_CALL_BIND);

	look(td);
	td->vm.meanwhile = give_up;
	if (rc == 0)
		rc = run_queue(td);
	if (rc == 0)
		rc = tsmreq_mock_get_state(td->vm.mock, td->vm.id, &bound, &state);
	/* nothing was written to what is the TD's own again */
	if (rc == 0 && (bound != TSMREQ_MOCK_UNBOUND || td->vm.ram[STATUS] != 0xaa))
		rc = -EPROTO;
	printf("the late BIND was undone: %s\n", bound == TSMREQ_MOCK_UNBOUND ? "yes" : "no");
	return rc;
}

int main(void)
{
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_TDX, .gpa_width = GPA_WIDTH};
	const struct tsmreq_guest_dev dev = {VM_DEV};
	struct tsmreq_result result;
	struct td_vm td = {0};
	int rc;

	vm_init(&td.vm);
	td.vm.ops.now_ms = now_ms;
	td.vm.ops.inject = inject;
	td.vm.ops.offload = offload;
	rc = vm_start(&td.vm, TSMREQ_UAPI_JUNE, &opts);
	if (rc == 0)
		rc = play(&td);
	if (rc == 0)
		rc = play_late(&td);
	if (rc == 0)
		rc = tsmreq_guest_reset(td.vm.guest, dev, &result);
	vm_stop(&td.vm);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
