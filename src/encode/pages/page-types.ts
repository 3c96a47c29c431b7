// The types that the parts of the encoders of pages share.

import type { PageLayout, PagePatch } from '../../collection/page-layout.js'
import type { FlatMultiVector } from '../../core/multivector.js'
import type { RgbImage } from '../images/image-types.js'
import type { Sequence } from '../model/sequence.js'
import type { TokenPiece } from '../tokenizer/tokenizer.js'

/** What a row of a page is: a token of the prompt around the image, or a patch of the image. */
export type PageRow =
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'patch' } & PagePatch)

/**
 * An image as a multi-vector. Scorers and stores accept it as a `{ data, dim }`. The caller owns it; the encoder keeps no
 * reference.
 */
export interface EncodedImage extends FlatMultiVector {
  /** `rows.length` rows of `dim` elements, one after another, as the model returns them. */
  readonly data: Float32Array
  /** Elements in each row. */
  readonly dim: number
  /** `rows[i]` says what row `i` is. */
  readonly rows: readonly PageRow[]
  /** The same as plain JSON of a few numbers, to be stored in the payload of a point as `layout`. */
  readonly layout: PageLayout
}

/** The ids of an image, without its pixels. */
export interface ImageIds {
  readonly ids: readonly number[]
  readonly layout: PageLayout
  /** Spells a token. */
  textOf(row: number): string
}

/** An image as input for a model. */
export interface ImageSequence extends ImageIds {
  readonly pixels: PixelValues
}

/** The tensor `pixel_values`. */
export interface PixelValues {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

/** How one kind of model is used. */
export interface PageModel {
  /** Builds the ids of an image of a size. */
  ids(width: number, height: number): ImageIds
  /** Builds the input of an image. */
  image(image: RgbImage): ImageSequence
  /** Builds the ids of a text, which is always a query. */
  text(text: string): Sequence
  /** The empty image that a text is encoded with. */
  readonly noImage: PixelValues
  /** Maximum number of tokens of a text. */
  readonly maxTextTokens: number
  /** The tokens of a text alone. */
  pieces(text: string): readonly TokenPiece[]
}
