/* SPDX-License-Identifier: MIT */
#include "scene.h"

#define DEV ((struct tsmreq_guest_dev){SCENE_DEV})

/* ---- made and ended */

static bool binds_at_alloc(const struct scene *scene)
{
	return tsmreq_uapi_has(scene->kind.uapi, scene->kind.arch, TSMREQ_FEATURE_BIND_AT_ALLOC);
}

bool scene_vmm_binds(const struct scene *scene)
{
	return scene->kind.arch == TSMREQ_ARCH_SEV && binds_at_alloc(scene);
}

/* One that was there before, with its evidence cached. */
int scene_new_vdev(struct scene *scene)
{
	const struct tsmreq_mock_vdevice device = {
		.size = sizeof(device),
		.arch = scene->kind.arch,
		.flags = TSMREQ_MOCK_OBJECTS,
		.bound = binds_at_alloc(scene) ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
		.state = scene_vmm_binds(scene) ? TSMREQ_TDI_LOCKED : TSMREQ_TDI_UNLOCKED,
		.virt_id = {SCENE_DEV},
	};
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .initial_state = device.state};
	int rc = tsmreq_mock_add_vdevice(scene->mock, &device, &scene->id);

	return rc < 0 ? rc
		      : tsmreq_vdev_new(&scene->vdev, scene->ctx, scene->id, scene->kind.arch,
					&opts);
}

static enum tsmreq_kvm_abi kvm_abi(const struct scene_kind *kind)
{
	if (kind->arch == TSMREQ_ARCH_SEV)
		return TSMREQ_KVM_SEV_TIO;
	if (kind->arch != TSMREQ_ARCH_CCA)
		return (enum tsmreq_kvm_abi)0;
	if (kind->uapi == TSMREQ_UAPI_V2)
		return TSMREQ_KVM_CCA_V2;
	if (kind->uapi < TSMREQ_UAPI_JUNE)
		return TSMREQ_KVM_CCA_V4;
	return kind->uapi == TSMREQ_UAPI_CCA_V7 ? TSMREQ_KVM_CCA_V7 : TSMREQ_KVM_CCA_V6;
}

void scene_set_up(struct scene *scene, const struct scene_kind *kind)
{
	memset(scene, 0, sizeof(*scene));
	scene->kind = *kind;
	scene->now = 1000;
	scene_lend(scene);
	scene->opts = (struct tsmreq_guest_opts){
		.size = sizeof(scene->opts),
		.ops = &scene->ops,
		.arch = kind->arch,
		.uapi = kind->uapi,
		.kvm_abi = kvm_abi(kind),
		.ghcb_abi = TSMREQ_GHCB_AUTO,
		.gpa_width = 52,
		.shared_base = UINT64_C(1) << 40,
		.vcpus = 2,
		.max_devices = 2,
		.max_jobs = 2,
	};
}

/* What a vDevice stands on, for a VMM that allocates it when the guest binds. */
static int add_ground(struct scene *scene)
{
	int rc = tsmreq_mock_add_object(scene->mock, TSMREQ_MOCK_VIOMMU, 0, &scene->viommu);

	if (rc == 0)
		rc = tsmreq_mock_add_object(scene->mock, TSMREQ_MOCK_DEVICE, 0, &scene->device);
	return rc < 0 ? rc
		      : tsmreq_mock_set_device_arch(scene->mock, scene->device, scene->kind.arch);
}

int scene_begin(struct scene *scene)
{
	const struct tsmreq_mock_opts mock = {.size = sizeof(mock), .uapi = scene->kind.uapi};
	const struct tsmreq_transport door = {sizeof(door), scene_submit, NULL, scene};
	const struct tsmreq_ctx_opts ctx = {.size = sizeof(ctx), .uapi = scene->kind.uapi};
	struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.dev = {SCENE_DEV},
		.virt_id = {SCENE_DEV},
		.bars = {{{SCENE_BAR}, SCENE_BAR_END - SCENE_BAR}},
		.pcie_cap = 0x70,
		.flags = TSMREQ_DEVICE_TEE_IO,
	};
	int rc;

	rc = tsmreq_mock_new(&scene->mock, &mock);
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&scene->ctx, &door, &ctx);
	if (rc == 0)
		rc = scene_vmm_binds(scene) ? add_ground(scene) : scene_new_vdev(scene);
	if (rc == 0)
		rc = tsmreq_guest_new(&scene->guest, &scene->opts);
	device.vdev = scene->vdev;
	if (rc == 0)
		rc = tsmreq_guest_attach(scene->guest, &device);
	return rc;
}

void scene_finish(struct scene *scene)
{
	tsmreq_guest_free(scene->guest);
	tsmreq_vdev_free(scene->vdev);
	tsmreq_ctx_free(scene->ctx);
	tsmreq_mock_free(scene->mock);
	scene_check(scene, !scene->is_mapped);
}

void scene_name(const struct scene_kind *kind, char *ret, size_t size)
{
	snprintf(ret, size, "%s-%s%s%s", tsmreq_uapi_to_string(kind->uapi),
		 tsmreq_arch_to_string(kind->arch), kind->on_page ? "-page" : "",
		 kind->deferred ? "-deferred" : "");
}

bool scene_kind_at(unsigned int i, struct scene_kind *ret)
{
	static const struct {
		enum tsmreq_arch arch;
		bool on_page, deferred;
	} ways[] = {
		{TSMREQ_ARCH_CCA, false, false}, {TSMREQ_ARCH_CCA, false, true},
		{TSMREQ_ARCH_TDX, false, false}, {TSMREQ_ARCH_TDX, false, true},
		{TSMREQ_ARCH_SEV, false, false}, {TSMREQ_ARCH_SEV, true, false},
	};
	enum tsmreq_uapi uapi;

	for (unsigned int row = 0; tsmreq_uapi_at(row, &uapi); row++) {
		for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
			const struct scene_kind kind = {uapi, ways[way].arch, ways[way].on_page,
							ways[way].deferred};
			struct scene *scene = malloc(sizeof(*scene));
			int rc;

			scene_set_up(scene, &kind);
			rc = scene_begin(scene);
			scene_finish(scene);
			free(scene);
			if (rc < 0)
				continue;
			*ret = kind;
			if (!i--)
				return true;
		}
	}
	return false;
}

enum tsmreq_tdi_state scene_really(const struct scene *scene)
{
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;

	if (!scene->vdev || tsmreq_mock_get_state(scene->mock, scene->id, &bound, &state) < 0)
		return TSMREQ_TDI_UNLOCKED;
	return state;
}

/* ---- an exit to its end, as a VMM takes it there */

/* SEV where allocating binds: UNBIND destroys. */
static int take_vdev_away(struct scene *scene)
{
	struct tsmreq_result result;
	int rc;

	if (!scene->vdev)
		return 0;
	rc = tsmreq_guest_set_vdev(scene->guest, DEV, NULL);
	if (rc == 0)
		rc = tsmreq_vdev_destroy(scene->vdev, &result);
	if (rc < 0)
		return tsmreq_guest_set_vdev(scene->guest, DEV, scene->vdev) < 0 ? -EPROTO : rc;
	scene->vdev = tsmreq_vdev_free(scene->vdev);
	return 0;
}

/* And BIND allocates: so one that is there goes first. */
static int bring_vdev(struct scene *scene)
{
	const struct tsmreq_vdevice_args args = {
		.size = sizeof(args),
		.viommu_id = scene->viommu,
		.dev_id = scene->device,
		.virt_id = DEV,
	};
	const struct tsmreq_vdev_opts opts = {
		.size = sizeof(opts),
		.initial_state = TSMREQ_TDI_LOCKED,
	};
	struct tsmreq_result result;
	int rc = take_vdev_away(scene);

	if (rc == 0)
		rc = tsmreq_ctx_alloc_vdevice(scene->ctx, &args, &scene->id, &result);
	if (rc == 0)
		rc = tsmreq_vdev_new(&scene->vdev, scene->ctx, scene->id, TSMREQ_ARCH_SEV, &opts);
	return rc < 0 ? rc : tsmreq_guest_set_vdev(scene->guest, DEV, scene->vdev);
}

static void act(struct scene *scene, struct tsmreq_job *job)
{
	const enum tsmreq_call_kind kind = tsmreq_job_get_call(job)->kind;
	struct tsmreq_answer answer = {.rc = 0};

	scene_check(scene, kind == TSMREQ_CALL_BIND || kind == TSMREQ_CALL_UNBIND);
	answer.rc = kind == TSMREQ_CALL_BIND ? bring_vdev(scene) : take_vdev_away(scene);
	/* kvm_run has no word for "later" */
	if (answer.rc == -EINTR || answer.rc == -EAGAIN || answer.rc == -EBUSY)
		answer.rc = -EIO;
	scene_check(scene, tsmreq_job_finish(job, &answer) == 0);
}

/* A vCPU that is kicked three times is torn down. */
void scene_run(struct scene *scene, struct tsmreq_job *job)
{
	const struct tsmreq_answer never = {.rc = -ECANCELED};
	int rc;

	scene->running = job;
	rc = tsmreq_job_run(job);
	for (unsigned int i = 0; rc == -EAGAIN && i < 2; i++) {
		scene->kicks++;
		rc = tsmreq_job_run(job);
	}
	if (rc == -EAGAIN)
		rc = tsmreq_job_finish(job, &never);
	scene->running = NULL;
	scene_check(scene, rc == 0 || rc == -ENODEV);
}

void scene_run_pool(struct scene *scene)
{
	for (unsigned int i = 0; i < scene->pooled; i++) {
		scene_run(scene, scene->pool[i]);
		scene_check(scene, tsmreq_job_settle(scene->pool[i]) == 0);
	}
	scene->pooled = 0;
}

bool scene_drive(struct scene *scene, const struct tsmreq_exit *exit, struct tsmreq_reply *reply)
{
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	memset(reply, 0, sizeof(*reply));
	scene->read_count = 0;
	rc = tsmreq_guest_prepare(scene->guest, exit, &job, &step);
	if (rc < 0) {
		scene_check(scene, rc == -EFAULT && exit->form == TSMREQ_EXIT_GHCB);
		return false;
	}
	if (!job)
		return false;
	if (step == TSMREQ_STEP_RUN_NOW || step == TSMREQ_STEP_VMM)
		scene_run(scene, job);
	if (step == TSMREQ_STEP_VMM)
		act(scene, job);
	scene_check(scene, tsmreq_job_answer(job, reply) == 0);
	scene_check(scene, reply->form == exit->form);
	return reply->action != TSMREQ_ACTION_STOP;
}
