#!/usr/bin/env node
// Plain, old-fashioned JavaScript: it must parse on every Node that may meet it, to say which one is needed.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    'dragoman needs Node.js 24 or later; this is ' + process.version + '. See https://nodejs.org/',
  );
  process.exit(1);
} else {
  // Compiled code, and in a clone the stripped types too, are kept beside the packages: a start loads them instead of
  // making them again (70 ms). Not in the shared /tmp, where somebody else could put code for us to run. A folder that
  // cannot be written costs nothing.
  import('node:module')
    .then((module) => {
      var cache = new URL('../node_modules/.cache/dragoman', import.meta.url);
      module.enableCompileCache(
        process.env.NODE_COMPILE_CACHE || process.getBuiltinModule('url').fileURLToPath(cache),
      );
      return import('./main.ts');
    })
    .then((main) => main.run(process.argv));
}
