#!/bin/sh
# SPDX-License-Identifier: MIT
# `tsmreq mock` as a user types it.  door.sh TSMREQ OBJECT PROGRAM
set -u
tsmreq=$1 object=$2 program=$3
mock="$tsmreq mock --object $object"
n=0 failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ok() { # NAME CONDITION...
	n=$((n + 1))
	name=$1
	shift
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		failed=1
	fi
}

# shellcheck disable=SC2317 # called by ok()
status() { # EXPECTED COMMAND...
	want=$1
	shift
	"$@" >/dev/null 2>&1
	[ $? = "$want" ]
}

# shellcheck disable=SC2317 # called by ok()
says() { # PATTERN COMMAND...
	pattern=$1
	shift
	"$@" 2>&1 | grep -q "$pattern"
}

# shellcheck disable=SC2086,SC2016 # a command and its arguments; the $0 is another shell's
run() {
	ok 'the exit status is the command'"'"'s' status 7 $mock -- sh -c 'exit 7'
	ok 'a command that is not there is a failure with its name' says 'nowhere-to-be-found' \
		$mock -- nowhere-to-be-found
	ok 'no command is a misuse' status 2 $mock
	ok 'a door that is not there is a misuse' status 2 $mock --door window -- true
	ok 'a revision that is never spoken is a failure' status 1 $mock --uapi amd-rfc2 -- true
	ok 'an object that is not there is a failure' status 1 "$tsmreq" mock --object /nowhere -- true
	for fault in 1:nonsense 1 x:busy 1:residue:x 1:busy,1 random: random:x random:7:1001 random:7:; do
		ok "no fault is called $fault" says 'has the words' $mock --fault $fault -- true
	done
	ok 'a fault on an object that is not there is a misuse' says 'objects 1 to 4' \
		$mock --devices 2 --fault 5:busy -- true
	mkdir "$scratch/a blank" && cp "$object" "$scratch/a blank/object.so"
	ok 'an object that no program would load is a failure' status 1 \
		"$tsmreq" mock --object "$scratch/a blank/object.so" -- true
	cp "$object" "$scratch/object.so"
	ok 'an object is found from everywhere' says '^verdict *cca-v7:' \
		sh -c 'cd "$1" && "$0" mock --object object.so -- sh -c "cd / && exec \"\$0\" probe" "$0"' \
		"$(realpath "$tsmreq")" "$scratch"
	ok 'a list of faults and dice is taken' status 0 \
		$mock --fault 1:busy,2:gone,1:delay:5,random:7:500,random:7 -- "$tsmreq" probe
	ok 'what befalls an object that is gone befalls nobody' status 0 \
		$mock --fault 2:gone,2:busy -- "$tsmreq" probe
	ok 'a script that is not there is a failure' status 1 $mock --script /nowhere -- true
	printf '1 0 nonsense\n' >"$scratch/script"
	ok 'a script with no such word is a failure' says 'not lines CALL ID WORD' \
		$mock --script "$scratch/script" -- true
	printf '1 2 busy\n2 2 none\n' >"$scratch/script"
	ok 'a script is taken' status 0 $mock --script "$scratch/script" -- "$tsmreq" probe
	dd if=/dev/zero bs=65536 count=1 2>/dev/null | tr '\0' '#' >"$scratch/script"
	ok 'a script as long as none is a failure' says 'more than 65535' $mock --script "$scratch/script" -- true
	ok 'a door would say the same' says 'Invalid argument' \
		$mock -- sh -c 'TSMREQ_MOCK_FAULT=1:nonsense exec "$0" probe' "$tsmreq"
	status 0 $mock --journal "$scratch/journal" -- sh -c '"$0" probe; kill -9 $$' "$tsmreq"
	ok 'the journal of a program that was killed replays' says '^[1-9][0-9]* passed, 0 failed' \
		"$tsmreq" replay "$scratch/journal"
	for revision in rfc1 v2 v4 v5 v5-code june v6-like v6-objects cca-v7; do
		ok "the probe of an unmodified program finds $revision" says "^verdict *$revision:" \
			$mock --uapi $revision -- "$tsmreq" probe
	done
	ok 'a descriptor that came by exec has a kernel as new' status 0 \
		$mock --devices 2 -- sh -c 'exec 9<>/dev/iommu; "$0" inherited 9' "$program"
	ok 'a static program or a shell that opens it is not disturbed' status 0 \
		$mock -- sh -c 'exec 9<>/dev/iommu; exec 9>&-'
}

run
echo "1..$n"
exit $failed
