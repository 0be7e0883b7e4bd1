/** Takes the paths of one plugin, one by one; says in words what is wrong with one, or nothing. */
export type NameCheck = (path: string, isFolder: boolean) => string | undefined;

const maxPathBytes = 240;
const maxNameBytes = 128;
const maxDepth = 12;
/** Devices of Windows, with any extension. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;

/**
 * A plugin's files must be the same files on every machine: no path that leads out of the folder, none that some system
 * reads as something else, and no two that some file system takes for one.
 */
export function createNameCheck(): NameCheck {
  /** By what a file system that folds case and Unicode forms would make of it. */
  const seen = new Map<string, { path: string; isFolder: boolean; isListed: boolean }>();

  function add(path: string, isFolder: boolean, isListed: boolean): string | undefined {
    const key = path.normalize('NFKC').toUpperCase().toLowerCase();
    const known = seen.get(key);
    if (known === undefined) {
      seen.set(key, { path, isFolder, isListed });
      return undefined;
    }
    if (known.path !== path) return `${show(known.path)} and ${show(path)} are one name on some machines`;
    if (known.isFolder !== isFolder) return `${show(path)} is both a file and a folder`;
    if (!isFolder && known.isListed) return `${show(path)} is there twice`;
    return undefined;
  }

  return (path, isFolder) => {
    const fault = explainBadPath(path);
    if (fault !== undefined) return `${show(path)} ${fault}`;
    const names = path.split('/');
    for (let depth = 1; depth < names.length; depth++) {
      const clash = add(names.slice(0, depth).join('/'), true, false);
      if (clash !== undefined) return clash;
    }
    return add(path, isFolder, true);
  };
}

function explainBadPath(path: string): string | undefined {
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'leads out of the folder';
  if (Buffer.byteLength(path) > maxPathBytes) return `is longer than ${maxPathBytes} bytes`;
  const names = path.split('/');
  if (names.length > maxDepth) return `is nested deeper than ${maxDepth} folders`;
  for (const name of names) {
    const fault = explainBadName(name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function explainBadName(name: string): string | undefined {
  if (name === '..') return 'leads out of the folder';
  if (name === '' || name === '.') return 'is not in its shortest form';
  if (Buffer.byteLength(name) > maxNameBytes) return `has a name longer than ${maxNameBytes} bytes`;
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\ufffd\\:*?"<>|]/u.test(name))
    return 'has a character no file name should have';
  if (!name.isWellFormed() || name !== name.normalize('NFC'))
    return 'is not written in the normal form of Unicode';
  if (/[. ]$/.test(name) || reserved.test(name)) return 'is a name that Windows reads otherwise';
  return undefined;
}

/** On one line, whatever is in it. */
function show(path: string): string {
  const short = path.length > 120 ? `${path.slice(0, 120)}...` : path;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
