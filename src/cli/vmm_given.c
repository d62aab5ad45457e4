/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/vmm.h"

/* The given words about devices, memory and the kernel. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- values */

/* A-B, B not included. */
static bool parse_range(struct replay *replay, const char *key, const char *value,
			struct guest_range *ret)
{
	const char *dash = strchr(value, '-');

	if (dash &&
	    words_hex(arena_strndup(&replay->arena, value, (size_t)(dash - value)), &ret->from) ==
		    0 &&
	    words_hex(dash + 1, &ret->to) == 0 && ret->from <= ret->to)
		return true;
	replay_fail(replay, 0, "%s=%s is no range", key, value);
	return false;
}

static void parse_bytes(struct replay *replay, const char *key, const char *value,
			struct vmm_object *ret)
{
	if (vec_parse_bytes(&replay->arena, value, &ret->bytes) < 0)
		replay_fail(replay, 0, "%s=%s: these are no bytes", key, value);
	else
		ret->held = true;
}

/* "100:cert": the device, and what follows it. */
static struct vmm_device *split_id(struct vmm *vmm, const char *key, const char *rest,
				   const char **ret_more)
{
	const char *colon = strchr(rest, ':');
	size_t length = colon ? (size_t)(colon - rest) : strlen(rest);

	*ret_more = colon ? colon + 1 : "";
	for (size_t i = 0; i < vmm->devices; i++) {
		if (strlen(vmm->device[i].id) == length &&
		    strncmp(vmm->device[i].id, rest, length) == 0)
			return &vmm->device[i];
	}
	replay_fail(vmm->replay, 0, "%s%s: no vdev: word names that device", key, rest);
	return NULL;
}

/* ---- devices */

struct vmm_device *vmm_add_device(struct vmm *vmm, const char *id, uint32_t object)
{
	struct vmm_device *device = &vmm->device[vmm->devices];

	if (vmm->devices == VMM_DEVICES_MAX) {
		replay_fail(vmm->replay, 0, "more than %d devices", VMM_DEVICES_MAX);
		return NULL;
	}
	*device = (struct vmm_device){.id = id, .object = object};
	if (words_hex(id, &device->dev.raw) < 0) {
		replay_fail(vmm->replay, 0, "vdev:%s: no name of a device", id);
		return NULL;
	}
	vmm->devices++;
	return device;
}

static void take_vdevs(struct vmm *vmm)
{
	const char *rest, *value;
	uint64_t object = 0;

	while ((value = words_take_prefix(&vmm->given, "vdev:", &rest))) {
		if (words_hex(value, &object) < 0 || object > UINT32_MAX)
			replay_fail(vmm->replay, 0, "vdev:%s=%s is no object", rest, value);
		else
			vmm_add_device(vmm, rest, (uint32_t)object);
	}
}

static void set_state(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	if (strcmp(value, "unsure") == 0)
		device->books = TSMREQ_TDI_UNKNOWN;
	else if (tsmreq_tdi_state_from_string(value, &device->books) < 0)
		replay_fail(vmm->replay, 0, "tdi:%s=%s: no such state", device->id, value);
}

static void set_tee_io(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	device->tee_io = strcmp(value, "1") == 0;
	if (!device->tee_io && strcmp(value, "0") != 0)
		replay_fail(vmm->replay, 0, "teeio:%s=%s: 0 or 1", device->id, value);
}

static void add_bar(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	struct guest_range range;

	if (!parse_range(vmm->replay, "bar", value, &range))
		return;
	if (device->bars == TSMREQ_DEVICE_BARS) {
		replay_fail(vmm->replay, 0, "bar:%s=%s: more than a device has", device->id, value);
		return;
	}
	device->bar[device->bars++] = (struct tsmreq_guest_bar){
		.base = {range.from},
		.size = range.to - range.from,
	};
}

static void add_mapping(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	if (device->mapped == VMM_MAPPED_MAX)
		replay_fail(vmm->replay, 0, "mapped:%s=%s: one too many", device->id, value);
	else if (parse_range(vmm->replay, "mapped", value, &device->mapping[device->mapped]))
		device->mapped++;
}

/* 300:40414243.. */
static void set_context(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	const char *colon = strchr(value, ':');

	if (!colon || words_hex(arena_strndup(&vmm->replay->arena, value, (size_t)(colon - value)),
				&device->func_id) < 0)
		replay_fail(vmm->replay, 0, "context:%s=%s: func_id and nonce", device->id, value);
	else
		parse_bytes(vmm->replay, "context", colon + 1, &device->context);
}

/* Ids that only the layouts on paper have. */
static void skip_id(struct vmm *vmm, struct vmm_device *device, const char *value)
{
	if (words_hex(value, &(uint64_t){0}) < 0)
		replay_fail(vmm->replay, 0, "%s:%s is no object", device->id, value);
}

static const struct {
	const char *prefix;
	void (*take)(struct vmm *vmm, struct vmm_device *device, const char *value);
} device_words[] = {
	{"tdi:", set_state},	  {"teeio:", set_tee_io},    {"bar:", add_bar},
	{"mapped:", add_mapping}, {"context:", set_context}, {"viommu:", skip_id},
	{"devid:", skip_id},
};

static void take_device_words(struct vmm *vmm)
{
	for (size_t i = 0; i < COUNT(device_words); i++) {
		const char *prefix = device_words[i].prefix;
		const char *rest, *value, *more;
		struct vmm_device *device;

		while ((value = words_take_prefix(&vmm->given, prefix, &rest))) {
			device = split_id(vmm, prefix, rest, &more);
			if (device && *more)
				replay_fail(vmm->replay, 0, "%s%s: what is %s", prefix, rest, more);
			else if (device)
				device_words[i].take(vmm, device, value);
		}
	}
}

/* ---- objects */

/*
 * On CCA the kernel holds what object: says, and its answers are in the case; elsewhere it is what
 * the caller holds.
 */
static void take_objects(struct vmm *vmm, const char *prefix, bool kernels)
{
	const char *rest, *value, *more;
	struct vmm_object unused;

	while ((value = words_take_prefix(&vmm->given, prefix, &rest))) {
		struct vmm_device *device = split_id(vmm, prefix, rest, &more);
		struct vmm_object *to = &unused;
		enum tsmreq_object object;

		if (!device)
			continue;
		if (strcmp(more, "devinfo") == 0)
			to = &device->device_info;
		else if (kernel_parse_object(more, &object) < 0)
			replay_fail(vmm->replay, 0, "%s%s: no such object", prefix, rest);
		else if (!kernels)
			to = &device->objects[object];
		parse_bytes(vmm->replay, prefix, value, to);
	}
}

static void take_cache(struct vmm *vmm)
{
	const char *rest, *value, *more;
	enum tsmreq_object object;

	while ((value = words_take_prefix(&vmm->given, "cache:", &rest))) {
		if (split_id(vmm, "cache:", rest, &more) &&
		    (kernel_parse_object(more, &object) < 0 || strcmp(value, "none") != 0))
			replay_fail(vmm->replay, 0, "cache:%s=%s: OBJECT=none", rest, value);
	}
}

/* ---- memory */

static void take_ranges(struct vmm *vmm, const char *key, struct guest_ranges *ranges)
{
	struct guest_range range;
	const char *value;

	while ((value = words_take(&vmm->given, key))) {
		if (parse_range(vmm->replay, key, value, &range) &&
		    !guest_ranges_add(ranges, range.from, range.to))
			replay_fail(vmm->replay, 0, "%s=%s: one too many", key, value);
	}
}

/* GPA:BYTE */
static void take_changes(struct vmm *vmm)
{
	struct guest_memory *memory = &vmm->memory;
	struct guest_change *change;
	const char *value, *colon;
	uint64_t byte = 0;

	while ((value = words_take(&vmm->given, "change"))) {
		if (memory->changes == GUEST_CHANGES_MAX) {
			replay_fail(vmm->replay, 0, "change=%s: one too many", value);
			return;
		}
		change = &memory->change[memory->changes++];
		colon = strchr(value, ':');
		if (!colon ||
		    words_hex(arena_strndup(&vmm->replay->arena, value, (size_t)(colon - value)),
			      &change->gpa) < 0 ||
		    words_hex(colon + 1, &byte) < 0 || byte > UINT8_MAX)
			replay_fail(vmm->replay, 0, "change=%s: GPA:BYTE", value);
		change->byte = (uint8_t)byte;
		change->due = true;
	}
}

/* ---- quirks */

static bool find_rhi_quirk(const char *word, uint32_t *ret)
{
	struct tsmreq_rhi_quirk quirk;

	for (unsigned int i = 0; tsmreq_rhi_quirk_at(i, &quirk); i++) {
		if (!words_same(word, quirk.name))
			continue;
		*ret = quirk.bit;
		return true;
	}
	return false;
}

static void take_quirks(struct vmm *vmm)
{
	const char *word;
	uint32_t quirk;

	while ((word = words_take(&vmm->given, "quirk"))) {
		if (vmm->arch == TSMREQ_ARCH_CCA && find_rhi_quirk(word, &quirk))
			vmm->rhi_quirks |= quirk;
		else if (kernel_parse_quirk(word, &quirk) == 0)
			vmm->vdev_quirks |= quirk;
		else
			replay_fail(vmm->replay, 0, "quirk=%s: no such quirk", word);
	}
	/* what a guest may say must be what may be sent */
	if (vmm->rhi_quirks & TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS)
		vmm->vdev_quirks |= TSMREQ_QUIRK_REGEN_FLAGS;
}

void vmm_read_given(struct vmm *vmm)
{
	words_split(&vmm->replay->arena, vmm->replay->vec, VEC_GIVEN, &vmm->given);
	take_vdevs(vmm);
	take_device_words(vmm);
	take_objects(vmm, "object:", vmm->arch == TSMREQ_ARCH_CCA);
	take_objects(vmm, "evidence:", false);
	take_cache(vmm);
	take_ranges(vmm, "ram", &vmm->memory.ram);
	take_ranges(vmm, "shared", &vmm->memory.shared);
	take_changes(vmm);
	take_quirks(vmm);
	kernel_take_fd(vmm->replay, &vmm->given, "vcpufd", &vmm->vcpu_fd);
}
