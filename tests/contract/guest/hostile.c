/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>

#include "chaos.h"

/*
 * guest-hostile [EXITS]: so many random exits over every row and architecture while another thread
 * of the guest's rewrites its memory, and as many where memory changes at each fetch. Guest memory
 * is raced for on purpose: that is what guests do, and why nothing in it is looked at twice.
 */

static atomic_bool begun, over;

static void *rewrite(void *arg)
{
	/* where messages, headers and blocks are */
	static const uint32_t places[] = {SCENE_BUFFER, SCENE_BLOCK, SCENE_REQUEST,
					  SCENE_GHCB,	SCENE_DATA,  SCENE_RESPONSE};
	struct chaos *chaos = arg;
	volatile uint8_t *memory = chaos->scene.memory;
	uint32_t seed = 7;

	atomic_store(&begun, true);
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		seed = seed * 1664525u + 1013904223u;
		memory[places[(seed >> 24) % 6] + (seed >> 8 & 0x3ff)] = (uint8_t)(seed >> 16);
	}
	return NULL;
}

/* Whoever fetches again gets other bytes. */
static void change_what_was_read(struct scene *scene, uint64_t gpa, const uint8_t *bytes,
				 size_t size)
{
	chaos_at_read(scene, gpa, bytes, size);
	for (size_t i = 0; i < size; i += 1 + i / 8)
		scene->memory[gpa + i] ^= (uint8_t)(i + 1);
}

static void storm(struct chaos *chaos, unsigned long exits, bool threaded)
{
	pthread_t thread;

	if (!threaded)
		chaos->scene.at_read = change_what_was_read;
	atomic_store(&over, false);
	atomic_store(&begun, !threaded);
	if (threaded && pthread_create(&thread, NULL, rewrite, chaos)) {
		scene_blame(&chaos->scene, "no thread");
		return;
	}
	while (!atomic_load(&begun))
		sched_yield();
	for (unsigned long i = 0; i < exits && chaos->scene.faults < 10; i++)
		chaos_step(chaos);
	atomic_store(&over, true);
	if (threaded)
		pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	const unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
	struct chaos *chaos = malloc(sizeof(*chaos));
	unsigned int kinds = 0, failed = 0, n = 0;
	struct scene_kind kind;
	char name[64];

	while (scene_kind_at(kinds, &kind))
		kinds++;
	for (unsigned int i = 0; i < 2 * kinds && scene_kind_at(i / 2, &kind); i++) {
		if (chaos_begin(chaos, &kind, wanted + i / 2) < 0)
			scene_blame(&chaos->scene, "cannot begin");
		else
			storm(chaos, wanted / kinds + 1, i & 1);
		chaos_end(chaos);
		/* it went all the way to the kernel */
		scene_check(&chaos->scene, chaos->held_to);
		scene_name(&kind, name, sizeof(name));
		printf("%sok %u %s%s: %lu exits, %lu ours, %lu requests\n",
		       chaos->scene.faults ? "not " : "", ++n, name, i & 1 ? ", raced" : "",
		       chaos->exits, chaos->ours, chaos->sends);
		failed += chaos->scene.faults != 0;
	}
	printf("1..%u\n", n);
	free(chaos);
	return failed != 0;
}
