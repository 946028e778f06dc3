import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { fastify } from 'fastify'
import { readConfig, SETTINGS } from '../../src/cli/config.ts'
import type { FeedStats } from '../../src/feed/Feed.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { DEFAULT_HTTP_SETTINGS } from '../../src/http/settings.ts'
import { ENGINE_VARIABLES } from '../engines.ts'
import { containerOf, settingsOf } from './containers.ts'
import { standard } from './synthesise.ts'

const { template } = standard

for (const process of ['Gateways', 'Synchronisers']) {
  test(`${process} are told of all engines, and of nothing that rollcall does not know`, () => {
    const settings = settingsOf(containerOf(template, process))
    const engines = Object.values(ENGINE_VARIABLES)
    for (const name of engines) assert.ok(name in settings, `${name} is missing`)
    const known = [...engines, ...Object.values(SETTINGS).map(({ variable }) => variable)]
    assert.deepEqual(
      Object.keys(settings).filter((name) => !known.includes(name)),
      [],
    )
    assert.ok(readConfig(settings).ok)
  })

  test(`${process} are killed only after they had the time to stop`, () => {
    const container = containerOf(template, process)
    const config = readConfig(settingsOf(container))
    assert.ok(config.ok && config.value.stopTimeoutMs < container.StopTimeout * 1_000)
  })
}

test('the balancer outwaits a silent WebSocket, and lets go of connections before gateways do', () => {
  const [balancer] = Object.values(template.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer'))
  const attributes = balancer?.Properties.LoadBalancerAttributes as readonly { Key: string; Value: string }[]
  const idle = attributes.find(({ Key }) => Key === 'idle_timeout.timeout_seconds')
  const idleMs = Number(idle?.Value) * 1_000
  assert.ok(idleMs > DEFAULT_HTTP_SETTINGS.keepAliveMs)
  assert.ok(idleMs < (fastify().initialConfig.keepAliveTimeout ?? 0))
})

test('requests go to gateways that are ready, and one that is not stays until another is', () => {
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/readyz' })
  template.hasResourceProperties('AWS::ECS::Service', {
    LoadBalancers: Match.anyValue(),
    DeploymentConfiguration: { MinimumHealthyPercent: 100, MaximumPercent: 200 },
  })
})

test('a deployment leaves as many gateways as load has brought about, two at least', () => {
  template.hasResourceProperties('AWS::ECS::Service', {
    LoadBalancers: Match.anyValue(),
    DesiredCount: Match.absent(),
  })
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2 })
})

test('nobody reads metrics from outside, or without TLS', () => {
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/metrics', '/metrics/*'] } }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  })
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }],
  })
})

test('what the collector carries, and alarms ask for, is what a gateway counts', async () => {
  const stats = {} as FeedStats
  const { registry } = createMetrics({ stats: () => stats, notice() {} } as never)
  const counted = registry.getMetricsAsArray().map(({ name }) => name)
  const configuration = JSON.stringify(containerOf(template, 'Gateways', 'collector').Environment)
  const carried = [...new Set(configuration.match(/rollcall_[a-z_]+/g))]
  const alarming = Object.values(
    template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { Namespace: 'Rollcall' },
    }),
  ).map(({ Properties }) => Properties.MetricName as string)
  assert.ok(
    alarming.includes('rollcall_quarantined_streams') && alarming.includes('rollcall_view_lag_seconds'),
  )
  assert.deepEqual(
    [...carried, ...alarming].filter((name) => !counted.includes(name)),
    [],
  )
  assert.deepEqual(
    alarming.filter((name) => !carried.includes(name)),
    [],
  )
})

test('every alarm tells somebody, and says what it means', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
    assert.equal(Properties.AlarmActions.length, 1)
    assert.ok(Properties.AlarmDescription.length > 20)
  }
})

test('that no synchroniser runs is told by their silence', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...{ MetricName: 'CPUUtilization', Namespace: 'AWS/ECS', Statistic: 'SampleCount' },
    Dimensions: Match.arrayWith([
      {
        Name: 'ServiceName',
        Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SynchronisersService'), 'Name'] },
      },
    ]),
    TreatMissingData: 'breaching',
  })
})

test('PostgreSQL has a standby, outlives the stack, and is open to gateways and synchronisers alone', () => {
  template.hasResource('AWS::RDS::DBInstance', {
    DeletionPolicy: 'Retain',
    Properties: {
      MultiAZ: true,
      StorageEncrypted: true,
      DeletionProtection: true,
      PubliclyAccessible: false,
    },
  })
  const database = {
    GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ViewsInstanceSecurityGroup'), 'GroupId'] },
  }
  const open = template.findResources('AWS::EC2::SecurityGroupIngress', { Properties: database })
  const from = Object.values(open).map(({ Properties }) => Properties.SourceSecurityGroupId['Fn::GetAtt'][0])
  assert.deepEqual(from.map((name) => name.replace(/Service.*/, '')).sort(), ['Gateways', 'Synchronisers'])
})

test('its password stands nowhere in the template', () => {
  const [url] = Object.entries(template.findResources('AWS::SecretsManager::Secret')).filter(([id]) =>
    id.startsWith('ViewsUrl'),
  )
  const parts = url?.[1].Properties.SecretString['Fn::Join'][1] as readonly unknown[]
  assert.match(parts.join(''), /^postgres:\/\/rollcall:\{\{resolve:secretsmanager:.*\?sslmode=verify-full$/)
})
