import { NotACopy } from '../../StoredLog.ts'
import { mapBounded } from '../bounded.ts'
import { IS_THERE } from '../conditions.ts'
import { attributes, type Table, type TransactWriteItem } from '../database.ts'
import { isFailed } from '../failures.ts'
import { FENCES, fenceKey, LOG_KEY } from '../layout.ts'
import { text } from '../rows.ts'
import { settle } from '../settle.ts'

/** Items that a transaction has room for beside its fence. */
export const MAX_ITEMS = 99

const IS_UNDER_WAY = 'attribute_exists(copying)'
const lanes = Array.from({ length: FENCES }, (_, lane) => lane)

/** Does nothing where they stand. */
export async function raiseFences(table: Table): Promise<void> {
  const TableName = table.name
  const check = { ConditionCheck: { TableName, Key: attributes(LOG_KEY), ConditionExpression: IS_UNDER_WAY } }
  const fences = lanes.map((lane) => ({ Put: { TableName, Item: attributes(fenceKey(lane)) } }))
  if ((await settle(table, [check, ...fences])) !== null) throw finished()
}

/** The mark goes with them: from then on no transaction of a copy happens any more, and the log is one like any other. */
export async function removeFences(table: Table): Promise<void> {
  const TableName = table.name
  const Key = attributes(LOG_KEY)
  const update = {
    Update: {
      ...{ TableName, Key, ConditionExpression: IS_UNDER_WAY },
      UpdateExpression: 'REMOVE copying, lastPass',
    },
  }
  const fences = lanes.map((lane) => ({ Delete: { TableName, Key: attributes(fenceKey(lane)) } }))
  if ((await settle(table, [update, ...fences])) !== null) throw finished()
}

/** On the item that says that the copy is under way. */
export async function notePass(table: Table, began: string): Promise<void> {
  const update = {
    ...{ TableName: table.name, Key: attributes(LOG_KEY), ConditionExpression: IS_UNDER_WAY },
    UpdateExpression: 'SET lastPass = :began',
    ExpressionAttributeValues: { ':began': text(began) },
  }
  if ((await settle(table, [{ Update: update }])) !== null) throw finished()
}

/**
 * Writes transactions that happen only while the copy is under way, whoever has meanwhile finished it and however long this process was
 * asleep. Each checks a fence; those that are under way at the same time have one each, since DynamoDB cancels transactions that meet.
 * One answer each, in order: false where a condition of its own does not hold, and so nothing of it was written.
 */
export const writeFenced = (
  table: Table,
  transactions: readonly (readonly TransactWriteItem[])[],
): Promise<readonly boolean[]> =>
  mapBounded(FENCES, transactions, (items, lane) => writeBehind(table, lane, items))

async function writeBehind(
  table: Table,
  lane: number,
  items: readonly TransactWriteItem[],
): Promise<boolean> {
  const condition = { TableName: table.name, ConditionExpression: IS_THERE.condition }
  const fence = { ConditionCheck: { ...condition, Key: attributes(fenceKey(lane)) } }
  const reasons = await settle(table, [fence, ...items])
  if (isFailed(reasons?.[0])) throw finished()
  return reasons === null
}

const finished = (): NotACopy => new NotACopy('was finished by another process meanwhile')
