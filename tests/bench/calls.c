/* SPDX-License-Identifier: MIT */
/* Calls to a kernel that answers at once. */
#include "bench.h"
#include "plain/verbs.h"
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

struct bench {
	const char *name;
	enum tsmreq_uapi uapi;
	int (*call)(struct tsmreq_vdev *vdev, struct tsmreq_result *ret); /* NULL: probe */
};

static const struct bench benches[] = {
	{"set-tdi-state", TSMREQ_UAPI_CCA_V7, verb_set_state_run},
	{"lock", TSMREQ_UAPI_CCA_V7, tsmreq_vdev_lock},
	{"bind", TSMREQ_UAPI_V6_OBJECTS, tsmreq_vdev_bind},
	{"object-size", TSMREQ_UAPI_CCA_V7, verb_object_size},
	{"read-object", TSMREQ_UAPI_CCA_V7, verb_read_object},
	{"validate-mmio", TSMREQ_UAPI_CCA_V7, verb_validate_mmio},
	{"probe", TSMREQ_UAPI_CCA_V7, NULL},
};

static int bench_submit(void *userdata, unsigned long request, void *arg)
{
	const struct tsmreq_transport *kernel = userdata;

	return kernel == NULL ? 0 : kernel->submit(kernel->userdata, request, arg);
}

static int bench_call(const struct bench *bench, unsigned long times)
{
	const struct tsmreq_transport transport = {.size = sizeof(transport),
						   .submit = bench_submit};
	const struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = bench->uapi};
	const struct tsmreq_vdevice_id id = {7};
	struct tsmreq_ctx *ctx = NULL;
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_result result;
	int rc;

	rc = tsmreq_ctx_new_from_transport(&ctx, &transport, &opts);
	if (rc == 0)
		rc = tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL);
	for (unsigned long i = 0; rc == 0 && i < times; i++)
		if (bench->call(vdev, &result) < 0 && result.outcome == TSMREQ_OUTCOME_NOT_SENT)
			rc = -1;
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	return rc;
}

static int bench_probe(const struct bench *bench, unsigned long times)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = bench->uapi};
	struct tsmreq_transport transport = {.size = sizeof(transport), .submit = bench_submit};
	struct tsmreq_mock *mock;
	struct tsmreq_probe verdict = {0};
	int rc = tsmreq_mock_new(&mock, &opts);

	if (rc < 0)
		return rc;
	transport.userdata = (void *)(uintptr_t)tsmreq_mock_get_transport(mock);
	for (unsigned long i = 0; rc == 0 && i < times; i++)
		rc = tsmreq_probe_transport(&transport, &verdict);
	if (rc == 0 && times > 0 && verdict.uapi != bench->uapi)
		rc = -1;
	tsmreq_mock_free(mock);
	return rc;
}

const char *bench_name(size_t i)
{
	return i < sizeof(benches) / sizeof(benches[0]) ? benches[i].name : NULL;
}

int bench_run(size_t i, unsigned long times)
{
	return benches[i].call ? bench_call(&benches[i], times) : bench_probe(&benches[i], times);
}
