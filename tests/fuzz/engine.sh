#!/bin/sh
# SPDX-License-Identifier: MIT
# What the scripts of the engines share. Each says what `engine` it is, how to compile a `decoder`
# and a `harness`, how to `fuzz` one, which fails with a finding or before its time, and its
# `executions`.

: "${engine:?}" # never run on its own
seconds=${FUZZ_SECONDS:-60}
jobs=${FUZZ_JOBS:-2}
build=${FUZZ_BUILD:-build-fuzz}/$engine

all_names() {
	for source in tests/fuzz/fuzz-*.c; do
		basename "${source#*fuzz-}" .c
	done
}

# The decoders, and what reads netlink, once, then each harness with them. What did not compile is missed by the link.
build_all() {
	rm -rf "$build"/objects "$build"/fuzz-*
	mkdir -p "$build"/objects
	for source in src/decode/*.c src/evidence/family.c src/evidence/stream.c src/evidence/wire.c; do
		decoder -c "$source" -o "$build/objects/$(basename "$source" .c).o" &
	done
	wait
	for name; do
		harness "tests/fuzz/fuzz-$name.c" "$build"/objects/*.o -o "$build/fuzz-$name"
	done
}

run() {
	verdict='no finding'
	fuzz "$1" >"$build/$1.log" 2>&1 || verdict=FAILED
	printf '%-12s %s: %s executions in %s s\n' "$1" "$verdict" "$(executions "$1")" "$seconds"
	[ "$verdict" != 'no finding' ] || return 0
	tail -n 40 "$build/$1.log"
	return 1
}

main() {
	if [ "${1:-}" = --one ]; then
		run "$2"
		return
	fi
	# shellcheck disable=SC2046 # a list of words
	[ $# != 0 ] || set -- $(all_names)
	build_all "$@"
	printf '%s\n' "$@" | xargs -P "$jobs" -n 1 "tests/fuzz/run-$engine" --one
}
