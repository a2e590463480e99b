/* What results mean: part of runner/experiment/experiment.h, apart since the sections ask too. */

#include "runner/experiment/experiment.h"

#include <errno.h>

bool experiment_is_system_error(int result)
{
	return result == -ENOSPC || result == -ENOMEM || result == -EMFILE || result == -ENFILE;
}
