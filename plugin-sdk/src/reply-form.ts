import type {
  CanonicalEvent,
  CanonicalResponse,
  Citation,
  Finish,
  Part,
  PartDelta,
  PartStart,
  Usage,
} from './canonical.ts';
import type { Warning } from './translate.ts';

/** Fields of a part that not every dialect has a place for. */
export type PartDetail =
  | 'signature'
  | 'logprobs'
  | 'citations'
  | 'namespace'
  | 'filename'
  | 'title'
  | 'detail';

/**
 * What clients of a dialect are shown of a reply that came in another one: the details only. That a whole part has no
 * place is for the encoder to tell, which alone knows.
 */
export interface ReplyForm {
  /** The details shown of each kind of part. A kind that is missing is not looked at. */
  parts: { [Type in Part['type']]?: readonly PartDetail[] };
  /** What is shown of a citation that another service made. */
  citation: readonly Exclude<keyof Citation, 'opaque'>[];
  /** The counts there is a place for. */
  usage: readonly (keyof Usage)[];
  /** The reasons clients can tell apart. */
  finish: readonly Finish['reason'][];
  stopSequence?: boolean;
  /** True when clients are shown second and later answers. */
  candidates?: boolean;
  /** Tiers there is a word for; those of an ordinary request need none. */
  tiers?: readonly string[];
  /** False when a stream can name its tier only at its beginning. */
  endTiers?: boolean;
}
/** What `tellEvent` remembers of the parts of a stream: put it into the encoder's state. Survives JSON. */
export type ReplyWatch = { [index: string]: Part['type'] | undefined };

/** Tiers that say nothing was asked for. */
const ordinaryTiers: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'on_demand']);

/** Warns of every detail of a whole reply that `form` does not show. */
export function tellResponse(response: CanonicalResponse, form: ReplyForm, warnings: Warning[]): void {
  tellTier(response.serviceTier, form, warnings);
  tellAnswer(response, '', form, warnings);
  const { candidates = [] } = response;
  if (form.candidates !== true && candidates.length > 0) tellCandidates(warnings);
  else for (const [at, each] of candidates.entries()) tellAnswer(each, `/candidates/${at}`, form, warnings);
  tellUsage(response.usage, form, warnings);
}

/**
 * The same for one event of a stream. A part is named by its index, `/parts/<index>`, whichever answer it belongs to; a
 * detail that comes in many pieces is told with each, and counted once by the host.
 */
export function tellEvent(
  event: CanonicalEvent,
  form: ReplyForm,
  watch: ReplyWatch,
  warnings: Warning[],
): void {
  switch (event.type) {
    case 'part-delta': {
      if (isContent(event.delta)) return;
      const type = watch[event.index];
      if (type !== undefined) tellDelta(event.delta, type, `/parts/${event.index}`, form, warnings);
      return;
    }
    case 'part-start':
      if (event.candidate !== undefined && event.candidate > 0 && form.candidates !== true) {
        tellCandidates(warnings);
        return;
      }
      watch[event.index] = event.part.type;
      tellDetails(event.part, `/parts/${event.index}`, form, warnings);
      return;
    case 'part-end':
      delete watch[event.index];
      return;
    case 'usage':
      tellUsage(event.usage, form, warnings);
      return;
    case 'response-start':
      tellTier(event.serviceTier, form.endTiers === false ? { ...form, tiers: [] } : form, warnings);
      return;
    case 'finish':
      if (form.candidates !== true) tellCandidates(warnings);
      else tellFinish(event.finish, `/candidates/${event.candidate - 1}`, form, warnings);
      return;
    case 'response-end':
      tellTier(event.serviceTier, form.endTiers === false ? { ...form, tiers: [] } : form, warnings);
      tellFinish(event.finish, '', form, warnings);
      return;
    default:
  }
}

function isContent({ type }: PartDelta): boolean {
  return type !== 'signature' && type !== 'citation' && type !== 'logprobs';
}

function tellDelta(
  delta: PartDelta,
  type: Part['type'],
  path: string,
  form: ReplyForm,
  warnings: Warning[],
): void {
  const shown = form.parts[type];
  if (shown === undefined) return;
  if (delta.type === 'citation') {
    if (shown.includes('citations')) tellCitation(delta.citation, `${path}/citations`, form, warnings);
    else drop(warnings, `${path}/citations`, 'citations');
  } else if (delta.type === 'signature' || delta.type === 'logprobs') {
    if (!shown.includes(delta.type)) drop(warnings, `${path}/${delta.type}`, delta.type);
  }
}

function tellAnswer(
  { parts, finish }: { parts: Part[]; finish: Finish },
  path: string,
  form: ReplyForm,
  warnings: Warning[],
): void {
  for (const [at, part] of parts.entries()) {
    const here = `${path}/parts/${at}`;
    tellDetails(part, here, form, warnings);
    if (part.type !== 'text' || part.citations === undefined) continue;
    if (form.parts.text?.includes('citations') !== true) continue;
    for (const each of part.citations) tellCitation(each, `${here}/citations`, form, warnings);
  }
  tellFinish(finish, path, form, warnings);
}

function tellDetails(part: Part | PartStart, path: string, form: ReplyForm, warnings: Warning[]): void {
  const shown = form.parts[part.type];
  if (shown === undefined) return;
  if (part.type === 'tool-result') {
    const result = 'part' in part ? part.part : part;
    for (const name of lostDetails(result, shown)) drop(warnings, `${path}/${name}`, name);
    for (const [at, item] of result.output.entries()) {
      for (const name of lostDetails(item, shown)) drop(warnings, `${path}/output/${at}/${name}`, name);
    }
    return;
  }
  for (const name of lostDetails(part, shown)) drop(warnings, `${path}/${name}`, name);
}

const details = ['signature', 'logprobs', 'citations', 'namespace', 'filename', 'title', 'detail'] as const;

/** The details a part has and `shown` does not list. For requests too: what an encoder leaves out it warns of. */
export function lostDetails(part: Part | PartStart, shown: readonly PartDetail[]): PartDetail[] {
  const said = part as { [Name in PartDetail]?: unknown };
  return details.filter((name) => {
    const value = said[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0) && !shown.includes(name);
  });
}

const citationFields = ['url', 'title', 'quote', 'start', 'end'] as const;

function tellCitation(citation: Citation, path: string, form: ReplyForm, warnings: Warning[]): void {
  const lost: string[] = citationFields.filter(
    (name) => citation[name] !== undefined && !form.citation.includes(name),
  );
  // Only the service that wrote it can read the rest.
  if (citation.opaque !== undefined) lost.push('opaque');
  if (lost.length === 0) return;
  const message = `of a citation this is not shown: ${lost.join(', ')}`;
  warnings.push({ code: 'approximated', path, message });
}

function tellUsage(usage: Usage, form: ReplyForm, warnings: Warning[]): void {
  for (const name in usage) {
    const count = name as keyof Usage;
    if (count === 'raw' || usage[count] === 0 || usage[count] === undefined) continue;
    if (!form.usage.includes(count)) drop(warnings, `/usage/${count}`, count);
  }
}

function tellFinish(finish: Finish, path: string, form: ReplyForm, warnings: Warning[]): void {
  if (!form.finish.includes(finish.reason)) {
    const message = `clients of this dialect cannot tell '${finish.reason}' from other reasons`;
    warnings.push({ code: 'approximated', path: `${path}/finish/reason`, message });
  }
  if (finish.stopSequence !== undefined && form.stopSequence !== true)
    drop(warnings, `${path}/finish/stopSequence`, 'stopSequence');
}

function tellTier(tier: string | undefined, form: ReplyForm, warnings: Warning[]): void {
  if (tier === undefined || ordinaryTiers.has(tier) || form.tiers?.includes(tier)) return;
  drop(warnings, '/serviceTier', 'serviceTier');
}

function tellCandidates(warnings: Warning[]): void {
  warnings.push({
    code: 'dropped',
    path: '/candidates',
    message: 'a client of this dialect reads one answer',
  });
}

function drop(warnings: Warning[], path: string, name: string): void {
  warnings.push({ code: 'dropped', path, message: `a client of this dialect is not shown '${name}'` });
}
