import { digest } from '@dragoman/plugin-sdk';

/**
 * Calls of a conversation that wait for their results. Many clients send neither with an id; then a result answers the
 * oldest waiting call of its name.
 */
export interface CallLedger {
  /** The id of a call that came without one: the same conversation always gives the same. */
  makeId(name: string, input: string): string;
  addCall(id: string, name: string): void;
  /** The call a result with this id answers; its name, if the call was seen. */
  claim(id: string): string | undefined;
  /** The call a result of this name answers. A result without a name answers the oldest call of all. */
  take(name: string): { id: string; name: string };
}

interface WaitingCall {
  id: string;
  name: string;
}

export function createCallLedger(): CallLedger {
  const waiting: WaitingCall[] = [];
  let calls = 0;
  let orphans = 0;
  const remove = (at: number): WaitingCall | undefined => (at < 0 ? undefined : waiting.splice(at, 1)[0]);
  return {
    makeId(name, input) {
      return `call_${digest(`${calls++}\n${name}\n${input}`, 24)}`;
    },
    addCall(id, name) {
      waiting.push({ id, name });
    },
    claim(id) {
      return remove(waiting.findIndex((call) => call.id === id))?.name;
    },
    take(name) {
      const call = remove(name === '' ? 0 : waiting.findIndex((each) => each.name === name));
      return call ?? { id: `call_${digest(`orphan ${orphans++}\n${name}`, 24)}`, name };
    },
  };
}
