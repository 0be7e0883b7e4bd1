import { type Frame, isObject, type StreamTranslator } from '@dragoman/plugin-sdk';
import { adaptReply } from './adapt-reply.ts';

/** Chunk by chunk, with nothing to remember. */
export const adaptStream: StreamTranslator<Frame, Frame> = ({ items }) => {
  const adapted = items.map((frame) =>
    isObject(frame.data) ? { ...frame, data: adaptReply(frame.data, 'delta') } : frame,
  );
  return { output: { state: null, items: adapted } };
};
