/* SPDX-License-Identifier: MIT */
#include "scene.h"

/* What an architecture may be answered, and what a guest makes of it. */

enum told scene_judge_rhi(struct scene *scene, uint64_t call, const struct tsmreq_rhi_regs *regs)
{
	const uint64_t status = regs->x[0];
	const bool counts = call == TSMREQ_RHI_OBJECT_SIZE || call == TSMREQ_RHI_OBJECT_READ;

	scene_check(scene, !regs->x[2] && !regs->x[3]);
	if (call == TSMREQ_RHI_FEATURES)
		return TOLD_DONE;
	scene_check(scene,
		    status <= TSMREQ_RHI_OBJECT_UNSUPPORTED || status == TSMREQ_RHI_NOT_SUPPORTED);
	if (status == TSMREQ_RHI_INCOMPLETE) {
		scene_check(scene, scene->kind.deferred && !counts);
		scene_check(scene, (regs->x[1] != 0) == (call != TSMREQ_RHI_VDEV_CONTINUE));
		return TOLD_LATER;
	}
	scene_check(scene, (regs->x[1] != 0) == (status == TSMREQ_RHI_SUCCESS && counts));
	return status == TSMREQ_RHI_SUCCESS ? TOLD_DONE : TOLD_NO;
}

enum told scene_judge_tdcm(struct scene *scene, uint64_t r10)
{
	const uint8_t *buffer = scene->memory + SCENE_BUFFER;

	if (r10 != TSMREQ_GHCI_SUCCESS) {
		scene_check(scene, r10 == TSMREQ_GHCI_INVALID_OPERAND);
		return TOLD_NO;
	}
	if (buffer[8] == TSMREQ_TDCM_WAIT) {
		scene_check(scene, scene->kind.deferred);
		return TOLD_LATER;
	}
	scene_check(scene, !scene_load32(buffer + 4) && !buffer[3]);
	if (buffer[8] == TSMREQ_TDCM_COMPLETED) {
		scene_check(scene, !buffer[9]);
		return TOLD_DONE;
	}
	scene_check(scene, buffer[8] == TSMREQ_TDCM_ERROR);
	scene_check(scene, buffer[9] >= 10 && buffer[9] <= 15);
	scene_check(scene, !scene_load32(buffer + 16));
	return TOLD_NO;
}

/* A response page that belongs to the request, or none. */
static void judge_response(struct scene *scene, bool done)
{
	const uint8_t *request = scene->memory + SCENE_REQUEST;
	const uint8_t *response = scene->memory + SCENE_RESPONSE;

	if (!done)
		return;
	scene_check(scene, response[0x34] == request[0x34] + 1);
	scene_check(scene, scene_load64(response + 0x20) == scene_load64(request + 0x20) + 1);
}

enum told scene_judge_page(struct scene *scene, bool message)
{
	const struct tsmreq_bytes page = {scene->memory + SCENE_GHCB, TSMREQ_GHCB_SIZE};
	struct tsmreq_ghcb_regs regs;
	bool done;

	scene_check(scene, tsmreq_ghcb_load(page, &regs) == 0);
	scene_check(scene, regs.info1 == 0 || regs.info1 == 2);
	scene->status = regs.info2;
	done = !regs.info1 && !regs.info2;
	if (message)
		judge_response(scene, done);
	return done ? TOLD_DONE : TOLD_NO;
}

enum told scene_judge_run(struct scene *scene, bool message)
{
	const bool done = !scene_load32(scene->run + 32 + (message ? 52 : 12));

	if (message)
		judge_response(scene, done);
	else
		scene_check(scene, done || !scene_load64(scene->run + 32 + 20));
	return done ? TOLD_DONE : TOLD_NO;
}
