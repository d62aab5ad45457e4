/* SPDX-License-Identifier: MIT */
#include "chaos.h"

#define CHAOS_OTHER 0x208u

static uint64_t roll(struct chaos *chaos)
{
	uint64_t x = chaos->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t below(struct chaos *chaos, uint64_t sides)
{
	return roll(chaos) % sides;
}

bool chaos_once_in(struct chaos *chaos, uint64_t times)
{
	return !below(chaos, times);
}

/* A word as it should be, or with a bit turned, or anything. */
static uint64_t bend(struct chaos *chaos, uint64_t word)
{
	if (chaos_once_in(chaos, 40))
		return roll(chaos);
	if (chaos_once_in(chaos, 20))
		return word ^ UINT64_C(1) << below(chaos, 64);
	return word;
}

static void bend_bytes(struct chaos *chaos, uint8_t *bytes, size_t size)
{
	while (chaos_once_in(chaos, 4))
		bytes[below(chaos, size)] = (uint8_t)roll(chaos);
}

static uint64_t pick_device(struct chaos *chaos)
{
	static const uint64_t names[] = {SCENE_DEV,   SCENE_DEV, SCENE_DEV, CHAOS_OTHER,
					 CHAOS_OTHER, 0x999,	 0,	    UINT32_MAX};

	return names[below(chaos, 8)];
}

/* A page of memory; some are private, some are none. */
static uint64_t pick_page(struct chaos *chaos, uint64_t page)
{
	if (chaos_once_in(chaos, 30))
		return below(chaos, SCENE_MEMORY / 4096 + 4) * 4096;
	return page;
}

/* ---- what is seen on the way */

/* Of a job under way, or a place for one. */
static struct chaos_fetched *flight_of(struct chaos *chaos, const struct tsmreq_job *job)
{
	unsigned int i = 0;

	while (i < 7 && chaos->flights[i].job && chaos->flights[i].job != job)
		i++;
	return &chaos->flights[i];
}

void chaos_at_read(struct scene *scene, uint64_t gpa, const uint8_t *bytes, size_t size)
{
	struct chaos *chaos = (struct chaos *)scene;
	struct chaos_fetched *fetched = scene->running ? flight_of(chaos, scene->running)
						       : &chaos->fetched;

	(void)gpa;
	if (size == sizeof(fetched->page))
		memcpy(fetched->page, bytes, size);
	if (size == TSMREQ_RHI_PARAMETERS_SIZE)
		memcpy(fetched->nonce, bytes + 0x100, sizeof(fetched->nonce));
	if (size == sizeof(fetched->header))
		memcpy(fetched->header, bytes, size);
}

/* A request of TDX's by its first word: the state that is asked for, or object 3. */
static uint32_t get_word(const struct scene *scene, unsigned long command, const uint8_t *arg)
{
	size_t size;
	const uint8_t *payload = scene_get_payload(scene, command, arg, &size);

	if (payload)
		return scene_load32(payload);
	return scene_load32(arg + 4) == 1 ? TSMREQ_TDI_LOCKED : TSMREQ_TDI_UNLOCKED;
}

static bool is_what_a_td_asked(uint8_t operation, uint32_t word)
{
	switch (operation) {
	case 2: /* and one that came too late is undone */
		return word == TSMREQ_TDI_LOCKED || word == TSMREQ_TDI_UNLOCKED;
	case 4:
		return word == TSMREQ_OBJECT_INTERFACE_REPORT;
	case 5:
		return word == TSMREQ_TDI_RUN;
	case 7:
		return word == TSMREQ_TDI_UNLOCKED;
	default:
		return false;
	}
}

static bool is_guests(const struct scene *scene, const uint8_t *at)
{
	return at >= scene->memory && at < scene->memory + SCENE_MEMORY;
}

void chaos_at_send(struct scene *scene, unsigned long command, const uint8_t *arg)
{
	struct chaos *chaos = (struct chaos *)scene;
	const struct chaos_fetched *fetched;
	const uint8_t *payload, *nonce;
	size_t size = 0;

	chaos->sends++;
	payload = scene_get_payload(scene, command, arg, &size);
	nonce = payload ? scene_get_nonce(scene, payload, size) : NULL;
	scene_check(scene, !is_guests(scene, payload) && !is_guests(scene, nonce));
	/* a reset's unbind is nobody's */
	if (!scene->running)
		return;
	chaos->held_to++;
	fetched = flight_of(chaos, scene->running);
	if (scene->kind.arch == TSMREQ_ARCH_TDX)
		scene_check(scene,
			    is_what_a_td_asked(fetched->header[0], get_word(scene, command, arg)));
	if (scene->kind.arch == TSMREQ_ARCH_SEV && size == sizeof(fetched->page))
		scene_check(scene, !memcmp(payload, fetched->page, size));
	if (nonce)
		scene_check(scene, !memcmp(nonce, fetched->nonce, sizeof(fetched->nonce)));
}

/* ---- exits */

static struct tsmreq_exit make_rhi(struct chaos *chaos)
{
	static const uint64_t calls[] = {
		TSMREQ_RHI_VERSION,
		TSMREQ_RHI_FEATURES,
		TSMREQ_RHI_OBJECT_SIZE,
		TSMREQ_RHI_OBJECT_READ,
		TSMREQ_RHI_VDEV_CONTINUE,
		TSMREQ_RHI_VDEV_GET_MEASUREMENTS,
		TSMREQ_RHI_VDEV_P2P_UNBIND,
		TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT,
		TSMREQ_RHI_VDEV_SET_TDI_STATE,
		TSMREQ_RHI_VDEV_SET_TDI_STATE,
		TSMREQ_RHI_VDEV_SET_TDI_STATE,
		TSMREQ_RHI_VDEV_ABORT,
	};
	const uint64_t call = calls[below(chaos, sizeof(calls) / sizeof(calls[0]))];
	uint8_t *block = chaos->scene.memory + SCENE_BLOCK;
	uint64_t x2 = below(chaos, 4);

	if (call == TSMREQ_RHI_VDEV_GET_MEASUREMENTS) {
		x2 = pick_page(chaos, SCENE_BLOCK) + below(chaos, 3);
		memset(block, 0, 16);
		block[0] = (uint8_t)below(chaos, 2);
		bend_bytes(chaos, block, TSMREQ_RHI_PARAMETERS_SIZE);
	} else if (call == TSMREQ_RHI_VDEV_CONTINUE) {
		x2 = below(chaos, 3) ? chaos->exits / 64 : 0;
	}
	return (struct tsmreq_exit){
		.form = TSMREQ_EXIT_RHI,
		.rhi = {.nr = (uint32_t)call,
			.flags = chaos_once_in(chaos, 50) ? roll(chaos) : 0,
			.x = {chaos_once_in(chaos, 50) ? bend(chaos, call) : call,
			      bend(chaos, pick_device(chaos)), bend(chaos, x2),
			      bend(chaos, pick_page(chaos, SCENE_BUFFER)),
			      bend(chaos, 1 + below(chaos, 0x2000)),
			      chaos_once_in(chaos, 4) ? below(chaos, 64) : 0}},
	};
}

static void fill_tio(struct chaos *chaos)
{
	const struct tsmreq_call validate = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.dev = {pick_device(chaos)},
		.u.mmio = {.base = {SCENE_BAR + below(chaos, 18) * 0x1000},
			   .size = (1 + below(chaos, 4)) * 0x1000,
			   .host_base = SCENE_HOST},
	};
	const struct tsmreq_call fault = {
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.u.fault = {.base = {chaos_once_in(chaos, 2) ? SCENE_BAR
							     : pick_page(chaos, 0x1000)},
			    .size = below(chaos, 3) * 0x1000,
			    .flags = chaos_once_in(chaos, 2) ? 8 : 0},
	};

	if (tsmreq_kvm_encode_call(chaos->scene.opts.kvm_abi,
				   chaos_once_in(chaos, 2) ? &fault : &validate, chaos->scene.run,
				   sizeof(chaos->scene.run)) == 0)
		bend_bytes(chaos, chaos->scene.run + 32, 56);
}

static struct tsmreq_exit make_ghci(struct chaos *chaos)
{
	const uint64_t page = pick_page(chaos, SCENE_BUFFER);
	uint8_t *buffer = chaos->scene.memory + page % SCENE_PRIVATE;

	memset(buffer, 0, TSMREQ_TDCM_HEADER_SIZE);
	buffer[0] = (uint8_t)below(chaos, 9);
	bend_bytes(chaos, buffer, TSMREQ_TDCM_HEADER_SIZE);
	return (struct tsmreq_exit){
		.form = TSMREQ_EXIT_GHCI,
		.ghci = {.r11 = chaos_once_in(chaos, 10) ? TSMREQ_GHCI_LEAF_SERVICE
							 : TSMREQ_GHCI_LEAF_TDCM,
			 .r12 = bend(chaos, pick_device(chaos)),
			 .r13 = bend(chaos, page | UINT64_C(1) << 51),
			 .r14 = bend(chaos, 0x1000 + below(chaos, 3) * 0x1000),
			 .r15 = chaos_once_in(chaos, 3) ? below(chaos, 256) : 0},
	};
}

static struct tsmreq_call sev_call(struct chaos *chaos)
{
	static const struct {
		enum tsmreq_call_kind kind;
		uint8_t type;
	} kinds[] = {
		{TSMREQ_CALL_BIND, 0},		 {TSMREQ_CALL_UNBIND, 0},
		{TSMREQ_CALL_SET_TDI_STATE, 0},	 {TSMREQ_CALL_SET_TDI_STATE, 0},
		{TSMREQ_CALL_TDI_INFO, 19},	 {TSMREQ_CALL_TDI_INFO, 19},
		{TSMREQ_CALL_VALIDATE_MMIO, 21}, {TSMREQ_CALL_MMIO_CONFIG, 23},
		{TSMREQ_CALL_SET_DMA, 25},
	};
	const unsigned int i = (unsigned int)below(chaos, sizeof(kinds) / sizeof(kinds[0]));
	struct tsmreq_call call = kinds[i].type ? scene_message(kinds[i].kind, kinds[i].type)
						: scene_op(kinds[i].kind, TSMREQ_TDI_RUN);

	if (kinds[i].kind == TSMREQ_CALL_SET_TDI_STATE && chaos_once_in(chaos, 2))
		call.u.state.target = TSMREQ_TDI_UNLOCKED;
	if (kinds[i].kind == TSMREQ_CALL_TDI_INFO) {
		call.u.tdi_info.want = (uint32_t)below(chaos, 16);
		call.u.tdi_info.pages = below(chaos, 3);
		call.u.tdi_info.data.raw = pick_page(chaos, SCENE_DATA);
	}
	if (kinds[i].kind == TSMREQ_CALL_VALIDATE_MMIO || kinds[i].kind == TSMREQ_CALL_MMIO_CONFIG)
		call.u.mmio = (struct tsmreq_call_mmio){
			.base = {SCENE_BAR}, .size = 0x4000, .to_private = TSMREQ_YES, .range = 0};
	if (kinds[i].type) {
		call.read[0].gpa.raw = pick_page(chaos, SCENE_REQUEST);
		call.write[0].gpa.raw = pick_page(chaos, SCENE_RESPONSE);
	}
	call.dev.raw = pick_device(chaos);
	return call;
}

/* The exit of @call in the scene's carrier. */
static struct tsmreq_exit carry(struct chaos *chaos, struct tsmreq_call *call)
{
	struct scene *scene = &chaos->scene;
	struct tsmreq_exit exit = scene_run_exit(scene);
	int rc;

	if (scene->kind.on_page) {
		call->shape = TSMREQ_SHAPE_GHCB_PAGE;
		memset(scene->memory + SCENE_GHCB, 0, TSMREQ_GHCB_SIZE);
		rc = tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, call, scene->memory + SCENE_GHCB,
					     TSMREQ_GHCB_SIZE);
		bend_bytes(chaos, scene->memory + SCENE_GHCB + 0x1f8, 0x208);
		exit.form = TSMREQ_EXIT_GHCB;
		exit.ghcb.raw = chaos_once_in(chaos, 100) ? pick_page(chaos, SCENE_GHCB)
							  : SCENE_GHCB;
	} else {
		call->shape = call->message.type ? TSMREQ_SHAPE_VMGEXIT_TIO
						 : TSMREQ_SHAPE_VMGEXIT_TIO_OP;
		memset(scene->run, 0, sizeof(scene->run));
		scene->run[TSMREQ_KVM_RUN_EXIT_REASON] = 42;
		rc = tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, call,
						scene->run + TSMREQ_KVM_RUN_EXIT,
						TSMREQ_VMGEXIT_SIZE);
		bend_bytes(chaos, scene->run + TSMREQ_KVM_RUN_EXIT, TSMREQ_VMGEXIT_SIZE);
	}
	scene_check(scene, rc == 0);
	return exit;
}

static struct tsmreq_exit make_sev(struct chaos *chaos)
{
	struct scene *scene = &chaos->scene;
	struct tsmreq_call call = sev_call(chaos);
	const uint64_t page = call.read[0].gpa.raw;

	if (call.message.type && page < SCENE_MEMORY) {
		scene_check(scene,
			    tsmreq_snp_encode_message(&call, scene->memory + page, 4096) == 0);
		bend_bytes(chaos, scene->memory + page + 0x20, 0x40);
	}
	return carry(chaos, &call);
}

static struct tsmreq_exit make_exit(struct chaos *chaos)
{
	struct tsmreq_exit exit;

	if (chaos->scene.kind.arch == TSMREQ_ARCH_TDX) {
		exit = make_ghci(chaos);
	} else if (chaos->scene.kind.arch == TSMREQ_ARCH_SEV) {
		exit = make_sev(chaos);
	} else if (chaos_once_in(chaos, 4)) {
		fill_tio(chaos);
		exit = scene_run_exit(&chaos->scene);
	} else {
		exit = make_rhi(chaos);
	}
	exit.size = sizeof(exit);
	exit.vcpu = (uint32_t)below(chaos, 2);
	exit.vcpu_fd = 9;
	return exit;
}

/* ---- the VMM */

static struct tsmreq_guest_device describe(struct chaos *chaos, unsigned int which)
{
	return (struct tsmreq_guest_device){
		.size = sizeof(struct tsmreq_guest_device),
		.vdev = which ? chaos->other : chaos->scene.vdev,
		.dev = {which ? CHAOS_OTHER : SCENE_DEV},
		.virt_id = {which ? CHAOS_OTHER : SCENE_DEV},
		.bars = {{{SCENE_BAR}, SCENE_BAR_END - SCENE_BAR}},
		.flags = TSMREQ_DEVICE_TEE_IO,
	};
}

static void set_fault(struct chaos *chaos, const char *word)
{
	(void)!tsmreq_mock_set_fault(chaos->scene.mock, chaos->scene.id.raw, word);
	(void)!tsmreq_mock_set_fault(chaos->scene.mock, chaos->other_id.raw, word);
}

/* The kernel has trouble with one exit in eight. */
static void make_trouble(struct chaos *chaos)
{
	static const char *const words[] = {
		"intr-once", "again-once",   "backend:EIO",  "after:EIO",
		"code:9",    "copyout-once", "residue:3000", "residue:1",
	};

	set_fault(chaos, "");
	if (chaos_once_in(chaos, 8))
		set_fault(chaos, words[below(chaos, 8)]);
}

static enum tsmreq_tdi_state really(struct chaos *chaos, unsigned int which)
{
	enum tsmreq_tdi_state state = TSMREQ_TDI_UNLOCKED;
	enum tsmreq_mock_bound bound;

	(void)!tsmreq_mock_get_state(chaos->scene.mock, which ? chaos->other_id : chaos->scene.id,
				     &bound, &state);
	return state;
}

/* What a VMM does between exits, nothing being under way. */
static void meddle(struct chaos *chaos)
{
	struct scene *scene = &chaos->scene;
	const unsigned int which = (unsigned int)below(chaos, 2);
	const struct tsmreq_guest_device device = describe(chaos, which);
	struct tsmreq_vdev *vdev = device.vdev;
	struct tsmreq_result result;
	int rc = 0;

	/* the blocking forms wait for what is under way */
	scene_run_pool(scene);
	switch (below(chaos, 7)) {
	case 0:
		(void)!tsmreq_guest_reset(scene->guest, device.dev, &result);
		break;
	case 1:
		rc = chaos->attached[which] ? tsmreq_guest_detach(scene->guest, device.dev)
					    : tsmreq_guest_attach(scene->guest, &device);
		chaos->attached[which] = !chaos->attached[which];
		break;
	case 2:
	case 3:
	case 4:
		/* it looks, and says what it found */
		if (vdev && tsmreq_vdev_is_uncertain(vdev))
			rc = tsmreq_vdev_clear_uncertain(vdev, really(chaos, which));
		break;
	default:
		scene->now += below(chaos, 4000);
		(void)tsmreq_guest_expire(scene->guest, scene->now);
	}
	scene_check(scene, rc == 0);
}

/* ---- one exit to its end */

static void judge(struct chaos *chaos, const struct tsmreq_exit *exit,
		  const struct tsmreq_reply *reply)
{
	struct scene *scene = &chaos->scene;

	scene_check(scene, (unsigned int)reply->action <= TSMREQ_ACTION_STOP);
	if (exit->form == TSMREQ_EXIT_RHI && exit->rhi.x[0] == exit->rhi.nr &&
	    exit->rhi.nr != TSMREQ_RHI_VERSION)
		(void)scene_judge_rhi(scene, exit->rhi.nr, &reply->rhi);
	if (exit->form == TSMREQ_EXIT_GHCI)
		scene_check(scene, reply->r10 == TSMREQ_GHCI_SUCCESS ||
					   reply->r10 == TSMREQ_GHCI_INVALID_OPERAND ||
					   reply->r10 == TSMREQ_GHCI_ALIGN_ERROR ||
					   reply->r10 == TSMREQ_GHCI_SUBFUNC_UNSUPPORTED);
}

/* The VMM's part, of which nothing is known here. */
static void finish(struct chaos *chaos, struct tsmreq_job *job)
{
	const struct tsmreq_answer answer = {
		.rc = chaos_once_in(chaos, 2) ? 0 : -EIO,
		.value = roll(chaos),
		.result.tsm_code = chaos_once_in(chaos, 4) ? roll(chaos) : 0,
	};

	scene_check(&chaos->scene, tsmreq_job_finish(job, &answer) == 0);
}

static void handle(struct chaos *chaos, const struct tsmreq_exit *exit)
{
	struct scene *scene = &chaos->scene;
	struct tsmreq_reply reply;
	struct chaos_fetched *flight;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc = tsmreq_guest_prepare(scene->guest, exit, &job, &step);

	scene_check(scene, rc == 0 || (rc == -EFAULT && exit->form == TSMREQ_EXIT_GHCB));
	if (!job)
		return;
	chaos->ours++;
	flight = flight_of(chaos, job);
	*flight = chaos->fetched;
	flight->job = job;
	/* on one thread, what has the device must end before this one can wait for it */
	if (step == TSMREQ_STEP_RUN_NOW || step == TSMREQ_STEP_VMM) {
		scene_run_pool(scene);
		scene_run(scene, job);
	}
	if (step == TSMREQ_STEP_VMM)
		finish(chaos, job);
	scene_check(scene, tsmreq_job_answer(job, &reply) == 0);
	judge(chaos, exit, &reply);
}

void chaos_step(struct chaos *chaos)
{
	struct scene *scene = &chaos->scene;
	const struct tsmreq_exit exit = make_exit(chaos);

	scene->step = "chaos";
	scene->read_count = 0;
	memset(&chaos->fetched, 0, sizeof(chaos->fetched));
	make_trouble(chaos);
	chaos->exits++;
	handle(chaos, &exit);
	if (chaos_once_in(chaos, 2) || scene->pooled == 2)
		scene_run_pool(scene);
	if (chaos_once_in(chaos, 50))
		meddle(chaos);
}

/* ---- made and ended */

/* The second device, made as the first was. */
static int add_other(struct chaos *chaos)
{
	struct scene *scene = &chaos->scene;
	struct tsmreq_vdev *first = scene->vdev;
	const struct tsmreq_vdevice_id id = scene->id;
	struct tsmreq_guest_device device;
	int rc = scene_new_vdev(scene);

	chaos->other = rc < 0 ? NULL : scene->vdev;
	chaos->other_id = scene->id;
	scene->vdev = first;
	scene->id = id;
	if (rc < 0)
		return rc;
	device = describe(chaos, 1);
	return tsmreq_guest_attach(scene->guest, &device);
}

int chaos_begin(struct chaos *chaos, const struct scene_kind *kind, uint64_t seed)
{
	struct scene *scene = &chaos->scene;
	int rc;

	memset(chaos, 0, sizeof(*chaos));
	scene_set_up(scene, kind);
	chaos->seed = seed;
	scene->at_read = chaos_at_read;
	scene->at_send = chaos_at_send;
	scene->opts.offers = TSMREQ_GHCI_OFFERS;
	scene->opts.snapshot_budget = 2000;
	if (seed & 1)
		scene_lend_mapping(scene);
	rc = scene_begin(scene);
	/* where the VMM would allocate it, it has */
	if (rc == 0 && !scene->vdev)
		rc = scene_new_vdev(scene);
	if (rc == 0)
		rc = tsmreq_guest_set_vdev(scene->guest, (struct tsmreq_guest_dev){SCENE_DEV},
					   scene->vdev);
	if (rc == 0)
		rc = add_other(chaos);
	chaos->attached[0] = chaos->attached[1] = rc == 0;
	return rc;
}

void chaos_end(struct chaos *chaos)
{
	scene_run_pool(&chaos->scene);
	tsmreq_vdev_free(chaos->other);
	scene_finish(&chaos->scene);
}
