/* SPDX-License-Identifier: MIT */
/* Somebody else's program: a device is locked and its state told. */
#include <stdio.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

int main(void)
{
	const struct tsmreq_mock_opts mock_opts = {.size = sizeof(mock_opts),
						   .uapi = TSMREQ_UAPI_V6_OBJECTS};
	const struct tsmreq_mock_vdevice device = {.size = sizeof(device), .arch = TSMREQ_ARCH_CCA};
	const struct tsmreq_ctx_opts ctx_opts = {.size = sizeof(ctx_opts)};
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_ctx *ctx = NULL;
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_vdevice_id id;
	struct tsmreq_result result;
	int rc = tsmreq_mock_new(&mock, &mock_opts);

	if (rc == 0)
		rc = tsmreq_mock_add_vdevice(mock, &device, &id);
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock),
						   &ctx_opts);
	if (rc == 0)
		rc = tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL);
	if (rc == 0)
		rc = tsmreq_vdev_lock(vdev, &result);
	if (rc == 0)
		puts(tsmreq_tdi_state_to_string(tsmreq_vdev_get_state(vdev)));
	else
		fprintf(stderr, "%s\n", tsmreq_errno_to_string(rc));
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	tsmreq_mock_free(mock);
	return rc != 0;
}
