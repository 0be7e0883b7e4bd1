/** Takes from this thread what no plugin needs. It makes mishaps smaller; against malice there is the sandbox. */
export function hardenThread(readable: readonly string[]): void {
  // Node lets every thread under --permission read the working directory, where keys may lie (seen in 26.10).
  const workingDirectory = process.cwd();
  if (process.permission !== undefined && !readable.includes(workingDirectory)) {
    process.permission.drop('fs.read', workingDirectory);
  }
  // What one plugin adds to every object, all others on this thread would find in theirs.
  for (const shared of [Object, Array, String, Number, Boolean, Function]) {
    Object.preventExtensions(shared.prototype);
  }
  // What a plugin prints would stand between the lines of the gateway's log, as much of it as the plugin likes.
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true;
}
