import { expect, test } from 'vitest'
import { openPostgresCheckpoints } from '../../src/views/postgres/index.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'

const postgres = await postgresOrSkip()

test.skipIf(postgres === null)('checkpoints never go back, whichever consumer saves them', async () => {
  const views = { url: postgres?.url ?? '', epoch: freshEpoch() }
  const [one, other] = [await openPostgresCheckpoints(views, 's'), await openPostgresCheckpoints(views, 's')]
  const elsewhere = await openPostgresCheckpoints(views, 'another stream')
  expect(await one.load('shard-0')).toBeNull()
  await one.save('shard-0', { sequenceNumber: null, isEnd: false })
  expect(await other.load('shard-0')).toEqual({ sequenceNumber: null, isEnd: false })
  // As long as Kinesis has them; as texts the first would be the greater.
  const [early, late] = [`9${'0'.repeat(54)}`, `49${'1'.repeat(54)}`]
  await one.save('shard-0', { sequenceNumber: late, isEnd: true })
  await other.save('shard-0', { sequenceNumber: early, isEnd: false })
  expect(await one.load('shard-0')).toEqual({ sequenceNumber: late, isEnd: true })
  expect(await one.load('shard-1')).toBeNull()
  expect(await elsewhere.load('shard-0')).toBeNull()
  await Promise.all([one, other, elsewhere].map((each) => each.close()))
})
