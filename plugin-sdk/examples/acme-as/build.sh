#!/bin/sh
# Makes acme.wasm with the AssemblyScript compiler (npm install --save-dev assemblyscript): sh build.sh [OUTPUT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# A trap needs no message: a module that imports `abort` is not let into the sandbox.
npx --no-install asc "$here/assembly/index.ts" --outFile "${1:-$here/acme.wasm}" -O3 --runtime minimal --use abort=
