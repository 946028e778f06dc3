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
  readonly websocket: WebSocketSettings
}

export interface WebSocketSettings {
  /** Past it a new connection is closed with 1013. */
  readonly maxConnections: number
  /** Operations of one connection at a time. Past it an operation gets RATE_LIMITED; at twice as many the socket is closed with 4429. */
  readonly maxOperations: number
  /** A client that has not answered a ping by the next one is gone. */
  readonly keepAliveMs: number
  /** How long a client may take to introduce itself; then 4408. */
  readonly initTimeoutMs: number
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
  websocket: {
    maxConnections: 10_000,
    maxOperations: 100,
    keepAliveMs: 30_000,
    initTimeoutMs: 5_000,
    maxBufferedBytes: 16_000_000,
  },
}

export const GRAPHQL_PATH = '/graphql'
