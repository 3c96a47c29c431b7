// Stands in for the kernel's codec until it is there: the same interface in plain TypeScript.

export interface Codec {
  /** `[[1.0,2.5],[...]]`, always with a decimal point. The view is valid until the next call. */
  writeRows(rows: Float32Array, dim: number, datatype: 'float32' | 'float16' | 'uint8'): Uint8Array
  /** An answer, in which every multi-vector is `{ data, dim }` and every dense vector a Float32Array. */
  readResponse(bytes: Uint8Array): unknown
}

const encoder = new TextEncoder()

function numberText(value: number): string {
  const text = String(Number(value.toPrecision(9)))
  return /[.e]/.test(text) ? text : `${text}.0`
}

function readVector(value: unknown): unknown {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null || 'indices' in value) return value
    return Object.fromEntries(Object.entries(value).map(([name, vector]) => [name, readVector(vector)]))
  }
  if (!Array.isArray(value[0])) return Float32Array.from(value as number[])
  return { data: Float32Array.from((value as number[][]).flat()), dim: value[0].length }
}

function readValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'vector' ? readVector(inner) : key === 'payload' ? inner : readValue(inner),
    ]),
  )
}

export function loadCodec(): Promise<Codec> {
  return Promise.resolve({
    writeRows(rows, dim) {
      const lines: string[] = []
      for (let at = 0; at < rows.length; at += dim) {
        lines.push(`[${Array.from(rows.subarray(at, at + dim), numberText).join()}]`)
      }
      return encoder.encode(`[${lines.join()}]`)
    },
    readResponse: bytes => readValue(JSON.parse(new TextDecoder().decode(bytes))),
  })
}
