/* SPDX-License-Identifier: MIT */
/*
 * Exits of guests from exit to answer, on the in-process mock. Each architecture's guest goes round
 * a device's life; of each round one exit is counted.
 */
#include "bench.h"
#include "room.h"

static struct room room;

/* clang-format off */
enum { FEATURES, LOCK, REGEN, SIZE, READ, VALIDATE, FAULT, RUN, UNLOCK };

static const struct tsmreq_call cca_life[] = {
#define RHI(name) .kind = TSMREQ_CALL_##name, .shape = TSMREQ_SHAPE_RHI
	[FEATURES] = {RHI(FEATURES)},
	[LOCK] = {RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_LOCKED},
	[REGEN] = {RHI(REGEN), .u.regen = {TSMREQ_REGEN_RAW, {0x5e}, TSMREQ_OBJECT_MEASUREMENTS, 0},
		   .read[0] = {{0x2000}, TSMREQ_RHI_PARAMETERS_SIZE, TSMREQ_SPAN_RHI_PARAMETERS, 0}},
	[SIZE] = {RHI(OBJECT_SIZE), .u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT},
	[READ] = {RHI(READ_OBJECT),
		  .u.object = {.object = TSMREQ_OBJECT_INTERFACE_REPORT, .length = ROOM_REPORT},
		  .write[0] = {{0x8000}, ROOM_REPORT, TSMREQ_SPAN_OBJECT, 0}},
	[VALIDATE] = {.kind = TSMREQ_CALL_VALIDATE_MMIO,
		      .u.mmio = {.size = 0x4000, .host_base = 0x80000000u}},
	[FAULT] = {.kind = TSMREQ_CALL_MEMORY_FAULT, .u.fault.size = 0x4000},
	[RUN] = {RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_RUN},
	[UNLOCK] = {RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_UNLOCKED},
};

static const struct tsmreq_call cca_later[] = {
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_LOCKED},
	{RHI(CONTINUE)},
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_UNLOCKED},
	{RHI(CONTINUE)},
};

/* an object that stays what it is: from the first round on out of a snapshot */
static const struct tsmreq_call cca_kept[] = {
	{RHI(OBJECT_SIZE), .u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT},
	{RHI(READ_OBJECT),
	 .u.object = {.object = TSMREQ_OBJECT_INTERFACE_REPORT, .length = ROOM_REPORT},
	 .write[0] = {{0x8000}, ROOM_REPORT, TSMREQ_SPAN_OBJECT, 0}},
#undef RHI
};

enum { TDX_CHECK, TDX_BIND, TDX_REPORT, TDX_START, TDX_UNBIND };

static const struct tsmreq_call tdx_life[] = {
	[TDX_CHECK] = {.kind = TSMREQ_CALL_CHECK_SUPPORT},
	[TDX_BIND] = {.kind = TSMREQ_CALL_BIND},
	[TDX_REPORT] = {.kind = TSMREQ_CALL_READ_OBJECT,
			.u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT},
	[TDX_START] = {.kind = TSMREQ_CALL_SET_TDI_STATE, .u.state.target = TSMREQ_TDI_RUN},
	[TDX_UNBIND] = {.kind = TSMREQ_CALL_UNBIND},
};

enum { SEV_BIND, SEV_INFO, SEV_VALIDATE, SEV_RUN, SEV_DMA, SEV_STOP, SEV_UNBIND };

static const struct tsmreq_call sev_life[] = {
	[SEV_BIND] = {.kind = TSMREQ_CALL_BIND},
	[SEV_INFO] = {.kind = TSMREQ_CALL_TDI_INFO,
		      .u.tdi_info.want = TSMREQ_WANT_STATE | TSMREQ_WANT_MEASUREMENTS |
					 TSMREQ_WANT_REPORT},
	[SEV_VALIDATE] = {.kind = TSMREQ_CALL_VALIDATE_MMIO,
			  .u.mmio = {.size = 0x4000, .to_private = TSMREQ_YES}},
	[SEV_RUN] = {.kind = TSMREQ_CALL_SET_TDI_STATE, .u.state.target = TSMREQ_TDI_RUN},
	[SEV_DMA] = {.kind = TSMREQ_CALL_SET_DMA,
		     .u.dma = {.vtom = 2ull << 40, .enable = TSMREQ_YES}},
	[SEV_STOP] = {.kind = TSMREQ_CALL_SET_TDI_STATE, .u.state.target = TSMREQ_TDI_UNLOCKED},
	[SEV_UNBIND] = {.kind = TSMREQ_CALL_UNBIND},
};

#define LIFE(life) life, sizeof(life) / sizeof((life)[0])
#define CCA	   TSMREQ_ARCH_CCA, LIFE(cca_life)
#define TDX	   TSMREQ_ARCH_TDX, LIFE(tdx_life)
#define SEV	   TSMREQ_ARCH_SEV, LIFE(sev_life)

static const struct bench {
	const char *name;
	enum tsmreq_arch arch;
	const struct tsmreq_call *life;
	size_t calls;
	unsigned int counted;
	unsigned int flags; /* ROOM_* */
} benches[] = {
	{"cca-features", CCA, FEATURES, 0},
	{"cca-lock", CCA, LOCK, 0},
	{"cca-regen", CCA, REGEN, 0},
	{"cca-size", CCA, SIZE, 0},
	{"cca-read", CCA, READ, 0},
	{"cca-validate", CCA, VALIDATE, 0},
	{"cca-fault", CCA, FAULT, 0},
	{"cca-run", CCA, RUN, 0},
	{"cca-unlock", CCA, UNLOCK, 0},
	{"cca-read-kept", TSMREQ_ARCH_CCA, LIFE(cca_kept), 1, ROOM_KEEPS},
	{"cca-size-many", CCA, SIZE, ROOM_MANY},
	{"cca-validate-many", CCA, VALIDATE, ROOM_MANY},
	{"cca-fault-many", CCA, FAULT, ROOM_MANY},
	{"cca-lock-later", TSMREQ_ARCH_CCA, LIFE(cca_later), 0, ROOM_LATER},
	{"cca-continue", TSMREQ_ARCH_CCA, LIFE(cca_later), 1, ROOM_LATER},
	{"tdx-check", TDX, TDX_CHECK, 0},
	{"tdx-bind", TDX, TDX_BIND, 0},
	{"tdx-report", TDX, TDX_REPORT, 0},
	{"tdx-start", TDX, TDX_START, 0},
	{"tdx-unbind", TDX, TDX_UNBIND, 0},
	{"tdx-bind-later", TDX, TDX_BIND, ROOM_LATER},
	{"sev-bind", SEV, SEV_BIND, 0},
	{"sev-info", SEV, SEV_INFO, 0},
	{"sev-validate", SEV, SEV_VALIDATE, 0},
	{"sev-run", SEV, SEV_RUN, 0},
	{"sev-dma", SEV, SEV_DMA, 0},
	{"sev-stop", SEV, SEV_STOP, 0},
	{"sev-unbind", SEV, SEV_UNBIND, 0},
	{"sev-info-page", SEV, SEV_INFO, ROOM_PAGE},
	{"sev-validate-page", SEV, SEV_VALIDATE, ROOM_PAGE},
};
/* clang-format on */

/* With what another thread does for it, if it is deferred. */
static int bench_serve(const struct tsmreq_exit *exit, struct tsmreq_reply *reply)
{
	struct tsmreq_job *job;
	enum tsmreq_step step;
	int rc = tsmreq_guest_handle(room.vm.guest, exit, &job, &step, reply);

	job = room.job;
	room.job = NULL;
	if (rc == 0 && job)
		rc = tsmreq_job_run(job) || tsmreq_job_settle(job);
	return rc;
}

/* What is done in here is counted, and nothing else: run.py knows its name. */
__attribute__((noinline)) static int bench_counted(const struct tsmreq_exit *exit,
						   struct tsmreq_reply *reply)
{
	return bench_serve(exit, reply);
}

static int bench_round(const struct bench *bench, uint32_t device, size_t counted)
{
	struct tsmreq_reply reply = {0};
	struct tsmreq_exit exit;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bench->calls; i++) {
		struct tsmreq_call call = bench->life[i];

		if (call.kind == TSMREQ_CALL_CONTINUE)
			call.u.resume.handle = reply.rhi.x[1];
		rc = bench_ask(&room, &call, device, &exit);
		if (rc == 0)
			rc = i == counted ? bench_counted(&exit, &reply)
					  : bench_serve(&exit, &reply);
	}
	return rc;
}

/* An odd step from one device to the next: none twice before all had their turn. */
static uint32_t bench_turn(uint32_t round)
{
	return round * 40503u % room.devices;
}

const char *bench_name(size_t i)
{
	return i < sizeof(benches) / sizeof(benches[0]) ? benches[i].name : NULL;
}

int bench_run(size_t i, unsigned long times)
{
	const struct bench *bench = &benches[i];
	int rc = bench_open(&room, bench->arch, bench->flags);

	/* one that is alone has had its first round in all others; here each has it before */
	for (uint32_t round = 0; rc == 0 && bench->flags & ROOM_MANY && round < times; round++)
		rc = bench_round(bench, bench_turn(round), bench->calls);
	for (uint32_t round = 0; rc == 0 && round < times; round++)
		rc = bench_round(bench, bench_turn(round), bench->counted);
	if (rc == 0 && !bench_is_well(&room))
		rc = -1;
	bench_close(&room);
	return rc;
}
