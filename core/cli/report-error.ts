import { GatewayError } from '../errors/gateway-error.ts';
import { explainFileError } from '../files/file-error.ts';

/** A command that cannot do its work: what and where in the message, what to do about it in the hint. */
export interface Failure {
  message: string;
  hint?: string;
}
const failure = Symbol('failure');

/** Makes the error that ends a command with exit code 1 and two plain lines. */
export function failWith(message: string, hint?: string): Error & Failure {
  return Object.assign(new Error(message), { hint, [failure]: true });
}

/** Prints an error in one or two lines and returns the exit code. With DRAGOMAN_DEBUG set, the stack too. */
export function reportError(error: unknown): number {
  const { message, hint } = explain(error);
  process.stderr.write(`dragoman: ${plain(message)}\n${hint === undefined ? '' : `  ${plain(hint)}\n`}`);
  if (process.env.DRAGOMAN_DEBUG) process.stderr.write(`${stackOf(error)}\n`);
  return 1;
}

/** What a stranger wrote (a manifest, an archive, npm) may be in it: nothing of it moves the cursor. */
function plain(text: string): string {
  return text.replace(
    /(?!\n)[\p{Cc}\p{Cf}]/gu,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function explain(error: unknown): Failure {
  if (GatewayError.is(error)) {
    const [first, ...more] = error.message.split('\n');
    const rest = more.length === 0 ? '' : `, and ${more.length} more`;
    return { message: `${first}${rest} (${error.code})`, hint: hintOf(error) };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  if (failure in error) return { message: error.message, hint: (error as Error & Failure).hint };
  const refused = explainFileError(error);
  if (refused?.path !== undefined) return { message: `${refused.path}: ${refused.reason}` };
  if ((error as NodeJS.ErrnoException).syscall === 'uv_cwd')
    return { message: 'the working directory is no longer there', hint: 'change to one that is' };
  return { message: error.message, hint: 'set DRAGOMAN_DEBUG=1 to see where this comes from' };
}

function hintOf(error: GatewayError): string | undefined {
  switch (error.code) {
    case 'GW_CONFIG_INVALID':
      return hintOfFile(String(error.details.file));
    case 'GW_CONFIG_REFERENCE_MISSING':
      return checkHint;
    default:
      return undefined;
  }
}

const checkHint = 'dragoman check lists everything that is wrong with the configuration';

/** Of keys `dragoman check` knows nothing. */
function hintOfFile(file: string): string | undefined {
  if (file === 'DRAGOMAN_KEY' || file.startsWith('the variable ')) return undefined;
  if (!file.endsWith('keys.json')) return checkHint;
  return 'put back a copy, or move it away and make new keys: dragoman keys add NAME';
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
