/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/sized.h"
#include "core/vdev.h"

#define ALL_QUIRKS                                                                             \
	(TSMREQ_QUIRK_EINTR_UNSURE | TSMREQ_QUIRK_PAYLOAD_MARCH | TSMREQ_QUIRK_PAYLOAD_APRIL | \
	 TSMREQ_QUIRK_VCA_IS_4 | TSMREQ_QUIRK_VCA_IS_0 | TSMREQ_QUIRK_REGEN_FLAGS)

static bool contradict(uint32_t quirks, uint32_t one, uint32_t other)
{
	return (quirks & one) && (quirks & other);
}

int tsmreq_vdev_new(struct tsmreq_vdev **ret, struct tsmreq_ctx *ctx, struct tsmreq_vdevice_id id,
		    enum tsmreq_arch arch, const struct tsmreq_vdev_opts *opts)
{
	struct tsmreq_vdev_opts o;
	struct tsmreq_vdev *vdev;
	int rc;

	if (ret == NULL || ctx == NULL)
		return -EINVAL;
	rc = tsmreq_sized_copy(&o, sizeof(o), sizeof(o), opts);
	if (rc < 0)
		return rc;
	if ((unsigned int)arch - 1u >= REV_ARCH_COUNT ||
	    (unsigned int)o.initial_state > TSMREQ_TDI_UNKNOWN || (o.quirks & ~ALL_QUIRKS) ||
	    contradict(o.quirks, TSMREQ_QUIRK_PAYLOAD_MARCH, TSMREQ_QUIRK_PAYLOAD_APRIL) ||
	    contradict(o.quirks, TSMREQ_QUIRK_VCA_IS_4, TSMREQ_QUIRK_VCA_IS_0))
		return -EINVAL;

	vdev = malloc(sizeof(*vdev));
	if (vdev == NULL)
		return -ENOMEM;
	vdev->ctx = tsmreq_ctx_ref(ctx);
	vdev->id = id;
	vdev->speaker = (struct rev_speaker){.row = ctx->row, .arch = arch, .quirks = o.quirks};
	atomic_flag_clear(&vdev->busy);
	atomic_init(&vdev->held, o.initial_state == TSMREQ_TDI_UNKNOWN);
	atomic_init(&vdev->gone, false);
	atomic_init(&vdev->state, o.initial_state);
	*ret = vdev;
	return 0;
}

struct tsmreq_vdev *tsmreq_vdev_free(struct tsmreq_vdev *vdev)
{
	if (vdev != NULL)
		tsmreq_ctx_free(vdev->ctx);
	free(vdev);
	return NULL;
}

struct tsmreq_vdevice_id tsmreq_vdev_get_id(const struct tsmreq_vdev *vdev)
{
	return vdev->id;
}

enum tsmreq_arch tsmreq_vdev_get_arch(const struct tsmreq_vdev *vdev)
{
	return vdev->speaker.arch;
}

enum tsmreq_tdi_state tsmreq_vdev_get_state(const struct tsmreq_vdev *vdev)
{
	return atomic_load(&vdev->state);
}

bool tsmreq_vdev_is_uncertain(const struct tsmreq_vdev *vdev)
{
	return atomic_load(&vdev->held);
}

int tsmreq_vdev_clear_uncertain(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state state)
{
	struct tsmreq_result unused;
	int rc;

	rc = tsmreq_vdev_begin(vdev, &unused);
	if (rc < 0)
		return rc;
	/* "I looked and cannot tell" lifts nothing */
	if ((unsigned int)state >= TSMREQ_TDI_UNKNOWN)
		return tsmreq_vdev_end(vdev, -EINVAL);
	atomic_store(&vdev->state, state);
	atomic_store(&vdev->held, false);
	return tsmreq_vdev_end(vdev, 0);
}

void tsmreq_vdev_hold(struct tsmreq_vdev *vdev)
{
	atomic_store(&vdev->state, TSMREQ_TDI_UNKNOWN);
	atomic_store(&vdev->held, true);
}
