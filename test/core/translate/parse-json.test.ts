import t from 'tap';
import { parseJson } from '../../../core/translate/parse-json.ts';

t.test('a key __proto__ is left out, whichever of its letters are escaped', async (t) => {
  const key = '__proto__';
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  for (let chosen = 0; chosen < 2 ** key.length; chosen++) {
    const spelled = [...key].map((letter, at) => ((chosen >> at) & 1 ? escaped(letter) : letter)).join('');
    for (const spelling of [spelled, spelled.replaceAll('f', 'F')]) {
      const parsed = parseJson(`{"a":{"${spelling}":{"x":1},"b":2}}`);
      if (JSON.stringify(parsed) !== '{"a":{"b":2}}') t.fail(spelling);
    }
  }
  t.pass();
});

t.test('what only looks like it stays', async (t) => {
  const text = String.raw`{"__proto":1,"proto__":2,"a":["__proto__","\u005f\u005f","__main__ == \"__proto__\""]}`;
  t.same(parseJson(text), JSON.parse(text));
});
