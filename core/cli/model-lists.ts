import { createListStore } from '../discovery/list-store.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import type { Finding } from './finding.ts';

/** What services last said of their models, as the gateway noted it in its state directory. Nobody is asked. */
export function checkModelLists(snapshot: Snapshot, dataDir: string, now: number): Finding[] {
  const store = createListStore();
  store.open(dataDir);
  return [...snapshot.providers.values()].flatMap((provider): Finding[] => {
    const about = `models of ${provider.name}`;
    const { listed, failed } = store.entry(provider) ?? {};
    const known =
      listed === undefined ? undefined : `${listed.models.length} listed ${ageOf(now - listed.at)}`;
    if (failed !== undefined) {
      const kept = known === undefined ? '' : `; in use: ${known}`;
      const message = `could not be read ${ageOf(now - failed.at)}: ${failed.reason}${kept}`;
      return [{ state: 'note', about, message }];
    }
    return known === undefined ? [] : [{ state: 'good', about, message: known }];
  });
}

function ageOf(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 120) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours ago` : `${Math.round(hours / 24)} days ago`;
}
