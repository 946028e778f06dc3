import type { StreamName } from '../domain/streams.ts'
import type { StreamRange } from '../ops/past.ts'
import type { PlacedEvent, StoredLogReader, StoredPage } from './StoredLog.ts'

export async function* pagesOf(log: StoredLogReader): AsyncGenerator<StoredPage> {
  for (let after: string | null = null; ; ) {
    const page: StoredPage = await log.page(after)
    yield page
    after = page.next
    if (after === null) return
  }
}

/** What stands in a log besides its events, counted. */
export async function standingIn(
  log: StoredLogReader,
): Promise<{ streams: number; claims: number; requests: number }> {
  const standing = { streams: 0, claims: 0, requests: 0 }
  for await (const { heads, claims, requests } of pagesOf(log)) {
    standing.streams += heads.length
    standing.claims += claims.length
    standing.requests += requests.length
  }
  return standing
}

/** Events of a stream with seq > after, up to `seq`. */
export interface Stretch {
  readonly stream: StreamName
  readonly after: number
  readonly seq: number
}

const EVENTS_AT_ONCE = 1_000

/** The events of many stretches, some at a time: of a stream without a hole, but where the log could not tell all there is less of it. */
export async function* eventsOf(
  log: StoredLogReader,
  stretches: readonly Stretch[],
): AsyncGenerator<readonly (readonly PlacedEvent[])[]> {
  const reached = new Map<StreamName, number>()
  for (const ranges of rangesOf(stretches)) {
    const found = await log.ranges(ranges)
    yield found.filter((events, index) => {
      const { stream = '' as StreamName, after } = ranges[index] ?? {}
      if ((reached.get(stream) ?? after) !== after) return false
      reached.set(stream, events.at(-1)?.seq ?? -1)
      return events.length > 0
    })
  }
}

function* rangesOf(stretches: readonly Stretch[]): Generator<readonly StreamRange[]> {
  let ranges: StreamRange[] = []
  let room = EVENTS_AT_ONCE
  for (const { stream, after, seq } of stretches) {
    for (let at = after; at < seq; ) {
      const limit = Math.min(room, seq - at)
      ranges.push({ stream, after: at, limit })
      at += limit
      room -= limit
      if (room > 0) continue
      yield ranges
      ranges = []
      room = EVENTS_AT_ONCE
    }
  }
  if (ranges.length > 0) yield ranges
}
