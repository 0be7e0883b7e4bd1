import t from 'tap';
import { anthropicMessages } from './anthropic-messages.ts';
import { checkClient } from './suite.ts';

await checkClient(t, anthropicMessages);
