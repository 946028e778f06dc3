import { FargateService, type ICluster } from 'aws-cdk-lib/aws-ecs'
import { Construct } from 'constructs'
import type { EventStream } from './eventStream.ts'
import { defineProcess, type ProcessProps } from './processes.ts'

export interface SynchronisersProps extends ProcessProps {
  readonly cluster: ICluster
  readonly platformEvents: EventStream
  /** Records are pushed to them by enhanced fan-out; else they poll. */
  readonly fanOut: boolean
}

/**
 * Bring events from the stream into the views. Each takes all, and what another has applied is a duplicate to it: two, so that
 * nothing waits for one to come about again.
 */
const COUNT = 2

export class Synchronisers extends Construct {
  readonly services: readonly FargateService[]

  constructor(scope: Construct, id: string, props: SynchronisersProps) {
    super(scope, id)
    this.services = props.fanOut
      ? Array.from({ length: COUNT }, (_, n) => subscribing(this, `synchroniser-${n + 1}`, props))
      : [polling(this, props)]
  }
}

function polling(scope: Construct, props: SynchronisersProps): FargateService {
  const service = synchronising(scope, props, COUNT)
  props.platformEvents.grantPoll(service.taskDefinition.taskRole)
  return service
}

/** A service of one task, since a name is for one alone. In a deployment the new task takes over from the old one. */
function subscribing(scope: Construct, name: string, props: SynchronisersProps): FargateService {
  const engines = { ...props.engines, feed: `${props.engines.feed}?consumer=${name}` }
  const service = synchronising(new Construct(scope, name), { ...props, engines }, 1)
  props.platformEvents.grantSubscribe(service.taskDefinition.taskRole, name)
  return service
}

function synchronising(
  scope: Construct,
  { cluster, ...common }: SynchronisersProps,
  desiredCount: number,
): FargateService {
  const { task } = defineProcess(scope, common, { command: 'synchronise' })
  return new FargateService(scope, 'Service', {
    cluster,
    taskDefinition: task,
    desiredCount,
    minHealthyPercent: 50,
    maxHealthyPercent: 200,
    circuitBreaker: { rollback: true },
  })
}
