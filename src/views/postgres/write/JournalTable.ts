import { EVENT_TYPES, encodeEvent, type RecordedEvent } from '../../../domain/events.ts'
import { tenantOfStream } from '../../../domain/streams.ts'
import type { Statements } from '../Statements.ts'

/**
 * Events that a batch has applied, on their way into the journal (rule 4).
 *
 * Positions are given out at the end of a transaction, while it holds the row of the head, and nobody else gets one before it has
 * committed: so they become visible in their order (rule 2), and whoever has read up to one never finds an earlier one later. It
 * holds the row for no round trip, and what other transactions are open, or idle, is of no matter.
 *
 * Each event is in the journal once, whichever generation is the first to apply it: a stream's events enter in their order, and
 * `journal_streams` tells how far it is.
 */
export class JournalTable {
  readonly #events: RecordedEvent[] = []

  add(event: RecordedEvent): void {
    this.#events.push(event)
  }

  async flush(sql: Statements): Promise<void> {
    const entries = this.#events.map(entryOf)
    const column = (at: number) => entries.map((entry) => entry[at] ?? null)
    await Promise.all([
      sql.all('SELECT position FROM journal_head FOR UPDATE'),
      sql.all(ENTER, ...Array.from({ length: 8 }, (_, at) => column(at))),
    ])
  }
}

const ENTER = `WITH
  entry AS (
    SELECT w.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::integer[], $8::text[])
      WITH ORDINALITY w (tenant, stream, seq, version, meta, name, form, data, nth)
    LEFT JOIN journal_streams s ON s.stream = w.stream WHERE w.seq > coalesce(s.seq, 0)),
  head AS (
    UPDATE journal_head SET previous = position, position = position + (SELECT count(*) FROM entry)
    RETURNING position, previous),
  streams AS (
    INSERT INTO journal_streams (stream, seq) SELECT stream, max(seq) FROM entry GROUP BY stream
    ON CONFLICT (stream) DO UPDATE SET seq = EXCLUDED.seq),
  minutes AS (
    INSERT INTO journal_minutes (minute, position)
    SELECT floor(extract(epoch FROM clock_timestamp()) / 60), position FROM head
    ON CONFLICT (minute) DO UPDATE SET position = EXCLUDED.position)
  INSERT INTO journal (position, tenant, stream, seq, version, meta, name, form, data)
    SELECT head.previous + row_number() OVER (ORDER BY nth), tenant, stream, seq, version, meta, name, form, data
    FROM entry, head`

type Entry = readonly [
  tenant: string,
  stream: string,
  seq: number,
  version: number,
  meta: string,
  name: string,
  form: number,
  data: string,
]

function entryOf({ stream, seq, version, meta, event }: RecordedEvent): Entry {
  if (event.type === 'Unknown') throw new Error(`event ${event.name} was not applied`)
  const { name, data } = encodeEvent(event)
  const tenant = tenantOfStream(stream)
  return [tenant, stream, seq, version, JSON.stringify(meta), name, EVENT_TYPES[name].version, data]
}
