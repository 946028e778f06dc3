import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { ContainerImage, type FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

const NAMESPACE = 'Rollcall'
const IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1'

/** Of `/metrics`, those that alarms and the dashboard are about: each costs something in CloudWatch. */
const CARRIED = [
  'rollcall_view_lag_seconds',
  'rollcall_quarantined_streams',
  'rollcall_commits_total',
  'rollcall_commit_conflicts_total',
  'rollcall_websocket_connections',
  'rollcall_subscriptions',
] as const

/** A metric of the gateways, as it comes into CloudWatch: counters as what was added since the look before. */
export const gatewayMetric = (metricName: (typeof CARRIED)[number], options: MetricOptions): Metric =>
  new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { part: 'gateway' }, ...options })

/** A container beside a gateway that looks at its `/metrics` and tells CloudWatch. The gateway goes on without it. */
export class Collector extends Construct {
  constructor(scope: Construct, id: string, task: FargateTaskDefinition, port: number) {
    super(scope, id)
    const metrics = new LogGroup(this, 'Metrics', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    metrics.grantWrite(task.taskRole)
    task.addContainer('collector', {
      image: ContainerImage.fromRegistry(IMAGE),
      essential: false,
      cpu: 64,
      memoryLimitMiB: 256,
      environment: { AOT_CONFIG_CONTENT: configuration(port, Stack.of(this).region, metrics.logGroupName) },
      logging: LogDrivers.awsLogs({ streamPrefix: 'collector', logRetention: RetentionDays.ONE_WEEK }),
    })
  }
}

/** JSON is YAML too. */
const configuration = (port: number, region: string, logGroup: string): string =>
  JSON.stringify({
    receivers: {
      prometheus: {
        config: {
          scrape_configs: [
            {
              job_name: 'rollcall',
              scrape_interval: '30s',
              static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { part: 'gateway' } }],
              metric_relabel_configs: [
                { source_labels: ['__name__'], regex: CARRIED.join('|'), action: 'keep' },
              ],
            },
          ],
        },
      },
    },
    exporters: {
      awsemf: {
        region,
        namespace: NAMESPACE,
        log_group_name: logGroup,
        dimension_rollup_option: 'NoDimensionRollup',
        metric_declarations: [{ dimensions: [['part']], metric_name_selectors: CARRIED }],
      },
    },
    service: { pipelines: { metrics: { receivers: ['prometheus'], exporters: ['awsemf'] } } },
  })
