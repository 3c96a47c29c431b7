// The public API as the sources declare it: every export of every entry point, with its doc comments.

import { readFileSync } from 'node:fs'
import {
  type ExportedDeclarations,
  type JSDoc,
  type JSDocableNode,
  Node,
  Project,
  type SourceFile,
  type Symbol as TypeSymbol,
} from 'ts-morph'

export interface PublicExport {
  /** How a user imports it: `maxsimd/store`. */
  readonly entry: string
  readonly name: string
  readonly declarations: readonly ExportedDeclarations[]
}

export interface EntryPoint {
  readonly name: string
  readonly source: SourceFile
}

/** The entry points of package.json, with the source file of each. */
export function readEntryPoints(): readonly EntryPoint[] {
  // without the types of the engine and of Node, which take longer to read than src/ and which no question here needs
  const project = new Project({
    tsConfigFilePath: 'tsconfig.json',
    skipAddingFilesFromTsConfig: true,
    compilerOptions: { noLib: true, types: [] },
  })
  project.addSourceFilesAtPaths('src/**/*.ts')
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { default?: string }>
  }
  return Object.entries(exports).flatMap(([name, entry]) => {
    // maxsimd.min.js has the names of the main entry
    if (!entry.default || !/(?<!\.min|worker)\.js$/.test(entry.default)) return []
    const file = entry.default.replace('./dist/', 'src/').replace(/js$/, 'ts')
    return [{ name: name.replace(/^\./, 'maxsimd'), source: project.getSourceFileOrThrow(file) }]
  })
}

export function exportsOf({ name: entry, source }: EntryPoint): readonly PublicExport[] {
  return [...source.getExportedDeclarations()].map(([name, declarations]) => ({ entry, name, declarations }))
}

const isDocable = (node: Node): node is Node & JSDocableNode => 'getJsDocs' in node

/** The doc comments of a declaration. A variable has them on its statement. */
export function docsOf(declaration: Node): readonly JSDoc[] {
  const owner = Node.isVariableDeclaration(declaration) ? declaration.getVariableStatement() : declaration
  return owner && isDocable(owner) ? owner.getJsDocs() : []
}

export function isFunction(declaration: Node): boolean {
  if (Node.isFunctionDeclaration(declaration)) return true
  return Node.isVariableDeclaration(declaration) && declaration.getType().getCallSignatures().length > 0
}

/** The code of each `@example` of an export. */
export function examplesOf({ declarations }: PublicExport): readonly string[] {
  return declarations
    .flatMap(docsOf)
    .flatMap(doc => doc.getTags())
    .filter(tag => tag.getTagName() === 'example')
    .map(tag => (tag.getCommentText() ?? '').trim())
}

/** Types of src/ that a public declaration mentions. */
export function mentionedTypes(
  declaration: Node,
): readonly { readonly name: string; readonly symbol: TypeSymbol }[] {
  const found = new Map<TypeSymbol, string>()
  const visit = (node: Node): void => {
    // a function's body is not part of its signature
    if (Node.isBlock(node)) return
    if (
      isDocable(node) &&
      node.getJsDocs().some(doc => doc.getTags().some(tag => tag.getTagName() === 'internal'))
    )
      return
    if (Node.isTypeReference(node) || Node.isExpressionWithTypeArguments(node)) {
      const identifier = Node.isTypeReference(node) ? node.getTypeName() : node.getExpression()
      const symbol = identifier.getSymbol()
      const original = symbol?.getAliasedSymbol() ?? symbol
      const [first] = original?.getDeclarations() ?? []
      const isOwn = first?.getSourceFile().getFilePath().includes('/src/')
      if (original && isOwn && !Node.isTypeParameterDeclaration(first))
        found.set(original, identifier.getText())
    }
    node.forEachChild(visit)
  }
  visit(declaration)
  return [...found].map(([symbol, name]) => ({ symbol, name }))
}
