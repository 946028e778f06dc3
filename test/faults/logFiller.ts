import { LogUnavailable } from '../../src/log/EventLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { ann, appendOf, bob, username } from '../conformance/eventLog/commits.ts'

/** A process that writes until the disk is full, tries once more, and says what it was told. Argument: the log's file. */
const log = await openSqliteLog({ file: process.argv[2] ?? '' })
const failures: string[] = []
let acknowledged = 0
while (failures.length === 0) {
  await log
    .commit(appendOf(ann, acknowledged, username('x'.repeat(100_000))))
    .then(() => acknowledged++, noteFailure)
}
await log.commit(appendOf(bob, 0, username('x'.repeat(250_000)))).catch(noteFailure)
await log.close()
process.stdout.write(JSON.stringify({ acknowledged, failures }))

function noteFailure(error: unknown): void {
  failures.push(error instanceof LogUnavailable ? 'LogUnavailable' : String(error))
}
