#include "backends/backend.h"
#include "util/text.h"

char *backend_requirement_describe(const struct backend_requirement *requirement)
{
	if (requirement->program)
		return string_format("program %s", requirement->program);
	return string_format("Python module %s", requirement->python_module);
}
