import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match, type Template } from 'aws-cdk-lib/assertions'
import { readConfig } from '../../src/cli/config.ts'
import { containerOf, settingsOf } from './containers.ts'
import { type Statement, statementsOf } from './statements.ts'
import { fannedOut, standard } from './synthesise.ts'

/** What a process may do with streams, and with which. */
function allowed(template: Template, process: string): Record<string, readonly string[]> {
  const pairs = statementsOf(template)
    .filter(({ policy }) => policy.startsWith(process))
    .flatMap(({ actions, resources }) =>
      actions
        .filter((action) => action.startsWith('kinesis:'))
        .flatMap((action) => resources.map((resource) => ({ action, on: nameOf(resource) }))),
    )
  const grouped = Map.groupBy(pairs, ({ on }) => on)
  return Object.fromEntries([...grouped].map(([on, each]) => [on, each.map(({ action }) => action).sort()]))
}

/** Of an ARN that is known at deployment: the logical id, and what is joined to it. */
function nameOf(resource: Statement['resources'][number]): string {
  if (typeof resource === 'string') return resource
  const { 'Fn::GetAtt': attribute, 'Fn::Join': joined } = resource as {
    readonly 'Fn::GetAtt'?: readonly [string, string]
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]]
  }
  const [separator, parts] = joined ?? ['', []]
  return attribute?.[0].replace(/[0-9A-F]{8}$/, '') ?? parts.map(nameOf).join(separator)
}

const feedOf = (template: Template, process: string) => {
  const config = readConfig(settingsOf(containerOf(template, process)))
  assert.ok(config.ok)
  return config.value.feed
}

test('two synchronisers poll, and may do nothing beside it', () => {
  const { template } = standard
  template.hasResourceProperties('AWS::ECS::Service', {
    TaskDefinition: { Ref: Match.stringLikeRegexp('^Synchronisers') },
    DesiredCount: 2,
  })
  assert.equal(feedOf(template, 'Synchronisers')?.consumer, null)
  assert.deepEqual(allowed(template, 'Synchronisers'), {
    PlatformEventsStream: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
  })
})

for (const name of ['synchroniser-1', 'synchroniser-2']) {
  const id = `Synchronisers${name.replace('-', '')}`

  test(`with fan-out ${name} is the only one of its name`, () => {
    const { template } = fannedOut
    assert.equal(feedOf(template, id)?.consumer, name)
    const services = template.findResources('AWS::ECS::Service', {
      Properties: { TaskDefinition: { Ref: Match.stringLikeRegexp(`^${id}`) }, DesiredCount: 1 },
    })
    assert.equal(Object.keys(services).length, 1)
  })

  test(`with fan-out ${name} may be told under its own name, and not poll`, () => {
    assert.deepEqual(allowed(fannedOut.template, id), {
      PlatformEventsStream: [
        'kinesis:DescribeStreamSummary',
        'kinesis:ListShards',
        'kinesis:RegisterStreamConsumer',
      ],
      [`PlatformEventsStream/consumer/${name}:*`]: [
        'kinesis:DescribeStreamConsumer',
        'kinesis:SubscribeToShard',
      ],
    })
  })
}
