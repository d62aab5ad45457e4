/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sized.h"
#include "host/sysfs.h"

/* From a PCI function to its TSM, that TSM's driver, and so the architecture. */

#define ROOT_DEFAULT "/sys"
#define FUNCTIONS    "bus/pci/devices"
#define TSMS	     "class/tsm"

struct reader {
	int root;
	struct tsmreq_host_device *device;
};

struct path {
	char text[TSMREQ_HOST_FAULT_SIZE];
};

/* An attribute of a PCI function, of a TSM. Names are short: it always fits. */
static struct path path_of(const char *folder, const char *name, const char *attribute)
{
	struct path ret;

	snprintf(ret.text, sizeof(ret.text), "%s/%s%s", folder, name, attribute);
	return ret;
}

static int blame(const struct reader *reader, const struct path *path, int r)
{
	if (r < 0)
		memcpy(reader->device->fault, path->text, sizeof(path->text));
	return r;
}

static int read_attribute(const struct reader *reader, const char *name, const char *attribute,
			  char ret[TSMREQ_HOST_NAME_SIZE])
{
	struct path path = path_of(FUNCTIONS, name, attribute);

	return blame(reader, &path, tsmreq_sysfs_read_name(reader->root, path.text, ret));
}

static enum tsmreq_host_answer answer(int there, const char *name)
{
	if (!there)
		return TSMREQ_HOST_UNKNOWN;
	return name[0] ? TSMREQ_HOST_YES : TSMREQ_HOST_NO;
}

static int read_answer(const struct reader *reader, const char *attribute,
		       enum tsmreq_host_answer *ret)
{
	char name[TSMREQ_HOST_NAME_SIZE];
	int r = read_attribute(reader, reader->device->name, attribute, name);

	if (r >= 0)
		*ret = answer(r, name);
	return r;
}

/* ---- the phases */

static int find_function(const struct reader *reader)
{
	struct tsmreq_host_device *device = reader->device;
	struct path path = path_of(FUNCTIONS, device->name, "");
	int r = tsmreq_sysfs_has(reader->root, path.text);

	if (r <= 0)
		return blame(reader, &path, r < 0 ? r : -ENODEV);
	path = path_of(FUNCTIONS, device->name, "/tsm");
	r = blame(reader, &path, tsmreq_sysfs_has(reader->root, path.text));
	if (r > 0)
		device->capable = TSMREQ_HOST_YES;
	return r;
}

/* Another function may be connected on this one's behalf: it is the DSM's connection that counts.
 */
static int read_connection(const struct reader *reader)
{
	struct tsmreq_host_device *device = reader->device;
	char canonical[TSMREQ_HOST_NAME_SIZE];
	const char *manager = device->name;
	struct path path;
	int r;

	r = read_attribute(reader, device->name, "/tsm/dsm", device->dsm);
	if (r < 0)
		return r;
	if (device->dsm[0]) {
		path = path_of(FUNCTIONS, device->name, "/tsm/dsm");
		if (tsmreq_host_parse_name(device->dsm, canonical) < 0)
			return blame(reader, &path, -EBADMSG);
		manager = device->dsm;
	}
	r = read_attribute(reader, manager, "/tsm/connect", device->tsm);
	if (r >= 0)
		device->connected = answer(r, device->tsm);
	return r;
}

static enum tsmreq_arch arch_of(const char *driver)
{
	if (strcmp(driver, "ccp") == 0)
		return TSMREQ_ARCH_SEV;
	if (strcmp(driver, "arm_cca_host") == 0 || strncmp(driver, "arm-cca", 7) == 0)
		return TSMREQ_ARCH_CCA;
	return (enum tsmreq_arch)0;
}

static enum tsmreq_host_role role_of(const char *mode)
{
	if (strcmp(mode, "link") == 0)
		return TSMREQ_HOST_ROLE_LINK;
	if (strcmp(mode, "devsec") == 0)
		return TSMREQ_HOST_ROLE_DEVSEC;
	return TSMREQ_HOST_ROLE_UNKNOWN;
}

static int read_tsm(const struct reader *reader)
{
	struct tsmreq_host_device *device = reader->device;
	struct path path = path_of(TSMS, device->tsm, "/device/driver");
	char mode[TSMREQ_HOST_NAME_SIZE];
	int r;

	r = blame(reader, &path, tsmreq_sysfs_read_link(reader->root, path.text, device->driver));
	if (r < 0)
		return r;
	device->arch = arch_of(device->driver);
	path = path_of(TSMS, device->tsm, "/pci_mode");
	r = blame(reader, &path, tsmreq_sysfs_read_name(reader->root, path.text, mode));
	if (r < 0)
		return r;
	/* only link TSMs connect: kernels without the attribute have no others */
	device->role = r ? role_of(mode) : TSMREQ_HOST_ROLE_LINK;
	return 0;
}

static int read_all(const struct reader *reader)
{
	int r = find_function(reader);

	if (r >= 0)
		r = read_connection(reader);
	if (r >= 0 && reader->device->tsm[0])
		r = read_tsm(reader);
	if (r >= 0)
		r = read_answer(reader, "/tsm/bound", &reader->device->bound);
	if (r >= 0)
		r = read_answer(reader, "/authenticated", &reader->device->authenticated);
	return r < 0 ? r : 0;
}

/* ---- the calls */

static int open_root(const struct tsmreq_host_opts *opts)
{
	struct tsmreq_host_opts ours;
	int r = tsmreq_sized_copy(&ours, sizeof(ours), sizeof(ours.size), opts);

	return r < 0 ? r : tsmreq_sysfs_open(ours.root ? ours.root : ROOT_DEFAULT);
}

int tsmreq_host_read_device(const char *name, const struct tsmreq_host_opts *opts,
			    struct tsmreq_host_device *ret)
{
	struct reader reader = {.device = ret};
	int r;

	if (ret == NULL)
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	if (tsmreq_host_parse_name(name, ret->name) < 0)
		return -EINVAL;
	reader.root = open_root(opts);
	if (reader.root < 0)
		return reader.root;
	r = read_all(&reader);
	close(reader.root);
	return r;
}

int tsmreq_host_walk(const struct tsmreq_host_opts *opts, tsmreq_host_fn fn, void *userdata)
{
	int root;
	int r;

	if (fn == NULL)
		return -EINVAL;
	root = open_root(opts);
	if (root < 0)
		return root;
	r = tsmreq_sysfs_walk(root, FUNCTIONS, fn, userdata);
	close(root);
	return r;
}
