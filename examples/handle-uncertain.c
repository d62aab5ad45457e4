/* SPDX-License-Identifier: MIT */
/*
 * The kernel fails a RUN after the device has run: what a VMM sees, what the library refuses from
 * then on, and how the VMM that looked gets the device back.
 */
#include <errno.h>
#include <stdio.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

/* On a real host: tsm/bound in sysfs. Unbound is a state that is known again. */
static int look_at_host(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			enum tsmreq_tdi_state *ret)
{
	enum tsmreq_mock_bound bound;
	int rc = tsmreq_mock_get_state(mock, id, &bound, ret);

	if (rc == 0 && bound == TSMREQ_MOCK_UNBOUND)
		*ret = TSMREQ_TDI_UNLOCKED;
	return rc;
}

static int recover(struct tsmreq_mock *mock, struct tsmreq_vdev *vdev)
{
	enum tsmreq_tdi_state state = TSMREQ_TDI_UNKNOWN;
	struct tsmreq_result result;

	/* cleaning up is never refused, but its 0 proves nothing */
	if (tsmreq_vdev_unlock(vdev, &result) < 0 || !tsmreq_vdev_is_uncertain(vdev))
		return -1;
	if (look_at_host(mock, tsmreq_vdev_get_id(vdev), &state) < 0)
		return -1;
	printf("the host says %s\n", tsmreq_tdi_state_to_string(state));
	if (tsmreq_vdev_clear_uncertain(vdev, state) < 0)
		return -1;
	return tsmreq_vdev_lock(vdev, &result);
}

int main(void)
{
	struct tsmreq_mock_opts kernel = {.size = sizeof(kernel), .uapi = TSMREQ_UAPI_JUNE};
	struct tsmreq_mock_vdevice device = {.size = sizeof(device), .arch = TSMREQ_ARCH_CCA};
	struct tsmreq_vdevice_id id = {0};
	struct tsmreq_result result;
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_ctx *ctx = NULL;
	int failed = 1;

	if (tsmreq_mock_new(&mock, &kernel) < 0 ||
	    tsmreq_mock_add_vdevice(mock, &device, &id) < 0 ||
	    tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock), NULL) < 0 ||
	    tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL) < 0 ||
	    tsmreq_vdev_lock(vdev, &result) < 0)
		goto out;

	/* the copy back of the structure fails, after the device has been started */
	if (tsmreq_mock_set_fault(mock, id.raw, "copyout-once") < 0)
		goto out;
	if (tsmreq_vdev_run(vdev, &result) != -EFAULT || result.outcome != TSMREQ_OUTCOME_UNCERTAIN)
		goto out;
	printf("run: %s\n", tsmreq_explain(TSMREQ_VERB_SET_TDI_STATE, -EFAULT, result.outcome));
	if (tsmreq_vdev_run(vdev, &result) != -ESTALE)
		goto out;
	printf("again: %s\n", tsmreq_explain(TSMREQ_VERB_SET_TDI_STATE, -ESTALE, result.outcome));

	failed = recover(mock, vdev) < 0;
	printf("locked again: %s\n", failed ? "no" : "yes");
out:
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	tsmreq_mock_free(mock);
	return failed;
}
