/* SPDX-License-Identifier: MIT */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "cli/words.h"

/* One case being run. The first thing that is wrong is kept: what follows it proves nothing. */
struct replay {
	struct arena arena;
	const struct vec_case *vec;
	bool failed;
	unsigned int number; /* the line to look at */
	char why[400];
};

/* @number 0: the case as a whole. */
__attribute__((format(printf, 3, 4))) void replay_fail(struct replay *replay, unsigned int number,
						       const char *format, ...);
/* Fails the case for a word nobody took. @kind: given, call, in or out. */
void replay_refuse_left(struct replay *replay, const char *kind, const struct words *words);

/* Words with a value of a kind. Absent: false. Unreadable: false, and the case fails. */
bool replay_take_hex(struct replay *replay, struct words *words, const char *key, uint64_t *ret);
bool replay_take_dec(struct replay *replay, struct words *words, const char *key, int64_t *ret);
bool replay_take_u32(struct replay *replay, struct words *words, const char *key, uint32_t *ret);
bool replay_take_bytes(struct replay *replay, struct words *words, const char *key,
		       struct vec_bytes *ret);
/* EINVAL as 22; 0, and the case fails, for what is no errno. */
int replay_parse_errno(struct replay *replay, const char *word);
/* What an ioctl answers: "12", "-EINVAL", and numbers that are no errno. */
int replay_parse_rc(struct replay *replay, const char *word);

/* "07 00 00 ..": at most 16 bytes, for a line that says expected and got. */
struct replay_hex {
	char text[56];
};
struct replay_hex replay_format_hex(const uint8_t *data, size_t size);
/* "EINVAL" for a negative number, else the number. */
struct replay_hex replay_format_rc(int64_t rc);

/* One file per kind of case; a case belongs to the first room that owns it. */
bool replay_uapi_owns(const struct vec_case *vec);
void replay_uapi_run(struct replay *replay);
bool replay_probe_owns(const struct vec_case *vec);
void replay_probe_run(struct replay *replay);
bool replay_rhi_owns(const struct vec_case *vec);
void replay_rhi_run(struct replay *replay);
bool replay_ghci_owns(const struct vec_case *vec);
void replay_ghci_run(struct replay *replay);
bool replay_ghcb_owns(const struct vec_case *vec);
void replay_ghcb_run(struct replay *replay);

#endif
