/* SPDX-License-Identifier: MIT */
#ifndef MOCK_FAULTS_H
#define MOCK_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* Trouble asked for on one object; the words are in <tsmreq/mock.h>. All zero: none. */
struct mock_fault {
	int backend; /* -errno, instead of acting */
	int after;   /* -errno, once it has acted */
	bool copyout;
	bool copyout_once;
	bool intr;
	uint32_t intr_left;
	bool again_once;
	bool resp_unwritable;
	bool has_residue;
	uint32_t residue;
	uint64_t code;
	bool code_kept;	   /* what the caller had there stays */
	uint32_t delay_ms; /* before the backend acts, with the kernel's lock given up */
	bool busy;
	bool in_use;
	bool no_kvm;
};

/* The longest word there is, with its end. */
#define MOCK_WORD_MAX 40

/* One word added to @fault, "" clears it. -EINVAL for a word it does not know. */
int tsmreq_mock_fault_add(struct mock_fault *fault, const char *word);
/* The name of @error or -@error, NULL: it is no errno. */
const char *tsmreq_mock_fault_errno_name(int error);
/* At an interruptible wait: 0, -EINTR or -EAGAIN. */
int tsmreq_mock_fault_wait(struct mock_fault *fault);
/* At the copy-out of the structure: 0 or -EFAULT. */
int tsmreq_mock_fault_copyout(struct mock_fault *fault);

#endif
