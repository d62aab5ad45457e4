/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CORE_DOOR_H
#define TESTS_UNIT_CORE_DOOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/tsmreq.h>

#include "base/bytes.h"

/*
 * A door with a script behind it: says what it is told, keeps what was sent. The op layout's
 * offsets are written out here, a second time, on purpose.
 */

#define DOOR_SENDS 8

struct door {
	int rc[DOOR_SENDS]; /* one answer per send; the last one goes on */
	uint64_t code;	    /* put at 40 of a 48-byte argument, if not 0 */
	const void *answer; /* copied to the response pointer of an op request */
	size_t answer_size;
	uint32_t id_at, id; /* an allocation's answer */
	unsigned int released;
	unsigned int sends;
	unsigned long cmd[DOOR_SENDS];
	uint8_t arg[DOOR_SENDS][48];
	uint8_t req[DOOR_SENDS][64]; /* what the request pointer pointed to */
	uint8_t resp_before;	     /* the response's first byte as it went out */
	void (*during)(void *);	     /* called while the call is under way */
	void *during_arg;
};

static inline int door_submit(void *userdata, unsigned long cmd, void *argument)
{
	struct door *door = userdata;
	unsigned int n = door->sends++;
	uint8_t *arg = argument;
	uint32_t size = tsmreq_load_le32(arg), req_len, resp_len;
	const uint8_t *req;
	uint8_t *resp;

	assert_true(n < DOOR_SENDS);
	assert_in_range(size, 8, 48);
	door->cmd[n] = cmd;
	memcpy(door->arg[n], arg, size);
	if (door->during)
		door->during(door->during_arg);
	if (size == 48 && cmd != 0x3b90) {
		req_len = tsmreq_load_le32(arg + 16);
		resp_len = tsmreq_load_le32(arg + 20);
		req = (const uint8_t *)(uintptr_t)tsmreq_load_le64(arg + 24);
		resp = (uint8_t *)(uintptr_t)tsmreq_load_le64(arg + 32);
		if (req)
			memcpy(door->req[n], req, req_len < 64 ? req_len : 64);
		if (resp)
			door->resp_before = resp[0];
		if (resp && door->answer_size) {
			assert_true(door->answer_size <= resp_len);
			memcpy(resp, door->answer, door->answer_size);
		}
		if (door->code)
			tsmreq_store_le64(arg + 40, door->code);
	}
	if (door->id_at)
		tsmreq_store_le32(arg + door->id_at, door->id);
	return door->rc[n];
}

static inline void door_release(void *userdata)
{
	((struct door *)userdata)->released++;
}

static inline struct tsmreq_transport door_transport(struct door *door)
{
	return (struct tsmreq_transport){
		.size = sizeof(struct tsmreq_transport),
		.submit = door_submit,
		.release = door_release,
		.userdata = door,
	};
}

static inline struct tsmreq_ctx *door_ctx(struct door *door, enum tsmreq_uapi uapi)
{
	struct tsmreq_transport transport = door_transport(door);
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = uapi};
	struct tsmreq_ctx *ctx = NULL;

	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), 0);
	return ctx;
}

/* A handle on vDevice 7; the context lives as long as it. */
static inline struct tsmreq_vdev *door_vdev(struct door *door, enum tsmreq_uapi uapi,
					    enum tsmreq_arch arch, enum tsmreq_tdi_state state,
					    uint32_t quirks)
{
	struct tsmreq_vdev_opts opts = {
		.size = sizeof(opts), .initial_state = state, .quirks = quirks};
	struct tsmreq_ctx *ctx = door_ctx(door, uapi);
	struct tsmreq_vdev *vdev = NULL;

	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, arch, &opts),
			 0);
	tsmreq_ctx_free(ctx);
	return vdev;
}

/* As if no call before had written it. */
static inline struct tsmreq_result dirty_result(void)
{
	return (struct tsmreq_result){
		.tsm_code = 0xdeadull, .residue = 0xdead, .outcome = TSMREQ_OUTCOME_UNCERTAIN};
}

#define assert_result(ret, want_outcome, want_code, want_residue)               \
	do {                                                                    \
		assert_int_equal((ret).outcome, TSMREQ_OUTCOME_##want_outcome); \
		assert_int_equal((ret).tsm_code, want_code);                    \
		assert_int_equal((ret).residue, want_residue);                  \
	} while (0)

static const uint8_t door_nonce[TSMREQ_NONCE_SIZE] = {0x42};
static uint8_t door_page[TSMREQ_SEV_PAGE_SIZE];
static uint8_t door_page_out[TSMREQ_SEV_PAGE_SIZE];

/* Every call, by the word of tsmreq_verb_to_string(), with good arguments. */
static inline int door_call(enum tsmreq_verb verb, struct tsmreq_ctx *ctx, struct tsmreq_vdev *vdev,
			    struct tsmreq_result *ret)
{
	struct tsmreq_mmio_range range = {
		.guest_base = {0x4000}, .guest_top = 0x8000, .host_base = 0x9000, .vcpu_fd = 23};
	struct tsmreq_viommu_args viommu = {
		.size = sizeof(viommu), .type = 3, .dev_id = 2, .hwpt_id = 5, .kvm_fd = 9};
	struct tsmreq_vdevice_args vdevice = {
		.size = sizeof(vdevice), .viommu_id = 3, .dev_id = 2, .virt_id = {0x100}};
	struct tsmreq_bytes nonce = {door_nonce, sizeof(door_nonce)};
	struct tsmreq_bytes page = {door_page, sizeof(door_page)};
	struct tsmreq_buffer page_out = {.data = door_page_out, .capacity = sizeof(door_page_out)};
	struct tsmreq_bytes state = {"\x02\0\0", 4};
	uint8_t object[64];
	struct tsmreq_buffer room = {.data = object, .capacity = sizeof(object)};
	struct tsmreq_vdevice_id id;
	uint32_t number;

	switch (verb) {
	case TSMREQ_VERB_BIND:
		return tsmreq_vdev_bind(vdev, ret);
	case TSMREQ_VERB_UNBIND:
		return tsmreq_vdev_unbind(vdev, ret);
	case TSMREQ_VERB_SET_TDI_STATE:
		return tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_RUN, ret);
	case TSMREQ_VERB_VALIDATE_MMIO:
		return tsmreq_vdev_validate_mmio(vdev, &range, ret);
	case TSMREQ_VERB_VDEV_REQUEST:
		return tsmreq_vdev_request(vdev, 23, ret);
	case TSMREQ_VERB_OBJECT_SIZE:
		return tsmreq_vdev_get_object_size(vdev, TSMREQ_OBJECT_INTERFACE_REPORT, &number,
						   ret);
	case TSMREQ_VERB_READ_OBJECT:
		return tsmreq_vdev_read_object(vdev, TSMREQ_OBJECT_INTERFACE_REPORT, 0, &room, ret);
	case TSMREQ_VERB_REGENERATE:
		return tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_MEASUREMENTS,
						     TSMREQ_REGEN_RAW, nonce, ret);
	case TSMREQ_VERB_SEV_SET_DMA:
		return tsmreq_vdev_sev_set_dma(vdev, true, page, &page_out, ret);
	case TSMREQ_VERB_GUEST_REQ:
		return tsmreq_vdev_guest_req(vdev, TSMREQ_OP_SET_TDI_STATE,
					     tsmreq_vdev_get_arch(vdev), state, NULL, ret);
	case TSMREQ_VERB_ALLOC_VIOMMU:
		return tsmreq_ctx_alloc_viommu(ctx, &viommu, &number, ret);
	case TSMREQ_VERB_ALLOC_VDEVICE:
		return tsmreq_ctx_alloc_vdevice(ctx, &vdevice, &id, ret);
	case TSMREQ_VERB_DESTROY:
		return tsmreq_vdev_destroy(vdev, ret);
	case TSMREQ_VERB_OPEN:
	case TSMREQ_VERB_FORCE_S32_:
		break;
	}
	fail_msg("no such verb %d", (int)verb);
	return 0;
}

#endif
