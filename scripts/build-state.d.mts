/** Returns what the last build lacks: outputs that do not exist, and sources that were changed, added or removed. */
export function staleFiles(): string[]
