/* SPDX-License-Identifier: MIT */
/*
 * How a device's use ends: two threads of the VMM that reset and detach it at once and attach it
 * again, and a vCPU that uses it (src/guest/attach.c, device.c). The word of a device is four
 * variables here that change together; a condition wakes who sleeps when it is told, no sooner.
 *
 * For assertions alone: ends, here.
 */
#define VMMS 2

bool attached = true, resetting, detaching;
byte pins;
bool asleep[VMMS];

bool ends; /* in reset_end() */
byte here = VMMS;

inline wake()
{
	atomic {
		asleep[0] = false;
		asleep[1] = false;
	}
}

/* tsmreq_device_unpin(): @last is left false */
inline unpin()
{
	atomic {
		assert(pins > 0);
		pins--;
		last = pins == 0 && (resetting || detaching);
	}
	if
	:: last -> wake(); /* drained() */
		last = false;
	:: else
	fi
}

/* wait_drained() */
#define WAIT(flag)                              \
	do                                      \
	:: atomic {                             \
		if                              \
		:: !(flag && pins > 0) -> break \
		:: else -> asleep[me] = true;   \
		fi                              \
	   }                                    \
	   !asleep[me]                          \
	od

/* begin(); @found: there is such a device */
inline begin(flag)
{
	atomic {
		found = attached;
		if
		:: found -> flag = true;
			pins++;
		:: else
		fi
	}
	if
	:: found -> unpin();
	:: else
	fi
}

/* Nobody else ends it meanwhile. */
inline reset()
{
	begin(resetting);
	do
	:: found ->
		WAIT(resetting);
		atomic { /* lock_drained(), and a pin of its own */
			found = attached && resetting;
			mine = found && pins == 0;
			pins = pins + mine;
		}
		if
		:: mine ->
			atomic {
				assert(attached && !ends);
				ends = true; /* unbinds, forgets */
			}
			atomic {
				ends = false;
				resetting = false;
			}
			wake();
			unpin();
			found = false;
			mine = false;
		:: else /* again, if it is not over */
		fi
	:: !found -> break
	od
}

inline detach()
{
	begin(detaching);
	do
	:: found ->
		WAIT(detaching);
		atomic { /* lock_drained(), forget_device() */
			found = attached && detaching;
			mine = found && pins == 0;
			if
			:: mine ->
				assert(!ends);
				attached = false;
				detaching = false;
				resetting = false;
				found = false;
			:: else
			fi
		}
		if
		:: mine -> wake();
			mine = false;
		:: else
		fi
	:: !found -> break
	od
}

active [VMMS] proctype vmm()
{
	byte me = _pid;
	bool found, mine, last;

	do
	:: reset();
	:: detach();
	:: atomic {
		!attached -> attached = true;
	   }
	:: break
	od;
	here--;
}

active proctype vcpu()
{
	bool last;

	do
	:: atomic {
		attached && !resetting && !detaching -> pins++;
	   }
	   assert(attached && !ends);
	   unpin();
	:: break
	od;
	/* nobody waits any more, and nothing is left half ended */
	here == 0 ->
	assert(pins == 0 && !resetting && !detaching);
}
