import { Writable } from 'node:stream'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { hashSecret } from '../../../src/domain/secrets.ts'
import type { Readiness } from '../../../src/http/health.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import { createServer, type RollcallServer } from '../../../src/http/server.ts'
import {
  DEFAULT_HTTP_SETTINGS,
  type HttpSettings,
  type WebSocketSettings,
} from '../../../src/http/settings.ts'
import { FakeDirectory, fakeFeed } from './FakeDirectory.ts'
import { fakeEngine } from './fakeEngine.ts'
import { Ticker } from './Ticker.ts'

export const OPERATOR_KEY = 'operator-key-of-the-tests'
export const AS_OPERATOR = { authorization: `Bearer ${OPERATOR_KEY}` }

export interface World {
  readonly url: string
  readonly server: RollcallServer
  readonly directory: FakeDirectory
  readonly ticker: Ticker
  readonly logged: Record<string, unknown>[]
  metrics(): Promise<string>
  get(query: string, headers?: Record<string, string>): Promise<Response>
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
}

type Options = Partial<Omit<HttpSettings, 'websocket'>> & {
  readonly websocket?: Partial<WebSocketSettings>
  readonly readiness?: Readiness
  readonly logLevel?: string
}

/** A server that listens on a free port, over a fake engine and a fake directory. It is closed when the test is over. */
export async function startWorld({
  websocket,
  readiness,
  logLevel,
  ...settings
}: Options = {}): Promise<World> {
  const directory = new FakeDirectory()
  const ticker = new Ticker()
  const logged: Record<string, unknown>[] = []
  const metrics = createMetrics(fakeFeed(directory))
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const server = await createServer({
    gateway: directory.gateway(metrics.observer),
    engine: fakeEngine(ticker),
    settings: {
      ...DEFAULT_HTTP_SETTINGS,
      operatorKeyHash: hashSecret(OPERATOR_KEY),
      port: 0,
      playground: false,
      stopTimeoutMs: 500,
      ...settings,
      websocket: { ...DEFAULT_HTTP_SETTINGS.websocket, ...websocket },
    },
    logger: pino({ level: logLevel ?? 'info' }, sink),
    metrics,
    readiness: readiness ?? { hasBeenLevel: true, check: async () => ({ ready: true, checks: {} }) },
  })
  const url = await server.listen()
  onTestFinished(() => server.close())
  return {
    url,
    server,
    directory,
    ticker,
    logged,
    metrics: () => metrics.registry.metrics(),
    get: (query, headers = {}) =>
      fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers: { ...AS_OPERATOR, ...headers } }),
    post: (body, headers = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...AS_OPERATOR, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}

/** The code of an answer's first error. */
export async function codeOf(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
  return errors[0]?.extensions.code ?? 'none'
}
