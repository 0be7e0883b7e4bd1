/** What Node.js and browsers have, and a translator has to do without. */
const missing: ReadonlySet<string> = new Set([
  'AbortController',
  'Atomics',
  'Blob',
  'Buffer',
  'FinalizationRegistry',
  'Intl',
  'SharedArrayBuffer',
  'URL',
  'URLSearchParams',
  'WeakRef',
  'WebAssembly',
  'crypto',
  'fetch',
  'performance',
  'process',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Says why a name that is there elsewhere is not there in the sandbox. */
export function explainMissing(message: string): string {
  const [, name = ''] = /^'?(\w+)'? is not defined$/.exec(message) ?? [];
  return missing.has(name)
    ? `${message}: the sandbox has the JavaScript language, and nothing of Node.js or of browsers`
    : message;
}
