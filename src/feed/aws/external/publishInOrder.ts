import type { Outgoing, Ready } from './Outgoing.ts'

/** Resolves with those that may not have been published, after it did what it could. */
export type Publish = (events: readonly Ready[]) => Promise<readonly Ready[]>

/** In rounds: of each stream one event, and the next only when Kinesis has that. Each is `open` no more when it resolves. */
export async function publishInOrder(
  all: readonly Outgoing[],
  publish: Publish,
  deadline: number,
): Promise<void> {
  let open = all
  while (open.length > 0 && performance.now() < deadline) {
    await publishRound(open, publish)
    open = open.filter(({ state }) => state === 'open')
  }
  for (const each of open) each.postpone('there was no time left')
}

async function publishRound(open: readonly Outgoing[], publish: Publish): Promise<void> {
  const round = (await Promise.all(open.map((each) => each.next()))).flatMap((ready) => ready ?? [])
  const failed = new Set(await publish(round))
  for (const ready of round) {
    if (failed.has(ready)) ready.of.postpone('Kinesis did not take it')
    else ready.of.published = ready.seq
  }
}
