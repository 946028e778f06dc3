import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { LOG_KEY } from '../../src/log/dynamodb/layout.ts'
import { statementsOf } from './statements.ts'
import { standard } from './synthesise.ts'

const { template, bundle } = standard
const streamOf = (table: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${table}`), 'StreamArn'] })
const arnOf = (resource: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${resource}`), 'Arn'] })

test('the relay is given events alone, a batch of a shard at a time, in order', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: streamOf('LogTable'),
    StartingPosition: 'TRIM_HORIZON',
    ParallelizationFactor: 1,
    FilterCriteria: {
      Filters: [
        {
          Pattern: Match.serializedJson({
            eventName: ['INSERT'],
            dynamodb: { NewImage: { type: { S: [{ exists: true }] } } },
          }),
        },
      ],
    },
  })
})

test('what the relay cannot carry is tried again, from where it failed, and given up before it expires', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 100,
    MaximumRecordAgeInSeconds: 12 * 60 * 60,
    DestinationConfig: { OnFailure: { Destination: arnOf('RelayGivenUp') } },
  })
})

test('the function is whole: it loads and answers with nothing beside it', () => {
  const call = `require('./index.js').handler({ Records: [] }).then((answer) => console.log(JSON.stringify(answer)))`
  const said = execFileSync(process.execPath, ['-e', call], {
    cwd: bundle('rollcall-relay'),
    env: { ROLLCALL_PLATFORM_STREAM: 'events', AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
  })
  assert.deepEqual(JSON.parse(said), { batchItemFailures: [] })
})

test('the function finds the stream under the name that it knows', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Environment: {
      Variables: { ROLLCALL_PLATFORM_STREAM: { Ref: Match.stringLikeRegexp('^PlatformEvents') } },
    },
  })
})

test('of the log the relay may read the epoch, and nothing beside it', () => {
  const reading = statementsOf(template).filter(
    ({ policy, actions }) => policy.startsWith('Relay') && actions.includes('dynamodb:GetItem'),
  )
  assert.deepEqual(
    reading.map(({ conditions }) => conditions),
    [
      {
        'ForAllValues:StringEquals': {
          'dynamodb:LeadingKeys': [LOG_KEY.pk],
          'dynamodb:Attributes': ['pk', 'sk', 'epoch'],
        },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    ],
  )
})

test('both streams divide by themselves, are encrypted, and keep a week', () => {
  template.resourceCountIs('AWS::Kinesis::Stream', 2)
  template.allResourcesProperties('AWS::Kinesis::Stream', {
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    StreamEncryption: { EncryptionType: 'KMS' },
    RetentionPeriodHours: 7 * 24,
  })
})
