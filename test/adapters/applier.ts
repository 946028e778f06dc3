import type { RecordedEvent } from '../../src/domain/events.ts'
import { openPostgresViewWriter, type PostgresViews } from '../../src/views/postgres/index.ts'

/** Another process: applies batches of events to views whenever it is told to, and answers with how many were new. */
const views = JSON.parse(process.argv[2] ?? '') as PostgresViews
const writer = await openPostgresViewWriter(views)

process.on('message', async (batches: readonly (readonly RecordedEvent[])[]) => {
  let applied = 0
  for (const batch of batches) applied += (await writer.apply(batch)).applied
  process.send?.(applied)
})
process.on('disconnect', () => void writer.close())
process.send?.('ready')
