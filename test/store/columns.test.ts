// Parts of a store's columns whose faults show only at rare moments.

import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ENTRY_WORDS, startPackedMemory } from '../../src/core/packed-documents.js'
import { copyPortions } from '../../src/store/columns/copy-points.js'
import { runInOrder } from '../../src/store/columns/ordered-pipeline.js'
import { createReadAhead } from '../../src/store/columns/read-ahead.js'
import { createDocumentReader, type DocumentReader } from '../../src/store/columns/read-documents.js'
import { createResidentLoader } from '../../src/store/columns/resident.js'
import { bytesAt, createSegment, padTo, reserve } from '../../src/store/columns/segment.js'
import { createStagingBuffer, type DocumentWriter } from '../../src/store/columns/staging-buffer.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { writableFile } from '../../src/store/folders/opfs-file.js'
import { createStore, openStore, type Store, type StoreConfig } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { temporaryStores } from './folders.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER } from './simulated-disk.js'

const { closing, freshPath } = temporaryStores()

it.each([
  ['early', (item: number) => 10 - item],
  ['late', (item: number) => 3 * item],
])(
  'uses items in order, starts no more than the given number ahead, and ends after all that it started, if later ones end %s',
  async (_, turnsOf) => {
    const events: string[] = []
    let running = 0
    let most = 0
    const start = async (item: number) => {
      most = Math.max(most, ++running)
      for (let turn = 0; turn < turnsOf(item); turn++) await undefined
      running--
      events.push(`done ${item}`)
      if (item === 6) throw new Error('six')
    }
    const used: number[] = []
    await expect(
      runInOrder([1, 2, 3, 4, 5, 6, 7, 8], 2, start, item => void used.push(item)),
    ).rejects.toThrow('six')
    expect(used).toEqual([1, 2, 3, 4, 5])
    expect(most).toBe(3)
    expect(running, 'operations that still run after the error').toBe(0)
    const failing = runInOrder([1, 2, 3], 2, start, () => {
      throw new Error('use')
    })
    await expect(failing).rejects.toThrow('use')
    expect(running, 'operations that still run after the error').toBe(0)
  },
)

it('copies points in portions of about 4 MiB, and of at most 1,024 points', () => {
  const segment = createSegment(1, [{ rowBytes: 1024 }])
  reserve(segment, 2000)
  segment.length = 2000
  segment.live.fill(1, 0, 2000)
  // ten documents of 1.5 MB, and small ones
  for (let slot = 0; slot < 2000; slot++) {
    segment.columns[0]!.directory[ENTRY_WORDS * slot + 1] = slot < 10 ? 1500 : 1
  }
  segment.live[1999] = 0
  const portions = [...copyPortions(segment)]
  expect(portions.map(({ length }) => length)).toEqual([3, 3, 3, 1024, 966])
  expect(portions.flatMap(slots => [...slots])).toEqual([...Array(1999).keys()])
})

/** A segment whose documents have these sizes, and a reader of them that fails after some parts. */
function unreadDocuments(sizes: readonly number[], parts: number) {
  const segment = createSegment(1, [{ rowBytes: 1 }])
  const column = segment.columns[0]!
  reserve(segment, sizes.length)
  segment.length = sizes.length
  for (const [slot, size] of sizes.entries()) {
    column.directory[ENTRY_WORDS * slot + 1] = size
    column.offsets[slot] = column.bytes
    column.bytes += size
  }
  let filled = 0
  const reader: DocumentReader = {
    bytes: 0,
    fill: async () => {
      if (++filled > parts) throw new Error('unreadable')
    },
    intactIn: (_segment, _fieldIndex, { slots }) => slots.map((_slot, i) => i),
  }
  return { segment, column, reader, slots: Uint32Array.from(sizes.keys()) }
}

it('keeps the parts of a column that were read before an error, and frees the memory of the rest', async () => {
  const memory = await startPackedMemory({ kernel: 'reference' })
  const { used } = memory.kernel.memory
  const MIB = 2 ** 20
  const none = unreadDocuments([3 * MIB, 3 * MIB], 0)
  const first = createResidentLoader(memory, none.reader)
  await expect(first.load(none.segment, 0, Infinity, () => {}, undefined)).rejects.toThrow('unreadable')
  expect([first.bytes, none.column.resident, memory.kernel.memory.used]).toEqual([0, 0, used])
  const { segment, column, reader } = unreadDocuments([3 * MIB, 3 * MIB, 3 * MIB], 2)
  const loader = createResidentLoader(memory, reader)
  const loaded: number[][] = []
  const load = loader.load(segment, 0, Infinity, (...slots) => void loaded.push(slots), undefined)
  await expect(load).rejects.toThrow('unreadable')
  expect(loaded).toEqual([
    [0, 1],
    [1, 2],
  ])
  expect([loader.bytes, column.resident, memory.kernel.memory.used]).toEqual([6 * MIB, 2, used + 6 * MIB])
  for (const release of column.release) release()
  expect([loader.bytes, memory.kernel.memory.used]).toEqual([0, used])
})

it('frees the memory of documents if there is none for scoring them', async () => {
  const memory = await startPackedMemory({ kernel: 'reference', maxBytes: 2 ** 20 })
  const { segment, column, reader, slots } = unreadDocuments([1000, 1000], 2)
  const loader = createResidentLoader(memory, reader)
  await loader.load(segment, 0, Infinity, () => expect.unreachable(), undefined)
  expect([loader.bytes, column.resident, memory.kernel.memory.used]).toEqual([0, 0, 0])
  // an eighth of the memory is left for scoring
  const MIB = 2 ** 20
  const larger = await startPackedMemory({ kernel: 'simd', maxBytes: 64 * MIB })
  for (const [size, resident] of [
    [57 * MIB, 0],
    [56 * MIB, 56 * MIB],
  ] as const) {
    const large = unreadDocuments([size], 1)
    const loading = createResidentLoader(larger, large.reader)
    await loading.load(large.segment, 0, Infinity, () => {}, undefined)
    expect(loading.bytes).toBe(resident)
  }
  const readAhead = createReadAhead(memory, reader)
  const read = readAhead(segment, 0, slots, () => expect.unreachable(), undefined)
  await expect(read).rejects.toThrow('bytes more')
  expect(memory.kernel.memory.used).toBe(0)
})

it('puts dead points without a document at the end of the files in place of lost ones', () => {
  const segment = createSegment(1, [{ rowBytes: 4 }])
  const column = segment.columns[0]!
  reserve(segment, 2)
  segment.length = 2
  segment.payloadBytes = 30
  column.bytes = 16
  // a slot that was in use before
  segment.live.fill(1)
  padTo(segment, 5)
  padTo(segment, 3)
  expect(segment.length).toBe(5)
  const added = [2, 3, 4]
  expect(added.map(slot => segment.live[slot])).toEqual([0, 0, 0])
  expect(added.map(slot => segment.payloadOffsets[slot])).toEqual([30, 30, 30])
  expect(added.map(slot => [column.offsets[slot], bytesAt(column, slot)])).toEqual(Array(3).fill([16, 0]))
})

it('collects the documents of a batch, forgets those after a mark, and frees its memory', async () => {
  const memory = await startPackedMemory({ kernel: 'reference' })
  const { used } = memory.kernel.memory
  const writer: DocumentWriter = {
    rowBytes: 1024,
    prepare: value => ({
      rows: (value as number[]).length,
      write(address, entry) {
        entry.set([address, (value as number[]).length, 0, 0])
        memory.bytes(address, 1024 * (value as number[]).length).fill((value as number[])[0]!)
        return (value as number[])[0]!
      },
    }),
  }
  const buffer = createStagingBuffer(memory, writer)
  buffer.add([3, 3], 'vector')
  buffer.addMissing()
  const before = buffer.encoded()
  expect(before).toMatchObject({ offset: 0, bytes: 2048, largest: 3 })
  const mark = buffer.mark()
  // it grows
  buffer.add(Array(70).fill(9), 'vector')
  expect([buffer.rows, buffer.encoded().largest]).toEqual([72, 9])
  buffer.reset(mark)
  expect([buffer.rows, buffer.encoded()]).toEqual([2, before])
  buffer.add([4], 'vector')
  expect(buffer.encoded()).toMatchObject({ bytes: 3072, largest: 4 })
  const stored = memory.bytes(buffer.address, 3072)
  expect([stored[0], stored[2047], stored[2048]]).toEqual([3, 3, 4])
  buffer.dispose()
  expect([buffer.rows, memory.kernel.memory.used]).toEqual([0, used])
})

it('reads again what was read into a memory that was replaced meanwhile', async () => {
  const memory = await startPackedMemory({})
  const address = memory.kernel.memory.allocate(64)
  let reads = 0
  const reader = createDocumentReader(memory, {
    async read(_segment, _fieldIndex, target, position) {
      target.fill(7 + position)
      // growing the memory detaches the buffer of the target
      if (reads++ === 0) memory.kernel.memory.allocate(memory.kernel.memory.capacity)
    },
    reportDamage() {},
  })
  const part = {
    slots: Uint32Array.of(0),
    addresses: Uint32Array.of(address),
    extents: [{ offset: 1, bytes: 64, address }],
  }
  await reader.fill(createSegment(1, [{ rowBytes: 64 }]), 0, part)
  expect([...memory.bytes(address, 64)]).toEqual(Array(64).fill(8))
  expect(reads).toBe(2)
  memory.kernel.memory.release()
})

it('sums in f64 as long as any document needs it, in whatever batch it was written', async () => {
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  const large = { id: 1, vector: { colbert: [[1e20, -1e20]] } }
  const small = [2, 3].map(id => ({ id, vector: { colbert: [[1, 1]] } }))
  for (const points of [
    [large, ...small],
    [...small, large],
    [small[0]!, large, small[1]!],
  ]) {
    for (const batchPoints of [1, 2, 3]) {
      const path = freshPath()
      for (const place of [undefined, path]) {
        const store = closing(await createStore({ vectors, ...(place && { path }) }))
        await store.upsert(points, { batchPoints })
        const expectScores = async (one: Store, when: string) => {
          const hits = await one.query([[1e19, 1e19]])
          const order = points.map(({ id }) => id).join(', ')
          expect(
            hits.map(({ id, score }) => [id, score]),
            `points ${order} in batches of ${batchPoints}, ${when}`,
          ).toEqual([
            [2, Math.fround(2e19)],
            [3, Math.fround(2e19)],
            [1, 0],
          ])
        }
        await expectScores(store, 'at first')
        await store.delete([99])
        await store.upsert([{ id: 4, vector: {} }])
        await store.delete([4])
        await store.compact()
        await expectScores(store, 'after a compaction')
        if (!place) continue
        await store.close()
        await expectScores(closing(await openStore(path, { readOnly: true })), 'after it was opened again')
      }
    }
  }
})

it.each([
  ['1 KB', 1000],
  ['1KiB', 1024],
  ['1.5 MB', 1_500_000],
  ['2 MiB', 2 * 2 ** 20],
  ['1 GB', 1e9],
  ['1 GiB', 2 ** 30],
  ['7 B', 7],
  [12.9, 12],
  [undefined, 2 ** 30],
  ['9 GB', 3.5 * 2 ** 30],
] as const)('takes %s of memory as %i bytes', async (memory, bytes) => {
  const store = closing(await createStore({ vectors: { v: { size: 1, distance: 'Dot' } }, memory }))
  expect((await store.info()).memory.budget).toBe(bytes)
})

it('keeps as many of the first documents in memory as the budget holds, to the byte', async () => {
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  const store = await createSmallSegments(folder, { v: { size: 2, distance: 'Dot', screen: 'off' } }, 1e6)
  const rows = [3, 1, 2, 1, 5, 1]
  await store.upsert(
    rows.map((count, id) => ({ id, vector: { v: Array.from({ length: count }, () => [id, 1]) } })),
  )
  await store.close()
  const ends = rows.map((_, id) => 8 * rows.slice(0, id + 1).reduce((sum, count) => sum + count, 0))
  for (const memory of ends.flatMap(end => [end - 1, end, end + 1])) {
    const opened = await openStoreIn(folder, { memory, readOnly: true })
    for (let round = 0; round < 3; round++) {
      const hits = await opened.query([[1, 0]])
      expect(
        hits.map(({ id }) => id),
        `memory ${memory}, round ${round}`,
      ).toEqual([5, 4, 3, 2, 1, 0])
    }
    const { resident } = (await opened.info()).memory
    expect(resident, `bytes in memory of ${memory}`).toBe(ends.findLast(end => end <= memory) ?? 0)
    await opened.close()
  }
})

it('counts points, rows and bytes of all segments, live ones only', async () => {
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  const vectors = {
    a: { size: 2, distance: 'Dot' },
    b: { size: 3, distance: 'Dot', datatype: 'i8' },
  } as const
  const store = await createSmallSegments(folder, vectors, 60)
  const rowsOf = (id: number) => ({ a: id % 3, b: 1 + (id % 2) })
  const pointOf = (id: number) => {
    const { a, b } = rowsOf(id)
    const rows = (count: number, size: number) =>
      Array.from({ length: count }, () => Array<number>(size).fill(id))
    return { id, vector: { ...(a > 0 && { a: rows(a, 2) }), b: rows(b, 3) } }
  }
  const ids = Array.from({ length: 24 }, (_, id) => id)
  for (const id of [...ids, 4, 5]) await store.upsert([pointOf(id)])
  await store.delete([7, 8, 23])
  const live = ids.filter(id => ![7, 8, 23].includes(id))
  const sum = (name: 'a' | 'b') => live.reduce((rows, id) => rows + rowsOf(id)[name], 0)
  for (let round = 0; round < 4; round++) {
    for (const [using, row] of [
      ['a', [1, 1]],
      ['b', [1, 1, 1]],
    ] as const) {
      await store.query([row], { using })
    }
    const info = await store.info()
    expect(info).toMatchObject({ points: live.length, dead: round < 3 ? 5 : 0 })
    expect(info.segments).toBeGreaterThan(4)
    const { a, b } = info.vectors
    const pointsOf = (name: 'a' | 'b') => live.filter(id => rowsOf(id)[name] > 0).length
    expect(a).toMatchObject({ points: pointsOf('a'), rows: sum('a'), bytes: 8 * sum('a') })
    expect(b).toMatchObject({ points: pointsOf('b'), rows: sum('b'), bytes: 3 * sum('b') })
    expect(info.memory.resident, 'of both vectors').toBe(a!.resident + b!.resident)
    if (round === 0) expect(info.memory.resident).toBe(0)
    // dead documents are resident too, until a compaction
    if (round === 1) expect(a!.resident).toBeGreaterThan(a!.bytes)
    if (round === 2) await store.compact()
  }
  await store.query([[1, 1]], { using: 'a' })
  const { a } = (await store.info()).vectors
  expect(a!.resident).toBe(a!.bytes)
  await store.close()
})

it('keeps vectors in memory from the second query on, unless they are to stay on the disk', async () => {
  const config = { size: 2, distance: 'Dot' } as const
  const vectors: StoreConfig['vectors'] = { fast: config, cold: { ...config, on_disk: true } }
  const store = closing(await createStore({ vectors, path: freshPath() }))
  await store.upsert([{ id: 1, vector: { fast: [[1, 2]], cold: [[3, 4]] } }])
  const resident: number[][] = []
  for (let i = 0; i < 3; i++) {
    for (const using of ['fast', 'cold']) await store.query([[1, 1]], { using })
    const { fast, cold } = (await store.info()).vectors
    resident.push([fast!.resident, cold!.resident])
  }
  expect(resident).toEqual([
    [0, 0],
    [8, 0],
    [8, 0],
  ])
})

it.each([
  ['that streams the vectors', 0, 1],
  ['that loads the vectors into memory', '1 GB', 2],
] as const)('stops a query %s when it is cancelled during a read', async (_, memory, queries) => {
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  const store = await createSmallSegments(folder, { v: { size: 65_536, distance: 'Dot' } }, 1e9)
  const row = new Float32Array(65_536).fill(1)
  await store.upsert(Array.from({ length: 4 }, (_, id) => ({ id, vector: { v: [row] } })))
  await store.close()
  const opened = await openStoreIn(folder, { memory, readOnly: true })
  for (let i = 1; i < queries; i++) await opened.query([row], { filter: { must: [{ has_id: [0] }] } })
  const controller = new AbortController()
  disk.onCall = ({ type, name }) => {
    if (type === 'read' && name.endsWith('.rows')) controller.abort(new Error('enough'))
  }
  await expect(opened.query([row], { signal: controller.signal })).rejects.toThrow('enough')
  disk.onCall = () => {}
  expect((await opened.query([row])).map(({ score }) => score)).toEqual(Array(4).fill(65_536))
  await opened.close()
})

it('keeps parsed payloads in memory only if an eighth of the budget holds them', async () => {
  for (const [memory, isCached] of [
    [0, false],
    [80, false],
    [8000, true],
  ] as const) {
    const disk = createSimulatedDisk()
    const folder = await createNodeFolder(FOLDER, disk.fileSystem)
    const store = await createSmallSegments(folder, { v: { size: 1, distance: 'Dot' } }, 1e6)
    await store.upsert([1, 2, 3].map(id => ({ id, vector: {}, payload: { id, text: 'some text' } })))
    await store.close()
    const opened = await openStoreIn(folder, { memory })
    const filter = { must: [{ key: 'id', match: { value: 2 } }] }
    const readsOf = async () => {
      const before = disk.calls.length
      expect(await opened.count(filter)).toBe(1)
      return disk.calls.slice(before).filter(({ name }) => name.endsWith('.payloads')).length
    }
    expect(await readsOf(), `first filter, ${memory}`).toBeGreaterThan(0)
    if (isCached) expect(await readsOf(), `second filter, ${memory}`).toBe(0)
    else expect(await readsOf(), `second filter, ${memory}`).toBeGreaterThan(0)
    await opened.close()
  }
})

it('keeps parsed payloads of as many segments in memory as an eighth of the budget holds', async () => {
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  const store = await createSmallSegments(folder, { v: { size: 1, distance: 'Dot' } }, 100)
  for (let id = 1; id <= 20; id++) {
    await store.upsert([{ id, vector: {}, payload: { id, text: 'x'.repeat(10 * (id % 4)) } }])
  }
  await store.close()
  for (const share of [0, 0.3, 0.5, 1]) {
    const sizes = new Map(
      (await folder.list())
        .filter(name => name.endsWith('.payloads'))
        .map(name => [name, disk.contentsOf(name)!.length]),
    )
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    const room = Math.floor(share * total)
    const opened = await openStoreIn(folder, { memory: 8 * room })
    const filter = { must: [{ key: 'id', match: { value: 2 } }] }
    let read = new Set<string>()
    for (let round = 0; round < 3; round++) {
      const before = disk.calls.length
      expect(await opened.count(filter)).toBe(1)
      const reads = disk.calls.slice(before).filter(({ type }) => type === 'read')
      read = new Set(reads.map(({ name }) => name))
    }
    const cached = [...sizes].flatMap(([name, size]) => (read.has(name) ? [] : [size]))
    const bytes = cached.reduce((sum, size) => sum + size, 0)
    expect(sizes.size, 'segments').toBeGreaterThan(4)
    expect(bytes, `bytes in memory of ${room}`).toBeLessThanOrEqual(room)
    const others = [...sizes].flatMap(([name, size]) => (read.has(name) ? [size] : []))
    expect(bytes + Math.min(...others, Infinity), 'with one more segment').toBeGreaterThan(room)
    await opened.close()
  }
})

it('leaves no file of the store before it, when a store is recreated', async () => {
  const path = freshPath()
  const vectors = { a: { size: 2, distance: 'Dot' }, b: { size: 2, distance: 'Dot' } } as const
  const store = await createStore({ path, vectors })
  await store.upsert([{ id: 1, vector: { a: [[1, 2]], b: [[1, 2]] } }])
  await store.delete([1])
  await store.compact()
  await store.close()
  const again = await createStore({ path, vectors: { a: vectors.a }, ifExists: 'recreate' })
  await again.close()
  expect(readdirSync(path).sort()).toEqual([
    '000001.0.int8',
    '000001.0.rows',
    '000001.log',
    '000001.payloads',
    'manifest',
    'manifest.copy',
  ])
})

it('reports in a browser that the quota is exceeded', async () => {
  const written: number[] = []
  const handle = {
    createSyncAccessHandle: async () => ({
      write(bytes: Uint8Array) {
        written.push(bytes.length)
        return bytes.length - (written.length > 1 ? 1 : 0)
      },
    }),
  }
  const file = await writableFile(handle as never)
  await file.write(new Uint8Array(4), 0)
  await expect(file.write(new Uint8Array(4), 4)).rejects.toThrow(
    'the storage quota of the origin is exceeded',
  )
})

it('writes a copy of the bytes on a page of a browser, and leaves the file as it was after an error', async () => {
  const events: string[] = []
  let data: Uint8Array | undefined
  const stream = {
    async write(given: { data: Uint8Array }) {
      data = given.data
      if (data[0] === 9) throw new Error('no space')
    },
    async close() {
      events.push('close')
    },
    async abort() {
      events.push('abort')
    },
  }
  const file = await writableFile({ createWritable: async () => stream } as never)
  const bytes = Uint8Array.of(1, 2, 3)
  await file.write(bytes, 0)
  bytes.fill(7)
  expect([...data!], 'the bytes that the stream still reads').toEqual([1, 2, 3])
  await expect(file.write(Uint8Array.of(9), 0)).rejects.toThrow('no space')
  expect(events).toEqual(['close', 'abort'])
})
