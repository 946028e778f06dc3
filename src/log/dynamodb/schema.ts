import { randomBytes } from 'node:crypto'
import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { LogUnavailable, UnusableLog } from '../EventLog.ts'
import { unfinishedCopy } from '../StoredLog.ts'
import { attributes, type Item, type Table } from './database.ts'
import { LAYOUT, LOG_KEY } from './layout.ts'
import { number, readText, text } from './rows.ts'

const MAX_WAIT_S = 60

/** Makes the table as the log wants it, for tests and DynamoDB Local: in AWS it is for the infrastructure to make, with backups. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_S, minDelay: 1 }, { TableName: name })
}

export interface LogIdentity {
  readonly epoch: string
  readonly secret: string
}

/**
 * Of the log in this table. Rejects with `LogUnavailable` if there is none, or a copy that is not finished, with an `Error` if it is one
 * of a newer release.
 */
export async function readIdentity(table: Table): Promise<LogIdentity> {
  const item = await table.get(LOG_KEY)
  if (item === undefined) throw noLog(table)
  if (item.copying !== undefined) throw new LogUnavailable(unfinishedCopy(`The table ${table.name}`))
  return identityIn(item, table.name)
}

/** Of a log's item, whether it is finished or not. */
export function identityIn(item: Item, name: string): LogIdentity {
  const layout = Number(item.layout?.N)
  if (layout > LAYOUT) {
    throw new UnusableLog(
      `the table ${name} has layout ${layout}, this release of rollcall knows ${LAYOUT}: run the newer release`,
    )
  }
  return { epoch: readText(item, 'epoch'), secret: readText(item, 'secret') }
}

/** For whoever may see no more of the log's identity than that. Rejects with `LogUnavailable` if there is no log. */
export async function readEpoch(table: Table): Promise<string> {
  const item = await table.get(LOG_KEY, 'epoch')
  if (item === undefined) throw noLog(table)
  return readText(item, 'epoch')
}

const noLog = ({ name }: Table): LogUnavailable => new LogUnavailable(`There is no log in the table ${name}`)

export const newEpoch = (): string => randomBytes(9).toString('base64url')

/** A new one's item. */
export const logItem = (secret: string): Item => ({
  ...attributes(LOG_KEY),
  epoch: text(newEpoch()),
  secret: text(secret),
  layout: number(LAYOUT),
})

const isNoTable = (error: unknown): boolean =>
  error instanceof LogUnavailable &&
  error.cause instanceof Error &&
  error.cause.name === 'ResourceNotFoundException'

const noTable = (name: string): string =>
  `There is no table ${name} in DynamoDB, and rollcall makes none: make it with its stream and backups, as infra/ does`

/** The log's item, if there is one. Rejects with `LogUnavailable` where there is no table. */
export const findLog = (table: Table): Promise<Item | undefined> =>
  table.get(LOG_KEY).catch((error: unknown) => {
    throw isNoTable(error) ? new LogUnavailable(noTable(table.name), { cause: error }) : error
  })

/** Made once, whoever comes first. Rejects with `LogUnavailable` where there is no table. */
export async function createIfMissing(table: Table): Promise<LogIdentity> {
  if ((await findLog(table)) === undefined) await table.putNew(logItem(randomBytes(32).toString('base64url')))
  return readIdentity(table)
}
