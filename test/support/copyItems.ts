import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { connect } from '../../src/log/dynamodb/database.ts'

/** Puts all that is in one table into another of the same DynamoDB, as restoring it does: dynamodb://region/table?endpoint=… */
export async function copyItems(from: string, to: string): Promise<void> {
  const [source, target] = [new URL(from), new URL(to)]
  const client = connect({ region: source.host, endpoint: source.searchParams.get('endpoint') ?? undefined })
  let start: Record<string, AttributeValue> | undefined
  do {
    const page = await client.send(
      new ScanCommand({ TableName: source.pathname.slice(1), ExclusiveStartKey: start }),
    )
    for (const Item of page.Items ?? []) {
      await client.send(new PutItemCommand({ TableName: target.pathname.slice(1), Item }))
    }
    start = page.LastEvaluatedKey
  } while (start !== undefined)
  client.destroy()
}
