import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { Match } from 'aws-cdk-lib/assertions'
import { createMarksTable } from '../../src/feed/aws/external/marksTable.ts'
import { EXTERNAL_STREAM_VARIABLE, LOG_TABLE_VARIABLE, MARKS_TABLE_VARIABLE } from '../engines.ts'
import { statementsOf } from './statements.ts'
import { standard } from './synthesise.ts'

const { template, bundle } = standard
const refTo = (resource: string) => ({ Ref: Match.stringLikeRegexp(`^${resource}`) })
const arnOf = (resource: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${resource}`), 'Arn'] })

test('the transform is fed from platform events, in order, and what it gives up is told', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: arnOf('PlatformEvents'),
    StartingPosition: 'TRIM_HORIZON',
    ParallelizationFactor: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: arnOf('ExternalEventsTransformGivenUp') } },
  })
})

test('it finds the log, its marks and the stream under the names that it knows', () => {
  const variables = {
    [LOG_TABLE_VARIABLE]: refTo('LogTable'),
    [MARKS_TABLE_VARIABLE]: refTo('ExternalEventsMarks'),
    [EXTERNAL_STREAM_VARIABLE]: refTo('ExternalEvents'),
  }
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: variables } })
  const names = Object.keys(variables)
  for (const missing of names)
    assert.match(load(names.filter((name) => name !== missing)), new RegExp(missing))
  assert.equal(load(names), 'function')
})

/** What the function says where it is told of these. */
function load(names: readonly string[]): string {
  const env = Object.fromEntries(names.map((name) => [name, 'x']))
  const { stdout, stderr } = spawnSync(process.execPath, ['-p', `typeof require('./index.js').handler`], {
    cwd: bundle('rollcall-transform'),
    env: { ...env, AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
  })
  return (/Error: .*/.exec(stderr)?.[0] ?? stdout).trim()
}

test('the table of marks is the one that the transform makes for itself elsewhere', async () => {
  const asked: CreateTableCommandInput[] = []
  const send = async ({ input }: { input: CreateTableCommandInput }) => {
    asked.push(input)
    return { Table: { TableStatus: 'ACTIVE' } }
  }
  await createMarksTable({ send, config: {} } as never, 'marks')
  const { KeySchema, AttributeDefinitions } = asked[0] ?? {}
  assert.ok(KeySchema)
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema,
    AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: Match.absent(),
  })
})

test('it reads streams of the log, keeps its marks, and puts into its stream: no more', () => {
  const own = statementsOf(template).filter(({ policy }) => policy.startsWith('ExternalEventsTransform'))
  const on = (resource: string) =>
    own
      .filter(({ resources }) => JSON.stringify(resources).includes(`"${resource}`))
      .flatMap(({ actions }) => actions)
      .filter((action) => /^(dynamodb|kinesis):/.test(action))
      .sort()
  assert.deepEqual(on('LogTable'), ['dynamodb:GetItem', 'dynamodb:Query'])
  assert.deepEqual(on('ExternalEventsMarks'), [
    'dynamodb:BatchGetItem',
    'dynamodb:DeleteItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ])
  assert.deepEqual(on('ExternalEventsStream'), ['kinesis:PutRecords'])
})

test('it is watched like the relay, and a stream that it holds is told', () => {
  const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm'))
  const watched = (name: string) => alarms.filter((alarm) => alarm.startsWith(`Alarms${name}`)).length
  assert.equal(watched('Transform'), watched('Relay'))
  template.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: '{ $.held = "*" }',
    LogGroupName: refTo('ExternalEventsTransformLog'),
    MetricTransformations: [
      Match.objectLike({ MetricNamespace: 'Rollcall/Functions', MetricName: 'held_streams' }),
    ],
  })
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'held_streams', Threshold: 0 })
})
