import type { Message, Part } from '@dragoman/plugin-sdk';
import fc from 'fast-check';
import t from 'tap';
import { decode, encode } from './run.ts';

const words = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() !== '');
const text: fc.Arbitrary<Part> = words.map((each) => ({ type: 'text', text: each }));
const image: fc.Arbitrary<Part> = fc.base64String({ minLength: 4, maxLength: 8 }).map((data) => ({
  type: 'media',
  mediaType: 'image/png',
  source: { type: 'base64', data },
}));
const thinking: fc.Arbitrary<Part> = words.map((each) => ({ type: 'reasoning', text: each }));
const input = fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null)));
const turn = fc.record({
  asked: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 4 }),
  said: fc.array(fc.oneof(text, thinking), { maxLength: 4 }),
  calls: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), input }), { maxLength: 3 }),
});

/** A conversation in which every call is answered, in the same order or in the other. */
const conversation = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([turns, isReversed]) =>
    turns.flatMap(({ asked, said, calls }, at): Message[] => {
      const made = calls.map((call, index): Part => {
        const id = `call_${at}_${index}`;
        return {
          type: 'tool-call',
          id,
          name: call.name,
          kind: 'function',
          input: JSON.stringify(call.input),
        };
      });
      const results = calls.map((_, index): Part => {
        const output = [{ type: 'text' as const, text: `result ${at} ${index}` }];
        return { type: 'tool-result', callId: `call_${at}_${index}`, output };
      });
      if (isReversed) results.reverse();
      return [
        { role: 'user', parts: asked },
        { role: 'assistant', parts: [...said, ...made] },
        ...results.map((part): Message => ({ role: 'tool', parts: [part] })),
      ];
    }),
  );

/** Everything said, in order: neighbours of one kind may have become one. */
function contentOf(messages: Message[]): string[] {
  const said: string[] = [];
  for (const { role, parts } of messages) {
    for (const part of parts) {
      if (part.type === 'text') said.push(`${role} says ${part.text}`);
      else if (part.type === 'reasoning') said.push(`thinks ${part.text}`);
      else if (part.type === 'media') said.push(`shows ${JSON.stringify(part.source)}`);
      else if (part.type === 'tool-call') said.push(`calls ${part.id} ${part.name} ${part.input}`);
      else if (part.type === 'tool-result')
        said.push(`answers ${part.callId} ${JSON.stringify(part.output)}`);
    }
  }
  return said;
}

/** Neighbours of one kind in one message, joined as the wire joins them. */
function join(messages: Message[]): Message[] {
  return messages.map(({ role, parts }) => {
    const joined: Part[] = [];
    for (const part of parts) {
      const last = joined.at(-1);
      if (part.type === 'text' && last?.type === 'text') last.text += `\n\n${part.text}`;
      else if (part.type === 'reasoning' && last?.type === 'reasoning') last.text += `\n\n${part.text}`;
      else joined.push({ ...part });
    }
    return { role, parts: joined };
  });
}

t.test('any conversation reaches the server whole and in order', (t) => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const { body, warnings } = encode({ messages });
      t.strictSame(warnings, []);
      t.strictSame(contentOf(decode(body).messages), contentOf(join(messages)));
    }),
    { numRuns: 200 },
  );
  t.end();
});

t.test('without ids, results in the order of their calls still find them', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }), (names) => {
      const calls = names.map((name) => ({ function: { name, arguments: {} } }));
      const results = names.map((name) => ({ role: 'tool', tool_name: name, content: '' }));
      const { messages } = decode({
        model: 'm',
        messages: [{ role: 'assistant', content: '', tool_calls: calls }, ...results],
      });
      const made = messages[0]?.parts.map((part) => part.type === 'tool-call' && part.id);
      const found = messages.slice(1).map(({ parts: [part] }) => part?.type === 'tool-result' && part.callId);
      t.strictSame(found, made);
    }),
    { numRuns: 100 },
  );
  t.end();
});
