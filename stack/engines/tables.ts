import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { createMarksTable } from '../../src/feed/aws/external/marksTable.ts'
import { createTable } from '../../src/log/dynamodb/schema.ts'

/** Of the log, and of the marks of external events, those that are not there yet. */
export async function createTables(client: DynamoDBClient, log: string, marks: string): Promise<void> {
  const { TableNames = [] } = await client.send(new ListTablesCommand())
  if (!TableNames.includes(log)) await createTable(client, log)
  if (!TableNames.includes(marks)) await createMarksTable(client, marks)
}
