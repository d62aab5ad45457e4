/* SPDX-License-Identifier: MIT */
/*
 * Where allocating the vDevice binds (cca-v7), the BIND and UNBIND of an SEV guest are the VMM's to
 * do: the device is attached without a vDevice, which is made when the guest asks for it and
 * destroyed when it lets go.
 */
#include "small-vm.h"

#define KVM_EXIT_VMGEXIT 42 /* of AMD's tree */
#define FW_ERR		 (TSMREQ_KVM_RUN_EXIT + 12)
#define VIOMMU_TYPE	 2 /* the kernel's number for the host's IOMMU */

struct host {
	struct small_vm vm;
	uint32_t device, hwpt, viommu;
};

static const struct tsmreq_guest_dev dev = {VM_DEV};

/* ---- the VMM */

static int bind_device(struct host *host, struct tsmreq_answer *answer)
{
	const struct tsmreq_vdevice_args args = {.size = sizeof(args),
						 .viommu_id = host->viommu,
						 .dev_id = host->device,
						 .virt_id = dev};
	/* as AMD's driver leaves it; the guest is told by TDI_INFO */
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts),
					      .initial_state = TSMREQ_TDI_LOCKED};
	struct small_vm *vm = &host->vm;
	int rc = tsmreq_ctx_alloc_vdevice(vm->ctx, &args, &vm->id, &answer->result);

	if (rc == 0)
		rc = tsmreq_vdev_new(&vm->vdev, vm->ctx, vm->id, TSMREQ_ARCH_SEV, &opts);
	if (rc == 0)
		rc = tsmreq_guest_set_vdev(vm->guest, dev, vm->vdev);
	return rc;
}

/* The guest room lets go of the handle before it is destroyed. */
static int unbind_device(struct host *host, struct tsmreq_answer *answer)
{
	struct small_vm *vm = &host->vm;
	int rc = tsmreq_guest_set_vdev(vm->guest, dev, NULL);

	if (rc == 0 && vm->vdev)
		rc = tsmreq_vdev_destroy(vm->vdev, &answer->result);
	if (rc == 0)
		vm->vdev = tsmreq_vdev_free(vm->vdev);
	/* bound still, or nobody can tell: the guest room goes on watching over it */
	else if (vm->vdev && tsmreq_guest_set_vdev(vm->guest, dev, vm->vdev) < 0)
		rc = -EIO;
	return rc;
}

/* The device is this job's until it is finished. An rc that is not 0 is the guest's answer. */
static int act(struct host *host, struct tsmreq_job *job)
{
	const enum tsmreq_call_kind kind = tsmreq_job_get_call(job)->kind;
	struct tsmreq_answer answer = {.rc = -EOPNOTSUPP};

	if (kind == TSMREQ_CALL_BIND)
		answer.rc = bind_device(host, &answer);
	if (kind == TSMREQ_CALL_UNBIND)
		answer.rc = unbind_device(host, &answer);
	printf("  the VMM: %s\n", answer.rc == 0 ? "done" : tsmreq_errno_to_string(answer.rc));
	return tsmreq_job_finish(job, &answer);
}

static int serve(struct host *host, uint8_t run[TSMREQ_KVM_RUN_SIZE])
{
	const struct tsmreq_exit exit = {.size = sizeof(exit),
					 .form = TSMREQ_EXIT_KVM_RUN,
					 .run = run,
					 .run_size = TSMREQ_KVM_RUN_SIZE,
					 .vcpu_fd = -1};
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	rc = tsmreq_guest_handle(host->vm.guest, &exit, &job, &step, &reply);
	if (rc == 0 && step == TSMREQ_STEP_VMM) {
		rc = act(host, job);
		if (rc == 0)
			rc = tsmreq_guest_handle(host->vm.guest, &exit, &job, &step, &reply);
	}
	return rc == 0 && step != TSMREQ_STEP_DONE ? -EPROTO : rc;
}

/* ---- the guest */

static int ask(struct host *host, enum tsmreq_call_kind kind, enum tsmreq_tdi_state target)
{
	const struct tsmreq_call call = {.kind = kind,
					 .arch = TSMREQ_ARCH_SEV,
					 .shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP,
					 .dev = dev,
					 .u.state.target = target};
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {[TSMREQ_KVM_RUN_EXIT_REASON] = KVM_EXIT_VMGEXIT};
	int rc = tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &call, run + TSMREQ_KVM_RUN_EXIT,
					    TSMREQ_VMGEXIT_SIZE);

	if (rc == 0)
		rc = serve(host, run);
	printf("%s: %s\n", tsmreq_call_kind_to_string(kind),
	       rc == 0 && run[FW_ERR] == 0 ? "done" : "failed");
	return rc == 0 && run[FW_ERR] != 0 ? -EPROTO : rc;
}

static int play(struct host *host)
{
	int rc = 0;

	/* once more after the unbind: a vDevice of its own each time */
	for (int round = 0; rc == 0 && round < 2; round++) {
		rc = ask(host, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
		if (rc == 0)
			rc = ask(host, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN);
		if (rc == 0)
			rc = ask(host, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED);
		if (rc == 0)
			rc = ask(host, TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	}
	return rc;
}

/* ---- up and down */

static int make_host(struct host *host)
{
	const struct tsmreq_mock_opts kernel = {.size = sizeof(kernel), .uapi = TSMREQ_UAPI_CCA_V7};
	struct tsmreq_viommu_args args = {.size = sizeof(args), .type = VIOMMU_TYPE, .kvm_fd = -1};
	struct small_vm *vm = &host->vm;
	struct tsmreq_result result;
	int rc = tsmreq_mock_new(&vm->mock, &kernel);

	/* VFIO and IOMMU_HWPT_ALLOC on a real host */
	if (rc == 0)
		rc = tsmreq_mock_add_object(vm->mock, TSMREQ_MOCK_DEVICE, 0, &host->device);
	if (rc == 0)
		rc = tsmreq_mock_set_device_arch(vm->mock, host->device, TSMREQ_ARCH_SEV);
	if (rc == 0)
		rc = tsmreq_mock_add_object(vm->mock, TSMREQ_MOCK_HWPT, 0, &host->hwpt);
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&vm->ctx, tsmreq_mock_get_transport(vm->mock),
						   NULL);
	args.dev_id = host->device;
	args.hwpt_id = host->hwpt;
	return rc == 0 ? tsmreq_ctx_alloc_viommu(vm->ctx, &args, &host->viommu, &result) : rc;
}

static int make_guest(struct small_vm *vm)
{
	const struct tsmreq_guest_opts opts = {.size = sizeof(opts),
					       .ops = &vm->ops,
					       .arch = TSMREQ_ARCH_SEV,
					       .uapi = tsmreq_ctx_get_uapi(vm->ctx),
					       .kvm_abi = TSMREQ_KVM_SEV_TIO};
	int rc = tsmreq_guest_new(&vm->guest, &opts);

	/* no handle yet */
	return rc == 0 ? vm_attach(vm) : rc;
}

int main(void)
{
	struct tsmreq_result result;
	struct host host = {0};
	int rc;

	vm_init(&host.vm);
	rc = make_host(&host);
	if (rc == 0)
		rc = make_guest(&host.vm);
	if (rc == 0)
		rc = play(&host);
	if (rc == 0)
		rc = tsmreq_guest_detach(host.vm.guest, dev);
	if (rc == 0)
		rc = tsmreq_ctx_destroy(host.vm.ctx, host.viommu, &result);
	vm_stop(&host.vm);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
