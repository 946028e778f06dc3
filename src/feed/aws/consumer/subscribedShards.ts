import { setTimeout as sleep } from 'node:timers/promises'
import {
  ResourceInUseException,
  ResourceNotFoundException,
  type StartingPosition,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis'
import { ConsumerRegistration, type RegistrationOptions } from './ConsumerRegistration.ts'
import type { ShardBatch, ShardReading } from './ShardReading.ts'
import { subscription } from './subscription.ts'

export interface SubscribedOptions extends RegistrationOptions {
  /** A subscription that says nothing for so long is given up. Default 20,000: Kinesis says something every five seconds. */
  readonly silenceMs?: number
  /** On average, to whoever has taken a subscription over. Default 30,000. */
  readonly standBackMs?: number
}

const SILENCE_MS = 20_000
const STAND_BACK_MS = 30_000

/**
 * Lets records be pushed: enhanced fan-out, which takes nothing from the five reads a second that others share. Of those who use
 * the same name, one is told of a shard: whoever comes takes it over, and the other stands back for a while before it does so.
 */
export function subscribedShards(options: SubscribedOptions): ShardReading {
  const registration = new ConsumerRegistration(options)
  return {
    async *read(shard, after, stopping) {
      let place = after
      for (let isRenewal = false; !stopping.aborted; isRenewal = true) {
        const told = subscribe(options, registration, { shard, place, isRenewal, stopping })
        for await (const event of told) {
          const batch = batchOf(event)
          yield batch
          if (batch.isEnd) return
          place = event.ContinuationSequenceNumber ?? place
        }
      }
    },
  }
}

interface Place {
  readonly shard: string
  readonly place: string | null
  readonly isRenewal: boolean
  readonly stopping: AbortSignal
}

async function* subscribe(
  { client, silenceMs = SILENCE_MS, standBackMs = STAND_BACK_MS }: SubscribedOptions,
  registration: ConsumerRegistration,
  { shard, place, isRenewal, stopping }: Place,
): AsyncGenerator<SubscribeToShardEvent> {
  const consumerArn = await registration.arn(stopping)
  const from = startingPosition(place)
  let isTold = false
  try {
    for await (const event of subscription({ client, consumerArn, shard, from, silenceMs, stopping })) {
      isTold = true
      yield event
    }
  } catch (error) {
    if (error instanceof ResourceNotFoundException) registration.forget()
    if (error instanceof ResourceInUseException && (isTold || isRenewal)) {
      await sleep(standBackMs * (0.5 + Math.random()), undefined, { signal: stopping })
    }
    throw error
  }
  if (!isTold) throw new Error(`the subscription to ${shard} has ended without a word`)
}

const startingPosition = (after: string | null): StartingPosition =>
  after === null ? { Type: 'TRIM_HORIZON' } : { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }

const batchOf = ({
  Records = [],
  ContinuationSequenceNumber,
  ChildShards,
}: SubscribeToShardEvent): ShardBatch => ({
  records: Records,
  isEnd: (ContinuationSequenceNumber ?? null) === null || (ChildShards ?? []).length > 0,
})
