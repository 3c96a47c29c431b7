// All test suites. Each script of package.json runs one of them:
//
//   npm test                 unit, ...    needs Node and the npm registry only
//   npm run test:slow        slow         *.slow.test.ts: millions of cases, gigabytes of memory, thousands of kills
//   npm run test:encoders    encoders     models through transformers.js, compared with FastEmbed
//   npm run test:frameworks  frameworks   rerankers in the AI SDK, LangChain and LlamaIndex.TS
//   npm run test:mcp         mcp          `maxsimd mcp` with the client of the MCP SDK
//   npm run test:qdrant      qdrant: ...  the adapter, once on each available engine

import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { availableEngines } from './test/qdrant/engine/engines.js'

const ENCODERS = 'test/encode/models'
const ENGINE = 'test/qdrant/engine'
const FRAMEWORKS = 'test/frameworks'
const MCP = 'test/mcp'
const OTHER_SUITES = ['**/node_modules/**', `${ENCODERS}/**`, `${ENGINE}/**`, `${FRAMEWORKS}/**`, `${MCP}/**`]

const transformers = `./${ENCODERS}/node_modules/@huggingface/transformers/dist/transformers.node.mjs`

const timeouts = (milliseconds: number) => ({ testTimeout: milliseconds, hookTimeout: milliseconds })

/** Only the unit suite runs unless `--project` names another one: the others need an installation or much time. */
const isRequested = (suite: string) => process.argv.some(argument => argument.startsWith(suite))

const testFilesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, import.meta.url), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return /node_modules|^\./.test(entry.name) ? [] : testFilesIn(path)
    return path.endsWith('.test.ts') ? [path] : []
  })

/** The test files that replace modules, which must not have been loaded by another file before. */
const mockingFiles = testFilesIn('test').filter(file =>
  /\bvi\.(mock|doMock|resetModules)\(/.test(readFileSync(new URL(file, import.meta.url), 'utf8')),
)

/** Test files that fill the memory with garbage, or collect it to measure memory: that takes longer in a shared heap. */
const MEMORY_FILES = [
  'test/formats/damage.test.ts',
  'test/store/collection.test.ts',
  'test/store/crafted.test.ts',
  'test/store/damage.test.ts',
  'test/store/failing-disk.test.ts',
  'test/store/power-cut.test.ts',
]

const aloneFiles = [...mockingFiles, ...MEMORY_FILES]

const NOT_UNIT = [...OTHER_SUITES, '**/*.slow.test.ts']

const suites: readonly TestProjectInlineConfiguration[] = [
  // Files share the modules that they import: one process for each file costs 30 s more of processor time.
  {
    test: {
      name: 'unit',
      include: ['test/**/*.test.ts'],
      exclude: [...NOT_UNIT, ...aloneFiles],
      isolate: false,
      ...timeouts(60_000),
    },
  },
  {
    test: { name: 'unit: alone', include: aloneFiles, exclude: NOT_UNIT, ...timeouts(60_000) },
  },
  {
    test: {
      name: 'slow',
      include: ['test/**/*.slow.test.ts'],
      exclude: OTHER_SUITES,
      fileParallelism: false,
      ...timeouts(900_000),
    },
  },
  {
    resolve: {
      alias: {
        '@huggingface/transformers': fileURLToPath(new URL(transformers, import.meta.url)),
        sharp: fileURLToPath(new URL(`./${ENCODERS}/node_modules/sharp/dist/index.mjs`, import.meta.url)),
      },
    },
    test: {
      name: 'encoders',
      include: [`${ENCODERS}/*.test.ts`, `${ENCODERS}/recipes/*.test.ts`],
      globalSetup: [`${ENCODERS}/setup.ts`],
      ...timeouts(120_000),
    },
  },
  {
    test: {
      name: 'frameworks',
      include: [`${FRAMEWORKS}/*.test.ts`],
      globalSetup: [`${FRAMEWORKS}/setup.ts`],
      ...timeouts(60_000),
    },
  },
  {
    test: {
      name: 'mcp',
      include: [`${MCP}/*.test.ts`],
      globalSetup: [`${MCP}/setup.ts`],
      ...timeouts(60_000),
    },
  },
]

/** The folder of another client of Qdrant than the checkout's. */
const { QDRANT_CLIENT } = process.env
const client = QDRANT_CLIENT ? { alias: { '@qdrant/js-client-rest': QDRANT_CLIENT } } : {}

const engineSuites = (): readonly TestProjectInlineConfiguration[] =>
  availableEngines().map(({ name, type, location }) => ({
    resolve: client,
    test: {
      name: `qdrant: ${name}`,
      include: [`${ENGINE}/*.test.ts`],
      globalSetup: [`${ENGINE}/setup.ts`],
      provide: { kind: type, at: location },
      fileParallelism: false,
      ...timeouts(120_000),
    },
  }))

export default defineConfig({
  test: {
    globalSetup: ['test/support/require-build.ts'],
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      ...suites.filter(
        ({ test }) => String(test?.name).startsWith('unit') || isRequested(String(test?.name)),
      ),
      ...(isRequested('qdrant') ? engineSuites() : []),
    ],
  },
})
