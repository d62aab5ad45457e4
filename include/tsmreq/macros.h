/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_MACROS_H
#define TSMREQ_MACROS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TSMREQ_PUBLIC	__attribute__((visibility("default")))
#define TSMREQ_MUST_USE __attribute__((warn_unused_result))
#else
#define TSMREQ_PUBLIC
#define TSMREQ_MUST_USE
#endif

#ifdef __cplusplus
#define TSMREQ_BEGIN_DECLS extern "C" {
#define TSMREQ_END_DECLS   }
#else
#define TSMREQ_BEGIN_DECLS
#define TSMREQ_END_DECLS
#endif

#endif
