// The sizes to which ColModernVBERT's processor resizes a page, in FastEmbed's arithmetic: first to a longest edge, then to
// whole tiles. Both stretch the page a little, and a page of another shape has another grid.

/** The sizes of a page. */
export interface TileSizes {
  /** Size after the first resize. */
  readonly first: readonly [width: number, height: number]
  /** Size after the second: whole tiles. */
  readonly second: readonly [width: number, height: number]
  /** The grid of tiles; 0 x 0 if the page is a single one. */
  readonly tiles: { readonly rows: number; readonly columns: number }
}

/** Computes the sizes of a page. `longest`: the longest edge; `tile`: the side of a tile. */
export function tileSizes(width: number, height: number, longest: number, tile: number): TileSizes {
  const ratio = width / height
  const isWide = width >= height
  const even = (side: number) => Math.max(1, side + (side % 2))
  const w = even(isWide ? longest : Math.trunc(longest * ratio))
  const h = even(isWide ? Math.trunc(longest / ratio) : longest)
  const whole = (side: number) => Math.ceil(side / tile) * tile
  const second = w / h
  const [W, H] =
    w >= h
      ? [whole(w), whole(Math.trunc(whole(w) / second))]
      : [whole(Math.trunc(whole(h) * second)), whole(h)]
  const isSplit = W > tile || H > tile
  return {
    first: [w, h],
    second: [W, H],
    tiles: isSplit ? { rows: H / tile, columns: W / tile } : { rows: 0, columns: 0 },
  }
}
