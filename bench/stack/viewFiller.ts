import { readConfig } from '../../src/cli/config.ts'
import { levelViews } from '../../src/feed/shared/levelViews.ts'
import { openDynamoLogReader } from '../../src/log/dynamodb/DynamoLogReader.ts'
import { openPostgresJournal, openPostgresViewWriter } from '../../src/views/postgres/index.ts'
import type { Told } from './sync.ts'

/* Views that are new, filled from the log, as a gateway or a synchroniser does that finds none. Tells its parent how fast it was. */
const config = readConfig(process.env)
if (!config.ok || config.value.log === null || config.value.views === null)
  throw new Error('ROLLCALL_LOG and ROLLCALL_VIEWS must be set')
const log = await openDynamoLogReader(config.value.log)
const options = { url: config.value.views, epoch: log.epoch }
const writer = await openPostgresViewWriter(options)
const kept = await openPostgresJournal(options)

const started = performance.now()
const before = process.cpuUsage()
await levelViews({ log, kept, writer })
const seconds = (performance.now() - started) / 1_000
const { user, system } = process.cpuUsage(before)
const carried: Told = { events: await writer.position(), seconds, cpuMicros: user + system }
process.send?.(carried)
await kept.close()
await writer.close()
await log.close()
