/* SPDX-License-Identifier: MIT */
#ifndef UAPI_IOMMUFD_H
#define UAPI_IOMMUFD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Our own declarations of the kernel's wire: numbers, offsets and sizes, every one asserted on
 * every target. Nothing is ever cast to these structs; the layouts store at their offsets. The
 * public text each was read from is named in doc/UAPI.md.
 */

/* _IO(';', nr): no direction and no size in the number */
#define UAPI_CMD(nr) (0x3b00u | (nr))

#define UAPI_NR_DESTROY	      0x80
#define UAPI_NR_VIOMMU_ALLOC  0x90
#define UAPI_NR_VDEVICE_ALLOC 0x91
#define UAPI_NR_95	      0x95
#define UAPI_NR_96	      0x96
#define UAPI_NR_97	      0x97

/* 8-aligned for 32-bit callers too, as the kernel's header has it */
typedef uint64_t uapi_u64 __attribute__((aligned(8)));

#define UAPI_AT(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define UAPI_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)
#define UAPI_IS(nr, cmd)       _Static_assert(UAPI_CMD(nr) == (cmd), #nr)

UAPI_IS(UAPI_NR_DESTROY, 0x3b80);
UAPI_IS(UAPI_NR_VIOMMU_ALLOC, 0x3b90);
UAPI_IS(UAPI_NR_VDEVICE_ALLOC, 0x3b91);
UAPI_IS(UAPI_NR_95, 0x3b95);
UAPI_IS(UAPI_NR_96, 0x3b96);
UAPI_IS(UAPI_NR_97, 0x3b97);

struct uapi_destroy {
	uint32_t size;
	uint32_t id;
};
UAPI_AT(uapi_destroy, size, 0);
UAPI_AT(uapi_destroy, id, 4);
UAPI_SIZE(uapi_destroy, 8);

struct uapi_viommu_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t out_viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	uapi_u64 data_uptr;
};
UAPI_AT(uapi_viommu_alloc, size, 0);
UAPI_AT(uapi_viommu_alloc, flags, 4);
UAPI_AT(uapi_viommu_alloc, type, 8);
UAPI_AT(uapi_viommu_alloc, dev_id, 12);
UAPI_AT(uapi_viommu_alloc, hwpt_id, 16);
UAPI_AT(uapi_viommu_alloc, out_viommu_id, 20);
UAPI_AT(uapi_viommu_alloc, data_len, 24);
UAPI_AT(uapi_viommu_alloc, reserved, 28);
UAPI_AT(uapi_viommu_alloc, data_uptr, 32);
UAPI_SIZE(uapi_viommu_alloc, 40);

/* rfc1 and v2 append the VM */
struct uapi_viommu_alloc_kvm {
	struct uapi_viommu_alloc alloc;
	int32_t kvm_fd;
	uint32_t padding;
};
#define UAPI_VIOMMU_KVM_FD 0x1u
UAPI_AT(uapi_viommu_alloc_kvm, alloc, 0);
UAPI_AT(uapi_viommu_alloc_kvm, kvm_fd, 40);
UAPI_AT(uapi_viommu_alloc_kvm, padding, 44);
UAPI_SIZE(uapi_viommu_alloc_kvm, 48);

struct uapi_vdevice_alloc {
	uint32_t size;
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t out_vdevice_id;
	uapi_u64 virt_id;
};
UAPI_AT(uapi_vdevice_alloc, size, 0);
UAPI_AT(uapi_vdevice_alloc, viommu_id, 4);
UAPI_AT(uapi_vdevice_alloc, dev_id, 8);
UAPI_AT(uapi_vdevice_alloc, out_vdevice_id, 12);
UAPI_AT(uapi_vdevice_alloc, virt_id, 16);
UAPI_SIZE(uapi_vdevice_alloc, 24);

/* TSM_OP, rfc1 to v6-objects */
struct uapi_tsm_op {
	uint32_t size;
	uint32_t type;
	uint32_t flags;
	uint32_t vdevice_id;
};
#define UAPI_TSM_BIND	1u
#define UAPI_TSM_UNBIND 2u
UAPI_AT(uapi_tsm_op, size, 0);
UAPI_AT(uapi_tsm_op, type, 4);
UAPI_AT(uapi_tsm_op, flags, 8);
UAPI_AT(uapi_tsm_op, vdevice_id, 12);
UAPI_SIZE(uapi_tsm_op, 16);

/* the request of rfc1 */
struct uapi_request_type {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t type;
	uint32_t type_info_len;
	uint32_t req_len;
	uint32_t resp_len; /* in and out */
	uapi_u64 type_info_uptr;
	uapi_u64 req_uptr;
	uapi_u64 resp_uptr;
};
UAPI_AT(uapi_request_type, size, 0);
UAPI_AT(uapi_request_type, vdevice_id, 4);
UAPI_AT(uapi_request_type, type, 8);
UAPI_AT(uapi_request_type, type_info_len, 12);
UAPI_AT(uapi_request_type, req_len, 16);
UAPI_AT(uapi_request_type, resp_len, 20);
UAPI_AT(uapi_request_type, type_info_uptr, 24);
UAPI_AT(uapi_request_type, req_uptr, 32);
UAPI_AT(uapi_request_type, resp_uptr, 40);
UAPI_SIZE(uapi_request_type, 48);

/* the request of v2, v4, v5; v5-code appends tsm_code */
struct uapi_request_scope {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t scope;
	uint32_t req_len;
	uint32_t resp_len;
	uint32_t reserved; /* v2: padding */
	uapi_u64 req_uptr;
	uapi_u64 resp_uptr;
};
struct uapi_request_scope_code {
	struct uapi_request_scope request;
	uapi_u64 tsm_code;
};
UAPI_AT(uapi_request_scope, size, 0);
UAPI_AT(uapi_request_scope, vdevice_id, 4);
UAPI_AT(uapi_request_scope, scope, 8);
UAPI_AT(uapi_request_scope, req_len, 12);
UAPI_AT(uapi_request_scope, resp_len, 16);
UAPI_AT(uapi_request_scope, reserved, 20);
UAPI_AT(uapi_request_scope, req_uptr, 24);
UAPI_AT(uapi_request_scope, resp_uptr, 32);
UAPI_SIZE(uapi_request_scope, 40);
UAPI_AT(uapi_request_scope_code, request, 0);
UAPI_AT(uapi_request_scope_code, tsm_code, 40);
UAPI_SIZE(uapi_request_scope_code, 48);

/* the request of june and later */
struct uapi_request_op {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t op;
	uint32_t tvm_arch;
	uint32_t req_len;
	uint32_t resp_len;
	uapi_u64 req_uptr;
	uapi_u64 resp_uptr;
	uapi_u64 tsm_code;
};
UAPI_AT(uapi_request_op, size, 0);
UAPI_AT(uapi_request_op, vdevice_id, 4);
UAPI_AT(uapi_request_op, op, 8);
UAPI_AT(uapi_request_op, tvm_arch, 12);
UAPI_AT(uapi_request_op, req_len, 16);
UAPI_AT(uapi_request_op, resp_len, 20);
UAPI_AT(uapi_request_op, req_uptr, 24);
UAPI_AT(uapi_request_op, resp_uptr, 32);
UAPI_AT(uapi_request_op, tsm_code, 40);
UAPI_SIZE(uapi_request_op, 48);

/* Backend payloads of CCA: what the request pointer points to. */

struct uapi_cca_type_size { /* rfc1 */
	int32_t object;
};
struct uapi_cca_type_read { /* rfc1 */
	int32_t object;
	uint32_t padding;
	uapi_u64 offset;
};
UAPI_AT(uapi_cca_type_size, object, 0);
UAPI_SIZE(uapi_cca_type_size, 4);
UAPI_AT(uapi_cca_type_read, object, 0);
UAPI_AT(uapi_cca_type_read, padding, 4);
UAPI_AT(uapi_cca_type_read, offset, 8);
UAPI_SIZE(uapi_cca_type_read, 16);

/* scope era: each starts with a request type */
struct uapi_cca_scope_size {
	uint32_t req_type;
	uint32_t object;
};
struct uapi_cca_scope_read {
	uint32_t req_type;
	uint32_t object;
	uapi_u64 offset;
};
struct uapi_cca_scope_report {
	uint32_t req_type;
};
struct uapi_cca_scope_measurements {
	uint32_t req_type;
	uint32_t padding;
	uapi_u64 flags;
	uapi_u64 nonce_uptr;
};
struct uapi_cca_scope_vcpu {
	uint32_t req_type;
	int32_t vcpu_fd;
};
struct uapi_cca_scope_validate {
	uint32_t req_type;
	int32_t vcpu_fd; /* April 2026: padding */
	uapi_u64 base;
	uapi_u64 top;
	uapi_u64 pa;
};
struct uapi_cca_scope_state {
	uint32_t req_type;
	uint32_t state;
};
UAPI_AT(uapi_cca_scope_size, req_type, 0);
UAPI_AT(uapi_cca_scope_size, object, 4);
UAPI_SIZE(uapi_cca_scope_size, 8);
UAPI_AT(uapi_cca_scope_read, req_type, 0);
UAPI_AT(uapi_cca_scope_read, object, 4);
UAPI_AT(uapi_cca_scope_read, offset, 8);
UAPI_SIZE(uapi_cca_scope_read, 16);
UAPI_AT(uapi_cca_scope_report, req_type, 0);
UAPI_SIZE(uapi_cca_scope_report, 4);
UAPI_AT(uapi_cca_scope_measurements, req_type, 0);
UAPI_AT(uapi_cca_scope_measurements, padding, 4);
UAPI_AT(uapi_cca_scope_measurements, flags, 8);
UAPI_AT(uapi_cca_scope_measurements, nonce_uptr, 16);
UAPI_SIZE(uapi_cca_scope_measurements, 24);
UAPI_AT(uapi_cca_scope_vcpu, req_type, 0);
UAPI_AT(uapi_cca_scope_vcpu, vcpu_fd, 4);
UAPI_SIZE(uapi_cca_scope_vcpu, 8);
UAPI_AT(uapi_cca_scope_validate, req_type, 0);
UAPI_AT(uapi_cca_scope_validate, vcpu_fd, 4);
UAPI_AT(uapi_cca_scope_validate, base, 8);
UAPI_AT(uapi_cca_scope_validate, top, 16);
UAPI_AT(uapi_cca_scope_validate, pa, 24);
UAPI_SIZE(uapi_cca_scope_validate, 32);
UAPI_AT(uapi_cca_scope_state, req_type, 0);
UAPI_AT(uapi_cca_scope_state, state, 4);
UAPI_SIZE(uapi_cca_scope_state, 8);

/* op era */
struct uapi_cca_validate {
	uapi_u64 base;
	uapi_u64 top;
	uapi_u64 pa;
};
struct uapi_cca_state {
	uint32_t state;
};
struct uapi_cca_info {
	uint32_t object;
};
struct uapi_cca_read {
	uint32_t object;
	uint32_t reserved;
	uapi_u64 offset;
};
struct uapi_cca_regen {
	uint32_t object;
	uint32_t reserved;
	uapi_u64 flags;
	uapi_u64 nonce_uptr;
};
UAPI_AT(uapi_cca_validate, base, 0);
UAPI_AT(uapi_cca_validate, top, 8);
UAPI_AT(uapi_cca_validate, pa, 16);
UAPI_SIZE(uapi_cca_validate, 24);
UAPI_AT(uapi_cca_state, state, 0);
UAPI_SIZE(uapi_cca_state, 4);
UAPI_AT(uapi_cca_info, object, 0);
UAPI_SIZE(uapi_cca_info, 4);
UAPI_AT(uapi_cca_read, object, 0);
UAPI_AT(uapi_cca_read, reserved, 4);
UAPI_AT(uapi_cca_read, offset, 8);
UAPI_SIZE(uapi_cca_read, 16);
UAPI_AT(uapi_cca_regen, object, 0);
UAPI_AT(uapi_cca_regen, reserved, 4);
UAPI_AT(uapi_cca_regen, flags, 8);
UAPI_AT(uapi_cca_regen, nonce_uptr, 16);
UAPI_SIZE(uapi_cca_regen, 24);

#define UAPI_CCA_VCA_OLD 4u /* the VCA object of rfc1 and v2 */

#endif
