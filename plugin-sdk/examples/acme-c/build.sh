#!/bin/sh
# Makes acme.wasm with clang and lld (Debian: apt install clang lld): sh build.sh [OUTPUT]
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -std=c17 -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=262144 -o "${1:-acme.wasm}" src/*.c
