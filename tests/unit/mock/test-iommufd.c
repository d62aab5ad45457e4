/* SPDX-License-Identifier: MIT */
/* What vDevices stand on, by the ioctls that make it: order of tests, lifetimes, copy-outs. */
#include "kit.h"

static int destroy(struct tsmreq_mock *mock, uint32_t id)
{
	uint8_t arg[8] = {8};

	tsmreq_store_le32(arg + 4, id);
	return ask(mock, 0x80, arg);
}

static int ioas_alloc(struct tsmreq_mock *mock, uint32_t *id)
{
	uint8_t arg[12] = {12};
	int ret = ask(mock, 0x81, arg);

	*id = tsmreq_load_le32(arg + 8);
	return ret;
}

struct hwpt {
	uint32_t flags, dev_id, pt_id, data_type, data_len;
	const void *data;
	uint32_t id; /* out */
};

static int hwpt_alloc(struct tsmreq_mock *mock, struct hwpt *hwpt)
{
	uint8_t arg[48] = {48};
	int ret;

	tsmreq_store_le32(arg + 4, hwpt->flags);
	tsmreq_store_le32(arg + 8, hwpt->dev_id);
	tsmreq_store_le32(arg + 12, hwpt->pt_id);
	tsmreq_store_le32(arg + 24, hwpt->data_type);
	tsmreq_store_le32(arg + 28, hwpt->data_len);
	tsmreq_store_le64(arg + 32, (uintptr_t)hwpt->data);
	ret = ask(mock, 0x89, arg);
	hwpt->id = tsmreq_load_le32(arg + 16);
	return ret;
}

struct viommu {
	uint32_t size, flags, type, dev_id, hwpt_id, kvm_fd;
	uint32_t id; /* out */
};

static int viommu_alloc(struct tsmreq_mock *mock, struct viommu *viommu)
{
	uint8_t arg[48] = {0};
	int ret;

	tsmreq_store_le32(arg, viommu->size != 0 ? viommu->size : 40);
	tsmreq_store_le32(arg + 4, viommu->flags);
	tsmreq_store_le32(arg + 8, viommu->type);
	tsmreq_store_le32(arg + 12, viommu->dev_id);
	tsmreq_store_le32(arg + 16, viommu->hwpt_id);
	tsmreq_store_le32(arg + 40, viommu->kvm_fd);
	ret = ask(mock, 0x90, arg);
	viommu->id = tsmreq_load_le32(arg + 20);
	return ret;
}

static int vdevice_alloc(struct tsmreq_mock *mock, uint32_t viommu, uint32_t device,
			 uint64_t virt_id, uint32_t *id)
{
	uint8_t arg[24] = {24};
	int ret;

	tsmreq_store_le32(arg + 4, viommu);
	tsmreq_store_le32(arg + 8, device);
	tsmreq_store_le64(arg + 16, virt_id);
	ret = ask(mock, 0x91, arg);
	*id = tsmreq_load_le32(arg + 12);
	return ret;
}

static uint32_t put(struct tsmreq_mock *mock, enum tsmreq_mock_kind kind)
{
	uint32_t id = 0;

	assert_int_equal(tsmreq_mock_add_object(mock, kind, 0, &id), 0);
	assert_int_not_equal(id, 0);
	return id;
}

/* All of it, bottom to top and back: nobody goes while somebody stands on him. */
static void test_lifetimes(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	uint8_t op[16] = {16, 0, 0, 0, 1};
	enum tsmreq_mock_bound bound;
	uint32_t ioas, vdevice, again;
	struct hwpt parent = {.flags = 1, .dev_id = device};
	struct viommu viommu = {.type = 3, .dev_id = device};
	struct hwpt nested = {.dev_id = device, .data_type = 2, .data_len = 16};
	uint64_t ste[2] = {0};

	(void)state;
	assert_int_equal(ioas_alloc(mock, &ioas), 0);
	parent.pt_id = ioas;
	assert_int_equal(hwpt_alloc(mock, &parent), 0);
	viommu.hwpt_id = parent.id;
	assert_int_equal(viommu_alloc(mock, &viommu), 0);
	nested.pt_id = viommu.id;
	nested.data = ste;
	assert_int_equal(hwpt_alloc(mock, &nested), 0);
	assert_int_equal(vdevice_alloc(mock, viommu.id, device, 0x100, &vdevice), 0);
	assert_int_equal(vdevice, 6);

	/* VFIO brought the VM; and destroying unbinds */
	tsmreq_store_le32(op + 12, vdevice);
	assert_int_equal(ask(mock, 0x95, op), 0);
	assert_int_equal(destroy(mock, vdevice), 0);
	assert_int_equal(vdevice_alloc(mock, viommu.id, device, 0x100, &vdevice), 0);
	assert_int_equal(
		tsmreq_mock_get_state(mock, (struct tsmreq_vdevice_id){vdevice}, &bound, NULL), 0);
	assert_int_equal(bound, TSMREQ_MOCK_UNBOUND);

	assert_int_equal(destroy(mock, ioas), -EBUSY);
	assert_int_equal(destroy(mock, parent.id), -EBUSY);
	assert_int_equal(destroy(mock, viommu.id), -EBUSY);
	assert_int_equal(destroy(mock, device), -EBUSY);
	assert_int_equal(destroy(mock, vdevice), 0);
	assert_int_equal(destroy(mock, viommu.id), -EBUSY);
	assert_int_equal(destroy(mock, nested.id), 0);
	assert_int_equal(destroy(mock, viommu.id), 0);
	assert_int_equal(destroy(mock, parent.id), 0);
	assert_int_equal(destroy(mock, ioas), 0);
	assert_int_equal(destroy(mock, ioas), -ENOENT);
	assert_int_equal(destroy(mock, device), -EBUSY);
	/* free ids are given out again */
	assert_int_equal(ioas_alloc(mock, &again), 0);
	assert_int_equal(again, ioas);
	tsmreq_mock_free(mock);
}

static void test_destroy(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, 0);
	assert_int_equal(destroy(mock, 0), -ENOENT);
	assert_int_equal(destroy(mock, 8), -ENOENT);
	fault(mock, "busy");
	assert_int_equal(destroy(mock, 7), -EBUSY);
	fault(mock, "");
	fault(mock, "in-use");
	assert_int_equal(destroy(mock, 7), -EBUSY);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	fault(mock, "");
	assert_int_equal(destroy(mock, 7), 0);
	assert_int_equal(destroy(mock, 7), -ENOENT);
	assert_int_equal(tsmreq_mock_get_state(mock, (struct tsmreq_vdevice_id){7}, NULL, NULL),
			 -ENOENT);
	tsmreq_mock_free(mock);
}

static void test_gone(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	uint32_t viommu = put(mock, TSMREQ_MOCK_VIOMMU);
	uint32_t vdevice, id;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, 0);
	fault(mock, "gone");
	assert_int_equal(bind_tdi(mock), -ENOENT);
	assert_int_equal(destroy(mock, 7), -ENOENT);
	assert_int_equal(tsmreq_mock_set_fault(mock, 7, ""), -ENOENT);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, 7, &id), -EEXIST);

	/* what is stood on cannot go; a device takes its vDevice along */
	assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &vdevice), 0);
	assert_int_equal(tsmreq_mock_set_fault(mock, viommu, "gone"), -EBUSY);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "gone"), 0);
	assert_int_equal(destroy(mock, vdevice), -ENOENT);
	assert_int_equal(destroy(mock, device), -ENOENT);
	assert_int_equal(destroy(mock, viommu), 0);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, vdevice, &id), -EEXIST);
	tsmreq_mock_free(mock);
}

static void test_hwpt_order(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	uint32_t ioas = put(mock, TSMREQ_MOCK_IOAS);
	uint32_t parent = put(mock, TSMREQ_MOCK_HWPT);
	struct hwpt plain = {.dev_id = device, .pt_id = ioas};
	uint64_t ste[2] = {0};
	struct hwpt nested = {
		.dev_id = device, .pt_id = parent, .data_type = 2, .data_len = 16, .data = ste};
	struct hwpt wrong;

	(void)state;
	assert_int_equal(hwpt_alloc(mock, &plain), 0);
	assert_int_equal(hwpt_alloc(mock, &nested), 0);

	wrong = plain;
	wrong.data_len = 16;
	wrong.flags = 0x10;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	wrong.flags = 0;
	wrong.dev_id = 99;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EINVAL);
	wrong.data_len = 0;
	wrong.pt_id = 99;
	assert_int_equal(hwpt_alloc(mock, &wrong), -ENOENT);
	wrong.dev_id = device;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EINVAL);
	wrong.pt_id = device;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EINVAL);
	wrong.pt_id = ioas;
	wrong.flags = 2;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	wrong.flags = 8;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	wrong.flags = 4;
	assert_int_equal(hwpt_alloc(mock, &wrong), -ENOENT);

	wrong = nested;
	wrong.flags = 1;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	wrong = nested;
	wrong.pt_id = plain.id;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EINVAL);
	wrong = nested;
	wrong.data_type = 1;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	wrong = nested;
	wrong.data_len = 15;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EINVAL);
	wrong = nested;
	wrong.data = NULL;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EFAULT);
	wrong = nested;
	wrong.data_type = 0;
	wrong.data_len = 0;
	assert_int_equal(hwpt_alloc(mock, &wrong), -EOPNOTSUPP);
	tsmreq_mock_free(mock);
}

static void test_viommu_order(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	struct hwpt plain = {.dev_id = device, .pt_id = put(mock, TSMREQ_MOCK_IOAS)};
	struct viommu viommu = {.type = 3, .dev_id = device, .hwpt_id = 0};

	(void)state;
	assert_int_equal(hwpt_alloc(mock, &plain), 0);
	viommu.flags = 1;
	viommu.dev_id = 99;
	assert_int_equal(viommu_alloc(mock, &viommu), -EOPNOTSUPP);
	viommu.flags = 0;
	viommu.type = 0;
	assert_int_equal(viommu_alloc(mock, &viommu), -EOPNOTSUPP);
	viommu.type = 4;
	assert_int_equal(viommu_alloc(mock, &viommu), -ENOENT);
	viommu.dev_id = device;
	assert_int_equal(viommu_alloc(mock, &viommu), -EOPNOTSUPP);
	viommu.type = 3;
	assert_int_equal(viommu_alloc(mock, &viommu), -ENOENT);
	viommu.hwpt_id = plain.id;
	assert_int_equal(viommu_alloc(mock, &viommu), -EINVAL);
	viommu.hwpt_id = put(mock, TSMREQ_MOCK_HWPT);
	assert_int_equal(viommu_alloc(mock, &viommu), 0);
	/* a failing copy-out takes the object with it */
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "copyout-once"), 0);
	assert_int_equal(viommu_alloc(mock, &viommu), -EFAULT);
	assert_int_equal(viommu.id, 0);
	assert_int_equal(viommu_alloc(mock, &viommu), 0);
	assert_int_equal(viommu.id, 6);
	tsmreq_mock_free(mock);

	/* an iommufd without the TSM has no Realm SMMU either */
	mock = boot(TSMREQ_UAPI_PROBE);
	viommu.dev_id = put(mock, TSMREQ_MOCK_DEVICE);
	viommu.hwpt_id = put(mock, TSMREQ_MOCK_HWPT);
	assert_int_equal(viommu_alloc(mock, &viommu), -EOPNOTSUPP);
	viommu.type = 1;
	assert_int_equal(viommu_alloc(mock, &viommu), 0);
	tsmreq_mock_free(mock);
}

/* rfc1 and v2: the VM is what the descriptor says, and without one there is none. */
static void test_kvm_descriptor(void **state)
{
	static const enum tsmreq_uapi rows[] = {TSMREQ_UAPI_RFC1, TSMREQ_UAPI_V2};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tsmreq_mock *mock = boot(rows[i]);
		uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
		struct viommu viommu = {.size = 48,
					.flags = 1,
					.type = 1,
					.dev_id = device,
					.hwpt_id = put(mock, TSMREQ_MOCK_HWPT),
					.kvm_fd = UINT32_MAX};
		uint8_t op[16] = {16, 0, 0, 0, 1};
		uint32_t vdevice;

		assert_int_equal(viommu_alloc(mock, &viommu), -EBADF);
		/* tested last: after the HWPT */
		viommu.hwpt_id = 99;
		assert_int_equal(viommu_alloc(mock, &viommu), -ENOENT);
		viommu.hwpt_id = 2;
		viommu.flags = 2;
		assert_int_equal(viommu_alloc(mock, &viommu), -EOPNOTSUPP);
		/* without the flag the field is not looked at */
		viommu.flags = 0;
		assert_int_equal(viommu_alloc(mock, &viommu), 0);
		assert_int_equal(vdevice_alloc(mock, viommu.id, device, 1, &vdevice), 0);
		tsmreq_store_le32(op + 12, vdevice);
		assert_int_equal(ask(mock, 0x95, op), -ENODEV);
		assert_int_equal(destroy(mock, vdevice), 0);
		/* and with it the old size still does */
		viommu.flags = 1;
		viommu.kvm_fd = INT32_MAX;
		assert_int_equal(viommu_alloc(mock, &viommu), 0);
		assert_int_equal(vdevice_alloc(mock, viommu.id, device, 1, &vdevice), 0);
		tsmreq_store_le32(op + 12, vdevice);
		assert_int_equal(ask(mock, 0x95, op), 0);
		viommu.size = 40;
		assert_int_equal(viommu_alloc(mock, &viommu), 0);
		tsmreq_mock_free(mock);
	}
}

static void test_vdevice_order(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	uint32_t other = put(mock, TSMREQ_MOCK_DEVICE);
	uint32_t viommu = put(mock, TSMREQ_MOCK_VIOMMU);
	uint32_t second = put(mock, TSMREQ_MOCK_VIOMMU);
	uint32_t vdevice, next;

	(void)state;
	assert_int_equal(vdevice_alloc(mock, 99, 99, 1, &vdevice), -ENOENT);
	assert_int_equal(vdevice_alloc(mock, device, device, 1, &vdevice), -ENOENT);
	assert_int_equal(vdevice_alloc(mock, viommu, viommu, 1, &vdevice), -ENOENT);
	assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &vdevice), 0);
	/* one vDevice a device, one device an id, both within one vIOMMU */
	assert_int_equal(vdevice_alloc(mock, viommu, device, 2, &next), -EEXIST);
	assert_int_equal(vdevice_alloc(mock, viommu, other, 1, &next), -EEXIST);
	assert_int_equal(vdevice_alloc(mock, second, other, 1, &next), 0);
	assert_int_equal(destroy(mock, next), 0);
	assert_int_equal(tsmreq_mock_set_fault(mock, other, "copyout"), 0);
	assert_int_equal(vdevice_alloc(mock, viommu, other, 2, &next), -EFAULT);
	assert_int_equal(tsmreq_mock_set_fault(mock, other, ""), 0);
	assert_int_equal(vdevice_alloc(mock, viommu, other, 2, &next), 0);
	tsmreq_mock_free(mock);
}

/* cca-v7: allocating binds. Locked only on SEV; what bind refuses, allocation refuses. */
static void test_bind_at_alloc(void **state)
{
	static const enum tsmreq_tdi_state after[] = {
		[TSMREQ_ARCH_CCA] = TSMREQ_TDI_UNLOCKED,
		[TSMREQ_ARCH_SEV] = TSMREQ_TDI_LOCKED,
		[TSMREQ_ARCH_TDX] = TSMREQ_TDI_UNLOCKED,
	};

	(void)state;
	for (unsigned int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
		struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
		uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
		uint32_t viommu = put(mock, TSMREQ_MOCK_VIOMMU);
		enum tsmreq_mock_bound bound;
		enum tsmreq_tdi_state tdi;
		uint32_t id;

		assert_int_equal(tsmreq_mock_set_device_arch(mock, device, (enum tsmreq_arch)arch),
				 0);
		assert_int_equal(tsmreq_mock_set_fault(mock, device, "backend:EIO"), 0);
		assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &id), -EIO);
		assert_int_equal(tsmreq_mock_set_fault(mock, device, ""), 0);
		/* bound, then dropped with the copy-out: unbound again */
		assert_int_equal(tsmreq_mock_set_fault(mock, device, "copyout-once"), 0);
		assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &id), -EFAULT);
		assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &id), 0);
		assert_int_equal(tsmreq_mock_get_state(mock, (struct tsmreq_vdevice_id){id}, &bound,
						       &tdi),
				 0);
		assert_int_equal(bound, TSMREQ_MOCK_BOUND);
		assert_int_equal(tdi, after[arch]);
		/* and destroying unbinds, so that it can be made once more */
		assert_int_equal(destroy(mock, id), 0);
		assert_int_equal(vdevice_alloc(mock, viommu, device, 1, &id), 0);
		tsmreq_mock_free(mock);
	}
}

/* Elsewhere it does not, and compiled out it cannot. */
static void test_alloc_alone(void **state)
{
	const struct tsmreq_mock_opts off = {
		.size = sizeof(off), .uapi = TSMREQ_UAPI_CCA_V7, .flags = TSMREQ_MOCK_TSM_OFF};
	struct tsmreq_mock *mocks[2] = {boot(TSMREQ_UAPI_V6_OBJECTS), NULL};

	(void)state;
	assert_int_equal(tsmreq_mock_new(&mocks[1], &off), 0);
	for (size_t i = 0; i < 2; i++) {
		uint32_t device = put(mocks[i], TSMREQ_MOCK_DEVICE);
		enum tsmreq_mock_bound bound;
		uint32_t id;

		assert_int_equal(vdevice_alloc(mocks[i], put(mocks[i], TSMREQ_MOCK_VIOMMU), device,
					       1, &id),
				 0);
		assert_int_equal(tsmreq_mock_get_state(mocks[i], (struct tsmreq_vdevice_id){id},
						       &bound, NULL),
				 0);
		assert_int_equal(bound, TSMREQ_MOCK_UNBOUND);
		tsmreq_mock_free(mocks[i]);
	}
}

/* What is put in by hand is as good as what was made: a vIOMMU, and a vDevice, with a VM. */
static void test_by_hand(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V2);
	uint8_t op[16] = {16, 0, 0, 0, 1};
	uint32_t id;

	(void)state;
	assert_int_equal(vdevice_alloc(mock, put(mock, TSMREQ_MOCK_VIOMMU),
				       put(mock, TSMREQ_MOCK_DEVICE), 1, &id),
			 0);
	tsmreq_store_le32(op + 12, id);
	assert_int_equal(ask(mock, 0x95, op), 0);
	tsmreq_store_le32(op + 12, put(mock, TSMREQ_MOCK_VDEVICE));
	assert_int_equal(ask(mock, 0x95, op), 0);
	tsmreq_mock_free(mock);
}

/* A device is CCA's until told otherwise, and connecting has fetched what connecting fetches. */
static void test_device(void **state)
{
	static const int cached[] = {0, 0, -EINVAL, -EINVAL};
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	uint32_t id;

	(void)state;
	assert_int_equal(vdevice_alloc(mock, put(mock, TSMREQ_MOCK_VIOMMU), device, 1, &id), 0);
	for (uint8_t object = 0; object < 4; object++) {
		uint8_t arg[48] = {
			48, 0, 0, 0, (uint8_t)id, 0, 0, 0, OP_INFO, 0, 0, 0, TSMREQ_ARCH_CCA,
			0,  0, 0, 4, 0,		  0, 0, 4};
		uint8_t payload[4] = {object};
		uint8_t answer[4];

		tsmreq_store_le64(arg + 24, (uintptr_t)payload);
		tsmreq_store_le64(arg + 32, (uintptr_t)answer);
		assert_int_equal(ask(mock, 0x96, arg), cached[object]);
	}
	tsmreq_mock_free(mock);
}

static void test_get_pa(void **state)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};
	uint8_t arg[40] = {40};
	struct tsmreq_mock *mock;

	(void)state;
	opts.getpa = TSMREQ_MOCK_GETPA_CHECKS_FIRST;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	assert_int_equal(ask(mock, 0x95, arg), -EINVAL);
	arg[24] = 1;
	assert_int_equal(ask(mock, 0x95, arg), -ENOENT);
	arg[8] = (uint8_t)put(mock, TSMREQ_MOCK_IOAS);
	assert_int_equal(ask(mock, 0x95, arg), -ENOENT);
	arg[12] = 1;
	assert_int_equal(ask(mock, 0x95, arg), -EOPNOTSUPP);
	tsmreq_mock_free(mock);
}

/* The driver's own step of an allocation: its firmware may refuse, and a Realm needs its VM. */
static void test_driver_init(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t device = put(mock, TSMREQ_MOCK_DEVICE);
	struct viommu viommu = {
		.type = 3, .dev_id = device, .hwpt_id = put(mock, TSMREQ_MOCK_HWPT)};
	uint8_t op[16] = {16, 0, 0, 0, 1};
	uint32_t vdevice;

	(void)state;
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "backend:EIO"), 0);
	assert_int_equal(viommu_alloc(mock, &viommu), -EIO);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, ""), 0);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "no-kvm"), 0);
	assert_int_equal(viommu_alloc(mock, &viommu), -EINVAL);
	/* another type does without, and shows it at the bind */
	viommu.type = 1;
	assert_int_equal(viommu_alloc(mock, &viommu), 0);
	assert_int_equal(vdevice_alloc(mock, viommu.id, device, 1, &vdevice), 0);
	tsmreq_store_le32(op + 12, vdevice);
	assert_int_equal(ask(mock, 0x95, op), -ENODEV);
	assert_int_equal(destroy(mock, vdevice), 0);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "backend:EIO"), 0);
	assert_int_equal(vdevice_alloc(mock, viommu.id, device, 1, &vdevice), -EIO);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, ""), 0);
	assert_int_equal(vdevice_alloc(mock, viommu.id, device, 1, &vdevice), 0);
	tsmreq_mock_free(mock);
}

/* One that was put in by hand is in the way of every vIOMMU's. */
static void test_virt_id_by_hand(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t vdevice;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	assert_int_equal(vdevice_alloc(mock, put(mock, TSMREQ_MOCK_VIOMMU),
				       put(mock, TSMREQ_MOCK_DEVICE), 0x100, &vdevice),
			 -EEXIST);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifetimes),     cmocka_unit_test(test_destroy),
		cmocka_unit_test(test_gone),	      cmocka_unit_test(test_hwpt_order),
		cmocka_unit_test(test_viommu_order),  cmocka_unit_test(test_kvm_descriptor),
		cmocka_unit_test(test_vdevice_order), cmocka_unit_test(test_bind_at_alloc),
		cmocka_unit_test(test_alloc_alone),   cmocka_unit_test(test_get_pa),
		cmocka_unit_test(test_by_hand),	      cmocka_unit_test(test_device),
		cmocka_unit_test(test_driver_init),   cmocka_unit_test(test_virt_id_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
