const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not read or write it',
  EPERM: 'this user may not do that',
  EEXIST: 'something else has this name',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk space of this user is used up',
  EROFS: 'the disk is read-only',
};

/** What the file system refused, in words, and where if it says so; undefined for what is no error of it. */
export function explainFileError(error: unknown): { path?: string; reason: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path } = error as NodeJS.ErrnoException;
  const known = reasons[code];
  if (known === undefined) return undefined;
  const reason = `${known} (${code})`;
  return path === undefined ? { reason } : { path, reason };
}
