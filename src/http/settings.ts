import type { AdmissionSettings } from './Admission.ts'

/** How the transports behave. All of it is decided by the composition root; nothing here reads the environment. */
export interface HttpSettings {
  readonly host: string
  /** 0: any free one; `listen` says which. */
  readonly port: number
  /** Of the key that opens everything: see hashSecret. The key itself is at least 16 characters; length is what protects it. */
  readonly operatorKeyHash: string
  /** Of a request's body, and of a WebSocket message. */
  readonly maxBodyBytes: number
  /** Origins whose pages may use the API from a browser, as browsers write them: https://admin.example.org. `*`: any. */
  readonly corsOrigins: readonly string[]
  /** How many proxies stand before the server: that many addresses at the end of X-Forwarded-For are believed. */
  readonly trustedProxies: number
  /** What is under way when the server stops gets so long to finish. */
  readonly stopTimeoutMs: number
  /** Keys that nobody has, from one address within a minute, before the answer is RATE_LIMITED. */
  readonly maxFailedKeysPerMinute: number
  readonly playground: boolean
  /** Whether GET /metrics asks for the operator key. */
  readonly metricsNeedKey: boolean
  /** WebSockets and event streams. Past it a new WebSocket is closed with 1013, and a stream gets RATE_LIMITED. */
  readonly maxConnections: number
  /**
   * Subscriptions of one API key at a time, over all connections and transports; the operator key has no limit. Past it another gets
   * RATE_LIMITED. Its WebSockets are as many at most; one more is closed with 1013.
   */
  readonly maxFollowersPerKey: number
  /** Of subscriptions that have not caught up yet. Past it a new one gets RATE_LIMITED. */
  readonly admission: AdmissionSettings
  /** How often a connection that is idle is used, so that proxies keep it: a ping, or a comment in an event stream. */
  readonly keepAliveMs: number
  /**
   * A client that for so long neither answers a ping nor takes anything of what waits for it is closed with 1013, its event stream or
   * answer cut.
   * More than keepAliveMs.
   */
  readonly maxSilenceMs: number
  readonly websocket: WebSocketSettings
}

export interface WebSocketSettings {
  /**
   * Operations of one connection at a time. Past it an operation gets RATE_LIMITED, and after as many operations in a row that got
   * this, for whatever limit, the socket is closed with 4429.
   */
  readonly maxOperations: number
  /** How long a client may take to introduce itself; then 4408. */
  readonly initTimeoutMs: number
  /** A client that was given up for its silence, and has not confirmed by then that its WebSocket is closed, is cut off. */
  readonly closeTimeoutMs: number
  /** A socket with more than this waiting to be read by its client is closed with 1013. Followers wait long before that. */
  readonly maxBufferedBytes: number
}

export const DEFAULT_HTTP_SETTINGS: Omit<HttpSettings, 'operatorKeyHash'> = {
  host: '127.0.0.1',
  port: 4000,
  maxBodyBytes: 1_000_000,
  corsOrigins: [],
  trustedProxies: 0,
  stopTimeoutMs: 10_000,
  maxFailedKeysPerMinute: 20,
  playground: true,
  metricsNeedKey: false,
  maxConnections: 10_000,
  maxFollowersPerKey: 1_000,
  admission: { abreast: 32, maxWaiting: 10_000, patienceMs: 1_000 },
  keepAliveMs: 30_000,
  maxSilenceMs: 120_000,
  websocket: {
    maxOperations: 100,
    initTimeoutMs: 5_000,
    closeTimeoutMs: 5_000,
    maxBufferedBytes: 16_000_000,
  },
}

export const GRAPHQL_PATH = '/graphql'
