import { Duration } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { FargateService, type ICluster } from 'aws-cdk-lib/aws-ecs'
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { Collector } from './collector.ts'
import { defineProcess, type ProcessProps } from './processes.ts'

export interface GatewaysProps extends ProcessProps {
  readonly cluster: ICluster
  readonly certificateArn: string
}

const PORT = 4_000
const MIN_GATEWAYS = 2
const MAX_GATEWAYS = 20
const BUSY_PERCENT = 60

/** Longer than the 30 s between a gateway's pings on a WebSocket, shorter than the 72 s for which it keeps an idle connection. */
const IDLE = Duration.seconds(60)
/** For the balancer to send no more before a gateway is told to stop. Its followers it asks itself to connect elsewhere. */
const DRAIN = Duration.seconds(15)
/** Views that are built for the first time take long, and the gateway is not ready before. */
const GRACE = Duration.hours(1)

/** The process runs; whether it can serve is for the balancer to find out. */
const RUNS = `fetch('http://127.0.0.1:${PORT}/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`

/** Gateways behind a load balancer. Whichever answers, a token is honoured: nothing sticks a client to one. */
export class Gateways extends Construct {
  readonly service: FargateService
  readonly balancer: ApplicationLoadBalancer
  readonly targets: ApplicationTargetGroup
  readonly operatorKey: Secret

  constructor(scope: Construct, id: string, { cluster, certificateArn, ...common }: GatewaysProps) {
    super(scope, id)
    this.operatorKey = new Secret(this, 'OperatorKey', {
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
    })
    const { task, container } = defineProcess(this, common, {
      command: 'serve',
      environment: { HOST: '0.0.0.0', PORT: String(PORT), ROLLCALL_TRUSTED_PROXIES: '1' },
      secrets: { ROLLCALL_OPERATOR_KEY: this.operatorKey },
      healthCheck: RUNS,
    })
    container.addPortMappings({ containerPort: PORT })
    new Collector(this, 'Collector', task, PORT)

    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: task,
      // One that is not ready any more stays until another one is: while the log is away, that is none.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: GRACE,
      circuitBreaker: { rollback: true },
    })
    // How many is for this alone to say: a count in the service would be set again by each deployment.
    this.service
      .autoScaleTaskCount({ minCapacity: MIN_GATEWAYS, maxCapacity: MAX_GATEWAYS })
      .scaleOnCpuUtilization('Busy', { targetUtilizationPercent: BUSY_PERCENT })

    this.balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc: cluster.vpc,
      internetFacing: true,
      idleTimeout: IDLE,
      dropInvalidHeaderFields: true,
      deletionProtection: true,
    })
    this.balancer.addRedirect()
    this.targets = this.#listen(certificateArn)
  }

  #listen(certificateArn: string): ApplicationTargetGroup {
    const listener = this.balancer.addListener('Https', {
      protocol: ApplicationProtocol.HTTPS,
      certificates: [Certificate.fromCertificateArn(this, 'Certificate', certificateArn)],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
    })
    const targets = listener.addTargets('Gateways', {
      protocol: ApplicationProtocol.HTTP,
      port: PORT,
      targets: [this.service],
      deregistrationDelay: DRAIN,
      healthCheck: {
        path: '/readyz',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    })
    // Metrics are for the collector, which comes from inside.
    listener.addAction('Metrics', {
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(['/metrics', '/metrics/*'])],
      action: ListenerAction.fixedResponse(404),
    })
    return targets
  }
}
