import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'

type ReadStreams = (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>

/**
 * Reads these streams now, and answers a way to read them whole, whenever it is asked, that only has to fetch what has come since: for
 * `ViewWriter.rebuild`, which others who write have to wait for.
 */
export async function readAhead(
  log: Pick<LogReader, 'readAll' | 'readRanges'>,
  streams: readonly StreamName[],
): Promise<ReadStreams> {
  const read = await log.readAll(streams)
  const known = new Map(streams.map((stream, i) => [stream, read[i] ?? []]))
  return async (wanted) => {
    const before = wanted.map((stream) => known.get(stream) ?? [])
    const ranges = wanted.map((stream, i) => ({ stream, after: before[i]?.length ?? 0, limit: ALL }))
    const since = await log.readRanges(ranges)
    return before.flatMap((events, i) => [...events, ...(since[i] ?? [])])
  }
}

const ALL = Number.MAX_SAFE_INTEGER
