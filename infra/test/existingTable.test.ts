import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import settings from '../cdk.json' with { type: 'json' }
import { statementsOf } from './statements.ts'
import { standard, synthesise } from './synthesise.ts'

const TABLE = 'arn:aws:dynamodb:eu-central-1:111111111111:table/rollcall-restored'
const STREAM = `${TABLE}/stream/2026-11-26T12:00:00.000`

const { template } = synthesise({ logStreamArn: STREAM })

test('a table that was restored takes the place of a new one, wherever the log is named', () => {
  const tables = template.findResources('AWS::DynamoDB::GlobalTable')
  assert.deepEqual(
    Object.keys(tables).map((name) => name.replace(/[0-9A-F]{8}$/, '')),
    ['ExternalEventsMarks'],
  )
  template.hasOutput('LogTable', { Value: 'rollcall-restored' })
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: STREAM })
  const said = JSON.stringify(template.toJSON())
  assert.match(said, /"ROLLCALL_LOG_TABLE":"rollcall-restored"/)
  for (const task of Object.values(template.findResources('AWS::ECS::TaskDefinition'))) {
    assert.match(JSON.stringify(task), /dynamodb:\/\/.*\/rollcall-restored/)
  }
})

test('roles may do there what they may do with a new one, and nothing with another', () => {
  // The marks have their own table in either.
  const ofLog = (of: Template) =>
    statementsOf(of).filter(
      ({ actions, resources }) =>
        actions[0]?.startsWith('dynamodb:') && !JSON.stringify(resources).includes('ExternalEventsMarks'),
    )
  const allowed = (of: Template) =>
    ofLog(of)
      .map(({ policy, actions, conditions }) => JSON.stringify([policy, actions, conditions]))
      .sort()
  assert.deepEqual(allowed(template), allowed(standard.template))
  const named = ofLog(template).flatMap(({ resources }) => resources)
  assert.deepEqual([...new Set(named)].sort(), [TABLE, STREAM].sort())
})

test('a name that is no stream of a table, or of one elsewhere, is refused with what would be right', () => {
  assert.throws(
    () => synthesise({ logStreamArn: TABLE }),
    /logStreamArn: must be like arn:aws:dynamodb:.*\/stream\/.*, but was arn:.*rollcall-restored$/,
  )
  assert.throws(
    () => synthesise({ logStreamArn: STREAM, env: { region: 'eu-west-1', account: '111111111111' } }),
    /logStreamArn: must be in the region of the stack, eu-west-1, but was in eu-central-1/,
  )
})

test('it is said with -c logStreamArn=…', () => {
  const CDK_OUTDIR = mkdtempSync(join(tmpdir(), 'rollcall-app-'))
  after(() => rmSync(CDK_OUTDIR, { recursive: true }))
  const said = {
    imageTag: '1.2.3',
    certificateArn: 'arn:aws:acm:eu-central-1:111111111111:certificate/c',
    alarmEmail: 'ops@example.org',
    logStreamArn: STREAM,
  }
  const CDK_CONTEXT_JSON = JSON.stringify({ ...settings.context, ...said })
  execFileSync(process.execPath, ['app.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, CDK_OUTDIR, CDK_CONTEXT_JSON },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const written = JSON.parse(readFileSync(join(CDK_OUTDIR, 'Rollcall.template.json'), 'utf8'))
  Template.fromJSON(written).hasOutput('LogTable', { Value: 'rollcall-restored' })
})
