/** What a key that a person chose should have; `gateway.yaml` refuses shorter ones. */
export const goodKeyLength = 16;

/** Keys from documentation and examples of gateways and SDKs, which people copy and forget. */
const samples = new Set([
  'sk-1234567890abcdef',
  'sk-1234567890',
  'sk-12345678',
  'changeme',
  'change-me',
  'password',
  'passw0rd',
  '12345678',
  '123456789',
  '1234567890',
  '1234567890123456',
  'abcdefgh',
  'my-secret-key',
  'my-secret-api-key',
  'my-api-key',
  'secret-key',
  // AWS's documentation.
  'wjalrxutnfemi/k7mdeng/bpxrficyexamplekey',
]);
/** What documentation writes where a key belongs: `your-api-key`, `<API_KEY>`, `sk-xxxxxxxx`, `changeme123`. */
const placeholder =
  /^(sk-|sk-ant-|gsk_|dgm_)?(your|my[-_](secret|api)|change[-_]?me|replace|insert|placeholder|example|secret[-_]?key|api[-_]?key|x{4}|\*{4}|\.{3}|<|12345|abcdef)/i;

/** Was this key copied from documentation? Such keys were abused on public hosts: nobody may use one. */
export function isSampleKey(key: string): boolean {
  return samples.has(key.toLowerCase()) || placeholder.test(key);
}
