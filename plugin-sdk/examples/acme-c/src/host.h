/* What the sandbox gives a plugin: its input, a place for its output, and nothing else. */
#pragma once
#include <stdint.h>

#define HOST(name) __attribute__((import_module("extism:host/env"), import_name(#name))) name

/* Length of the call's input, and 1 or 8 of its bytes. */
extern uint64_t HOST(input_length)(void);
extern uint8_t HOST(input_load_u8)(uint64_t offset);
extern uint64_t HOST(input_load_u64)(uint64_t offset);
/* A block of the host's memory for the output, and how it is filled and handed over. */
extern uint64_t HOST(alloc)(uint64_t length);
extern void HOST(store_u8)(uint64_t offset, uint8_t byte);
extern void HOST(store_u64)(uint64_t offset, uint64_t eight);
extern void HOST(output_set)(uint64_t offset, uint64_t length);
