/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/mock.h>

#include "base/sized.h"
#include "mock/engine.h"
#include "mock/evidence.h"

/* The in-process door: the public functions, each one turn at the engine. */

struct tsmreq_mock {
	struct mock_engine engine;
	const struct mock_memory *memory;
	struct tsmreq_transport transport;
};

static int submit(void *userdata, unsigned long request, void *arg)
{
	struct tsmreq_mock *mock = userdata;

	/* the kernel's ioctl number is 32 bits whatever a long is */
	return tsmreq_mock_engine_handle(&mock->engine, (uint32_t)request, (uintptr_t)arg,
					 mock->memory);
}

#define MOCK_FLAGS (TSMREQ_MOCK_TSM_OFF | TSMREQ_MOCK_CHECK_POINTERS | TSMREQ_MOCK_SELFTEST)

/* The kernel these options describe, or -EINVAL when there could be none. */
static int configure(struct mock_config *config, const struct tsmreq_mock_opts *opts)
{
	const struct mock_row *row = tsmreq_mock_table_find(opts->uapi);
	enum tsmreq_mock_getpa getpa = opts->getpa;
	uint32_t min = opts->min_request_size;

	if (row == NULL)
		return opts->uapi >= TSMREQ_UAPI_AMD_RFC2 && opts->uapi <= TSMREQ_UAPI_V7
			       ? -EOPNOTSUPP
			       : -EINVAL;
	if ((opts->flags & ~MOCK_FLAGS) != 0)
		return -EINVAL;
	if (getpa < TSMREQ_MOCK_GETPA_DEFAULT || getpa > TSMREQ_MOCK_GETPA_EINVAL)
		return -EINVAL;
	if (getpa == TSMREQ_MOCK_GETPA_DEFAULT)
		getpa = row->getpa ? TSMREQ_MOCK_GETPA_OFF : TSMREQ_MOCK_GETPA_ABSENT;
	/* one number cannot be two ioctls */
	if (getpa != TSMREQ_MOCK_GETPA_ABSENT && row->op_nr == 0x95)
		return -EINVAL;
	if (min != 0 && min != row->request_min && !(row->min_unknown && (min == 40 || min == 48)))
		return -EINVAL;
	*config = (struct mock_config){
		.row = row,
		.tsm_off = (opts->flags & TSMREQ_MOCK_TSM_OFF) != 0,
		.selftest = (opts->flags & TSMREQ_MOCK_SELFTEST) != 0,
		.getpa = getpa,
		.min_request_size = min,
	};
	return 0;
}

int tsmreq_mock_new(struct tsmreq_mock **ret, const struct tsmreq_mock_opts *opts)
{
	struct tsmreq_mock_opts ours;
	struct mock_config config;
	struct tsmreq_mock *mock;
	int err;

	if (ret == NULL)
		return -EINVAL;
	err = tsmreq_sized_copy(&ours, sizeof(ours), sizeof(ours), opts);
	if (err == 0)
		err = configure(&config, &ours);
	if (err == 0 && (ours.flags & TSMREQ_MOCK_CHECK_POINTERS) != 0)
		err = tsmreq_mock_memory_probe();
	if (err != 0)
		return err;

	mock = calloc(1, sizeof(*mock));
	if (mock == NULL)
		return -ENOMEM;
	err = tsmreq_mock_engine_init(&mock->engine, &config);
	if (err != 0) {
		free(mock);
		return err;
	}
	mock->memory = (ours.flags & TSMREQ_MOCK_CHECK_POINTERS) != 0 ? &tsmreq_mock_memory_checked
								      : &tsmreq_mock_memory_direct;
	mock->transport = (struct tsmreq_transport){
		.size = sizeof(mock->transport),
		.submit = submit,
		.userdata = mock,
	};
	*ret = mock;
	return 0;
}

struct tsmreq_mock *tsmreq_mock_free(struct tsmreq_mock *mock)
{
	if (mock != NULL)
		tsmreq_mock_engine_release(&mock->engine);
	free(mock);
	return NULL;
}

struct mock_engine *tsmreq_mock_get_engine(struct tsmreq_mock *mock)
{
	return &mock->engine;
}

const struct tsmreq_transport *tsmreq_mock_get_transport(struct tsmreq_mock *mock)
{
	return mock != NULL ? &mock->transport : NULL;
}

static void lock(struct tsmreq_mock *mock)
{
	(void)pthread_mutex_lock(&mock->engine.lock);
}

static void unlock(struct tsmreq_mock *mock)
{
	(void)pthread_mutex_unlock(&mock->engine.lock);
}

static struct mock_object *get_vdevice(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id)
{
	return tsmreq_mock_object_get(&mock->engine.objects, id.raw, TSMREQ_MOCK_VDEVICE);
}

static bool is_arch(enum tsmreq_arch arch)
{
	return arch >= TSMREQ_ARCH_CCA && arch <= TSMREQ_ARCH_TDX;
}

#define VDEVICE_FLAGS                                                          \
	(TSMREQ_MOCK_NOT_CONNECTED | TSMREQ_MOCK_DEVSEC | TSMREQ_MOCK_NO_KVM | \
	 TSMREQ_MOCK_OBJECTS | TSMREQ_MOCK_ANY_STEP)

static int check_vdevice(const struct tsmreq_mock_vdevice *vdevice)
{
	if ((vdevice->flags & ~VDEVICE_FLAGS) != 0 || vdevice->reserved != 0)
		return -EINVAL;
	if (!is_arch(vdevice->arch) || vdevice->bound < TSMREQ_MOCK_UNBOUND ||
	    vdevice->bound > TSMREQ_MOCK_BOUND_OTHER || vdevice->state < TSMREQ_TDI_UNLOCKED ||
	    vdevice->state > TSMREQ_TDI_ERROR)
		return -EINVAL;
	return 0;
}

static int cache_everything(struct mock_tdi *tdi)
{
	const uint8_t nonce[TSMREQ_NONCE_SIZE] = {0};
	int err = tsmreq_mock_evidence_connect(tdi);

	if (err == 0)
		err = tsmreq_mock_evidence_measurements(tdi, 0, nonce);
	return err != 0 ? err : tsmreq_mock_evidence_report(tdi);
}

static int add_vdevice(struct mock_engine *engine, const struct tsmreq_mock_vdevice *vdevice,
		       uint32_t *ret_id)
{
	struct mock_object *object;
	int err =
		tsmreq_mock_object_new(&object, &engine->objects, TSMREQ_MOCK_VDEVICE, vdevice->id);

	if (err != 0)
		return err;
	object->has_vm = (vdevice->flags & TSMREQ_MOCK_NO_KVM) == 0;
	object->tdi = (struct mock_tdi){
		.arch = vdevice->arch,
		.connected = (vdevice->flags & TSMREQ_MOCK_NOT_CONNECTED) == 0,
		.link_tsm = (vdevice->flags & TSMREQ_MOCK_DEVSEC) == 0,
		.any_step = (vdevice->flags & TSMREQ_MOCK_ANY_STEP) != 0,
		.bound = vdevice->bound,
		.state = vdevice->state,
		.virt_id = vdevice->virt_id.raw,
	};
	if ((vdevice->flags & TSMREQ_MOCK_OBJECTS) != 0)
		err = cache_everything(&object->tdi);
	if (err != 0) {
		tsmreq_mock_object_remove(&engine->objects, object, false);
		return err;
	}
	*ret_id = object->id;
	return 0;
}

int tsmreq_mock_add_vdevice(struct tsmreq_mock *mock, const struct tsmreq_mock_vdevice *vdevice,
			    struct tsmreq_vdevice_id *ret_id)
{
	struct tsmreq_mock_vdevice ours;
	uint32_t id = 0;
	int err;

	if (mock == NULL || vdevice == NULL)
		return -EINVAL;
	err = tsmreq_sized_copy(&ours, sizeof(ours), sizeof(ours), vdevice);
	if (err == 0)
		err = check_vdevice(&ours);
	if (err != 0)
		return err;
	lock(mock);
	err = add_vdevice(&mock->engine, &ours, &id);
	unlock(mock);
	if (err == 0 && ret_id != NULL)
		ret_id->raw = id;
	return err;
}

/* What VFIO bound: a PCI function, connected. */
static int make_device(struct mock_object *device)
{
	device->users = 1; /* VFIO holds it: IOMMU_DESTROY cannot have it */
	device->tdi.arch = TSMREQ_ARCH_CCA;
	device->tdi.connected = true;
	device->tdi.link_tsm = true;
	return tsmreq_mock_evidence_connect(&device->tdi);
}

static int add_object(struct mock_engine *engine, enum tsmreq_mock_kind kind, uint32_t id,
		      uint32_t *ret_id)
{
	const struct tsmreq_mock_vdevice vdevice = {.id = id, .arch = TSMREQ_ARCH_CCA};
	struct mock_object *object;
	int err;

	if (kind == TSMREQ_MOCK_VDEVICE)
		return add_vdevice(engine, &vdevice, ret_id);
	err = tsmreq_mock_object_new(&object, &engine->objects, kind, id);
	if (err != 0)
		return err;
	if (kind == TSMREQ_MOCK_DEVICE)
		err = make_device(object);
	if (err != 0) {
		tsmreq_mock_object_remove(&engine->objects, object, false);
		return err;
	}
	object->nesting_parent = kind == TSMREQ_MOCK_HWPT;
	if (kind == TSMREQ_MOCK_VIOMMU)
		object->has_vm = true;
	*ret_id = object->id;
	return 0;
}

int tsmreq_mock_add_object(struct tsmreq_mock *mock, enum tsmreq_mock_kind kind, uint32_t id,
			   uint32_t *ret_id)
{
	uint32_t made = 0;
	int err;

	if (mock == NULL || kind < TSMREQ_MOCK_IOAS || kind > TSMREQ_MOCK_VDEVICE)
		return -EINVAL;
	lock(mock);
	err = add_object(&mock->engine, kind, id, &made);
	unlock(mock);
	if (err == 0 && ret_id != NULL)
		*ret_id = made;
	return err;
}

int tsmreq_mock_set_device_arch(struct tsmreq_mock *mock, uint32_t dev_id, enum tsmreq_arch arch)
{
	struct mock_object *device;

	if (mock == NULL || !is_arch(arch))
		return -EINVAL;
	lock(mock);
	device = tsmreq_mock_object_get(&mock->engine.objects, dev_id, TSMREQ_MOCK_DEVICE);
	if (device != NULL)
		device->tdi.arch = arch;
	unlock(mock);
	return device != NULL ? 0 : -ENOENT;
}

int tsmreq_mock_set_object(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			   enum tsmreq_object object, struct tsmreq_bytes bytes)
{
	struct mock_object *vdevice;
	int err = -ENOENT;

	if (mock == NULL || object < TSMREQ_OBJECT_VCA || object > TSMREQ_OBJECT_INTERFACE_REPORT ||
	    (bytes.size > 0 && bytes.data == NULL) || bytes.size > INT32_MAX)
		return -EINVAL;
	lock(mock);
	vdevice = get_vdevice(mock, id);
	if (vdevice != NULL)
		err = tsmreq_mock_tdi_cache(tsmreq_mock_object_tdi(vdevice), object, bytes.data,
					    bytes.size);
	unlock(mock);
	return err;
}

static int set_ranges(struct mock_tdi *tdi, const struct tsmreq_report_range *ranges, size_t count)
{
	struct tsmreq_report_range *copy = NULL;

	if (count > 0) {
		copy = calloc(count, sizeof(*copy));
		if (copy == NULL)
			return -ENOMEM;
		memcpy(copy, ranges, count * sizeof(*copy));
	}
	free(tdi->ranges);
	tdi->ranges = copy;
	tdi->range_count = (uint32_t)count;
	return 0;
}

int tsmreq_mock_set_ranges(struct tsmreq_mock *mock, uint32_t id,
			   const struct tsmreq_report_range *ranges, size_t count)
{
	struct mock_object *object;
	struct mock_tdi *tdi;
	int err = -ENOENT;

	if (mock == NULL || (count > 0 && ranges == NULL) || count > TSMREQ_MOCK_RANGES_MAX)
		return -EINVAL;
	lock(mock);
	object = tsmreq_mock_object_find(&mock->engine.objects, id);
	tdi = object != NULL ? tsmreq_mock_object_find_tdi(object) : NULL;
	if (tdi != NULL)
		err = set_ranges(tdi, ranges, count);
	unlock(mock);
	return err;
}

static int set_response(struct mock_tdi *tdi, struct tsmreq_bytes bytes)
{
	uint8_t *page = calloc(1, TSMREQ_SEV_PAGE_SIZE);

	if (page == NULL)
		return -ENOMEM;
	if (bytes.size > 0)
		memcpy(page, bytes.data, bytes.size);
	free(tdi->response);
	tdi->response = page;
	return 0;
}

int tsmreq_mock_set_response(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			     struct tsmreq_bytes bytes)
{
	struct mock_object *vdevice;
	int err = -ENOENT;

	if (mock == NULL || (bytes.size > 0 && bytes.data == NULL) ||
	    bytes.size > TSMREQ_SEV_PAGE_SIZE)
		return -EINVAL;
	lock(mock);
	vdevice = get_vdevice(mock, id);
	if (vdevice != NULL)
		err = set_response(tsmreq_mock_object_tdi(vdevice), bytes);
	unlock(mock);
	return err;
}

int tsmreq_mock_set_fault(struct tsmreq_mock *mock, uint32_t id, const char *word)
{
	int err;

	if (mock == NULL || word == NULL)
		return -EINVAL;
	lock(mock);
	err = tsmreq_mock_trouble_befall(&mock->engine, id, word);
	unlock(mock);
	return err;
}

int tsmreq_mock_set_random_faults(struct tsmreq_mock *mock, uint64_t seed, uint32_t permille)
{
	if (mock == NULL || permille > 1000)
		return -EINVAL;
	lock(mock);
	mock->engine.trouble.seed = seed;
	mock->engine.trouble.permille = permille;
	unlock(mock);
	return 0;
}

int tsmreq_mock_set_script(struct tsmreq_mock *mock, const char *script)
{
	int err;

	if (mock == NULL || script == NULL)
		return -EINVAL;
	lock(mock);
	err = tsmreq_mock_trouble_script(&mock->engine.trouble, script);
	unlock(mock);
	return err;
}

static bool is_name(const char *name)
{
	size_t size = name != NULL ? strlen(name) : 0;

	return size > 0 && size < MOCK_JOURNAL_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

int tsmreq_mock_set_journal(struct tsmreq_mock *mock, const char *name,
			    void (*write)(void *userdata, const char *text), void *userdata)
{
	struct mock_journal journal = {.write = write, .userdata = userdata};

	if (mock == NULL || (write != NULL && !is_name(name)))
		return -EINVAL;
	if (write != NULL)
		memcpy(journal.name, name, strlen(name) + 1);
	lock(mock);
	mock->engine.journal = journal;
	unlock(mock);
	return 0;
}

uint64_t tsmreq_mock_get_overlaps(struct tsmreq_mock *mock)
{
	uint64_t overlaps;

	if (mock == NULL)
		return 0;
	(void)pthread_mutex_lock(&mock->engine.flights_lock);
	overlaps = mock->engine.overlaps;
	(void)pthread_mutex_unlock(&mock->engine.flights_lock);
	return overlaps;
}

int tsmreq_mock_get_state(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			  enum tsmreq_mock_bound *ret_bound, enum tsmreq_tdi_state *ret_state)
{
	struct mock_object *vdevice;
	const struct mock_tdi *tdi;

	if (mock == NULL)
		return -EINVAL;
	lock(mock);
	vdevice = get_vdevice(mock, id);
	if (vdevice != NULL) {
		tdi = tsmreq_mock_object_tdi(vdevice);
		if (ret_bound != NULL)
			*ret_bound = tdi->bound;
		if (ret_state != NULL)
			*ret_state = tdi->state;
	}
	unlock(mock);
	return vdevice != NULL ? 0 : -ENOENT;
}

uint64_t tsmreq_mock_get_calls(struct tsmreq_mock *mock)
{
	uint64_t calls;

	if (mock == NULL)
		return 0;
	lock(mock);
	calls = mock->engine.calls;
	unlock(mock);
	return calls;
}
