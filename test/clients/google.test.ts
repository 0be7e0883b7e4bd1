import t from 'tap';
import { googleGenai } from './google-genai.ts';
import { checkClient } from './suite.ts';

await checkClient(t, googleGenai);
