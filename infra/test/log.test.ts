import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { Match } from 'aws-cdk-lib/assertions'
import { createTable } from '../../src/log/dynamodb/schema.ts'
import { statementsOf } from './statements.ts'
import { standard } from './synthesise.ts'

const { template } = standard

/** What rollcall itself asks for where it makes the table, as in tests. */
async function wantedTable(): Promise<Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions'>> {
  const asked: CreateTableCommandInput[] = []
  const send = async ({ input }: { input: CreateTableCommandInput }) => {
    asked.push(input)
    return { Table: { TableStatus: 'ACTIVE' } }
  }
  await createTable({ send, config: {} } as never, 'log')
  const [first] = asked
  assert.ok(first)
  return first
}

test('the table is the one that the log makes for itself elsewhere', async () => {
  const { KeySchema, AttributeDefinitions } = await wantedTable()
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema,
    AttributeDefinitions,
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: Match.absent(),
  })
})

test('the log can be restored to any second, is encrypted, and outlives the stack', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      SSESpecification: { SSEEnabled: true },
      Replicas: [
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          Region: Match.anyValue(),
        },
      ],
    },
  })
})

/** The requests that the log makes, and what its transactions are made of, by the names of permissions. */
function askedByTheLog(): readonly string[] {
  const source = (name: string) =>
    readFileSync(join(import.meta.dirname, '../../src/log/dynamodb', name), 'utf8')
  const requests = [...source('database.ts').matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name)
  const parts = [...source('transaction.ts').matchAll(/#add\(\{ (\w+):/g)].map(([, name]) => `${name}Item`)
  return [...new Set([...requests, ...parts])].filter((name) => name !== 'TransactWriteItems')
}

test('gateways may do what the log asks of DynamoDB, and no more', () => {
  const ofGateways = statementsOf(template).filter(({ policy }) => policy.startsWith('GatewaysTaskTaskRole'))
  const allowed = ofGateways
    .flatMap(({ actions }) => actions)
    .filter((action) => action.startsWith('dynamodb:'))
  assert.deepEqual(
    allowed.sort(),
    askedByTheLog()
      .map((name) => `dynamodb:${name}`)
      .sort(),
  )
})

test('only gateways write the log, and nobody deletes but in a transaction', () => {
  const writing = /^dynamodb:(?!Get|BatchGet|Query|Scan|Describe|List)/
  const writers = statementsOf(template).filter(
    ({ actions, resources }) =>
      actions.some((action) => writing.test(action)) && JSON.stringify(resources).includes('"LogTable'),
  )
  assert.deepEqual(
    [...new Set(writers.map(({ policy }) => policy.replace(/DefaultPolicy.*/, '')))],
    ['GatewaysTaskTaskRole'],
  )
  const deleting = writers.filter(({ actions }) => actions.includes('dynamodb:DeleteItem'))
  assert.deepEqual(
    deleting.map(({ conditions }) => conditions),
    [{ 'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } }],
  )
})

test('nobody may do everything, nor something to everything', () => {
  const broad = statementsOf(template).filter(
    ({ actions, resources }) => actions.some((action) => action.includes('*')) || resources.includes('*'),
  )
  // A login to the registry belongs to no repository.
  assert.deepEqual([...new Set(broad.flatMap(({ actions }) => actions))], ['ecr:GetAuthorizationToken'])
})
