// Applies dense layers to rows: activation(x W' + b), plus the row itself or its projection if the layer has a residual.

/** The activation functions of dense layers that can be run. */
export type ActivationName = keyof typeof ACTIVATIONS

/** A dense layer. */
export interface DenseLayer {
  readonly inDim: number
  readonly outDim: number
  /** `outDim` rows of `inDim` numbers. */
  readonly weights: Float32Array
  readonly bias: Float32Array | undefined
  readonly activation: ActivationName
  /** What is added to the result: the input (`identity`), or the input times this matrix of the shape of `weights`. */
  readonly residual: Float32Array | 'identity' | undefined
}

const ACTIVATIONS = {
  Identity: (x: number) => x,
  Tanh: Math.tanh,
  ReLU: (x: number) => Math.max(0, x),
  Sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
} as const

/**
 * Returns the name of an activation function from its path in PyTorch, such as `torch.nn.modules.linear.Identity`.
 *
 * @throws RangeError if it cannot be run
 */
export function activationOf(path: string, file: string): ActivationName {
  const name = path.slice(path.lastIndexOf('.') + 1)
  if (Object.hasOwn(ACTIVATIONS, name)) return name as ActivationName
  throw new RangeError(
    `${file} has the activation function "${path}"; supported: ${Object.keys(ACTIVATIONS).join(', ')}; ` +
      'export the model to ONNX with its projection',
  )
}

/** Applies a layer to rows of `inDim` elements. Returns rows of `outDim` elements. */
export function applyDense(layer: DenseLayer, rows: Float32Array): Float32Array {
  const { inDim, outDim, weights, bias, residual } = layer
  const activation = ACTIVATIONS[layer.activation]
  const count = rows.length / inDim
  const result = multiply(rows, weights, inDim, outDim)
  const added = residual === 'identity' ? rows : residual && multiply(rows, residual, inDim, outDim)
  for (let row = 0, at = 0; row < count; row++) {
    for (let o = 0; o < outDim; o++, at++) {
      result[at] = activation(result[at]! + (bias ? bias[o]! : 0)) + (added ? added[at]! : 0)
    }
  }
  return result
}

/** Rows times a transposed matrix. Four columns at a time share the loads of a row. */
function multiply(rows: Float32Array, weights: Float32Array, inDim: number, outDim: number): Float32Array {
  const count = rows.length / inDim
  const result = new Float32Array(count * outDim)
  for (let row = 0; row < count; row++) {
    const from = row * inDim
    for (let o = 0; o < outDim; o += 4) {
      const width = Math.min(4, outDim - o)
      const [w0, w1, w2, w3] = [0, 1, 2, 3].map(i => (o + Math.min(i, width - 1)) * inDim) as [
        number,
        number,
        number,
        number,
      ]
      let [a, b, c, d] = [0, 0, 0, 0]
      for (let i = 0; i < inDim; i++) {
        const x = rows[from + i]!
        a += x * weights[w0 + i]!
        b += x * weights[w1 + i]!
        c += x * weights[w2 + i]!
        d += x * weights[w3 + i]!
      }
      const sums = [a, b, c, d]
      for (let i = 0; i < width; i++) result[row * outDim + o + i] = sums[i]!
    }
  }
  return result
}
