/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <tsmreq/vdev.h>

#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/*
 * The bytes behind the request pointer. Sizes are exact: the backends compare them, and between
 * two numberings that size is all that stands. Words nobody names go out as 0.
 */

#define OFFSET_ALWAYS_0 0 /* the backend over-reads its cache at any other */

_Static_assert(sizeof(struct uapi_cca_scope_validate) <= REV_PAYLOAD_MAX, "REV_PAYLOAD_MAX");

#define BEGIN(type)	(memset(ret->bytes, 0, sizeof(struct type)), ret->size = sizeof(struct type))
#define AT(type, field) (ret->bytes + offsetof(struct type, field))

static uint32_t object_number(const struct rev_speaker *by, enum tsmreq_object object)
{
	bool vca_is_4 = by->row->vca_is_4;

	if (object != TSMREQ_OBJECT_VCA)
		return (uint32_t)object;
	if (by->quirks & TSMREQ_QUIRK_VCA_IS_0)
		vca_is_4 = false;
	if (by->quirks & TSMREQ_QUIRK_VCA_IS_4)
		vca_is_4 = true;
	return vca_is_4 ? UAPI_CCA_VCA_OLD : TSMREQ_OBJECT_VCA;
}

/* The first word of every scope-era payload; 0: the set has none. */
struct req_types {
	uint32_t size, read, report, measurements, vcpu, validate, state;
};

static const struct req_types march = {1, 2, 3, 4, 5, 6, 7};
static const struct req_types april = {1, 2, 3, 4, 0, 5, 6};

static const struct req_types *req_types_of(const struct rev_speaker *by)
{
	/* which set a scope-era kernel carries cannot be probed */
	if (by->quirks & TSMREQ_QUIRK_PAYLOAD_MARCH)
		return &march;
	if (by->quirks & TSMREQ_QUIRK_PAYLOAD_APRIL)
		return &april;
	return by->row->payload == REV_PAYLOAD_MARCH ? &march : &april;
}

/* SEV asks by message page, but for its state. */
static bool has_objects(const struct rev_speaker *by)
{
	return by->arch != TSMREQ_ARCH_SEV;
}

/* No TDX payload is public: it borrows Arm's for state, size and read, and nothing else. */
static bool is_arm(const struct rev_speaker *by)
{
	return by->arch == TSMREQ_ARCH_CCA && by->row->payload != REV_PAYLOAD_TYPE;
}

int tsmreq_rev_payload_size(const struct rev_speaker *by, enum tsmreq_object object,
			    struct rev_payload *ret)
{
	uint32_t number = object_number(by, object);

	if (!has_objects(by))
		return -EOPNOTSUPP;
	if (by->row->payload == REV_PAYLOAD_OP) {
		BEGIN(uapi_cca_info);
		tsmreq_store_le32(AT(uapi_cca_info, object), number);
	} else if (by->row->payload == REV_PAYLOAD_TYPE) {
		BEGIN(uapi_cca_type_size);
		tsmreq_store_le32(AT(uapi_cca_type_size, object), number);
	} else {
		BEGIN(uapi_cca_scope_size);
		tsmreq_store_le32(AT(uapi_cca_scope_size, req_type), req_types_of(by)->size);
		tsmreq_store_le32(AT(uapi_cca_scope_size, object), number);
	}
	return 0;
}

int tsmreq_rev_payload_read(const struct rev_speaker *by, enum tsmreq_object object,
			    struct rev_payload *ret)
{
	uint32_t number = object_number(by, object);

	if (!has_objects(by))
		return -EOPNOTSUPP;
	if (by->row->payload == REV_PAYLOAD_OP) {
		BEGIN(uapi_cca_read);
		tsmreq_store_le32(AT(uapi_cca_read, object), number);
		tsmreq_store_le64(AT(uapi_cca_read, offset), OFFSET_ALWAYS_0);
	} else if (by->row->payload == REV_PAYLOAD_TYPE) {
		BEGIN(uapi_cca_type_read);
		tsmreq_store_le32(AT(uapi_cca_type_read, object), number);
		tsmreq_store_le64(AT(uapi_cca_type_read, offset), OFFSET_ALWAYS_0);
	} else {
		BEGIN(uapi_cca_scope_read);
		tsmreq_store_le32(AT(uapi_cca_scope_read, req_type), req_types_of(by)->read);
		tsmreq_store_le32(AT(uapi_cca_scope_read, object), number);
		tsmreq_store_le64(AT(uapi_cca_scope_read, offset), OFFSET_ALWAYS_0);
	}
	return 0;
}

int tsmreq_rev_payload_regen(const struct rev_speaker *by, enum tsmreq_object object,
			     uint64_t flags, const void *nonce, struct rev_payload *ret)
{
	if (!is_arm(by))
		return -EOPNOTSUPP;
	if (by->row->payload == REV_PAYLOAD_OP) {
		BEGIN(uapi_cca_regen);
		tsmreq_store_le32(AT(uapi_cca_regen, object), object_number(by, object));
		tsmreq_store_le64(AT(uapi_cca_regen, flags), flags);
		tsmreq_store_le64(AT(uapi_cca_regen, nonce_uptr), (uintptr_t)nonce);
	} else if (object == TSMREQ_OBJECT_INTERFACE_REPORT) {
		BEGIN(uapi_cca_scope_report);
		tsmreq_store_le32(AT(uapi_cca_scope_report, req_type), req_types_of(by)->report);
	} else {
		BEGIN(uapi_cca_scope_measurements);
		tsmreq_store_le32(AT(uapi_cca_scope_measurements, req_type),
				  req_types_of(by)->measurements);
		tsmreq_store_le64(AT(uapi_cca_scope_measurements, flags), flags);
		tsmreq_store_le64(AT(uapi_cca_scope_measurements, nonce_uptr), (uintptr_t)nonce);
	}
	return 0;
}

int tsmreq_rev_payload_validate(const struct rev_speaker *by, const struct tsmreq_mmio_range *range,
				struct rev_payload *ret)
{
	const struct req_types *types;

	if (!is_arm(by))
		return -EOPNOTSUPP;
	if (by->row->payload == REV_PAYLOAD_OP) {
		BEGIN(uapi_cca_validate);
		tsmreq_store_le64(AT(uapi_cca_validate, base), range->guest_base.raw);
		tsmreq_store_le64(AT(uapi_cca_validate, top), range->guest_top);
		tsmreq_store_le64(AT(uapi_cca_validate, pa), range->host_base);
		return 0;
	}
	types = req_types_of(by);
	BEGIN(uapi_cca_scope_validate);
	tsmreq_store_le32(AT(uapi_cca_scope_validate, req_type), types->validate);
	if (types->vcpu != 0) {
		/* March validates for the vCPU that exited */
		if (range->vcpu_fd < 0)
			return -EINVAL;
		tsmreq_store_le32(AT(uapi_cca_scope_validate, vcpu_fd), (uint32_t)range->vcpu_fd);
	}
	tsmreq_store_le64(AT(uapi_cca_scope_validate, base), range->guest_base.raw);
	tsmreq_store_le64(AT(uapi_cca_scope_validate, top), range->guest_top);
	tsmreq_store_le64(AT(uapi_cca_scope_validate, pa), range->host_base);
	return 0;
}

bool tsmreq_rev_payload_has_vcpu(const struct rev_speaker *by)
{
	return is_arm(by) && by->row->payload != REV_PAYLOAD_OP && req_types_of(by)->vcpu != 0;
}

int tsmreq_rev_payload_vcpu(const struct rev_speaker *by, int32_t vcpu_fd, struct rev_payload *ret)
{
	if (!tsmreq_rev_payload_has_vcpu(by))
		return -EOPNOTSUPP;
	if (vcpu_fd < 0)
		return -EINVAL;
	BEGIN(uapi_cca_scope_vcpu);
	tsmreq_store_le32(AT(uapi_cca_scope_vcpu, req_type), req_types_of(by)->vcpu);
	tsmreq_store_le32(AT(uapi_cca_scope_vcpu, vcpu_fd), (uint32_t)vcpu_fd);
	return 0;
}

int tsmreq_rev_payload_state(const struct rev_speaker *by, enum tsmreq_tdi_state target,
			     struct rev_payload *ret)
{
	if (by->arch == TSMREQ_ARCH_SEV) {
		/* the one form a public driver reads: a byte, 1 = run, other = stop, none for lock
		 */
		if (target == TSMREQ_TDI_LOCKED)
			return -EOPNOTSUPP;
		ret->size = 1;
		ret->bytes[0] = target == TSMREQ_TDI_RUN;
	} else if (by->row->payload == REV_PAYLOAD_TYPE) {
		return -EOPNOTSUPP;
	} else if (by->row->payload == REV_PAYLOAD_OP) {
		BEGIN(uapi_cca_state);
		tsmreq_store_le32(AT(uapi_cca_state, state), (uint32_t)target);
	} else {
		BEGIN(uapi_cca_scope_state);
		tsmreq_store_le32(AT(uapi_cca_scope_state, req_type), req_types_of(by)->state);
		tsmreq_store_le32(AT(uapi_cca_scope_state, state), (uint32_t)target);
	}
	return 0;
}

static bool asks_for_state(const uint8_t *bytes)
{
	uint32_t req_type = tsmreq_load_le32(bytes);

	/* either set's: March's 6 is the mapping, and longer */
	return req_type == march.state || req_type == april.state;
}

enum tsmreq_tdi_state tsmreq_rev_payload_target(const struct rev_row *row, enum tsmreq_arch arch,
						struct tsmreq_bytes request)
{
	const uint8_t *bytes = request.data;
	uint32_t state = TSMREQ_TDI_UNKNOWN;

	if (arch == TSMREQ_ARCH_SEV) {
		if (request.size == 1)
			state = bytes[0] == 1 ? TSMREQ_TDI_RUN : TSMREQ_TDI_UNLOCKED;
	} else if (row->layout == TSMREQ_LAYOUT_OP) {
		if (request.size == sizeof(struct uapi_cca_state))
			state = tsmreq_load_le32(bytes);
	} else if (request.size == sizeof(struct uapi_cca_scope_state) && asks_for_state(bytes)) {
		state = tsmreq_load_le32(bytes + offsetof(struct uapi_cca_scope_state, state));
	}
	return state <= TSMREQ_TDI_RUN ? (enum tsmreq_tdi_state)state : TSMREQ_TDI_UNKNOWN;
}
