import { type Client, createClient, type RequestParams } from 'graphql-sse'
import { onTestFinished } from 'vitest'
import { AS_OPERATOR, type World } from './world.ts'

/** A client as they come, in the mode of distinct connections. It connects again once, after `beforeRetry`; not without it. */
export function connect(
  { url }: Pick<World, 'url'>,
  headers: Record<string, string> = AS_OPERATOR,
  beforeRetry: Promise<void> | null = null,
): Client {
  const client = createClient({
    url: `${url}/graphql`,
    headers,
    retryAttempts: beforeRetry === null ? 0 : 1,
    retry: async () => {
      await beforeRetry
    },
  })
  onTestFinished(() => client.dispose())
  return client
}

export const follow = (client: Client, request: RequestParams = { query: 'subscription { ticks }' }) =>
  client.iterate<{ ticks: unknown }>(request)

/** What a query or mutation is answered with. */
export async function ask(client: Client, query: string): Promise<unknown> {
  const results: unknown[] = []
  for await (const result of client.iterate({ query })) results.push(result)
  return results
}

/** A stream that is read as text, and only when the test wants. */
export class RawStream {
  readonly response: Response
  readonly #reader: ReadableStreamDefaultReader<string>
  readonly #chunks: string[] = []
  /** The last of what came: patterns are looked for in no more, or long streams would take for ever. */
  #tail = ''

  private constructor(response: Response) {
    this.response = response
    const body = response.body ?? new ReadableStream<Uint8Array<ArrayBuffer>>()
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader()
  }

  static async open(
    { url }: Pick<World, 'url'>,
    query = 'subscription { ticks }',
    headers: Record<string, string> = {},
  ): Promise<RawStream> {
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { ...AS_OPERATOR, accept: 'text/event-stream', ...headers },
      signal: stop.signal,
    })
    return new RawStream(response)
  }

  /** All that came, once its end matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#tail)) {
      if (!(await this.#read())) throw new Error(`the stream ended:\n${this.#tail}`)
    }
    return this.#chunks.join('')
  }

  /** All that came, once nothing more does. */
  async toEnd(): Promise<string> {
    while (await this.#read());
    return this.#chunks.join('')
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return false
    this.#chunks.push(value)
    this.#tail = (this.#tail + value).slice(-TAIL_CHARS)
    return true
  }
}

const TAIL_CHARS = 100_000
