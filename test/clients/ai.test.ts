import t from 'tap';
import { aiAnthropic, aiGoogle, aiOpenai, aiOpenaiChat } from './ai.ts';
import { checkClient } from './suite.ts';

for (const connect of [aiOpenai, aiOpenaiChat, aiAnthropic, aiGoogle]) await checkClient(t, connect);
