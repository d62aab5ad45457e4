/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <tsmreq/mock.h>

/* A descriptor for code that calls ioctl(2) itself. Only the preload object can answer that. */

typedef int (*adopt_fn)(const struct tsmreq_transport *transport);

int tsmreq_mock_open_fd(struct tsmreq_mock *mock, const char **ret_why)
{
	static const char why[] =
		"ioctl(2) is not answered in this program: link it with libtsmreq-mock-preload, "
		"or run it under `tsmreq mock`";
	adopt_fn adopt;

	if (ret_why)
		*ret_why = "";
	if (!mock)
		return -EINVAL;
	/* ISO C has no cast from an object's address to a function's */
	*(void **)&adopt = dlsym(RTLD_DEFAULT, "tsmreq_mock_preload_adopt");
	if (adopt)
		return adopt(tsmreq_mock_get_transport(mock));
	if (ret_why)
		*ret_why = why;
	return -ENOTSUP;
}
