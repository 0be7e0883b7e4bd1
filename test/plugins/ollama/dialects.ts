import { join } from 'node:path';
import plugin from '../../../plugins/ollama/src/index.ts';

/** What clients and servers of `/api/chat` and `/api/embed` speak. */
export const chat = plugin.dialects.ollama;
/** The routes that take a prompt, with the way to a server, which both share. */
export const prompt = { ...plugin.dialects.ollama, ...plugin.dialects['ollama-prompt'] };
export const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'ollama', 'fixtures');
