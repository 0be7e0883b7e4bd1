export * from './base64.ts';
export type * from './canonical.ts';
export * from './closed-schema.ts';
export * from './define.ts';
export { dispatch, findTranslator } from './dispatch.ts';
export * from './fold.ts';
export {
  checkGrammar,
  createGrammarChecker,
  type GrammarChecker,
  type GrammarFault,
  takesDelta,
} from './grammar-rules.ts';
export * from './ids.ts';
export * from './image-type.ts';
export type * from './json.ts';
export * from './json-shape.ts';
export type * from './manifest.ts';
export * from './pair-calls.ts';
export {
  lostDetails,
  type PartDetail,
  type ReplyForm,
  type ReplyWatch,
  tellEvent,
  tellResponse,
} from './reply-form.ts';
export * from './request-place.ts';
export * from './signature-envelope.ts';
export * from './tool-choice.ts';
export * from './tool-memo.ts';
export * from './translate.ts';
export { unfoldDeltas, unfoldResponse, unfoldStart } from './unfold.ts';
export * from './upstream-errors.ts';
export * from './warnings.ts';
export type * from './wire.ts';
