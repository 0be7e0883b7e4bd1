/* Memory that is only ever taken: each call begins with all of it free again. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void memory_reset(void);
/* Never fails: a plugin that asks for more than it was granted ends in a trap, which the host turns into an error. */
void *memory_take(size_t bytes);
