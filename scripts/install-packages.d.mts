/**
 * Runs `npm ci`, without install scripts, unless node_modules of the folder has what the lock file names. Its output goes
 * to standard error.
 *
 * @param folder has package.json and package-lock.json
 * @param what is installed where, and its size, for the message
 * @param options of `npm ci`
 * @throws Error if npm fails
 */
export function installPackages(folder: string, what: string, options?: readonly string[]): void
