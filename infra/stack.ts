import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import { Cluster } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import {
  ofCarrier,
  ofEvents,
  ofExternalEvents,
  ofGateways,
  ofLog,
  ofSynchronisers,
  ofViews,
} from './conditions.ts'
import { showDashboard } from './dashboard.ts'
import { EventStream } from './eventStream.ts'
import { ExternalEvents } from './externalEvents.ts'
import { Gateways } from './gateways.ts'
import { Log } from './log.ts'
import { Network } from './network.ts'
import { Relay } from './relay.ts'
import { Synchronisers } from './synchronisers.ts'
import { Views } from './views.ts'

export interface RollcallProps extends StackProps {
  /** Of an image in the account's repository `rollcall`. */
  readonly imageTag: string
  readonly certificateArn: string
  readonly alarmEmail: string
  /** Of the stream of a table that holds the log already; without it a new table is made, and is empty. */
  readonly logStreamArn?: string | undefined
  /** See `Synchronisers`. */
  readonly fanOut: boolean
}

/** A change goes through it from top to bottom. */
export class RollcallStack extends Stack {
  constructor(scope: Construct, id: string, props: RollcallProps) {
    super(scope, id, props)
    const { vpc } = new Network(this, 'Network')
    const log = new Log(this, 'Log', props.logStreamArn ?? null)
    const platformEvents = new EventStream(this, 'PlatformEvents')
    const relay = new Relay(this, 'Relay', { log, platformEvents })
    const views = new Views(this, 'Views', vpc)
    const externalEvents = new ExternalEvents(this, 'ExternalEvents', { log, platformEvents })

    const common = {
      cluster: new Cluster(this, 'Cluster', { vpc }),
      images: Repository.fromRepositoryName(this, 'Images', 'rollcall'),
      imageTag: props.imageTag,
      engines: { log: log.url, views: views.url, feed: platformEvents.url },
    }
    const gateways = new Gateways(this, 'Gateways', { ...common, certificateArn: props.certificateArn })
    const { fanOut } = props
    const synchronisers = new Synchronisers(this, 'Synchronisers', { ...common, platformEvents, fanOut })

    log.grantAppend(gateways.service.taskDefinition.taskRole)
    for (const { taskDefinition } of synchronisers.services) log.grantRead(taskDefinition.taskRole)
    for (const service of [gateways.service, ...synchronisers.services])
      views.instance.connections.allowDefaultPortFrom(service)

    const conditions = {
      ...ofGateways(gateways),
      ...ofSynchronisers(synchronisers),
      ...ofLog(log),
      ...ofCarrier('Relay', relay, 'Views lack them until synchronisers have compared them with the log'),
      ...ofEvents('PlatformEvents', platformEvents),
      ...ofViews(views),
      ...ofCarrier(
        'Transform',
        externalEvents.transform,
        'External events lack them until their streams change',
      ),
      ...ofExternalEvents(externalEvents),
    }
    new Alarms(this, 'Alarms', conditions, props.alarmEmail)
    showDashboard(this, { log, relay, platformEvents, externalEvents, views, gateways })

    const outputs = {
      Address: gateways.balancer.loadBalancerDnsName,
      OperatorKey: gateways.operatorKey.secretArn,
      LogTable: log.table.tableName,
      ExternalStream: externalEvents.stream.streamName,
      RelayGivenUp: relay.givenUp.queueUrl,
      TransformGivenUp: externalEvents.transform.givenUp.queueUrl,
    }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
