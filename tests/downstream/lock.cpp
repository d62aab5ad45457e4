/* SPDX-License-Identifier: MIT */
/* The same in C++17, with owners that free. */
#include <cstdio>
#include <memory>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

template <auto free_it> struct release {
	template <typename T> void operator()(T *p) const
	{
		free_it(p);
	}
};

using mock_ptr = std::unique_ptr<tsmreq_mock, release<tsmreq_mock_free>>;
using ctx_ptr = std::unique_ptr<tsmreq_ctx, release<tsmreq_ctx_free>>;
using vdev_ptr = std::unique_ptr<tsmreq_vdev, release<tsmreq_vdev_free>>;

static int lock_a_device()
{
	tsmreq_mock_opts mock_opts{};
	mock_opts.size = sizeof(mock_opts);
	mock_opts.uapi = TSMREQ_UAPI_V6_OBJECTS;
	tsmreq_mock *raw_mock = nullptr;
	if (int rc = tsmreq_mock_new(&raw_mock, &mock_opts))
		return rc;
	mock_ptr mock{raw_mock};

	tsmreq_mock_vdevice device{};
	device.size = sizeof(device);
	device.arch = TSMREQ_ARCH_CCA;
	tsmreq_vdevice_id id{};
	if (int rc = tsmreq_mock_add_vdevice(mock.get(), &device, &id))
		return rc;

	tsmreq_ctx_opts ctx_opts{};
	ctx_opts.size = sizeof(ctx_opts);
	tsmreq_ctx *raw_ctx = nullptr;
	if (int rc = tsmreq_ctx_new_from_transport(&raw_ctx, tsmreq_mock_get_transport(mock.get()),
						   &ctx_opts))
		return rc;
	ctx_ptr ctx{raw_ctx};

	tsmreq_vdev *raw_vdev = nullptr;
	if (int rc = tsmreq_vdev_new(&raw_vdev, ctx.get(), id, TSMREQ_ARCH_CCA, nullptr))
		return rc;
	vdev_ptr vdev{raw_vdev};

	tsmreq_result result{};
	if (int rc = tsmreq_vdev_lock(vdev.get(), &result))
		return rc;
	std::puts(tsmreq_tdi_state_to_string(tsmreq_vdev_get_state(vdev.get())));
	return 0;
}

int main()
{
	int rc = lock_a_device();

	if (rc != 0)
		std::fprintf(stderr, "%s\n", tsmreq_errno_to_string(rc));
	return rc != 0;
}
