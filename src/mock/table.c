/* SPDX-License-Identifier: MIT */
#include "mock/table.h"

#include <errno.h>
#include <stddef.h>

static int check_reserved(const struct mock_request *request)
{
	return request->reserved == 0 ? 0 : -EOPNOTSUPP;
}

static int check_scope(const struct mock_request *request)
{
	return request->selector <= 3 ? 0 : -EINVAL;
}

static int check_arch(const struct mock_request *request)
{
	return request->arch >= TSMREQ_ARCH_CCA && request->arch <= TSMREQ_ARCH_TDX ? 0 : -EINVAL;
}

static int check_op(const struct mock_request *request)
{
	bool dma = request->op == TSMREQ_OP_SEV_ENABLE_DMA ||
		   request->op == TSMREQ_OP_SEV_DISABLE_DMA;

	return request->op != 0 && (!dma || request->arch == TSMREQ_ARCH_SEV) ? 0 : -EINVAL;
}

static const struct mock_layout layout_type = {
	.size = 48, .req_len = 16, .resp_len = 20, .req = 32, .resp = 40};
static const struct mock_layout layout_scope = {
	.size = 40, .req_len = 12, .resp_len = 16, .reserved = 20, .req = 24, .resp = 32};
static const struct mock_layout layout_scope_code = {.size = 48,
						     .req_len = 12,
						     .resp_len = 16,
						     .reserved = 20,
						     .req = 24,
						     .resp = 32,
						     .code = 40};
static const struct mock_layout layout_op = {
	.size = 48, .arch = 12, .req_len = 16, .resp_len = 20, .req = 24, .resp = 32, .code = 40};

static const struct mock_row rows[] = {
	{
		/* an iommufd without the TSM */
		.uapi = TSMREQ_UAPI_PROBE,
	},
	{
		.uapi = TSMREQ_UAPI_RFC1,
		.name = "rfc1",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.map_nr = 0x97,
		.layout = &layout_type,
		.request_min = 48,
		.copy_back = MOCK_COPY_SUCCESS,
		.payload = MOCK_PAYLOAD_RFC1,
		.vca = 4,
		.kvm_fd = true,
		.op_hides_errors = true,
		.off = -ENODEV,
	},
	{
		.uapi = TSMREQ_UAPI_V2,
		.name = "v2",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.layout = &layout_scope,
		.request_min = 40,
		.core_scope = true,
		.payload = MOCK_PAYLOAD_MARCH,
		.vca = 4,
		.kvm_fd = true,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_V4,
		.name = "v4",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.layout = &layout_scope,
		.request_min = 40,
		.checks = {check_reserved},
		.core_scope = true,
		.payload = MOCK_PAYLOAD_APRIL,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_V5,
		.name = "v5",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.layout = &layout_scope,
		.request_min = 40,
		.checks = {check_reserved, check_scope},
		.core_scope = true,
		.payload = MOCK_PAYLOAD_APRIL,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_V5_CODE,
		.name = "v5-code",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.layout = &layout_scope_code,
		.request_min = 48,
		.min_unknown = true,
		.checks = {check_reserved, check_scope},
		.core_scope = true,
		.copy_back = MOCK_COPY_ALWAYS,
		.payload = MOCK_PAYLOAD_APRIL,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_JUNE,
		.name = "june",
		.op_nr = 0x95,
		.request_nr = 0x96,
		.layout = &layout_op,
		.request_min = 48,
		.min_unknown = true,
		.checks = {check_arch, check_op},
		.ops = {0, TSMREQ_OP_READ_OBJECT, TSMREQ_OP_REGEN_OBJECT, TSMREQ_OP_OBJECT_INFO,
			TSMREQ_OP_VALIDATE_MMIO, TSMREQ_OP_SET_TDI_STATE, TSMREQ_OP_SEV_ENABLE_DMA,
			TSMREQ_OP_SEV_DISABLE_DMA},
		.copy_back = MOCK_COPY_ALWAYS,
		.payload = MOCK_PAYLOAD_OP,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_V6_LIKE,
		.name = "v6-like",
		.op_nr = 0x96,
		.request_nr = 0x97,
		.getpa = true,
		.layout = &layout_op,
		.request_min = 48,
		.checks = {check_arch, check_op},
		.ops = {0, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_OP_SET_TDI_STATE,
			TSMREQ_OP_SEV_ENABLE_DMA, TSMREQ_OP_SEV_DISABLE_DMA},
		.copy_back = MOCK_COPY_ALWAYS,
		.payload = MOCK_PAYLOAD_OP,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_V6_OBJECTS,
		.name = "v6-objects",
		.op_nr = 0x96,
		.request_nr = 0x97,
		.getpa = true,
		.layout = &layout_op,
		.request_min = 48,
		.checks = {check_arch, check_op},
		.ops = {0, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_OP_SET_TDI_STATE,
			TSMREQ_OP_SEV_ENABLE_DMA, TSMREQ_OP_SEV_DISABLE_DMA, TSMREQ_OP_READ_OBJECT,
			TSMREQ_OP_REGEN_OBJECT, TSMREQ_OP_OBJECT_INFO},
		.copy_back = MOCK_COPY_ALWAYS,
		.payload = MOCK_PAYLOAD_OP,
		.off = -EOPNOTSUPP,
	},
	{
		.uapi = TSMREQ_UAPI_CCA_V7,
		.name = "cca-v7",
		.request_nr = 0x96,
		.getpa = true,
		.layout = &layout_op,
		.request_min = 48,
		.checks = {check_arch, check_op},
		.ops = {0, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_OP_SET_TDI_STATE,
			TSMREQ_OP_SEV_ENABLE_DMA, TSMREQ_OP_SEV_DISABLE_DMA, TSMREQ_OP_READ_OBJECT,
			TSMREQ_OP_REGEN_OBJECT, TSMREQ_OP_OBJECT_INFO},
		.copy_back = MOCK_COPY_ALWAYS,
		.payload = MOCK_PAYLOAD_OP,
		.bind_at_alloc = true,
		.off = -EOPNOTSUPP,
	},
};

const struct mock_row *tsmreq_mock_table_find(enum tsmreq_uapi uapi)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].uapi == uapi)
			return &rows[i];
	return NULL;
}
