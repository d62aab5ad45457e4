/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>

#include "rev/probe.h"
#include "rev/rev.h"

/*
 * Kernels as a table of what they answer, against the probe. The arguments, the answers and the
 * listed combinations are typed in here from the handlers' rules, not taken from the code.
 */

/* The letters, in the order of the table's columns. */
#define COLUMNS "ABCDEFGHJ"
#define LETTERS 9

static const struct {
	char letter;
	const char *bytes;
} arguments[] = {
	{'S', "08 00*3 00*4"},
	{'A', "10 00*15"},
	{'B', "30 00*7 01 00*3 01 00*35"},
	{'C', "30 00*47"},
	{'D', "30 00*7 03 00*3 01 00*35"},
	{'E', "30 00*7 05 00*3 01 00*35"},
	{'F', "30 00*7 06 00*3 01 00*35"},
	{'G', "28 00*19 01 00*19"},
	{'H', "28 00*7 63 00*31"},
	{'J', "30 00*39 01 00*7"},
};

#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

/* A number's answers to A B C D E F G H J. */
typedef int slot_answers[LETTERS];

/* clang-format off */
#define NOTTY ENOTTY
#define INVAL EINVAL
#define NOENT ENOENT
#define NOSUP EOPNOTSUPP
#define NODEV ENODEV
#define TOBIG E2BIG
static const slot_answers
	/*              A      B      C      D      E      F      G      H      J   */
	absent      = {NOTTY, NOTTY, NOTTY, NOTTY, NOTTY, NOTTY, NOTTY, NOTTY, NOTTY},
	/* IOAS_NOIOMMU_GET_PA: compiled out, and what its handler may be like */
	getpa_off   = {INVAL, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, TOBIG},
	getpa_look  = {INVAL, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, TOBIG},
	getpa_check = {INVAL, NOSUP, INVAL, NOSUP, NOSUP, NOSUP, INVAL, INVAL, TOBIG},
	getpa_inval = {INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, TOBIG},
	getpa_perm  = {INVAL, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, TOBIG},
	may_unbind  = {NOENT, TOBIG, NOENT, TOBIG, TOBIG, TOBIG, TOBIG, TOBIG, TOBIG},
	tsm_op      = {NOENT, NOSUP, NOENT, NOSUP, NOSUP, NOSUP, TOBIG, NOSUP, TOBIG},
	rfc1        = {INVAL, NOENT, NOENT, NOENT, NOENT, NOENT, INVAL, INVAL, NOENT},
	rfc1_map    = {INVAL, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, TOBIG},
	v2          = {INVAL, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, NOENT, TOBIG},
	v4          = {INVAL, NOENT, NOENT, NOENT, NOENT, NOENT, NOSUP, NOENT, TOBIG},
	v5          = {INVAL, NOENT, NOENT, NOENT, INVAL, INVAL, NOSUP, INVAL, TOBIG},
	v5_code     = {INVAL, NOENT, NOENT, NOENT, INVAL, INVAL, INVAL, INVAL, NOENT},
	v5_code_40  = {INVAL, NOENT, NOENT, NOENT, INVAL, INVAL, NOSUP, INVAL, NOENT},
	june        = {INVAL, NOENT, INVAL, NOENT, NOENT, INVAL, INVAL, INVAL, INVAL},
	v6_like     = {INVAL, NOENT, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL},
	objects_5_7 = {INVAL, NOENT, INVAL, INVAL, NOENT, NOENT, INVAL, INVAL, INVAL},
	/* compiled out */
	tsm_op_off  = {NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, TOBIG, NOSUP, TOBIG},
	off_40      = {INVAL, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, TOBIG},
	off_48      = {INVAL, NOSUP, NOSUP, NOSUP, NOSUP, NOSUP, INVAL, INVAL, NOSUP},
	rfc1_op_off = {NODEV, NODEV, NODEV, NODEV, NODEV, NODEV, TOBIG, NODEV, TOBIG},
	rfc1_off    = {INVAL, NODEV, NODEV, NODEV, NODEV, NODEV, INVAL, INVAL, NODEV},
	rfc1_map_off = {INVAL, NODEV, NODEV, NODEV, NODEV, NODEV, NODEV, NODEV, TOBIG},
	/* no kernel's */
	any_op      = {INVAL, NOENT, INVAL, NOENT, NOENT, NOENT, INVAL, INVAL, INVAL},
	odd_inval   = {INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL, INVAL},
	all_perm    = {EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM},
	all_acces   = {EACCES, EACCES, EACCES, EACCES, EACCES, EACCES, EACCES, EACCES, EACCES},
	all_nosys   = {ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS};
/* clang-format on */

struct kernel {
	const char *name;
	const int *at[3]; /* 0x95, 0x96, 0x97 */
	enum tsmreq_uapi row;
};

/* Every revision, whatever 0x95 is in the kernels that have moved away from it. */
static const struct kernel rows[] = {
	{"rfc1", {tsm_op, rfc1, rfc1_map}, TSMREQ_UAPI_RFC1},
	{"v2", {tsm_op, v2, absent}, TSMREQ_UAPI_V2},
	{"v4", {tsm_op, v4, absent}, TSMREQ_UAPI_V4},
	{"v5", {tsm_op, v5, absent}, TSMREQ_UAPI_V5},
	{"v5-code", {tsm_op, v5_code, absent}, TSMREQ_UAPI_V5_CODE},
	{"v5-code, minimum 40", {tsm_op, v5_code_40, absent}, TSMREQ_UAPI_V5_CODE},
	{"june", {tsm_op, june, absent}, TSMREQ_UAPI_JUNE},
	{"v6-like", {getpa_off, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-like, GET_PA looks up", {getpa_look, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-like, GET_PA checks", {getpa_check, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-like, GET_PA EINVAL", {getpa_inval, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-like, GET_PA EPERM", {getpa_perm, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-like, no GET_PA", {absent, tsm_op, v6_like}, TSMREQ_UAPI_V6_LIKE},
	{"v6-objects", {getpa_off, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"v6-objects, GET_PA looks up", {getpa_look, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"v6-objects, GET_PA checks", {getpa_check, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"v6-objects, GET_PA EINVAL", {getpa_inval, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"v6-objects, GET_PA EPERM", {getpa_perm, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"v6-objects, no GET_PA", {absent, tsm_op, objects_5_7}, TSMREQ_UAPI_V6_OBJECTS},
	{"cca-v7", {getpa_off, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
	{"cca-v7, GET_PA looks up", {getpa_look, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
	{"cca-v7, GET_PA checks", {getpa_check, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
	{"cca-v7, GET_PA EINVAL", {getpa_inval, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
	{"cca-v7, GET_PA EPERM", {getpa_perm, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
	{"cca-v7, no GET_PA", {absent, objects_5_7, absent}, TSMREQ_UAPI_CCA_V7},
};

/* An iommufd without the TSM ioctls. The numbers of intel-rfc1 are not looked at. */
static const struct kernel nones[] = {
	{.name = "no TSM", .at = {absent, absent, absent}},
	{.name = "GET_PA compiled out", .at = {getpa_off, absent, absent}},
	{.name = "GET_PA looks up", .at = {getpa_look, absent, absent}},
	{.name = "GET_PA checks", .at = {getpa_check, absent, absent}},
	{.name = "GET_PA EINVAL", .at = {getpa_inval, absent, absent}},
	{.name = "GET_PA EPERM", .at = {getpa_perm, absent, absent}},
};

/* Built without the TSM: as the revisions look then, and each sign of it alone. */
static const struct kernel offs[] = {
	{.name = "rfc1", .at = {rfc1_op_off, rfc1_off, rfc1_map_off}},
	{.name = "v2, v4, v5", .at = {tsm_op_off, off_40, absent}},
	{.name = "v5-code, june", .at = {tsm_op_off, off_48, absent}},
	{.name = "v6-like, v6-objects", .at = {getpa_off, tsm_op_off, off_48}},
	{.name = "v6-like, no GET_PA", .at = {absent, tsm_op_off, off_48}},
	{.name = "cca-v7", .at = {getpa_off, off_48, absent}},
	{.name = "cca-v7, no GET_PA", .at = {absent, off_48, absent}},
	{.name = "TSM_OP at 0x95", .at = {tsm_op_off, absent, absent}},
	{.name = "TSM_OP at 0x95, rfc1's errno", .at = {rfc1_op_off, absent, absent}},
	{.name = "TSM_OP at 0x96", .at = {absent, tsm_op_off, absent}},
	{.name = "40-byte request at 0x96", .at = {absent, off_40, absent}},
	{.name = "48-byte request at 0x96, rfc1's errno", .at = {absent, rfc1_off, absent}},
	{.name = "48-byte request at 0x97", .at = {absent, absent, off_48}},
	{.name = "48-byte request at 0x97, rfc1's errno", .at = {absent, absent, rfc1_off}},
};

/* What nobody has listed is not guessed at. */
static const struct kernel unknowns[] = {
	{.name = "cca-rfc-may", .at = {may_unbind, absent, absent}},
	{.name = "a filter: EPERM", .at = {all_perm, all_perm, all_perm}},
	{.name = "a filter: EACCES", .at = {all_acces, all_acces, all_acces}},
	{.name = "a filter: ENOSYS", .at = {all_nosys, all_nosys, all_nosys}},

	/* TSM_OP without a request */
	{.name = "bind alone at 0x95", .at = {tsm_op, absent, absent}},
	{.name = "bind alone at 0x96", .at = {absent, tsm_op, absent}},
	{.name = "bind alone at 0x96 beside GET_PA", .at = {getpa_off, tsm_op, absent}},
	{.name = "bind alone twice", .at = {tsm_op, tsm_op, absent}},
	{.name = "bind and rfc1's map", .at = {tsm_op, absent, rfc1_map}},
	{.name = "bind, request compiled out", .at = {tsm_op, off_48, absent}},
	{.name = "bind at 0x96, request compiled out", .at = {getpa_off, tsm_op, off_48}},

	/* two of a kind */
	{.name = "two TSM_OP before v6-like", .at = {tsm_op, tsm_op, v6_like}},
	{.name = "two TSM_OP before v6-objects", .at = {tsm_op, tsm_op, objects_5_7}},
	{.name = "two requests: june, v6-like", .at = {tsm_op, june, v6_like}},
	{.name = "two requests: june twice", .at = {tsm_op, june, june}},
	{.name = "two requests: v5, v6-objects", .at = {tsm_op, v5, objects_5_7}},
	{.name = "two requests: cca-v7, v6-objects", .at = {absent, objects_5_7, objects_5_7}},
	{.name = "two requests: 0x95, cca-v7", .at = {objects_5_7, objects_5_7, absent}},
	{.name = "two requests around TSM_OP", .at = {objects_5_7, tsm_op, objects_5_7}},
	/* two are not none: nothing is compiled out here */
	{.name = "two TSM_OP, request compiled out", .at = {tsm_op, tsm_op, off_48}},
	{.name = "two requests, another compiled out", .at = {objects_5_7, objects_5_7, off_48}},
	{.name = "three requests", .at = {objects_5_7, objects_5_7, objects_5_7}},

	/* a request where none was ever */
	{.name = "cca-v7 at 0x95", .at = {objects_5_7, absent, absent}},
	{.name = "june at 0x95", .at = {june, absent, absent}},
	{.name = "v6-like at 0x95", .at = {v6_like, absent, absent}},
	{.name = "june at 0x95, bind at 0x96", .at = {june, tsm_op, absent}},
	{.name = "v5-code at 0x95", .at = {v5_code, absent, absent}},
	{.name = "rfc1 at 0x95", .at = {rfc1, absent, absent}},
	{.name = "v5 at 0x95, bind at 0x96", .at = {v5, tsm_op, absent}},
	{.name = "v5 at 0x97", .at = {absent, tsm_op, v5}},
	{.name = "v5-code at 0x97", .at = {absent, tsm_op, v5_code}},
	{.name = "rfc1 at 0x97", .at = {tsm_op, absent, rfc1}},
	{.name = "v2 at 0x97 alone", .at = {absent, absent, v2}},
	{.name = "cca-v7 at 0x97", .at = {absent, absent, objects_5_7}},

	/* a request without the bind that goes with it, or with another's */
	{.name = "rfc1 without bind", .at = {absent, rfc1, rfc1_map}},
	{.name = "v2 without bind", .at = {absent, v2, absent}},
	{.name = "v4 without bind", .at = {getpa_off, v4, absent}},
	{.name = "v5 without bind", .at = {absent, v5, absent}},
	{.name = "v5-code without bind", .at = {getpa_look, v5_code, absent}},
	{.name = "june without bind", .at = {absent, june, absent}},
	{.name = "june beside GET_PA", .at = {getpa_off, june, absent}},
	{.name = "v6-like without bind", .at = {getpa_off, absent, v6_like}},
	{.name = "v6-like with bind at 0x95", .at = {tsm_op, absent, v6_like}},
	{.name = "v6-objects with bind at 0x95", .at = {tsm_op, absent, objects_5_7}},
	{.name = "cca-v7 with bind at 0x95", .at = {tsm_op, objects_5_7, absent}},
	{.name = "v6-like's numbering at 0x96", .at = {tsm_op, v6_like, absent}},
	{.name = "v6-like's numbering alone at 0x96", .at = {getpa_off, v6_like, absent}},
	{.name = "june's numbering at 0x97", .at = {getpa_off, tsm_op, june}},
	{.name = "no known numbering", .at = {absent, any_op, absent}},
	{.name = "no known numbering, bind at 0x95", .at = {tsm_op, any_op, absent}},
	{.name = "no known numbering, bind at 0x96", .at = {getpa_off, tsm_op, any_op}},

	/* 0x97 was never TSM_OP */
	{.name = "bind alone at 0x97", .at = {absent, absent, tsm_op}},
	{.name = "bind alone at 0x97 beside GET_PA", .at = {getpa_off, absent, tsm_op}},
	{.name = "june with bind at 0x97", .at = {absent, june, tsm_op}},
	{.name = "v5 with bind at 0x97", .at = {absent, v5, tsm_op}},

	/* compiled out, but not where it would mean the TSM */
	{.name = "48 bytes compiled out at 0x95", .at = {off_48, absent, absent}},
	{.name = "40 bytes compiled out at 0x97", .at = {absent, absent, off_40}},
	{.name = "rfc1's map compiled out alone", .at = {absent, absent, rfc1_map_off}},
	{.name = "TSM_OP compiled out at 0x97", .at = {absent, absent, tsm_op_off}},

	/* nothing of ours, but not nothing */
	{.name = "0x95 is no GET_PA", .at = {odd_inval, absent, absent}},
	{.name = "something at 0x96", .at = {absent, odd_inval, absent}},
	{.name = "something at 0x97", .at = {absent, absent, odd_inval}},
	{.name = "GET_PA at 0x96", .at = {absent, getpa_inval, absent}},
	{.name = "GET_PA at 0x97", .at = {absent, absent, getpa_inval}},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One run of the probe against a kernel. */
struct model {
	const struct kernel *kernel;
	int s;	    /* the answer to S: a positive errno */
	int odd_at; /* the send that is answered otherwise; -1: none */
	int odd_rc; /* with what */
	unsigned int sends;
	char letters[TSMREQ_PROBE_MAX + 1];
	unsigned int nr[TSMREQ_PROBE_MAX];
	int rc[TSMREQ_PROBE_MAX];
	struct tsmreq_probe probe;
};

static uint8_t argument_bytes[ARGUMENTS][WIRE_MAX];
static size_t argument_size[ARGUMENTS];

static int parse_arguments(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARGUMENTS; i++)
		argument_size[i] = wire_parse(arguments[i].bytes, argument_bytes[i]);
	return 0;
}

/* The letter these bytes are: all of them, to the last. */
static char letter_of(const uint8_t *arg)
{
	for (size_t i = 0; i < ARGUMENTS; i++)
		if (memcmp(arg, argument_bytes[i], argument_size[i]) == 0)
			return arguments[i].letter;
	fail_msg("an argument that is no letter: size %u", arg[0]);
	return 0;
}

static int true_answer(const struct model *m, unsigned int nr, char letter)
{
	if (letter == 'S') {
		assert_int_equal(nr, 0x80);
		return -m->s;
	}
	assert_in_range(nr, 0x95, 0x97);
	return -m->kernel->at[nr - 0x95][strchr(COLUMNS, letter) - COLUMNS];
}

static int submit(void *userdata, unsigned long cmd, void *arg)
{
	struct model *m = userdata;
	unsigned int i = m->sends++;
	unsigned int nr = (unsigned int)cmd & 0xff;

	assert_true(i < TSMREQ_PROBE_MAX);
	assert_int_equal(cmd, 0x3b00 | nr);
	assert_int_equal((uintptr_t)arg % 8, 0);
	m->letters[i] = letter_of(arg);
	m->nr[i] = nr;
	m->rc[i] = true_answer(m, nr, m->letters[i]);
	if ((int)i == m->odd_at)
		m->rc[i] = m->odd_rc;
	return m->rc[i];
}

static struct model run(const struct kernel *kernel, int s, int odd_at, int odd_rc)
{
	struct model m = {.kernel = kernel, .s = s, .odd_at = odd_at, .odd_rc = odd_rc};
	const struct tsmreq_transport transport = {
		.size = sizeof(transport), .submit = submit, .userdata = &m};

	memset(&m.probe, UNWRITTEN, sizeof(m.probe));
	tsmreq_rev_probe(&transport, &m.probe);
	return m;
}

static struct model ask(const struct kernel *kernel)
{
	return run(kernel, ENOENT, -1, 0);
}

static void assert_verdict(const struct kernel *kernel, enum tsmreq_verdict verdict)
{
	struct model m = ask(kernel);

	if (m.probe.verdict != verdict || m.probe.uapi != kernel->row)
		fail_msg("%s: verdict %d row %d instead of %d row %d", kernel->name,
			 (int)m.probe.verdict, (int)m.probe.uapi, (int)verdict, (int)kernel->row);
}

static void every_revision_is_told_by_its_answers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_verdict(&rows[i], TSMREQ_VERDICT_ROW);
}

static void a_kernel_without_the_ioctls_is_none_whatever_get_pa_is_like(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(nones); i++)
		assert_verdict(&nones[i], TSMREQ_VERDICT_NONE);
}

static void a_kernel_built_without_the_tsm_is_off(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(offs); i++)
		assert_verdict(&offs[i], TSMREQ_VERDICT_OFF);
}

static void what_nobody_listed_is_unknown(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(unknowns); i++)
		assert_verdict(&unknowns[i], TSMREQ_VERDICT_UNKNOWN);
}

/* It is not believed there, so it is no second one either. */
static void a_bind_at_0x97_takes_nothing_from_the_one_at_0x95(void **unused)
{
	static const struct kernel kernel = {
		"june and 0x97", {tsm_op, june, tsm_op}, TSMREQ_UAPI_JUNE};

	(void)unused;
	assert_verdict(&kernel, TSMREQ_VERDICT_ROW);
}

/* Every combination there is, of numbers, kinds of request and three answers: listed or no row. */
static const struct {
	int op_nr, request_nr; /* 0: none */
	const int *kind;
	const char *letters;
	int answers[3];
	enum tsmreq_uapi uapi;
} listed[] = {
	{0x95, 0x96, rfc1, "EFG", {ENOENT, ENOENT, EINVAL}, TSMREQ_UAPI_RFC1},
	{0x95, 0x96, v2, "EGH", {ENOENT, ENOENT, ENOENT}, TSMREQ_UAPI_V2},
	{0x95, 0x96, v2, "EGH", {ENOENT, EOPNOTSUPP, ENOENT}, TSMREQ_UAPI_V4},
	{0x95, 0x96, v2, "EGH", {EINVAL, EOPNOTSUPP, EINVAL}, TSMREQ_UAPI_V5},
	{0x95, 0x96, rfc1, "EFG", {EINVAL, EINVAL, EINVAL}, TSMREQ_UAPI_V5_CODE},
	{0x95, 0x96, rfc1, "EFG", {EINVAL, EINVAL, EOPNOTSUPP}, TSMREQ_UAPI_V5_CODE},
	{0x95, 0x96, june, "DEF", {ENOENT, ENOENT, EINVAL}, TSMREQ_UAPI_JUNE},
	{0x96, 0x97, june, "DEF", {EINVAL, EINVAL, EINVAL}, TSMREQ_UAPI_V6_LIKE},
	{0x96, 0x97, june, "DEF", {EINVAL, ENOENT, ENOENT}, TSMREQ_UAPI_V6_OBJECTS},
	{0, 0x96, june, "DEF", {EINVAL, ENOENT, ENOENT}, TSMREQ_UAPI_CCA_V7},
};

/* The kinds, by a kernel that is of it, and the letters that tell its revisions apart. */
static const struct {
	const int *kind;
	const char *letters;
} kinds[] = {{v2, "EGH"}, {rfc1, "EFG"}, {june, "DEF"}};

static enum tsmreq_uapi listed_as(int op_nr, int request_nr, const int *kind, const int *answers)
{
	for (size_t i = 0; i < COUNT(listed); i++)
		if (listed[i].op_nr == op_nr && listed[i].request_nr == request_nr &&
		    listed[i].kind == kind &&
		    memcmp(listed[i].answers, answers, sizeof(listed[i].answers)) == 0)
			return listed[i].uapi;
	return TSMREQ_UAPI_PROBE;
}

static void try_combination(int op_nr, int request_nr, size_t k, const int *answers)
{
	enum tsmreq_uapi want = listed_as(op_nr, request_nr, kinds[k].kind, answers);
	struct kernel kernel = {"a combination", {absent, absent, absent}, want};
	slot_answers request;
	struct model m;

	memcpy(request, kinds[k].kind, sizeof(request));
	for (size_t i = 0; i < 3; i++)
		request[strchr(COLUMNS, kinds[k].letters[i]) - COLUMNS] = answers[i];
	if (op_nr != 0)
		kernel.at[op_nr - 0x95] = tsm_op;
	kernel.at[request_nr - 0x95] = request;

	m = ask(&kernel);
	if ((m.probe.verdict == TSMREQ_VERDICT_ROW) != (want != TSMREQ_UAPI_PROBE) ||
	    m.probe.uapi != want)
		fail_msg("bind %#x request %#x %s = %d %d %d: verdict %d row %d instead of row %d",
			 (unsigned int)op_nr, (unsigned int)request_nr, kinds[k].letters,
			 answers[0], answers[1], answers[2], (int)m.probe.verdict,
			 (int)m.probe.uapi, (int)want);
}

static void no_combination_is_a_row_but_the_listed_ones(void **unused)
{
	static const int errnos[] = {ENOENT, EINVAL, EOPNOTSUPP, ENODEV, E2BIG, ENOTTY};
	static const int op_nrs[] = {0, 0x95, 0x96};

	(void)unused;
	for (size_t o = 0; o < COUNT(op_nrs); o++)
		for (int request_nr = 0x95; request_nr <= 0x97; request_nr++)
			for (size_t k = 0; k < COUNT(kinds); k++)
				for (size_t n = 0; n < 216; n++) {
					int answers[] = {errnos[n % 6], errnos[n / 6 % 6],
							 errnos[n / 36]};

					if (op_nrs[o] != request_nr)
						try_combination(op_nrs[o], request_nr, k, answers);
				}
}

/*
 * One answer of a whole run turned into another one. A number that is neither the row's bind nor
 * its request has no say; one that is cannot answer otherwise and stay the row. Exceptions: v5-code
 * answers G in two ways, and two pairs are one answer apart: v2 and v4, v5 and v5-code.
 */
static const struct {
	const int *truth;
	char letter;
	int rc;
	enum tsmreq_uapi row;
} one_apart[] = {
	{v2, 'G', -EOPNOTSUPP, TSMREQ_UAPI_V4},
	{v4, 'G', -ENOENT, TSMREQ_UAPI_V2},
	{v5, 'J', -ENOENT, TSMREQ_UAPI_V5_CODE},
	{v5_code_40, 'J', -E2BIG, TSMREQ_UAPI_V5},
	{v5_code, 'G', -EOPNOTSUPP, TSMREQ_UAPI_V5_CODE},
	{v5_code_40, 'G', -EINVAL, TSMREQ_UAPI_V5_CODE},
};

static bool has_a_say(enum tsmreq_uapi row, int nr)
{
	for (size_t i = 0; i < COUNT(listed); i++)
		if (listed[i].uapi == row && (listed[i].op_nr == nr || listed[i].request_nr == nr))
			return true;
	return false;
}

static enum tsmreq_uapi row_after(const struct kernel *kernel, unsigned int nr, char letter, int rc)
{
	for (size_t i = 0; i < COUNT(one_apart); i++)
		if (one_apart[i].truth == kernel->at[nr - 0x95] && one_apart[i].letter == letter &&
		    one_apart[i].rc == rc && kernel->row != TSMREQ_UAPI_PROBE)
			return one_apart[i].row;
	return has_a_say(kernel->row, (int)nr) ? TSMREQ_UAPI_PROBE : kernel->row;
}

static void assert_odd_answer(const struct kernel *kernel, const struct model *truth,
			      unsigned int i, int rc)
{
	struct model m = run(kernel, ENOENT, (int)i, rc);
	enum tsmreq_uapi want;

	if (i == 0) {
		assert_int_equal(m.probe.verdict, TSMREQ_VERDICT_NOT_IOMMUFD);
		assert_int_equal(m.probe.uapi, TSMREQ_UAPI_PROBE);
		return;
	}
	want = row_after(kernel, truth->nr[i], truth->letters[i], rc);
	if (m.probe.uapi != want ||
	    (m.probe.verdict == TSMREQ_VERDICT_ROW) != (want != TSMREQ_UAPI_PROBE))
		fail_msg("%s, %#x %c answers %d: verdict %d row %d instead of row %d", kernel->name,
			 truth->nr[i], truth->letters[i], rc, (int)m.probe.verdict,
			 (int)m.probe.uapi, (int)want);
}

#define LAST_ERRNO 133

static void flip_every_answer(const struct kernel *kernels, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		struct model truth = ask(&kernels[k]);

		for (unsigned int i = 0; i < truth.sends; i++)
			for (int e = 1; e <= LAST_ERRNO; e++)
				if (-e != truth.rc[i])
					assert_odd_answer(&kernels[k], &truth, i, -e);
	}
}

static void one_odd_answer_makes_no_row_another_but_those_one_answer_apart(void **unused)
{
	(void)unused;
	flip_every_answer(rows, COUNT(rows));
}

static void one_odd_answer_makes_no_row_of_a_kernel_without_tsm(void **unused)
{
	(void)unused;
	flip_every_answer(nones, COUNT(nones));
	flip_every_answer(offs, COUNT(offs));
}

static void stop_at_success(const struct kernel *kernels, size_t count)
{
	static const int successes[] = {0, 1, 40, INT32_MAX};

	for (size_t k = 0; k < count; k++) {
		unsigned int sends = ask(&kernels[k]).sends;

		for (unsigned int i = 1; i < sends; i++)
			for (size_t n = 0; n < COUNT(successes); n++) {
				struct model m = run(&kernels[k], ENOENT, (int)i, successes[n]);

				assert_int_equal(m.probe.verdict, TSMREQ_VERDICT_UNKNOWN);
				assert_int_equal(m.probe.uapi, TSMREQ_UAPI_PROBE);
				assert_int_equal(m.sends, i + 1);
			}
	}
}

static void a_success_ends_the_probe_at_once_as_unknown(void **unused)
{
	(void)unused;
	stop_at_success(rows, COUNT(rows));
	stop_at_success(nones, COUNT(nones));
	stop_at_success(offs, COUNT(offs));
	stop_at_success(unknowns, COUNT(unknowns));
}

static void without_enoent_to_s_it_is_no_iommufd_and_nothing_more_is_sent(void **unused)
{
	/* another file; a filter, three ways; success, which object 0 cannot have */
	static const int answers[] = {-ENOTTY, -EPERM,	-EACCES, -ENOSYS, -EBADF,
				      -EINVAL, -EFAULT, 0,	 1,	  INT32_MAX};

	(void)unused;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct model m = run(&rows[0], ENOENT, 0, answers[i]);

		assert_int_equal(m.probe.verdict, TSMREQ_VERDICT_NOT_IOMMUFD);
		assert_int_equal(m.probe.uapi, TSMREQ_UAPI_PROBE);
		assert_int_equal(m.sends, 1);
		assert_int_equal(m.probe.count, 1);
		assert_int_equal(m.probe.answers[0].name, 'S');
		assert_int_equal(m.probe.answers[0].cmd, 0x3b80);
		assert_int_equal(m.probe.answers[0].rc, answers[i]);
	}
}

/* Nothing is asked that no verdict needs, and 16 is the most. */
static void each_kernel_costs_what_it_needs(void **unused)
{
	static const struct {
		struct kernel kernel;
		const char *letters;
	} costs[] = {
		{{.at = {absent, absent, absent}}, "SAAA"},
		{{.at = {getpa_off, absent, absent}}, "SAAABCJ"},
		{{.at = {tsm_op, v5, absent}}, "SAAABCJBCJEGH"},
		{{.at = {tsm_op, v5_code, absent}}, "SAAABCJBCJEFG"},
		{{.at = {tsm_op, june, absent}}, "SAAABCJBCJDEF"},
		{{.at = {absent, objects_5_7, absent}}, "SAAABCJDEF"},
		{{.at = {getpa_off, tsm_op, objects_5_7}}, "SAAABCJBCJBCJDEF"},
		{{.at = {tsm_op, rfc1, rfc1_map}}, "SAAABCJBCJBCJEFG"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(costs); i++)
		assert_string_equal(ask(&costs[i].kernel).letters, costs[i].letters);
}

static void every_send_and_its_answer_are_in_the_report_and_nothing_else(void **unused)
{
	(void)unused;
	for (size_t k = 0; k < COUNT(rows); k++) {
		struct model m = ask(&rows[k]);

		assert_int_equal(m.probe.count, m.sends);
		for (unsigned int i = 0; i < m.sends; i++) {
			assert_int_equal(m.probe.answers[i].name, m.letters[i]);
			assert_int_equal(m.probe.answers[i].cmd, 0x3b00 | m.nr[i]);
			assert_int_equal(m.probe.answers[i].rc, m.rc[i]);
		}
		for (unsigned int i = m.sends; i < TSMREQ_PROBE_MAX; i++) {
			assert_int_equal(m.probe.answers[i].name, 0);
			assert_int_equal(m.probe.answers[i].cmd, 0);
			assert_int_equal(m.probe.answers[i].rc, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_revision_is_told_by_its_answers),
		cmocka_unit_test(a_kernel_without_the_ioctls_is_none_whatever_get_pa_is_like),
		cmocka_unit_test(a_kernel_built_without_the_tsm_is_off),
		cmocka_unit_test(what_nobody_listed_is_unknown),
		cmocka_unit_test(a_bind_at_0x97_takes_nothing_from_the_one_at_0x95),
		cmocka_unit_test(no_combination_is_a_row_but_the_listed_ones),
		cmocka_unit_test(one_odd_answer_makes_no_row_another_but_those_one_answer_apart),
		cmocka_unit_test(one_odd_answer_makes_no_row_of_a_kernel_without_tsm),
		cmocka_unit_test(a_success_ends_the_probe_at_once_as_unknown),
		cmocka_unit_test(without_enoent_to_s_it_is_no_iommufd_and_nothing_more_is_sent),
		cmocka_unit_test(each_kernel_costs_what_it_needs),
		cmocka_unit_test(every_send_and_its_answer_are_in_the_report_and_nothing_else),
	};

	return cmocka_run_group_tests_name("rev/probe", tests, parse_arguments, NULL);
}
