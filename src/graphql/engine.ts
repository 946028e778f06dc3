import type { GraphQLFormattedError } from 'graphql'
import type { Soon } from '../domain/soon.ts'
import type { RequestContext } from './context.ts'

/** What a client sent: `query` is GraphQL text. */
export interface GraphQLRequest {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>> | null
  readonly operationName?: string | null
}

/** A request that was parsed, validated and found within the limits; it may run now. */
export interface PreparedOperation {
  readonly kind: 'query' | 'mutation' | 'subscription'
  /** For logs and metrics: the operation's name, or that of its first field. Bounded in number by the caller, not here. */
  readonly label: string
  /** Runs a query or mutation. Never rejects: failures stand in `errors`, masked where they are not for clients. */
  execute(context: RequestContext): Soon<GraphQLResponse>
  /** Runs a subscription: a source of responses, or a response with errors where it could not start. */
  subscribe(context: RequestContext): Promise<AsyncIterableIterator<readonly Payload[]> | GraphQLResponse>
}

/** A response of a subscription as it is sent: written once for all who get the same. */
export interface Payload {
  /** A GraphQLResponse. */
  readonly json: string
  /** Where to resume after it, for transports that tell this too. */
  readonly cursor: string | null
  /** It says that what was missed has been told: what follows is live. */
  readonly isLevel: boolean
}

export interface GraphQLResponse {
  readonly data?: unknown
  readonly errors?: readonly GraphQLFormattedError[]
  readonly extensions?: Readonly<Record<string, unknown>>
}

export type Prepared =
  | { readonly ok: true; readonly operation: PreparedOperation }
  /** Syntax, validation, limits: nothing ran. */
  | { readonly ok: false; readonly errors: readonly GraphQLFormattedError[] }

/** The limits of a request. Those of its document are checked before anything runs. */
export interface Limits {
  readonly maxDepth: number
  readonly maxCost: number
  readonly maxAliases: number
  readonly maxTokens: number
  readonly introspection: boolean
  /** Of the answer's JSON. */
  readonly maxAnswerChars: number
}

export interface GraphQLEngine {
  /** Parses, validates and compiles; documents that were seen before come from a bounded cache. */
  prepare(request: GraphQLRequest): Prepared
  /** A hash of the schema: part of every ETag. */
  readonly schemaHash: string
}
