import { RollcallError, type WireError } from './errors.ts'

type MaybePromise<T> = T | Promise<T>

/** Where and as whom a client asks. */
export interface EndpointOptions {
  /** `https://rollcall.example.org`, or with the endpoint's path where that is not /graphql. In a browser it may be relative to the page. */
  readonly url: string
  /** An API key, or the operator's. A function is asked before each request and connection: for keys that are changed now and then. */
  readonly key: string | (() => MaybePromise<string>)
  /** For the operator's key, which is of no tenant; `default` without it. */
  readonly tenant?: string | undefined
  /** Those of the platform, unless others are given. Node 20 has no WebSocket: there, to follow, give that of the package ws. */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly WebSocket?: WebSocketClass | undefined
}

export type WebSocketClass = new (url: string, protocols?: string | string[]) => object

/** A GraphQL response. */
export interface Answer {
  readonly data: unknown
  readonly errors: readonly WireError[]
  readonly token: string | null
  readonly requestId: string | null
}

/** A server whose answer takes longer is as one that is not there. */
const ANSWER_WITHIN_MS = 30_000

const GRAPHQL_RESPONSE = 'application/graphql-response+json'

export class Endpoint {
  readonly url: string
  /** Of the same endpoint, for WebSockets. */
  readonly webSocketUrl: string
  readonly #WebSocket: WebSocketClass | undefined
  readonly #fetch: typeof globalThis.fetch
  readonly #options: EndpointOptions

  /** Throws TypeError for a URL that is none, or of neither http nor https, and without a key. */
  constructor(options: EndpointOptions) {
    if (!['string', 'function'].includes(typeof options.key)) {
      throw new TypeError(
        `key: must be a string, or a function that gives one, but was ${typeof options.key}`,
      )
    }
    const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href
    const url = new URL(options.url, page)
    if (!/^https?:$/.test(url.protocol)) throw new TypeError(`url: must be of http or https, but was ${url}`)
    if (url.pathname === '/') url.pathname = '/graphql'
    this.url = url.href
    this.webSocketUrl = url.href.replace(/^http/, 'ws')
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
    this.#options = options
  }

  /** Throws TypeError where the platform has none, and none was given. */
  get WebSocket(): WebSocketClass {
    if (this.#WebSocket !== undefined) return this.#WebSocket
    throw new TypeError('WebSocket: there is none here (Node 20): give createClient that of the package ws')
  }

  get tenant(): string | null {
    return this.#options.tenant ?? null
  }

  /** What `connection_init` carries. */
  async credentials(): Promise<{ readonly authorization: string; readonly tenant?: string }> {
    const { key, tenant } = this.#options
    const authorization = `Bearer ${typeof key === 'string' ? key : await key()}`
    return tenant === undefined ? { authorization } : { authorization, tenant }
  }

  /** Sends one operation, once. Rejects with NETWORK, or with the signal's reason. */
  async post(body: object, signal?: AbortSignal): Promise<Answer> {
    const { authorization, tenant } = await this.credentials()
    const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS)
    let response: Response
    let text: string
    try {
      response = await this.#fetch(this.url, {
        method: 'POST',
        headers: {
          accept: `${GRAPHQL_RESPONSE}, application/json;q=0.9`,
          'content-type': 'application/json',
          authorization,
          ...(tenant !== undefined && { 'rollcall-tenant': tenant }),
        },
        body: JSON.stringify(body),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        credentials: 'omit',
        cache: 'no-store',
      })
      text = await response.text()
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      throw new RollcallError('NETWORK', `No answer from ${this.url}: ${reasonOf(cause)}`, {}, { cause })
    }
    return answerIn(text, response)
  }
}

/** By GraphQL over HTTP: JSON beside a status of failure is GraphQL's only where its media type says so. */
function answerIn(text: string, { ok, status, url, headers }: Response): Answer {
  const mayBe = ok || headers.get('content-type')?.startsWith(GRAPHQL_RESPONSE) === true
  const body = mayBe ? parsed(text) : null
  if (body === null || !('data' in body || Array.isArray(body.errors))) {
    throw new RollcallError('NETWORK', `There is no GraphQL at ${url}: HTTP ${status}`, { status })
  }
  const { data = null, errors = [], extensions } = body
  return {
    data,
    errors: errors as readonly WireError[],
    token: (extensions as { readonly token?: string } | undefined)?.token ?? null,
    requestId: headers.get('x-request-id'),
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** What lies beneath fetch's own "fetch failed", where it says so. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name
}
