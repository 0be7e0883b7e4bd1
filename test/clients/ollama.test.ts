import t from 'tap';
import { ollamaChat } from './ollama-chat.ts';
import { checkClient } from './suite.ts';

await checkClient(t, ollamaChat);
