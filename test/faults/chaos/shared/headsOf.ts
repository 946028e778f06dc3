import type { StreamName } from '../../../../src/domain/streams.ts'
import type { LogReader } from '../../../../src/log/EventLog.ts'

const PAGE = 1_000

/** How far the log has each stream of the tenant. */
export async function headsOf(log: LogReader): Promise<ReadonlyMap<StreamName, number>> {
  const heads = new Map<StreamName, number>()
  for (let after: string | null = null; ; ) {
    const { streams, seqs, next } = await log.streams('default', after, PAGE)
    for (const [i, stream] of streams.entries()) heads.set(stream, seqs[i] ?? 0)
    if (next === null) return heads
    after = next
  }
}
