import type { LocalRelay } from '../../../../stack/lambdas/startRelay.ts'
import { type ClusterFault, fault } from '../ClusterFault.ts'
import { Turns } from '../Turns.ts'

/** What can go wrong between DynamoDB Streams and Kinesis. */
export function relayFaults(first: LocalRelay, startAnew: () => Promise<LocalRelay>, stopMs: number) {
  const turns = new Turns()
  let relay = first
  const faults: readonly ClusterFault[] = [
    fault('relay: stopped', 1, () => turns.take(() => relay.stopFor(stopMs))),
    // It remembers nothing: all events come again.
    fault('relay: from the start', 1, () =>
      turns.take(async () => {
        await relay.close()
        relay = await startAnew()
      }),
    ),
  ]
  return { faults, close: () => turns.take(() => relay.close()) }
}
