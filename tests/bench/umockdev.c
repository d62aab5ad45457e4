/* SPDX-License-Identifier: MIT */
/*
 * umockdev in the place of /dev/iommu: runs a program, and answers its ioctls as doors.c sends them
 * by the least that can do so, the structure and the response page fetched and given back.
 * usage: umockdev-wrapper umockdev PROGRAM ARGS...; the exit status is the program's.
 */
#include <stddef.h>
#include <string.h>
#include <umockdev.h>

#include "uapi/iommufd.h"

static const char device[] = "P: /devices/virtual/misc/iommu\n"
			     "N: iommu\n"
			     "E: DEVNAME=/dev/iommu\n"
			     "E: SUBSYSTEM=misc\n";

static gboolean answer(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer unused)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client), *rq, *response = NULL;
	uint32_t size = 0;

	(void)handler;
	(void)unused;
	rq = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct uapi_request_op), NULL);
	if (rq) {
		memcpy(&size, rq->data + offsetof(struct uapi_request_op, resp_len), sizeof(size));
		response = umockdev_ioctl_data_resolve(
			rq, offsetof(struct uapi_request_op, resp_uptr), size, NULL);
	}
	if (response) {
		memset(response->data, 0, size);
		response->data[0x34] = 0x14;
	}
	umockdev_ioctl_client_complete(client, response ? 0 : -1, response ? 0 : EFAULT);
	g_clear_object(&response);
	g_clear_object(&rq);
	return TRUE;
}

static void ended(GPid pid, gint status, gpointer ret)
{
	g_spawn_close_pid(pid);
	*(gint *)ret = status;
}

int main(int argc, char **argv)
{
	g_autoptr(UMockdevTestbed) testbed = umockdev_testbed_new();
	g_autoptr(UMockdevIoctlBase) handler = umockdev_ioctl_base_new();
	gint status = -1;
	GPid pid;

	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(answer), NULL);
	if (argc < 2 || !umockdev_testbed_add_from_string(testbed, device, NULL) ||
	    !umockdev_testbed_attach_ioctl(testbed, "/dev/iommu", handler, NULL) ||
	    !g_spawn_async(NULL, argv + 1, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL))
		return 1;
	g_child_watch_add(pid, ended, &status);
	while (status < 0)
		g_main_context_iteration(NULL, TRUE);
	return status != 0;
}
