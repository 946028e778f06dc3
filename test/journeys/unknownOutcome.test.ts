import { expect, onTestFinished, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { DynamoDbProxy } from '../support/DynamoDbProxy.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { startShared } from '../support/server.ts'

const INPUT = { input: { username: 'ann' } }
const KEY = { 'idempotency-key': 'k' }

test.skipIf(!hasSharedEngines)(
  'a write of which nobody knows what became is told as that; repeated with its key it takes effect once',
  { timeout: 60_000 },
  async () => {
    const environment = await newLog()
    const log = new URL(environment.ROLLCALL_LOG ?? '')
    const proxy = await DynamoDbProxy.start(log.searchParams.get('endpoint') ?? '')
    log.searchParams.set('endpoint', proxy.endpoint)
    const server = await startShared({ ...environment, ROLLCALL_LOG: log.href })
    onTestFinished(async () => {
      await server.close()
      await proxy.close()
    })
    const client = new Client(server.url, server.operatorKey)

    proxy.loseNextCommit()
    const refusal = await client.refused(CREATE_USER, INPUT, KEY)
    expect(refusal).toMatchObject({ code: 'UNAVAILABLE', mayBeCommitted: true })
    expect(refusal.message).toMatch(/may have been carried out.*same Idempotency-Key.*read/)

    proxy.heal()
    expect(await client.refused(CREATE_USER, INPUT)).toMatchObject({ code: 'USERNAME_TAKEN' })
    const { createUser } = await client.ask(CREATE_USER, INPUT, KEY)
    expect(createUser.user).toMatchObject({ username: 'ann', status: 'ACTIVE' })
  },
)
