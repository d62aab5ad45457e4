/* SPDX-License-Identifier: MIT */
#ifndef PLAIN_VERBS_H
#define PLAIN_VERBS_H

#include <tsmreq/tsmreq.h>

/* Every typed call of a handle, with arguments that all revisions take, in an order that works. */

struct verb {
	const char *name;
	int (*call)(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);
};

static uint8_t verb_page[TSMREQ_SEV_PAGE_SIZE];
static uint8_t verb_room[TSMREQ_SEV_PAGE_SIZE];
static size_t verb_filled; /* bytes of verb_room the last call filled */

static int verb_read_object(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	struct tsmreq_buffer dst = {verb_room, sizeof(verb_room), 0};
	int rc = tsmreq_vdev_read_object(vdev, TSMREQ_OBJECT_INTERFACE_REPORT, 0, &dst, ret);

	verb_filled = dst.size;
	return rc;
}

static int verb_object_size(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	uint32_t size = 0;

	return tsmreq_vdev_get_object_size(vdev, TSMREQ_OBJECT_CERTIFICATE, &size, ret);
}

static int verb_regenerate_report(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	struct tsmreq_bytes none = {NULL, 0};

	return tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_INTERFACE_REPORT, 0, none, ret);
}

static int verb_regenerate_measurements(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	struct tsmreq_bytes nonce = {verb_page, TSMREQ_NONCE_SIZE};

	return tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_MEASUREMENTS, TSMREQ_REGEN_RAW,
					     nonce, ret);
}

static int verb_validate_mmio(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	struct tsmreq_mmio_range range = {{0x10000000}, 0x10001000, 0x20000000, -1, 0};

	return tsmreq_vdev_validate_mmio(vdev, &range, ret);
}

static int verb_request(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return tsmreq_vdev_request(vdev, 0, ret);
}

static int verb_dma(struct tsmreq_vdev *vdev, bool enable, struct tsmreq_result *ret)
{
	struct tsmreq_bytes request = {verb_page, sizeof(verb_page)};
	struct tsmreq_buffer response = {verb_room, sizeof(verb_room), 0};
	int rc = tsmreq_vdev_sev_set_dma(vdev, enable, request, &response, ret);

	verb_filled = response.size;
	return rc;
}

static int verb_dma_on(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return verb_dma(vdev, true, ret);
}

static int verb_dma_off(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return verb_dma(vdev, false, ret);
}

static int verb_guest_req(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	struct tsmreq_bytes request = {verb_page, sizeof(verb_page)};
	struct tsmreq_buffer response = {verb_room, sizeof(verb_room), 0};
	int rc = tsmreq_vdev_guest_req(vdev, TSMREQ_OP_SEV_MMIO_CONFIG, tsmreq_vdev_get_arch(vdev),
				       request, &response, ret);

	verb_filled = response.size;
	return rc;
}

static int verb_set_state_run(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_RUN, ret);
}

static const struct verb verbs[] = {
	{"bind", tsmreq_vdev_bind},
	{"lock", tsmreq_vdev_lock},
	{"regenerate-report", verb_regenerate_report},
	{"regenerate-measurements", verb_regenerate_measurements},
	{"object-size", verb_object_size},
	{"read-object", verb_read_object},
	{"validate-mmio", verb_validate_mmio},
	{"request", verb_request},
	{"set-state-run", verb_set_state_run},
	{"run", tsmreq_vdev_run},
	{"guest-req", verb_guest_req},
	{"dma-on", verb_dma_on},
	{"dma-off", verb_dma_off},
	{"unlock", tsmreq_vdev_unlock},
	{"unbind", tsmreq_vdev_unbind},
	{"destroy", tsmreq_vdev_destroy},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

#endif
