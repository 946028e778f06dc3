import { describe, expect, it } from 'vitest'
import { createReadiness } from '../../src/http/health.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { MAX_LABELS } from '../../src/http/operationTallies.ts'
import { FakeDirectory, fakeFeed } from './support/FakeDirectory.ts'
import { AS_OPERATOR, codeOf, startWorld } from './support/world.ts'

const notReady = { ready: false, checks: { views: { ok: false, detail: 'catching up with the log' } } }

describe('health', () => {
  it('is told to anybody', async () => {
    const { url } = await startWorld()
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('says what is amiss while it is not ready', async () => {
    const { url } = await startWorld({ readiness: { hasBeenLevel: false, check: async () => notReady } })
    const response = await fetch(`${url}/readyz`)
    expect([response.status, await response.json()]).toEqual([503, notReady])
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('lets nobody in before the views have been level: they would tell of a past, or of nothing', async () => {
    const world = await startWorld({ readiness: { hasBeenLevel: false, check: async () => notReady } })
    const response = await world.post({ query: '{ ok }' }, AS_OPERATOR)
    expect([
      response.status,
      ((await response.json()) as { errors: [{ extensions: { code: string } }] }).errors[0].extensions.code,
    ]).toEqual([503, 'UNAVAILABLE'])
  })

  it('is ready once the views have been level, while the log answers and can be written', async () => {
    const level = Promise.withResolvers<void>()
    const written = { kind: 'committed', written: [], position: 0 } as const
    const log = { seqs: async () => [0], commit: async () => written }
    const early = createReadiness({ log, level: level.promise })
    expect((await early.check()).ready).toBe(false)
    level.resolve()
    expect(await createReadiness({ log, level: level.promise }).check()).toMatchObject({ ready: true })
    const commit = () => Promise.reject(new Error('disk full'))
    const full = createReadiness({ log: { ...log, commit }, level: level.promise })
    expect(await full.check()).toMatchObject({ ready: false, checks: { logWrites: { ok: false } } })
  })
})

describe('metrics', () => {
  it('count operations by kind, name and outcome', async () => {
    const { url, post } = await startWorld()
    await post({ query: 'query Ping { ping }' })
    await post({ query: 'query Ping { ping fail(code: "NOT_FOUND") }' })
    await post({ query: '{ nothing }' })
    await fetch(`${url}/graphql?query={ping}`)
    const text = await (await fetch(`${url}/metrics`)).text()
    const count = (outcome: string) =>
      `rollcall_operations_total{transport="http",kind="query",operation="Ping",outcome="${outcome}"} 1`
    expect(text).toContain(count('ok'))
    expect(text).toContain(count('NOT_FOUND'))
    expect(text).toMatch(/kind="refused",operation="refused",outcome="BAD_USER_INPUT"} 1/)
    expect(text).toContain(
      'rollcall_operation_duration_seconds_count{transport="http",kind="query",operation="Ping"} 2',
    )
    expect(text).toContain('rollcall_auth_refusals_total{code="UNAUTHENTICATED"} 1')
    expect(text).toMatch(/^process_cpu_seconds_total/m)
  })

  it('sort durations into buckets that each hold all shorter ones', async () => {
    const { operation, registry } = createMetrics(fakeFeed(new FakeDirectory()))
    for (const seconds of [0.0005, 0.003, 0.004, 60]) {
      operation({ transport: 'http', kind: 'query', label: 'q', outcome: 'ok', seconds })
    }
    const text = await registry.metrics()
    const line = (of: string, le?: string) =>
      `rollcall_operation_duration_seconds_${of}{transport="http",kind="query",operation="q"${le ? `,le="${le}"` : ''}}`
    expect(text).toContain('# TYPE rollcall_operation_duration_seconds histogram')
    expect(text).toContain(`${line('bucket', '0.0005')} 1`)
    expect(text).toContain(`${line('bucket', '0.0025')} 1`)
    expect(text).toContain(`${line('bucket', '0.005')} 3`)
    expect(text).toContain(`${line('bucket', '5')} 3`)
    expect(text).toContain(`${line('bucket', '+Inf')} 4`)
    expect(text).toContain(`${line('count')} 4`)
    expect(text).toContain(`${line('sum')} 60.0075`)
  })

  it('show what the feed says of itself', async () => {
    const { metrics } = await startWorld()
    await metrics()
    const text = await metrics()
    for (const line of [
      'rollcall_view_position 7',
      'rollcall_log_position 9',
      'rollcall_view_lag_seconds 1.5',
      'rollcall_quarantined_streams 2',
      'rollcall_catch_ups_total 3',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })

  it('show what the log made again, and why', async () => {
    const retries = new Map([['throttled', 3]])
    const { registry } = createMetrics(fakeFeed(new FakeDirectory()), retries)
    await registry.metrics()
    retries.set('throttled', 4).set('conflict', 1)
    const text = await registry.metrics()
    expect(text).toContain('rollcall_log_retries_total{reason="throttled"} 4')
    expect(text).toContain('rollcall_log_retries_total{reason="conflict"} 1')
  })

  it('count commits, and tell the feed of each', async () => {
    const directory = new FakeDirectory()
    const { observer, registry } = createMetrics(fakeFeed(directory))
    observer.committed(12, 3)
    observer.committed(14, 2)
    observer.conflict()
    const { retried } = observer
    retried()
    expect(directory.noticed).toEqual([12, 14])
    const text = await registry.metrics()
    expect(text).toContain('rollcall_commits_total 2')
    expect(text).toContain('rollcall_events_appended_total 5')
    expect(text).toContain('rollcall_commit_conflicts_total 1')
    expect(text).toContain('rollcall_command_retries_total 1')
  })

  it('do not grow with the names that clients make up', async () => {
    const metrics = createMetrics(fakeFeed(new FakeDirectory()))
    for (let i = 0; i < MAX_LABELS + 50; i++) {
      metrics.operation({ transport: 'http', kind: 'query', label: `q${i}`, outcome: 'ok', seconds: 0.001 })
    }
    const text = await metrics.registry.metrics()
    expect(text.match(/^rollcall_operations_total\{/gm)?.length).toBe(MAX_LABELS + 1)
    expect(text).toMatch(/operation="other",outcome="ok"} 50/)
  })

  it('ask for the operator key where that is set', async () => {
    const { url } = await startWorld({ metricsNeedKey: true })
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
    expect((await fetch(`${url}/metrics`, { headers: AS_OPERATOR })).status).toBe(200)
  })
})

describe('the log', () => {
  it('has a line for each mutation and each failure, and for other queries at debug', async () => {
    const world = await startWorld()
    await world.post({ query: 'query Quiet { ping }' })
    await world.post({ query: 'mutation Loud { write }' }, { 'x-request-id': 'r-1' })
    await world.post({ query: 'query Bad { fail(code: "NOT_FOUND") }' })
    expect(world.logged.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['Loud', 'ok'],
      ['Bad', 'NOT_FOUND'],
    ])
    expect(world.logged[0]).toMatchObject({
      requestId: 'r-1',
      tenant: 'default',
      actor: 'operator',
      kind: 'mutation',
      ms: expect.any(Number),
    })
    const talkative = await startWorld({ logLevel: 'debug' })
    await talkative.post({ query: 'query Quiet { ping }' })
    expect(talkative.logged.map(({ operation }) => operation)).toEqual(['Quiet'])
  })

  it('holds no key', async () => {
    const world = await startWorld({ logLevel: 'trace' })
    world.directory.addKey('secret-of-ada', { id: 'k1' })
    await world.post({ query: '{ ping }' }, { authorization: 'Bearer secret-of-ada' })
    await world.post({ query: '{ ping }' }, { authorization: 'Bearer secret-of-nobody' })
    world.directory.isBroken = true
    expect(
      await codeOf(await world.post({ query: '{ ping }' }, { authorization: 'Bearer secret-of-ada' })),
    ).toBe('INTERNAL')
    expect(world.logged.map(({ msg }) => msg)).toEqual(['operation', 'not let in', 'unexpected error'])
    expect(JSON.stringify(world.logged)).not.toMatch(/secret-of/)
  })
})
