import type { Path } from '../config/positions.ts';

/** One thing that is wrong with a manifest, and where. */
export interface ManifestFault {
  path: Path;
  part?: 'key' | 'value';
  message: string;
  /** It asks for something it may not have. */
  isPermission?: true;
}
