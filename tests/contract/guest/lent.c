/* SPDX-License-Identifier: MIT */
#include "scene.h"

/* What the VMM lends. Whatever can fail does, where it is told to. */

bool scene_strikes(struct scene_countdown *countdown)
{
	if (!countdown->left || --countdown->left)
		return false;
	countdown->left = countdown->ever;
	return true;
}

static bool lends(struct scene *scene)
{
	scene->lends++;
	return !scene_strikes(&scene->fail_lend);
}

/* ---- guest memory */

static bool is_below(uint64_t end, uint64_t gpa, uint64_t size)
{
	return gpa < end && size <= end - gpa;
}

/* An address is fetched once per exit. */
static void note_read(struct scene *scene, uint64_t gpa, uint64_t size)
{
	for (unsigned int i = 0; i < scene->read_count; i++)
		if (gpa < scene->reads[i].gpa + scene->reads[i].size &&
		    scene->reads[i].gpa < gpa + size)
			scene_blame(scene, "an address is fetched again");
	if (scene->read_count == 8) {
		scene_blame(scene, "too much is fetched");
		return;
	}
	scene->reads[scene->read_count].gpa = gpa;
	scene->reads[scene->read_count++].size = size;
}

static int read_shared(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	struct scene *scene = userdata;

	if (!lends(scene) || !is_below(SCENE_PRIVATE, gpa.raw, size))
		return -EFAULT;
	note_read(scene, gpa.raw, size);
	memcpy(dst, scene->memory + gpa.raw, size);
	scene_say(scene, "  read %llx", (unsigned long long)gpa.raw);
	scene_say_line(scene, dst, size);
	if (scene->at_read)
		scene->at_read(scene, gpa.raw, dst, size);
	return 0;
}

/* Where the bytes are a piece of what the kernel has just answered, that is said instead. */
static void reach_guest(struct scene *scene, uint64_t gpa, const void *src, size_t size)
{
	scene_say(scene, "  write %llx", (unsigned long long)gpa);
	if (size > 8 && size <= scene->response_size && !memcmp(src, scene->response, size))
		scene_say(scene, " response[%zu]\n", size);
	else
		scene_say_line(scene, src, size);
	if (scene->at_write)
		scene->at_write(scene, gpa, src, size);
	memcpy(scene->memory + gpa, src, size);
}

static int write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	struct scene *scene = userdata;

	if (!lends(scene) || !is_below(SCENE_PRIVATE, gpa.raw, size))
		return -EFAULT;
	reach_guest(scene, gpa.raw, src, size);
	return 0;
}

/* What is mapped holds nothing of the guest's: it is a destination. */
static void *map_shared(void *userdata, struct tsmreq_gpa gpa, size_t size)
{
	struct scene *scene = userdata;

	scene_check(scene, !scene->is_mapped);
	if (!lends(scene) || !is_below(SCENE_PRIVATE, gpa.raw, size) ||
	    size > sizeof(scene->mapping))
		return NULL;
	memset(scene->mapping, SCENE_FRESH, size);
	scene->is_mapped = true;
	scene->mapped = gpa.raw;
	return scene->mapping;
}

static void unmap_shared(void *userdata, void *mapping, size_t size)
{
	struct scene *scene = userdata;

	scene_check(scene, mapping == scene->mapping && scene->is_mapped);
	reach_guest(scene, scene->mapped, mapping, size);
	scene->is_mapped = false;
}

/* A VMM that cannot tell says that some of it is RAM. */
static enum tsmreq_memory get_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	if (!lends(userdata))
		return TSMREQ_MEMORY_MIXED;
	if (is_below(SCENE_PRIVATE, gpa.raw, size))
		return TSMREQ_MEMORY_SHARED;
	if (gpa.raw >= SCENE_MEMORY)
		return TSMREQ_MEMORY_NONE;
	if (!is_below(SCENE_MEMORY, gpa.raw, size))
		return TSMREQ_MEMORY_MIXED;
	return gpa.raw >= SCENE_PRIVATE ? TSMREQ_MEMORY_PRIVATE : TSMREQ_MEMORY_BOTH;
}

/* ---- time */

static uint64_t now_ms(void *userdata)
{
	return ((struct scene *)userdata)->now;
}

static int inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	struct scene *scene = userdata;

	if (!lends(scene))
		return -EIO;
	scene_say(scene, "  interrupt %x for vCPU %u\n", vector, vcpu);
	scene->vector = vector;
	return 0;
}

static int offload(void *userdata, struct tsmreq_job *job)
{
	struct scene *scene = userdata;

	if (!lends(scene) || scene->pooled == 8)
		return -EAGAIN;
	scene->pool[scene->pooled++] = job;
	return 0;
}

/* ---- device memory */

static int make_private(void *userdata, struct tsmreq_guest_dev dev,
			const struct tsmreq_mmio_range *range)
{
	struct scene *scene = userdata;

	(void)dev;
	if (!lends(scene))
		return -EIO;
	scene_say(scene, "  make private %llx-%llx\n", (unsigned long long)range->guest_base.raw,
		  (unsigned long long)range->guest_top);
	scene->is_private = true;
	return 0;
}

static void undo_private(void *userdata, struct tsmreq_guest_dev dev,
			 const struct tsmreq_mmio_range *range)
{
	struct scene *scene = userdata;

	(void)dev;
	scene_say(scene, "  undo private %llx-%llx\n", (unsigned long long)range->guest_base.raw,
		  (unsigned long long)range->guest_top);
	scene->is_private = false;
}

static int before_lock(void *userdata, struct tsmreq_guest_dev dev)
{
	struct scene *scene = userdata;

	(void)dev;
	if (!lends(scene))
		return -EIO;
	scene_say(scene, "  before lock\n");
	scene->is_locked = true;
	return 0;
}

static void after_unlock(void *userdata, struct tsmreq_guest_dev dev)
{
	struct scene *scene = userdata;

	(void)dev;
	scene_say(scene, "  after unlock\n");
	scene->is_locked = false;
}

static bool mmio_allowed(void *userdata, struct tsmreq_guest_dev dev,
			 const struct tsmreq_call_mmio *mmio)
{
	(void)dev;
	(void)mmio;
	return lends(userdata);
}

/* ---- evidence */

const char *scene_get_text(enum tsmreq_object object)
{
	static const char *const texts[] = {"the VCA", "the certificate chain", "the measurements",
					    "the interface report"};

	return texts[object];
}

/* The VMM's own: SEV's always, the others' where the row has none. */
static int read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		       struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	struct scene *scene = userdata;
	const char *text = scene_get_text(object);
	const size_t size = strlen(text);

	(void)dev;
	if (!lends(scene))
		return -EIO;
	dst->size = size;
	if (dst->capacity < size)
		return -EMSGSIZE;
	memcpy(dst->data, text, size);
	memcpy(scene->response, text, size);
	scene->response_size = size;
	scene_say(scene, "  source %s", tsmreq_object_to_string(object));
	scene_say_line(scene, nonce.data, nonce.size);
	return 0;
}

static void device_event(void *userdata, struct tsmreq_guest_dev dev,
			 enum tsmreq_device_event event, int rc)
{
	scene_say(userdata, "  told %llx %s %s\n", (unsigned long long)dev.raw,
		  tsmreq_device_event_to_string(event), rc ? tsmreq_errno_to_string(rc) : "0");
}

/* ---- all of it */

void scene_lend(struct scene *scene)
{
	scene->ops = (struct tsmreq_guest_ops){
		.size = sizeof(scene->ops),
		.userdata = scene,
		.read_shared = read_shared,
		.write_shared = write_shared,
		.get_memory = get_memory,
		.now_ms = now_ms,
		.inject = inject,
		.make_private = make_private,
		.undo_private = undo_private,
		.before_lock = before_lock,
		.after_unlock = after_unlock,
		.mmio_allowed = mmio_allowed,
		.read_object = read_object,
		.offload = scene->kind.deferred ? offload : NULL,
		.device_event = device_event,
	};
}

void scene_lend_mapping(struct scene *scene)
{
	scene->ops.map_shared = map_shared;
	scene->ops.unmap_shared = unmap_shared;
}
