/* SPDX-License-Identifier: MIT */
#include <malloc.h>

#include "chaos.h"

/*
 * guest-leak [EXITS]: no byte that nobody wrote reaches a guest or the kernel. Fresh and freed
 * memory is filled with one byte, and a row of that byte on its way out is a leak; where
 * MemorySanitizer watches (./dev test --all), every single byte is looked at, the stack's too.
 */

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define look_at_every_byte(bytes, size) __msan_check_mem_is_initialized(bytes, size)
#endif
#endif
#ifndef look_at_every_byte
#define look_at_every_byte(bytes, size) ((void)0)
#endif

static void look(struct scene *scene, const uint8_t *bytes, size_t size)
{
	size_t row = 0;

	look_at_every_byte(bytes, size);
	for (size_t i = 0; i < size; i++) {
		row = bytes[i] == SCENE_FRESH || bytes[i] == (uint8_t)~SCENE_FRESH ? row + 1 : 0;
		if (row == 8)
			scene_blame(scene, "host memory on its way out");
	}
}

static void at_write(struct scene *scene, uint64_t gpa, const uint8_t *bytes, size_t size)
{
	(void)gpa;
	look(scene, bytes, size);
}

static void at_send(struct scene *scene, unsigned long command, const uint8_t *arg)
{
	size_t size = 0;
	const uint8_t *payload = scene_get_payload(scene, command, arg, &size);
	const uint8_t *nonce = payload ? scene_get_nonce(scene, payload, size) : NULL;

	look(scene, arg, scene_load32(arg));
	look(scene, payload, size);
	look(scene, nonce, nonce ? TSMREQ_NONCE_SIZE : 0);
	chaos_at_send(scene, command, arg);
}

static void look_around(struct chaos *chaos, unsigned long exits)
{
	chaos->scene.at_write = at_write;
	chaos->scene.at_send = at_send;
	for (unsigned long i = 0; i < exits; i++) {
		chaos_step(chaos);
		look(&chaos->scene, chaos->scene.run, sizeof(chaos->scene.run));
	}
}

int main(int argc, char **argv)
{
	const unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
	struct chaos *chaos = malloc(sizeof(*chaos));
	unsigned int kinds = 0, failed = 0;
	struct scene_kind kind;
	char name[64];

	/* what is written is its complement, and over what is freed the byte itself */
	mallopt(M_PERTURB, SCENE_FRESH);
	while (scene_kind_at(kinds, &kind))
		kinds++;
	for (unsigned int i = 0; scene_kind_at(i, &kind); i++) {
		if (chaos_begin(chaos, &kind, 11 + i) < 0)
			scene_blame(&chaos->scene, "cannot begin");
		else
			look_around(chaos, wanted / kinds + 1);
		chaos_end(chaos);
		scene_name(&kind, name, sizeof(name));
		printf("%sok %u %s\n", chaos->scene.faults ? "not " : "", i + 1, name);
		failed += chaos->scene.faults != 0;
	}
	printf("1..%u\n", kinds);
	free(chaos);
	return failed != 0;
}
