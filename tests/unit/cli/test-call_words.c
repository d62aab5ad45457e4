/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include <tsmreq/text.h>

#include "cli/call_words.h"

/* The vector files prove the words of real calls (tests/unit/decode); here, every kind and branch.
 */

static void join(const struct call_words *words, const char *expect)
{
	char text[512] = "";

	assert_true(words->count <= CALL_WORDS_MAX);
	for (size_t i = 0; i < words->count; i++) {
		const size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s=%s", i ? " " : "",
			 words->word[i].key, words->word[i].value);
	}
	assert_string_equal(text, expect);
}

static void says(const struct tsmreq_call *call, const char *expect)
{
	struct call_words words;

	memset(&words, 0xa5, sizeof(words));
	call_words_of(call, &words);
	join(&words, expect);
}

static void says_more(const struct tsmreq_call *call, const char *expect)
{
	struct call_words words;

	memset(&words, 0xa5, sizeof(words));
	call_words_more(call, &words);
	join(&words, expect);
}

#define DIGITS "00112233445566778899aabbccddeeff"

static void fill_nonce(uint8_t nonce[TSMREQ_NONCE_SIZE])
{
	for (unsigned int i = 0; i < TSMREQ_NONCE_SIZE; i++)
		nonce[i] = (uint8_t)(0x11 * (i % 16));
}

static void without_arguments(void **state)
{
	struct tsmreq_call call = {.dev.raw = 0x10100};

	(void)state;
	says(&call, "kind=none");
	call.kind = TSMREQ_CALL_VERSION;
	says(&call, "kind=version");
	call.kind = TSMREQ_CALL_FEATURES;
	says(&call, "kind=features");
	call.kind = TSMREQ_CALL_BIND;
	says(&call, "kind=bind dev=10100");
	call.kind = TSMREQ_CALL_UNBIND;
	call.dev.raw = 0; /* a device like any other */
	says(&call, "kind=unbind dev=0");
	call.kind = (enum tsmreq_call_kind)77;
	says(&call, "kind=unknown dev=0");
	call.kind = (enum tsmreq_call_kind) - 1;
	says(&call, "kind=unknown dev=0");
}

static void refusals(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_REJECT,
		.reason = TSMREQ_REASON_BAD_ACTION,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.write[0] = {{0x12340000}, 0x1000, TSMREQ_SPAN_TDCM_BUFFER, 0},
	};

	(void)state;
	says(&call, "kind=reject reason=bad_action");
}

static void of_rhi(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_OBJECT_SIZE,
		.arch = TSMREQ_ARCH_CCA,
		.shape = TSMREQ_SHAPE_RHI,
		.dev.raw = 0x100,
		.u.object = {.object = TSMREQ_OBJECT_VCA, .length = 8, .offset = 6},
		.write[0] = {{0x2000}, 8, TSMREQ_SPAN_OBJECT, 0},
	};

	(void)state;
	says(&call, "kind=object_size dev=100 object=vca");
	call.kind = TSMREQ_CALL_READ_OBJECT;
	says(&call, "kind=read_object dev=100 object=vca gpa=2000 len=8 off=6");

	call = (struct tsmreq_call){
		.kind = TSMREQ_CALL_REGEN,
		.arch = TSMREQ_ARCH_CCA,
		.shape = TSMREQ_SHAPE_RHI,
		.u.regen = {.object = TSMREQ_OBJECT_INTERFACE_REPORT, .flags = 3},
	};
	says(&call, "kind=regen dev=0 object=report");
	call.u.regen.object = TSMREQ_OBJECT_MEASUREMENTS;
	fill_nonce(call.u.regen.nonce);
	call.read[0] = (struct tsmreq_span){{0x3000}, 0x120, TSMREQ_SPAN_RHI_PARAMETERS, 0};
	call.next = TSMREQ_NEXT_RHI_PARAMETERS;
	says(&call, "kind=regen dev=0 object=measurements gpa=3000");
	call.next = TSMREQ_NEXT_DONE;
	says(&call, "kind=regen dev=0 object=measurements gpa=3000 flags=3 nonce=" DIGITS DIGITS);

	call = (struct tsmreq_call){.kind = TSMREQ_CALL_CONTINUE, .u.resume.handle = UINT64_MAX};
	says(&call, "kind=continue dev=0 handle=ffffffffffffffff");
	call = (struct tsmreq_call){.kind = TSMREQ_CALL_P2P_UNBIND, .u.p2p.dev2.raw = 0x200};
	says(&call, "kind=p2p_unbind dev=0 dev2=200");
	call = (struct tsmreq_call){.kind = TSMREQ_CALL_SET_TDI_STATE, .arch = TSMREQ_ARCH_CCA};
	says(&call, "kind=set_tdi_state dev=0 state=unlocked");
}

static void of_cca_exits(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.arch = TSMREQ_ARCH_CCA,
		.u.mmio = {{0x4000}, 0x4000, 0x9000, TSMREQ_YES, TSMREQ_RANGE_NONE},
	};

	(void)state;
	says(&call, "kind=validate_mmio dev=0 base=4000 top=8000 pa=9000");
	call = (struct tsmreq_call){
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.u.fault = {.base.raw = 0x4000, .size = 0x1000, .flags = 8, .to_private = 1},
	};
	says(&call, "kind=memory_fault base=4000 top=5000 to=private");
	call.u.fault.to_private = 0;
	says(&call, "kind=memory_fault base=4000 top=5000 to=shared");
}

static void of_tdx(void **state)
{
	static const uint8_t guid[16] = {0x51, 0xda, 0x70, 0x62, 0x23, 0x9a, 0x6b, 0x4b,
					 0x81, 0xce, 0xdd, 0xd8, 0x69, 0x70, 0xf2, 0x96};
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_SET_TDI_STATE,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.dev.raw = 0x18,
		.u.state.target = TSMREQ_TDI_RUN,
		.write[0] = {{0x12340000}, 0x1000, TSMREQ_SPAN_TDCM_BUFFER, 0},
	};

	(void)state;
	says(&call, "kind=set_tdi_state dev=18 target=run gpa=12340000 len=fec");
	call.kind = TSMREQ_CALL_READ_OBJECT;
	call.u.object = (struct tsmreq_call_object){.object = TSMREQ_OBJECT_INTERFACE_REPORT};
	says(&call, "kind=read_object dev=18 object=report gpa=12340000 len=fec");

	call = (struct tsmreq_call){.arch = TSMREQ_ARCH_TDX, .shape = TSMREQ_SHAPE_SERVICE};
	memcpy(call.u.service.guid, guid, sizeof(guid));
	fill_nonce(call.u.service.nonce);
	call.u.service.command = 0x7f;
	call.kind = TSMREQ_CALL_SERVICE_QUERY;
	says(&call, "kind=service_query guid=6270da51-9a23-4b6b-81ce-ddd86970f296");
	call.kind = TSMREQ_CALL_SERVICE_UNKNOWN;
	says(&call, "kind=service_unknown guid=6270da51-9a23-4b6b-81ce-ddd86970f296");
	call.kind = TSMREQ_CALL_LEGACY_CONTEXT;
	says(&call, "kind=legacy_context dev=0");
	call.kind = TSMREQ_CALL_LEGACY_UNKNOWN;
	says(&call, "kind=legacy_unknown dev=0 command=7f");
	call.kind = TSMREQ_CALL_LEGACY_DEVICE_INFO;
	says(&call, "kind=legacy_device_info dev=0 nonce=" DIGITS DIGITS);
}

/* The pages of a guest request. */
static struct tsmreq_call sev(enum tsmreq_call_kind kind, uint8_t type)
{
	return (struct tsmreq_call){
		.kind = kind,
		.arch = TSMREQ_ARCH_SEV,
		.dev.raw = 0x100,
		.read[0] = {{0x1000}, 0x1000, TSMREQ_SPAN_SEV_REQUEST, 0},
		.write[0] = {{0x2000}, 0x1000, TSMREQ_SPAN_SEV_RESPONSE, 0},
		.message = {.type = type},
	};
}

static void of_sev(void **state)
{
	struct tsmreq_call call = sev(TSMREQ_CALL_TDI_INFO, 0x13);

	(void)state;
	says(&call, "kind=tdi_info dev=100 msg=13 want=none data=0 pages=0 req=1000 rsp=2000");
	call.u.tdi_info.want = 0xf;
	call.u.tdi_info.data.raw = 0x3000;
	call.u.tdi_info.pages = 0x10;
	call.u.tdi_info.has_nonce = 1;
	fill_nonce(call.u.tdi_info.nonce);
	says(&call,
	     "kind=tdi_info dev=100 msg=13 want=state,cert,meas,report data=3000 pages=10 nonce=" DIGITS
		     DIGITS " req=1000 rsp=2000");

	call = sev(TSMREQ_CALL_VALIDATE_MMIO, 0x15);
	call.u.mmio = (struct tsmreq_call_mmio){{0x4000}, 0x1000, 0, TSMREQ_NO, 2};
	says(&call, "kind=validate_mmio dev=100 msg=15 gpa=4000 len=1000 private=0 range=2 "
		    "req=1000 rsp=2000");
	call = sev(TSMREQ_CALL_MMIO_CONFIG, 0x17);
	call.u.mmio = (struct tsmreq_call_mmio){{0}, 0, 0, TSMREQ_NOT_TOLD, TSMREQ_RANGE_NONE};
	says(&call, "kind=mmio_config dev=100 msg=17 gpa=0 len=none private=none range=none "
		    "req=1000 rsp=2000");

	call = sev(TSMREQ_CALL_SET_DMA, 0x19);
	call.u.dma = (struct tsmreq_call_dma){0x200000, TSMREQ_YES, 0};
	says(&call, "kind=set_dma dev=100 msg=19 enable=1 vtom=200000 req=1000 rsp=2000");
	call.u.dma.enable = TSMREQ_NOT_TOLD;
	says(&call, "kind=set_dma dev=100 msg=19 enable=none vtom=none req=1000 rsp=2000");

	call = (struct tsmreq_call){.kind = TSMREQ_CALL_SNP_REQ_CERTS,
				    .u.certs = {.gpa.raw = 0x1000, .pages = 4}};
	says(&call, "kind=snp_req_certs gpa=1000 pages=4");
}

static void before_the_next_look(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_PENDING,
		.shape = TSMREQ_SHAPE_RHI,
		.next = TSMREQ_NEXT_RHI_REGISTERS,
		.u.hypercall = {.nr = 0xc500004a, .flags = 1},
	};

	(void)state;
	says(&call, "kind=pending nr=c500004a flags=1");
	call = (struct tsmreq_call){.kind = TSMREQ_CALL_PENDING, .next = TSMREQ_NEXT_SEV_EXIT};
	says(&call, "kind=pending");

	call = sev(TSMREQ_CALL_PENDING, 0);
	call.next = TSMREQ_NEXT_SEV_MESSAGE;
	call.u.hints = (struct tsmreq_call_hints){1, 2, 3, 4, 0xf, 6};
	says(&call, "kind=pending dev=100 rax=1 rbx=2 rcx=3 rdx=4 marked=f flags=6 "
		    "req=1000 rsp=2000");

	call = (struct tsmreq_call){
		.kind = TSMREQ_CALL_PENDING,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.next = TSMREQ_NEXT_TDCM_HEADER,
		.dev.raw = 0x18,
		.write[0] = {{0x12340000}, 0x1000, TSMREQ_SPAN_TDCM_BUFFER, 0},
	};
	says(&call, "kind=pending dev=18 gpa=12340000 len=fec");
	call.shape = TSMREQ_SHAPE_SERVICE;
	call.next = TSMREQ_NEXT_SERVICE_HEADERS;
	says(&call, "kind=pending");
	call.next = TSMREQ_NEXT_SERVICE_BODY;
	says(&call, "kind=pending guid=00000000-0000-0000-0000-000000000000");
}

static void more_than_a_call_line(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.arch = TSMREQ_ARCH_CCA,
		.u.fault.flags = 0x18,
	};

	(void)state;
	says_more(&call, "flags=18");
	call.kind = TSMREQ_CALL_BIND;
	says_more(&call, "");
	call.kind = TSMREQ_CALL_VALIDATE_MMIO;
	call.u.mmio =
		(struct tsmreq_call_mmio){{0x4000}, 0x4000, 0x9000, TSMREQ_YES, TSMREQ_RANGE_NONE};
	says_more(&call, "private=1 range=none");
	call.arch = TSMREQ_ARCH_SEV; /* whose call line has both */
	says_more(&call, "");

	call = (struct tsmreq_call){.kind = TSMREQ_CALL_PENDING, .u.service.timeout = 7};
	says_more(&call, "");
	call.shape = TSMREQ_SHAPE_SERVICE;
	says_more(&call, "timeout=7");
	call.u.service.offered = 1;
	call.u.service.command = 3;
	call.kind = TSMREQ_CALL_SERVICE_QUERY;
	says_more(&call, "timeout=7 offered=1");
	call.kind = TSMREQ_CALL_LEGACY_CONTEXT;
	says_more(&call, "timeout=7 offered=1 command=3 guid=00000000-0000-0000-0000-000000000000");
	call.kind = TSMREQ_CALL_LEGACY_UNKNOWN;
	says_more(&call, "timeout=7 offered=1 command=3 guid=00000000-0000-0000-0000-000000000000");
	call.kind = TSMREQ_CALL_SNP_REQ_CERTS;
	says_more(&call, "");
}

static void found_by_key(void **state)
{
	struct tsmreq_call call = {.kind = TSMREQ_CALL_SET_TDI_STATE, .arch = TSMREQ_ARCH_SEV};
	struct call_words words;

	(void)state;
	call_words_of(&call, &words);
	assert_string_equal(call_words_find(&words, "state"), "unlocked");
	assert_false(words.word[0].number);
	assert_true(words.word[1].number);
	assert_null(call_words_find(&words, "target"));
	assert_null(call_words_find(&words, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_arguments),
		cmocka_unit_test(refusals),
		cmocka_unit_test(of_rhi),
		cmocka_unit_test(of_cca_exits),
		cmocka_unit_test(of_tdx),
		cmocka_unit_test(of_sev),
		cmocka_unit_test(before_the_next_look),
		cmocka_unit_test(more_than_a_call_line),
		cmocka_unit_test(found_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
