export function recipes(): string
