/* SPDX-License-Identifier: MIT */
#include "door.h"

/* Finished text, and only what a guest cannot trigger is louder than debug. */

static unsigned int lines[8];
static char last[512];

static void count(void *userdata, int priority, const char *message)
{
	(void)userdata;
	assert_in_range(priority, 0, 7);
	lines[priority]++;
	snprintf(last, sizeof(last), "%s", message);
}

static struct tsmreq_vdev *loud_vdev(struct door *door)
{
	struct tsmreq_transport transport = door_transport(door);
	struct tsmreq_ctx_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7, .log = count};
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_ctx *ctx = NULL;

	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), 0);
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, TSMREQ_ARCH_CCA,
					 NULL),
			 0);
	tsmreq_ctx_free(ctx);
	memset(lines, 0, sizeof(lines));
	return vdev;
}

static void what_a_guest_can_trigger_is_debug(void **unused)
{
	static const int errnos[] = {EINVAL, EFAULT, ENXIO, EINTR, EIO};

	(void)unused;
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		struct door door = {.rc = {-errnos[i]}};
		struct tsmreq_vdev *vdev = loud_vdev(&door);
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_run(vdev, &ret), -errnos[i]);
		assert_int_equal(lines[7], 1);
		assert_int_equal(lines[3] + lines[4] + lines[6], 0);
		assert_non_null(strstr(last, tsmreq_errno_to_string(errnos[i])));
		assert_non_null(strstr(last, "0x3b96"));
		tsmreq_vdev_free(vdev);
	}
}

static void a_broken_answer_is_a_warning(void **unused)
{
	struct door door = {.rc = {5}};
	struct tsmreq_vdev *vdev = loud_vdev(&door);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_run(vdev, &ret), -EBADE);
	assert_int_equal(lines[4], 1);
	assert_non_null(strstr(last, "cca-v7"));
	tsmreq_vdev_free(vdev);
}

static void success_and_refusals_say_nothing(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev = loud_vdev(&door);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_run(vdev, &ret), 0);
	assert_int_equal(tsmreq_vdev_unbind(vdev, &ret), -EOPNOTSUPP);
	for (int i = 0; i < 8; i++)
		assert_int_equal(lines[i], 0);
	tsmreq_vdev_free(vdev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_guest_can_trigger_is_debug),
		cmocka_unit_test(a_broken_answer_is_a_warning),
		cmocka_unit_test(success_and_refusals_say_nothing),
	};

	return cmocka_run_group_tests_name("core/log", tests, NULL, NULL);
}
