import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { StoredEvent } from '../../../domain/events.ts'
import { parseStream, type StreamName } from '../../../domain/streams.ts'
import { type Arrival, inRounds, type Run } from './rounds.ts'

export type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>

export interface RelayParts {
  /** Of the log that this stream of a table tells of. */
  readonly epochOf: (streamArn: string) => Promise<string>
  /** Null for an item of the log that is no event. Throws for one that should be and cannot be read. */
  readonly storedIn: (image: Image) => StoredEvent | null
  /** Resolves with those that may not have been published, after it did what it could. */
  readonly publish: (runs: readonly Run[]) => Promise<readonly Run[]>
  readonly onTrouble: (message: string) => void
}

/**
 * Carries the events of the log's table on, in the order of each stream. Everything before what it reports as failed is published;
 * Lambda comes again from there on, so that some of what follows may be published twice. An event that cannot be read never stands in
 * the way: its place is told, and whoever takes it meets it in the log.
 */
export function createRelay({ epochOf, storedIn, publish, onTrouble }: RelayParts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const arrivals = Records.flatMap((record, index) => arrivalOf(record, index) ?? [])
    if (arrivals.length === 0) return { batchItemFailures: [] }
    const rounds = inRounds(arrivals, await epochOf(Records[0]?.eventSourceARN ?? ''))
    for (const [n, round] of rounds.entries()) {
      const failed = await publish(round)
      if (failed.length === 0) continue
      const left = [...failed, ...rounds.slice(n + 1).flat()]
      const first = Records[Math.min(...left.map(({ index }) => index))]
      onTrouble(`${left.length} runs of events are not published yet: they come again`)
      return { batchItemFailures: [{ itemIdentifier: first?.dynamodb?.SequenceNumber ?? '' }] }
    }
    return { batchItemFailures: [] }
  }

  function arrivalOf({ eventName, dynamodb }: DynamoDBRecord, index: number): Arrival | null {
    const image = dynamodb?.NewImage
    if (eventName !== 'INSERT' || image === undefined) return null
    try {
      const event = storedIn(image)
      return event === null ? null : { stream: event.stream, seq: event.seq, event, index }
    } catch (error) {
      const place = placeOf(image)
      onTrouble(`${place?.stream ?? 'an item'} ${place?.seq ?? ''} cannot be read: ${String(error)}`)
      return place === null ? null : { ...place, event: null, index }
    }
  }
}

function placeOf({ pk, sk }: Image): { readonly stream: StreamName; readonly seq: number } | null {
  const seq = Number(sk?.N)
  const isEvent = pk?.S !== undefined && parseStream(pk.S) !== null && Number.isInteger(seq)
  return isEvent ? { stream: pk.S as StreamName, seq } : null
}
