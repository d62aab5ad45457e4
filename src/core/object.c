/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "core/vdev.h"

/* Evidence: size, read, regenerate. */

static bool is_object(enum tsmreq_object object)
{
	return (unsigned int)object <= TSMREQ_OBJECT_INTERFACE_REPORT;
}

/* An answer that cannot be: these calls never leave anything behind, so it is FAILED. */
static int broken(struct tsmreq_result *ret)
{
	ret->outcome = TSMREQ_OUTCOME_FAILED;
	return -EBADE;
}

static int get_size(struct tsmreq_vdev *vdev, enum tsmreq_object object, uint32_t *ret_size,
		    struct tsmreq_result *ret)
{
	uint8_t answer[REV_OBJECT_SIZE_BYTES];
	struct request rq;
	uint32_t size;
	int rc;

	if (ret_size == NULL || !is_object(object))
		return -EINVAL;
	*ret_size = 0;
	rc = tsmreq_rev_payload_size(&vdev->speaker, object, &rq.payload);
	if (rc < 0)
		return rc;
	tsmreq_vdev_start(vdev, TSMREQ_OP_OBJECT_INFO, &rq);
	/* exactly 4 bytes: more room would only leave a residue */
	rq.say.resp = answer;
	rq.say.resp_len = sizeof(answer);
	rc = tsmreq_vdev_send_payload(vdev, &rq, ret);
	if (ret->outcome != TSMREQ_OUTCOME_COMPLETED)
		return rc;
	size = tsmreq_load_le32(answer);
	/* an empty object is answered by not writing at all */
	if (size == 0)
		return rc < 0 ? rc : -ENODATA;
	if (ret->residue != 0)
		return broken(ret);
	*ret_size = size;
	/* the kernel's is signed: -1 would read as 4 GiB */
	return size > TSMREQ_LENGTH_MAX ? broken(ret) : rc;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
	/* each byte like the one before it */
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* @rc is 0 or -EREMOTEIO: kernel and TSM have answered. */
static int conclude_read(uint32_t expect, struct tsmreq_buffer *dst, int rc,
			 struct tsmreq_result *ret)
{
	size_t written = dst->capacity - ret->residue;

	/* a cached object without bytes answers 0 and writes nothing, which reads as "full" */
	if (written == 0 || (ret->residue == 0 && all_zero(dst->data, written)))
		return rc < 0 ? rc : -ENODATA;
	/* it changed between the size and the read */
	if (expect != 0 && written != expect)
		return broken(ret);
	dst->size = written;
	return rc;
}

static int read_object(struct tsmreq_vdev *vdev, enum tsmreq_object object, uint32_t expect,
		       struct tsmreq_buffer *dst, struct tsmreq_result *ret)
{
	struct request rq;
	int rc;

	/* refuse: an empty room would turn the meaning of the residue round */
	if (dst == NULL || dst->data == NULL || dst->capacity == 0 || !is_object(object))
		return -EINVAL;
	dst->size = 0;
	if (expect > dst->capacity)
		return -EINVAL;

	/* say it, send */
	rc = tsmreq_rev_payload_read(&vdev->speaker, object, &rq.payload);
	if (rc < 0)
		return rc;
	tsmreq_vdev_start(vdev, TSMREQ_OP_READ_OBJECT, &rq);
	rq.say.resp = dst->data;
	rq.say.resp_len = dst->capacity;
	rc = tsmreq_vdev_send_payload(vdev, &rq, ret);

	/* conclude */
	if (ret->outcome == TSMREQ_OUTCOME_COMPLETED)
		rc = conclude_read(expect, dst, rc, ret);
	if (ret->outcome != TSMREQ_OUTCOME_NOT_SENT && dst->size == 0)
		memset(dst->data, 0, dst->capacity);
	return rc;
}

static int regenerate(struct tsmreq_vdev *vdev, enum tsmreq_object object, uint64_t flags,
		      struct tsmreq_bytes nonce, struct tsmreq_result *ret)
{
	struct request rq;
	int rc;

	if (object == TSMREQ_OBJECT_VCA || object == TSMREQ_OBJECT_CERTIFICATE)
		return -EOPNOTSUPP;
	if (object == TSMREQ_OBJECT_MEASUREMENTS) {
		/* the kernel reads 32 bytes whatever it is told */
		if (nonce.data == NULL || nonce.size != TSMREQ_NONCE_SIZE)
			return -EINVAL;
		if ((flags & ~(uint64_t)TSMREQ_REGEN_RAW) &&
		    !(vdev->speaker.quirks & TSMREQ_QUIRK_REGEN_FLAGS))
			return -EINVAL;
	} else if (object != TSMREQ_OBJECT_INTERFACE_REPORT || flags != 0 || nonce.data != NULL ||
		   nonce.size != 0) {
		return -EINVAL;
	}
	rc = tsmreq_rev_payload_regen(&vdev->speaker, object, flags, nonce.data, &rq.payload);
	if (rc < 0)
		return rc;
	tsmreq_vdev_start(vdev, TSMREQ_OP_REGEN_OBJECT, &rq);
	return tsmreq_vdev_send_payload(vdev, &rq, ret);
}

int tsmreq_vdev_get_object_size(struct tsmreq_vdev *vdev, enum tsmreq_object object,
				uint32_t *ret_size, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, get_size(vdev, object, ret_size, ret));
}

int tsmreq_vdev_read_object(struct tsmreq_vdev *vdev, enum tsmreq_object object, uint32_t expect,
			    struct tsmreq_buffer *dst, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, read_object(vdev, object, expect, dst, ret));
}

int tsmreq_vdev_regenerate_object(struct tsmreq_vdev *vdev, enum tsmreq_object object,
				  uint64_t flags, struct tsmreq_bytes nonce,
				  struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, regenerate(vdev, object, flags, nonce, ret));
}
