/* SPDX-License-Identifier: MIT */
/*
 * The objects a VMM makes before a guest can ask for anything, then LOCK, RUN, UNLOCK, and the way
 * down: leaf first, and unbound before its VFIO descriptor is closed.
 */
#include <stdio.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

static int say(enum tsmreq_verb verb, const char *what, int rc, const struct tsmreq_result *result)
{
	if (rc < 0)
		printf("%s: %s, %s: %s\n", what, tsmreq_errno_to_string(rc),
		       tsmreq_outcome_to_string(result->outcome),
		       tsmreq_explain(verb, rc, result->outcome));
	else
		printf("%s: done\n", what);
	return rc;
}

/* What VFIO and IOMMU_HWPT_ALLOC do on a real host. */
static int make_host(struct tsmreq_mock **mock, uint32_t *device, uint32_t *hwpt)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};

	if (tsmreq_mock_new(mock, &opts) < 0 ||
	    tsmreq_mock_add_object(*mock, TSMREQ_MOCK_DEVICE, 0, device) < 0 ||
	    tsmreq_mock_add_object(*mock, TSMREQ_MOCK_HWPT, 0, hwpt) < 0)
		return -1;
	return 0;
}

static int serve(struct tsmreq_vdev *vdev)
{
	struct tsmreq_result result;

	if (say(TSMREQ_VERB_SET_TDI_STATE, "lock", tsmreq_vdev_lock(vdev, &result), &result) < 0 ||
	    say(TSMREQ_VERB_SET_TDI_STATE, "run", tsmreq_vdev_run(vdev, &result), &result) < 0 ||
	    say(TSMREQ_VERB_SET_TDI_STATE, "unlock", tsmreq_vdev_unlock(vdev, &result), &result) <
		    0)
		return -1;
	return say(TSMREQ_VERB_DESTROY, "destroy the vDevice", tsmreq_vdev_destroy(vdev, &result),
		   &result);
}

int main(void)
{
	struct tsmreq_viommu_args viommu = {.size = sizeof(viommu), .type = 3, .kvm_fd = -1};
	struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice)};
	struct tsmreq_vdevice_id id = {0};
	struct tsmreq_result result;
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_ctx *ctx = NULL;
	int rc = -1;

	if (make_host(&mock, &viommu.dev_id, &viommu.hwpt_id) < 0)
		goto out;
	if (tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock), NULL) < 0)
		goto out;

	rc = tsmreq_ctx_alloc_viommu(ctx, &viommu, &vdevice.viommu_id, &result);
	if (say(TSMREQ_VERB_ALLOC_VIOMMU, "vIOMMU", rc, &result) < 0)
		goto out;
	vdevice.dev_id = viommu.dev_id;
	vdevice.virt_id.raw = 0x100; /* 0000:01:00.0 as the guest will name it */
	rc = tsmreq_ctx_alloc_vdevice(ctx, &vdevice, &id, &result);
	if (say(TSMREQ_VERB_ALLOC_VDEVICE, "vDevice", rc, &result) < 0)
		goto out;

	rc = tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL);
	if (rc == 0)
		rc = serve(vdev);
	if (rc == 0)
		rc = say(TSMREQ_VERB_DESTROY, "destroy the vIOMMU",
			 tsmreq_ctx_destroy(ctx, vdevice.viommu_id, &result), &result);
out:
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	tsmreq_mock_free(mock);
	return rc < 0;
}
