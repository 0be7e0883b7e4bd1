import { fileURLToPath } from 'node:url';
import type { TranslateFunction } from '@dragoman/plugin-sdk';
import type {
  BaseContext,
  ModuleLimits,
  ModuleRef,
  RequestInput,
  TranslateStep,
} from '../../../core/translate/runner.ts';

export const limits: ModuleLimits = {
  memoryMb: 64,
  timeoutMs: 1_000,
  maxInputKb: 1_000,
  maxOutputKb: 1_000,
  maxStateKb: 64,
};

export function toy(name: string, changes: Partial<ModuleRef> = {}): ModuleRef {
  return {
    id: `${name}@1`,
    plugin: name,
    file: fileURLToPath(new URL(`./toys/${name}.ts`, import.meta.url)),
    format: 'esm',
    tier: 'worker',
    limits,
    checked: false,
    ...changes,
  };
}

export const echo = toy('echo');

export function echoStep(name: TranslateFunction, memoOf?: number): TranslateStep {
  return {
    type: 'translate',
    module: echo,
    target: 'dialect:echo',
    function: name,
    config: { extra: 7 },
    memoOf,
  };
}
export const echoRequest = [echoStep('decodeRequest'), echoStep('encodeRequest')];
export const echoResponse = [echoStep('decodeResponse', 1), echoStep('encodeResponse', 0)];
export const echoStream = [echoStep('decodeStream', 1), echoStep('encodeStream', 0)];

export const context: BaseContext = {
  requestId: 'request-1',
  now: 1_700_000_000_000,
  operation: 'chat',
  model: { id: 'model-1', input: ['text'], output: ['text'], features: [] },
  provider: { id: 'p', family: 'f', dialect: 'echo', options: {} },
  client: { dialect: 'echo' },
};

export function requestOf(body: unknown): RequestInput {
  return { path: {}, query: {}, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}
