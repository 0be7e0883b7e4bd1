import { type ChatTarget, chat } from '../helpers/chat.ts';
import { wordPattern } from '../modules/versioned.ts';

export interface Load {
  /** Replies read to their end so far. */
  readonly done: number;
  /** What was wrong, one line for each reply that was not as it must be. */
  readonly failures: string[];
  /** Versions that answered. */
  readonly versions: ReadonlySet<string>;
  /** Begins nothing new; resolves when everything under way has ended. */
  stop(): Promise<void>;
}

/** Words of a stream, by the turn of its loop: short ones, and one that outlives several swaps. */
const lengths = [4, 12, 1, 30, 90];

/** So many loops that ask the versioned plugin `id` again and again: most for streams, one for whole replies. */
export function startLoad(target: ChatTarget, id: string, loops = 8): Load {
  const failures: string[] = [];
  const versions = new Set<string>();
  let done = 0;
  let isStopped = false;

  async function ask(stream: boolean, words: number): Promise<void> {
    const { status, text, finish, error } = await chat(target, {
      model: `${id}/toy`,
      stream,
      max_tokens: words,
    });
    const said = text.trim().split(' ');
    const [first = ''] = said;
    if (status !== 200 || error !== null) failures.push(`status ${status}: ${error}`);
    else if (finish !== 'stop') failures.push(`cut after ${said.length} of ${words} words`);
    else if (said.length !== words) failures.push(`${said.length} words in place of ${words}`);
    else if (!wordPattern.test(first)) failures.push(`half a change: ${first}`);
    else if (said.some((word) => word !== first)) failures.push(`several versions: ${[...new Set(said)]}`);
    else versions.add(first.split('.')[0] ?? '');
    done++;
  }
  async function loop(index: number): Promise<void> {
    for (let turn = index; !isStopped && failures.length < 20; turn++) {
      const isStream = index !== 0;
      await ask(isStream, isStream ? (lengths[turn % lengths.length] ?? 1) : 3).catch((thrown: unknown) => {
        failures.push(String(thrown));
      });
    }
  }
  const running = Promise.all(Array.from({ length: loops }, (_, index) => loop(index)));
  return {
    get done() {
      return done;
    },
    failures,
    versions,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
