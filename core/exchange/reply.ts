import { GatewayError } from '../errors/gateway-error.ts';
import type { ResponseOutput } from '../translate/runner.ts';
import type { AttemptJob } from './attempt-job.ts';
import { warningHeaders } from './loss.ts';
import type { Prepared } from './prepare.ts';
import { replyHeaders } from './reply-headers.ts';

/** An upstream's whole answer. Header names in lower case. */
export interface WholeReply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Writes a good whole answer to the client: as it came in pass-through, translated otherwise. */
export async function deliverWhole(job: AttemptJob, prepared: Prepared, whole: WholeReply): Promise<void> {
  if (job.plan.passThrough) {
    write(job, whole, whole.body, whole.headers['content-type'] ?? 'application/json');
    await tee(job, prepared, whole);
    return;
  }
  const { runner } = job.snapshot;
  const input = { status: whole.status, headers: translatorHeaders(job, whole.headers), body: whole.body };
  const made = runner.response(job.plan.response, input, job.context, prepared.memos);
  const output: ResponseOutput = made instanceof Promise ? await made : made;
  if (job.exchange.sink.closed) throw new GatewayError('GW_CLIENT_ABORTED');
  job.tally.warn(output.warnings);
  job.tally.used(output.usage, output.finish);
  write(job, whole, output.body, 'application/json');
}

function write(job: AttemptJob, whole: WholeReply, body: Buffer | string, contentType: string): void {
  const { sink } = job.exchange;
  if (sink.closed) throw new GatewayError('GW_CLIENT_ABORTED');
  const headers = replyHeaders(job, whole.headers);
  if (job.tally.warnings.length > 0) Object.assign(headers, warningHeaders(job.tally.warnings));
  headers['content-type'] = contentType;
  headers['content-length'] = String(Buffer.byteLength(body));
  job.tally.firstByte(whole.status);
  sink.head(whole.status, headers);
  sink.end(body);
}

/** Counts the tokens of an answer that went through untouched, after it was written. */
async function tee(job: AttemptJob, prepared: Prepared, whole: WholeReply): Promise<void> {
  if (job.plan.tee.response.length === 0) return;
  try {
    const input = { status: whole.status, headers: {}, body: whole.body };
    const run = await job.snapshot.runner.response(job.plan.tee.response, input, job.context, prepared.memos);
    job.tally.used(run.usage, run.finish);
  } catch {
    // The client has its answer; an answer that our decoder cannot read only goes uncounted.
  }
}

/** Only the upstream headers that the provider's or its dialect's manifest asks for reach a translator. */
export function translatorHeaders(job: AttemptJob, upstream: Record<string, string>): Record<string, string> {
  const picked: Record<string, string> = {};
  const { provider } = job.attempt;
  const dialect = job.snapshot.dialects.get(provider.dialect);
  pick(picked, upstream, provider.plugin.manifest.permissions?.responseHeaders);
  if (dialect !== undefined && dialect.plugin !== provider.plugin) {
    pick(picked, upstream, dialect.plugin.manifest.permissions?.responseHeaders);
  }
  return picked;
}

function pick(picked: Record<string, string>, upstream: Record<string, string>, names: string[] = []): void {
  for (const name of names) {
    const value = upstream[name];
    if (value !== undefined) picked[name] = value;
  }
}
