import type { DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { StoredEvent } from '../../src/domain/events.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { decodeRecord, encodeRecord, type PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import { rememberedEpochs } from '../../src/feed/aws/relay/epochs.ts'
import { createRelay } from '../../src/feed/aws/relay/relay.ts'
import { type Arrival, inRounds, type Run } from '../../src/feed/aws/relay/rounds.ts'
import { storedIn } from '../../src/log/dynamodb/rows.ts'

const [ann, bob] = [userStream('acme', 'ann'), userStream('acme', 'bob')]

const META = {
  actor: { kind: 'key', id: 'k1', label: 'ci' },
  at: '2030-01-02T03:04:05.678Z',
  cause: 'request-1',
  idempotencyKey: null,
  ip: null,
} as const

const stored = (stream: StreamName, seq: number, data = '{"userId":"ann","username":"a"}'): StoredEvent => ({
  stream,
  seq,
  version: 1,
  name: 'SetUsername',
  data,
  meta: META,
})

const said = {
  type: { S: 'SetUsername' },
  version: { N: '1' },
  data: { S: '{"userId":"ann","username":"a"}' },
  at: { N: String(Date.parse(META.at)) },
  actor: { S: '["key","k1","ci"]' },
  cause: { S: 'request-1' },
  commit: { S: 'c' },
}

const recordOf = (
  image: object,
  number: number,
  eventName: 'INSERT' | 'MODIFY' = 'INSERT',
): DynamoDBRecord => ({
  eventName,
  eventSourceARN: 'table 1',
  dynamodb: { SequenceNumber: `${number}`, NewImage: image as Record<string, { S: string }> },
})
const eventAt = (stream: StreamName, seq: number, number: number, other: object = {}): DynamoDBRecord =>
  recordOf({ pk: { S: stream }, sk: { N: `${seq}` }, ...said, ...other }, number)

function relayOf(failing: (run: Run, call: number) => boolean = () => false) {
  const published: PlatformRecord[] = []
  const troubles: string[] = []
  let calls = 0
  const relay = createRelay({
    epochOf: async (streamArn) => `epoch of ${streamArn}`,
    storedIn,
    publish: async (runs) => {
      calls += 1
      const failed = runs.filter((run) => failing(run, calls))
      for (const run of runs) if (!failed.includes(run)) published.push(run)
      return failed
    },
    onTrouble: (message) => troubles.push(message),
  })
  return { relay, published, troubles }
}

const seqsOf = (runs: readonly PlatformRecord[], stream: StreamName): number[] =>
  runs.filter((run) => run.stream === stream).flatMap(({ events }) => events.map(({ seq }) => seq))

describe('the relay', () => {
  it('publishes events as they are stored, those of a stream as one run, and nothing else', async () => {
    const { relay, published } = relayOf()
    const head = { pk: { S: 'heads#acme#7' }, sk: { N: '9' }, stream: { S: ann }, seq: { N: '2' } }
    const claim = { pk: { S: 'claim#x' }, sk: { N: '0' }, owner: { S: 'ann' } }
    const Records = [
      eventAt(ann, 1, 100),
      recordOf(head, 101),
      eventAt(bob, 4, 102),
      recordOf(claim, 103, 'MODIFY'),
      eventAt(ann, 2, 104),
    ]
    expect(await relay({ Records })).toEqual({ batchItemFailures: [] })
    expect(published).toMatchObject([
      { epoch: 'epoch of table 1', stream: ann, seq: 2, events: [stored(ann, 1), stored(ann, 2)] },
      { stream: bob, seq: 4, events: [stored(bob, 4)] },
    ])
  })

  it('carries a kind that it does not know', async () => {
    const { relay, published } = relayOf()
    const newer = { type: { S: 'SetUserPhoto' }, version: { N: '7' }, data: { S: 'anything' } }
    await relay({ Records: [eventAt(ann, 1, 100, newer)] })
    expect(published[0]?.events).toEqual([
      { ...stored(ann, 1), name: 'SetUserPhoto', version: 7, data: 'anything' },
    ])
  })

  it('reports the first record that is not published, and comes no further in that stream', async () => {
    const long = { data: { S: 'x'.repeat(300_000) } }
    const { relay, published } = relayOf(({ stream }, call) => stream === ann && call === 2)
    const Records = [
      eventAt(bob, 1, 100),
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => eventAt(ann, n, 100 + n, long)),
    ]
    const { batchItemFailures } = await relay({ Records })
    expect(seqsOf(published, ann)).toEqual([1, 2])
    expect(batchItemFailures).toEqual([{ itemIdentifier: '103' }])
  })

  it('brings the events of a stream into order, and comes again from the first that is missing', async () => {
    const long = { data: { S: 'x'.repeat(300_000) } }
    const { relay, published } = relayOf((_, call) => call === 2)
    const Records = [4, 2, 3, 1].map((seq, n) => eventAt(ann, seq, 100 + n, long))
    expect(await relay({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] })
    expect(seqsOf(published, ann)).toEqual([1, 2])
  })

  it('tells the place of an event that cannot be read, and goes on', async () => {
    const { relay, published, troubles } = relayOf()
    const Records = [eventAt(ann, 1, 100), eventAt(ann, 2, 101, { actor: { S: '{' } }), eventAt(bob, 1, 102)]
    expect(await relay({ Records })).toEqual({ batchItemFailures: [] })
    expect(published).toMatchObject([
      { stream: ann, seq: 2, events: [{ seq: 1 }] },
      { stream: bob, seq: 1, events: [{ seq: 1 }] },
    ])
    expect(troubles).toEqual([expect.stringContaining(`${ann} 2 cannot be read`)])
  })

  it('passes by what is no event and cannot be read', async () => {
    const { relay, published, troubles } = relayOf()
    await relay({ Records: [recordOf({ pk: { S: 'x' }, type: { S: 'SetUsername' } }, 100)] })
    expect([published, troubles.length]).toEqual([[], 1])
  })
})

describe('the epoch of a table', () => {
  const arn = (table: string) => `arn:aws:dynamodb:eu-west-1:1:table/${table}/stream/2030-01-02T03:04:05.678`

  it('is read once from the table that the stream belongs to, again where that failed', async () => {
    const asked: string[] = []
    const epochOf = rememberedEpochs(async (table) => {
      asked.push(table)
      if (asked.length === 1) throw new Error('throttled')
      return `of ${table}`
    })
    await expect(epochOf(arn('old'))).rejects.toThrow('throttled')
    expect(await epochOf(arn('old'))).toBe('of old')
    expect(await epochOf(arn('restored'))).toBe('of restored')
    expect(await epochOf(arn('old'))).toBe('of old')
    expect(asked).toEqual(['old', 'old', 'restored'])
  })

  it('is not guessed', async () => {
    const epochOf = rememberedEpochs(async () => 'any')
    expect(() => epochOf('')).toThrow('nothing is no stream of a table')
  })
})

describe('the Lambda function', () => {
  it('wants to be told where to, and takes what Lambda gives', async () => {
    const load = () => import('../../src/feed/aws/relay/lambda.ts')
    vi.stubEnv('ROLLCALL_PLATFORM_STREAM', undefined)
    await expect(load()).rejects.toThrow('ROLLCALL_PLATFORM_STREAM is not set')
    vi.resetModules()
    vi.stubEnv('ROLLCALL_PLATFORM_STREAM', 'platform')
    const { handler } = await load()
    expect(await handler({ Records: [recordOf({ pk: { S: 'log' } }, 1)] })).toEqual({ batchItemFailures: [] })
    vi.unstubAllEnvs()
  })
})

describe('rounds', () => {
  const arrival = fc.record({
    stream: fc.constantFrom(ann, bob),
    bytes: fc.constantFrom(10, 200_000, 300_000),
    isReadable: fc.boolean(),
    place: fc.nat(),
  })

  it('have each stream at most once, small enough for Kinesis, and every event in order', () => {
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 15 }), (wanted) => {
        const seqs = new Map<StreamName, number>()
        const inOrder = wanted.map(({ stream, bytes, isReadable, place }) => {
          const seq = (seqs.get(stream) ?? 0) + 1
          seqs.set(stream, seq)
          return { stream, seq, place, event: isReadable ? stored(stream, seq, 'x'.repeat(bytes)) : null }
        })
        const arrivals = inOrder
          .toSorted((a, b) => a.place - b.place)
          .map(({ place: _, ...each }, index): Arrival => ({ ...each, index }))
        const rounds = inRounds(arrivals, 'e1')
        for (const round of rounds) {
          expect(new Set(round.map(({ stream }) => stream)).size).toBe(round.length)
          for (const run of round) expect(encodeRecord(run).byteLength).toBeLessThan(1_000_000)
        }
        for (const [stream, last] of seqs) {
          const runs = rounds.flat().filter((run) => run.stream === stream)
          const readable = inOrder.filter((each) => each.stream === stream && each.event !== null)
          expect(runs.flatMap(({ events }) => events)).toEqual(readable.map(({ event }) => event))
          expect(runs.at(-1)?.seq).toBe(last)
          const firsts = runs.map(({ index }) => arrivals[index]?.seq ?? 0)
          for (const [n, run] of runs.entries()) expect(run.seq).toBeGreaterThanOrEqual(firsts[n] ?? 0)
          expect(Math.min(...runs.map(({ index }) => index))).toBe(
            arrivals.findIndex((each) => each.stream === stream),
          )
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('a platform record', () => {
  it('comes out as it went in', () => {
    const record = {
      epoch: 'e1',
      stream: ann,
      seq: 3,
      events: [stored(ann, 2), stored(ann, 3, '{"username":"👩‍🚀"}')],
    }
    expect(decodeRecord(encodeRecord(record))).toEqual(record)
  })

  it('of an older release tells no epoch', () => {
    const record = { format: 1, stream: ann, seq: 1, events: [] }
    expect(decodeRecord(Buffer.from(JSON.stringify(record)))).toMatchObject({ epoch: null, seq: 1 })
  })

  it('of a newer format is refused', () => {
    expect(() => decodeRecord(Buffer.from('{"format":2}'))).toThrow(/format 2.*knows 1/)
  })
})
