// ColModernVBERT, as FastEmbed 0.9.1 runs it (colmodernvbert.py): a page is cut into tiles, and its prompt names each.
//
//   image   <|begin_of_text|>User: (<fake…><row_1_col_1> <image> x 64 …\n)… \n<fake…><global-img> <image> x 64 <fake…>
//           Describe the image.<end_of_utterance>\nAssistant:
//   text    text <end_of_utterance> x 10
//
// The whole prompt is tokenized as one text: two line feeds may be one token, so rows are counted and never computed.

import type { PixelKernel, Square } from '../../kernel/pixels/pixel-kernel.js'
import type { RgbImage } from '../images/image-types.js'
import { resizePicture } from '../images/resize.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import { type Frame, frameText, roomForText, spell } from './framed-text.js'
import { type ImageSettings, type NamedJson, readImageSettings, sizeAt } from './page-files.js'
import type { ImageIds, PageModel } from './page-types.js'
import { type TileSizes, tileSizes } from './tile-sizes.js'

const LANCZOS = 1
const AROUND = '<fake_token_around_image>'
const BEFORE = '<|begin_of_text|>User:'
const AFTER = 'Describe the image.<end_of_utterance>\nAssistant:'

/** The files of a model that say how it is used. */
export interface ModernFiles {
  readonly preprocessor: NamedJson
  readonly processor: NamedJson
  readonly config: NamedJson
}

interface TileSettings extends ImageSettings {
  /** Side of a tile in pixels. */
  readonly tile: number
  /** Longest edge after the first resize. */
  readonly longest: number
  readonly splits: boolean
  /** Rows of each tile. */
  readonly rowsOfTile: number
}

/** Creates the model of a folder. `kernel` prepares its images. `maxTokens` and `cutsLeft`: how its tokenizer cuts. */
export function createColModernVbert(
  kernel: PixelKernel,
  tokenizer: Tokenizer,
  { preprocessor, processor, config }: ModernFiles,
  { maxTokens, cutsLeft }: Pick<Frame, 'maxTokens' | 'cutsLeft'>,
): PageModel {
  const settings: TileSettings = {
    ...readImageSettings(preprocessor, LANCZOS),
    tile: sizeAt(preprocessor, 'max_image_size.longest_edge', 512),
    longest: sizeAt(preprocessor, 'size.longest_edge'),
    splits: preprocessor.json.do_image_splitting === true,
    rowsOfTile: sizeAt(processor, 'image_seq_len', 64),
  }
  const side = Math.sqrt(settings.rowsOfTile)
  if (!Number.isInteger(side)) {
    throw new RangeError(
      `${processor.path} expected a square number as "image_seq_len", got ${settings.rowsOfTile}`,
    )
  }
  const imageId = tokenizer.idOf('<image>')
  if (imageId === undefined) {
    throw new RangeError('tokenizer.json has no token "<image>"; use the tokenizer of this model')
  }
  const blank = sizeAt(config, 'vision_config.image_size', 512)
  const frame = { tokenizer, prefix: '', suffix: '<end_of_utterance>'.repeat(10), maxTokens, cutsLeft }
  const idsOfSize = (width: number, height: number): ImageIds => {
    const { tiles } = sizesOf(width, height, settings)
    const { ids } = frameText(promptOf(tiles, settings.rowsOfTile), { ...frame, suffix: '' })
    const starts = startsOf(ids, imageId, settings.rowsOfTile, tiles.rows * tiles.columns + 1)
    return {
      ids,
      layout: { width, height, rows: ids.length, tiles, side, starts },
      textOf: row => spell(tokenizer, ids[row]!),
    }
  }
  return {
    maxTextTokens: roomForText(frame),
    pieces: tokenizer.pieces,
    noImage: { data: new Float32Array(3 * blank * blank), dims: [1, 1, 3, blank, blank] },
    text: text => frameText(text, frame),
    ids: idsOfSize,
    image(image) {
      const squares = cutTiles(kernel, image, settings)
      const dims = [1, squares.length, 3, settings.tile, settings.tile]
      const pixels = { data: kernel.numbers(squares, settings.tile, settings.tables), dims }
      return { ...idsOfSize(image.width, image.height), pixels }
    },
  }
}

/** The sizes of an image. Without splitting it is one tile. */
function sizesOf(width: number, height: number, { tile, longest, splits }: TileSettings): TileSizes {
  const sizes = tileSizes(width, height, longest, tile)
  return splits ? sizes : { ...sizes, second: [tile, tile], tiles: { rows: 0, columns: 0 } }
}

/** Resizes an image to whole tiles, and cuts it; the last tile is the whole image. */
function cutTiles(kernel: PixelKernel, image: RgbImage, settings: TileSettings): Square[] {
  const { tile, filter } = settings
  const { first, second, tiles } = sizesOf(image.width, image.height, settings)
  const resized = resizePicture(kernel, kernel.load(image), first, filter)
  const picture = resizePicture(kernel, resized, second, filter)
  const squares: Square[] = []
  for (let row = 0; row < tiles.rows; row++) {
    for (let column = 0; column < tiles.columns; column++) {
      squares.push({ picture, left: column * tile, top: row * tile })
    }
  }
  squares.push({ picture: resizePicture(kernel, picture, [tile, tile], filter), left: 0, top: 0 })
  return squares
}

/** The text around the tiles of an image. */
function promptOf({ rows, columns }: TileSizes['tiles'], rowsOfTile: number): string {
  const patches = '<image>'.repeat(rowsOfTile)
  let text = BEFORE
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) text += `${AROUND}<row_${row}_col_${column}>${patches}`
    text += '\n'
  }
  if (rows > 0) text += '\n'
  return `${text}${AROUND}<global-img>${patches}${AROUND}${AFTER}`
}

/** The index of the first patch of each tile. @throws RangeError if the prompt was cut */
function startsOf(ids: readonly number[], imageId: number, rowsOfTile: number, tiles: number): number[] {
  const patches = ids.flatMap((id, i) => (id === imageId ? [i] : []))
  if (patches.length === tiles * rowsOfTile) return patches.filter((_, n) => n % rowsOfTile === 0)
  throw new RangeError(
    `the prompt of ${tiles} tiles is longer than the model accepts; raise "model_max_length" in tokenizer_config.json`,
  )
}
