/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include "base/bytes.h"

/* AMD SEV-TIO: a GHCB page or an exit of kvm_run, and the message page behind it. */

#define REQUEST	 0x2000u
#define RESPONSE 0x3000u
#define DATA	 0x4000u

static struct kit *snp(enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, uapi);

	kit_start(kit, state);
	return kit;
}

static struct tsmreq_call info(uint32_t want)
{
	struct tsmreq_call call = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);

	call.u.tdi_info.want = want;
	return call;
}

static struct tsmreq_call info_with_pages(uint32_t want, uint64_t pages)
{
	struct tsmreq_call call = info(want);

	call.u.tdi_info.data.raw = DATA;
	call.u.tdi_info.pages = pages;
	return call;
}

static struct tsmreq_call dma(bool enable)
{
	struct tsmreq_call call = kit_sev_message(TSMREQ_CALL_SET_DMA, 25);

	call.u.dma.enable = enable ? TSMREQ_YES : TSMREQ_NO;
	call.u.dma.vtom = 0x20000000000;
	return call;
}

static struct tsmreq_call mmio(enum tsmreq_call_kind kind, uint8_t type)
{
	struct tsmreq_call call = kit_sev_message(kind, type);

	call.u.mmio = (struct tsmreq_call_mmio){
		.base = {0xc0000000}, .size = 0x10000, .to_private = TSMREQ_YES, .range = 0};
	return call;
}

/* fw_err of a guest request from kvm_run. */
static int32_t ask(struct kit *kit, const struct tsmreq_call *call)
{
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	const struct tsmreq_exit exit = kit_sev_exit(kit, run, call);

	memset(kit->memory + RESPONSE, 0, 4096);
	(void)kit_handle(kit, &exit);
	return kit_fw_err(run, KIT_REQ_FW_ERR);
}

/* The same on a GHCB page. */
static struct tsmreq_ghcb_regs ask_page(struct kit *kit, struct tsmreq_call call)
{
	const struct tsmreq_exit exit = kit_ghcb_exit(kit, &call);
	struct tsmreq_ghcb_regs regs;

	memset(kit->memory + RESPONSE, 0, 4096);
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_RESUME);
	assert_int_equal(
		tsmreq_ghcb_load((struct tsmreq_bytes){kit->memory + KIT_GHCB, 4096}, &regs), 0);
	return regs;
}

/* ---- state: the kernel judges, the hold refuses */

static void a_guest_binds_runs_stops_and_unbinds(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit->sends, 4);
	kit_free(kit);
}

/* The kernel says 0 to a second bind, and moves nothing: after STOP that would be no lock. */
static void a_bind_after_stop_locks(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	for (unsigned int round = 0; round < 2; round++) {
		assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), 0);
		assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
		assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED), 0);
		assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	}
	/* the first bind alone needed no unbind */
	assert_int_equal(kit->sends, 5);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit->sends, 7);
	kit_free(kit);
}

static void every_step_is_sent_but_what_the_hold_refuses(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_call call = info(TSMREQ_WANT_STATE);

	(void)unused;
	/* RUN of what is not even bound: the kernel's to refuse */
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
	kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	kit_set_fault(kit, "");
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), -1);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	assert_int_equal(kit->sends, 1);
	/* a message is never held: one wrongly failed costs the guest its key */
	(void)ask(kit, &call);
	assert_int_equal(kit->sends, 2);
	/* nor are the ways out */
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit->sends, 4);
	kit_free(kit);
}

static void bind_tells_the_tdis_id(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_guest_device device = {.size = sizeof(device),
					     .vdev = kit->vdev,
					     .dev = {0x200},
					     .virt_id = {0x200},
					     .tdi_id = 0x1122334455667788};
	struct tsmreq_call call = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_ghcb_regs regs;
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	(void)unused;
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	exit = kit_sev_exit(kit, run, &call);
	(void)kit_handle(kit, &exit);
	assert_int_equal(tsmreq_load_le64(run + 32 + 20), KIT_DEV);
	call.dev.raw = 0x200;
	exit = kit_sev_exit(kit, run, &call);
	(void)kit_handle(kit, &exit);
	assert_int_equal(tsmreq_load_le64(run + 32 + 20), 0x1122334455667788);
	regs = ask_page(kit, call);
	assert_int_equal(regs.info2, 0);
	assert_int_equal(regs.rcx, 0x1122334455667788);
	/* a bind that failed has none */
	kit_set_fault(kit, "gone");
	call.shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP;
	exit = kit_sev_exit(kit, run, &call);
	memset(run + 32 + 20, 0xff, 8);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), -1);
	assert_int_equal(tsmreq_load_le64(run + 32 + 20), 0);
	kit_free(kit);
}

static void another_vms_device_is_no_wait(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_call call = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	kit_set_fault(kit, "backend:EBUSY");
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), -1);
	assert_int_equal(ask_page(kit, call).info2, TSMREQ_GHCB_NO_FW_CALL);
	kit_free(kit);
}

/* ---- kicks: what keeps an exit open, what a GHCB page says instead */

static void a_kick_by_errno_and_carrier(void **unused)
{
	static const struct {
		const char *fault;
		bool open;
	} cases[] = {
		{"intr-once", true},	  {"again-once", true}, {"backend:EBUSY", true},
		{"backend:ENXIO", false}, {"copyout", false},	{"backend:EIO", false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
		const struct tsmreq_call call = info(TSMREQ_WANT_STATE);
		uint8_t run[TSMREQ_KVM_RUN_SIZE];
		struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);
		struct tsmreq_job *job;

		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
		assert_int_equal(tsmreq_job_run(job), cases[i].open ? -EAGAIN : 0);
		kit_set_fault(kit, "");
		if (cases[i].open)
			assert_int_equal(tsmreq_job_run(job), 0);
		(void)kit_answer(job);
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), cases[i].open ? 0 : -1);
		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(ask_page(kit, call).info2,
				 cases[i].open ? TSMREQ_GHCB_BUSY : TSMREQ_GHCB_NO_FW_CALL);
		kit_free(kit);
	}
}

static void an_unsure_kick_is_no_wait(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts),
					      .initial_state = TSMREQ_TDI_LOCKED,
					      .quirks = TSMREQ_QUIRK_EINTR_UNSURE};
	struct tsmreq_vdev *vdev;

	(void)unused;
	assert_int_equal(tsmreq_vdev_new(&vdev, kit->ctx, kit->id, TSMREQ_ARCH_SEV, &opts), 0);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(KIT_DEV), vdev), 0);
	kit_set_fault(kit, "intr");
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	tsmreq_vdev_free(vdev);
	kit_free(kit);
}

/* ---- messages */

static uint8_t sent[4096];
static uint32_t sent_op;

static void keep_op(struct kit *kit)
{
	sent_op = tsmreq_load_le32((const uint8_t *)kit->arg + 8);
}

static void keep_request(struct kit *kit)
{
	const uint8_t *arg = kit->arg;

	assert_int_equal(tsmreq_load_le32(arg + 16), 4096);
	assert_int_equal(tsmreq_load_le32(arg + 20), 4096);
	memcpy(sent, (const void *)(uintptr_t)tsmreq_load_le64(arg + 24), sizeof(sent));
}

static void what_was_looked_at_is_what_is_sent(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = dma(true);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);
	uint8_t page[4096];
	struct tsmreq_job *job;

	(void)unused;
	memset(kit->memory + REQUEST + 0x60, 0x9a, 4000);
	memcpy(page, kit->memory + REQUEST, sizeof(page));
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	memset(kit->memory + REQUEST, 0xee, 4096);
	kit->at_submit = keep_request;
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_memory_equal(sent, page, sizeof(page));
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), 0);
	kit_free(kit);
}

static void every_message_has_its_operation(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		uint32_t info, validate, on, off; /* of the wire; 0: none */
	} rows[] = {
		{TSMREQ_UAPI_JUNE, 1, 4, 6, 7},
		{TSMREQ_UAPI_V6_OBJECTS, 5, 1, 3, 4},
		{TSMREQ_UAPI_CCA_V7, 5, 1, 3, 4},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kit *kit = snp(rows[i].uapi, TSMREQ_TDI_RUN);
		const struct tsmreq_call calls[] = {info(TSMREQ_WANT_STATE),
						    mmio(TSMREQ_CALL_VALIDATE_MMIO, 21), dma(true),
						    dma(false)};
		const uint32_t ops[] = {rows[i].info, rows[i].validate, rows[i].on, rows[i].off};

		kit->at_submit = keep_op;
		for (unsigned int c = 0; c < 4; c++) {
			assert_int_equal(ask(kit, &calls[c]), 0);
			assert_int_equal(kit->sends, c + 1);
			assert_int_equal(sent_op, ops[c]);
		}
		kit_free(kit);
	}
}

static void what_no_row_can_say_is_not_sent(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = mmio(TSMREQ_CALL_MMIO_CONFIG, 23);

	(void)unused;
	assert_int_equal(ask(kit, &call), -1);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
	kit = snp(TSMREQ_UAPI_V5, TSMREQ_TDI_RUN);
	assert_int_equal(ask(kit, &call), 0);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void set_response(struct kit *kit, const uint8_t *page)
{
	assert_int_equal(
		tsmreq_mock_set_response(kit->mock, kit->id, (struct tsmreq_bytes){page, 4096}), 0);
}

/* A false success costs the guest its key as surely as a false failure. */
static void success_is_what_the_response_proves(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = info(TSMREQ_WANT_STATE);
	uint8_t good[4096], page[4096];
	static const size_t flaws[] = {0x20, 0x31, 0x32, 0x34, 0x35, 0x36};

	(void)unused;
	assert_int_equal(ask(kit, &call), 0);
	memcpy(good, kit->memory + RESPONSE, sizeof(good));
	for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
		memcpy(page, good, sizeof(page));
		page[flaws[i]] = (uint8_t)(page[flaws[i]] ^ 0x80);
		if (flaws[i] == 0x36) /* a size that no page has */
			page[0x37] = 0xff;
		set_response(kit, page);
		assert_int_equal(ask(kit, &call), -1);
		/* and of a failure nothing reaches the guest */
		assert_int_equal(kit->memory[RESPONSE + 0x31], 0);
	}
	memset(page, 0, sizeof(page));
	set_response(kit, page);
	assert_int_equal(ask(kit, &call), -1);
	kit_set_fault(kit, "code:16");
	assert_int_equal(ask(kit, &call), 0x16);
	assert_int_equal(kit->memory[RESPONSE + 0x31], 0);
	kit_set_fault(kit, "");
	kit_set_fault(kit, "residue:4096"); /* one driver counts the other way */
	assert_int_equal(ask(kit, &call), 0);
	kit_free(kit);
}

static void a_response_page_that_went_private_is_a_failure(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_STATE, 1);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);
	struct tsmreq_job *job;

	(void)unused;
	for (uint64_t page = RESPONSE; page <= DATA; page += 0x1000) {
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
		assert_int_equal(tsmreq_job_run(job), 0);
		kit->private_from = page;
		kit->private_to = page + 0x1000;
		(void)kit_answer(job);
		kit->private_to = 0;
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
		assert_int_equal(kit->memory[RESPONSE + 0x34], 0);
	}
	kit_free(kit);
}

static void pages_that_were_fetched_are_not_fetched_again(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call call = info_with_pages(TSMREQ_WANT_MEASUREMENTS, 1);
	struct tsmreq_exit exit;
	struct tsmreq_ghcb_regs regs;

	(void)unused;
	/* the nonce out of the request page */
	call.u.tdi_info.data.raw = REQUEST;
	assert_int_equal(ask(kit, &call), 9);
	regs = ask_page(kit, call);
	assert_int_equal(regs.info1, 2);
	assert_int_equal(regs.info2, 5);
	/* out of the GHCB */
	call.u.tdi_info.data.raw = KIT_GHCB;
	regs = ask_page(kit, call);
	assert_int_equal(regs.info1, 2);
	assert_int_equal(regs.info2, 5);
	/* the GHCB as the request page */
	call = info(TSMREQ_WANT_STATE);
	exit = kit_ghcb_exit(kit, &call);
	tsmreq_store_le64(kit->memory + KIT_GHCB + 0x398, KIT_GHCB);
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_RESUME);
	assert_int_equal(tsmreq_load_le64(kit->memory + KIT_GHCB + 0x3a0), 5);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void the_state_is_told_as_it_is_on_the_books(void **unused)
{
	static const struct {
		enum tsmreq_tdi_state state;
		uint8_t told;
	} cases[] = {{TSMREQ_TDI_LOCKED, 1}, {TSMREQ_TDI_RUN, 2}};
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct kit *kit = snp(TSMREQ_UAPI_JUNE, cases[i].state);
		const struct tsmreq_call call = info(TSMREQ_WANT_STATE);

		exit = kit_sev_exit(kit, run, &call);
		run[32 + 11] = 0xff;
		(void)kit_handle(kit, &exit);
		assert_int_equal(run[32 + 11], cases[i].told);
		assert_int_equal(ask_page(kit, call).rdx, cases[i].told);
		/* nobody can tell: no state that anybody could rely on */
		kit_set_fault(kit, "after:EIO");
		(void)kit_op(kit, TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
		(void)kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED);
		kit_set_fault(kit, "");
		exit = kit_sev_exit(kit, run, &call);
		(void)kit_handle(kit, &exit);
		assert_int_equal(run[32 + 11], TSMREQ_TDI_ERROR);
		kit_free(kit);
	}
}

static void a_device_in_reset_is_waited_for(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = info(TSMREQ_WANT_STATE);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
	kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(ask_page(kit, call).info2, TSMREQ_GHCB_BUSY);
	kit_free(kit);
}

/* ---- evidence */

static struct kit *with_evidence(void)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);

	kit->ops.read_object = kit_source;
	kit->source[TSMREQ_OBJECT_CERTIFICATE] = (struct tsmreq_bytes){"certificate", 11};
	kit->source[TSMREQ_OBJECT_MEASUREMENTS] = (struct tsmreq_bytes){"measured", 8};
	kit->source[TSMREQ_OBJECT_INTERFACE_REPORT] = (struct tsmreq_bytes){"reported", 8};
	kit_start(kit, TSMREQ_TDI_RUN);
	return kit;
}

/* What a guest finds in its data pages. */
static struct tsmreq_blob_table blobs(const struct kit *kit, uint64_t pages)
{
	struct tsmreq_blob_table table;

	assert_int_equal(tsmreq_blob_parse((struct tsmreq_bytes){kit->memory + DATA, pages * 4096},
					   &table),
			 0);
	return table;
}

static void a_page_gets_what_it_asked_for(void **unused)
{
	struct kit *kit = with_evidence();
	struct tsmreq_blob_table table;
	struct tsmreq_ghcb_regs regs;

	(void)unused;
	regs = ask_page(kit, info_with_pages(TSMREQ_WANT_REPORT | TSMREQ_WANT_CERTIFICATE, 8));
	assert_int_equal(regs.info2, 0);
	assert_int_equal(regs.rbx, 1);
	table = blobs(kit, 1);
	assert_int_equal(table.blobs[0].length, 0);
	assert_int_equal(table.blobs[1].length, 11);
	assert_int_equal(table.blobs[2].length, 8);
	assert_memory_equal(kit->memory + DATA + table.blobs[1].offset, "certificate", 11);
	assert_memory_equal(kit->memory + DATA + table.blobs[2].offset, "reported\0", 9);
	kit_free(kit);
}

static void kvm_run_hides_what_was_asked_for_so_all_goes_in(void **unused)
{
	struct kit *kit = with_evidence();
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_STATE, 8);
	struct tsmreq_blob_table table;

	(void)unused;
	assert_int_equal(ask(kit, &call), 0);
	table = blobs(kit, 1);
	assert_int_equal(table.blobs[0].length, 8);
	assert_int_equal(table.blobs[1].length, 11);
	assert_int_equal(table.blobs[2].length, 8);
	kit_free(kit);
}

static void too_few_pages(void **unused)
{
	static uint8_t big[5000];
	struct kit *kit = with_evidence();
	struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT | TSMREQ_WANT_CERTIFICATE, 1);
	struct tsmreq_blob_table table;
	struct tsmreq_ghcb_regs regs;

	(void)unused;
	memset(big, 0x31, sizeof(big));
	kit->source[TSMREQ_OBJECT_CERTIFICATE] = (struct tsmreq_bytes){big, sizeof(big)};
	/* a page can say so, and nothing is sent */
	memset(kit->memory + DATA, 0xcc, 4096);
	regs = ask_page(kit, call);
	assert_int_equal(regs.info1, 0);
	assert_int_equal(regs.info2, TSMREQ_GHCB_INVALID_LEN);
	assert_int_equal(regs.rbx, 2);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(kit->memory[DATA], 0xcc);
	/* kvm_run cannot: what does not fit is not there */
	assert_int_equal(ask(kit, &call), 0);
	table = blobs(kit, 1);
	assert_int_equal(table.blobs[1].length, 0);
	assert_int_equal(table.blobs[2].length, 8);
	/* no pages: no table, and how many it would take */
	regs = ask_page(kit, info(TSMREQ_WANT_REPORT | TSMREQ_WANT_CERTIFICATE));
	assert_int_equal(regs.info2, 0);
	assert_int_equal(regs.rbx, 2);
	kit_free(kit);
}

static void the_nonce_reaches_the_source_from_a_copy(void **unused)
{
	struct kit *kit = with_evidence();
	struct tsmreq_call call = info_with_pages(TSMREQ_WANT_MEASUREMENTS, 1);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);
	struct tsmreq_job *job;

	(void)unused;
	memset(kit->memory + DATA, 0x6b, 32);
	memset(kit->memory + DATA + 32, 0xaa, 32);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	memset(kit->memory + DATA, 0, 64);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit->nonce[0], 0x6b);
	assert_int_equal(kit->nonce[31], 0x6b);
	(void)kit_answer(job);
	assert_int_equal(blobs(kit, 1).blobs[0].length, 8);
	kit_free(kit);
}

static void nothing_is_told_before_the_firmware_agreed(void **unused)
{
	struct kit *kit = with_evidence();
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);

	(void)unused;
	memset(kit->memory + DATA, 0xcc, 4096);
	kit_set_fault(kit, "backend:EIO");
	assert_int_equal(ask(kit, &call), -1);
	kit_set_fault(kit, "");
	kit_set_fault(kit, "code:27");
	assert_int_equal(ask(kit, &call), 0x27);
	for (unsigned int i = 0; i < 4096; i++)
		assert_int_equal(kit->memory[DATA + i], 0xcc);
	kit_free(kit);
}

static struct tsmreq_buffer odd;
static int odd_rc;

static int odd_source(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		      struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	(void)userdata;
	(void)dev;
	(void)nonce;
	dst->size = object == TSMREQ_OBJECT_INTERFACE_REPORT ? odd.size : 0;
	return object == TSMREQ_OBJECT_INTERFACE_REPORT ? odd_rc : -ENODATA;
}

static void without_a_vdevice_nobody_is_asked(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_CCA_V7);
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);

	(void)unused;
	kit->ops.read_object = kit_source;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(KIT_DEV), NULL), 0);
	assert_int_equal(ask(kit, &call), -1);
	assert_int_equal(kit->asked, 0);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_source_that_breaks_its_word_is_left_out(void **unused)
{
	static const struct {
		size_t size;
		int rc;
	} cases[] = {
		{SIZE_MAX, -EMSGSIZE},
		{SIZE_MAX, 0},
		{SIZE_MAX - 12287, -EMSGSIZE},
		{100, -EMSGSIZE},
		{100, 1},
		{0, -EMSGSIZE},
		{0, 0},
		{100, -ENOMEM},
		{TSMREQ_LENGTH_MAX + 1, -EMSGSIZE},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
		const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);

		odd.size = cases[i].size;
		odd_rc = cases[i].rc;
		kit->ops.read_object = odd_source;
		kit_start(kit, TSMREQ_TDI_RUN);
		/* the message is the guest's, and is carried all the same */
		assert_int_equal(ask(kit, &call), 0);
		assert_int_equal(blobs(kit, 1).blobs[2].length, 0);
		kit_free(kit);
	}
}

/* It says so many bytes and writes none: they are zeros, and no memory of the host's. */
static void a_kicked_source_is_asked_again(void **unused)
{
	static const int waits[] = {-EINTR, -EAGAIN, -EBUSY};
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;
	struct tsmreq_job *job;

	(void)unused;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct kit *kit = with_evidence();

		kit->source_rc = waits[i];
		assert_int_equal(ask_page(kit, call).info2, TSMREQ_GHCB_BUSY);
		exit = kit_sev_exit(kit, run, &call);
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
		assert_int_equal(tsmreq_job_run(job), -EAGAIN);
		/* the message is not sent before its evidence is there */
		assert_int_equal(kit->sends, 0);
		kit->source_rc = 0;
		assert_int_equal(tsmreq_job_run(job), 0);
		(void)kit_answer(job);
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), 0);
		assert_int_equal(kit->sends, 1);
		assert_int_equal(blobs(kit, 1).blobs[2].length, 8);
		kit_free(kit);
	}
}

static void bytes_that_a_source_did_not_write_are_zeros(void **unused)
{
	struct kit *kit = with_evidence();
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);
	struct tsmreq_blob_table table;

	(void)unused;
	assert_int_equal(ask(kit, &call), 0); /* the staging holds bytes of before */
	kit_end(kit);
	kit_set_up(kit, TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	odd.size = 64;
	odd_rc = 0;
	kit->ops.read_object = odd_source;
	kit_start(kit, TSMREQ_TDI_RUN);
	memset(kit->memory + DATA, 0xcc, 4096);
	assert_int_equal(ask(kit, &call), 0);
	table = blobs(kit, 1);
	assert_int_equal(table.blobs[2].length, 64);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(kit->memory[DATA + table.blobs[2].offset + i], 0);
	kit_free(kit);
}

/* ---- MMIO */

static void a_range_needs_the_vmms_leave(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	const struct tsmreq_call call = mmio(TSMREQ_CALL_VALIDATE_MMIO, 21);
	const struct tsmreq_call message = info(TSMREQ_WANT_STATE);
	struct tsmreq_ghcb_regs regs;

	(void)unused;
	kit->ops.mmio_allowed = kit_mmio_allowed;
	kit_start(kit, TSMREQ_TDI_RUN);
	assert_int_equal(ask(kit, &call), 0);
	kit->forbids = true;
	assert_int_equal(ask(kit, &call), 0x16);
	regs = ask_page(kit, call);
	assert_int_equal(regs.info1, 0);
	assert_int_equal(regs.info2, 0x16);
	assert_int_equal(kit->sends, 1);
	/* no other message is a matter of leave */
	assert_int_equal(ask(kit, &message), 0);
	kit_free(kit);
	/* and by default it is given */
	kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	assert_int_equal(ask(kit, &call), 0);
	kit_free(kit);
}

/* ---- what the VMM does itself */

static void the_vmm_binds_and_brings_its_vdevice(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_CCA_V7);
	const struct tsmreq_guest_device device = {
		.size = sizeof(device), .dev = {0x200}, .virt_id = {0x200}};
	struct tsmreq_call call = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer yes = {.rc = 0};
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;
	struct tsmreq_vdev *vdev;
	struct tsmreq_job *job;

	(void)unused;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	call.dev.raw = 0x200;
	/* before that there is nothing to be run */
	{
		struct tsmreq_call run_it = kit_sev_op(TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN);

		run_it.dev.raw = 0x200;
		exit = kit_sev_exit(kit, run, &run_it);
		(void)kit_handle(kit, &exit);
		assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), -1);
		assert_int_equal(kit->sends, 0);
	}
	exit = kit_sev_exit(kit, run, &call);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_run(job), 0);
	vdev = kit_new_vdev(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(0x200), vdev), 0);
	assert_int_equal(tsmreq_job_finish(job, &yes), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), 0);
	assert_int_equal(tsmreq_load_le64(run + 32 + 20), 0x200);
	/* a firmware code is the guest's to know */
	call.kind = TSMREQ_CALL_UNBIND;
	exit = kit_sev_exit(kit, run, &call);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	{
		const struct tsmreq_answer no = {.rc = -EREMOTEIO,
						 .result = {.tsm_code = 0x38,
							    .outcome = TSMREQ_OUTCOME_COMPLETED}};

		assert_int_equal(tsmreq_job_finish(job, &no), 0);
	}
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), 0x38);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(0x200), NULL), 0);
	tsmreq_vdev_free(vdev);
	kit_free(kit);
}

static void by_flag_the_vmm_binds_on_any_row(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	struct tsmreq_call call = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;
	struct tsmreq_job *job;

	(void)unused;
	kit->opts.flags = TSMREQ_GUEST_VMM_BINDS;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	exit = kit_sev_exit(kit, run, &call);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	kit_free(kit);
}

static void a_vmms_own_response_is_judged_as_the_kernels(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call call = info_with_pages(TSMREQ_WANT_STATE, 1);
	uint8_t run[TSMREQ_KVM_RUN_SIZE], page[4096];
	struct tsmreq_exit exit;
	struct tsmreq_answer answer = {.data = {page, sizeof(page)}};
	struct tsmreq_job *job;

	(void)unused;
	/* a good response, as the mock makes it */
	assert_int_equal(ask(kit, &call), 0);
	memcpy(page, kit->memory + RESPONSE, sizeof(page));
	for (unsigned int flaw = 0; flaw < 3; flaw++) {
		exit = kit_sev_exit(kit, run, &call);
		memset(kit->memory + RESPONSE, 0, 4096);
		memset(kit->memory + DATA, 0xcc, 4096);
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
		if (flaw == 1)
			answer.data.size = 0; /* none at all */
		if (flaw == 2) {
			answer.data.size = sizeof(page);
			page[0x34] ^= 1;
		}
		assert_int_equal(tsmreq_job_finish(job, &answer), 0);
		(void)kit_answer(job);
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), flaw ? -1 : 0);
		assert_int_equal(kit->memory[RESPONSE + 0x31], flaw ? 0 : 1);
		/* the table is the VMM's own affair then */
		assert_int_equal(kit->memory[DATA], 0xcc);
	}
	{
		/* a byte more than a page, and a good page but for that */
		uint8_t too_much[4097] = {0};

		page[0x34] ^= 1;
		memcpy(too_much, page, sizeof(page));
		answer.data = (struct tsmreq_bytes){too_much, sizeof(too_much)};
		exit = kit_sev_exit(kit, run, &call);
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
		assert_int_equal(tsmreq_job_finish(job, &answer), 0);
		(void)kit_answer(job);
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
	}
	kit_free(kit);
}

static void certificates_are_the_vmms(void **unused)
{
	static const struct {
		int rc;
		uint64_t value, ret, pages;
	} cases[] = {{0, 0, 0, 3}, {-ENOSPC, 9, 28, 9}, {-EAGAIN, 0, 11, 3}, {-EIO, 0, 5, 3}};
	const struct tsmreq_call call = {.kind = TSMREQ_CALL_SNP_REQ_CERTS,
					 .u.certs = {{0x5000}, 3}};
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	struct tsmreq_exit exit = kit_run_exit(run);
	struct tsmreq_job *job;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tsmreq_answer answer = {.rc = cases[i].rc, .value = cases[i].value};

		assert_int_equal(
			tsmreq_kvm_encode_call(TSMREQ_KVM_SEV_TIO, &call, run, sizeof(run)), 0);
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
		assert_int_equal(tsmreq_job_run(job), 0);
		assert_int_equal(tsmreq_job_finish(job, &answer), 0);
		assert_int_equal(kit_answer(job).action, TSMREQ_ACTION_RESUME);
		assert_int_equal(tsmreq_load_le64(run + 48), cases[i].ret);
		assert_int_equal(tsmreq_load_le64(run + 40), cases[i].pages);
	}
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

/* ---- refusals leave nothing of an earlier call */

static void a_refusal_writes_its_code_and_nothing_else(void **unused)
{
	struct kit *kit = with_evidence();
	struct tsmreq_call call = info_with_pages(TSMREQ_WANT_REPORT, 1);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	(void)unused;
	assert_int_equal(ask(kit, &call), 0);
	call.dev.raw = 0x999;
	exit = kit_sev_exit(kit, run, &call);
	memset(kit->memory + RESPONSE, 0, 4096);
	memset(kit->memory + DATA, 0, 4096);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), 0x16);
	for (unsigned int i = 0; i < 8192; i++)
		assert_int_equal(kit->memory[RESPONSE + i], 0);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_binds_runs_stops_and_unbinds),
		cmocka_unit_test(a_bind_after_stop_locks),
		cmocka_unit_test(every_step_is_sent_but_what_the_hold_refuses),
		cmocka_unit_test(bind_tells_the_tdis_id),
		cmocka_unit_test(another_vms_device_is_no_wait),
		cmocka_unit_test(a_kick_by_errno_and_carrier),
		cmocka_unit_test(an_unsure_kick_is_no_wait),
		cmocka_unit_test(what_was_looked_at_is_what_is_sent),
		cmocka_unit_test(every_message_has_its_operation),
		cmocka_unit_test(what_no_row_can_say_is_not_sent),
		cmocka_unit_test(success_is_what_the_response_proves),
		cmocka_unit_test(a_response_page_that_went_private_is_a_failure),
		cmocka_unit_test(pages_that_were_fetched_are_not_fetched_again),
		cmocka_unit_test(the_state_is_told_as_it_is_on_the_books),
		cmocka_unit_test(a_device_in_reset_is_waited_for),
		cmocka_unit_test(a_page_gets_what_it_asked_for),
		cmocka_unit_test(kvm_run_hides_what_was_asked_for_so_all_goes_in),
		cmocka_unit_test(too_few_pages),
		cmocka_unit_test(the_nonce_reaches_the_source_from_a_copy),
		cmocka_unit_test(nothing_is_told_before_the_firmware_agreed),
		cmocka_unit_test(without_a_vdevice_nobody_is_asked),
		cmocka_unit_test(a_source_that_breaks_its_word_is_left_out),
		cmocka_unit_test(a_kicked_source_is_asked_again),
		cmocka_unit_test(bytes_that_a_source_did_not_write_are_zeros),
		cmocka_unit_test(a_range_needs_the_vmms_leave),
		cmocka_unit_test(the_vmm_binds_and_brings_its_vdevice),
		cmocka_unit_test(by_flag_the_vmm_binds_on_any_row),
		cmocka_unit_test(a_vmms_own_response_is_judged_as_the_kernels),
		cmocka_unit_test(certificates_are_the_vmms),
		cmocka_unit_test(a_refusal_writes_its_code_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
