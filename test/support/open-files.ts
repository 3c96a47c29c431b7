// The files that this process has open.

import { existsSync, readdirSync, readlinkSync } from 'node:fs'

const FOLDER = '/proc/self/fd'

/** The open files below a path, or none on a system that does not tell. */
export function openFilesBelow(path: string): string[] {
  if (!existsSync(FOLDER)) return []
  const paths = readdirSync(FOLDER).map(number => {
    try {
      return readlinkSync(`${FOLDER}/${number}`)
    } catch {
      return ''
    }
  })
  return paths.filter(file => file.startsWith(path))
}
