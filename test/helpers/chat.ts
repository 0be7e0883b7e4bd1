/** Where and as whom to ask. */
export interface ChatTarget {
  url: string;
  key: string;
}
export interface ChatBody {
  model: string;
  stream?: boolean;
  max_tokens?: number;
  [field: string]: unknown;
}
export interface ChatReply {
  status: number;
  headers: Headers;
  /** What the model said. */
  text: string;
  /** How the stream or the reply ended: its `finish_reason`; `error` after an error event; null when it was cut. */
  finish: string | null;
  /** The code or message of an error, in the body or in the stream. */
  error: string | null;
}

interface Chunk {
  choices?: { delta?: { content?: string }; message?: { content?: string }; finish_reason?: string | null }[];
  error?: { message: string; type: string; code: string | null };
}

/** Asks in OpenAI's dialect; the request itself, its answer unread. */
export function postChat(
  { url, key }: ChatTarget,
  body: ChatBody,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], ...body }),
    signal,
  });
}

/** Asks in OpenAI's dialect and reads the answer to its end. A connection that breaks is an answer that was cut. */
export async function chat(target: ChatTarget, body: ChatBody): Promise<ChatReply> {
  const response = await postChat(target, body);
  const { status, headers } = response;
  let text = '';
  let isCut = false;
  try {
    text = await response.text();
  } catch {
    isCut = true;
  }
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const read = isStream ? readStream(text) : readWhole(text);
  return { status, headers, ...read, finish: isCut ? null : read.finish };
}

function readWhole(text: string): Pick<ChatReply, 'text' | 'finish' | 'error'> {
  const { choices, error } = JSON.parse(text || '{}') as Chunk;
  const choice = choices?.[0];
  return {
    text: choice?.message?.content ?? '',
    finish: choice?.finish_reason ?? null,
    error: error === undefined ? null : `${error.code}: ${error.message}`,
  };
}

/** Reads the events of a chat stream; `finish` only counts when `[DONE]` came after it. */
export function readStream(text: string): Pick<ChatReply, 'text' | 'finish' | 'error'> {
  const read: Pick<ChatReply, 'text' | 'finish' | 'error'> = { text: '', finish: null, error: null };
  let finish: string | null = null;
  for (const frame of text.split('\n\n')) {
    if (!frame.startsWith('data: ')) continue;
    const payload = frame.slice('data: '.length);
    if (payload === '[DONE]') {
      read.finish = finish;
      continue;
    }
    const { choices, error } = JSON.parse(payload) as Chunk;
    if (error !== undefined) {
      read.error = `${error.code}: ${error.message}`;
      finish = 'error';
    }
    read.text += choices?.[0]?.delta?.content ?? '';
    finish = choices?.[0]?.finish_reason ?? finish;
  }
  if (read.error !== null) read.finish = 'error';
  return read;
}
