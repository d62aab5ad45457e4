/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_TSMREQ_H
#define TSMREQ_TSMREQ_H

#include <tsmreq/call.h>
#include <tsmreq/ctx.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/guest.h>
#include <tsmreq/host.h>
#include <tsmreq/kvm.h>
#include <tsmreq/macros.h>
#include <tsmreq/probe.h>
#include <tsmreq/report.h>
#include <tsmreq/rhi.h>
#include <tsmreq/text.h>
#include <tsmreq/types.h>
#include <tsmreq/uapi.h>
#include <tsmreq/vdev.h>

#endif
