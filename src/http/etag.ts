import { hash } from 'node:crypto'
import type { Viewer } from '../domain/viewer.ts'
import type { GraphQLRequest } from '../graphql/engine.ts'
import type { MediaType } from './mediaTypes.ts'

/** All that an answer depends on. */
export interface TagParts {
  readonly schemaHash: string
  readonly epoch: string
  readonly viewer: Viewer
  readonly mediaType: MediaType
  readonly request: GraphQLRequest
  /**
   * Of the views, read before the query ran. What the query saw may be newer than its tag, never older: at worst a client asks
   * once more than it had to.
   */
  readonly version: string
}

/** Weak, since an answer is the same in what it says and not to the byte. */
export function entityTag({ schemaHash, epoch, viewer, mediaType, request, version }: TagParts): string {
  const { tenant, operator, userId, keyId, scopes } = viewer
  const { query, operationName, variables } = request
  const parts = [
    schemaHash,
    epoch,
    tenant,
    operator,
    userId,
    keyId,
    scopes,
    mediaType,
    query,
    operationName,
    variables,
  ]
  return `W/"${hash('sha256', JSON.stringify([version, parts]), 'base64url').slice(0, 32)}"`
}

/** Whether an If-None-Match header holds the tag. `*` never matches: nobody can know that an answer exists before it is made. */
export const holdsTag = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch?.split(',').some((held) => opaque(held.trim()) === opaque(tag)) ?? false

const opaque = (tag: string): string => (tag.startsWith('W/') ? tag.slice(2) : tag)
