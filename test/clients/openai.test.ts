import t from 'tap';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import { checkClient } from './suite.ts';

await checkClient(t, openaiChat);
await checkClient(t, openaiResponses);
