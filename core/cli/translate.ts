import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { JsonObject, Operation } from '@dragoman/plugin-sdk';
import { loadSnapshot } from './load-snapshot.ts';
import type { PlaceOptions } from './place.ts';
import { type Preview, preview } from './preview.ts';
import { print, printJson } from './print.ts';
import { failWith } from './report-error.ts';

interface TranslateOptions extends PlaceOptions {
  from: string;
  to: string;
  operation: Operation;
  json?: boolean;
}

export async function translate(file: string, options: TranslateOptions): Promise<number> {
  const body = parseBody(file, file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  const loaded = await loadSnapshot(options);
  try {
    const { from, to, operation } = options;
    const shown = await preview({ from, to, operation, body }, loaded.snapshot);
    if (options.json) printJson({ from, to, operation, ...shown });
    else printPreview(shown, options);
    return 0;
  } finally {
    await loaded.close();
  }
}

function parseBody(file: string, source: string): JsonObject {
  const name = file === '-' ? 'standard input' : file;
  let body: unknown;
  try {
    body = JSON.parse(source);
  } catch (error) {
    throw failWith(
      `${name} is not JSON: ${(error as Error).message}`,
      'give the body of a request, as a client sends it',
    );
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  throw failWith(`${name} holds no JSON object`, 'give the body of a request, as a client sends it');
}

function printPreview(
  { canonical, upstream, warnings, passThrough }: Preview,
  { from, to }: TranslateOptions,
): void {
  print(`canonical form, read as ${from}:\n${JSON.stringify(canonical, null, 2)}\n`);
  if (upstream === null) print(`${to} answers inside the gateway: nothing would be sent.\n`);
  else {
    const how = passThrough ? " (same dialect: the client's own bytes, but for what differs here)" : '';
    print(`body ${to} would get${how}:\n${JSON.stringify(upstream.body, null, 2)}\n`);
    if (upstream.headers !== undefined) print(`headers: ${JSON.stringify(upstream.headers)}\n`);
    if (upstream.query !== undefined) print(`query: ${JSON.stringify(upstream.query)}\n`);
  }
  if (warnings.length === 0) print('warnings: none; nothing is lost');
  else
    print(`warnings:\n${warnings.map((each) => `  ${each.code} ${each.path}: ${each.message}`).join('\n')}`);
}
