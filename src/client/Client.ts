import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { backoffMs, sleep } from './backoff.ts'
import { Endpoint, type EndpointOptions } from './Endpoint.ts'
import { RollcallError } from './errors.ts'
import { readDocument } from './readDocument.ts'
import { SeenTokens } from './SeenTokens.ts'
import { Slots } from './Slots.ts'

export interface ClientOptions extends EndpointOptions {
  /** What the session has seen before: `tokens` of another client, or tokens of answers. */
  readonly tokens?: readonly string[]
}

export interface RequestOptions {
  readonly signal?: AbortSignal
  /** Of a mutation, where another process may have to repeat it. Without one, the client makes one for each. */
  readonly idempotencyKey?: string
}

/** Of the variables only those that have no other value may be left out. */
type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions]

/** What the server takes in one request is more than this: each operation under way may leave one token. */
const MAX_UNDER_WAY = 64
const MAX_RETRIES = 5
const RETRY = { minMs: 0, maxMs: 200 }
const RETRY_CAP_MS = 5_000

/**
 * A session: it always reads its own writes, whatever runs beside each other, and on whichever process of the server. Cheap to make:
 * where one service acts for many users, each of them may have one.
 */
export class Client {
  readonly endpoint: Endpoint
  readonly #seen: SeenTokens
  readonly #slots = new Slots(MAX_UNDER_WAY)

  constructor({ tokens = [], ...endpoint }: ClientOptions) {
    this.endpoint = new Endpoint(endpoint)
    this.#seen = new SeenTokens(tokens)
  }

  /** All that this session has seen: whoever is given these sees at least that. */
  get tokens(): readonly string[] {
    return this.#seen.all
  }

  /** From now on the session sees at least what these tokens have seen. */
  see(...tokens: readonly string[]): void {
    this.#seen.add(...tokens)
  }

  /**
   * The data of a query or a mutation. Rejects with RollcallError, or with the signal's reason.
   *
   * What may pass (NETWORK, UNAVAILABLE, VIEW_BEHIND) is tried again a few times, some seconds in all. A mutation takes effect once,
   * however often it is sent: it has an Idempotency-Key. A secret is told once, too: of a createApiKey that had to be repeated it may be
   * null.
   */
  async request<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...[variables, options = {}]: Arguments<Variables>
  ): Promise<Data> {
    const { query, kind } = readDocument(document)
    if (kind === 'subscription') throw new TypeError('A subscription is not a request: see follow()')
    const { signal, idempotencyKey = newKey() } = options
    const body = { query, variables, ...(kind === 'mutation' && { idempotencyKey }) }
    return this.#slots.run(async () => {
      for (let retries = 0; ; retries++) {
        try {
          return (await this.#ask(body, signal)) as Data
        } catch (error) {
          if (retries >= MAX_RETRIES || !mayPass(error)) throw error
          await sleep(backoffMs(retries, RETRY, RETRY_CAP_MS), signal)
          signal?.throwIfAborted()
        }
      }
    })
  }

  /** One attempt. An answer with an error is none, so that no caller takes half of it for the whole. */
  async #ask({ query, variables, idempotencyKey }: Body, signal?: AbortSignal): Promise<unknown> {
    const atLeast = this.tokens
    const extensions = { ...(atLeast.length > 0 && { atLeast }), idempotencyKey }
    const { data, errors, token, requestId } = await this.endpoint.post(
      { query, variables, extensions },
      signal,
    )
    if (token !== null) this.#seen.replace(atLeast, token)
    const [first] = errors
    if (first === undefined) return data
    const error = RollcallError.ofWire(first, requestId)
    this.#learn(error, atLeast, variables)
    throw error
  }

  #learn({ code, wanted, details }: RollcallError, demanded: readonly string[], variables: unknown): void {
    // The write is done: from now on it is to be seen.
    if (code === 'VIEW_BEHIND' && details.committed === true && wanted !== null) this.see(wanted)
    // The log was restored, and what the session saw may be gone: that is told once, and what it reads next is new.
    if (code === 'BAD_TOKEN' && details.why === 'epoch' && !namesToken(variables)) this.#seen.forget(demanded)
  }
}

interface Body {
  readonly query: string
  readonly variables: unknown
  readonly idempotencyKey?: string
}

export const createClient = (options: ClientOptions): Client => new Client(options)

function mayPass(error: unknown): boolean {
  if (!(error instanceof RollcallError)) return false
  const { code, details } = error
  if (code === 'NETWORK') return typeof details.status !== 'number' || details.status >= 500
  return code === 'UNAVAILABLE' || code === 'VIEW_BEHIND'
}

/** Whether the token that was refused may be the caller's own. */
const namesToken = (variables: unknown): boolean =>
  typeof variables === 'object' && variables !== null && ('atLeast' in variables || 'ifMatch' in variables)

/** Not randomUUID, which browsers have on pages of https only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
