// A plugin of TypeDoc: names each entry point as users import it, maxsimd/store in place of store/index.

import { existsSync, readFileSync } from 'node:fs'
import { Converter, ReflectionKind } from 'typedoc'

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** The source file of each entry point with code, by the name that users import. */
export const entryPoints = Object.entries(exports).flatMap(([name, target]) => {
  const file = typeof target === 'string' ? target : target.default
  if (!target.types || !file.endsWith('.js') || file.endsWith('.min.js')) return []
  const source = file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
  // the worker's program has no exports
  return existsSync(source) ? [[name.replace(/^\./, 'maxsimd'), source]] : []
})

const names = new Map(
  entryPoints.map(([name, file]) => [file.replace(/^src\//, '').replace(/(\/index)?\.ts$/, ''), name]),
)

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kind === ReflectionKind.Module)
      reflection.name = names.get(reflection.name) ?? reflection.name
  })
}
