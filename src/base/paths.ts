// Paths of files as an index names them, and which of them are below a folder. They are compared as texts, without the disk.

const isWindows = (): boolean =>
  (globalThis as { readonly process?: { readonly platform?: string } }).process?.platform === 'win32'

/**
 * A path with single slashes, without `./` before it and without a slash after it, except for a root. On Windows a backslash
 * is a slash, and two at the start begin the name of another computer.
 */
export const plainPath = (path: string): string =>
  (isWindows() ? path.replaceAll('\\', '/').replace(/(?<=.)\/{2,}/g, '/') : path.replace(/\/{2,}/g, '/'))
    .replace(/(?<=[^/:])\/$/, '')
    .replace(/^(?:\.\/)+(?=.)/, '')

/** The path of a file in a folder, or at a URL, which may end with a slash. */
export const joinPath = (folder: string, file: string): string =>
  /[/\\]$/.test(folder) ? folder + file : `${folder}/${file}`

/** Whether a path is a folder or below it. */
export function isBelow(path: string, folder: string): boolean {
  const [inner, outer] = [plainPath(path), plainPath(folder)]
  if (inner === outer) return true
  if (outer === '.') return !isAbsolute(inner) && !isOutside(inner)
  const prefix = outer.endsWith('/') ? outer : `${outer}/`
  return inner.startsWith(prefix) && !isOutside(inner.slice(prefix.length))
}

const isAbsolute = (path: string) => path.startsWith('/') || (isWindows() && /^[a-z]:/i.test(path))

/** Whether a relative path leads out of its folder: `../a`, which makes `../../a` no path below `..`. */
const isOutside = (path: string) => path === '..' || path.startsWith('../')
