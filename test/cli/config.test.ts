import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readConfig, SETTINGS } from '../../src/cli/config.ts'
import { configTable } from '../../src/cli/configTable.ts'

const problemsOf = (environment: Record<string, string>): string => {
  const config = readConfig(environment)
  return config.ok ? 'no problem' : config.error
}

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      ok: true,
      value: {
        port: 4000,
        host: '127.0.0.1',
        data: '.rollcall',
        log: null,
        views: null,
        feed: null,
        operatorKey: null,
        logLevel: 'info',
        viewDeadlineMs: 2000,
        maxBodyBytes: 262144,
        maxDepth: 16,
        maxCost: 100000,
        maxAliases: 64,
        maxTokens: 4000,
        introspection: true,
        playground: true,
        corsOrigins: [],
        trustedProxies: 0,
        maxConnections: 10000,
        maxFollowersPerKey: 1000,
        maxSilenceMs: 120000,
        journalRetention: null,
        metricsNeedKey: false,
        stopTimeoutMs: 10000,
      },
    })
  })

  test('comes from the environment, and before it from flags', () => {
    const environment = {
      PORT: '8080',
      ROLLCALL_DATA: '/var/lib/rollcall',
      ROLLCALL_PLAYGROUND: 'off',
      ROLLCALL_CORS_ORIGINS: 'https://a.example.org, http://localhost:3000',
    }
    expect(readConfig(environment, { port: '9090', data: undefined })).toMatchObject({
      value: {
        port: 9090,
        data: '/var/lib/rollcall',
        playground: false,
        corsOrigins: ['https://a.example.org', 'http://localhost:3000'],
      },
    })
  })

  test('takes durations with a unit', () => {
    const retention = (text: string) => {
      const config = readConfig({ ROLLCALL_JOURNAL_RETENTION: text })
      return config.ok ? config.value.journalRetention : config.error
    }
    expect(['30m', '12h', '90d', '2W', 'forever', 'Forever'].map(retention)).toEqual([
      30 * 60_000,
      12 * 3_600_000,
      90 * 86_400_000,
      14 * 86_400_000,
      null,
      null,
    ])
    for (const bad of ['90', '0d', '-1d', '1.5d', 'd', '1y', '36501d', '1d 2h', ' 1d']) {
      expect(retention(bad)).toMatch(/^ROLLCALL_JOURNAL_RETENTION: must be forever, or .* such as 90d/)
    }
  })

  test('takes engines by their addresses', () => {
    const log = 'dynamodb://eu-west-1/rollcall.log'
    const engines = { ROLLCALL_VIEWS: 'postgres://u:p@db:5432/r' }
    expect(readConfig({ ...engines, ROLLCALL_LOG: log })).toMatchObject({
      value: {
        log: { region: 'eu-west-1', table: 'rollcall.log', endpoint: null },
        views: 'postgres://u:p@db:5432/r',
      },
    })
    expect(readConfig({ ...engines, ROLLCALL_LOG: `${log}?endpoint=http://127.0.0.1:8000` })).toMatchObject({
      value: { log: { endpoint: 'http://127.0.0.1:8000' } },
    })
    expect(readConfig({ ROLLCALL_FEED: 'kinesis://eu-west-1/events' })).toMatchObject({
      value: { feed: { region: 'eu-west-1', stream: 'events', endpoint: null, consumer: null } },
    })
    const fanOut = 'kinesis://eu-west-1/events?consumer=sync.1&endpoint=http://127.0.0.1:4567'
    expect(readConfig({ ROLLCALL_FEED: fanOut })).toMatchObject({
      value: { feed: { stream: 'events', endpoint: 'http://127.0.0.1:4567', consumer: 'sync.1' } },
    })
    for (const bad of ['', 'sync/1', 'sync 1', 'é', 'x'.repeat(129)]) {
      expect(problemsOf({ ROLLCALL_FEED: `kinesis://eu-west-1/events?consumer=${bad}` })).toMatch(
        /^.*ROLLCALL_FEED: must name the consumer in 1 to 128 letters, digits, .* but was /,
      )
    }
    // A name that is mistyped would poll, and nobody would know.
    expect(problemsOf({ ROLLCALL_FEED: 'kinesis://eu-west-1/events?consumr=sync' })).toContain(
      'ROLLCALL_FEED: must be like kinesis://',
    )
    expect(problemsOf({ ROLLCALL_FEED: 'kinesis://events' })).toContain(
      'ROLLCALL_FEED: must be like kinesis://',
    )
    expect(problemsOf({ ROLLCALL_LOG: log })).toContain('must be set both, or neither')
    expect(problemsOf({ ROLLCALL_VIEWS: engines.ROLLCALL_VIEWS })).toContain('must be set both, or neither')
    for (const bad of [
      'rollcall',
      'dynamodb://rollcall',
      'https://eu-west-1/rollcall',
      `${log}?endpoint=x`,
      `${log}?consumer=x`,
    ]) {
      expect(problemsOf({ ROLLCALL_LOG: bad })).toContain('ROLLCALL_LOG: must be like dynamodb://')
    }
    const secret = problemsOf({ ROLLCALL_VIEWS: 'mysql://u:hunter2@db/r' })
    expect(secret).toContain('ROLLCALL_VIEWS: must be like postgres://')
    expect(secret).not.toContain('hunter2')
  })

  test('takes an empty variable for an unset one', () => {
    expect(readConfig({ PORT: '', ROLLCALL_OPERATOR_KEY: '' })).toMatchObject({
      value: { port: 4000, operatorKey: null },
    })
  })

  test.each([
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '4e3', 'must be a whole number from 0 to 65535'],
    ['ROLLCALL_LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    ['ROLLCALL_PLAYGROUND', 'yes', 'must be one of on, off'],
    ['ROLLCALL_CORS_ORIGINS', 'example.org', 'must be * or a comma-separated list of origins'],
    ['ROLLCALL_CORS_ORIGINS', 'https://example.org/path', 'must be * or a comma-separated list of origins'],
    ['ROLLCALL_VIEW_DEADLINE_MS', '-1', 'must be a whole number from 1 to 60000'],
  ])('%s=%s is refused by name, with what would be right', (variable, value, wanted) => {
    const problem = problemsOf({ [variable]: value })
    expect(problem).toMatch(new RegExp(`^${variable}: `))
    expect(problem).toContain(wanted)
    expect(problem).toContain(`but was "${value}"`)
  })

  test('names a flag by its own name', () => {
    expect(readConfig({ PORT: '1' }, { port: 'x' })).toMatchObject({
      error: expect.stringMatching(/^--port: /),
    })
  })

  test('tells every problem at once', () => {
    const problems = problemsOf({ PORT: 'x', ROLLCALL_MAX_DEPTH: '0' }).split('\n')
    expect(problems).toHaveLength(2)
  })

  test('never shows a secret', () => {
    const problem = problemsOf({ ROLLCALL_OPERATOR_KEY: 'too short' })
    expect(problem).toContain('ROLLCALL_OPERATOR_KEY: must be at least 16')
    expect(problem).not.toContain('too short')
  })
})

describe('the table of settings', () => {
  test('has a row for each', () => {
    for (const { variable } of Object.values(SETTINGS)) expect(configTable()).toContain(`| \`${variable}\` |`)
  })

  test('is the one in the README', () => {
    expect(readFileSync('README.md', 'utf8')).toContain(configTable())
  })
})
