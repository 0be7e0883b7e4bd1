/** What a start tells the person in front of it. */
export interface Started {
  /** Where clients reach it. */
  url: string;
  /** The key just made, to be shown this once; null when there were keys already. */
  newKey: string | null;
  /** True when DRAGOMAN_KEY is set. */
  hasEnvironmentKey: boolean;
  /** Providers that are on, with why. */
  providers: readonly { name: string; reason: string }[];
  /** Plugins that could not be used as they are. */
  troubled: readonly { id: string; state: string }[];
  dataDir: string;
}

/** Lines for standard output, with a curl line that works as it is copied. */
export function describeStart(started: Started): string {
  const { url, newKey, hasEnvironmentKey, providers, troubled, dataDir } = started;
  const lines = [
    `Dragoman listens at ${url}`,
    `On: ${providers.map(describeProvider).join(', ') || 'no provider'}`,
  ];
  if (troubled.length > 0) {
    lines.push(
      `Not as it should be: ${troubled.map(({ id, state }) => `${id} (${state})`).join(', ')}; see dragoman plugins`,
    );
  }
  if (newKey !== null) {
    lines.push('', `Your key: ${newKey}`, `It is shown once: only its digest is kept, in ${dataDir}.`);
  } else if (!hasEnvironmentKey)
    lines.push('', 'Put one of your keys in DRAGOMAN_KEY, or make one: dragoman keys add NAME');
  const model = providers.some(({ name }) => name === 'offline')
    ? 'offline/chat'
    : `${providers[0]?.name ?? 'PROVIDER'}/MODEL`;
  lines.push('', 'Try it:', curlLine(reachable(url), newKey ?? '$DRAGOMAN_KEY', model));
  return lines.join('\n');
}

function describeProvider({ name, reason }: { name: string; reason: string }): string {
  return `${name} (${reason})`;
}

/** "All addresses" is one to listen on, not one to connect to. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//localhost:');
}

function curlLine(url: string, key: string, model: string): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello' }] });
  return `curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '${body}'`;
}
