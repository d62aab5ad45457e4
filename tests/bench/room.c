/* SPDX-License-Identifier: MIT */
#include "room.h"

#define KVM_EXIT_VMGEXIT 42

#define GPA_WIDTH    52
#define SHARED_BASE  (1ull << 40)
#define BLOCK_GPA    0x2000u /* CCA: of a REGEN; SEV: the request page */
#define RESPONSE_GPA 0x3000u
#define GHCB_GPA     0x4000u
#define BUFFER_GPA   0x8000u /* TDX: the buffer; SEV: the data pages */

/* ---- what is lent ---- */

static uint64_t bench_now_ms(void *userdata)
{
	(void)userdata;
	return 1000;
}

static int bench_inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	(void)userdata;
	(void)vcpu;
	(void)vector;
	return 0;
}

static int bench_offload(void *userdata, struct tsmreq_job *job)
{
	((struct room *)userdata)->job = job;
	return 0;
}

static int bench_read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
			     struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	(void)userdata;
	(void)dev;
	(void)object;
	(void)nonce;
	dst->size = ROOM_REPORT;
	if (dst->capacity < ROOM_REPORT)
		return -EMSGSIZE;
	memset(dst->data, 0x5e, ROOM_REPORT);
	return 0;
}

/* ---- up and down ---- */

/* Number 0 is the one that every small VM has; the others are on a segment of their own. */
static uint64_t bench_device(uint32_t i)
{
	return i ? 0x10000u + i : VM_DEV;
}

static uint64_t bench_bar(uint32_t i)
{
	return VM_BAR + (uint64_t)i * VM_BAR_SIZE;
}

/* A handle each, and one vDevice for all of them: what the kernel does is not counted. */
static int bench_attach_others(struct room *room)
{
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i < ROOM_DEVICES; i++) {
		struct tsmreq_guest_device device = {
			.size = sizeof(device),
			.dev = {bench_device(i)},
			.virt_id = {bench_device(i)},
			.bars = {{{bench_bar(i)}, VM_BAR_SIZE}},
			.flags = TSMREQ_DEVICE_TEE_IO,
		};

		rc = tsmreq_vdev_new(&room->handles[i], room->vm.ctx, room->vm.id, room->arch,
				     NULL);
		device.vdev = room->handles[i];
		if (rc == 0)
			rc = tsmreq_guest_attach(room->vm.guest, &device);
	}
	return rc;
}

static int bench_furnish(struct room *room)
{
	static const uint8_t report[ROOM_REPORT] = {1};
	const struct tsmreq_call regen = {
		.kind = TSMREQ_CALL_REGEN,
		.arch = TSMREQ_ARCH_CCA,
		.shape = TSMREQ_SHAPE_RHI,
		.u.regen = {TSMREQ_REGEN_RAW, {0x5e}, TSMREQ_OBJECT_MEASUREMENTS, 0},
	};
	struct tsmreq_buffer block = {room->vm.ram + BLOCK_GPA, TSMREQ_RHI_PARAMETERS_SIZE, 0};
	int rc;

	rc = tsmreq_mock_set_object(room->vm.mock, room->vm.id, TSMREQ_OBJECT_INTERFACE_REPORT,
				    (struct tsmreq_bytes){report, sizeof(report)});
	if (rc == 0 && room->arch == TSMREQ_ARCH_CCA)
		rc = tsmreq_rhi_encode_parameters(&regen, 0, &block);
	if (rc == 0 && room->flags & ROOM_MANY)
		rc = bench_attach_others(room);
	return rc;
}

int bench_open(struct room *room, enum tsmreq_arch arch, unsigned int flags)
{
	const bool cca = arch == TSMREQ_ARCH_CCA;
	struct tsmreq_guest_opts opts = {
		.arch = arch,
		.ghcb_abi = TSMREQ_GHCB_TIO_A,
		.gpa_width = GPA_WIDTH,
		.shared_base = cca ? SHARED_BASE : 0,
		.snapshot_budget = flags & ROOM_KEEPS ? 1u << 20 : 0,
		.max_devices = flags & ROOM_MANY ? ROOM_DEVICES : 0,
	};
	int rc;

	room->arch = arch;
	room->flags = flags;
	room->devices = flags & ROOM_MANY ? ROOM_DEVICES : 1;
	if (arch != TSMREQ_ARCH_TDX)
		opts.kvm_abi = cca ? TSMREQ_KVM_CCA_V7 : TSMREQ_KVM_SEV_TIO;
	vm_init(&room->vm);
	room->vm.ops.now_ms = bench_now_ms;
	room->vm.ops.inject = bench_inject;
	if (arch == TSMREQ_ARCH_SEV)
		room->vm.ops.read_object = bench_read_object;
	if (flags & ROOM_LATER)
		room->vm.ops.offload = bench_offload;
	if (room->lend)
		room->lend(&room->vm.ops);
	rc = vm_start(&room->vm, cca ? TSMREQ_UAPI_CCA_V7 : TSMREQ_UAPI_JUNE, &opts);
	return rc < 0 ? rc : bench_furnish(room);
}

void bench_close(struct room *room)
{
	for (uint32_t i = 1; i < room->devices; i++)
		tsmreq_vdev_free(room->handles[i]);
	vm_stop(&room->vm);
}

/* ---- what the guest says ---- */

static int bench_ask_cca(struct room *room, const struct tsmreq_call *call, struct tsmreq_exit *ret)
{
	if (call->shape == TSMREQ_SHAPE_RHI) {
		ret->form = TSMREQ_EXIT_RHI;
		return tsmreq_rhi_encode_call(call, &ret->rhi);
	}
	ret->form = TSMREQ_EXIT_KVM_RUN;
	return tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, call, room->run, sizeof(room->run));
}

static int bench_ask_tdx(struct room *room, struct tsmreq_call *call, struct tsmreq_exit *ret)
{
	static const struct tsmreq_ghci_opts ghci = {sizeof(ghci), GPA_WIDTH, TSMREQ_GHCI_TDCM};
	struct tsmreq_buffer command = {room->vm.ram + BUFFER_GPA, TSMREQ_TDCM_HEADER_SIZE, 0};
	int rc;

	call->shape = TSMREQ_SHAPE_TDCM;
	call->vector = 0x51;
	call->write[0] = (struct tsmreq_span){{BUFFER_GPA}, 0x2000, TSMREQ_SPAN_TDCM_BUFFER, 0};
	ret->form = TSMREQ_EXIT_GHCI;
	rc = tsmreq_ghci_encode_command(call, &command);
	return rc < 0 ? rc : tsmreq_ghci_encode_call(&ghci, call, &ret->ghci);
}

/* One that brings a message page, its response page, and for evidence the data pages. */
static int bench_add_message(struct room *room, struct tsmreq_call *call)
{
	struct tsmreq_snp_message types = {0};

	for (unsigned int i = 0; types.kind != call->kind; i++)
		if (!tsmreq_snp_message_at(i, &types))
			return 0;
	call->message = (struct tsmreq_sev_message){1, types.request, 1, 0x30, 0};
	call->read[0] = (struct tsmreq_span){{BLOCK_GPA}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0};
	call->write[0] = (struct tsmreq_span){{RESPONSE_GPA}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0};
	if (call->kind == TSMREQ_CALL_TDI_INFO) {
		call->u.tdi_info.data.raw = BUFFER_GPA;
		call->u.tdi_info.pages = 4;
	}
	return tsmreq_snp_encode_message(call, room->vm.ram + BLOCK_GPA, TSMREQ_SEV_PAGE_SIZE);
}

static int bench_ask_sev(struct room *room, struct tsmreq_call *call, struct tsmreq_exit *ret)
{
	int rc = bench_add_message(room, call);

	if (rc < 0)
		return rc;
	if (room->flags & ROOM_PAGE) {
		call->shape = TSMREQ_SHAPE_GHCB_PAGE;
		ret->form = TSMREQ_EXIT_GHCB;
		ret->ghcb.raw = GHCB_GPA;
		return tsmreq_ghcb_encode_call(TSMREQ_GHCB_TIO_A, call, room->vm.ram + GHCB_GPA,
					       TSMREQ_GHCB_SIZE);
	}
	call->shape = call->message.type ? TSMREQ_SHAPE_VMGEXIT_TIO : TSMREQ_SHAPE_VMGEXIT_TIO_OP;
	ret->form = TSMREQ_EXIT_KVM_RUN;
	room->run[TSMREQ_KVM_RUN_EXIT_REASON] = KVM_EXIT_VMGEXIT;
	return tsmreq_vmgexit_encode_call(TSMREQ_GHCB_TIO_A, call, room->run + TSMREQ_KVM_RUN_EXIT,
					  TSMREQ_VMGEXIT_SIZE);
}

int bench_ask(struct room *room, const struct tsmreq_call *call, uint32_t device,
	      struct tsmreq_exit *ret)
{
	struct tsmreq_call said = *call;

	said.arch = room->arch;
	said.dev.raw = bench_device(device);
	if (call->kind == TSMREQ_CALL_VALIDATE_MMIO)
		said.u.mmio.base.raw = bench_bar(device);
	if (call->kind == TSMREQ_CALL_MEMORY_FAULT)
		said.u.fault.base.raw = bench_bar(device);
	*ret = (struct tsmreq_exit){.size = sizeof(*ret),
				    .run = room->run,
				    .run_size = sizeof(room->run),
				    .vcpu_fd = -1};
	switch (room->arch) {
	case TSMREQ_ARCH_TDX:
		return bench_ask_tdx(room, &said, ret);
	case TSMREQ_ARCH_SEV:
		return bench_ask_sev(room, &said, ret);
	case TSMREQ_ARCH_CCA:
	case TSMREQ_ARCH_FORCE_S32_:
		break;
	}
	return bench_ask_cca(room, &said, ret);
}

bool bench_is_well(struct room *room)
{
	struct tsmreq_guest_counters counters;

	tsmreq_guest_get_counters(room->vm.guest, &counters);
	return !counters.not_ours && !counters.refused && !counters.failed && !counters.uncertain;
}
