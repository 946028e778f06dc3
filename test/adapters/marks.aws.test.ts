import { describe, expect, it } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { DynamoMarks, MAX_IN_VAIN } from '../../src/feed/aws/external/DynamoMarks.ts'
import { createMarksTable } from '../../src/feed/aws/external/marksTable.ts'
import { TENANT, times } from '../conformance/eventLog/commits.ts'
import { dynamoDbOrSkip, interceptedClient, type LocalDynamoDb } from '../support/dynamodb.ts'

const dynamodb = await dynamoDbOrSkip()

const streams = times(90, (n) => userStream(TENANT, `u${n}`))
const all = new Map(streams.map((stream, n) => [stream, n + 1]))

/** Marks of these streams, in a table that answers so many of the keys that a batch asks for. */
async function openMarks(answers: (keys: number) => number) {
  const { client, endpoint, region } = dynamodb as LocalDynamoDb
  const table = `marks-${answers.name}`
  await createMarksTable(client, table)
  const asked: number[] = []
  const partial = interceptedClient({ endpoint, region }, async ({ operation, input, send }) => {
    if (operation !== 'BatchGetItem') return send()
    const { Keys } = (input.RequestItems as Record<string, { Keys: unknown[] }>)[table] ?? { Keys: [] }
    asked.push(Keys.length)
    const undone = Keys.splice(answers(Keys.length))
    const answer = Keys.length === 0 ? {} : await send()
    return { ...answer, UnprocessedKeys: undone.length === 0 ? {} : { [table]: { Keys: undone } } }
  })
  const marks = new DynamoMarks({ client: partial, table, epoch: 'e' })
  await marks.save(all)
  return { marks, asked, table }
}

describe.skipIf(dynamodb === null)('marks that a batch leaves undone', () => {
  it('are asked for again as long as some of them come', async () => {
    const half = (keys: number) => Math.ceil(keys / 2)
    const { marks, asked } = await openMarks(half)
    expect(await marks.load(streams)).toEqual(all)
    expect(asked).toEqual([90, 45, 22, 11, 5, 2, 1])
  })

  it('are given up where none of them come, and the table is named', async () => {
    const none = () => 0
    const { marks, asked, table } = await openMarks(none)
    await expect(marks.load(streams)).rejects.toThrow(
      `The table ${table} could not be read whole: of 90 marks, 90 were left undone each time`,
    )
    expect(asked).toEqual(times(MAX_IN_VAIN, () => 90))
  })
})
