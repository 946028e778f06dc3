import { type RecordedEvent, readableEvents } from '../../../domain/events.ts'
import type { LogReader } from '../../../log/EventLog.ts'
import { LogHole } from '../../querySync.ts'
import type { Wanted } from './wanted.ts'

const PAGE = 100

type Log = Pick<LogReader, 'read'>

/**
 * A stream's events with seq > after, one by one, without a hole, up to the one that is known of or further: those that were brought,
 * and from the log those that were not, or could not be read (rule 3). Throws `LogUnavailable` after those before it.
 */
export async function* missing(
  log: Log,
  { stream, seq, events }: Wanted,
  after: number,
): AsyncGenerator<RecordedEvent, void, undefined> {
  const brought = new Map(readableEvents(events).map((event) => [event.seq, event]))
  let isMore = false
  for (let next = after + 1; next <= seq || isMore; ) {
    const event = brought.get(next)
    if (event !== undefined) {
      yield event
      next += 1
      continue
    }
    const page = await log.read(stream, next - 1, PAGE)
    if (page.length === 0) {
      if (next <= seq && Number.isFinite(seq)) throw new LogHole(stream, next - 1)
      return
    }
    yield* page
    next += page.length
    isMore = page.length === PAGE
  }
}
