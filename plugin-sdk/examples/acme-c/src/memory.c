#include "memory.h"

extern uint8_t __heap_base;
static uintptr_t next;

void memory_reset(void) { next = (uintptr_t)&__heap_base; }

void *memory_take(size_t bytes) {
  uintptr_t start = (next + 7) & ~(uintptr_t)7;
  next = start + bytes;
  uintptr_t size = (uintptr_t)__builtin_wasm_memory_size(0) << 16;
  if (next < start) __builtin_trap();
  if (next > size) {
    uintptr_t pages = (next - size + 65535) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
  }
  return (void *)start;
}

/* The compiler writes calls of these two by itself. */
void *memcpy(void *to, const void *from, size_t length) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (length-- > 0) *target++ = *source++;
  return to;
}

void *memset(void *to, int byte, size_t length) {
  uint8_t *target = to;
  while (length-- > 0) *target++ = (uint8_t)byte;
  return to;
}
