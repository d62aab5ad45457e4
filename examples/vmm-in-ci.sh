#!/bin/sh
# SPDX-License-Identifier: MIT
# The TSM path of a VMM, tested in CI without hardware and without a change.  vmm-in-ci.sh VMM
set -eu
# a good day; and what it asked the kernel for is written down, and answered the same again
tsmreq mock --uapi cca-v7 --journal good.vec -- "$1"
tsmreq replay good.vec
# where the kernel says no, acts and says no, or says yes to nothing, the VMM must notice
for trouble in backend:EIO after:EPROTO copyout code:1 empty tdi-error backend-gone; do
	if tsmreq mock --fault "2:$trouble" -- "$1"; then echo "$trouble: not noticed"; exit 1; fi
done
# and by dice: whatever happens, it ends by itself; if not, its last calls are in the journal
for seed in 1 2 3 4 5 6 7 8 9 10; do
	tsmreq mock --fault "random:$seed:300" --journal bad.vec -- "$1" || [ $? = 1 ] || { cat bad.vec; exit 1; }
done
