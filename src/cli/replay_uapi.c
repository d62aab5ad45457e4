/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/calls.h"

/* Cases about the kernel interface: a typed call, the bytes it sends, what may be concluded. */

bool replay_uapi_owns(const struct vec_case *vec)
{
	enum tsmreq_uapi uapi;
	const char *abi = vec_find(vec, VEC_ABI);

	/* guests' exits come in by `in` lines; here the VMM calls */
	return abi && !vec_find(vec, VEC_IN) && tsmreq_uapi_from_string(abi, &uapi) == 0;
}

/* ---- what came of it */

struct expected {
	const char *result;
	int error;
	bool has_error, has_written, has_residue, has_consumed, has_value, has_code;
	uint64_t written, residue, consumed, value, code;
	const char *state;
};

static void read_expected(struct replay *replay, struct expected *ret)
{
	struct words out;
	const char *word;

	*ret = (struct expected){0};
	words_split(&replay->arena, replay->vec, VEC_OUT, &out);
	ret->result = words_take(&out, "result");
	if (!ret->result)
		replay_fail(replay, 0, "out: without result=");
	word = words_take(&out, "errno");
	ret->has_error = word;
	if (word)
		ret->error = replay_parse_errno(replay, word);
	ret->has_written = replay_take_hex(replay, &out, "written", &ret->written);
	ret->has_residue = replay_take_hex(replay, &out, "residue", &ret->residue);
	ret->has_consumed = replay_take_hex(replay, &out, "consumed", &ret->consumed);
	ret->has_value = replay_take_hex(replay, &out, "value", &ret->value);
	ret->has_code = replay_take_hex(replay, &out, "code", &ret->code);
	ret->state = words_take(&out, "state");
	replay_refuse_left(replay, "out", &out);
}

/* The words of the vectors, as return value and outcome. */
static bool fits(struct call *call, const char *word)
{
	enum tsmreq_outcome outcome = call->result.outcome;
	bool held = call->vdev && tsmreq_vdev_is_uncertain(call->vdev);
	bool code = call->result.tsm_code != 0;
	bool kernels = call->rc < 0 && call->rc == call->script->last_rc;
	bool raw = call->kind->flags & CALL_RAW;

	if (strcmp(word, "ok") == 0)
		return outcome == TSMREQ_OUTCOME_COMPLETED &&
		       call->rc == (code && !raw ? -EREMOTEIO : 0);
	if (strcmp(word, "empty") == 0)
		return outcome == TSMREQ_OUTCOME_COMPLETED && call->rc == -ENODATA;
	if (strcmp(word, "refused") == 0)
		return outcome == TSMREQ_OUTCOME_NOT_SENT && call->rc < 0;
	/* a bare ioctl draws no conclusion */
	if (strcmp(word, "failed") == 0 || raw)
		return outcome == TSMREQ_OUTCOME_FAILED && kernels;
	if (strcmp(word, "unsure") == 0 && outcome == TSMREQ_OUTCOME_COMPLETED)
		return code && held;
	if (strcmp(word, "unsure") == 0)
		return outcome == TSMREQ_OUTCOME_UNCERTAIN && kernels;
	/* invalid */
	return call->rc == -EBADE &&
	       outcome == (call_reads(call) ? TSMREQ_OUTCOME_FAILED : TSMREQ_OUTCOME_UNCERTAIN);
}

static bool is_result(const char *word)
{
	static const char *const results[] = {"ok",	"empty",  "refused",
					      "failed", "unsure", "invalid"};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (strcmp(word, results[i]) == 0)
			return true;
	}
	return false;
}

static void check_number(struct replay *replay, const char *what, bool told, uint64_t expected,
			 uint64_t got)
{
	if (told && expected != got)
		replay_fail(replay, 0, "out: expected %s=%" PRIx64 ", got %" PRIx64, what, expected,
			    got);
}

/* The answer the library hands over is the answer the kernel gave. */
static void check_answer(struct call *call)
{
	const struct script_send *last = script_get_last(call->script);
	size_t size;

	if (call->rc != 0 || !call->data || !last || !last->has_response)
		return;
	size = call->written < last->response.size ? call->written : last->response.size;
	if (memcmp(call->data, last->response.data, size) != 0)
		replay_fail(call->replay, last->number, "the answer: expected %s, got %s",
			    replay_format_hex(last->response.data, size).text,
			    replay_format_hex(call->data, size).text);
}

static void check_state(struct call *call, const struct expected *expected)
{
	const char *got = "no handle";

	if (!expected->state)
		return;
	if (call->vdev)
		got = tsmreq_tdi_state_to_string(tsmreq_vdev_get_state(call->vdev));
	if (strcmp(got, expected->state) != 0)
		replay_fail(call->replay, 0, "out: expected state=%s, got %s", expected->state,
			    got);
}

static void check(struct call *call, const struct expected *expected)
{
	struct replay *replay = call->replay;
	const struct script_send *last = script_get_last(call->script);
	/* rfc1 says how much it answered, not what it left */
	bool left = strcmp(expected->result, "ok") == 0 &&
		    call->kernel->info.layout != TSMREQ_LAYOUT_TYPE;
	uint64_t code = last && last->reply_number ? last->code : 0;
	uint64_t residue = last && last->rc > 0 ? (uint64_t)last->rc : 0;

	if (!is_result(expected->result)) {
		replay_fail(replay, 0, "out: result=%s: no such result", expected->result);
		return;
	}
	if (!fits(call, expected->result) || (expected->has_error && call->rc != -expected->error))
		replay_fail(replay, 0, "out: expected result=%s%s%s, got %s (%s)", expected->result,
			    expected->has_error ? " errno=" : "",
			    expected->has_error ? tsmreq_errno_to_string(expected->error) : "",
			    tsmreq_outcome_to_string(call->result.outcome),
			    replay_format_rc(call->rc).text);
	if ((call->kind->flags & CALL_STATE) && strcmp(expected->result, "unsure") == 0 &&
	    call->vdev && !tsmreq_vdev_is_uncertain(call->vdev))
		replay_fail(replay, 0, "out: an unsure state change must hold the device");
	check_number(replay, "written", expected->has_written, expected->written, call->written);
	check_number(replay, "value", expected->has_value, expected->value, call->value);
	/* the kernel's code and residue reach the caller even where `out` does not repeat them */
	check_number(replay, "code", expected->has_code || !(call->kind->flags & CALL_RAW),
		     expected->has_code ? expected->code : code, call->result.tsm_code);
	check_number(replay, "residue", expected->has_residue || left,
		     expected->has_residue ? expected->residue : residue, call->result.residue);
	check_number(replay, "consumed", expected->has_consumed, expected->consumed,
		     call->request.size - call->result.residue);
	check_state(call, expected);
	check_answer(call);
}

/* ---- making the call */

/* Whether the VMM would run its job again: these errnos leave it open, see FORMAT.md. */
static bool is_open(const struct call *call)
{
	bool again = call->rc == -EINTR || call->rc == -EAGAIN;

	if (call->replay->failed || call->script->done == call->script->count ||
	    call->result.outcome != TSMREQ_OUTCOME_FAILED ||
	    (call->kind->flags & (CALL_READS | CALL_RAW)))
		return false;
	/* EBUSY of bind: another VM has the device */
	if (call->kernel->arch == TSMREQ_ARCH_SEV)
		return again || (call->rc == -EBUSY && !(call->kind->flags & CALL_BINDS));
	return call->kernel->arch == TSMREQ_ARCH_TDX && call->rc == -EINTR;
}

static void make(struct call *call)
{
	do {
		call->result = (struct tsmreq_result){0};
		call->rc = call->kind->make(call);
	} while (is_open(call));
}

static int open_ctx(struct call *call)
{
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = call->kernel->uapi};

	return tsmreq_ctx_new_from_transport(&call->ctx, &call->script->tap.transport, &opts);
}

static int open_vdev(struct call *call)
{
	struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .quirks = call->kernel->quirks};
	struct tsmreq_vdevice_id id = {call->vdevice};
	const struct kernel_vdev *vdev = kernel_find_vdev(call->kernel, call->dev);

	/* destroying by id needs no handle */
	if (!(call->kind->flags & CALL_VDEV) && !((call->kind->flags & CALL_STATE) && vdev))
		return 0;
	if (vdev)
		opts.initial_state = vdev->books;
	return tsmreq_vdev_new(&call->vdev, call->ctx, id, call->kernel->arch, &opts);
}

static void run(struct call *call)
{
	struct replay *replay = call->replay;
	bool refused = call->kernel->info.refusal;
	bool paper = call->kind->flags & CALL_PAPER;
	int r;

	if (call->kernel->reference && !refused && !paper) {
		replay_fail(replay, 0,
			    "support=reference: expected a refused revision, got %s, which is "
			    "spoken",
			    call->kernel->info.name);
		return;
	}

	r = open_ctx(call);
	if (refused) {
		/* known by name and refused by name, before anything could be sent */
		call->rc = r;
		if (r != -EOPNOTSUPP)
			replay_fail(replay, 0,
				    "%s: expected -EOPNOTSUPP from the constructor, "
				    "got %s",
				    call->kernel->info.name, replay_format_rc(r).text);
		return;
	}
	if (r == 0)
		r = open_vdev(call);
	if (r < 0) {
		replay_fail(replay, 0, "no handle: %s", replay_format_rc(r).text);
		return;
	}
	if (paper) {
		/* its bytes are documentation */
		call->rc = call->kind->make(call);
		return;
	}
	make(call);
	script_close(call->script);
}

/* What keeps an object from being destroyed sits on the object this case destroys. */
static void mark_in_use(struct call *call)
{
	uint32_t id = call->vdevice;
	int r;

	if (!call->kernel->in_use)
		return;
	r = tsmreq_mock_add_object(call->kernel->mock, TSMREQ_MOCK_HWPT, id, NULL);
	if (r < 0 && r != -EEXIST)
		replay_fail(call->replay, 0, "object %x: the mock answers %s", id,
			    replay_format_rc(r).text);
	else
		kernel_set_fault(call->replay, call->kernel, id, "in-use");
}

static void run_on(struct replay *replay, struct kernel *kernel, struct words *given)
{
	struct expected expected;
	struct script script;
	struct call call;

	kernel_furnish(replay, kernel, given);
	replay_refuse_left(replay, "given", given);
	script_read(replay, &script);
	read_expected(replay, &expected);
	if (replay->failed)
		return;
	call_read(&call, replay, kernel, &script);
	if (!replay->failed)
		mark_in_use(&call);
	if (replay->failed)
		return;
	script_open(&script, kernel->uapi, kernel->arch, tsmreq_mock_get_transport(kernel->mock));
	run(&call);
	check(&call, &expected);
	tsmreq_vdev_free(call.vdev);
	tsmreq_ctx_free(call.ctx);
}

void replay_uapi_run(struct replay *replay)
{
	struct kernel kernel = {0};
	struct words given;
	const char *line = vec_find(replay->vec, VEC_CALL);
	enum tsmreq_uapi uapi;

	if (tsmreq_uapi_from_string(vec_find(replay->vec, VEC_ABI), &uapi) < 0) {
		replay_fail(replay, 0, "abi: no such revision");
		return;
	}
	words_split(&replay->arena, replay->vec, VEC_GIVEN, &given);
	kernel_open(replay, &kernel, &given, uapi, line && strstr(line, "kind=ioctl"));
	if (!replay->failed)
		run_on(replay, &kernel, &given);
	kernel_close(&kernel);
}
