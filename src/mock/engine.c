/* SPDX-License-Identifier: MIT */
#include "mock/engine.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"

#define IOMMUFD_TYPE 0x3bu

static void install(struct mock_engine *engine, uint32_t nr, struct mock_ioctl ioctl)
{
	uint32_t i = nr - MOCK_NR_BASE;

	engine->ioctls[i] = ioctl;
	if (engine->nrs < i + 1)
		engine->nrs = i + 1;
}

/* The table of one kernel: what all have, then what its revision puts on top. */
static void fill_table(struct mock_engine *engine, const struct mock_config *config)
{
	const struct mock_row *row = config->row;
	const struct mock_ioctl *ioctl;

	for (uint32_t nr = MOCK_NR_BASE; (ioctl = tsmreq_mock_iommufd_ioctl(nr)) != NULL; nr++)
		install(engine, nr, *ioctl);
	if (row->kvm_fd)
		install(engine, 0x90,
			(struct mock_ioctl){48, 24, tsmreq_mock_iommufd_viommu_alloc});
	if (config->getpa != TSMREQ_MOCK_GETPA_ABSENT)
		install(engine, 0x95, (struct mock_ioctl){40, 40, tsmreq_mock_iommufd_get_pa});
	if (row->op_nr != 0)
		install(engine, row->op_nr,
			(struct mock_ioctl){16, 16, tsmreq_mock_vdevice_tsm_op});
	if (row->request_nr != 0)
		install(engine, row->request_nr,
			(struct mock_ioctl){row->layout->size,
					    config->min_request_size != 0 ? config->min_request_size
									  : row->request_min,
					    tsmreq_mock_vdevice_request});
	if (row->map_nr != 0)
		install(engine, row->map_nr, (struct mock_ioctl){32, 28, tsmreq_mock_vdevice_map});
	if (config->selftest)
		install(engine, MOCK_NR_SELFTEST,
			(struct mock_ioctl){72, 68, tsmreq_mock_selftest});
}

int tsmreq_mock_engine_init(struct mock_engine *engine, const struct mock_config *config)
{
	int err;

	*engine = (struct mock_engine){
		.row = config->row,
		.tsm_off = config->tsm_off,
		.getpa = config->getpa,
		.selftest = config->selftest,
	};
	err = pthread_mutex_init(&engine->lock, NULL);
	if (err != 0)
		return -err;
	err = pthread_mutex_init(&engine->flights_lock, NULL);
	if (err != 0) {
		(void)pthread_mutex_destroy(&engine->lock);
		return -err;
	}
	fill_table(engine, config);
	return 0;
}

void tsmreq_mock_engine_release(struct mock_engine *engine)
{
	tsmreq_mock_table_release(&engine->objects);
	tsmreq_mock_trouble_release(&engine->trouble);
	(void)pthread_mutex_destroy(&engine->flights_lock);
	(void)pthread_mutex_destroy(&engine->lock);
}

struct mock_fault *tsmreq_mock_engine_fault(struct mock_call *call, struct mock_object *object)
{
	if (call->fault == NULL) {
		call->fault =
			tsmreq_mock_trouble_draw(&call->engine->trouble, object, &call->drawn);
		call->found = *call->fault;
	}
	return call->fault;
}

int tsmreq_mock_engine_pause(struct mock_call *call, uint32_t ms, bool interruptible)
{
	struct timespec left = {.tv_sec = (time_t)(ms / 1000),
				.tv_nsec = (long)(ms % 1000) * 1000000};
	const uint64_t calls = call->engine->calls;
	int err = -EINTR;

	(void)pthread_mutex_unlock(&call->engine->lock);
	while (err != 0) {
		err = nanosleep(&left, &left) == 0 ? 0 : -EINTR;
		if (interruptible)
			break;
	}
	(void)pthread_mutex_lock(&call->engine->lock);
	call->interleaved = call->interleaved || call->engine->calls != calls;
	return err;
}

int tsmreq_mock_engine_copy_back(struct mock_call *call, struct mock_fault *fault)
{
	uint32_t size = call->user_size < call->ioctl->size ? call->user_size : call->ioctl->size;
	int err = tsmreq_mock_fault_copyout(fault);

	if (err != 0)
		return err;
	return call->memory->write(call->memory, call->address, call->arg, size);
}

/* Everything a newer program says beyond what this kernel knows must be 0. */
static int check_tail(const struct mock_call *call)
{
	uint64_t at = call->address + call->ioctl->size;
	uint64_t end = call->address + call->user_size;

	while (at < end) {
		uint8_t bytes[64];
		/* never across a 64-byte line, so that a fault is met where the kernel meets it */
		size_t part = sizeof(bytes) - at % sizeof(bytes);
		int err;

		if (part > end - at)
			part = (size_t)(end - at);
		err = call->memory->read(call->memory, bytes, at, part);
		if (err != 0)
			return err;
		for (size_t i = 0; i < part; i++)
			if (bytes[i] != 0)
				return -E2BIG;
		at += part;
	}
	return 0;
}

/* copy_struct_from_user(): what the program left out is 0. */
static int copy_in(struct mock_call *call)
{
	uint32_t size = call->user_size;
	int err = 0;

	if (size > call->ioctl->size) {
		size = call->ioctl->size;
		err = check_tail(call);
	}
	if (err != 0)
		return err;
	return call->memory->read(call->memory, call->arg, call->address, size);
}

/* An object under way is published by success and dropped by anything else. */
static int execute(struct mock_call *call)
{
	int ret;

	call->handled = true;
	ret = call->ioctl->handle(call);

	if (ret != 0 && call->made != NULL)
		tsmreq_mock_iommufd_drop(call->engine, call->made, false);
	return ret;
}

static int dispatch(struct mock_call *call, uint32_t cmd)
{
	const struct mock_engine *engine = call->engine;
	uint32_t nr = cmd & 0xff;
	uint8_t size[4];
	int err;

	if (nr < MOCK_NR_BASE || nr - MOCK_NR_BASE >= engine->nrs)
		return tsmreq_mock_compat(call->engine, cmd, call->address, call->memory);
	err = call->memory->read(call->memory, size, call->address, sizeof(size));
	if (err != 0)
		return err;
	call->user_size = tsmreq_load_le32(size);
	call->ioctl = &engine->ioctls[nr - MOCK_NR_BASE];
	if (call->ioctl->handle == NULL || cmd != (IOMMUFD_TYPE << 8 | nr))
		return -ENOTTY;
	if (call->user_size < call->ioctl->min)
		return -EINVAL;
	err = copy_in(call);
	return err != 0 ? err : execute(call);
}

/* ---- who is under way ---- */

/* The vDevice this ioctl is about, 0: none. */
static uint32_t peek_vdevice(const struct mock_engine *engine, uint32_t cmd, uint64_t address,
			     const struct mock_memory *memory)
{
	const struct mock_row *row = engine->row;
	uint32_t nr = cmd & 0xff;
	uint8_t head[16];

	if (cmd != (IOMMUFD_TYPE << 8 | nr) || (nr != row->op_nr && nr != row->request_nr) ||
	    nr == 0 || memory->read(memory, head, address, sizeof(head)) != 0)
		return 0;
	return tsmreq_load_le32(head + (nr == row->op_nr ? 12 : 4));
}

static void take_off(struct mock_engine *engine, struct mock_flight *flight)
{
	(void)pthread_mutex_lock(&engine->flights_lock);
	for (const struct mock_flight *other = engine->flights; other != NULL; other = other->next)
		flight->overlaps = flight->overlaps || other->id == flight->id;
	engine->overlaps += flight->overlaps;
	flight->next = engine->flights;
	engine->flights = flight;
	(void)pthread_mutex_unlock(&engine->flights_lock);
}

static void land(struct mock_engine *engine, const struct mock_flight *flight)
{
	struct mock_flight **at = &engine->flights;

	(void)pthread_mutex_lock(&engine->flights_lock);
	while (*at != flight)
		at = &(*at)->next;
	*at = flight->next;
	(void)pthread_mutex_unlock(&engine->flights_lock);
}

bool tsmreq_mock_engine_is_in_flight(struct mock_engine *engine, uint32_t id)
{
	const struct mock_flight *flight;

	(void)pthread_mutex_lock(&engine->flights_lock);
	flight = engine->flights;
	while (flight != NULL && flight->id != id)
		flight = flight->next;
	(void)pthread_mutex_unlock(&engine->flights_lock);
	return flight != NULL;
}

static int take_turn(struct mock_engine *engine, uint32_t cmd, uint64_t address,
		     const struct mock_memory *memory, bool overlaps)
{
	struct mock_call call = {
		.engine = engine, .memory = memory, .address = address, .overlaps = overlaps};
	struct mock_record record;
	bool recorded;
	int ret;

	(void)pthread_mutex_lock(&engine->lock);
	engine->calls++;
	tsmreq_mock_trouble_play(engine, engine->calls);
	recorded = engine->journal.write != NULL;
	if (recorded)
		tsmreq_mock_journal_begin(&record, engine, cmd, address, memory);
	ret = dispatch(&call, cmd);
	if (recorded)
		tsmreq_mock_journal_end(&record, &call, ret);
	(void)pthread_mutex_unlock(&engine->lock);
	return ret;
}

int tsmreq_mock_engine_handle(struct mock_engine *engine, uint32_t cmd, uint64_t address,
			      const struct mock_memory *memory)
{
	struct mock_flight flight = {.id = peek_vdevice(engine, cmd, address, memory)};
	int ret;

	if (flight.id == 0)
		return take_turn(engine, cmd, address, memory, false);
	take_off(engine, &flight);
	ret = take_turn(engine, cmd, address, memory, flight.overlaps);
	land(engine, &flight);
	return ret;
}
