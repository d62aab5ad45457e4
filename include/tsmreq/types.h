/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_TYPES_H
#define TSMREQ_TYPES_H

#include <tsmreq/macros.h>

TSMREQ_BEGIN_DECLS

/* The longest request, response or object ever offered to a kernel or a guest: 16 MiB. */
#define TSMREQ_LENGTH_MAX 0x1000000u

/* The SPDM nonce of a measurement. */
#define TSMREQ_NONCE_SIZE 32u

/* A whole SEV-SNP guest message, in both directions. */
#define TSMREQ_SEV_PAGE_SIZE 4096u

/* Names that cannot be swapped: one-member structs, free at run time. */
struct tsmreq_vdevice_id {
	uint32_t raw; /* what IOMMU_VDEVICE_ALLOC answered */
};

struct tsmreq_guest_dev {
	uint64_t raw; /* the guest's name for the TDI; 0 is a device */
};

struct tsmreq_gpa {
	uint64_t raw; /* guest physical address */
};

/* Borrowed bytes. The library never keeps one past the call it came in by. */
struct tsmreq_bytes {
	const void *data;
	size_t size;
};

/* Room for an answer: @capacity bytes at @data, of which @size were written. */
struct tsmreq_buffer {
	void *data;
	size_t capacity;
	size_t size;
};

/* The numbers are the kernel's tvm_arch. */
enum tsmreq_arch {
	TSMREQ_ARCH_CCA = 1,
	TSMREQ_ARCH_SEV = 2,
	TSMREQ_ARCH_TDX = 3,
	TSMREQ_ARCH_FORCE_S32_ = INT32_MAX
};

/* TDISP's states, and one more for "nobody here can tell". */
enum tsmreq_tdi_state {
	TSMREQ_TDI_UNLOCKED = 0,
	TSMREQ_TDI_LOCKED = 1,
	TSMREQ_TDI_RUN = 2,
	TSMREQ_TDI_ERROR = 3,
	TSMREQ_TDI_UNKNOWN = 4,
	TSMREQ_TDI_FORCE_S32_ = INT32_MAX
};

enum tsmreq_object {
	TSMREQ_OBJECT_VCA = 0,
	TSMREQ_OBJECT_CERTIFICATE = 1,
	TSMREQ_OBJECT_MEASUREMENTS = 2,
	TSMREQ_OBJECT_INTERFACE_REPORT = 3,
	TSMREQ_OBJECT_FORCE_S32_ = INT32_MAX
};

/*
 * What a request asks for, said the same way for every kernel. The revision row turns it into an
 * op number or a scope; one it has no word for is refused with -EOPNOTSUPP and never sent.
 */
enum tsmreq_op {
	TSMREQ_OP_READ_OBJECT = 1, /* on SEV: the TDI_INFO guest message */
	TSMREQ_OP_REGEN_OBJECT = 2,
	TSMREQ_OP_OBJECT_INFO = 3,
	TSMREQ_OP_VALIDATE_MMIO = 4,
	TSMREQ_OP_SET_TDI_STATE = 5,
	TSMREQ_OP_SEV_ENABLE_DMA = 6,
	TSMREQ_OP_SEV_DISABLE_DMA = 7,
	TSMREQ_OP_SEV_MMIO_CONFIG = 8,
	TSMREQ_OP_VDEV_REQUEST = 9, /* v2 only: look a device up for an exited vCPU */
	TSMREQ_OP_FORCE_S32_ = INT32_MAX
};

/* What became of a call. The return value alone does not tell: the kernel may say the same errno.
 */
enum tsmreq_outcome {
	TSMREQ_OUTCOME_NOT_SENT = 0,  /* nothing went out                          */
	TSMREQ_OUTCOME_COMPLETED = 1, /* kernel and TSM answered: read tsm_code    */
	TSMREQ_OUTCOME_FAILED = 2,    /* the kernel said no and nothing moved      */
	TSMREQ_OUTCOME_UNCERTAIN = 3, /* sent, and it may have taken effect        */
	TSMREQ_OUTCOME_FORCE_S32_ = INT32_MAX
};

/* Always written in full, whatever the call returns. */
struct tsmreq_result {
	uint64_t tsm_code;	     /* the TSM's own verdict, never an errno; 0 proves nothing */
	uint32_t residue;	     /* bytes the kernel left unused                            */
	enum tsmreq_outcome outcome; /* see above                                               */
};

/* A piece of device memory a guest wants validated. */
struct tsmreq_mmio_range {
	struct tsmreq_gpa guest_base;
	uint64_t guest_top; /* exclusive                                          */
	uint64_t host_base;
	int32_t vcpu_fd;   /* the exited vCPU; only kernel v2 wants it, else ignored */
	uint32_t reserved; /* must be 0 */
};

TSMREQ_END_DECLS
#endif
