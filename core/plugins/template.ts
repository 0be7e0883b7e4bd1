import type { JsonObject } from '@dragoman/plugin-sdk';

/** Fills `{config.NAME}` of a base URL; values are percent-encoded. A property without a value leaves a hole: null. */
export function expandTemplate(template: string, config: JsonObject): string | null {
  let isComplete = true;
  const filled = template.replace(/\{config\.([^{}]*)\}/g, (_, name: string) => {
    const value = config[name];
    if (value === undefined || value === null || value === '') isComplete = false;
    return encodeURIComponent(String(value ?? ''));
  });
  return isComplete ? filled : null;
}

/**
 * Every host (with its port, if it names one) a base URL can stand for. A placeholder of an enum gives each of its
 * values; any other gives `*`, which only a pattern with a wildcard there allows.
 */
export function possibleHosts(template: string, properties: Record<string, JsonObject>): string[] {
  const authority = /^https?:\/\/([^/?#]*)/.exec(template)?.[1] ?? '';
  let hosts = [''];
  for (const [index, piece] of authority.split(/\{config\.([^{}]*)\}/).entries()) {
    const pieces = index % 2 === 0 ? [piece] : valuesOf(properties[piece]);
    hosts = hosts.flatMap((host) => pieces.map((value) => host + value));
  }
  return hosts.map((host) => host.toLowerCase());
}

function valuesOf(property: JsonObject | undefined): string[] {
  const { enum: values } = property ?? {};
  if (Array.isArray(values)) return values.map(String);
  // Without a dot, a slash or an @ a value cannot leave the label it stands in.
  return typeof property?.pattern === 'string' ? ['*'] : ['*.*'];
}
