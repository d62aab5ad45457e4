/* SPDX-License-Identifier: MIT */
#ifndef MOCK_TSM_H
#define MOCK_TSM_H

#include "mock/faults.h"
#include "mock/memory.h"
#include "mock/tdi.h"

struct mock_row;

/* A request below the ioctl, the same for every layout. */
struct mock_request {
	const struct mock_row *row;
	const struct mock_memory *memory;
	struct mock_tdi *tdi;
	struct mock_fault *fault;
	uint32_t selector; /* the wire's type, scope or op */
	enum tsmreq_op op; /* op rows: what that number means, 0: nothing */
	uint32_t arch;
	uint32_t reserved;
	uint32_t req_len;
	uint32_t resp_len;
	uint64_t req;
	uint64_t resp;
	uint32_t written;  /* out: bytes of the answer, for the row that tells */
	uint64_t code;	   /* out */
	uint32_t answered; /* out: bytes of the answer that were written, from its first on */
};

/* The PCI/TSM core: 0, a residue, or -errno. */
int tsmreq_mock_tsm_bind(const struct mock_row *row, struct mock_tdi *tdi,
			 const struct mock_fault *fault);
/* Cannot fail: what the backend says is not passed on. */
void tsmreq_mock_tsm_unbind(struct mock_tdi *tdi, const struct mock_fault *fault);
int tsmreq_mock_tsm_request(struct mock_request *request);

/* The backends: a residue or -errno. */
int tsmreq_mock_cca_request(struct mock_request *request);
int tsmreq_mock_sev_request(struct mock_request *request);
int tsmreq_mock_tdx_request(struct mock_request *request);

/* What backends share. The request's bytes from @offset on: 0 or -EFAULT. */
int tsmreq_mock_backend_read(const struct mock_request *request, uint32_t offset, void *to,
			     uint32_t size);
/* Bytes of the answer at @offset: 0 or -EFAULT. */
int tsmreq_mock_backend_write(struct mock_request *request, uint64_t offset, const void *from,
			      uint32_t size);
/* The step a firmware or a device takes: 0, or the errno it was told to fail with. */
int tsmreq_mock_backend_firmware(const struct mock_request *request);
/* The CCA form of size and read, which TDX borrows. */
int tsmreq_mock_backend_object_size(struct mock_request *request, const struct mock_blob *blob);
int tsmreq_mock_backend_object_read(struct mock_request *request, const struct mock_blob *blob,
				    uint64_t offset);

#endif
