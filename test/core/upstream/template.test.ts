import t from 'tap';
import { compileTemplate, fillModel, fillParameters, fillTemplate } from '../../../core/upstream/template.ts';

t.test('a value in a host may only be part of a name', async (t) => {
  const fill = (region: string): string =>
    fillTemplate('https://{config.region}.acme.com', { region }, 'host', 'acme');
  t.equal(fill('eu-1'), 'https://eu-1.acme.com');
  for (const region of ['evil.com/', 'evil.com#', 'a@b', '-a', 'a..b', 'a b', 'x\\y', '']) {
    t.throws(() => fill(region), { code: 'GW_CONFIG_INVALID' }, region);
  }
});

t.test('a value in a header is kept as it is, and may not break out of it', async (t) => {
  t.equal(fillTemplate('v={config.v}', { v: 'a b/c' }, 'header', 'acme'), 'v=a b/c');
  t.throws(() => fillTemplate('{config.v}', { v: 'a\r\nx: y' }, 'header', 'acme'), {
    code: 'GW_CONFIG_INVALID',
  });
});

t.test('the model may stand in several places', async (t) => {
  const template = compileTemplate('/a/{model}/{config.v}/{model}', { v: true }, 'path', 'acme');
  t.equal(fillModel(template, 'x y'), '/a/x%20y/true/x%20y');
  t.equal(fillModel(compileTemplate('/plain', {}, 'path', 'acme'), 'x'), '/plain');
});

t.test('a value that looks like a mark is not filled again', async (t) => {
  const template = compileTemplate('/{config.v}/{model}', { v: '{model}' }, 'path', 'acme');
  t.equal(fillModel(template, 'm'), '/%7Bmodel%7D/m');
});

t.test("what stood in the client's path stays one segment of the upstream's", async (t) => {
  t.equal(fillParameters('/files/{path.id}/content', { id: 'a/../b?c' }), '/files/a%2F..%2Fb%3Fc/content');
  t.equal(fillParameters('/files', { id: 'a' }), '/files');
  t.equal(fillParameters('/x/{path.id}', undefined), '/x/{path.id}', 'a mark of another operation is text');
  for (const id of ['..', '.', '']) {
    t.throws(() => fillParameters('/files/{path.id}', { id }), { code: 'GW_CLIENT_BODY_INVALID' }, id);
  }
});
