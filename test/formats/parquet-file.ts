// Writes small Parquet files byte by byte, with pages that no current writer makes: lists that continue in the next
// page, and headers that claim other sizes. Layout: parquet-format's parquet.thrift; Thrift's compact protocol.

/** A value of a Thrift field: its type and its bytes. */
interface Field {
  readonly type: number
  readonly bytes: readonly number[]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return [...bytes, left]
}

const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value)
export const i32 = (value: number): Field => ({ type: 5, bytes: zigzag(value) })
export const i64 = (value: number): Field => ({ type: 6, bytes: zigzag(value) })
export const text = (value: string): Field => {
  const bytes = [...new TextEncoder().encode(value)]
  return { type: 8, bytes: [...varint(bytes.length), ...bytes] }
}
const list = (items: readonly Field[]): Field => ({
  type: 9,
  bytes: [
    ...(items.length < 15
      ? [items.length * 16 + items[0]!.type]
      : [0xf0 + items[0]!.type, ...varint(items.length)]),
    ...items.flatMap(({ bytes }) => bytes),
  ],
})

/** A struct with fields by their numbers. */
export function struct(fields: Readonly<Record<number, Field>>): Field {
  const bytes: number[] = []
  let previous = 0
  for (const [key, field] of Object.entries(fields)) {
    const id = Number(key)
    if (id - previous < 16) bytes.push((id - previous) * 16 + field.type)
    else bytes.push(field.type, ...zigzag(id))
    bytes.push(...field.bytes)
    previous = id
  }
  return { type: 12, bytes: [...bytes, 0] }
}

/** Levels in RLE runs, each a length and a byte, with their size in 4 bytes before them. */
export function levels(values: readonly number[]): number[] {
  const bytes: number[] = []
  for (let start = 0; start < values.length; ) {
    let end = start
    while (values[end] === values[start]) end++
    bytes.push(...varint((end - start) * 2), values[start]!)
    start = end
  }
  return [...new Uint8Array(Uint32Array.of(bytes.length).buffer), ...bytes]
}

/** A data page of version 1, not compressed. */
export function dataPage(values: number, content: readonly number[], encoding = 0): number[] {
  const sizes = { 2: i32(content.length), 3: i32(content.length) }
  const header = struct({
    1: i32(0),
    ...sizes,
    5: struct({ 1: i32(values), 2: i32(encoding), 3: i32(3), 4: i32(3) }),
  })
  return [...header.bytes, ...content]
}

/** An element of the schema. Types: 1 int32, 2 int64, 4 float, 6 bytes. Repetitions: 0 required, 1 optional, 2 repeated. */
export interface Element {
  readonly name: string
  readonly type?: number
  readonly repetition?: number
  readonly children?: number
  /** The converted type, for example 3 for a list. */
  readonly converted?: number
}

export interface Column {
  /** The column and the elements below it, depth first. */
  readonly schema: readonly Element[]
  readonly pages: readonly (readonly number[])[]
  readonly values: number
  /** The codec of its pages, for example 1 for Snappy. Default: 0, not compressed. */
  readonly codec?: number
  /** The bytes of its pages, as its metadata says. Default: those that they have. */
  readonly size?: number
  readonly isEncrypted?: boolean
  /** Default: true. */
  readonly hasMetadata?: boolean
}

const [INT64, FLOAT, LIST, REPEATED] = [2, 4, 3, 2]

function schemaElement({ name, type, repetition = 0, children, converted }: Element): Field {
  return struct({
    ...(type !== undefined && { 1: i32(type) }),
    3: i32(repetition),
    4: text(name),
    ...(children !== undefined && { 5: i32(children) }),
    ...(converted !== undefined && { 6: i32(converted) }),
  })
}

/** A file of one row group. */
export function parquetFile(columns: readonly Column[], rows: number): Uint8Array {
  const body = [...Buffer.from('PAR1')]
  const chunks = columns.map(({ schema, pages, values, codec = 0, hasMetadata = true, ...column }) => {
    const begin = body.length
    for (const page of pages) for (const byte of page) body.push(byte)
    const size = column.size ?? body.length - begin
    const metadata = struct({
      1: i32(schema.at(-1)!.type!),
      2: list([i32(0)]),
      3: list(schema.map(({ name }) => text(name))),
      4: i32(codec),
      5: i64(values),
      6: i64(size),
      7: i64(size),
      9: i64(begin),
    })
    return struct({
      2: i64(begin),
      ...(hasMetadata && { 3: metadata }),
      ...(column.isEncrypted && { 8: struct({ 1: struct({}) }) }),
    })
  })
  const elements = [{ name: 'root', children: columns.length }, ...columns.flatMap(({ schema }) => schema)]
  const footer = struct({
    1: i32(1),
    2: list(elements.map(schemaElement)),
    3: i64(rows),
    4: list([struct({ 1: list(chunks), 2: i64(body.length), 3: i64(rows) })]),
  }).bytes
  return Uint8Array.from([
    ...body,
    ...footer,
    ...new Uint8Array(Uint32Array.of(footer.length).buffer),
    ...Buffer.from('PAR1'),
  ])
}

/** A column of ids in one page. */
export const idColumn = (ids: readonly number[]): Column => ({
  schema: [{ name: 'id', type: INT64 }],
  pages: [dataPage(ids.length, [...new Uint8Array(BigInt64Array.from(ids, BigInt).buffer)])],
  values: ids.length,
})

/** A column of documents in pages of `pageValues` values, wherever a document ends. */
export function vectorColumn(documents: readonly (readonly number[][])[], pageValues: number): Column {
  const values: number[] = []
  const repetitions: number[] = []
  for (const rows of documents) {
    for (const [row, numbers] of rows.entries()) {
      for (const [column, value] of numbers.entries()) {
        values.push(value)
        repetitions.push(column > 0 ? 2 : row > 0 ? 1 : 0)
      }
    }
  }
  const pages: number[][] = []
  for (let start = 0; start < values.length; start += pageValues) {
    const part = values.slice(start, start + pageValues)
    const floats = [...new Uint8Array(Float32Array.from(part).buffer)]
    const definitions = levels(part.map(() => 2))
    pages.push(
      dataPage(part.length, [
        ...levels(repetitions.slice(start, start + pageValues)),
        ...definitions,
        ...floats,
      ]),
    )
  }
  return {
    schema: [
      { name: 'vector', children: 1, converted: LIST },
      { name: 'list', repetition: REPEATED, children: 1 },
      { name: 'element', children: 1, converted: LIST },
      { name: 'list', repetition: REPEATED, children: 1 },
      { name: 'element', type: FLOAT },
    ],
    pages,
    values: values.length,
  }
}
