/** What a translator reached for although it must not. */
export interface PurityReport<Value> {
  value: Value;
  /** `Math.random()`, `Date.now()`, `globalThis.x (added)`, ... */
  touched: string[];
}

/**
 * Calls `work` while the clock, randomness, timers and network of this thread report every use, and compares the
 * global names before and after. Only for tests, and only for synchronous work.
 */
export function watchGlobals<Value>(work: () => Value): PurityReport<Value> {
  const touched = new Set<string>();
  const before = new Set(Object.getOwnPropertyNames(globalThis));
  const restore = [
    replace(Math, 'random', touched, 'Math.random()'),
    replace(performance, 'now', touched, 'performance.now()'),
    replace(crypto, 'getRandomValues', touched, 'crypto.getRandomValues()'),
    replace(crypto, 'randomUUID', touched, 'crypto.randomUUID()'),
    replace(globalThis, 'fetch', touched, 'fetch()'),
    replace(globalThis, 'setTimeout', touched, 'setTimeout()'),
    replace(globalThis, 'queueMicrotask', touched, 'queueMicrotask()'),
    watchDate(touched),
  ];
  try {
    const value = work();
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (!before.has(name)) touched.add(`globalThis.${name} (added)`);
    }
    return { value, touched: [...touched] };
  } finally {
    for (const undo of restore) undo();
  }
}

function replace(owner: object, name: string, touched: Set<string>, label: string): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return () => undefined;
  const watched = function (this: unknown, ...values: unknown[]): unknown {
    touched.add(label);
    return Reflect.apply(original, owner, values);
  };
  Object.defineProperty(owner, name, { value: watched, configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, own);
  };
}

/** `new Date(ms)` is arithmetic; `new Date()` and `Date.now()` read the clock. */
function watchDate(touched: Set<string>): () => void {
  const original = globalThis.Date;
  globalThis.Date = new Proxy(original, {
    construct(target, values) {
      if (values.length === 0) touched.add('new Date()');
      return Reflect.construct(target, values) as Date;
    },
    apply(target) {
      touched.add('Date()');
      return target();
    },
    get(target, name) {
      if (name === 'now') touched.add('Date.now()');
      return Reflect.get(target, name) as unknown;
    },
  });
  return () => {
    globalThis.Date = original;
  };
}
