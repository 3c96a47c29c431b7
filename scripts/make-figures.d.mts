/** Draws all figures. Returns their texts by file name. */
export function makeFigures(): Promise<Record<string, string>>
