// The environment variables of Python's hub client that are honoured in Node, and its cache, in which models are found that
// Python programs have downloaded:
//
//   HF_HUB_CACHE or HF_HOME/hub / models--org--name / refs/main         the commit of a branch or tag
//                                                   / snapshots/COMMIT  its files
import type { Disk } from './disk.js'

interface GlobalsOfNode {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
}

/** The value of an environment variable; undefined if it is empty, and in a browser. */
export const environmentVariable = (name: string): string | undefined =>
  (globalThis as GlobalsOfNode).process?.env?.[name] || undefined

/** The variable that forbids downloads, if one does. */
export const offlineVariable = (): string | undefined =>
  ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find(name =>
    /^(?:1|on|yes|true)$/i.test(environmentVariable(name) ?? ''),
  )

/**
 * Returns the folder of a model in the cache of Python's hub client, if `HF_HUB_CACHE` or `HF_HOME` says where that is, and
 * the model is there with an ONNX file.
 */
export function findSnapshot({ fs, path }: Disk, model: string, revision: string): string | undefined {
  const home = environmentVariable('HF_HOME')
  const cache = environmentVariable('HF_HUB_CACHE') ?? (home && path.join(home, 'hub'))
  if (!cache) return undefined
  const root = path.resolve(cache, `models--${model.replaceAll('/', '--')}`)
  const ref = path.join(root, 'refs', revision)
  const commit = fs.statSync(ref, { throwIfNoEntry: false }) ? fs.readFileSync(ref, 'utf8').trim() : revision
  const folder = path.join(root, 'snapshots', commit)
  if (!fs.statSync(path.join(folder, 'tokenizer.json'), { throwIfNoEntry: false })) return undefined
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.some(file => file.endsWith('.onnx')) ? folder : undefined
}
