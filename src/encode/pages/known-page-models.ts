// Finds out whether a model encodes pages, and which of the two kinds that FastEmbed 0.9.1 supports it is.

import type { ModelSettings } from '../model/known-models.js'

/** A kind of model for pages. */
export type PageKind = 'colpali' | 'colmodernvbert'

/** The names of the models on the Hugging Face hub that encode pages. */
export const PAGE_MODELS = ['Qdrant/colmodernvbert', 'Qdrant/colpali-v1.3-fp16'] as const

/** Elements in each row of both models. */
export const PAGE_DIM = 128

/** The settings that a page encoder reports: all rows are kept, as the model returns them. */
export const PAGE_SETTINGS: Readonly<Record<PageKind, ModelSettings>> = {
  colpali: settingsOfPages('model.onnx', true),
  colmodernvbert: settingsOfPages('model_v2.onnx', false),
}

function settingsOfPages(file: string, externalData: boolean): ModelSettings {
  return {
    type: 'colbert',
    dim: PAGE_DIM,
    countsMarker: false,
    attendsToMask: false,
    skipsPunctuation: false,
    skipsPadding: false,
    skipsSpecial: false,
    normalizes: { query: false, document: false },
    files: { fp32: file },
    ...(externalData && { externalData }),
  }
}

/** The kind of a model by its name or the path of its folder. Upper and lower case are equal, as in FastEmbed. */
export function pageKindOfName(name: string): PageKind | undefined {
  const last = name.toLowerCase().replaceAll('\\', '/').split('/').filter(Boolean).at(-1) ?? ''
  if (/^colpali-v1\.3|^colpali$/.test(last)) return 'colpali'
  return last.startsWith('colmodernvbert') ? 'colmodernvbert' : undefined
}

/**
 * The kind of a model by its preprocessor_config.json and config.json; undefined if it takes no images.
 *
 * @throws RangeError if it takes images in another way; `model` names it
 */
export function pageKindOfFiles(
  model: string,
  preprocessor: Readonly<Record<string, unknown>> | undefined,
  config: Readonly<Record<string, unknown>> | undefined,
): PageKind | undefined {
  const processor = preprocessor?.image_processor_type
  if (processor === undefined) return undefined
  const type = String(config?.model_type ?? '')
  const isOther = /qwen|smol|idefics|llava|clip/i.test(type)
  if (!isOther && String(processor).startsWith('SiglipImageProcessor')) return 'colpali'
  if (!isOther && String(processor).startsWith('Idefics3ImageProcessor')) return 'colmodernvbert'
  throw new RangeError(
    `"${model}" takes images with ${String(processor)}${type && ` of the model type ${type}`}; ` +
      `models for pages that can be run here: ${PAGE_MODELS.join(', ')}`,
  )
}
