// Pictures in the memory of WebAssembly: resized, and turned into the numbers of a model. Its memory, from `heap` on, has what one
// page needs, one after another; the next page starts at the beginning again:
//
//   | the picture | its other sizes, with the weights and columns of each pass … | the numbers of a square |
//
// Lines of a picture are `pitch` bytes apart, so that they can be written in whole vectors. 16 lines are resized together, so there
// is room for 16. Growing the memory detaches views: they are made when they are needed.

import { loadOnce } from '../../base/load-once.js'
import { BLOCK_LINES, BLOCK_PIXELS, LOW_BITS, PAIR_BYTES } from '../constants.generated.js'
import { embeddedBytes } from '../embedded-binary.js'
import { aligned } from '../memory.js'
import { PIXELS } from './pixel-bytes.generated.js'

/** Pixels in the caller's memory: 3 bytes each, line after line. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/** Pixels in the kernel's memory, until the next `load`. */
export interface Picture {
  readonly address: number
  readonly width: number
  readonly height: number
  /** Bytes from one line to the next. */
  readonly pitch: number
}

/** For each pixel of a resized line, or line of a resized picture: where it comes from. */
export interface Weights {
  /** Room for the weights of one pixel: those of pixel `i` begin at `i * stride`. */
  readonly stride: number
  /** The first pixel, and the number of pixels, that are added. */
  readonly starts: Int32Array
  readonly counts: Int32Array
  /** With 22 bits after the binary point. */
  readonly weights: Int32Array
}

/** A square of a picture. */
export interface Square {
  readonly picture: Picture
  readonly left: number
  readonly top: number
}

/** Thrown if a picture does not fit into the memory of WebAssembly. */
export class PixelMemoryError extends RangeError {
  /** The message after the name of the image. */
  readonly problem: string

  constructor(cause: unknown) {
    const problem = 'needs more memory than WebAssembly has; scale it down'
    super(`the image ${problem}`, { cause })
    this.problem = problem
  }
}

/** Computes with pictures. It keeps its memory for the next one, up to 64 MiB. */
export interface PixelKernel {
  /** Takes a copy of pixels. All pictures before are invalid then. @throws PixelMemoryError if the memory cannot hold them */
  load(pixels: Pixels): Picture
  /** Changes the width to that of the weights. */
  resizeLines(picture: Picture, weights: Weights): Picture
  /** Changes the height to that of the weights. */
  resizeColumns(picture: Picture, weights: Weights): Picture
  /** Returns a copy of a picture. */
  read(picture: Picture): Pixels
  /**
   * Returns the numbers of squares of `side` pixels: of each square all of red, then of green, then of blue. `tables[c][byte]` is the
   * number of a byte of channel `c`. All pictures are invalid then.
   */
  numbers(squares: readonly Square[], side: number, tables: readonly Float32Array[]): Float32Array
}

/** The exports of `assembly/pixels/index.ts`. */
interface PixelExports {
  readonly memory: WebAssembly.Memory
  readonly heap: WebAssembly.Global
  resizeColumns(
    from: number,
    fromPitch: number,
    length: number,
    starts: number,
    pairs: number,
    weights: number,
    stride: number,
    to: number,
    toPitch: number,
    height: number,
  ): void
  resizeLines(
    from: number,
    fromPitch: number,
    starts: number,
    pairs: number,
    weights: number,
    stride: number,
    columns: number,
    to: number,
    toPitch: number,
    width: number,
  ): void
  writeNumbers(from: number, pitch: number, side: number, tables: number, to: number): void
}

const PAGE = 65_536
/** Memory that is kept for the next page. */
const KEEP_BYTES = 64 * 1024 * 1024
/** Vectors are read to their end, and a pixel more than there are weights for. */
const PAST_END = 64
const PIXEL_BYTES = 3
/** Bytes of the numbers of a channel's bytes. */
const TABLE_BYTES = 1024
/** Bytes of the columns of a pixel. */
const COLUMN_BYTES = PIXEL_BYTES * BLOCK_LINES

/** Compiles the module, once per process. */
const compile = loadOnce(() => WebAssembly.compile(embeddedBytes(PIXELS)))

/** Creates a kernel with its own memory. @throws Error if the engine does not compile WebAssembly with SIMD */
export async function loadPixelKernel(): Promise<PixelKernel> {
  const module = await compile().catch((cause: unknown) => {
    const remedy = "allow 'wasm-unsafe-eval' in the CSP, or use an engine with WebAssembly SIMD"
    throw new Error(
      `pages need WebAssembly, as ONNX Runtime does, which this engine does not compile; ${remedy}`,
      {
        cause,
      },
    )
  })
  return createPixelKernel(module)
}

function createPixelKernel(module: WebAssembly.Module): PixelKernel {
  const memory = createPictureMemory(module)
  return {
    load({ data, width, height }) {
      memory.clear()
      const picture = takePicture(memory, width, height, width * PIXEL_BYTES)
      memory.bytes(picture.address, data.length).set(data)
      return picture
    },
    resizeLines: (picture, weights) => resizeLines(memory, picture, weights),
    resizeColumns: (picture, weights) => resizeColumns(memory, picture, weights),
    read({ address, width, height, pitch }) {
      const length = width * PIXEL_BYTES
      const data = new Uint8Array(length * height)
      for (let y = 0; y < height; y++) data.set(memory.bytes(address + y * pitch, length), y * length)
      return { data, width, height }
    },
    numbers(squares, side, tables) {
      const values = numbersOf(memory, squares, side, tables)
      memory.clear()
      return values
    },
  }
}

/** The memory of the pictures of one page. */
interface PictureMemory {
  readonly exports: PixelExports
  /** Returns the address of new bytes. Views from before are detached. */
  take(bytes: number): number
  bytes(address: number, length: number): Uint8Array
  /** Frees what `use` takes. */
  during(use: () => void): void
  /** Frees everything. A large memory is returned to the engine. */
  clear(): void
}

function createPictureMemory(module: WebAssembly.Module): PictureMemory {
  const start = () => new WebAssembly.Instance(module).exports as unknown as PixelExports
  let exports = start()
  const first = aligned(exports.heap.value)
  let end = first
  return {
    get exports() {
      return exports
    },
    take(bytes) {
      const address = end
      const missing = address + bytes + PAST_END - exports.memory.buffer.byteLength
      if (missing > 0) {
        try {
          exports.memory.grow(Math.ceil(missing / PAGE))
        } catch (cause) {
          throw new PixelMemoryError(cause)
        }
      }
      end = address + aligned(bytes)
      return address
    },
    bytes: (address, length) => new Uint8Array(exports.memory.buffer, address, length),
    during(use) {
      const mark = end
      use()
      end = mark
    },
    clear() {
      end = first
      if (exports.memory.buffer.byteLength > KEEP_BYTES) exports = start()
    },
  }
}

/** Makes room for a picture, of at least one block of lines. */
const takePicture = (memory: PictureMemory, width: number, height: number, pitch: number): Picture => ({
  address: memory.take(pitch * Math.max(height, BLOCK_LINES)),
  width,
  height,
  pitch,
})

/** Copies weights into the memory, in pairs. */
function takeWeights(memory: PictureMemory, { stride, starts, counts, weights }: Weights) {
  const pairStride = Math.ceil(stride / 2)
  const [startsAt, pairsAt] = [memory.take(starts.byteLength), memory.take(starts.byteLength)]
  const partsAt = memory.take(starts.length * pairStride * PAIR_BYTES)
  const { buffer } = memory.exports.memory
  new Int32Array(buffer, startsAt, starts.length).set(starts)
  new Int32Array(buffer, pairsAt, starts.length).set(counts.map(count => (count + 1) >> 1))
  const parts = new Int16Array(buffer, partsAt, starts.length * pairStride * 4)
  for (let i = 0; i < starts.length; i++) {
    for (let k = 0; k < 2 * pairStride; k++) {
      const weight = k < counts[i]! ? weights[i * stride + k]! : 0
      const at = (i * pairStride + (k >> 1)) * 4 + (k & 1)
      parts[at] = weight >> LOW_BITS
      parts[at + 2] = weight & ((1 << LOW_BITS) - 1)
    }
  }
  return [startsAt, pairsAt, partsAt, pairStride] as const
}

function resizeLines(memory: PictureMemory, { address, height, pitch }: Picture, weights: Weights): Picture {
  const width = weights.starts.length
  const result = takePicture(memory, width, height, aligned(width * PIXEL_BYTES))
  memory.during(() => {
    const [starts, pairs, parts, stride] = takeWeights(memory, weights)
    const columns = memory.take((BLOCK_PIXELS + widestBlock(weights)) * COLUMN_BYTES)
    for (let line = 0; line < height; line += BLOCK_LINES) {
      // the last block is a whole one, too
      const first = Math.max(0, Math.min(line, height - BLOCK_LINES))
      const [from, to] = [address + first * pitch, result.address + first * result.pitch]
      memory.exports.resizeLines(from, pitch, starts, pairs, parts, stride, columns, to, result.pitch, width)
    }
  })
  return result
}

function resizeColumns(memory: PictureMemory, { address, width, pitch }: Picture, weights: Weights): Picture {
  const height = weights.starts.length
  const length = width * PIXEL_BYTES
  const result = takePicture(memory, width, height, aligned(length))
  memory.during(() => {
    const [starts, pairs, parts, stride] = takeWeights(memory, weights)
    const { address: to, pitch: toPitch } = result
    memory.exports.resizeColumns(address, pitch, length, starts, pairs, parts, stride, to, toPitch, height)
  })
  return result
}

function numbersOf(
  memory: PictureMemory,
  squares: readonly Square[],
  side: number,
  tables: readonly Float32Array[],
): Float32Array {
  const length = PIXEL_BYTES * side * side
  const [table, out] = [memory.take(PIXEL_BYTES * TABLE_BYTES), memory.take(length * 4)]
  const { buffer } = memory.exports.memory
  for (const [c, values] of tables.entries())
    new Float32Array(buffer, table + c * TABLE_BYTES, 256).set(values)
  const values = new Float32Array(squares.length * length)
  const written = new Float32Array(buffer, out, length)
  for (const [i, { picture, left, top }] of squares.entries()) {
    const from = picture.address + top * picture.pitch + left * PIXEL_BYTES
    memory.exports.writeNumbers(from, picture.pitch, side, table, out)
    values.set(written, i * length)
  }
  return values
}

/** The largest number of pixels of which a block is made. */
function widestBlock({ starts, counts }: Weights): number {
  let widest = 0
  for (let first = 0; first < starts.length; first += BLOCK_PIXELS) {
    const last = Math.min(starts.length, first + BLOCK_PIXELS) - 1
    widest = Math.max(widest, starts[last]! + counts[last]! + 1 - starts[first]!)
  }
  return widest
}
