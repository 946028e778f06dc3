import { type DynamoLogOptions, openTable } from './DynamoLogReader.ts'
import { attributes } from './database.ts'
import { LOG_KEY } from './layout.ts'
import { text } from './rows.ts'
import { newEpoch, readEpoch, readIdentity } from './schema.ts'
import { settle } from './settle.ts'

/** Of a log that is there, whole; rejects with `LogUnavailable` if there is none, or a copy that is not finished. */
export async function epochOf(options: DynamoLogOptions): Promise<string> {
  const table = openTable(options)
  try {
    return (await readIdentity(table)).epoch
  } finally {
    table.close()
  }
}

/**
 * Begins a new epoch if the log is still in this one: what clients hold from before is refused, and views are made anew. Says which epoch
 * it is in afterwards, and whether it was this call that began it. Whoever has the log open goes on in the epoch of before until it next
 * looks whether the log is there (see `DynamoLog.commit`): they are to be stopped first.
 */
export async function renewEpoch(
  options: DynamoLogOptions,
  present: string,
): Promise<{ readonly epoch: string; readonly isNew: boolean }> {
  const table = openTable(options)
  try {
    // Of a newer layout, or unfinished, it is left alone.
    await readIdentity(table)
    const epoch = newEpoch()
    const update = {
      TableName: table.name,
      Key: attributes(LOG_KEY),
      UpdateExpression: 'SET #epoch = :next',
      ConditionExpression: '#epoch = :present AND attribute_not_exists(copying)',
      ExpressionAttributeNames: { '#epoch': 'epoch' },
      ExpressionAttributeValues: { ':present': text(present), ':next': text(epoch) },
    }
    const isNew = (await settle(table, [{ Update: update }])) === null
    return { epoch: isNew ? epoch : await readEpoch(table), isNew }
  } finally {
    table.close()
  }
}
