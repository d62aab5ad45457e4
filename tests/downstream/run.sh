#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run.sh c|c++|rust|subproject ROOT BUILD
# Builds somebody else's program against the library as installed, and sees a device locked.
set -eu
language=$1 root=$2 build=$3
here=$root/tests/downstream
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

skip() {
	echo "skipped: $* (./dev test --all installs it)"
	exit 77
}

# what pkg-config finds is the installed copy and nothing else
stage() {
	meson install -C "$build" --no-rebuild --quiet --destdir "$scratch/stage"
	pc=$(find "$scratch/stage" -name libtsmreq.pc)
	export PKG_CONFIG_SYSROOT_DIR="$scratch/stage" PKG_CONFIG_LIBDIR="${pc%/*}"
	libdir=${pc%/*/*}
}

flags() {
	pkg-config "$@" libtsmreq libtsmreq-mock
}

# locks WHAT PROGRAM: it runs and says so
locks() {
	said=$(LD_LIBRARY_PATH="$libdir" "$2")
	if [ "$said" != locked ]; then
		echo "$1: said '$said'"
		exit 1
	fi
	echo "$1: locked"
}

# shellcheck disable=SC2046 # pkg-config answers words
compiled() { # COMPILER... SOURCE
	stage
	"$@" $(flags --cflags --libs) -o "$scratch/shared"
	readelf -d "$scratch/shared" | grep -q 'NEEDED.*libtsmreq\.so\.0'
	locks "$language, shared" "$scratch/shared"
	"$@" -static $(flags --static --cflags --libs) -o "$scratch/static"
	locks "$language, static" "$scratch/static"
}

# libnl is the system's, and for whoever links the evidence library alone
# shellcheck disable=SC2046
evidence() {
	[ -e "$libdir/libtsmreq-evidence.so.0" ] || skip 'no libnl'
	PKG_CONFIG_LIBDIR="$PKG_CONFIG_LIBDIR:$(pkg-config --variable pc_path pkg-config)"
	cc -std=c11 -Wall -Wextra -Werror "$here/evidence.c" \
		$(pkg-config --cflags --libs libtsmreq-evidence) -o "$scratch/evidence"
	said=$(LD_LIBRARY_PATH="$libdir" "$scratch/evidence")
	[ "$said" = 'no function: no PCI function; they read 0000:01:00.0' ] || {
		echo "evidence: said '$said'"
		exit 1
	}
	LD_LIBRARY_PATH="$libdir" ldd "$scratch/evidence" | grep -q libnl-genl
	if LD_LIBRARY_PATH="$libdir" ldd "$scratch/shared" | grep libnl; then exit 1; fi
	echo 'evidence: found, and apart'
}

# shellcheck disable=SC2046
rust() {
	stage
	printf '#include <tsmreq/mock.h>\n#include <tsmreq/tsmreq.h>\n' >"$scratch/all.h"
	bindgen "$scratch/all.h" --allowlist-function "tsmreq_.*" --allowlist-type "tsmreq_.*" -o "$scratch/bindings.rs" -- $(flags --cflags)
	export BINDINGS="$scratch/bindings.rs"
	/usr/bin/rustc --edition 2021 -D warnings "$here/lock.rs" $(flags --libs) -o "$scratch/shared"
	locks 'rust, shared' "$scratch/shared"
	/usr/bin/rustc --edition 2021 -D warnings "$here/lock.rs" \
		$(flags --static --libs-only-L) $(flags --static --libs-only-l | sed 's/-l\(tsmreq\)/-l static=\1/g') -o "$scratch/static"
	if readelf -d "$scratch/static" | grep libtsmreq; then exit 1; fi
	locks 'rust, static' "$scratch/static"
}

# the tree alone, as a release holds it, inside another project
subproject() {
	cp -r "$here/consumer" "$scratch/consumer"
	cp "$here/lock.c" "$scratch/consumer"
	mkdir -p "$scratch/consumer/subprojects/libtsmreq"
	tar -C "$root" -c --exclude=./.git --exclude=./build --exclude='./build-*' . |
		tar -C "$scratch/consumer/subprojects/libtsmreq" -x
	meson setup --wrap-mode=forcefallback "$scratch/b" "$scratch/consumer"
	ninja -C "$scratch/b" lock
	libdir=
	locks 'meson subproject' "$scratch/b/lock"
}

case $language in
c)
	compiled cc -std=c11 -Wall -Wextra -Werror "$here/lock.c"
	evidence
	;;
c++)
	command -v c++ >/dev/null || skip 'no C++ compiler'
	compiled c++ -std=c++17 -Wall -Wextra -Werror "$here/lock.cpp"
	;;
rust)
	[ -x /usr/bin/rustc ] || skip 'no rustc of the distribution'
	command -v bindgen >/dev/null || skip 'no bindgen'
	rust
	;;
subproject)
	subproject
	;;
esac
