import { expect, onTestFinished, test } from 'vitest'
import { AwsProxy } from '../support/aws/AwsProxy.ts'
import { refusal } from '../support/aws/anyHazards.ts'
import { Client, CREATE_USER } from '../support/client.ts'
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
    let state: 'well' | 'loses the next commit' | 'refuses' = 'well'
    const proxy = await AwsProxy.open(log.searchParams.get('endpoint') ?? '', async (call) => {
      if (state === 'refuses') return refusal('com.amazon.coral.service#AccessDeniedException', 'no more')
      if (state === 'well' || call.operation !== 'TransactWriteItems') return call.forward()
      state = 'refuses'
      await call.forward()
      return null
    })
    log.searchParams.set('endpoint', proxy.endpoint)
    const server = await startShared({ ...environment, ROLLCALL_LOG: log.href })
    onTestFinished(async () => {
      await server.close()
      await proxy.close()
    })
    const client = new Client(server.url, server.operatorKey)

    state = 'loses the next commit'
    const told = await client.refused(CREATE_USER, INPUT, KEY)
    expect(told).toMatchObject({ code: 'UNAVAILABLE', mayBeCommitted: true })
    expect(told.message).toMatch(/may have been carried out.*same Idempotency-Key.*read/)

    state = 'well'
    expect(await client.refused(CREATE_USER, INPUT)).toMatchObject({ code: 'USERNAME_TAKEN' })
    const { createUser } = await client.ask(CREATE_USER, INPUT, KEY)
    expect(createUser.user).toMatchObject({ username: 'ann', status: 'ACTIVE' })
  },
)
