// MaxSim as an ONNX model, encoded byte by byte, so that no other tool is needed:
//
//   scores[n] = ReduceSum(ReduceMax(MatMul(query[q, dim], documents[n, dim, rows]) + mask[n, 1, rows]))
//
// `mask` is 0, and -infinity for the padding of shorter documents.

const utf8 = new TextEncoder()

function varint(value) {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return [...bytes, value]
}
const number = (field, value) => [...varint(field * 8), ...varint(value)]
const bytes = (field, content) => [...varint(field * 8 + 2), ...varint(content.length), ...content]
const text = (field, value) => bytes(field, [...utf8.encode(value)])

const INT = 2
const INTS = 7
const FLOAT = 1

const node = (operator, inputs, output, attributes = []) =>
  bytes(1, [
    ...inputs.flatMap(name => text(1, name)),
    ...text(2, output),
    ...text(4, operator),
    ...attributes.flatMap(attribute => bytes(5, attribute)),
  ])
const axis = value => [...text(1, 'axes'), ...number(8, value), ...number(20, INTS)]
const dropAxis = [...text(1, 'keepdims'), ...number(3, 0), ...number(20, INT)]

/** An f32 tensor. Each dimension is a name or a fixed size. */
function tensor(field, name, shape) {
  const dimensions = shape.flatMap(size =>
    bytes(1, typeof size === 'string' ? text(2, size) : number(1, size)),
  )
  const type = bytes(1, [...number(1, FLOAT), ...bytes(2, dimensions)])
  return bytes(field, [...text(1, name), ...bytes(2, type)])
}

const graph = [
  ...node('MatMul', ['query', 'documents'], 'similarities'),
  ...node('Add', ['similarities', 'mask'], 'masked'),
  ...node('ReduceMax', ['masked'], 'best', [axis(2), dropAxis]),
  ...node('ReduceSum', ['best'], 'scores', [axis(1), dropAxis]),
  ...text(2, 'maxsim'),
  ...tensor(11, 'query', ['q', 'dim']),
  ...tensor(11, 'documents', ['n', 'dim', 'rows']),
  ...tensor(11, 'mask', ['n', 1, 'rows']),
  ...tensor(12, 'scores', ['n']),
]

/** IR version 7, operator set 12. */
export const maxsimGraph = Uint8Array.from([
  ...number(1, 7),
  ...bytes(7, graph),
  ...bytes(8, [...text(1, ''), ...number(2, 12)]),
])
