#include "backends/backend.h"
#include "util/text.h"

char *backend_requirement_describe(const struct backend_requirement *requirement)
{
	if (requirement->program)
		return string_format("program %s", requirement->program);
	return string_format("Python module %s", requirement->python_module);
}

char *backend_requirement_remedy(const struct backend_requirement *requirement)
{
	if (!requirement->debian_since)
		return string_format("apt-get install %s", requirement->debian_package);
	return string_format("%s; since Debian %s also: apt-get install %s", requirement->otherwise,
		requirement->debian_since, requirement->debian_package);
}
