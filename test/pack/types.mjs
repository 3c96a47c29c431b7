// Concern "types": programs that import every entry point compile with each supported TypeScript.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eachInParallel, makeProgram, runProcess } from './work.mjs'

/** Versions, and whether the package's declarations need skipLibCheck. `rare`: only with --all. */
export const VERSIONS = [
  { version: '5.2', skipLibCheck: true },
  { version: '5.4', skipLibCheck: true, rare: true },
  { version: '5.7', skipLibCheck: false },
  { version: '5.9', skipLibCheck: false },
  { version: '6.0', skipLibCheck: false, rare: true },
  { version: '7.0', skipLibCheck: false },
]

const DOM = { lib: ['es2022', 'esnext.disposable', 'dom'], types: [] }
const NODE = { lib: ['es2022'], types: ['node'] }

/** Options of a project. Each version compiles with each of them. */
const PROJECTS = [
  { name: 'a bundler', module: 'esnext', moduleResolution: 'bundler', ...DOM },
  { name: 'node16', module: 'node16', moduleResolution: 'node16', ...DOM },
  { name: 'nodenext, without lib dom', module: 'nodenext', moduleResolution: 'nodenext', ...NODE },
]

const STRICT = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
}

export async function checkTypes(report, { tools, tool, all }) {
  const folder = makeProgram('types')
  const chosen = VERSIONS.filter(({ version, rare }) => (tool ? tool === version : all || !rare))
  const jobs = chosen.flatMap(version => PROJECTS.map(options => ({ ...version, ...options })))
  await eachInParallel(
    jobs,
    async ({ version, skipLibCheck, name, module, moduleResolution, lib, types }) => {
      const file = join(folder, `tsconfig.${version}.${module}.json`)
      const options = {
        ...STRICT,
        module,
        moduleResolution,
        lib,
        types,
        skipLibCheck,
        typeRoots: [tools.path('@types')],
      }
      writeFileSync(file, JSON.stringify({ compilerOptions: options, files: ['types.ts'] }))
      await report.run(
        'types',
        `TypeScript ${version}, ${name}${skipLibCheck ? ', skipLibCheck' : ''}`,
        async () => {
          const compiler = tools.path(`typescript-${version}/bin/tsc`)
          const { code, stdout, stderr } = await runProcess(process.execPath, [compiler, '-p', file], {
            cwd: folder,
          })
          return code === 0 ? '' : `${stdout}${stderr}`
        },
      )
    },
  )
}
