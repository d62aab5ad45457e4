/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/text.h>
#include <tsmreq/vdev.h>

#include "cli/kernel.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- how it was built */

static const struct {
	const char *word;
	enum tsmreq_mock_getpa getpa;
} getpa_words[] = {
	{"absent", TSMREQ_MOCK_GETPA_ABSENT},
	{"off", TSMREQ_MOCK_GETPA_OFF},
	{"lookup-first", TSMREQ_MOCK_GETPA_LOOKUP_FIRST},
	{"checks-then-lookup", TSMREQ_MOCK_GETPA_CHECKS_FIRST},
	{"EPERM", TSMREQ_MOCK_GETPA_EPERM},
	{"EINVAL", TSMREQ_MOCK_GETPA_EINVAL},
	{"EOPNOTSUPP", TSMREQ_MOCK_GETPA_OFF},
};

/* "noiommu-get-pa:off" and "off" are the same: what sits on 0x95 where TSM_OP does not. */
static void take_slot_95(struct replay *replay, struct words *given, enum tsmreq_mock_getpa *ret)
{
	static const char prefix[] = "noiommu-get-pa:";
	const char *word = words_take(given, "slot-95");

	if (!word)
		return;
	if (strncmp(word, prefix, strlen(prefix)) == 0)
		word += strlen(prefix);
	for (size_t i = 0; i < COUNT(getpa_words); i++) {
		if (strcmp(word, getpa_words[i].word) != 0)
			continue;
		*ret = getpa_words[i].getpa;
		return;
	}
	replay_fail(replay, 0, "slot-95=%s: no such behaviour is known", word);
}

static uint32_t take_config(struct replay *replay, struct words *given)
{
	const char *word = words_take(given, "config-tsm");

	if (!word || strcmp(word, "y") == 0 || strcmp(word, "-") == 0)
		return 0;
	if (strcmp(word, "n") == 0)
		return TSMREQ_MOCK_TSM_OFF;
	replay_fail(replay, 0, "config-tsm=%s: y, n or -", word);
	return 0;
}

/* An emulator may not let memory be looked at before it is followed. */
static int make_mock(struct kernel *kernel, struct tsmreq_mock_opts *opts, bool wild)
{
	uint32_t flags = opts->flags;

	opts->flags = flags | TSMREQ_MOCK_CHECK_POINTERS;
	kernel->checks = wild && tsmreq_mock_new(&kernel->mock, opts) == 0;
	opts->flags = flags;
	return kernel->checks ? 0 : tsmreq_mock_new(&kernel->mock, opts);
}

void kernel_open(struct replay *replay, struct kernel *kernel, struct words *given,
		 enum tsmreq_uapi uapi, bool wild)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts)};
	int r;

	*kernel = (struct kernel){
		.uapi = uapi,
		.arch = TSMREQ_ARCH_CCA,
		.kvm_fd = -1,
		.vcpu_fd = -1,
	};
	if (uapi != TSMREQ_UAPI_PROBE && tsmreq_uapi_get_info(uapi, &kernel->info) < 0) {
		replay_fail(replay, 0, "revision %d has no row", (int)uapi);
		return;
	}
	/* a refused revision is asked of a kernel that knows no TSM: nothing must reach it */
	opts.uapi = kernel->info.refusal ? TSMREQ_UAPI_PROBE : uapi;
	opts.flags = take_config(replay, given);
	take_slot_95(replay, given, &opts.getpa);
	replay_take_u32(replay, given, "min", &opts.min_request_size);
	if (replay->failed)
		return;
	r = make_mock(kernel, &opts, wild);
	if (r < 0)
		replay_fail(replay, 0, "the mock does not play this kernel: %s",
			    tsmreq_errno_to_string(r));
}

void kernel_close(struct kernel *kernel)
{
	kernel->mock = tsmreq_mock_free(kernel->mock);
}

/* ---- numbers: the row must say the same */

void kernel_take_cmd(struct replay *replay, struct words *given, const char *key, bool known,
		     uint32_t expected)
{
	const char *word = words_take(given, key);
	uint64_t cmd = 0;

	if (!word)
		return;
	if (strcmp(word, "-") != 0 && words_hex(word, &cmd) < 0)
		replay_fail(replay, 0, "%s=%s is no number", key, word);
	else if (known && cmd != expected)
		replay_fail(replay, 0, "%s: expected %" PRIx64 ", got %x from the row", key, cmd,
			    expected);
}

static void take_cmds(struct replay *replay, struct kernel *kernel, struct words *given)
{
	bool spoken = !kernel->info.refusal;

	kernel_take_cmd(replay, given, "op-cmd", spoken, kernel->info.op_cmd);
	kernel_take_cmd(replay, given, "req-cmd", spoken, kernel->info.request_cmd);
	/* these are numbers of revisions that are never spoken */
	kernel_take_cmd(replay, given, "bind-cmd", false, 0);
	kernel_take_cmd(replay, given, "unbind-cmd", false, 0);
	kernel_take_cmd(replay, given, "vfio-cmd", false, 0);
	kernel_take_cmd(replay, given, "map-cmd", false, 0);
	replay_take_u32(replay, given, "destroy-cmd", &kernel->destroy_cmd);
	replay_take_u32(replay, given, "alloc-cmd", &kernel->alloc_cmd);
}

/* A layout on paper: of a revision that is refused, or of a call that the API does not have. */
static void take_support(struct replay *replay, struct kernel *kernel, struct words *given)
{
	const char *word = words_take(given, "support");

	if (word && strcmp(word, "reference") != 0)
		replay_fail(replay, 0, "support=%s: only reference is known", word);
	kernel->reference = word;
}

static const struct {
	const char *word;
	uint32_t quirk;
} quirk_words[] = {
	{"eintr-unsure", TSMREQ_QUIRK_EINTR_UNSURE},
	{"payload-march", TSMREQ_QUIRK_PAYLOAD_MARCH},
	{"payload-april", TSMREQ_QUIRK_PAYLOAD_APRIL},
	{"vca-is-4", TSMREQ_QUIRK_VCA_IS_4},
	{"vca-is-0", TSMREQ_QUIRK_VCA_IS_0},
};

int kernel_parse_quirk(const char *word, uint32_t *ret)
{
	for (size_t i = 0; i < COUNT(quirk_words); i++) {
		if (!words_same(word, quirk_words[i].word))
			continue;
		*ret = quirk_words[i].quirk;
		return 0;
	}
	return -EINVAL;
}

static void take_quirks(struct replay *replay, struct kernel *kernel, struct words *given)
{
	const char *word;
	uint32_t quirk;

	while ((word = words_take(given, "quirk"))) {
		if (kernel_parse_quirk(word, &quirk) < 0)
			replay_fail(replay, 0, "quirk=%s: no such quirk", word);
		else
			kernel->quirks |= quirk;
	}
}

/* ---- objects */

static void add_object(struct replay *replay, struct kernel *kernel, struct words *given,
		       const char *key, enum tsmreq_mock_kind kind, uint32_t *ret_id)
{
	int r;

	if (!replay_take_u32(replay, given, key, ret_id))
		return;
	r = tsmreq_mock_add_object(kernel->mock, kind, *ret_id, NULL);
	if (r < 0)
		replay_fail(replay, 0, "%s=%x: the mock answers %s", key, *ret_id,
			    tsmreq_errno_to_string(r));
}

static const struct {
	const char *word;
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;
	uint32_t flags;
	enum tsmreq_tdi_state books;
} tdi_words[] = {
	{"unbound", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0, TSMREQ_TDI_UNLOCKED},
	/* the next step is permitted, whatever it is */
	{"bound", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_ANY_STEP, TSMREQ_TDI_LOCKED},
	{"bound-other", TSMREQ_MOCK_BOUND_OTHER, TSMREQ_TDI_LOCKED, 0, TSMREQ_TDI_UNLOCKED},
	{"run", TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, 0, TSMREQ_TDI_RUN},
	/* words of a journal: exactly so */
	{"bound-unlocked", TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED, 0, TSMREQ_TDI_UNLOCKED},
	{"bound-locked", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0, TSMREQ_TDI_LOCKED},
	{"unbound-locked", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_LOCKED, 0, TSMREQ_TDI_LOCKED},
	{"unbound-run", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_RUN, 0, TSMREQ_TDI_RUN},
	{"unbound-error", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_ERROR, 0, TSMREQ_TDI_ERROR},
	/* words of the other files */
	{"unlocked", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0, TSMREQ_TDI_UNLOCKED},
	{"locked", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_ANY_STEP, TSMREQ_TDI_LOCKED},
	{"error", TSMREQ_MOCK_BOUND, TSMREQ_TDI_ERROR, 0, TSMREQ_TDI_ERROR},
	{"unsure", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_ANY_STEP, TSMREQ_TDI_UNKNOWN},
};

static void take_tdi(struct replay *replay, struct words *given, const char *guest,
		     struct tsmreq_mock_vdevice *vdevice, enum tsmreq_tdi_state *ret_books)
{
	const char *word = words_take_of(given, "tdi", guest);

	if (!word)
		word = "unbound";
	for (size_t i = 0; i < COUNT(tdi_words); i++) {
		if (strcmp(word, tdi_words[i].word) != 0)
			continue;
		vdevice->bound = tdi_words[i].bound;
		vdevice->state = tdi_words[i].state;
		vdevice->flags |= tdi_words[i].flags;
		*ret_books = tdi_words[i].books;
		return;
	}
	replay_fail(replay, 0, "tdi:%s=%s: no such state", guest, word);
}

static void take_tsm(struct replay *replay, struct words *given, const char *guest,
		     struct tsmreq_mock_vdevice *vdevice)
{
	const char *tsm = words_take_of(given, "tsm", guest);
	const char *kvm = words_take_of(given, "kvm", guest);

	if (tsm && strcmp(tsm, "none") == 0)
		vdevice->flags |= TSMREQ_MOCK_NOT_CONNECTED;
	else if (tsm && strcmp(tsm, "devsec") == 0)
		vdevice->flags |= TSMREQ_MOCK_DEVSEC;
	else if (tsm)
		replay_fail(replay, 0, "tsm:%s=%s: none or devsec", guest, tsm);
	if (kvm && strcmp(kvm, "none") == 0)
		vdevice->flags |= TSMREQ_MOCK_NO_KVM;
	else if (kvm)
		replay_fail(replay, 0, "kvm:%s=%s: none is the only word for it", guest, kvm);
}

static void take_busy(struct replay *replay, struct kernel *kernel, struct words *given,
		      const char *guest, uint32_t object)
{
	const char *busy = words_take_of(given, "busy", guest);

	if (busy && strcmp(busy, "1") == 0)
		kernel_set_fault(replay, kernel, object, "busy");
	else if (busy && strcmp(busy, "0") != 0)
		replay_fail(replay, 0, "busy:%s=%s: 0 or 1", guest, busy);
}

static void add_vdevice(struct replay *replay, struct kernel *kernel, struct words *given,
			const char *guest, const char *object)
{
	struct tsmreq_mock_vdevice vdevice = {.size = sizeof(vdevice), .arch = kernel->arch};
	struct kernel_vdev *vdev;
	uint64_t id;
	int r;

	if (kernel->vdevs == KERNEL_VDEVS_MAX) {
		replay_fail(replay, 0, "more than %d devices", KERNEL_VDEVS_MAX);
		return;
	}
	vdev = &kernel->vdev[kernel->vdevs++];
	if (words_hex(guest, &vdev->guest) < 0 || words_hex(object, &id) < 0 || id > UINT32_MAX) {
		replay_fail(replay, 0, "vdev:%s=%s: two hexadecimal numbers are needed", guest,
			    object);
		return;
	}
	vdev->object = (uint32_t)id;
	vdevice.id = vdev->object;
	vdevice.virt_id.raw = vdev->guest;
	take_tdi(replay, given, guest, &vdevice, &vdev->books);
	take_tsm(replay, given, guest, &vdevice);
	r = tsmreq_mock_add_vdevice(kernel->mock, &vdevice, NULL);
	if (r < 0)
		replay_fail(replay, 0, "vdev:%s=%s: the mock answers %s", guest, object,
			    tsmreq_errno_to_string(r));
	take_busy(replay, kernel, given, guest, vdev->object);
}

/* ---- what the backend has cached */

int kernel_parse_object(const char *word, enum tsmreq_object *ret)
{
	/* the short names of the other files */
	if (strcmp(word, "cert") == 0)
		word = "certificate";
	else if (strcmp(word, "meas") == 0)
		word = "measurements";
	return tsmreq_object_from_string(word, ret);
}

/* object:100:report=5a*320; @rest is "100:report" */
static void set_object(struct replay *replay, struct kernel *kernel, const char *rest,
		       const char *value)
{
	const struct kernel_vdev *vdev = NULL;
	const char *colon = strchr(rest, ':');
	enum tsmreq_object object;
	struct vec_bytes bytes;
	uint64_t guest;
	int r;

	if (colon &&
	    words_hex(arena_strndup(&replay->arena, rest, (size_t)(colon - rest)), &guest) == 0)
		vdev = kernel_find_vdev(kernel, guest);
	if (!vdev) {
		replay_fail(replay, 0, "object:%s: no vdev: word names that device", rest);
		return;
	}
	if (kernel_parse_object(colon + 1, &object) < 0) {
		replay_fail(replay, 0, "object:%s: no such object", rest);
		return;
	}
	if (vec_parse_bytes(&replay->arena, value, &bytes) < 0) {
		replay_fail(replay, 0, "object:%s=%s: these are no bytes", rest, value);
		return;
	}
	r = tsmreq_mock_set_object(kernel->mock, (struct tsmreq_vdevice_id){vdev->object}, object,
				   (struct tsmreq_bytes){bytes.data, bytes.size});
	if (r < 0)
		replay_fail(replay, 0, "object:%s: the mock answers %s", rest,
			    tsmreq_errno_to_string(r));
}

/* ---- trouble */

void kernel_set_fault(struct replay *replay, struct kernel *kernel, uint32_t id, const char *word)
{
	int r = tsmreq_mock_set_fault(kernel->mock, id, word);

	if (r < 0)
		replay_fail(replay, 0, "fault %s on object %x: the mock answers %s", word, id,
			    tsmreq_errno_to_string(r));
}

/* It happens to the devices of the case, and to what devices are made from. */
static void set_fault(struct replay *replay, struct kernel *kernel, const char *word)
{
	for (size_t i = 0; i < kernel->vdevs; i++)
		kernel_set_fault(replay, kernel, kernel->vdev[i].object, word);
	if (kernel->iodev)
		kernel_set_fault(replay, kernel, kernel->iodev, word);
	else if (!kernel->vdevs)
		replay_fail(replay, 0, "fault %s: on no device", word);
}

/* Without a vdev: word it is about the device that a vIOMMU is made for. */
static void take_no_kvm(struct replay *replay, struct kernel *kernel, struct words *given)
{
	const char *rest;
	const char *word;

	while (kernel->iodev && (word = words_take_prefix(given, "kvm:", &rest))) {
		if (strcmp(word, "none") != 0)
			replay_fail(replay, 0, "kvm:%s=%s: none is the only word for it", rest,
				    word);
		kernel_set_fault(replay, kernel, kernel->iodev, "no-kvm");
	}
}

static void take_faults(struct replay *replay, struct kernel *kernel, struct words *given)
{
	char text[40];
	const char *word;
	uint64_t code;
	int64_t residue;

	while ((word = words_take(given, "fault")))
		set_fault(replay, kernel, word);
	if (replay_take_hex(replay, given, "code", &code)) {
		snprintf(text, sizeof(text), "code:%" PRIx64, code);
		set_fault(replay, kernel, text);
	}
	if (replay_take_dec(replay, given, "ret", &residue)) {
		if (residue < INT32_MIN || residue > UINT32_MAX)
			replay_fail(replay, 0, "ret=%" PRId64 ": an ioctl answers 32 bits",
				    residue);
		/* the kernel keeps it in an int, whatever it was */
		snprintf(text, sizeof(text), "residue:%" PRIu32, (uint32_t)residue);
		set_fault(replay, kernel, text);
	}
	while ((word = words_take_prefix(given, "other:", &(const char *){NULL}))) {
		if (strcmp(word, "in-use") != 0)
			replay_fail(replay, 0, "other:..=%s: in-use is the only word for it", word);
		kernel->in_use = true;
	}
}

/* ---- all of it */

static void take_arch(struct replay *replay, struct kernel *kernel, struct words *given)
{
	const char *word = words_take(given, "arch");

	if (word && tsmreq_arch_from_string(word, &kernel->arch) < 0)
		replay_fail(replay, 0, "arch=%s: no such architecture", word);
}

void kernel_take_fd(struct replay *replay, struct words *words, const char *key, int32_t *ret)
{
	const char *word = words_take(words, key);
	uint64_t value = 0;

	if (!word)
		return;
	if (strcmp(word, "-1") == 0)
		*ret = -1;
	else if (words_hex(word, &value) < 0 || value > UINT32_MAX)
		replay_fail(replay, 0, "%s=%s is no descriptor", key, word);
	else
		*ret = (int32_t)value;
}

void kernel_furnish(struct replay *replay, struct kernel *kernel, struct words *given)
{
	const char *rest;
	const char *value;
	int r;

	take_arch(replay, kernel, given);
	take_cmds(replay, kernel, given);
	take_support(replay, kernel, given);
	take_quirks(replay, kernel, given);
	kernel_take_fd(replay, given, "kvmfd", &kernel->kvm_fd);
	kernel_take_fd(replay, given, "vcpufd", &kernel->vcpu_fd);
	add_object(replay, kernel, given, "hwpt", TSMREQ_MOCK_HWPT, &kernel->hwpt);
	add_object(replay, kernel, given, "iodev", TSMREQ_MOCK_DEVICE, &kernel->iodev);
	add_object(replay, kernel, given, "viommu", TSMREQ_MOCK_VIOMMU, &kernel->viommu);
	if (kernel->iodev && !replay->failed) {
		r = tsmreq_mock_set_device_arch(kernel->mock, kernel->iodev, kernel->arch);
		if (r < 0)
			replay_fail(replay, 0, "iodev=%x: the mock answers %s", kernel->iodev,
				    tsmreq_errno_to_string(r));
	}
	while (!replay->failed && (value = words_take_prefix(given, "vdev:", &rest)))
		add_vdevice(replay, kernel, given, rest, value);
	while (!replay->failed && (value = words_take_prefix(given, "object:", &rest)))
		set_object(replay, kernel, rest, value);
	take_faults(replay, kernel, given);
	take_no_kvm(replay, kernel, given);
}

const struct kernel_vdev *kernel_find_vdev(const struct kernel *kernel, uint64_t guest)
{
	for (size_t i = 0; i < kernel->vdevs; i++) {
		if (kernel->vdev[i].guest == guest)
			return &kernel->vdev[i];
	}
	return NULL;
}
