/* SPDX-License-Identifier: MIT */
/*
 * TDX's deferred calls: two vCPUs of a TD that poll their buffers and give up in the end, the clock
 * that answers before they do, if it is looked at in time, a thread that works, a VMM that resets,
 * one device. As in operation.pml, a guest that would wait for ever is stuck; the clock may stop,
 * so that it covers nobody up.
 *
 * For assertions alone: bound, told, asks. Whoever had the device bound before is not in here: a job
 * has it to itself.
 */
#define JOBS   2
#define VCPUS  2
#define NOBODY 2

mtype = {BIND, UNBIND, ANSWER, NOTHING, SETTLED, OK, FAILED, UNSURE, INTERRUPTED};

/* struct device */
bool resetting;
byte pins;
bool busy;
chan queue = [JOBS] of {byte};
chan handed = [JOBS] of {byte};

/* deferred jobs */
bool used[JOBS];
mtype kind[JOBS];
mtype expects[JOBS];
byte vcpu_of[JOBS];
bool in_flight[JOBS]; /* struct flight */
bool over[JOBS];      /* tsmreq_flight_is_over(): the TD has taken its buffer back */

byte asks[VCPUS] = NOBODY; /* by this job; the answer ends it */

/* ---- memory */

inline write(j)
{
	assert(asks[vcpu_of[j]] == j);
	asks[vcpu_of[j]] = NOBODY;
}

/* ---- the device (device.c) */

inline unpin()
{
	assert(pins > 0);
	pins--;
}

inline release()
{
	do
	:: atomic {
		queue?next ->
		if
		:: handed!next;
			next = NOBODY;
			break
		:: true /* nobody takes it */
		fi
	   }
	   settle(next);
	   end_job(next);
	:: atomic {
		empty(queue) -> busy = false;
		next = NOBODY;
		break
	   }
	od
}

/* ---- flight.c */

inline take_off(j, by)
{
	assert(in_flight[j]);
	in_flight[j] = false;
	expects[j] = by;
}

/* ---- deferred jobs (tdx.c, job.c) */

/* Who was refused before it ran has still to be told; who was answered by the clock has not. */
inline settle(j)
{
	atomic {
		if
		:: expects[j] == ANSWER -> take_off(j, SETTLED);
		:: else
		fi;
		if
		:: expects[j] == SETTLED && !over[j] -> write(j);
		:: else
		fi;
	}
}

inline end_job(j)
{
	atomic {
		used[j] = false;
		kind[j] = 0;
		expects[j] = 0;
		vcpu_of[j] = 0;
		over[j] = false;
		j = NOBODY;
		unpin();
	}
}

/* A call that binds or unbinds: what the kernel says. Whether an UNSURE one did it, it does not. */
inline ask_kernel(binds)
{
	if
	:: true -> result = OK;
		bound = binds;
	:: true -> result = FAILED;
	:: true -> result = UNSURE;
		told = true;
	fi
}

/* carrier run, then conclude() */
inline work(j)
{
	do
	:: atomic {
		if
		:: kind[j] == BIND -> ask_kernel(true);
		:: kind[j] != BIND -> result = OK;
		:: true -> result = INTERRUPTED;
		fi;
		if
		:: result == INTERRUPTED && in_flight[j] -> result = 0; /* tsmreq_tdx_runs_again() */
		:: true -> break /* or it is past its deadline */
		fi
	   }
	od;
	atomic { /* tsmreq_flight_land() */
		won = kind[j] == BIND && result == OK;
		if
		:: expects[j] == ANSWER -> take_off(j, SETTLED);
		:: else -> late = won;
		fi;
		result = 0;
	}
	if
	:: late ->
		atomic { /* undo_late_bind() */
			ask_kernel(false);
			told = told || result != OK;
			result = 0;
			late = false;
		}
	:: else
	fi
}

/* ---- a vCPU */

inline call(what)
{
	atomic {
		if
		:: resetting -> skip /* "busy", without a job */
		:: !resetting && (!used[0] || !used[1]) -> /* tsmreq_job_defer(), tsmreq_flight_add() */
			job = (used[0] -> 1 : 0);
			pins++;
			used[job] = true;
			kind[job] = what;
			expects[job] = ANSWER;
			vcpu_of[job] = me;
			in_flight[job] = true;
			asks[me] = job;
		fi
	}
	if
	:: job == NOBODY
	:: else ->
		defer();
		asks[me] == NOBODY; /* it polls */
	fi
}

/* tsmreq_device_defer(), answer_deferred() */
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
	:: else -> /* "come again" */
		release();
		settle(job);
		end_job(job);
	fi
}

active [VCPUS] proctype td()
{
	byte me = _pid;
	byte job = NOBODY, next = NOBODY;

	do
	:: call(BIND);
	:: call(UNBIND);
	:: break
	od
}

/* ---- the others */

active proctype clock()
{
	byte job = NOBODY, v;

	do
	:: atomic { /* tsmreq_guest_expire() */
		if
		:: in_flight[0] -> job = 0;
		:: in_flight[1] -> job = 1;
		fi;
		take_off(job, NOTHING);
		if
		:: !over[job] -> write(job);
		:: else
		fi;
		job = NOBODY;
	   }
	:: atomic { /* 10 s, and nobody has looked at the clock */
		if
		:: asks[0] != NOBODY
		:: asks[1] != NOBODY -> v = 1;
		fi;
		over[asks[v]] = true;
		asks[v] = NOBODY;
		v = 0;
	   }
	:: break
	od
}

active proctype worker()
{
	byte job = NOBODY, next = NOBODY;
	mtype result;
	bool late;
	bool won;   /* a BIND, and the kernel said yes */
	bool bound; /* by this job, whatever the kernel said */
	bool told;  /* the VMM, that it has to look */

end:
	do
	:: handed?job ->
		/* is_wanted(), may_use() */
		if
		:: expects[job] == ANSWER && !resetting -> work(job);
		:: else
		fi;
		atomic {
			settle(job);
			told = told || (won && expects[job] == SETTLED && over[job]); /* LATE */
			/* a BIND that nobody knows of is none */
			assert(!bound || (expects[job] == SETTLED && !over[job]) || told);
			won = false;
			bound = false;
			told = false;
		}
		release();
		end_job(job);
	od
}

/* tsmreq_guest_reset() */
active proctype vmm()
{
	do
	:: resetting = true;
		atomic {
			pins == 0 ->
			assert(!busy && empty(queue) && empty(handed) && !used[0] && !used[1]);
			resetting = false;
		}
	:: break
	od
}
