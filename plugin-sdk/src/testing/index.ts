export { checkGrammar } from '../grammar-rules.ts';
export * from './compare.ts';
export * from './conformance.ts';
export { type Fact, requestFacts, responseFacts } from './facts.ts';
export * from './fixtures.ts';
export { type Finding, type Law, type LawName, laws, type Subject } from './laws.ts';
export { type PurityReport, watchGlobals } from './purity.ts';
export * from './recording.ts';
export * from './run.ts';
