import type { CanonicalRequest, MediaPart, Message, ToolResultPart } from '@dragoman/plugin-sdk';

/** The answer in words: what the user said, what media came with it and what tools answered. */
export function composeEcho(request: CanonicalRequest): string {
  const user = lastUserMessage(request.messages);
  const said = userText(user);
  const media = describeMedia(user);
  const sentences = ["This is Dragoman's offline model."];
  if (said !== '') sentences.push(`You said: ${said}`);
  if (media !== '') sentences.push(media);
  for (const result of toolResults(lastTurn(request.messages))) sentences.push(describeResult(result));
  if (sentences.length === 1) sentences.push('There was no text to repeat.');
  return sentences.join(' ');
}

/** The text of the last message in which the user speaks; tool results alone are not speech. */
export function lastUserText(request: CanonicalRequest): string {
  return userText(lastUserMessage(request.messages));
}

/** What the model is asked to react to: the messages after the assistant's last word, system text left out. */
export function lastTurn(messages: Message[]): Message[] {
  const turn: Message[] = [];
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined || message.role === 'assistant') break;
    if (message.role !== 'system') turn.unshift(message);
  }
  return turn;
}

export function toolResults(turn: Message[]): ToolResultPart[] {
  return turn.flatMap((message) => message.parts.filter((part) => part.type === 'tool-result'));
}

function lastUserMessage(messages: Message[]): Message | undefined {
  return messages.findLast(
    (message) =>
      message.role === 'user' && message.parts.some((part) => part.type === 'text' || part.type === 'media'),
  );
}

function userText(message: Message | undefined): string {
  if (message === undefined) return '';
  const texts: string[] = [];
  for (const part of message.parts) if (part.type === 'text') texts.push(part.text);
  return texts.join('\n');
}

function describeMedia(message: Message | undefined): string {
  const counts = new Map<string, number>();
  for (const part of message?.parts ?? []) {
    if (part.type === 'media') counts.set(mediaWord(part), (counts.get(mediaWord(part)) ?? 0) + 1);
  }
  const words = Array.from(counts, ([word, count]) => `${count} ${word}${count > 1 ? 's' : ''}`);
  return words.length === 0 ? '' : `[${words.join(', ')}]`;
}

function mediaWord(part: MediaPart): string {
  const kind = part.mediaType.split('/')[0];
  return kind === 'image' || kind === 'video' ? kind : kind === 'audio' ? 'recording' : 'document';
}

function describeResult(result: ToolResultPart): string {
  const texts = result.output.map((part) =>
    part.type === 'text' ? part.text : part.type === 'json' ? JSON.stringify(part.value) : `[${part.type}]`,
  );
  const who = result.name === undefined ? 'The tool' : `The tool ${result.name}`;
  return `${who} ${result.isError === true ? 'failed' : 'answered'}: ${texts.join('\n')}`;
}
