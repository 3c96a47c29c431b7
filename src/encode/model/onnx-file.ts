// Where the ONNX file of a model lies, and what to say of one that cannot be loaded.

import type { ModelDtype, ModelSettings } from './known-models.js'
import { reasonOf, remedy } from './model-files.js'
import type { ModelLocation } from './model-location.js'
import type { TransformersEnvironment } from './transformers.js'

const suffixes: Readonly<Record<ModelDtype, string>> = { fp32: '', fp16: '_fp16', q8: '_quantized' }

/** How an error names a file. */
export const onnxNameOf = (file: string, { kind, model }: ModelLocation): string =>
  kind === 'folder' ? `${model}/${file}` : `${file} of "${model}"`

/** Where the ONNX file may lie, from the model's folder. */
export function onnxCandidates(
  place: ModelLocation,
  { files }: ModelSettings,
  asked: ModelDtype | undefined,
): readonly string[] {
  const dtype = asked ?? 'fp32'
  const usual = [`onnx/model${suffixes[dtype]}.onnx`, `model${suffixes[dtype]}.onnx`]
  const named = files?.[dtype]
  const all = named === undefined ? usual : [named, ...usual.filter(file => file !== named)]
  if (place.kind === 'name') return all.slice(0, 1)
  const { disk, folder } = place
  if (!disk || !folder) return all
  const isThere = (file: string) => disk.fs.statSync(disk.path.join(folder, file), { throwIfNoEntry: false })
  const found = all.find(isThere)
  if (found !== undefined) return [found]
  const others = disk.fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.onnx'))
  if (asked === undefined && others.length === 1) return [others[0]!.replaceAll('\\', '/')]
  throw new RangeError(
    `${folder} has no ONNX file of dtype "${dtype}": expected ${all.join(' or ')}, found ${others.join(', ') || 'none'}`,
  )
}

export function loadError(
  cause: unknown,
  file: string,
  place: ModelLocation,
  { device, localFilesOnly }: { readonly device: string | undefined; readonly localFilesOnly: boolean },
  env: TransformersEnvironment,
  { files = {} }: ModelSettings,
): Error {
  const reason = reasonOf(cause)
  const name = onnxNameOf(file, place)
  if (/^Unsupported device/.test(reason) || (device === 'webgpu' && /webgpu|adapter/i.test(reason))) {
    return new RangeError(`"device" ${JSON.stringify(device)} is not to be had here: ${reason}`, { cause })
  }
  if (isMissing(cause) && !place.disk && place.kind === 'folder') {
    return new RangeError(
      `${name} is not there; a model's folder has config.json, tokenizer.json and an ONNX file`,
      {
        cause,
      },
    )
  }
  if (isMissing(cause) && place.kind === 'name') {
    const known = Object.entries(files).map(([dtype, at]) => `${dtype} (${at})`)
    const another =
      known.length > 0 ? `what is known to be there is ${known.join(', ')}` : 'name another dtype'
    const why = localFilesOnly
      ? 'is not in the cache, and "localFilesOnly" forbids to download it; leave that out, or give a folder that has the model'
      : `is not on the hub; ${another}, or name the file in "settings" (${reason})`
    return new RangeError(`${name} ${why}`, { cause })
  }
  if (/fetch failed|network|ENOTFOUND|ECONN|terminated|timeout/i.test(reason)) {
    return new Error(
      `${name} could not be downloaded from ${env.remoteHost}: ${reason}; check the network, or give a folder that has the model`,
      { cause },
    )
  }
  const size =
    place.folder &&
    place.disk?.fs.statSync(place.disk.path.join(place.folder, file), { throwIfNoEntry: false })?.size
  const bytes = size === undefined ? '' : `, ${size} bytes,`
  const suspect = /external/i.test(reason)
    ? `its weights, ${file}_data, may be missing or`
    : 'it may be no ONNX file or'
  return new RangeError(
    `${name}${bytes} cannot be loaded (${reason}): ${suspect} half-downloaded; ${remedy(place, file)}`,
    {
      cause,
    },
  )
}

/** Whether a file was looked for and not found, in the words of transformers.js. */
export function isMissing(cause: unknown): boolean {
  const { name, message } = cause as Partial<Error>
  return name === 'ModelFileNotFoundError' || /not found locally|Could not locate/.test(message ?? '')
}
