import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { commitUser, newUser } from './commits.ts'

/** Another process: appends `count` new users to a log, one commit each, whenever it is told to, and answers what it was told when it is done. */
export interface AppendOrder {
  readonly tenant: string
  readonly prefix: string
  readonly count: number
}

const [, , file = ''] = process.argv
const log = await openSqliteLog({ file })

process.on('message', async (order: AppendOrder) => {
  const { tenant, prefix, count } = order
  for (let i = 0; i < count; i++)
    await commitUser(log, tenant, `${prefix}${i}`, newUser(`${prefix}${i}`, `${prefix}${i}`))
  process.send?.(order)
})
process.on('disconnect', () => void log.close())
process.send?.('ready')
