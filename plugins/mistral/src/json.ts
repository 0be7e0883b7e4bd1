import { asksForSomething, type JsonObject, type Warning } from '@dragoman/plugin-sdk';

/**
 * Takes out of `object` what the service does not know: it answers 422 to any such field. A value that asks for nothing
 * goes without a word.
 */
export function keepKnown(
  object: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  warnings: Warning[],
): void {
  for (const name of Object.keys(object)) {
    if (known.has(name)) continue;
    const value = object[name];
    delete object[name];
    if (!asksForSomething(value)) continue;
    warnings.push({ code: 'dropped', path: `${path}/${name}`, message: `Mistral does not accept ${name}` });
  }
}
