/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "door.h"

/* doc/ERRORS.md, row by row: the document is the table of this test. */

#define CELLS	   6
#define CELL_SIZE  256
#define LAST_ERRNO 133

struct row {
	char cell[CELLS][CELL_SIZE];
};

static struct row rows[64];

/* The table behind <!-- name -->, without its two head lines. */
static unsigned int read_table(const char *name)
{
	FILE *file = fopen(ERRORS_MD, "re");
	unsigned int count = 0, lines = 0;
	char line[1024], marker[64];
	bool inside = false;

	assert_non_null(file);
	snprintf(marker, sizeof(marker), "<!-- %s -->", name);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *at = line, *cell;

		if (strncmp(line, marker, strlen(marker)) == 0) {
			inside = true;
			continue;
		}
		if (inside && strncmp(line, "<!-- end", 8) == 0)
			break;
		if (!inside || lines++ < 2)
			continue;
		assert_true(count < sizeof(rows) / sizeof(rows[0]));
		memset(&rows[count], 0, sizeof(rows[count]));
		assert_int_equal(*at++, '|');
		for (int i = 0; i < CELLS && (cell = strsep(&at, "|")) != NULL; i++) {
			cell += strspn(cell, " ");
			cell[strcspn(cell, "\n")] = '\0';
			while (*cell && cell[strlen(cell) - 1] == ' ')
				cell[strlen(cell) - 1] = '\0';
			snprintf(rows[count].cell[i], CELL_SIZE, "%s", cell);
		}
		count++;
	}
	fclose(file);
	assert_true(count > 0);
	return count;
}

static bool lists(const char *cell, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = cell; (at = strstr(at, word)) != NULL; at += n)
		if ((at == cell || at[-1] == ' ') && (at[n] == '\0' || at[n] == ' '))
			return true;
	return false;
}

static enum tsmreq_verb verb_of(const char *word)
{
	for (int verb = TSMREQ_VERB_OPEN; verb <= TSMREQ_VERB_DESTROY; verb++)
		if (strcmp(tsmreq_verb_to_string((enum tsmreq_verb)verb), word) == 0)
			return (enum tsmreq_verb)verb;
	fail_msg("%s is no call", word);
	return TSMREQ_VERB_OPEN;
}

/* FAILED or UNCERTAIN, as the row has it for this errno. */
static enum tsmreq_outcome documented(const struct row *row, int error)
{
	const char *failed = row->cell[3], *uncertain = row->cell[4];

	if (strcmp(failed, "everything") == 0)
		return TSMREQ_OUTCOME_FAILED;
	if (lists(failed, tsmreq_errno_to_string(error)))
		return TSMREQ_OUTCOME_FAILED;
	assert_string_equal(uncertain, "everything else");
	return TSMREQ_OUTCOME_UNCERTAIN;
}

static void every_errno_of_the_kernel_is_judged_as_documented(void **unused)
{
	unsigned int count = read_table("kernel"), judged = 0;
	uint32_t covered = 0;

	(void)unused;
	for (unsigned int i = 0; i < count; i++) {
		enum tsmreq_verb verb = verb_of(rows[i].cell[0]);
		enum tsmreq_uapi uapi = TSMREQ_UAPI_PROBE;
		enum tsmreq_arch arch = (enum tsmreq_arch)0;

		assert_int_equal(tsmreq_uapi_from_string(rows[i].cell[1], &uapi), 0);
		assert_int_equal(tsmreq_arch_from_string(rows[i].cell[2], &arch), 0);
		covered |= 1u << verb;
		for (int error = 1; error <= LAST_ERRNO; error++) {
			/* EINTR is sent again where it is a read */
			struct door door = {.rc = {-error, -error, -error}};
			struct tsmreq_ctx *ctx = door_ctx(&door, uapi);
			struct tsmreq_vdev *vdev = NULL;
			struct tsmreq_result ret = dirty_result();
			bool state;

			assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7},
							 arch, NULL),
					 0);
			assert_int_equal(door_call(verb, ctx, vdev, &ret), -error);
			if (ret.outcome != documented(&rows[i], error))
				fail_msg("%s on %s: %s is %s", rows[i].cell[0], rows[i].cell[1],
					 tsmreq_errno_to_string(error),
					 tsmreq_outcome_to_string(ret.outcome));
			assert_int_equal(door.sends,
					 error == EINTR && (verb == TSMREQ_VERB_OBJECT_SIZE ||
							    verb == TSMREQ_VERB_READ_OBJECT)
						 ? 3
						 : 1);
			state = verb == TSMREQ_VERB_BIND || verb == TSMREQ_VERB_UNBIND ||
				verb == TSMREQ_VERB_SET_TDI_STATE ||
				verb == TSMREQ_VERB_SEV_SET_DMA || verb == TSMREQ_VERB_GUEST_REQ ||
				verb == TSMREQ_VERB_DESTROY;
			assert_int_equal(tsmreq_vdev_is_uncertain(vdev),
					 state && ret.outcome == TSMREQ_OUTCOME_UNCERTAIN);
			/* and there is a sentence for it */
			assert_string_not_equal(tsmreq_explain(verb, -error, ret.outcome),
						"unknown");
			tsmreq_vdev_free(vdev);
			tsmreq_ctx_free(ctx);
			judged++;
		}
	}
	for (int verb = TSMREQ_VERB_BIND; verb <= TSMREQ_VERB_DESTROY; verb++)
		if (!(covered & 1u << verb))
			fail_msg("no row for %s", tsmreq_verb_to_string((enum tsmreq_verb)verb));
	print_message("# %u errnos of %u rows judged\n", judged, count);
}

/* What the library says itself: one scene per documented row, and no other. */

struct stage {
	struct door door;
	struct tsmreq_result ret;
};

static struct tsmreq_vdev *vdev_on(struct stage *stage, enum tsmreq_uapi uapi,
				   enum tsmreq_arch arch, enum tsmreq_tdi_state state)
{
	return door_vdev(&stage->door, uapi, arch, state, 0);
}

static int with_vdev(struct stage *stage, enum tsmreq_uapi uapi, enum tsmreq_arch arch,
		     enum tsmreq_tdi_state state, enum tsmreq_verb verb)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, uapi, arch, state);
	int rc = door_call(verb, NULL, vdev, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int open_with(struct stage *stage, const struct tsmreq_ctx_opts *opts)
{
	struct tsmreq_transport transport = door_transport(&stage->door);
	struct tsmreq_ctx *ctx = NULL;

	return tsmreq_ctx_new_from_transport(&ctx, &transport, opts);
}

static int open_einval(struct stage *stage)
{
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .flags = 1};

	return open_with(stage, &opts);
}

static int open_e2big(struct stage *stage)
{
	struct {
		struct tsmreq_ctx_opts opts;
		uint64_t tail;
	} opts = {.opts = {.size = sizeof(opts)}, .tail = 1};

	return open_with(stage, &opts.opts);
}

static int open_ebadf(struct stage *stage)
{
	struct tsmreq_ctx *ctx = NULL;

	(void)stage;
	return tsmreq_ctx_new_from_fd(&ctx, -1, NULL);
}

static int open_enoent(struct stage *stage)
{
	struct tsmreq_ctx *ctx = NULL;

	(void)stage;
	return tsmreq_ctx_open(&ctx, "/nonexistent", NULL);
}

/* A kernel that says @s to S and @rest to all else; its sends are no sends of a call. */
static int open_probed(int s, int rest)
{
	struct door door = {.rc = {s, rest, rest, rest, rest, rest, rest, rest}};
	struct tsmreq_transport transport = door_transport(&door);
	struct tsmreq_ctx *ctx = NULL;

	return tsmreq_ctx_new_from_transport(&ctx, &transport, NULL);
}

static int open_ebadfd(struct stage *stage)
{
	(void)stage;
	return open_probed(-EPERM, 0);
}

static int open_enotty(struct stage *stage)
{
	(void)stage;
	return open_probed(-ENOENT, -ENOTTY);
}

static int open_eopnotsupp(struct stage *stage)
{
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_AMD_TREE};

	return open_with(stage, &opts);
}

static int open_eprotonosupport(struct stage *stage)
{
	(void)stage;
	return open_probed(-ENOENT, 0);
}

static int vdev_new_with(struct stage *stage, const struct tsmreq_vdev_opts *opts)
{
	struct tsmreq_ctx *ctx = door_ctx(&stage->door, TSMREQ_UAPI_JUNE);
	struct tsmreq_vdev *vdev = NULL;
	int rc = tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, TSMREQ_ARCH_CCA, opts);

	tsmreq_ctx_free(ctx);
	return rc;
}

static int vdev_new_einval(struct stage *stage)
{
	struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .quirks = ~0u};

	return vdev_new_with(stage, &opts);
}

static int vdev_new_e2big(struct stage *stage)
{
	struct {
		struct tsmreq_vdev_opts opts;
		uint64_t tail;
	} opts = {.opts = {.size = sizeof(opts)}, .tail = 1};

	return vdev_new_with(stage, &opts.opts);
}

static int probe_einval(struct stage *stage)
{
	struct tsmreq_probe probe;

	(void)stage;
	return tsmreq_probe_transport(NULL, &probe);
}

static int probe_e2big(struct stage *stage)
{
	struct {
		struct tsmreq_transport transport;
		uint64_t tail;
	} newer = {.transport = door_transport(&stage->door), .tail = 1};
	struct tsmreq_probe probe;

	newer.transport.size = sizeof(newer);
	return tsmreq_probe_transport(&newer.transport, &probe);
}

static int probe_ebadf(struct stage *stage)
{
	struct tsmreq_probe probe;

	(void)stage;
	return tsmreq_probe_fd(-1, &probe);
}

static int clear_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev =
		vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNKNOWN);
	int rc = tsmreq_vdev_clear_uncertain(vdev, TSMREQ_TDI_UNKNOWN);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int every_einval(struct stage *stage)
{
	int rc = -EINVAL;

	for (int verb = TSMREQ_VERB_BIND; rc == -EINVAL && verb <= TSMREQ_VERB_GUEST_REQ; verb++) {
		if (verb == TSMREQ_VERB_GUEST_REQ)
			continue; /* the helper asks the handle for its architecture */
		rc = door_call((enum tsmreq_verb)verb, NULL, NULL, &stage->ret);
	}
	return rc;
}

static void again(void *arg)
{
	struct tsmreq_result ret;

	assert_int_equal(tsmreq_vdev_run(arg, &ret), -EBUSY);
	assert_result(ret, NOT_SENT, 0, 0);
}

static int every_ebusy(struct stage *stage)
{
	struct door door = {.during = again};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)stage;
	door.during_arg = vdev;
	assert_int_equal(tsmreq_vdev_unlock(vdev, &ret), 0);
	tsmreq_vdev_free(vdev);
	return door.sends == 1 ? -EBUSY : 0;
}

static int every_enoent(struct stage *stage)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	int rc;

	assert_int_equal(tsmreq_vdev_destroy(vdev, &stage->ret), 0);
	rc = -ENOENT;
	for (int verb = TSMREQ_VERB_BIND; rc == -ENOENT && verb <= TSMREQ_VERB_GUEST_REQ; verb++)
		rc = door_call((enum tsmreq_verb)verb, NULL, vdev, &stage->ret);
	assert_int_equal(door.sends, 1);
	tsmreq_vdev_free(vdev);
	return rc;
}

#define HELD	 TSMREQ_TDI_UNKNOWN
#define UNLOCKED TSMREQ_TDI_UNLOCKED

#define SCENE(name, uapi, arch, state, verb)                                           \
	static int name(struct stage *stage)                                           \
	{                                                                              \
		return with_vdev(stage, TSMREQ_UAPI_##uapi, TSMREQ_ARCH_##arch, state, \
				 TSMREQ_VERB_##verb);                                  \
	}

SCENE(bind_estale, JUNE, CCA, HELD, BIND)
SCENE(unbind_eopnotsupp, CCA_V7, CCA, UNLOCKED, UNBIND)
SCENE(state_eopnotsupp, RFC1, CCA, UNLOCKED, SET_TDI_STATE)
SCENE(state_estale, JUNE, TDX, HELD, SET_TDI_STATE)
SCENE(validate_eopnotsupp, JUNE, TDX, UNLOCKED, VALIDATE_MMIO)
SCENE(validate_estale, JUNE, CCA, HELD, VALIDATE_MMIO)
SCENE(request_eopnotsupp, JUNE, CCA, UNLOCKED, VDEV_REQUEST)
SCENE(size_eopnotsupp, V6_LIKE, CCA, UNLOCKED, OBJECT_SIZE)
SCENE(read_eopnotsupp, JUNE, SEV, UNLOCKED, READ_OBJECT)
SCENE(regen_eopnotsupp, JUNE, TDX, UNLOCKED, REGENERATE)
SCENE(dma_eopnotsupp, JUNE, CCA, UNLOCKED, SEV_SET_DMA)
SCENE(guest_req_eopnotsupp, V5, TDX, UNLOCKED, GUEST_REQ)
SCENE(guest_req_estale, CCA_V7, CCA, HELD, GUEST_REQ)

static int state_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_ERROR, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int validate_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_validate_mmio(vdev, NULL, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int request_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_request(vdev, -1, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int size_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_get_object_size(vdev, TSMREQ_OBJECT_VCA, NULL, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int read_with(struct stage *stage, size_t capacity)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	uint8_t room[8];
	struct tsmreq_buffer dst = {.data = room, .capacity = capacity};
	int rc = tsmreq_vdev_read_object(vdev, TSMREQ_OBJECT_VCA, 0, &dst, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int read_einval(struct stage *stage)
{
	return read_with(stage, 0);
}

static int read_emsgsize(struct stage *stage)
{
	return read_with(stage, TSMREQ_LENGTH_MAX + 1);
}

static int regen_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_MEASUREMENTS, 2,
					       (struct tsmreq_bytes){door_nonce, 32}, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int dma_einval(struct stage *stage)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV, UNLOCKED);
	int rc = tsmreq_vdev_sev_set_dma(vdev, true, (struct tsmreq_bytes){door_page, 96}, NULL,
					 &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int guest_req_with(struct stage *stage, enum tsmreq_arch arch, size_t size)
{
	struct tsmreq_vdev *vdev = vdev_on(stage, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, UNLOCKED);
	int rc = tsmreq_vdev_guest_req(vdev, TSMREQ_OP_OBJECT_INFO, arch,
				       (struct tsmreq_bytes){door_page, size}, NULL, &stage->ret);

	tsmreq_vdev_free(vdev);
	return rc;
}

static int guest_req_einval(struct stage *stage)
{
	return guest_req_with(stage, TSMREQ_ARCH_SEV, 4);
}

static int guest_req_emsgsize(struct stage *stage)
{
	return guest_req_with(stage, TSMREQ_ARCH_CCA, TSMREQ_LENGTH_MAX + 1);
}

static int viommu_with(struct stage *stage, size_t data_size, size_t size)
{
	struct tsmreq_viommu_args args = {.size = size, .data = {door_page, data_size}};
	struct tsmreq_ctx *ctx = door_ctx(&stage->door, TSMREQ_UAPI_JUNE);
	uint32_t id;
	int rc = tsmreq_ctx_alloc_viommu(ctx, &args, &id, &stage->ret);

	tsmreq_ctx_free(ctx);
	return rc;
}

static int viommu_einval(struct stage *stage)
{
	return viommu_with(stage, 0, 1);
}

static int viommu_emsgsize(struct stage *stage)
{
	return viommu_with(stage, TSMREQ_LENGTH_MAX + 1, sizeof(struct tsmreq_viommu_args));
}

static int vdevice_einval(struct stage *stage)
{
	return tsmreq_ctx_alloc_vdevice(NULL, NULL, NULL, &stage->ret);
}

static int viommu_e2big(struct stage *stage)
{
	struct {
		struct tsmreq_viommu_args args;
		uint64_t tail;
	} newer = {.args = {.size = sizeof(newer)}, .tail = 1};
	struct tsmreq_ctx *ctx = door_ctx(&stage->door, TSMREQ_UAPI_JUNE);
	uint32_t id;
	int rc = tsmreq_ctx_alloc_viommu(ctx, &newer.args, &id, &stage->ret);

	tsmreq_ctx_free(ctx);
	return rc;
}

static int vdevice_e2big(struct stage *stage)
{
	struct {
		struct tsmreq_vdevice_args args;
		uint64_t tail;
	} newer = {.args = {.size = sizeof(newer)}, .tail = 1};
	struct tsmreq_ctx *ctx = door_ctx(&stage->door, TSMREQ_UAPI_JUNE);
	struct tsmreq_vdevice_id id;
	int rc = tsmreq_ctx_alloc_vdevice(ctx, &newer.args, &id, &stage->ret);

	tsmreq_ctx_free(ctx);
	return rc;
}

static int info_einval(struct stage *stage)
{
	struct tsmreq_uapi_info info;

	(void)stage;
	return tsmreq_uapi_get_info((enum tsmreq_uapi)99, &info);
}

static int wire_einval(struct stage *stage)
{
	uint32_t wire;

	(void)stage;
	return tsmreq_uapi_get_wire(TSMREQ_UAPI_PROBE, TSMREQ_ARCH_CCA, TSMREQ_OP_SET_TDI_STATE,
				    &wire);
}

static int wire_eopnotsupp(struct stage *stage)
{
	uint32_t wire;

	(void)stage;
	return tsmreq_uapi_get_wire(TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_CCA, TSMREQ_OP_READ_OBJECT,
				    &wire);
}

static int words_einval(struct stage *stage)
{
	enum tsmreq_arch arch;

	(void)stage;
	return tsmreq_arch_from_string("vax", &arch);
}

static int destroy_einval(struct stage *stage)
{
	return tsmreq_ctx_destroy(NULL, 7, &stage->ret);
}

static const struct {
	const char *call;
	int error;
	int (*play)(struct stage *stage);
} scenes[] = {
	{"open", EINVAL, open_einval},
	{"open", E2BIG, open_e2big},
	{"open", EBADF, open_ebadf},
	{"open", ENOENT, open_enoent},
	{"open", EBADFD, open_ebadfd},
	{"open", ENOTTY, open_enotty},
	{"open", EOPNOTSUPP, open_eopnotsupp},
	{"open", EPROTONOSUPPORT, open_eprotonosupport},
	{"probe", EINVAL, probe_einval},
	{"probe", E2BIG, probe_e2big},
	{"probe", EBADF, probe_ebadf},
	{"vdev-new", EINVAL, vdev_new_einval},
	{"vdev-new", E2BIG, vdev_new_e2big},
	{"every-vdev-call", EINVAL, every_einval},
	{"every-vdev-call", EBUSY, every_ebusy},
	{"every-vdev-call", ENOENT, every_enoent},
	{"clear-uncertain", EINVAL, clear_einval},
	{"bind", ESTALE, bind_estale},
	{"unbind", EOPNOTSUPP, unbind_eopnotsupp},
	{"set-tdi-state", EINVAL, state_einval},
	{"set-tdi-state", EOPNOTSUPP, state_eopnotsupp},
	{"set-tdi-state", ESTALE, state_estale},
	{"validate-mmio", EINVAL, validate_einval},
	{"validate-mmio", EOPNOTSUPP, validate_eopnotsupp},
	{"validate-mmio", ESTALE, validate_estale},
	{"vdev-request", EINVAL, request_einval},
	{"vdev-request", EOPNOTSUPP, request_eopnotsupp},
	{"object-size", EINVAL, size_einval},
	{"object-size", EOPNOTSUPP, size_eopnotsupp},
	{"read-object", EINVAL, read_einval},
	{"read-object", EMSGSIZE, read_emsgsize},
	{"read-object", EOPNOTSUPP, read_eopnotsupp},
	{"regenerate", EINVAL, regen_einval},
	{"regenerate", EOPNOTSUPP, regen_eopnotsupp},
	{"sev-set-dma", EINVAL, dma_einval},
	{"sev-set-dma", EOPNOTSUPP, dma_eopnotsupp},
	{"guest-req", EINVAL, guest_req_einval},
	{"guest-req", EMSGSIZE, guest_req_emsgsize},
	{"guest-req", EOPNOTSUPP, guest_req_eopnotsupp},
	{"guest-req", ESTALE, guest_req_estale},
	{"alloc-viommu", EINVAL, viommu_einval},
	{"alloc-viommu", E2BIG, viommu_e2big},
	{"alloc-viommu", EMSGSIZE, viommu_emsgsize},
	{"alloc-vdevice", EINVAL, vdevice_einval},
	{"alloc-vdevice", E2BIG, vdevice_e2big},
	{"destroy", EINVAL, destroy_einval},
	{"uapi-info", EINVAL, info_einval},
	{"uapi-wire", EINVAL, wire_einval},
	{"uapi-wire", EOPNOTSUPP, wire_eopnotsupp},
	{"words", EINVAL, words_einval},
};

static void the_library_says_what_is_documented_and_nothing_else(void **unused)
{
	size_t count = read_table("library");

	(void)unused;
	assert_int_equal(count, sizeof(scenes) / sizeof(scenes[0]));
	for (size_t i = 0; i < count; i++) {
		struct stage stage = {.ret = {0}};

		assert_string_equal(rows[i].cell[0], scenes[i].call);
		assert_string_equal(rows[i].cell[1], tsmreq_errno_to_string(scenes[i].error));
		assert_true(strlen(rows[i].cell[2]) > 0);
		if (scenes[i].play(&stage) != -scenes[i].error)
			fail_msg("%s does not say %s", rows[i].cell[0], rows[i].cell[1]);
		assert_int_equal(stage.ret.outcome, TSMREQ_OUTCOME_NOT_SENT);
		assert_int_equal(stage.door.sends, 0);
	}
}

/* What it makes of answers. */
static void answers_are_concluded_as_documented(void **unused)
{
	static const struct {
		int rc;
		uint64_t code;
	} plays[] = {
		{0, 5}, {0, 0}, {0, 0}, {3, 0}, {65, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}, {0, 0},
	};
	unsigned int count = read_table("answers");

	(void)unused;
	assert_int_equal(count, sizeof(plays) / sizeof(plays[0]));
	for (unsigned int i = 0; i < count; i++) {
		uint8_t size[] = {0x40, 0, 0, 0};
		enum tsmreq_verb verb = verb_of(rows[i].cell[0]);
		struct door door = {.rc = {plays[i].rc}, .code = plays[i].code};
		struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_JUNE);
		struct tsmreq_vdev *vdev = NULL;
		struct tsmreq_result ret = dirty_result();

		if (verb == TSMREQ_VERB_OBJECT_SIZE && plays[i].rc > 0) {
			door.answer = size;
			door.answer_size = sizeof(size);
		}
		assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7},
						 TSMREQ_ARCH_CCA, NULL),
				 0);
		assert_string_equal(tsmreq_errno_to_string(door_call(verb, ctx, vdev, &ret)),
				    rows[i].cell[1]);
		for (int outcome = 0; outcome <= TSMREQ_OUTCOME_UNCERTAIN; outcome++) {
			static const char *const words[] = {"NOT_SENT", "COMPLETED", "FAILED",
							    "UNCERTAIN"};

			assert_int_equal(strcmp(words[outcome], rows[i].cell[2]) == 0,
					 (int)ret.outcome == outcome);
		}
		tsmreq_vdev_free(vdev);
		tsmreq_ctx_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_errno_of_the_kernel_is_judged_as_documented),
		cmocka_unit_test(the_library_says_what_is_documented_and_nothing_else),
		cmocka_unit_test(answers_are_concluded_as_documented),
	};

	return cmocka_run_group_tests_name("core/errors", tests, NULL, NULL);
}
