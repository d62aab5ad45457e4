/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <stdarg.h>

/* The way to the kernel, and everything that is written down about it. */

void scene_blame(struct scene *scene, const char *what)
{
	char name[64];

	scene->faults++;
	scene_name(&scene->kind, name, sizeof(name));
	fprintf(stderr, "%s, %s: %s\n", name, scene->step ? scene->step : "-", what);
}

void scene_say(struct scene *scene, const char *format, ...)
{
	va_list args;

	if (!scene->script)
		return;
	va_start(args, format);
	vfprintf(scene->script, format, args);
	va_end(args);
}

/* FNV-1a */
static uint64_t sum_up(const uint8_t *bytes, size_t size)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* As the vectors have them: "01 00*15"; of much, how it begins and the sum of all. */
static void say_bytes(struct scene *scene, const uint8_t *bytes, size_t size)
{
	unsigned int words = 0;

	for (size_t i = 0; scene->script && i < size;) {
		size_t run = 1;

		while (i + run < size && bytes[i + run] == bytes[i])
			run++;
		if (words == 64) {
			scene_say(scene, " .. %zu bytes, sum %016llx", size,
				  (unsigned long long)sum_up(bytes, size));
			return;
		}
		if (words == 32)
			scene_say(scene, "\n   ");
		if (run < 3)
			run = 1;
		scene_say(scene, run > 1 ? " %02x*%zu" : " %02x", bytes[i], run);
		i += run;
		words++;
	}
}

void scene_say_line(struct scene *scene, const void *bytes, size_t size)
{
	say_bytes(scene, bytes, size);
	scene_say(scene, "\n");
}

/* ---- a request taken apart, by the fact sheet's offsets */

struct request {
	size_t pointers; /* where they are */
	const uint8_t *payload;
	uint8_t *response;
	size_t payload_size, room;
};

static void *pointer_at(const uint8_t *at)
{
	return (void *)(uintptr_t)scene_load64(at);
}

static bool get_request(const struct scene *scene, unsigned long command, const uint8_t *arg,
			struct request *ret)
{
	struct tsmreq_uapi_info info;
	size_t lengths;

	if (tsmreq_uapi_get_info(scene->kind.uapi, &info) < 0 || command != info.request_cmd)
		return false;
	lengths = info.layout == TSMREQ_LAYOUT_SCOPE ? 12 : 16;
	ret->pointers = info.layout == TSMREQ_LAYOUT_TYPE ? 32 : 24;
	ret->payload = pointer_at(arg + ret->pointers);
	ret->response = pointer_at(arg + ret->pointers + 8);
	ret->payload_size = scene_load32(arg + lengths);
	ret->room = scene_load32(arg + lengths + 4);
	return true;
}

const uint8_t *scene_get_payload(const struct scene *scene, unsigned long command,
				 const uint8_t *arg, size_t *ret_size)
{
	struct request request;

	if (!get_request(scene, command, arg, &request))
		return NULL;
	*ret_size = request.payload_size;
	return request.payload;
}

const uint8_t *scene_get_nonce(const struct scene *scene, const uint8_t *payload, size_t size)
{
	struct tsmreq_uapi_info info;
	uint32_t word;

	/* VALIDATE_MMIO is as long, and has a host address at 16 */
	if (scene->kind.arch != TSMREQ_ARCH_CCA || size != 24 ||
	    tsmreq_uapi_get_info(scene->kind.uapi, &info) < 0)
		return NULL;
	word = scene_load32(payload);
	return word == (info.layout == TSMREQ_LAYOUT_SCOPE ? 4 : 2) ? pointer_at(payload + 16)
								    : NULL;
}

/* ---- written down */

static void say_payload(struct scene *scene, const uint8_t *payload, size_t size)
{
	const uint8_t *nonce = scene_get_nonce(scene, payload, size);

	scene_say(scene, "    request");
	say_bytes(scene, payload, nonce ? 16 : size);
	scene_say(scene, nonce ? " @nonce\n    nonce" : "");
	scene_say_line(scene, nonce, nonce ? TSMREQ_NONCE_SIZE : 0);
}

static void say_sent(struct scene *scene, unsigned long command, const uint8_t *arg)
{
	const size_t size = scene_load32(arg);
	struct request request;

	scene_say(scene, "  send %lx", command);
	if (!get_request(scene, command, arg, &request)) {
		scene_say_line(scene, arg, size);
		return;
	}
	say_bytes(scene, arg, request.pointers);
	scene_say(scene, request.payload ? " @request" : " 00*8");
	scene_say(scene, request.response ? " @response" : " 00*8");
	scene_say_line(scene, arg + request.pointers + 16, size - request.pointers - 16);
	say_payload(scene, request.payload, request.payload_size);
}

/* The kernel's answer: what it is, its bytes, its code. */
static void take_result(struct scene *scene, unsigned long command, const uint8_t *arg, int rc)
{
	struct request request;

	scene_say(scene, rc < 0 ? "    is -%s\n" : "    is %s%d\n",
		  rc < 0 ? tsmreq_errno_to_string(rc) : "", rc);
	scene->response_size = 0;
	if (rc < 0 || !get_request(scene, command, arg, &request))
		return;
	if (request.response && (size_t)rc <= request.room) {
		request.room -= (size_t)rc;
		scene_say(scene, "    response");
		scene_say_line(scene, request.response, request.room);
		if (request.room <= sizeof(scene->response)) {
			memcpy(scene->response, request.response, request.room);
			scene->response_size = request.room;
		}
	}
	if (scene_load32(arg) == 48 && request.pointers == 24 && scene_load64(arg + 40))
		scene_say(scene, "    code %llx\n", (unsigned long long)scene_load64(arg + 40));
}

int scene_submit(void *userdata, unsigned long command, void *arg)
{
	struct scene *scene = userdata;
	const struct tsmreq_transport *door = tsmreq_mock_get_transport(scene->mock);
	const bool fails = scene_strikes(&scene->fail_send);
	int rc = scene->send_rc;

	scene->sends++;
	say_sent(scene, command, arg);
	if (scene->at_send)
		scene->at_send(scene, command, arg);
	/* the VMM's timer does not wait for it */
	if (scene->takes_ms) {
		scene->now += scene->takes_ms;
		scene->takes_ms = 0;
		(void)tsmreq_guest_expire(scene->guest, scene->now);
	}
	if (!fails || scene->send_acts)
		rc = door->submit(door->userdata, command, arg);
	if (fails)
		rc = scene->send_rc;
	scene->was_sent |= rc >= 0;
	take_result(scene, command, arg, rc);
	return rc;
}
