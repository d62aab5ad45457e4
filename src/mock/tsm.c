/* SPDX-License-Identifier: MIT */
#include "mock/tsm.h"

#include <errno.h>

#include "mock/table.h"

/* What bind leaves behind: SEV locks even where the others wait to be told. */
static enum tsmreq_tdi_state state_after_bind(const struct mock_row *row,
					      const struct mock_tdi *tdi)
{
	if (row->bind_at_alloc && tdi->arch != TSMREQ_ARCH_SEV)
		return TSMREQ_TDI_UNLOCKED;
	return TSMREQ_TDI_LOCKED;
}

static int backend_bind(const struct mock_row *row, struct mock_tdi *tdi,
			const struct mock_fault *fault)
{
	if (fault->backend != 0)
		return fault->backend;
	/* left locked by an unbind that the backend refused */
	if (tdi->state != TSMREQ_TDI_UNLOCKED && !tdi->any_step)
		return -ENXIO;
	tdi->state = state_after_bind(row, tdi);
	tdi->bound = TSMREQ_MOCK_BOUND;
	return fault->after;
}

/* Neither of its waits can be interrupted. */
int tsmreq_mock_tsm_bind(const struct mock_row *row, struct mock_tdi *tdi,
			 const struct mock_fault *fault)
{
	if (!tdi->connected)
		return -EINVAL;
	if (!tdi->link_tsm)
		return -ENXIO;
	if (tdi->bound == TSMREQ_MOCK_BOUND_OTHER)
		return -EBUSY;
	if (tdi->bound == TSMREQ_MOCK_BOUND)
		return 0;
	return backend_bind(row, tdi, fault);
}

void tsmreq_mock_tsm_unbind(struct mock_tdi *tdi, const struct mock_fault *fault)
{
	if (tdi->bound == TSMREQ_MOCK_UNBOUND)
		return;
	/* the core forgets the device whatever the backend made of it */
	tdi->bound = TSMREQ_MOCK_UNBOUND;
	if (fault->backend == 0)
		tdi->state = TSMREQ_TDI_UNLOCKED;
}

static int backend_request(struct mock_request *request)
{
	switch (request->tdi->arch) {
	case TSMREQ_ARCH_CCA:
		return tsmreq_mock_cca_request(request);
	case TSMREQ_ARCH_SEV:
		return tsmreq_mock_sev_request(request);
	case TSMREQ_ARCH_TDX:
		return tsmreq_mock_tdx_request(request);
	case TSMREQ_ARCH_FORCE_S32_:
		break;
	}
	return -EINVAL;
}

int tsmreq_mock_tsm_request(struct mock_request *request)
{
	const struct mock_tdi *tdi = request->tdi;
	struct mock_fault *fault = request->fault;
	int ret;

	/* the debug scopes get past the ioctl and no further */
	if (request->row->core_scope && request->selector > 1)
		return -EINVAL;
	ret = tsmreq_mock_fault_wait(fault);
	if (ret != 0)
		return ret;
	if (!tdi->connected || !tdi->link_tsm || tdi->bound == TSMREQ_MOCK_UNBOUND)
		return -ENXIO;

	ret = backend_request(request);
	request->code = fault->code;
	if (fault->backend != 0)
		return ret;
	if (ret >= 0 && fault->after != 0)
		return fault->after;
	/* whatever the backend thought of the payload: this is what it answers */
	if (fault->has_residue) {
		request->written = request->resp_len - fault->residue;
		return (int)fault->residue;
	}
	return ret;
}
