import type { MediaPart } from '@dragoman/plugin-sdk';
import { imageSize } from './image-size.ts';

/** Anthropic's published rule: pixels / 750, after the longer side was brought down to this. */
const longestSide = 1568;
const pixelsPerToken = 750;
/** OpenAI's published figure for an image with `detail: low`, and the least any image costs here. */
const lowDetail = 85;
/** An image at an address, whose size is not known: about one of 1,092 x 1,092 pixels. */
const unknownImage = 1_590;
/** Text and picture of a page: Anthropic says 1,500 to 3,000. */
const perPage = 2_250;
/** For a document whose pages cannot be counted. */
const bytesPerPage = 100_000;
/** Gemini's published figures for a second of sound and of film. */
const perSecond = { audio: 32, video: 263 };
/** Common rates: 128 kbit/s for sound, 1 Mbit/s for film. */
const bytesPerSecond = { audio: 16_000, video: 125_000 };
/** A sound or film of unknown length is taken for one of this many seconds. */
const unknownSeconds = 60;

/** Tokens of an image, a document, a sound or a film, by the services' published rules. An estimate. */
export function mediaTokens(part: MediaPart): number {
  const data = part.source.type === 'base64' ? Buffer.from(part.source.data, 'base64') : null;
  const [kind] = part.mediaType.split('/', 1);
  switch (kind) {
    case 'image':
      return imageTokens(part, data);
    case 'audio':
    case 'video': {
      const seconds = data === null ? unknownSeconds : Math.ceil(data.length / bytesPerSecond[kind]);
      return seconds * perSecond[kind];
    }
    default:
      return (data === null ? 1 : countPages(data)) * perPage;
  }
}

function imageTokens(part: MediaPart, data: Buffer | null): number {
  if (part.detail === 'low') return lowDetail;
  const size = data === null ? null : imageSize(data);
  if (size === null) return unknownImage;
  const scale = Math.min(1, longestSide / Math.max(size.width, size.height));
  const pixels = size.width * scale * size.height * scale;
  return Math.max(lowDetail, Math.min(unknownImage, Math.ceil(pixels / pixelsPerToken)));
}

/** Page objects stand in the open in older files; in packed ones the size has to tell. */
function countPages(data: Buffer): number {
  const pages = data.toString('latin1').match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0;
  return pages > 0 ? pages : Math.max(1, Math.ceil(data.length / bytesPerPage));
}
