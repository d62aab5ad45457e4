/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"

/* One guest: made, asked, freed. */

#define DEVICES_DEFAULT 16u
#define JOBS_DEFAULT	16u
#define SEV_STAGING	(3 * 4096u)
#define TDX_STAGING	(TSMREQ_GHCI_BUFFER_MAX + 4096u)

/* ---- options */

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
	return value ? value : fallback;
}

static void fill_defaults(struct tsmreq_guest_opts *opts)
{
	opts->vcpus = or_default(opts->vcpus, 1);
	opts->max_devices = or_default(opts->max_devices, DEVICES_DEFAULT);
	opts->max_jobs = or_default(opts->max_jobs, JOBS_DEFAULT);
	if (!opts->ghcb_abi)
		opts->ghcb_abi = TSMREQ_GHCB_AUTO;
	if (!opts->offers)
		opts->offers = TSMREQ_GHCI_TDCM;
	if (!opts->features && !(opts->flags & TSMREQ_GUEST_FEATURES_GIVEN))
		opts->features = TSMREQ_RHI_FEATURES_ALL;
}

static bool is_spoken(enum tsmreq_uapi uapi)
{
	struct tsmreq_uapi_info info;

	return tsmreq_uapi_get_info(uapi, &info) == 0 && !info.refusal;
}

static int check_arch(const struct tsmreq_guest_opts *opts, const struct tsmreq_guest_ops *ops)
{
	switch (opts->arch) {
	case TSMREQ_ARCH_CCA:
		return opts->quirks & ~TSMREQ_RHI_QUIRKS ? -EINVAL : 0;
	case TSMREQ_ARCH_TDX:
		if (opts->gpa_width != 48 && opts->gpa_width != 52)
			return -EINVAL;
		return opts->offers & ~TSMREQ_GHCI_OFFERS || !ops->now_ms ? -EINVAL : 0;
	case TSMREQ_ARCH_SEV:
		return strcmp(tsmreq_ghcb_abi_to_string(opts->ghcb_abi), "unknown") ? 0 : -EINVAL;
	case TSMREQ_ARCH_FORCE_S32_:
		break;
	}
	return -EINVAL;
}

static int check(const struct tsmreq_guest_opts *opts, const struct tsmreq_guest_ops *ops)
{
	if (!ops->read_shared || !ops->write_shared || !ops->get_memory)
		return -EINVAL;
	if (opts->flags & ~(TSMREQ_GUEST_VMM_BINDS | TSMREQ_GUEST_FEATURES_GIVEN) ||
	    opts->vcpus > TSMREQ_GUEST_VCPUS_MAX || opts->max_devices > TSMREQ_GUEST_DEVICES_MAX ||
	    opts->max_jobs > TSMREQ_GUEST_JOBS_MAX || opts->workers > TSMREQ_GUEST_WORKERS_MAX)
		return -EINVAL;
	if (opts->kvm_abi && !strcmp(tsmreq_kvm_abi_to_string(opts->kvm_abi), "unknown"))
		return -EINVAL;
	/* one of the two runs what is deferred */
	if (opts->workers && ops->offload)
		return -EINVAL;
	if (!is_spoken(opts->uapi))
		return -EOPNOTSUPP;
	return check_arch(opts, ops);
}

/* Configured, and possible: by the row, by the VMM's own objects, by who runs what is deferred. */
static uint64_t possible_features(const struct tsmreq_guest *guest)
{
	const enum tsmreq_uapi uapi = guest->opts.uapi;
	uint64_t features = 0;

	if (guest->ops.read_object ||
	    tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_OBJECTS))
		features |= TSMREQ_RHI_FEATURE_OBJECT_SIZE | TSMREQ_RHI_FEATURE_OBJECT_READ;
	if (tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_REGEN))
		features |= TSMREQ_RHI_FEATURE_MEASUREMENTS | TSMREQ_RHI_FEATURE_INTERFACE_REPORT;
	if (tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_RUN))
		features |= TSMREQ_RHI_FEATURE_SET_TDI_STATE;
	if (guest->defers)
		features |= TSMREQ_RHI_FEATURE_CONTINUE | TSMREQ_RHI_FEATURE_ABORT;
	/* never a default: who configures it has it shown, and the call answers -1 all the same */
	return features | TSMREQ_RHI_FEATURE_P2P_UNBIND;
}

/* ---- made and freed */

/* Zeros, with cache lines to themselves. @size is whole lines. */
static void *new_lines(size_t size)
{
	void *lines = aligned_alloc(CACHE_LINE, size);

	return lines ? memset(lines, 0, size) : NULL;
}

static int init_jobs(struct tsmreq_guest *guest)
{
	const struct tsmreq_guest_opts *opts = &guest->opts;
	const size_t staging = opts->arch == TSMREQ_ARCH_SEV   ? SEV_STAGING
			       : opts->arch == TSMREQ_ARCH_TDX ? TDX_STAGING
							       : 0;
	const size_t count = (size_t)opts->vcpus + opts->max_jobs;

	guest->vcpus = new_lines(opts->vcpus * sizeof(*guest->vcpus));
	guest->jobs = new_lines(count * sizeof(*guest->jobs));
	if (!guest->vcpus || !guest->jobs)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct tsmreq_job *job = &guest->jobs[i];

		job->guest = guest;
		if (staging && tsmreq_job_reserve(job, staging) < 0)
			return -ENOMEM;
		if (i < opts->vcpus) {
			guest->vcpus[i].job = job;
		} else {
			job->next = guest->pool;
			guest->pool = job;
		}
	}
	return 0;
}

static int init(struct tsmreq_guest *guest)
{
	int rc;

	guest->defers = guest->opts.workers || guest->ops.offload;
	guest->binds_at_alloc =
		tsmreq_uapi_has(guest->opts.uapi, guest->opts.arch, TSMREQ_FEATURE_BIND_AT_ALLOC);
	guest->features = guest->opts.features & possible_features(guest);
	guest->ghci = (struct tsmreq_ghci_opts){sizeof(guest->ghci), guest->opts.gpa_width,
						guest->opts.offers};
	/* 0 is no handle */
	atomic_init(&guest->next_handle, 1);
	rc = tsmreq_devices_init(&guest->devices, guest->opts.max_devices);
	if (rc == 0)
		rc = tsmreq_ranges_init(&guest->ranges, guest->opts.max_devices);
	if (rc == 0)
		rc = init_jobs(guest);
	if (rc == 0 && guest->opts.workers)
		rc = tsmreq_workers_new(&guest->workers, guest, guest->opts.workers);
	return rc;
}

int tsmreq_guest_new(struct tsmreq_guest **ret, const struct tsmreq_guest_opts *opts)
{
	struct tsmreq_guest_opts o;
	struct tsmreq_guest_ops ops;
	struct tsmreq_guest *guest;
	int rc;

	if (!ret || !opts || !opts->ops)
		return -EINVAL;
	rc = tsmreq_sized_copy(&o, sizeof(o), sizeof(o), opts);
	if (rc == 0)
		rc = tsmreq_sized_copy(&ops, sizeof(ops), sizeof(ops), o.ops);
	if (rc < 0)
		return rc;
	fill_defaults(&o);
	rc = check(&o, &ops);
	if (rc < 0)
		return rc;

	guest = new_lines(sizeof(*guest));
	if (!guest)
		return -ENOMEM;
	guest->ops = ops;
	guest->opts = o;
	pthread_mutex_init(&guest->pool_lock, NULL);
	pthread_mutex_init(&guest->flight.lock, NULL);
	rc = init(guest);
	if (rc < 0) {
		tsmreq_guest_free(guest);
		return rc;
	}
	*ret = guest;
	return 0;
}

struct tsmreq_guest *tsmreq_guest_free(struct tsmreq_guest *guest)
{
	if (!guest)
		return NULL;
	tsmreq_workers_free(guest->workers);
	tsmreq_devices_destroy(&guest->devices);
	tsmreq_ranges_destroy(&guest->ranges);
	for (uint32_t i = 0; guest->jobs && i < guest->opts.vcpus + guest->opts.max_jobs; i++)
		free(guest->jobs[i].staging);
	free(guest->jobs);
	free(guest->vcpus);
	pthread_mutex_destroy(&guest->flight.lock);
	pthread_mutex_destroy(&guest->pool_lock);
	free(guest);
	return NULL;
}

/* ---- asked */

uint64_t tsmreq_guest_get_features(const struct tsmreq_guest *guest)
{
	return guest ? guest->features : 0;
}

static uint64_t sum(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void tsmreq_guest_get_counters(struct tsmreq_guest *guest, struct tsmreq_guest_counters *ret)
{
	if (!ret)
		return;
	memset(ret, 0, sizeof(*ret));
	for (uint32_t i = 0; guest && i < guest->opts.vcpus; i++) {
		const struct counters *counters = &guest->vcpus[i].counters;

		ret->exits += sum(&counters->exits);
		ret->not_ours += sum(&counters->not_ours);
		ret->refused += sum(&counters->refused);
		ret->completed += sum(&counters->completed);
		ret->failed += sum(&counters->failed);
		ret->uncertain += sum(&counters->uncertain);
		ret->deferred += sum(&counters->deferred);
		ret->expired += sum(&counters->expired);
		ret->kicked += sum(&counters->kicked);
		ret->snapshot_hits += sum(&counters->snapshot_hits);
	}
}

const char *tsmreq_step_to_string(enum tsmreq_step step)
{
	static const char *const words[] = {"not-ours", "registers", "done",
					    "run-now",	"deferred",  "vmm"};

	return (uint32_t)step <= TSMREQ_STEP_VMM ? words[step] : "unknown";
}

const char *tsmreq_device_event_to_string(enum tsmreq_device_event event)
{
	static const char *const words[] = {"unknown", "uncertain",  "gone",
					    "drained", "renumbered", "late"};

	return (uint32_t)event <= TSMREQ_DEVICE_LATE ? words[event] : "unknown";
}
