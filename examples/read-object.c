/* SPDX-License-Identifier: MIT */
/*
 * Evidence: ask for the size, read the whole object, start over when it changed in between. Fresh
 * measurements need a nonce, in the VMM's own memory and never in the guest's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

#define ROUNDS 3

static int read_whole(struct tsmreq_vdev *vdev, enum tsmreq_object object,
		      struct tsmreq_buffer *room)
{
	struct tsmreq_result result;
	uint32_t size;
	int rc;

	for (int round = 0; round < ROUNDS; round++) {
		rc = tsmreq_vdev_get_object_size(vdev, object, &size, &result);
		if (rc < 0)
			return rc;
		room->data = calloc(1, size);
		if (room->data == NULL)
			return -ENOMEM;
		room->capacity = size;
		rc = tsmreq_vdev_read_object(vdev, object, size, room, &result);
		if (rc == 0)
			return 0;
		free(room->data);
		room->data = NULL;
		if (rc != -EBADE && rc != -E2BIG)
			return rc;
	}
	return -EAGAIN;
}

static int show_all(struct tsmreq_vdev *vdev)
{
	static const enum tsmreq_object objects[] = {TSMREQ_OBJECT_CERTIFICATE, TSMREQ_OBJECT_VCA,
						     TSMREQ_OBJECT_MEASUREMENTS,
						     TSMREQ_OBJECT_INTERFACE_REPORT};

	for (unsigned int i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct tsmreq_buffer room = {0};
		int rc = read_whole(vdev, objects[i], &room);

		if (rc < 0)
			return rc;
		printf("%-12s %zu bytes\n", tsmreq_object_to_string(objects[i]), room.size);
		free(room.data);
	}
	return 0;
}

int main(void)
{
	/* a verifier's: from the guest, copied once */
	static const uint8_t nonce[TSMREQ_NONCE_SIZE] = {1, 2, 3, 4};
	struct tsmreq_mock_opts kernel = {.size = sizeof(kernel), .uapi = TSMREQ_UAPI_V6_OBJECTS};
	struct tsmreq_mock_vdevice device = {
		.size = sizeof(device), .flags = TSMREQ_MOCK_OBJECTS, .arch = TSMREQ_ARCH_CCA};
	struct tsmreq_bytes bytes = {nonce, sizeof(nonce)};
	struct tsmreq_vdevice_id id = {0};
	struct tsmreq_result result;
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_ctx *ctx = NULL;
	int rc;

	rc = tsmreq_mock_new(&mock, &kernel);
	if (rc == 0)
		rc = tsmreq_mock_add_vdevice(mock, &device, &id);
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock), NULL);
	if (rc == 0)
		rc = tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL);
	/* a guest on this row may be left without objects: ask before it is told it has them */
	if (rc == 0 && !tsmreq_ctx_has(ctx, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_OBJECTS))
		rc = -EOPNOTSUPP;
	if (rc == 0)
		rc = tsmreq_vdev_lock(vdev, &result);
	if (rc == 0)
		rc = tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_MEASUREMENTS,
						   TSMREQ_REGEN_RAW, bytes, &result);
	if (rc == 0)
		rc = show_all(vdev);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	tsmreq_mock_free(mock);
	return rc < 0;
}
