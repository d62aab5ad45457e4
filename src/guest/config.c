/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"

/* What a guest must not do to configuration space while a TDI is locked (names as in PCI's). */

#define COMMAND	       0x04u
#define COMMAND_MEMORY 0x0002u
#define COMMAND_MASTER 0x0004u
#define EXP_DEVCTL     0x08u
#define DEVCTL_FLR     0x8000u
#define AF_CTRL	       0x04u
#define AF_CTRL_FLR    0x0001u

/* The 16 bits at @at of what an access of @size bytes at @offset carries; 0 where it does not
 * reach. */
static uint32_t bits_at(uint32_t at, uint32_t offset, uint32_t size, uint32_t value)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < size; i++) {
		const uint64_t byte = (uint64_t)offset + i;

		if (byte >= at && byte < (uint64_t)at + 2)
			bits |= (value >> 8 * i & 0xff) << 8 * (uint32_t)(byte - at);
	}
	return bits;
}

static bool would_hurt(const struct device *device, uint32_t offset, uint32_t size, uint32_t before,
		       uint32_t value)
{
	const uint32_t cleared = bits_at(COMMAND, offset, size, before & ~value);

	if (cleared & (COMMAND_MEMORY | COMMAND_MASTER))
		return true;
	if (device->pcie_cap &&
	    bits_at(device->pcie_cap + EXP_DEVCTL, offset, size, value) & DEVCTL_FLR)
		return true;
	return device->af_cap &&
	       bits_at(device->af_cap + AF_CTRL, offset, size, value) & AF_CTRL_FLR;
}

/* Or nobody can tell. */
static bool is_locked(struct device *device)
{
	const enum tsmreq_tdi_state state = tsmreq_device_get_state(device);

	return state != TSMREQ_TDI_UNLOCKED && state != TSMREQ_TDI_ERROR;
}

bool tsmreq_guest_config_write_ok(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
				  uint32_t offset, uint32_t size, uint32_t before, uint32_t value)
{
	struct device *device;
	bool ok;

	if (size > 4)
		return false;
	if (!guest)
		return true;
	/* one that is ending, too: it is locked until it is unbound. No pin, it is for those alone
	 * that are not; and under this lock no handle is taken away that the VMM then frees */
	pthread_mutex_lock(&guest->devices.lock);
	device = tsmreq_devices_find(&guest->devices, dev.raw);
	ok = !device || !is_locked(device) || !would_hurt(device, offset, size, before, value);
	pthread_mutex_unlock(&guest->devices.lock);
	return ok;
}
