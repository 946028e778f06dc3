import type { Payload } from '../graphql/engine.ts'
import type { PacedSender } from './PacedSender.ts'

/**
 * Sends all that a subscription says, each result as `frame` writes it, and reads on only as fast as the client takes it. Rejects
 * where the subscription does.
 */
export async function sendAll(
  payloads: AsyncIterable<readonly Payload[]>,
  signal: AbortSignal,
  sender: PacedSender,
  frame: (payload: Payload) => string,
): Promise<void> {
  function* frames(batch: readonly Payload[]): Generator<string> {
    for (const payload of batch) {
      if (signal.aborted) return
      yield frame(payload)
    }
  }
  for await (const batch of payloads) await sender.sendAll(frames(batch))
}
