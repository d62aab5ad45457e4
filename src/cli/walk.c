/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/mock.h>
#include <tsmreq/text.h>
#include <tsmreq/vdev.h>

#include "cli/journal.h"
#include "cli/sev_page.h"
#include "cli/walk.h"

#define GUEST_DEV   0x100u /* 0000:01:00.0 */
#define BAR_GUEST   0x80000000u
#define BAR_HOST    0x4080000000u
#define BAR_SIZE    0x10000u
#define KVM_FD	    9 /* where the row wants one; the mock takes any for a VM */
#define VCPU_FD	    10
#define REALM_SMMU  3 /* vIOMMU types of the trees with a TSM */
#define NONCE_AT    16
#define NONCE_VALUE 0x42

struct walk {
	FILE *out;
	enum tsmreq_uapi uapi;
	struct tsmreq_uapi_info info;
	enum tsmreq_arch arch;
	struct journal journal;
	struct tsmreq_mock *mock;
	struct tsmreq_ctx *ctx;
	uint32_t device;
	uint32_t hwpt;
	uint32_t viommu;
	struct tsmreq_vdevice_id vdevice;
	struct tsmreq_vdev *vdev;
	uint64_t seqno; /* of the guest's next message */
};

static bool has(const struct walk *walk, enum tsmreq_feature feature)
{
	return tsmreq_ctx_has(walk->ctx, walk->arch, feature);
}

__attribute__((format(printf, 3, 4))) static void say(const struct walk *walk, const char *step,
						      const char *format, ...)
{
	va_list args;

	fprintf(walk->out, "  %-9s  ", step);
	va_start(args, format);
	vfprintf(walk->out, format, args);
	va_end(args);
	fputc('\n', walk->out);
}

static int fail(const struct walk *walk, const char *step, enum tsmreq_verb verb, int rc,
		const struct tsmreq_result *result)
{
	say(walk, step, "FAILED: %s, %s: %s", tsmreq_errno_to_string(rc),
	    tsmreq_outcome_to_string(result->outcome), tsmreq_explain(verb, rc, result->outcome));
	return rc;
}

/* The library's books and the device itself must agree after every step. */
static int check_state(const struct walk *walk, const char *step)
{
	enum tsmreq_tdi_state books = tsmreq_vdev_get_state(walk->vdev);
	enum tsmreq_tdi_state real;
	enum tsmreq_mock_bound bound;
	int r;

	r = tsmreq_mock_get_state(walk->mock, walk->vdevice, &bound, &real);
	if (r < 0) {
		say(walk, step, "FAILED: the mock does not find the device");
		return r;
	}
	if (books != real) {
		say(walk, step, "FAILED: the library says %s, the device is %s",
		    tsmreq_tdi_state_to_string(books), tsmreq_tdi_state_to_string(real));
		return -EPROTO;
	}
	say(walk, step, "done, state %s", tsmreq_tdi_state_to_string(real));
	return 0;
}

/* ---- the steps */

static int make_viommu(struct walk *walk)
{
	struct tsmreq_viommu_args args = {
		.size = sizeof(args),
		.type = REALM_SMMU,
		.dev_id = walk->device,
		.hwpt_id = walk->hwpt,
		.kvm_fd = KVM_FD,
	};
	struct tsmreq_result result;
	int r;

	r = tsmreq_ctx_alloc_viommu(walk->ctx, &args, &walk->viommu, &result);
	if (r < 0)
		return fail(walk, "vIOMMU", TSMREQ_VERB_ALLOC_VIOMMU, r, &result);
	say(walk, "vIOMMU", "object %" PRIu32 "%s", walk->viommu,
	    has(walk, TSMREQ_FEATURE_KVM_FD) ? ", made with the VM's descriptor" : "");
	return 0;
}

static int make_vdevice(struct walk *walk)
{
	struct tsmreq_vdevice_args args = {
		.size = sizeof(args),
		.viommu_id = walk->viommu,
		.dev_id = walk->device,
		.virt_id = {GUEST_DEV},
	};
	struct tsmreq_vdev_opts opts = {.size = sizeof(opts)};
	enum tsmreq_mock_bound bound;
	struct tsmreq_result result;
	int r;

	r = tsmreq_ctx_alloc_vdevice(walk->ctx, &args, &walk->vdevice, &result);
	if (r < 0)
		return fail(walk, "vDevice", TSMREQ_VERB_ALLOC_VDEVICE, r, &result);
	/* allocation may have bound, and on SEV locked: a VMM looks, and tells the handle */
	r = tsmreq_mock_get_state(walk->mock, walk->vdevice, &bound, &opts.initial_state);
	if (r == 0)
		r = tsmreq_vdev_new(&walk->vdev, walk->ctx, walk->vdevice, walk->arch, &opts);
	if (r < 0) {
		say(walk, "vDevice", "FAILED: no handle: %s", tsmreq_errno_to_string(r));
		return r;
	}
	say(walk, "vDevice", "object %" PRIu32 " for guest device 0x%x, %s, %s", walk->vdevice.raw,
	    GUEST_DEV, bound == TSMREQ_MOCK_BOUND ? "bound by its allocation" : "not bound",
	    tsmreq_tdi_state_to_string(opts.initial_state));
	return 0;
}

static int lock(struct walk *walk)
{
	struct tsmreq_result result;
	int r;

	if (!has(walk, TSMREQ_FEATURE_LOCK)) {
		say(walk, "LOCK",
		    "this row has no word for it: what bound the device has locked it");
		return 0;
	}
	r = tsmreq_vdev_lock(walk->vdev, &result);
	return r < 0 ? fail(walk, "LOCK", TSMREQ_VERB_BIND, r, &result) : check_state(walk, "LOCK");
}

static int run(struct walk *walk)
{
	struct tsmreq_result result;
	int r;

	if (!has(walk, TSMREQ_FEATURE_RUN)) {
		say(walk, "RUN", "no request of this row runs a device of this architecture");
		return 0;
	}
	r = tsmreq_vdev_run(walk->vdev, &result);
	return r < 0 ? fail(walk, "RUN", TSMREQ_VERB_SET_TDI_STATE, r, &result)
		     : check_state(walk, "RUN");
}

static int unlock(struct walk *walk)
{
	struct tsmreq_result result;
	int r;

	r = tsmreq_vdev_unlock(walk->vdev, &result);
	return r < 0 ? fail(walk, "UNLOCK", TSMREQ_VERB_UNBIND, r, &result)
		     : check_state(walk, "UNLOCK");
}

static int end(struct walk *walk)
{
	struct tsmreq_result result;
	int r;

	r = tsmreq_vdev_destroy(walk->vdev, &result);
	if (r == 0)
		r = tsmreq_ctx_destroy(walk->ctx, walk->viommu, &result);
	if (r < 0)
		return fail(walk, "end", TSMREQ_VERB_DESTROY, r, &result);
	say(walk, "end", "vDevice and vIOMMU destroyed");
	return 0;
}

/* ---- evidence */

static bool contains(const struct tsmreq_buffer *buffer, const uint8_t *part, size_t size)
{
	return memmem(buffer->data, buffer->size, part, size) != NULL;
}

static int regenerate(struct walk *walk, enum tsmreq_object object, struct tsmreq_bytes nonce)
{
	struct tsmreq_result result;
	int r;

	walk->journal.nonce_at = nonce.size ? NONCE_AT : 0;
	r = tsmreq_vdev_regenerate_object(walk->vdev, object, 0, nonce, &result);
	walk->journal.nonce_at = 0;
	return r < 0 ? fail(walk, "evidence", TSMREQ_VERB_REGENERATE, r, &result) : 0;
}

static int read_object(struct walk *walk, enum tsmreq_object object, struct tsmreq_bytes nonce)
{
	struct tsmreq_buffer buffer = {0};
	struct tsmreq_result result;
	bool fresh = nonce.size != 0;
	uint32_t size;
	int r;

	r = tsmreq_vdev_get_object_size(walk->vdev, object, &size, &result);
	if (r < 0)
		return fail(walk, "evidence", TSMREQ_VERB_OBJECT_SIZE, r, &result);
	buffer.capacity = size;
	buffer.data = calloc(1, size);
	if (!buffer.data)
		return -ENOMEM;
	r = tsmreq_vdev_read_object(walk->vdev, object, size, &buffer, &result);
	if (r < 0) {
		fail(walk, "evidence", TSMREQ_VERB_READ_OBJECT, r, &result);
	} else if (fresh && !contains(&buffer, nonce.data, nonce.size)) {
		say(walk, "evidence", "FAILED: the measurements do not carry the nonce");
		r = -EPROTO;
	} else {
		say(walk, "evidence", "%s, %zu bytes%s", tsmreq_object_to_string(object),
		    buffer.size, fresh ? ", with the verifier's nonce in it" : "");
	}
	free(buffer.data);
	return r;
}

/* A TD is told of one object, which the TSM fetched when it locked the device. */
static int read_td_report(struct walk *walk)
{
	/* a TDISP report: DMA without PASID, one range of 16 pages, nothing of the device's own */
	static const uint8_t report[] = {
		0x02, 0, 0, 0, 0, 0, 0, 0, 0,	 0, 0, 0, 1, 0, 0, 0, /* header */
		0,    0, 8, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, /* range */
		0,    0, 0, 0,
	};
	int r;

	r = tsmreq_mock_set_object(walk->mock, walk->vdevice, TSMREQ_OBJECT_INTERFACE_REPORT,
				   (struct tsmreq_bytes){report, sizeof(report)});
	if (r < 0)
		return r;
	return read_object(walk, TSMREQ_OBJECT_INTERFACE_REPORT, (struct tsmreq_bytes){0});
}

static int read_all(struct walk *walk)
{
	static const enum tsmreq_object cached[] = {TSMREQ_OBJECT_CERTIFICATE, TSMREQ_OBJECT_VCA};
	uint8_t value[TSMREQ_NONCE_SIZE];
	struct tsmreq_bytes nonce = {value, sizeof(value)};
	struct tsmreq_bytes none = {0};
	int r = 0;

	memset(value, NONCE_VALUE, sizeof(value));
	for (size_t i = 0; r == 0 && i < sizeof(cached) / sizeof(cached[0]); i++)
		r = read_object(walk, cached[i], none);
	if (r < 0)
		return r;
	if (!has(walk, TSMREQ_FEATURE_REGEN)) {
		say(walk, "evidence",
		    "fresh measurements and reports cannot be asked for in this row");
		return 0;
	}
	r = regenerate(walk, TSMREQ_OBJECT_MEASUREMENTS, nonce);
	if (r == 0)
		r = read_object(walk, TSMREQ_OBJECT_MEASUREMENTS, nonce);
	if (r == 0)
		r = regenerate(walk, TSMREQ_OBJECT_INTERFACE_REPORT, none);
	if (r == 0)
		r = read_object(walk, TSMREQ_OBJECT_INTERFACE_REPORT, none);
	return r;
}

/* ---- SEV: the guest's own messages, passed through */

static int pass_message(struct walk *walk, const char *step, enum tsmreq_op op,
			enum sev_message type, const char *what)
{
	bool dma = op == TSMREQ_OP_SEV_ENABLE_DMA || op == TSMREQ_OP_SEV_DISABLE_DMA;
	struct sev_page request = {{0}};
	struct sev_page answer = {{0}};
	struct tsmreq_bytes out = {request.bytes, sizeof(request.bytes)};
	struct tsmreq_buffer in = {.data = answer.bytes, .capacity = sizeof(answer.bytes)};
	struct tsmreq_result result;
	int r;

	sev_page_build(&request, type, walk->seqno);
	walk->seqno += 2;
	r = dma ? tsmreq_vdev_sev_set_dma(walk->vdev, op == TSMREQ_OP_SEV_ENABLE_DMA, out, &in,
					  &result)
		: tsmreq_vdev_guest_req(walk->vdev, op, walk->arch, out, &in, &result);
	if (r < 0)
		return fail(walk, step, dma ? TSMREQ_VERB_SEV_SET_DMA : TSMREQ_VERB_GUEST_REQ, r,
			    &result);
	if (!sev_page_answers(&answer, &request)) {
		say(walk, step, "FAILED: the answer does not belong to the guest's message");
		return -EPROTO;
	}
	say(walk, step, "%s: message 0x%x passed on, answer 0x%x passed back", what, type,
	    type + 1);
	return 0;
}

static int set_dma(struct walk *walk, bool enable)
{
	if (walk->arch != TSMREQ_ARCH_SEV)
		return 0;
	if (!has(walk, TSMREQ_FEATURE_SEV_DMA)) {
		if (enable)
			say(walk, "DMA",
			    "no operation for it in this row: nothing would tell the host's "
			    "IOMMU");
		return 0;
	}
	return pass_message(walk, "DMA",
			    enable ? TSMREQ_OP_SEV_ENABLE_DMA : TSMREQ_OP_SEV_DISABLE_DMA,
			    SEV_SDTE_WRITE, enable ? "SDTE_WRITE, on" : "SDTE_WRITE, off");
}

static int evidence(struct walk *walk)
{
	uint32_t wire;

	if (has(walk, TSMREQ_FEATURE_OBJECTS))
		return walk->arch == TSMREQ_ARCH_TDX ? read_td_report(walk) : read_all(walk);
	say(walk, "evidence",
	    "this row reads no objects: certificates, measurements and report come "
	    "over "
	    "netlink");
	if (walk->arch != TSMREQ_ARCH_SEV)
		return 0;
	if (tsmreq_uapi_get_wire(walk->uapi, walk->arch, TSMREQ_OP_READ_OBJECT, &wire) < 0) {
		say(walk, "evidence", "and no operation carries the guest's TDI_INFO message");
		return 0;
	}
	return pass_message(walk, "evidence", TSMREQ_OP_READ_OBJECT, SEV_TDI_INFO, "TDI_INFO");
}

static int mmio(struct walk *walk)
{
	struct tsmreq_mmio_range range = {
		.guest_base = {BAR_GUEST},
		.guest_top = BAR_GUEST + BAR_SIZE,
		.host_base = BAR_HOST,
		.vcpu_fd = VCPU_FD,
	};
	struct tsmreq_result result;
	int r;

	if (walk->arch == TSMREQ_ARCH_TDX) {
		say(walk, "MMIO", "a TD accepts its MMIO itself and never asks the host");
		return 0;
	}
	if (!has(walk, TSMREQ_FEATURE_VALIDATE)) {
		say(walk, "MMIO", "no request of this row validates it");
		return 0;
	}
	if (walk->arch == TSMREQ_ARCH_SEV)
		return pass_message(walk, "MMIO", TSMREQ_OP_VALIDATE_MMIO, SEV_MMIO_VALIDATE,
				    "MMIO_VALIDATE");
	r = tsmreq_vdev_validate_mmio(walk->vdev, &range, &result);
	if (r < 0)
		return fail(walk, "MMIO", TSMREQ_VERB_VALIDATE_MMIO, r, &result);
	say(walk, "MMIO", "0x%x..0x%x validated", BAR_GUEST, BAR_GUEST + BAR_SIZE - 1);
	return 0;
}

static int enable_dma(struct walk *walk)
{
	return set_dma(walk, true);
}

static int disable_dma(struct walk *walk)
{
	return set_dma(walk, false);
}

/* ---- the walk */

static int furnish(struct walk *walk, bool verbose)
{
	struct tsmreq_mock_opts mock_opts = {.size = sizeof(mock_opts), .uapi = walk->uapi};
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = walk->uapi};
	int r;

	r = tsmreq_mock_new(&walk->mock, &mock_opts);
	if (r == 0)
		r = tsmreq_mock_add_object(walk->mock, TSMREQ_MOCK_DEVICE, 0, &walk->device);
	if (r == 0)
		r = tsmreq_mock_set_device_arch(walk->mock, walk->device, walk->arch);
	if (r == 0)
		r = tsmreq_mock_add_object(walk->mock, TSMREQ_MOCK_HWPT, 0, &walk->hwpt);
	if (r < 0) {
		say(walk, "mock", "FAILED: %s", tsmreq_errno_to_string(r));
		return r;
	}
	journal_open(&walk->journal, tsmreq_mock_get_transport(walk->mock), &walk->info,
		     verbose ? walk->out : NULL);
	r = tsmreq_ctx_new_from_transport(&walk->ctx, &walk->journal.tap.transport, &opts);
	if (r < 0)
		say(walk, "context", "FAILED: %s", tsmreq_errno_to_string(r));
	return r;
}

int walk_run(FILE *out, enum tsmreq_uapi uapi, enum tsmreq_arch arch, bool verbose)
{
	static int (*const steps[])(struct walk * walk) = {
		make_viommu, make_vdevice, lock,	evidence, mmio,
		run,	     enable_dma,   disable_dma, unlock,	  end,
	};
	struct walk walk = {.out = out, .uapi = uapi, .arch = arch, .seqno = 1};
	int r;

	r = tsmreq_uapi_get_info(uapi, &walk.info);
	if (r < 0)
		return r;
	fprintf(out, "%s on %s: %s\n", tsmreq_arch_to_string(arch), walk.info.name,
		walk.info.lineage);
	r = furnish(&walk, verbose);
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](&walk);
	tsmreq_vdev_free(walk.vdev);
	tsmreq_ctx_free(walk.ctx);
	tsmreq_mock_free(walk.mock);
	return r;
}

/* ---- which row */

static const enum tsmreq_feature needs_cca[] = {
	TSMREQ_FEATURE_LOCK,	 TSMREQ_FEATURE_OBJECTS, TSMREQ_FEATURE_REGEN,
	TSMREQ_FEATURE_VALIDATE, TSMREQ_FEATURE_RUN,	 TSMREQ_FEATURE_UNLOCK,
	(enum tsmreq_feature)0,
};
static const enum tsmreq_feature needs_sev[] = {
	TSMREQ_FEATURE_LOCK,	TSMREQ_FEATURE_SEV_PAGES, TSMREQ_FEATURE_VALIDATE,
	TSMREQ_FEATURE_SEV_DMA, TSMREQ_FEATURE_RUN,	  TSMREQ_FEATURE_UNLOCK,
	(enum tsmreq_feature)0,
};
static const enum tsmreq_feature needs_tdx[] = {
	TSMREQ_FEATURE_LOCK,   TSMREQ_FEATURE_OBJECTS, TSMREQ_FEATURE_RUN,
	TSMREQ_FEATURE_UNLOCK, (enum tsmreq_feature)0,
};

static const enum tsmreq_feature *get_needs(enum tsmreq_arch arch)
{
	switch (arch) {
	case TSMREQ_ARCH_CCA:
		return needs_cca;
	case TSMREQ_ARCH_SEV:
		return needs_sev;
	case TSMREQ_ARCH_TDX:
	case TSMREQ_ARCH_FORCE_S32_:
		break;
	}
	return needs_tdx;
}

bool walk_find_newest(enum tsmreq_arch arch, enum tsmreq_uapi *ret)
{
	const enum tsmreq_feature *need;
	enum tsmreq_uapi uapi;
	bool found = false;

	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		for (need = get_needs(arch); *need && tsmreq_uapi_has(uapi, arch, *need); need++)
			continue;
		if (*need)
			continue;
		*ret = uapi;
		found = true;
	}
	return found;
}
