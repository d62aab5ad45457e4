/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/evidence.h>
#include <tsmreq/host.h>

/* The guest room's objects, out of the kernel's cache: read once, kept, and handed out in parts. */

#define OBJECTS	   4u
#define CERT_SLOTS 8u

struct kept {
	uint8_t *bytes;
	size_t size;
	uint8_t nonce[TSMREQ_NONCE_SIZE]; /* what it answers */
	size_t nonce_size;
};

struct device {
	struct device *next;
	uint64_t dev;
	char name[TSMREQ_HOST_NAME_SIZE];
	uint32_t slot;
	pthread_mutex_t lock; /* over a read: one device's wait, nobody else's */
	struct tsmreq_evidence *client;
	struct kept kept[OBJECTS];
};

struct tsmreq_evidence_source {
	struct tsmreq_evidence_opts opts;
	pthread_mutex_t lock; /* of the list */
	struct device *first;
};

/* ---- devices */

static void forget(struct kept *kept)
{
	free(kept->bytes);
	*kept = (struct kept){0};
}

static void forget_all(struct device *device)
{
	for (unsigned int i = 0; i < OBJECTS; i++)
		forget(&device->kept[i]);
}

static void free_device(struct device *device)
{
	forget_all(device);
	tsmreq_evidence_free(device->client);
	pthread_mutex_destroy(&device->lock);
	free(device);
}

/* The place of the pointer to it, or of the NULL at the end. Under the list's lock. */
static struct device **find(struct tsmreq_evidence_source *source, uint64_t dev)
{
	struct device **at = &source->first;

	while (*at && (*at)->dev != dev)
		at = &(*at)->next;
	return at;
}

/* With its own lock taken, or NULL. */
static struct device *take_device(struct tsmreq_evidence_source *source, uint64_t dev)
{
	struct device *device;

	pthread_mutex_lock(&source->lock);
	device = *find(source, dev);
	pthread_mutex_unlock(&source->lock);
	if (device)
		pthread_mutex_lock(&device->lock);
	return device;
}

static int new_device(struct device **ret, const struct tsmreq_evidence_source *source)
{
	struct device *device = calloc(1, sizeof(*device));
	int r;

	if (device == NULL)
		return -ENOMEM;
	r = tsmreq_evidence_new(&device->client, &source->opts);
	if (r < 0) {
		free(device);
		return r;
	}
	pthread_mutex_init(&device->lock, NULL);
	*ret = device;
	return 0;
}

int tsmreq_evidence_source_add(struct tsmreq_evidence_source *source, struct tsmreq_guest_dev dev,
			       const char *device, uint32_t slot)
{
	struct device *ours, **at;
	int r;

	if (source == NULL || (slot >= CERT_SLOTS && slot != TSMREQ_EVIDENCE_SLOT_ANY))
		return -EINVAL;
	r = new_device(&ours, source);
	if (r < 0)
		return r;
	ours->dev = dev.raw;
	ours->slot = slot;
	r = tsmreq_host_parse_name(device, ours->name);
	if (r == 0) {
		pthread_mutex_lock(&source->lock);
		at = find(source, dev.raw);
		if (*at)
			r = -EEXIST;
		else
			*at = ours;
		pthread_mutex_unlock(&source->lock);
	}
	if (r < 0)
		free_device(ours);
	return r;
}

int tsmreq_evidence_source_forget(struct tsmreq_evidence_source *source,
				  struct tsmreq_guest_dev dev)
{
	struct device *device;

	if (source == NULL)
		return -EINVAL;
	device = take_device(source, dev.raw);
	if (device == NULL)
		return -ENODEV;
	forget_all(device);
	pthread_mutex_unlock(&device->lock);
	return 0;
}

int tsmreq_evidence_source_remove(struct tsmreq_evidence_source *source,
				  struct tsmreq_guest_dev dev)
{
	struct device *device, **at;

	if (source == NULL)
		return -EINVAL;
	pthread_mutex_lock(&source->lock);
	at = find(source, dev.raw);
	device = *at;
	if (device)
		*at = device->next;
	pthread_mutex_unlock(&source->lock);
	if (device == NULL)
		return -ENODEV;
	free_device(device);
	return 0;
}

int tsmreq_evidence_source_new(struct tsmreq_evidence_source **ret,
			       const struct tsmreq_evidence_opts *opts)
{
	static const struct tsmreq_evidence_opts defaults = {.size = sizeof(defaults)};
	struct tsmreq_evidence_source *source;
	struct tsmreq_evidence *probe;
	int r;

	if (ret == NULL)
		return -EINVAL;
	/* options that no read would take are refused here */
	r = tsmreq_evidence_new(&probe, opts);
	if (r < 0)
		return r;
	tsmreq_evidence_free(probe);
	source = calloc(1, sizeof(*source));
	if (source == NULL)
		return -ENOMEM;
	source->opts = defaults;
	if (opts)
		memcpy(&source->opts, opts,
		       opts->size < sizeof(source->opts) ? opts->size : sizeof(source->opts));
	source->opts.size = sizeof(source->opts);
	pthread_mutex_init(&source->lock, NULL);
	*ret = source;
	return 0;
}

struct tsmreq_evidence_source *tsmreq_evidence_source_free(struct tsmreq_evidence_source *source)
{
	struct device *next;

	if (source == NULL)
		return NULL;
	for (struct device *device = source->first; device; device = next) {
		next = device->next;
		free_device(device);
	}
	pthread_mutex_destroy(&source->lock);
	free(source);
	return NULL;
}

/* ---- one object */

static uint32_t mask_of(const struct device *device, enum tsmreq_object object)
{
	switch (object) {
	case TSMREQ_OBJECT_VCA:
		return TSMREQ_EVIDENCE_MASK_VCA;
	case TSMREQ_OBJECT_CERTIFICATE:
		return device->slot == TSMREQ_EVIDENCE_SLOT_ANY ? TSMREQ_EVIDENCE_MASK_CERTS
								: 1u << device->slot;
	case TSMREQ_OBJECT_MEASUREMENTS:
		return TSMREQ_EVIDENCE_MASK_MEASUREMENTS;
	case TSMREQ_OBJECT_INTERFACE_REPORT:
		return TSMREQ_EVIDENCE_MASK_REPORT;
	case TSMREQ_OBJECT_FORCE_S32_:
		break;
	}
	return 0;
}

/* Of all that came, the one that is not empty. Two slots in use: nobody tells which is meant. */
static int choose(const struct device *device, struct tsmreq_bytes *ret)
{
	struct tsmreq_evidence_object object;

	for (unsigned int i = 0; tsmreq_evidence_object_at(device->client, i, &object); i++) {
		if (!object.bytes.size)
			continue;
		if (ret->size)
			return -ENOTUNIQ;
		*ret = object.bytes;
	}
	return 0;
}

static int fetch(struct device *device, uint32_t mask, struct tsmreq_bytes nonce, struct kept *kept)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request), .device = device->name, .types = mask, .nonce = nonce};
	struct tsmreq_bytes bytes = {0};
	int r;

	/* new measurements make all that was read before old */
	if (nonce.size)
		forget_all(device);
	r = tsmreq_evidence_read(device->client, &request);
	if (r == 0)
		r = choose(device, &bytes);
	if (r != 0)
		return r;
	if (bytes.size == 0)
		return -ENODATA;
	free(kept->bytes);
	kept->bytes = malloc(bytes.size);
	if (kept->bytes == NULL)
		return -ENOMEM;
	memcpy(kept->bytes, bytes.data, bytes.size);
	kept->size = bytes.size;
	kept->nonce_size = nonce.size;
	if (nonce.size)
		memcpy(kept->nonce, nonce.data, nonce.size);
	return 0;
}

static bool answers(const struct kept *kept, struct tsmreq_bytes nonce)
{
	if (!kept->bytes || !nonce.size)
		return kept->bytes != NULL;
	return kept->nonce_size == nonce.size && memcmp(kept->nonce, nonce.data, nonce.size) == 0;
}

static int hand_out(const struct kept *kept, struct tsmreq_buffer *dst)
{
	dst->size = kept->size;
	if (dst->capacity < kept->size)
		return -EMSGSIZE;
	memcpy(dst->data, kept->bytes, kept->size);
	return 0;
}

int tsmreq_evidence_source_read(struct tsmreq_evidence_source *source, struct tsmreq_guest_dev dev,
				enum tsmreq_object object, struct tsmreq_bytes nonce,
				struct tsmreq_buffer *dst)
{
	struct device *device;
	struct kept *kept;
	uint32_t mask;
	int r = 0;

	if (source == NULL || dst == NULL || (dst->capacity && !dst->data))
		return -EINVAL;
	dst->size = 0;
	device = take_device(source, dev.raw);
	if (device == NULL)
		return -ENODEV;
	mask = mask_of(device, object);
	if (mask) {
		kept = &device->kept[object];
		if (!answers(kept, nonce))
			r = fetch(device, mask, nonce, kept);
		if (r == 0)
			r = hand_out(kept, dst);
	} else {
		r = -EINVAL;
	}
	pthread_mutex_unlock(&device->lock);
	return r;
}
