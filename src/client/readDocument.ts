import { type DocumentNode, getOperationAST, type OperationTypeNode, print } from 'graphql'

interface ReadDocument {
  readonly query: string
  readonly kind: `${OperationTypeNode}`
}

const known = new WeakMap<DocumentNode, ReadDocument>()

/** A document of one operation, as it is sent. Written once. Throws TypeError for one of none, or of several. */
export function readDocument(document: DocumentNode): ReadDocument {
  let read = known.get(document)
  if (read === undefined) {
    const kind = getOperationAST(document)?.operation
    if (kind === undefined) throw new TypeError('The document must have exactly one operation')
    read = { query: print(document), kind }
    known.set(document, read)
  }
  return read
}
