#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel's own tests of iommufd, out of a kernel source tree on this machine, under the preload
# door. None of that tree is ours, so nothing of it is here: TSMREQ_KERNEL_TREE says where it is.
# What needs a simulated device is counted as skipped; all else must pass.  selftest.sh TSMREQ OBJECT
set -u
tsmreq=$1 object=$2 tree=${TSMREQ_KERNEL_TREE:-}
source=$tree/tools/testing/selftests/iommu/iommufd.c

if [ -z "$tree" ]; then
	echo '1..0 # SKIP no kernel source: set TSMREQ_KERNEL_TREE to a tree of 6.6 or newer'
	exit 0
fi
if [ ! -f "$source" ]; then
	echo "1..1"
	echo "not ok 1 - $source is not there"
	exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What a stable tree's tests name and its headers lack: of use to simulated devices only.
missing() {
	for word in in_data_type=out_data_type IOMMU_HW_INFO_TYPE_DEFAULT=0 \
		IOMMU_HW_INFO_FLAG_INPUT_TYPE=1 MOCK_FLAGS_DEVICE_PASID=0 MOCK_PASID_WIDTH=0; do
		grep -qrw "${word%=*}" "$tree/include/uapi/linux/iommufd.h" \
			"$tree/drivers/iommu/iommufd/iommufd_test.h" || echo "-D$word"
	done
}

# As much of headers_install as these two headers ask for.
build() {
	mkdir "$scratch/linux" || return
	for header in iommufd vfio; do
		sed 's/ __user / /' "$tree/include/uapi/linux/$header.h" >"$scratch/linux/$header.h" || return
	done
	libraries=
	if grep -q sys/capability.h "$source"; then libraries=-lcap; fi
	# shellcheck disable=SC2046,SC2086 # lists of words
	${CC:-cc} -w -O2 -I "$scratch" $(missing) "$source" -o "$scratch/iommufd" $libraries
}

# The first thing that went wrong says whether the test could have passed here.
judge() {
	awk '
	/^1\.\./ { print }
	/^# +RUN / { why = "" }
	/Expected|Assertion/ && why == "" {
		why = "x"
		if (/_test_cmd_mock_domain|_test_cmd_create_access|_test_cmd_set_dev_pasid/)
			why = "needs a simulated device"
		else if (/MAP_FAILED|vrc ==/)
			why = "needs huge pages"
		else
			print "# " $0
	}
	/^ok / { print "ok", $2, "-", $3; if (/SKIP/) print "#", $0 }
	/^not ok / {
		if (why ~ /^needs/)
			print "ok", $3, "-", $4, "# SKIP", why
		else
			print "not ok", $3, "-", $4
	}'
}

if ! build >"$scratch/build" 2>&1; then
	echo "1..1"
	echo "not ok 1 - the kernel's tests do not compile"
	sed 's/^/# /' "$scratch/build"
	exit 1
fi
"$tsmreq" mock --object "$object" --devices 0 --check-pointers --selftest -- "$scratch/iommufd" \
	>"$scratch/log" 2>&1
judge <"$scratch/log"
