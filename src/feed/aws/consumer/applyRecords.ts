import { readableEvents } from '../../../domain/events.ts'
import type { LogReader } from '../../../log/EventLog.ts'
import { applyEntitiesFirst, type EntityParts, unknownEntities } from '../../applyEntitiesFirst.ts'
import { applyEvents, syncStream } from '../../querySync.ts'
import { isOfLog, type PlatformRecord } from '../platformRecord.ts'

export interface ApplyParts extends EntityParts {
  readonly log: EntityParts['log'] & Pick<LogReader, 'epoch'>
  /** Is told how many records were of another epoch, and skipped. */
  readonly onForeign: (records: number) => void
}

/** Brings to the views what the records say: what they lack is read from the log, and what came before is skipped (rule 3). */
export async function applyRecords(
  { onForeign, ...parts }: ApplyParts,
  delivered: readonly PlatformRecord[],
): Promise<void> {
  const { log, views, writer } = parts
  const records = delivered.filter((record) => isOfLog(record, log))
  if (records.length < delivered.length) onForeign(delivered.length - records.length)
  const told = records.map(({ stream, seq, events }) => ({ stream, seq, events: readableEvents(events) }))
  const events = told.flatMap((each) => each.events)
  await applyEntitiesFirst(parts, events)
  // An event that could not be carried, or read, is known by its place alone.
  const bare = told.filter(({ seq, events }) => events.at(-1)?.seq !== seq)
  if (bare.length === 0) return
  const bareStreams = bare.map(({ stream }) => stream)
  await applyEvents(log, writer, await unknownEntities(parts, bareStreams))
  const applied = await views.applied(bareStreams)
  for (const [i, { stream, seq }] of bare.entries()) {
    const after = applied[i] ?? 0
    if (after < seq) await syncStream(log, writer, stream, after)
  }
}
