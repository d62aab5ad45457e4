/* SPDX-License-Identifier: MIT */
#ifndef DECODE_COUNT_H
#define DECODE_COUNT_H

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif
