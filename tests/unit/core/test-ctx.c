/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "door.h"

static char log_text[4][512];
static int log_priority[4];
static unsigned int log_lines;

static void keep(void *userdata, int priority, const char *message)
{
	assert_ptr_equal(userdata, log_text);
	assert_true(log_lines < 4);
	log_priority[log_lines] = priority;
	snprintf(log_text[log_lines++], sizeof(log_text[0]), "%s", message);
}

static int new_ctx(struct tsmreq_ctx **ret, struct door *door, enum tsmreq_uapi uapi)
{
	struct tsmreq_transport transport = door_transport(door);
	struct tsmreq_ctx_opts opts = {
		.size = sizeof(opts), .uapi = uapi, .log = keep, .log_userdata = log_text};

	log_lines = 0;
	return tsmreq_ctx_new_from_transport(ret, &transport, &opts);
}

static void a_named_revision_is_not_probed(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;
	struct door door = {0};

	(void)unused;
	for (int uapi = TSMREQ_UAPI_RFC1; uapi <= TSMREQ_UAPI_CCA_V7; uapi++) {
		assert_int_equal(new_ctx(&ctx, &door, (enum tsmreq_uapi)uapi), 0);
		assert_int_equal(tsmreq_ctx_get_uapi(ctx), uapi);
		assert_int_equal(log_lines, 1);
		assert_int_equal(log_priority[0], 6);
		assert_non_null(strstr(log_text[0], tsmreq_uapi_to_string((enum tsmreq_uapi)uapi)));
		tsmreq_ctx_freep(&ctx);
		assert_null(ctx);
	}
	assert_int_equal(door.sends, 0);
	assert_int_equal(door.released, 9);
}

static void some_revisions_are_refused_by_name(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;
	struct door door = {0};

	(void)unused;
	for (int uapi = TSMREQ_UAPI_AMD_RFC2; uapi <= TSMREQ_UAPI_V7; uapi++) {
		assert_int_equal(new_ctx(&ctx, &door, (enum tsmreq_uapi)uapi), -EOPNOTSUPP);
		assert_null(ctx);
		assert_int_equal(log_lines, 1);
		assert_int_equal(log_priority[0], 3);
		assert_non_null(strstr(log_text[0], tsmreq_uapi_to_string((enum tsmreq_uapi)uapi)));
	}
	assert_int_equal(new_ctx(&ctx, &door, (enum tsmreq_uapi)10), -EINVAL);
	assert_int_equal(new_ctx(&ctx, &door, (enum tsmreq_uapi) - 1), -EINVAL);
	assert_int_equal(door.sends, 0);
	/* a door that was not taken is not released */
	assert_int_equal(door.released, 0);
}

static void an_unknown_kernel_is_named_by_what_was_seen(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;
	struct door door = {.rc = {-ENOTTY}};

	(void)unused;
	assert_int_equal(new_ctx(&ctx, &door, TSMREQ_UAPI_PROBE), -EBADFD);
	assert_int_equal(log_lines, 1);
	assert_int_equal(log_priority[0], 3);
	assert_non_null(strstr(log_text[0], "not-iommufd"));
	assert_non_null(strstr(log_text[0], "0x80 S=ENOTTY"));
	assert_int_equal(door.sends, 1);
}

static void bad_options_are_refused(void **unused)
{
	struct door door = {0};
	struct tsmreq_transport transport = door_transport(&door), bad;
	struct {
		struct tsmreq_ctx_opts opts;
		uint64_t tail;
	} newer = {.opts = {.size = sizeof(newer), .uapi = TSMREQ_UAPI_V5}};
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5};
	struct tsmreq_ctx *ctx = NULL;

	(void)unused;
	assert_int_equal(tsmreq_ctx_new_from_transport(NULL, &transport, &opts), -EINVAL);
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, NULL, &opts), -EINVAL);
	bad = transport;
	bad.submit = NULL;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &bad, &opts), -EINVAL);
	bad = transport;
	bad.size = 8;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &bad, &opts), -EINVAL);
	opts.flags = 1;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), -EINVAL);
	opts.flags = 0;
	opts.size--;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), -EINVAL);
	newer.tail = 1;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &newer.opts), -E2BIG);
	assert_null(ctx);
	newer.tail = 0;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &newer.opts), 0);
	tsmreq_ctx_free(ctx);
	assert_int_equal(door.sends, 0);
}

static void no_options_means_probe(void **unused)
{
	struct door door = {.rc = {-ENOTTY}};
	struct tsmreq_transport transport = door_transport(&door);
	struct tsmreq_ctx *ctx = NULL;

	(void)unused;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, NULL), -EBADFD);
	assert_int_equal(door.sends, 1);
}

static void descriptors_are_borrowed_or_owned(void **unused)
{
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5};
	struct tsmreq_ctx *ctx = NULL;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(tsmreq_ctx_new_from_fd(&ctx, -1, &opts), -EBADF);
	assert_int_equal(tsmreq_ctx_new_from_fd(&ctx, fd, &opts), 0);
	tsmreq_ctx_freep(&ctx);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	/* no iommufd: the probe says so, and an own descriptor does not leak */
	assert_int_equal(tsmreq_ctx_new_from_fd(&ctx, fd, NULL), -EBADFD);
	close(fd);
	assert_int_equal(tsmreq_ctx_open(&ctx, "/dev/null", NULL), -EBADFD);
	assert_int_equal(tsmreq_ctx_open(&ctx, "/dev/null", &opts), 0);
	tsmreq_ctx_freep(&ctx);
	assert_int_equal(open("/dev/null", O_RDWR | O_CLOEXEC), fd);
	close(fd);
	assert_int_equal(tsmreq_ctx_open(&ctx, "/nonexistent/iommu", &opts), -ENOENT);
	assert_null(ctx);
}

static void the_row_answers_for_the_context(void **unused)
{
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V6_LIKE);

	(void)unused;
	assert_true(tsmreq_ctx_has(ctx, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_RUN));
	assert_false(tsmreq_ctx_has(ctx, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_OBJECTS));
	assert_false(tsmreq_ctx_has(NULL, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_RUN));
	assert_int_equal(tsmreq_ctx_get_uapi(NULL), TSMREQ_UAPI_PROBE);
	assert_null(tsmreq_ctx_free(NULL));
	tsmreq_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_revision_is_not_probed),
		cmocka_unit_test(some_revisions_are_refused_by_name),
		cmocka_unit_test(an_unknown_kernel_is_named_by_what_was_seen),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(no_options_means_probe),
		cmocka_unit_test(descriptors_are_borrowed_or_owned),
		cmocka_unit_test(the_row_answers_for_the_context),
	};

	return cmocka_run_group_tests_name("core/ctx", tests, NULL, NULL);
}
