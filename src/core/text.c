/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/text.h>

#include "base/errnos.h"
#include "rev/rev.h"

/* Words for numbers, and back. */

struct word {
	int value;
	const char *text;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *find_text(const struct word *words, size_t count, int value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].value == value)
			return words[i].text;
	return "unknown";
}

static const struct word *find_value(const struct word *words, size_t count, const char *text)
{
	for (size_t i = 0; text != NULL && i < count; i++)
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

static const struct word archs[] = {
	{TSMREQ_ARCH_CCA, "cca"},
	{TSMREQ_ARCH_SEV, "sev"},
	{TSMREQ_ARCH_TDX, "tdx"},
};

static const struct word states[] = {
	{TSMREQ_TDI_UNLOCKED, "unlocked"}, {TSMREQ_TDI_LOCKED, "locked"},   {TSMREQ_TDI_RUN, "run"},
	{TSMREQ_TDI_ERROR, "error"},	   {TSMREQ_TDI_UNKNOWN, "unknown"},
};

static const struct word objects[] = {
	{TSMREQ_OBJECT_VCA, "vca"},
	{TSMREQ_OBJECT_CERTIFICATE, "certificate"},
	{TSMREQ_OBJECT_MEASUREMENTS, "measurements"},
	{TSMREQ_OBJECT_INTERFACE_REPORT, "report"},
};

static const struct word ops[] = {
	{TSMREQ_OP_READ_OBJECT, "read-object"},
	{TSMREQ_OP_REGEN_OBJECT, "regen-object"},
	{TSMREQ_OP_OBJECT_INFO, "object-info"},
	{TSMREQ_OP_VALIDATE_MMIO, "validate-mmio"},
	{TSMREQ_OP_SET_TDI_STATE, "set-tdi-state"},
	{TSMREQ_OP_SEV_ENABLE_DMA, "sev-enable-dma"},
	{TSMREQ_OP_SEV_DISABLE_DMA, "sev-disable-dma"},
	{TSMREQ_OP_SEV_MMIO_CONFIG, "sev-mmio-config"},
	{TSMREQ_OP_VDEV_REQUEST, "vdev-request"},
};

static const struct word outcomes[] = {
	{TSMREQ_OUTCOME_NOT_SENT, "not sent"},
	{TSMREQ_OUTCOME_COMPLETED, "completed"},
	{TSMREQ_OUTCOME_FAILED, "failed"},
	{TSMREQ_OUTCOME_UNCERTAIN, "uncertain"},
};

static const struct word layouts[] = {
	{TSMREQ_LAYOUT_NONE, "none"},
	{TSMREQ_LAYOUT_TYPE, "type"},
	{TSMREQ_LAYOUT_SCOPE, "scope"},
	{TSMREQ_LAYOUT_OP, "op"},
};

static const struct word features[] = {
	{TSMREQ_FEATURE_BIND, "bind"},
	{TSMREQ_FEATURE_UNBIND, "unbind"},
	{TSMREQ_FEATURE_LOCK, "lock"},
	{TSMREQ_FEATURE_RUN, "run"},
	{TSMREQ_FEATURE_UNLOCK, "unlock"},
	{TSMREQ_FEATURE_VALIDATE, "validate"},
	{TSMREQ_FEATURE_OBJECTS, "objects"},
	{TSMREQ_FEATURE_REGEN, "regen"},
	{TSMREQ_FEATURE_SEV_DMA, "sev-dma"},
	{TSMREQ_FEATURE_SEV_PAGES, "sev-pages"},
	{TSMREQ_FEATURE_VDEV_REQUEST, "vdev-request"},
	{TSMREQ_FEATURE_TSM_CODE, "tsm-code"},
	{TSMREQ_FEATURE_RESIDUE, "residue"},
	{TSMREQ_FEATURE_KVM_FD, "kvm-fd"},
	{TSMREQ_FEATURE_BIND_AT_ALLOC, "bind-at-alloc"},
};

static const struct word verdicts[] = {
	{TSMREQ_VERDICT_ROW, "row"},
	{TSMREQ_VERDICT_NONE, "none"},
	{TSMREQ_VERDICT_OFF, "off"},
	{TSMREQ_VERDICT_UNKNOWN, "unknown"},
	{TSMREQ_VERDICT_NOT_IOMMUFD, "not-iommufd"},
};

static const struct word verbs[] = {
	{TSMREQ_VERB_OPEN, "open"},
	{TSMREQ_VERB_BIND, "bind"},
	{TSMREQ_VERB_UNBIND, "unbind"},
	{TSMREQ_VERB_SET_TDI_STATE, "set-tdi-state"},
	{TSMREQ_VERB_VALIDATE_MMIO, "validate-mmio"},
	{TSMREQ_VERB_VDEV_REQUEST, "vdev-request"},
	{TSMREQ_VERB_OBJECT_SIZE, "object-size"},
	{TSMREQ_VERB_READ_OBJECT, "read-object"},
	{TSMREQ_VERB_REGENERATE, "regenerate"},
	{TSMREQ_VERB_SEV_SET_DMA, "sev-set-dma"},
	{TSMREQ_VERB_GUEST_REQ, "guest-req"},
	{TSMREQ_VERB_ALLOC_VIOMMU, "alloc-viommu"},
	{TSMREQ_VERB_ALLOC_VDEVICE, "alloc-vdevice"},
	{TSMREQ_VERB_DESTROY, "destroy"},
};

/* PSP firmware codes */
static const struct word sev_codes[] = {
	{0x00, "SUCCESS"},
	{0x01, "INVALID_PLATFORM_STATE"},
	{0x02, "INVALID_GUEST_STATE"},
	{0x03, "INVALID_CONFIG"},
	{0x04, "INVALID_LEN"},
	{0x08, "INACTIVE"},
	{0x09, "INVALID_ADDRESS"},
	{0x10, "INVALID_GUEST"},
	{0x11, "INVALID_COMMAND"},
	{0x15, "UNSUPPORTED"},
	{0x16, "INVALID_PARAM"},
	{0x17, "RESOURCE_LIMIT"},
	{0x19, "INVALID_PAGE_SIZE"},
	{0x1a, "INVALID_PAGE_STATE"},
	{0x1c, "INVALID_PAGE_OWNER"},
	{0x1d, "AEAD_OFLOW"},
	{0x27, "INVALID_KEY"},
	{0x28, "SHUTDOWN_INCOMPLETE"},
	{0x30, "INCORRECT_BUFFER_LENGTH"},
	{0x31, "EXPAND_BUFFER_LENGTH_REQUEST"},
	{0x32, "SPDM_REQUEST"},
	{0x33, "SPDM_ERROR"},
	{0x35, "ERR_IN_DEV_CONN"},
	{0x36, "INVALID_DEV_CTX"},
	{0x37, "INVALID_TDI_CTX"},
	{0x38, "INVALID_TDI"},
	{0x39, "RECLAIM_REQUIRED"},
	{0x3a, "IN_USE"},
	{0x3b, "INVALID_DEV_STATE"},
	{0x3c, "INVALID_TDI_STATE"},
	{0x3d, "DEV_CERT_CHANGED"},
	{0x3e, "RESYNC_REQ"},
	{0x3f, "RESPONSE_TOO_LARGE"},
};

#define ERRNO(name) {name, #name},

static const struct word errnos[] = {TSMREQ_ERRNOS(ERRNO)};

const char *tsmreq_arch_to_string(enum tsmreq_arch arch)
{
	return find_text(archs, COUNT(archs), (int)arch);
}

const char *tsmreq_tdi_state_to_string(enum tsmreq_tdi_state state)
{
	return find_text(states, COUNT(states), (int)state);
}

const char *tsmreq_object_to_string(enum tsmreq_object object)
{
	return find_text(objects, COUNT(objects), (int)object);
}

const char *tsmreq_op_to_string(enum tsmreq_op op)
{
	return find_text(ops, COUNT(ops), (int)op);
}

const char *tsmreq_outcome_to_string(enum tsmreq_outcome outcome)
{
	return find_text(outcomes, COUNT(outcomes), (int)outcome);
}

const char *tsmreq_uapi_to_string(enum tsmreq_uapi uapi)
{
	const struct rev_row *row = tsmreq_rev_find(uapi);

	if (uapi == TSMREQ_UAPI_PROBE)
		return "probe";
	return row != NULL ? row->name : "unknown";
}

const char *tsmreq_layout_to_string(enum tsmreq_layout layout)
{
	return find_text(layouts, COUNT(layouts), (int)layout);
}

const char *tsmreq_feature_to_string(enum tsmreq_feature feature)
{
	return find_text(features, COUNT(features), (int)feature);
}

const char *tsmreq_verdict_to_string(enum tsmreq_verdict verdict)
{
	return find_text(verdicts, COUNT(verdicts), (int)verdict);
}

const char *tsmreq_verb_to_string(enum tsmreq_verb verb)
{
	return find_text(verbs, COUNT(verbs), (int)verb);
}

const char *tsmreq_code_to_string(enum tsmreq_arch arch, uint64_t tsm_code)
{
	if (arch != TSMREQ_ARCH_SEV || tsm_code > INT32_MAX)
		return "unknown";
	return find_text(sev_codes, COUNT(sev_codes), (int)tsm_code);
}

const char *tsmreq_errno_to_string(int error)
{
	/* INT_MIN has no positive twin, and is no errno */
	return find_text(errnos, COUNT(errnos), error < 0 && error != INT32_MIN ? -error : error);
}

int tsmreq_arch_from_string(const char *word, enum tsmreq_arch *ret)
{
	const struct word *w = find_value(archs, COUNT(archs), word);

	if (w == NULL)
		return -EINVAL;
	*ret = (enum tsmreq_arch)w->value;
	return 0;
}

int tsmreq_tdi_state_from_string(const char *word, enum tsmreq_tdi_state *ret)
{
	const struct word *w = find_value(states, COUNT(states), word);

	if (w == NULL)
		return -EINVAL;
	*ret = (enum tsmreq_tdi_state)w->value;
	return 0;
}

int tsmreq_object_from_string(const char *word, enum tsmreq_object *ret)
{
	const struct word *w = find_value(objects, COUNT(objects), word);

	if (w == NULL)
		return -EINVAL;
	*ret = (enum tsmreq_object)w->value;
	return 0;
}

int tsmreq_uapi_from_string(const char *word, enum tsmreq_uapi *ret)
{
	const struct rev_row *row;

	for (unsigned int i = 0; word != NULL && (row = tsmreq_rev_at(i)) != NULL; i++) {
		if (strcmp(row->name, word) != 0)
			continue;
		*ret = row->uapi;
		return 0;
	}
	return -EINVAL;
}

int tsmreq_errno_from_string(const char *name)
{
	const struct word *w = find_value(errnos, COUNT(errnos), name);

	return w != NULL ? w->value : 0;
}

void tsmreq_get_version(unsigned int *ret_major, unsigned int *ret_minor, unsigned int *ret_patch)
{
	char *at;

	*ret_major = (unsigned int)strtoul(TSMREQ_VERSION, &at, 10);
	*ret_minor = (unsigned int)strtoul(at + 1, &at, 10);
	*ret_patch = (unsigned int)strtoul(at + 1, &at, 10);
}
