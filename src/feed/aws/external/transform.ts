import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import type { StreamName } from '../../../domain/streams.ts'
import type { LogReader } from '../../../log/EventLog.ts'
import { HeldStreams } from './HeldStreams.ts'
import type { Held, Marks } from './Marks.ts'
import { Outgoing } from './Outgoing.ts'
import { type Publish, publishInOrder } from './publishInOrder.ts'
import { together, toldBy } from './wanted.ts'

export interface TransformParts {
  readonly log: Pick<LogReader, 'epoch' | 'read'>
  readonly marks: Marks
  /** Is never given two of one stream. */
  readonly publish: Publish
  readonly onTrouble: (message: string) => void
  /** A stream stands still. */
  readonly onHeld: (held: Held) => void
  /** After it nothing more is begun: what is left comes again. Default 30,000: half of what the function has. */
  readonly budgetMs?: number
}

const BUDGET_MS = 30_000

/**
 * Makes external events of platform events: each once as far as can be known, those of a stream in order and without a hole. A stream's
 * mark is written after what it says was published, so that a crash in between repeats events and never loses one. Two that are at the
 * same stream repeat events, too. But nobody publishes an event before the one before it is: so even then each comes for the first time
 * after those that precede it.
 *
 * A stream whose next event cannot be published is held, and all others go on (rule 10).
 */
export function createTransform(parts: TransformParts) {
  const { log, marks, publish, onTrouble, onHeld, budgetMs = BUDGET_MS } = parts
  const heldStreams = new HeldStreams(marks)

  return async ({ Records }: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const deadline = performance.now() + budgetMs
    const before = await heldStreams.next()
    const told = toldBy(Records, { log, onTrouble })
    const wanted = together([...told, ...before.map((held) => ({ ...held, events: [], index: null }))])
    const known = await marks.load(wanted.map(({ stream }) => stream))
    const all = wanted.map((each) => new Outgoing(log, each, known.get(each.stream) ?? 0))
    await publishInOrder(all, publish, deadline)
    await remember(all, known)
    await settle(all, before)
    return answer(all, Records)
  }

  async function remember(all: readonly Outgoing[], known: ReadonlyMap<StreamName, number>): Promise<void> {
    const moved = all.filter(({ stream, published }) => published > (known.get(stream) ?? 0))
    await marks.save(new Map(moved.map(({ stream, published }) => [stream, published])))
  }

  async function settle(all: readonly Outgoing[], before: readonly Held[]): Promise<void> {
    for (const { stream, seq, reason } of all.filter(({ state }) => state === 'held')) {
      const held = { stream, seq, reason }
      await marks.hold(held)
      onHeld(held)
    }
    const states = new Map(all.map(({ stream, state }) => [stream, state]))
    for (const { stream } of before) if (states.get(stream) === 'level') await marks.release(stream)
    if (before.every(({ stream }) => states.get(stream) !== 'later')) heldStreams.done(before)
  }

  /** From the first record on that tells of something that is not published yet. */
  function answer(
    all: readonly Outgoing[],
    records: KinesisStreamEvent['Records'],
  ): KinesisStreamBatchResponse {
    const later = all.filter(({ state }) => state === 'later')
    const left = later.flatMap(({ wanted, published }) => wanted.told.filter(({ seq }) => seq > published))
    const first = records[Math.min(...left.flatMap(({ index }) => index ?? []))]
    if (first === undefined) return { batchItemFailures: [] }
    const reasons = [...new Set(later.map(({ reason }) => reason))].join('; ')
    onTrouble(`${later.length} streams are not published to their end yet, and come again: ${reasons}`)
    return { batchItemFailures: [{ itemIdentifier: first.kinesis.sequenceNumber }] }
  }
}
