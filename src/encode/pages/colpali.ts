// ColPali, as FastEmbed 0.9.1 runs it (colpali.py):
//
//   image   <image> x 1,024, <bos>, Describe, the, image, ., \n     448 x 448 pixels; the page is stretched to a square
//   text    <s>Query: text <pad> x 10 \n, of which the first two ids are replaced by <bos> and Query

import type { PixelKernel } from '../../kernel/pixels/pixel-kernel.js'
import { resizePicture } from '../images/resize.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import { type Frame, frameText, roomForText, spell } from './framed-text.js'
import { type NamedJson, readImageSettings, sizeAt } from './page-files.js'
import type { ImageIds, PageModel } from './page-types.js'

const IMAGE_ID = 257_152
const SIDE = 32
/** `<bos>Describe the image.\n`, by the ids of PaliGemma's tokenizer. */
const PROMPT = [2, 50_721, 573, 2416, 235_265, 108]
const PROMPT_TEXTS = ['<bos>', 'Describe', ' the', ' image', '.', '\n']
/** Replaces the first two ids of a text. */
const QUERY_MARKERS = [2, 5098]
const BICUBIC = 3
/** Side in pixels of the empty image of a text. */
const PIXELS = 448

const IDS = [...Array.from({ length: SIDE * SIDE }, () => IMAGE_ID), ...PROMPT]

/** The ids of an image, which are the same for every size. */
const idsOfSize = (width: number, height: number): ImageIds => ({
  ids: IDS,
  layout: { width, height, rows: IDS.length, tiles: { rows: 0, columns: 0 }, side: SIDE, starts: [0] },
  textOf: row => PROMPT_TEXTS[row - SIDE * SIDE] ?? '',
})

/** Creates the model of a folder. `kernel` prepares its images. `maxTokens` and `cutsLeft`: how its tokenizer cuts. */
export function createColPali(
  kernel: PixelKernel,
  tokenizer: Tokenizer,
  preprocessor: NamedJson,
  { maxTokens, cutsLeft }: Pick<Frame, 'maxTokens' | 'cutsLeft'>,
): PageModel {
  const { filter, tables } = readImageSettings(preprocessor, BICUBIC)
  const [width, height] = [sizeAt(preprocessor, 'size.width'), sizeAt(preprocessor, 'size.height')]
  if (width !== height || width % SIDE !== 0) {
    throw new RangeError(
      `${preprocessor.path} expected a square of ${SIDE} x ${SIDE} patches, got ${width} x ${height}`,
    )
  }
  const frame = { tokenizer, prefix: '<s>Query: ', suffix: `${'<pad>'.repeat(10)}\n`, maxTokens, cutsLeft }
  return {
    maxTextTokens: roomForText(frame),
    pieces: tokenizer.pieces,
    noImage: { data: new Float32Array(3 * PIXELS * PIXELS), dims: [1, 3, PIXELS, PIXELS] },
    ids: idsOfSize,
    image(image) {
      const picture = resizePicture(kernel, kernel.load(image), [width, height], filter)
      const data = kernel.numbers([{ picture, left: 0, top: 0 }], width, tables)
      const pixels = { data, dims: [1, 3, height, width] }
      return { ...idsOfSize(image.width, image.height), pixels }
    },
    text(text) {
      const sequence = frameText(text, frame)
      const replaced = QUERY_MARKERS.slice(0, sequence.ids.length)
      const tokens = replaced.map(id => ({
        text: spell(tokenizer, id),
        start: 0,
        end: 0,
        special: true as const,
      }))
      return {
        ...sequence,
        ids: [...replaced, ...sequence.ids.slice(replaced.length)],
        tokens: [...tokens, ...sequence.tokens.slice(replaced.length)],
      }
    },
  }
}
