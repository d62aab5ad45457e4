/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

/* Objects: from the kernel's row, or from the VMM where the row has none; kept if there is a
 * budget. */

void tsmreq_object_forget(struct device *device)
{
	for (unsigned int i = 0; i < OBJECTS; i++) {
		struct snapshot *snapshot = &device->snapshots[i];

		if (!snapshot->bytes)
			continue;
		free(snapshot->bytes);
		atomic_fetch_sub(&device->guest->snapshot_bytes, snapshot->size);
		*snapshot = (struct snapshot){NULL, 0};
	}
}

static bool from_kernel(const struct tsmreq_guest *guest)
{
	return tsmreq_uapi_has(guest->opts.uapi, guest->opts.arch, TSMREQ_FEATURE_OBJECTS);
}

/* ---- the VMM's source */

static int ask_source(struct tsmreq_job *job, enum tsmreq_object object, struct tsmreq_bytes nonce,
		      struct tsmreq_buffer *dst)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	int rc;

	dst->size = 0;
	if (!ops->read_object)
		return -EOPNOTSUPP;
	/* what it does not write must at least be zeros: the guest gets it all */
	if (dst->capacity)
		memset(dst->data, 0, dst->capacity);
	rc = ops->read_object(ops->userdata, job->call.dev, object, nonce, dst);
	if (rc == -EMSGSIZE || (rc == 0 && dst->size > dst->capacity))
		return dst->size > TSMREQ_LENGTH_MAX ? -EBADE : -EMSGSIZE;
	if (rc == 0 && !dst->size)
		return -ENODATA;
	return rc > 0 ? -EBADE : rc;
}

int tsmreq_object_from_source(struct tsmreq_job *job, enum tsmreq_object object, size_t offset,
			      struct tsmreq_bytes nonce, size_t *ret_size)
{
	struct tsmreq_buffer room = {NULL, 0, 0};
	int rc;

	*ret_size = 0;
	/* its length; then its bytes, which may be longer by then, once */
	for (unsigned int i = 0; i < 3; i++) {
		rc = ask_source(job, object, nonce, &room);
		if (rc != -EMSGSIZE)
			break;
		rc = tsmreq_job_reserve(job, offset + room.size);
		if (rc < 0)
			return rc;
		room.data = job->staging + offset;
		room.capacity = room.size;
		rc = -E2BIG;
	}
	*ret_size = rc < 0 ? 0 : room.size;
	return rc;
}

/* ---- one answer of the typed calls for both */

static int conclude_source(struct tsmreq_job *job, int rc)
{
	/* an object that is not there is an answer, as the kernel's would be */
	job->answer.result = (struct tsmreq_result){
		.outcome = rc == -ENODATA ? TSMREQ_OUTCOME_COMPLETED : TSMREQ_OUTCOME_NOT_SENT,
	};
	return rc;
}

static int ask_size(struct tsmreq_job *job, enum tsmreq_object object, uint64_t *ret_size)
{
	const struct tsmreq_bytes none = {NULL, 0};
	struct tsmreq_buffer room = {NULL, 0, 0};
	uint32_t size = 0;
	int rc;

	if (from_kernel(job->guest)) {
		rc = tsmreq_vdev_get_object_size(tsmreq_job_vdev(job), object, &size,
						 &job->answer.result);
		*ret_size = size;
		return rc;
	}
	rc = ask_source(job, object, none, &room);
	*ret_size = room.size;
	return conclude_source(job, rc == -EMSGSIZE ? 0 : rc);
}

/* @expect: its length, or 0 for whatever fits. */
static int read_whole(struct tsmreq_job *job, enum tsmreq_object object, uint32_t expect,
		      struct tsmreq_buffer *room)
{
	const struct tsmreq_bytes none = {NULL, 0};
	int rc;

	if (from_kernel(job->guest))
		return tsmreq_vdev_read_object(tsmreq_job_vdev(job), object, expect, room,
					       &job->answer.result);
	rc = ask_source(job, object, none, room);
	if (rc == -EMSGSIZE)
		rc = -E2BIG;
	if (rc == 0 && expect && room->size != expect)
		rc = -EBADE;
	return conclude_source(job, rc);
}

/* ---- snapshots */

static bool spend(struct tsmreq_guest *guest, uint32_t size)
{
	const uint64_t before = atomic_fetch_add(&guest->snapshot_bytes, size);

	if (before + size <= guest->opts.snapshot_budget)
		return true;
	atomic_fetch_sub(&guest->snapshot_bytes, size);
	return false;
}

/* Size and bytes at once, so that they belong together. Not kept is no failure. */
static void keep(struct tsmreq_job *job, enum tsmreq_object object, uint32_t size)
{
	struct tsmreq_guest *guest = job->guest;
	struct snapshot *snapshot = &job->device->snapshots[object];
	const struct tsmreq_result result = job->answer.result;
	struct tsmreq_buffer room = {NULL, size, 0};

	if (!guest->opts.snapshot_budget || !spend(guest, size))
		return;
	room.data = malloc(size);
	if (room.data && read_whole(job, object, size, &room) == 0) {
		*snapshot = (struct snapshot){room.data, size};
	} else {
		free(room.data);
		atomic_fetch_sub(&guest->snapshot_bytes, size);
	}
	/* the size is the answer, whatever became of the bytes */
	job->answer.result = result;
}

static const struct snapshot *find(struct tsmreq_job *job, enum tsmreq_object object)
{
	const struct snapshot *snapshot = &job->device->snapshots[object];

	if (!snapshot->bytes)
		return NULL;
	tsmreq_count(&tsmreq_job_counters(job)->snapshot_hits);
	job->answer.result = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	return snapshot;
}

int tsmreq_object_get_size(struct tsmreq_job *job, enum tsmreq_object object, uint64_t *ret_size)
{
	const struct snapshot *snapshot = find(job, object);
	int rc;

	if (snapshot) {
		*ret_size = snapshot->size;
		return 0;
	}
	rc = ask_size(job, object, ret_size);
	if (rc == 0)
		keep(job, object, (uint32_t)*ret_size);
	return rc;
}

int tsmreq_object_read(struct tsmreq_job *job, enum tsmreq_object object, size_t size,
		       uint32_t expect, struct tsmreq_bytes *ret)
{
	const struct snapshot *snapshot = find(job, object);
	struct tsmreq_buffer room = {NULL, size, 0};
	int rc;

	if (snapshot) {
		*ret = (struct tsmreq_bytes){snapshot->bytes, snapshot->size};
		return 0;
	}
	rc = tsmreq_job_reserve(job, size);
	if (rc < 0)
		return rc;
	room.data = job->staging;
	rc = read_whole(job, object, expect, &room);
	*ret = (struct tsmreq_bytes){room.data, room.size};
	return rc;
}
