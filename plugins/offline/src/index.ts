import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import { respond } from './respond.ts';

export default { locals: { offline: { respond } } } satisfies ProviderPlugin;
