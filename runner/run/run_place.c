#include "runner/run/run_place.h"

#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>

int run_place_format(int run_fd, const char *path, const struct run_owner *owner, unsigned n_above,
	char **ret_text, struct error *error)
{
	struct stat status;
	char *text;

	if (fstat(run_fd, &status) < 0)
		return error_set_errno(error, errno, "cannot look up %s", path);
	text = string_format("%" PRIu64 " %" PRIu64 " %u %u %u %s", (uint64_t)status.st_dev,
		(uint64_t)status.st_ino, owner->uid, owner->gid, n_above, path);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot record %s", path);
	*ret_text = text;
	return 0;
}

/* The number before the next blank; *text is what follows that. */
static int take_number(const char **text, uint64_t max, uint64_t *ret_number)
{
	if (parse_leading_u64(text, ret_number) < 0 || **text != ' ' || *ret_number > max)
		return -EBADMSG;
	(*text)++;
	return 0;
}

int run_place_parse(const char *text, struct run_place *ret_place, struct error *error)
{
	uint64_t device, inode, uid, gid, n_above;
	const char *rest = text;

	if (take_number(&rest, UINT64_MAX, &device) < 0 ||
		take_number(&rest, UINT64_MAX, &inode) < 0 ||
		take_number(&rest, UINT32_MAX - 1, &uid) < 0 ||
		take_number(&rest, UINT32_MAX - 1, &gid) < 0 ||
		take_number(&rest, PATH_MAX, &n_above) < 0 || *rest != '/')
		return error_set(error, EBADMSG, "\"%.64s\" does not name a run's folder", text);
	*ret_place = (struct run_place){
		.device = device,
		.inode = inode,
		.owner = {.uid = (uid_t)uid, .gid = (gid_t)gid},
		.n_above = (unsigned)n_above,
		.path = rest,
	};
	return 0;
}

int run_place_open(const struct run_place *place, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_close)
	int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot open %s", place->path);
	if (status.st_dev != place->device || status.st_ino != place->inode)
		return error_set(error, ESTALE,
			"%s is not the folder that the run made: it was moved or replaced, and is "
			"left as it is",
			place->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
