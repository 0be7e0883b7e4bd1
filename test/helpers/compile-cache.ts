import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of what many a test file costs is stripping types and compiling, again and again for every process. The variable
// is for the commands and gateways that tests start; the folder is the one `core/bin.js` uses.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/dragoman', import.meta.url),
);
enableCompileCache();
