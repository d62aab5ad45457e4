/* SPDX-License-Identifier: MIT */
/*
 * RHI's long operation: a realm that behaves, a hostile vCPU, two threads that work, a VMM
 * that resets, one device. An atomic block is what the library does under one lock or with one atomic
 * word (and what follows it where nobody can tell); the functions named are those of src/guest/.
 * Jobs are numbers, and so are handles, which come round: the hostile vCPU asks for any of them at
 * any time, so an old handle is one that was good and is not.
 *
 * What must hold stands in assertions beside what they are about. For them alone: valid, owner,
 * told, finished, gone, sent.
 */
#define JOBS   2
#define NOBODY 2
#define OTHER  5 /* no handle */

mtype = {
	IDLE, QUEUED, RUNNING, DONE, TOLD, LOST,
	START, TAKE, COMPLETE, CONTINUE, STRANGE, ZERO, ABORT, RESET,
	OK, INCOMPLETE, STATUS, BUSY, HAD_COMPLETED, UNKNOWN, DROPPED, NEVER
};

/* struct device */
bool resetting;
byte pins;
bool busy;
chan queue = [JOBS] of {byte}; /* deferred jobs that wait for it */
mtype state = IDLE;	       /* struct operation */
byte handle;
byte status; /* the handle of the one whose end it is */
byte operation_job = NOBODY;

/* deferred jobs, from start to end */
bool used[JOBS];
bool expected[JOBS]; /* EXPECTS_ANSWER */
byte handle_of[JOBS];
chan handed = [JOBS] of {byte}; /* to the thread that works */

byte valid;	     /* the handle that is good, or 0 */
byte owner = NOBODY; /* its job, until it is finished */
bool finished, told;
bool gone[JOBS]; /* the guest knows that it will not be */
bool sent[JOBS];

byte hers; /* the realm, in its loop of CONTINUE with this handle */

#define PENDING		 (state == QUEUED || state == RUNNING || state == LOST)
#define SOMETHING_PASSES (resetting || used[0] || used[1])

/* The table, written once before anything runs, and what is stepped on of it: no part of a state. */
#define CELL(from, what) ((from) * 32 + (what))
#define STEP(from, what, to, says) next_state[CELL(from, what)] = to; verdicts[CELL(from, what)] = says
hidden byte next_state[1024];
hidden byte verdicts[1024];
hidden short cell;
c_decl {
	static unsigned char trodden[1024];
}
bool ready;

inline fill_table()
{
	d_step {
#include "table.h"
		ready = true;
	}
}

inline step(event)
{
	cell = CELL(state, event);
	c_code {
		if (!trodden[cell])
			printf("trodden %d %d\n", cell / 32, cell % 32);
		trodden[cell] = 1;
	};
	state = next_state[cell];
	verdict = verdicts[cell];
	cell = 0;
	assert(verdict != NEVER);
}

/* The handle is good no more. */
inline forget()
{
	valid = 0;
	owner = NOBODY;
	told = false;
	finished = false;
}

/* ---- devices (device.c) */

inline unpin()
{
	assert(pins > 0);
	pins--;
}

/* To the next that waits, or to nobody. */
inline release()
{
	do
	:: atomic {
		queue?next ->
		if
		:: handed!next;
			next = NOBODY;
			break
		:: true /* nobody takes it: that is its result */
		fi
	   }
	   settle(next);
	   atomic {
		end_job(next);
	   }
	:: atomic {
		empty(queue) -> busy = false;
		next = NOBODY;
		break
	   }
	od
}

/* ---- deferred jobs (cca.c, job.c) */

/* complete_operation() */
inline settle(j)
{
	atomic {
		if
		:: expected[j] ->
			if
			:: state == QUEUED -> step(TAKE);
			:: else
			fi;
			step(COMPLETE);
			if
			:: verdict == OK ->
				assert(j == owner && handle_of[j] == valid && !finished);
				status = handle_of[j];
				finished = true;
				owner = NOBODY;
			:: else
			fi;
			operation_job = NOBODY;
		:: else -> assert(gone[j]);
		fi;
		verdict = OK;
	}
}

inline end_job(j)
{
	used[j] = false;
	expected[j] = false;
	handle_of[j] = 0;
	gone[j] = false;
	sent[j] = false;
	unpin();
}

/* tsmreq_job_defer(), start_operation(). @h: the job's handle, or 0. */
inline start()
{
	job = (used[0] -> 1 : 0);
	if
	:: used[job] -> job = NOBODY; /* run now */
	:: else ->
		if
		:: resetting -> verdict = BUSY; /* what was accepted before is cancelled by now */
		:: else -> step(START);
		fi;
		if
		:: verdict == OK -> accept();
		:: else ->
			assert(verdict == BUSY && SOMETHING_PASSES);
			job = NOBODY;
			unpin();
			pinned = false;
		fi
	fi;
	verdict = OK;
}

inline accept()
{
	/* a number that is nobody's */
	h = 1;
	do
	:: h == handle || h == hers || h == handle_of[0] || h == handle_of[1] -> h++;
	:: else -> break
	od;
	assert(h < OTHER);
	handle = h;
	handle_of[job] = h;
	operation_job = job;
	expected[job] = true;
	used[job] = true;
	status = 0;
	valid = h;
	owner = job;
	told = false;
	finished = false;
}

/* tsmreq_device_defer(): waits for the device, or goes to work, or nobody takes it. */
inline defer()
{
	atomic {
		if
		:: busy -> queue!job;
			job = NOBODY;
		:: else -> busy = true;
			if
			:: handed!job;
				job = NOBODY;
			:: true
			fi
		fi
	}
	if
	:: job == NOBODY
	:: else ->
		release();
		atomic {
			withdraw();
			end_job(job);
			job = NOBODY;
			h = 0;
		}
	fi
}

/* withdraw_operation() */
inline withdraw()
{
	if
	:: operation_job == job ->
		step(ABORT);
		verdict = OK;
		operation_job = NOBODY;
		forget();
	:: else
	fi
}

/* ---- exits (cca.c) */

/* SET_TDI_STATE. @h: the handle it was answered with, or 0. */
inline long_call()
{
	atomic {
		if
		:: PENDING -> assert(SOMETHING_PASSES);
		:: !PENDING && resetting
		:: !PENDING && !resetting -> pins++;
			pinned = true;
		fi
	}
	if
	:: pinned ->
		atomic {
			start();
		}
		if
		:: h != 0 -> defer();
		:: h == 0 && pinned -> short_call();
		:: else
		fi;
		pinned = false;
	:: else
	fi
}

/* What is answered on the vCPU's thread: take, run, settle, answer. */
inline short_call()
{
	atomic {
		!busy -> busy = true;
	}
	release();
	atomic {
		unpin();
	}
}

/* CONTINUE: ask_operation(). @h is asked for. */
inline resume()
{
	if
	:: h == 0 -> step(ZERO);
	:: h != 0 && h == handle -> step(CONTINUE);
	:: else -> step(STRANGE);
	fi;
	if
	:: verdict == STATUS ->
		assert(h == valid && h == status && finished);
		told = true;
	:: verdict == INCOMPLETE ->
		assert(h == valid && !finished);
		assert(owner != NOBODY && expected[owner] && handle_of[owner] == h);
	:: else -> assert(verdict != BUSY);
	fi
}

/* ABORT: ask_operation() */
inline abort()
{
	job = (state == QUEUED -> operation_job : NOBODY);
	step(ABORT);
	if
	:: job != NOBODY ->
		expected[job] = false;
		operation_job = NOBODY;
		job = NOBODY;
	:: else
	fi;
	/* what the answer means to a guest */
	if
	:: verdict == BUSY -> assert(SOMETHING_PASSES && !finished);
	:: verdict == HAD_COMPLETED -> assert(finished && !told);
	:: verdict == OK && valid != 0 && !told ->
		assert(owner != NOBODY && !sent[owner]);
		gone[owner] = true;
		forget();
	:: else
	fi
}

/*
 * Asks for an operation, waits for its end, on a signal asks to ABORT it. It waits until there is
 * something to tell instead of hearing INCOMPLETE time and again: who would hear that for ever is
 * stuck here, and spin says so.
 */
active proctype realm()
{
	bool pinned, signalled;
	byte h, job = NOBODY, next = NOBODY;
	mtype verdict = OK;

	ready;
	do
	:: hers == 0 -> long_call();
		atomic {
			hers = h;
			h = 0;
		}
	:: hers == 0 -> break /* that was all */
	:: atomic {
		hers != 0 && resetting -> hers = 0; /* it gives up: the handle is no more */
		signalled = false;
	   }
	:: atomic {
		hers != 0 && !resetting && !(hers == handle && PENDING) -> h = hers;
		resume();
		assert(verdict != INCOMPLETE);
		hers = 0;
		signalled = false;
		h = 0;
		verdict = OK;
	   }
	:: atomic {
		hers != 0 && !resetting && !signalled -> signalled = true;
		abort();
		if
		:: verdict == OK -> hers = 0;
			signalled = false;
		:: else
		fi;
		verdict = OK;
	   }
	od
}

/* It says whatever it likes, whenever it likes. */
active proctype hostile()
{
	bool pinned;
	byte h, job = NOBODY, next = NOBODY;
	mtype verdict = OK;

	ready;
	do
	:: long_call();
		h = 0;
	:: break
	:: atomic {
		!resetting -> pins++;
	   }
	   if
	   :: short_call();
	   :: atomic {
		if
		:: h = 0
		:: h = 1
		:: h = 2
		:: h = 3
		:: h = 4
		:: h = OTHER
		fi;
		if
		:: h == OTHER -> abort();
		:: else -> resume();
		fi;
		h = 0;
		verdict = OK;
		unpin();
	      }
	   fi
	od
}

/* ---- the others */

/* run and settle of a deferred job (job.c) */
active [2] proctype worker()
{
	byte job = NOBODY, next = NOBODY;
	mtype verdict = OK;

end:
	do
	:: handed?job ->
		atomic { /* is_wanted() */
			if
			:: expected[job] ->
				assert(state == QUEUED && operation_job == job);
				step(TAKE);
				verdict = OK;
				operation_job = NOBODY;
			:: else
			fi
		}
		atomic { /* may_use(), the kernel */
			if
			:: expected[job] && !resetting ->
				assert(!gone[job] && !sent[job] && pins > 0);
				sent[job] = true;
			:: else
			fi
		}
		settle(job);
		release();
		atomic {
			end_job(job);
			job = NOBODY;
		}
	od
}

/* tsmreq_guest_reset_begin(), drained, tsmreq_guest_reset_end() (attach.c) */
active proctype vmm()
{
	mtype verdict = OK;

	fill_table();
	do
	:: atomic {
		resetting = true;
		pins++;
	   }
	   atomic { /* cancel() */
		if
		:: state == QUEUED ->
			expected[operation_job] = false;
			gone[operation_job] = true;
			assert(!sent[operation_job]);
		:: else
		fi;
		step(RESET);
		verdict = OK;
		operation_job = NOBODY;
		forget();
		unpin();
	   }
	   atomic {
		pins == 0 ->
		assert(!busy && empty(queue) && empty(handed) && !used[0] && !used[1]);
		assert(state == IDLE);
		status = 0;
		resetting = false;
	   }
	:: break
	od
}

/* ---- what comes about, as long as every thread gets on, whatever the hostile vCPU does */

ltl answered { [] (hers != 0 -> <> (hers == 0)) }
ltl drained { [] (resetting -> <> !resetting) }
ltl passes { [] <> !PENDING }
