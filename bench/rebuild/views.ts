import { querySync } from '../../src/feed/querySync.ts'
import { openSqliteLogReader } from '../../src/log/sqlite/SqliteLogReader.ts'
import { openSqliteViewWriter } from '../../src/views/sqlite/SqliteViewWriter.ts'

/* The next generation of views, from the log, in a process of its own: node views.ts LOG VIEWS. Tells its parent how fast it was. */
const [, , logFile = '', viewFile = ''] = process.argv
const log = await openSqliteLogReader({ file: logFile })
const views = await openSqliteViewWriter({ file: viewFile })
const started = performance.now()
await querySync(log, views)
const seconds = (performance.now() - started) / 1_000
process.send?.({ events: await views.position(), seconds })
await views.close()
await log.close()
