#include "runner/store/hdf5_driver.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h> /* defines the driver types in newer versions */
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Half the range of off_t, so that an address plus a size never overflows. */
#define MAXIMUM_ADDRESS ((haddr_t)1 << 62)

/* The content of the property list, which the library copies bytewise. */
struct driver_config {
	struct hdf5_io *io;
};

struct driver_file {
	H5FD_t library_part; /* first: the library only sees this */
	struct hdf5_io *io;
	haddr_t end_of_allocation;
	haddr_t end_of_file;
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t maximum)
{
	const struct driver_config *config = H5Pget_driver_info(access);
	struct driver_file *file;
	struct stat status;

	(void)name;
	(void)flags;
	(void)maximum;
	/* An external link, or the source of a virtual dataset, would get the same descriptor. */
	if (!config || config->io->open || fstat(config->io->fd, &status) < 0)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->io = config->io;
	file->io->open = true;
	file->end_of_file = (haddr_t)status.st_size;
	return &file->library_part;
}

/* The descriptor stays open: it is not ours. */
static herr_t driver_close(H5FD_t *file)
{
	((struct driver_file *)file)->io->open = false;
	free(file);
	return 0;
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
	(void)file;
	*flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
		 H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
		 H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
	return 0;
}

static haddr_t driver_get_end_of_allocation(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return ((const struct driver_file *)file)->end_of_allocation;
}

static herr_t driver_set_end_of_allocation(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
	(void)type;
	((struct driver_file *)file)->end_of_allocation = address;
	return 0;
}

static haddr_t driver_get_end_of_file(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return ((const struct driver_file *)file)->end_of_file;
}

/* Zeros beyond the end of the file: the library allocates before it writes. */
static herr_t driver_read(
	H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer)
{
	struct hdf5_io *io = ((struct driver_file *)file)->io;
	size_t got = 0;

	(void)type;
	(void)transfer;
	while (got < size) {
		ssize_t n = pread(io->fd, (char *)buffer + got, size - got, (off_t)(address + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO,
				H5E_READERROR, "cannot read: errno = %d", errno);
			return -1;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	memset((char *)buffer + got, 0, size - got);
	return 0;
}

static int write_at(int fd, const char *data, size_t size, off_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, data, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data += n;
		size -= (size_t)n;
		offset += n;
	}
	return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
	size_t size, const void *buffer)
{
	struct driver_file *self = (struct driver_file *)file;

	(void)type;
	(void)transfer;
	if (!self->io->write_error)
		self->io->write_error = write_at(self->io->fd, buffer, size, (off_t)address);
	if (address + size > self->end_of_file)
		self->end_of_file = address + size;
	return 0;
}

/* Called before a flush and a close: sets the file's length to the library's allocated size. */
static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
	struct driver_file *self = (struct driver_file *)file;

	(void)transfer;
	(void)closing;
	if (self->end_of_file == self->end_of_allocation)
		return 0;
	if (!self->io->write_error && ftruncate(self->io->fd, (off_t)self->end_of_allocation) < 0)
		self->io->write_error = errno;
	self->end_of_file = self->end_of_allocation;
	return 0;
}

static const H5FD_class_t driver_class = {
#ifdef H5FD_CLASS_VERSION
	.version = H5FD_CLASS_VERSION,
	.value = 300, /* in the range for private use */
#endif
	.name = "memcg-run",
	.maxaddr = MAXIMUM_ADDRESS,
	.fc_degree = H5F_CLOSE_STRONG,
	.fapl_size = sizeof(struct driver_config),
	.open = driver_open,
	.close = driver_close,
	.query = driver_query,
	.get_eoa = driver_get_end_of_allocation,
	.set_eoa = driver_set_end_of_allocation,
	.get_eof = driver_get_end_of_file,
	.read = driver_read,
	.write = driver_write,
	.truncate = driver_truncate,
	.fl_map = H5FD_FLMAP_DICHOTOMY,
};

/*
 * The driver is registered once and never removed. H5FD_close (1.10.8) releases it before it calls
 * the driver's own close: without another reference the driver would be used after it was freed, as
 * valgrind shows.
 */
hid_t hdf5_driver_access(struct hdf5_io *io)
{
	static hid_t driver = H5I_INVALID_HID;
	const struct driver_config config = {.io = io};
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);

	if (driver < 0 || H5Iis_valid(driver) <= 0)
		driver = H5FDregister(&driver_class);
	/* Strong: closing the file also closes objects that an error left open. */
	if (access < 0 || driver < 0 || H5Pset_driver(access, driver, &config) < 0 ||
		H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0) {
		if (access >= 0)
			H5Pclose(access);
		access = H5I_INVALID_HID;
	}
	return access;
}
