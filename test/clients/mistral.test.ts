import t from 'tap';
import { mistralChat } from './mistral-chat.ts';
import { checkClient } from './suite.ts';

await checkClient(t, mistralChat);
