import t from 'tap';
import { langchainAnthropic, langchainOpenai } from './langchain.ts';
import { checkClient } from './suite.ts';

for (const connect of [langchainOpenai, langchainAnthropic]) await checkClient(t, connect);
