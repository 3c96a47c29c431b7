// Reads tensors from a file in the format safetensors: 8 bytes with the length of the header, the header in JSON, the
// numbers. Only the header and the requested tensors are read.
import { float16ToNumber } from '../../../base/float16.js'
import type { OpenedFile } from '../files/model-location.js'

/** A matrix or a vector. */
export interface WeightTensor {
  readonly shape: readonly number[]
  /** Its numbers, row after row. */
  readonly data: Float32Array
}

interface TensorEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** A header beyond this size is not one. */
const MAX_HEADER_BYTES = 100_000_000
const NUMBER_BYTES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 }

/**
 * Reads the tensors with the given names; those that the file does not have are missing in the result. `name` names the
 * file in errors.
 *
 * @throws RangeError if the file is incomplete, or a tensor has an unsupported dtype
 */
export async function readTensors(
  file: OpenedFile,
  name: string,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, WeightTensor>> {
  const damaged = () =>
    new RangeError(`${name} is not a complete safetensors file; replace it by a complete file`)
  const headerBytes = file.size < 8 ? 0 : Number(viewOf(await file.read(0, 8)).getBigUint64(0, true))
  if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > file.size) throw damaged()
  let header: Readonly<Record<string, TensorEntry>>
  try {
    header = JSON.parse(new TextDecoder().decode(await file.read(8, headerBytes)))
  } catch {
    throw damaged()
  }
  const tensors = new Map<string, WeightTensor>()
  for (const tensor of wanted) {
    const entry = header[tensor]
    if (!entry) continue
    const bytes = NUMBER_BYTES[entry.dtype]
    if (bytes === undefined) {
      throw new RangeError(
        `${name} has the tensor "${tensor}" in ${entry.dtype}, expected one of ${Object.keys(NUMBER_BYTES).join(', ')}`,
      )
    }
    const [start, end] = entry.data_offsets
    const count = entry.shape.reduce((product, size) => product * size, 1)
    if (end - start !== count * bytes || 8 + headerBytes + end > file.size) throw damaged()
    const view = viewOf(await file.read(8 + headerBytes + start, end - start))
    tensors.set(tensor, { shape: entry.shape, data: toNumbers(view, entry.dtype, count) })
  }
  return tensors
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength)

function toNumbers(view: DataView, dtype: string, count: number): Float32Array {
  const bfloat = new DataView(new ArrayBuffer(4))
  const numberAt = (i: number): number => {
    switch (dtype) {
      case 'F64':
        return view.getFloat64(8 * i, true)
      case 'F32':
        return view.getFloat32(4 * i, true)
      case 'F16':
        return float16ToNumber(view.getUint16(2 * i, true))
      default:
        // the upper half of an f32
        bfloat.setUint16(2, view.getUint16(2 * i, true), true)
        return bfloat.getFloat32(0, true)
    }
  }
  return Float32Array.from({ length: count }, (_, i) => numberAt(i))
}
