import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { type LoadTool, type Requests, VALUE } from './Load.ts'

/** What we use of autocannon: it comes without types. */
interface Outcome {
  readonly requests: { readonly total: number }
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly duration: number
  readonly errors: number
  readonly non2xx: number
}
type Autocannon = (options: object) => Promise<Outcome>

const require = createRequire(import.meta.url)
const fire = require('autocannon') as Autocannon
const { version } = require('autocannon/package.json') as { version: string }

/** Works everywhere; on few cores it is itself the limit at some 15,000 requests a second. */
export const autocannon: LoadTool = {
  name: `autocannon ${version}`,
  async run({ url, requests, connections, seconds }) {
    const { method, path, headers, body } = requests
    const nextValue = valuesOf(requests)
    const setupRequest = (request: object) => {
      const value = nextValue()
      return { ...request, path: path.replaceAll(VALUE, value), body: body.replaceAll(VALUE, value) }
    }
    const outcome = await fire({
      url,
      connections,
      duration: seconds,
      timeout: 30,
      requests: [{ method, headers, setupRequest }],
    })
    return {
      count: outcome.requests.total,
      perSecond: outcome.requests.total / outcome.duration,
      p50Ms: outcome.latency.p50,
      p99Ms: outcome.latency.p99,
      failed: outcome.errors + outcome.non2xx,
    }
  },
}

function valuesOf({ values }: Requests): () => string {
  if (values !== 'unique') return () => values[Math.floor(Math.random() * values.length)] ?? ''
  const prefix = randomBytes(6).toString('hex')
  let count = 0
  return () => {
    count += 1
    return `${prefix}-${count}`
  }
}
