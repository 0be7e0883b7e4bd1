import { digest } from '@dragoman/plugin-sdk';

/**
 * Ids of calls in a conversation whose wire may have none: made from their place and content, so that the next turn,
 * which repeats the conversation, gives the same ones. Results find their call by id, by name, or by order.
 */
export interface CallBook {
  /** A new run of assistant messages: results that follow are theirs. */
  openTurn(): void;
  /** Notes a call; returns its id. */
  add(id: string | undefined, name: string, input: string, message: number, position: number): string;
  /** The id of the call a result is for; one nobody made gets an id of its own. */
  take(id: string | undefined, name: string | undefined, message: number): string;
}

export function createCallBook(): CallBook {
  let pending: { id: string; name: string }[] = [];
  const remove = (at: number): string | undefined => (at < 0 ? undefined : pending.splice(at, 1)[0]?.id);
  return {
    openTurn() {
      pending = [];
    },
    add(id, name, input, message, position) {
      const given = id ?? `call_${digest(`${message}\n${position}\n${name}\n${input}`, 24)}`;
      pending.push({ id: given, name });
      return given;
    },
    take(id, name, message) {
      if (id !== undefined) return remove(pending.findIndex((call) => call.id === id)) ?? id;
      const found = remove(name === undefined ? 0 : pending.findIndex((call) => call.name === name));
      return found ?? `call_${digest(`result\n${message}\n${name ?? ''}`, 24)}`;
    },
  };
}
