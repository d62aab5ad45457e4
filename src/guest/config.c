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

bool tsmreq_guest_config_write_ok(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
				  uint32_t offset, uint32_t size, uint32_t before, uint32_t value)
{
	struct device *device;
	enum tsmreq_tdi_state state;
	bool ok;

	if (size > 4)
		return false;
	/* in reset: the VMM's own doing */
	if (!guest || tsmreq_device_pin(guest, dev.raw, &device) != PIN_OK)
		return true;
	state = tsmreq_device_get_state(device);
	ok = state == TSMREQ_TDI_UNLOCKED || state == TSMREQ_TDI_ERROR ||
	     !would_hurt(device, offset, size, before, value);
	tsmreq_device_unpin(device);
	return ok;
}
