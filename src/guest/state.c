/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdio.h>

/* LOCK and UNLOCK of a device, and what goes with them. */

/* The kernel knows the TDI by virt_id for good: a guest that renumbered means another device. */
static void warn_if_moved(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	struct device *device = job->device;
	char text[96];
	bool moved;

	pthread_mutex_lock(&device->lock);
	moved = device->moved;
	device->moved = false; /* once: a guest can LOCK as often as it likes */
	pthread_mutex_unlock(&device->lock);
	if (!moved)
		return;
	tsmreq_device_tell(device, TSMREQ_DEVICE_RENUMBERED, 0);
	if (!ops->log)
		return;
	snprintf(text, sizeof(text), "device 0x%08x was allocated as virt_id 0x%llx",
		 (unsigned int)job->call.dev.raw, (unsigned long long)device->virt_id);
	ops->log(ops->userdata, 4, text);
}

int tsmreq_state_lock(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const bool was_unlocked = tsmreq_device_get_state(job->device) == TSMREQ_TDI_UNLOCKED;
	int rc;

	warn_if_moved(job);
	/* TSM_OP's EBUSY is another VM's */
	if (!job->guest->binds_at_alloc)
		job->answer.flags |= TSMREQ_ANSWER_BIND;
	if (ops->before_lock && ops->before_lock(ops->userdata, job->call.dev) < 0)
		return -EIO;
	rc = tsmreq_vdev_lock(tsmreq_job_vdev(job), &job->answer.result);
	/* it did not happen, for certain */
	if (rc < 0 && was_unlocked && ops->after_unlock &&
	    job->answer.result.outcome != TSMREQ_OUTCOME_UNCERTAIN &&
	    job->answer.result.outcome != TSMREQ_OUTCOME_COMPLETED)
		ops->after_unlock(ops->userdata, job->call.dev);
	return rc;
}

int tsmreq_state_unlock(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const int rc = tsmreq_vdev_unlock(tsmreq_job_vdev(job), &job->answer.result);

	if (rc == 0 && ops->after_unlock)
		ops->after_unlock(ops->userdata, job->call.dev);
	return rc;
}
