// Paths of Qdrant's REST API.

/** `/collections/{name}`, with the name escaped. */
export const collectionPath = (name: string): string => `/collections/${encodeURIComponent(name)}`
