import { readConfig } from '../../src/cli/config.ts'
import { sow } from '../../src/cli/run/seed.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { withCommit } from '../../src/log/withCommit.ts'
import type { Told } from './sync.ts'

/*
 * The log of ROLLCALL_LOG is filled with an organisation, by the import, as `rollcall seed` does, but nobody brings it to the views:
 * node logSeeder.ts USERS. Tells its parent how fast it was.
 */
const [, , users = ''] = process.argv
const config = readConfig(process.env)
if (!config.ok || config.value.log === null) throw new Error('ROLLCALL_LOG must be set')
const log = await openDynamoLog(config.value.log)

let events = 0
const counted = withCommit(log, async (commit) => {
  const outcome = await log.commit(commit)
  if (outcome.kind === 'committed') {
    events += commit.appends.reduce((sum, append) => sum + append.events.length, 0)
  }
  return outcome
})

const started = performance.now()
const before = process.cpuUsage()
await sow(
  counted,
  { tenant: 'default', users: Number(users), seed: 1 },
  {
    onUsers() {},
    onBad(message) {
      throw new Error(message)
    },
  },
)
const seconds = (performance.now() - started) / 1_000
const { user, system } = process.cpuUsage(before)
const carried: Told = { events, seconds, cpuMicros: user + system }
process.send?.(carried)
await log.close()
