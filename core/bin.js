#!/usr/bin/env node
// Plain, old-fashioned JavaScript: it must parse on every Node that may meet it, to say which one is needed.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    'dragoman needs Node.js 24 or later; this is ' + process.version + '. See https://nodejs.org/',
  );
  process.exit(1);
} else {
  import('./main.ts').then((main) => main.run(process.argv));
}
